"""A trace as text for a terminal: what happened, where, and what it changed."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from popcorn_checker.scopes import show_scope
from popcorn_checker.show.story import (
    get_changes,
    get_first_sentence,
    get_lane,
    get_lanes,
    get_loop_text,
    get_outcome,
    get_step_tokens,
    get_tokens,
    group_cells,
    show_event,
    show_value,
)
from popcorn_checker.trace import Trace, TraceStep

_STYLES: Final = {"strong": "1", "faint": "2", "bad": "1;31", "good": "1;32", "new": "33"}
_WIDTH_MIN: Final = 40


@dataclass(frozen=True)
class _Pen:
    """Wraps and colours lines; the columns of a step are as wide as their widest entry."""

    width: int
    colour: bool
    lane: int
    token: int

    def paint(self, style: str, text: str) -> str:
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self.colour and style else text

    @property
    def margin(self) -> str:
        """The room left of what a step says."""
        return " " * (4 + sum(column + 2 for column in (self.lane, self.token) if column) + 2)

    def lines(self, first: str, text: str, style: str = "", hang: int = 0) -> Iterator[str]:
        """Text behind a label; further lines stand under it, ``hang`` further in."""
        room = max(self.width - len(first), _WIDTH_MIN)
        wrapped = textwrap.wrap(text, room, subsequent_indent=" " * hang, break_on_hyphens=False)
        for n, line in enumerate(wrapped or [""]):
            label = first if n == 0 else " " * len(first)
            yield (self.paint("faint", label) + self.paint(style, line)).rstrip()


def to_text(trace: Trace, width: int = 100, colour: bool = False) -> str:
    """The trace as numbered steps, with what each sent, took and changed.

    Cost: one line for each step, message and changed cell.
    """
    lanes = max(map(len, get_lanes(trace)), default=0)
    tokens = max((len(_tokens(trace, step)) for step in trace.steps), default=0)
    pen = _Pen(width, colour, lanes, tokens if get_tokens(trace) else 0)
    lines = [*_head(trace, pen), "", *_start(trace, pen)]
    for number in range(1, len(trace.states)):
        if trace.loop == number - 1:
            lines += ["", pen.paint("strong", "   the loop starts here")]
        lines += _step(trace, number, pen)
    return "\n".join([*lines, "", *_end(trace, pen), ""])


def _head(trace: Trace, pen: _Pen) -> Iterator[str]:
    steps = "1 step" if trace.length == 1 else f"{trace.length} steps"
    name = f"{trace.protocol} ({trace.variant})" if trace.variant else trace.protocol
    yield pen.paint("strong", f"{name or 'a trace'}, {steps}")
    scope = show_scope(trace.scope, ", ")
    for label, line in (("scope", scope), ("switches", _switches(trace))):
        if line:
            yield from pen.lines(f"  {label:<9} ", line)
    if trace.property:
        outcome = get_outcome(trace)
        yield from pen.lines(f"  {outcome:<9} ", trace.property, _mood(outcome))
        if trace.property_doc:
            yield from pen.lines(" " * 12, " ".join(trace.property_doc.split()))


def _switches(trace: Trace) -> str:
    """The switches, those that are off in one list at the end: often there are many."""
    chosen = ", ".join(f"{n}={v}" for n, v in trace.settings.items() if v != "off")
    off = ", ".join(name for name, value in trace.settings.items() if value == "off")
    return "; ".join(filter(None, (chosen, off and f"off: {off}")))


def _mood(outcome: str) -> str:
    return "bad" if outcome == "violated" else "good"


def _start(trace: Trace, pen: _Pen) -> Iterator[str]:
    """The first state, as far as some step changes it or puts something in a queue."""
    yield pen.paint("strong", f"{0:>4}  start")
    moved = {cell for n in range(1, len(trace.states)) for cell in get_changes(trace, n)}
    groups, changing = group_cells(trace.states[0]), group_cells(dict.fromkeys(moved))
    same: dict[str, list[str]] = {}
    for name, group in groups.items():
        queued = any(isinstance(value, tuple) and value for value in group.values())
        if name not in changing and not queued:
            continue
        values = {show_value(value) for value in group.values()}
        if len(values) > 1:
            yield from pen.lines(pen.margin, f"{name}: {_summary(group)}", hang=2)
        else:
            same.setdefault(values.pop(), []).append(name)
    for value, names in same.items():
        yield from pen.lines(pen.margin, f"{', '.join(names)}: {value}", hang=2)


def _summary(group: dict[tuple[str, ...], object]) -> str:
    """A variable's cells in words, the commonest value only once."""
    shown = {index: show_value(value) for index, value in group.items()}
    common, count = Counter(shown.values()).most_common(1)[0]
    if count == 1:
        common = ""
    parts = [f"[{','.join(i)}] {value}" for i, value in shown.items() if value != common]
    return ", ".join([*parts, f"elsewhere {common}"] if common else parts)


def _step(trace: Trace, number: int, pen: _Pen) -> Iterator[str]:
    step = trace.steps[number - 1]
    columns = [f"{number:>4}"]
    if pen.lane:
        columns.append(f"{get_lane(trace, step) or '-':<{pen.lane}}")
    if pen.token:
        columns.append(f"{_tokens(trace, step):<{pen.token}}")
    label = "  ".join(columns) + "  "
    room = max(pen.width - len(label), _WIDTH_MIN)
    call = textwrap.wrap(str(step), room, subsequent_indent="  ", break_on_hyphens=False)
    for n, line in enumerate(call):
        yield (label if n == 0 else pen.margin) + pen.paint("strong", line)
    if step.doc:
        yield from pen.lines(pen.margin, get_first_sentence(step.doc))
    for event in step.events:
        yield from pen.lines(pen.margin + "  ", show_event(event), "faint", hang=5)
    for cell, (before, after) in get_changes(trace, number).items():
        change = f"{cell}: {show_value(before)} -> {show_value(after)}"
        yield from pen.lines(pen.margin + "  ", change, "new", hang=2)


def _tokens(trace: Trace, step: TraceStep) -> str:
    return ",".join(get_step_tokens(trace, step)) or "-"


def _end(trace: Trace, pen: _Pen) -> Iterator[str]:
    if trace.loop is not None:
        yield from pen.lines("   ", get_loop_text(trace), "strong")
    if trace.property:
        outcome = get_outcome(trace)
        yield from pen.lines("   ", f"{trace.property} is {outcome}.", _mood(outcome))
    if trace.reason:
        yield from pen.lines("   ", " ".join(trace.reason.split()))
