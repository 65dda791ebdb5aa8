"""What is found about consoles, for people and as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from popcorn_checker.consoles.line import ORIGIN
from popcorn_checker.consoles.look import PROTOCOL, Look
from popcorn_checker.consoles.running import Verdict, get_deaths
from popcorn_checker.dmesg.reading import Line
from popcorn_checker.validating.reporting import end_to_data, tell_end, to_verdict
from popcorn_checker.validating.validator import Outcome


def to_text(verdict: Verdict) -> str:
    """The verdict in some lines for each window, or run of several nodes."""
    return "\n".join(_lines(verdict)) + "\n"


def _lines(verdict: Verdict) -> Iterator[str]:
    for look, outcome in zip(verdict.looks, verdict.outcomes, strict=False):
        names = ", ".join(window.name for window in look.windows)
        yield f"{names}: {to_verdict(outcome)}."
        yield f"  model            {PROTOCOL}, {look.setting.variant}"
        yield f"  nodes            {_nodes(look)}"
        yield f"  lines            {outcome.lines} about the process"
        yield f"  assumed          {_assumed(look)}"
        yield from tell_end(outcome)
        for task, line in get_deaths(look):
            yield f"  ended in a defect  {task}, in line {line}"
    left = verdict.looks[len(verdict.outcomes) :]
    if left:
        yield f"not looked at: {', '.join(w.name for look in left for w in look.windows)}"
    if verdict.skipped:
        yield f"{verdict.skipped} lines say nothing of the process{_unread(verdict)}"


def _unread(verdict: Verdict) -> str:
    """How many of the lines that say nothing Popcorn has printed, and why they are not read."""
    told = ""
    if found := [each for each in _named(verdict) if each[1].is_unread]:
        name, first = found[0]
        told += (
            f"; in {len(found)} of them Popcorn's words stand after a prefix that is not known, "
            f"first in {name}:{first.number} after {first.unread!r}"
        )
    if found := [each for each in _named(verdict) if each[1].is_malformed]:
        name, first = found[0]
        told += (
            f"; {len(found)} of them begin like lines of Popcorn and are none, first "
            f"{name}:{first.number}: {first.why}"
        )
    return told


def _named(verdict: Verdict) -> Iterator[tuple[str, Line]]:
    """All lines, each with the name of its window."""
    for window in verdict.consoles.windows:
        for line in window.lines:
            yield window.name, line


def _assumed(look: Look) -> str:
    if look.setting.is_complete:
        return f"no line of these nodes is missing; up to {look.silent} steps in a row have none"
    return f"lines may be missing, up to {look.silent} steps in a row"


def _nodes(look: Look) -> str:
    kernels = look.names.consoles.kernels
    is_said = look.names.consoles.is_origin_said
    origin = "the origin" if is_said else "taken to be the origin, as no line says which node is"
    shown = [
        f"{node} is {origin if k == ORIGIN else 'a remote'}"
        + ("" if k in look.observed else ", of which no line is there")
        for node, k in sorted(kernels.items())
    ]
    return "; ".join(shown)


def to_data(verdict: Verdict) -> dict[str, Any]:
    """The verdict as plain data."""
    worst = next((x for x in verdict.outcomes if not x.is_explained), verdict.outcomes[-1])
    return {
        "verdict": to_verdict(worst),
        "model": PROTOCOL,
        "variant": verdict.looks[0].setting.variant,
        "complete": verdict.looks[0].setting.is_complete,
        "skipped": verdict.skipped,
        "unread": sum(line.is_unread for _, line in _named(verdict)),
        "malformed": sum(line.is_malformed for _, line in _named(verdict)),
        "windows": [
            _look_data(look, outcome)
            for look, outcome in zip(verdict.looks, verdict.outcomes, strict=False)
        ],
    }


def _look_data(look: Look, outcome: Outcome) -> dict[str, Any]:
    return {
        "files": [window.name for window in look.windows],
        "origin": look.names.node(ORIGIN),
        "origin_is_assumed": not look.names.consoles.is_origin_said,
        **end_to_data(outcome),
        "ended": [{"task": task, "line": line} for task, line in get_deaths(look)],
    }
