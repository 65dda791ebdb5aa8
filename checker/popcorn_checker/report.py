"""Verdicts as text for people."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from popcorn_checker.growth import TOP, Growth
from popcorn_checker.progress import short
from popcorn_checker.scopes import show_scope
from popcorn_checker.verdict import (
    Covered,
    Outcome,
    Result,
    Searched,
    Status,
    Vacuity,
    Verdict,
)
from popcorn_model.language.tables import columns

WIDTH: Final = 100
TOLD: Final = 8  # idle rows in the text; the rest is for machines
_JUDGED: Final = (Status.HELD, Status.VIOLATED)
_HEADS: Final = {
    Outcome.HOLDS: "holds",
    Outcome.VIOLATED: "is violated",
    Outcome.UNKNOWN: "is unknown",
}


def verdict_text(verdict: Verdict) -> str:
    """A verdict on a page: the word, what it is about, what was explored, every property."""
    setting = verdict.setting
    name = f"{setting.protocol} ({setting.variant})"
    if setting.mutation:
        name += f" with mutation {setting.mutation}"
    lines = [f"{name} {_HEADS[verdict.outcome]}."]
    lines += _rows(_facts(verdict))
    lines += ["", *columns((f"  {word}", name) for word, name in _results(verdict))]
    lines += _reasons(verdict)
    if verdict.growth is not None:
        lines += _growth(verdict.growth)
    return "\n".join(lines) + "\n"


def _facts(verdict: Verdict) -> Iterator[tuple[str, str]]:
    setting, covered = verdict.setting, verdict.covered
    yield "parts", ", ".join(setting.parts)
    if setting.refines:
        yield "seen as", f"a program sees it; every step is to be one of {setting.refines}"
    yield "scope", show_scope(setting.scope, ", ")
    switches = {n: v for n, v in setting.settings.items() if n not in setting.assumptions}
    if switches:
        yield "switches", _switches(switches)
    if setting.assumptions:
        yield "assumes", _pairs(setting.assumptions)
    if any(r.mood == "eventually" and r.status in _JUDGED for r in verdict.results):
        yield "fair to", _fair(setting.fairness)
    if covered.searched is not None:
        yield from _searched(covered.searched, covered)
        return
    whole = "the whole scope" if covered.complete else "not the whole scope"
    yield "explored", (
        f"{whole}: {covered.states:,} states, {covered.transitions:,} transitions, "
        f"depth {covered.depth}"
    )
    if covered.symmetry is not None:
        yield "symmetry", f"{covered.symmetry}"
    if covered.brief is not None:
        yield "brief scope", (
            f"{show_scope(covered.brief.entries, ', ')}, the rest as above: "
            f"{covered.brief.states:,} states, {covered.brief.transitions:,} transitions, with "
            "the graph that liveness needs"
        )
    yield "states by depth", " ".join(map(str, covered.histogram))
    width = f", {covered.words} words ({covered.bits} bits) a state" if covered.words else ""
    yield "cost", (
        f"{covered.seconds:.2f} s, {short(covered.rate)} states/s{width}, {covered.engine} engine"
    )


def _searched(searched: Searched, covered: Covered) -> Iterator[tuple[str, str]]:
    """What a symbolic engine did."""
    steps = f"up to {searched.depth} step{'s' if searched.depth != 1 else ''}"
    yield "searched", "no run" if searched.depth < 0 else f"all runs of {steps}"
    for how in dict.fromkeys(searched.proved.values()):
        yield "proved", f"{how}: {', '.join(n for n, x in searched.proved.items() if x == how)}"
    yield "cost", (
        f"{covered.seconds:.2f} s, {searched.rules:,} rules, {searched.variables:,} variables a "
        f"state, {covered.engine} engine"
    )


def _pairs(values: Mapping[str, object]) -> str:
    return ", ".join(f"{name}={value}" for name, value in values.items())


def _fair(fairness: Mapping[str, str]) -> str:
    """Actions by the fairness that runs owe them."""
    grades = {way: [n for n, v in fairness.items() if v == way] for way in ("weak", "strong")}
    told = [f"{way}ly: {', '.join(names)}" for way, names in grades.items() if names]
    return "; ".join(told) or "nothing"


def _switches(values: Mapping[str, str]) -> str:
    """Switches, those that are on or off gathered, since most are repairs."""
    words = [f"{n}={v}" for n, v in values.items() if v not in ("on", "off")]
    for way in ("on", "off"):
        names = [n for n, v in values.items() if v == way]
        if names:
            words.append(f"{way}: {', '.join(names)}")
    return "; ".join(words)


def _rows(facts: Iterator[tuple[str, str]]) -> Iterator[str]:
    listed = list(facts)
    indent = max(len(name) for name, _ in listed) + 4
    for name, text in listed:
        head = f"  {name}".ljust(indent)
        yield from textwrap.wrap(
            text, WIDTH, initial_indent=head, subsequent_indent=" " * indent
        ) or [head.rstrip()]


def _results(verdict: Verdict) -> Iterator[tuple[str, str]]:
    for result in verdict.results:
        number = f" ({result.number})" if result.number is not None else ""
        yield _word(result), f"{result.name}{number}"


def _word(result: Result) -> str:
    word = result.status.value
    if result.length is not None:
        word += f" in {result.length} step{'s' if result.length != 1 else ''}"
    return f"{word} at the brief scope" if result.brief else word


def _reasons(verdict: Verdict) -> Iterator[str]:
    told = (Status.HELD, Status.SKIPPED, Status.ABSENT)
    reasons = [r for r in verdict.results if r.reason and r.status not in told]
    for result in reasons:
        yield ""
        yield from _paragraph(result.reason)
    notes = list(_idle(verdict.vacuity))
    if verdict.outcome is Outcome.UNKNOWN:
        yield from _listed("Unknown, because:", verdict.doubts)
    else:
        notes = [*verdict.doubts, *notes]
    yield from _listed("Not covered:", notes)


def _listed(head: str, notes: Sequence[str]) -> Iterator[str]:
    if notes:
        yield ""
        yield head
    for note in notes:
        yield from textwrap.wrap(note, WIDTH, initial_indent="  - ", subsequent_indent="    ")


def _idle(vacuity: Vacuity) -> Iterator[str]:
    """The vacuity ledger as notes."""
    yield from (f"{name} is not offered: {why}" for name, why in vacuity.unoffered.items())
    yield from (f"{name} is idle, as it should be: {why}" for name, why in vacuity.waived.items())
    rows = (
        ("guards", vacuity.guards, "mattered", vacuity.idle_guards),
        ("conditions of properties", vacuity.antecedents, "held", vacuity.idle_antecedents),
    )
    for what, count, verb, idle in rows:
        if idle:
            told = "; ".join(f"{name} ({text})" for name, text in list(idle.items())[:TOLD])
            more = f"; and {len(idle) - TOLD} more, listed by --json" if len(idle) > TOLD else ""
            yield f"{len(idle)} of {count} {what} never {verb} in this scope: {told}{more}"
    if vacuity.undrawn:
        yield f"guards that never mattered are not listed: {vacuity.undrawn}"


def _growth(growth: Growth) -> Iterator[str]:
    """The variables that multiply the states most."""
    yield ""
    yield f"What multiplies the states, seen from {growth.of_what}:"
    head = ("  ", "contents", "states for each without it")
    rows = ((f"  {row.name}", f"{row.values:,}", f"{row.factor:,.2f}") for row in growth.rows[:TOP])
    yield from columns((head, *rows))


def _paragraph(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH)
