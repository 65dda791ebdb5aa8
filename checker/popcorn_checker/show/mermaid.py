"""A trace as a Mermaid sequence diagram, which code forges draw inside issues and summaries.

Lanes are participants. A message is one arrow, drawn where it is sent: Mermaid has no arrows that
wait, so the step that takes a message says so in a note. A step with nothing to send is a note.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from typing import Final

from popcorn_checker.show.story import (
    get_lane,
    get_lanes,
    get_loop_text,
    get_outcome,
    is_decided,
    show_value,
)
from popcorn_checker.trace import Event, Letter, Trace, TraceStep

LABEL_LENGTH_MAX: Final = 90

NOTE_WIDTH: Final = 60

_RED: Final = "rgba(214, 40, 40, 0.18)"
_GREEN: Final = "rgba(30, 140, 70, 0.18)"
_SAFE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_SPECIAL: Final = re.compile(r"[;#<>%]")
# Words with which a line of a diagram may begin; a participant must not be called so.
_WORDS: Final = re.compile(
    "activate|actor|alt|and|as|autonumber|box|break|create|critical|deactivate|destroy|else|end|"
    "left|links?|loop|note|opt|option|over|par|participant|rect|right|title",
    re.IGNORECASE,
)


def to_mermaid(trace: Trace) -> str:
    """The trace as the text of a ``sequenceDiagram``.

    Cost: a line for each step and each message.
    """
    lanes = get_lanes(trace) or ("system",)
    names = {lane: _name(lane, n) for n, lane in enumerate(lanes)}
    lines = ["sequenceDiagram", *_title(trace)]
    for lane, name in names.items():
        lines.append(f"    participant {name}" + (f" as {escape(lane)}" if lane != name else ""))
    depth = 1
    if trace.loop == 0 and trace.length:
        lines.append("    loop for ever")
        depth += 1
    for number in range(1, len(trace.states)):
        last = number == len(trace.states) - 1
        body = list(_step(trace, number, names))
        if last:
            body = [*_framed(trace, body + list(_verdict(trace, names)))]
        lines += ["    " * depth + line for line in body]
        if trace.loop == number and not last:
            lines.append("    loop for ever")
            depth += 1
    if not trace.length:
        lines += ["    " + line for line in _framed(trace, list(_verdict(trace, names)))]
    if depth > 1:
        lines.append("    end")
    return "\n".join([*lines, ""])


def escape(text: str) -> str:
    """Text as a label: on one line, not too long, without what Mermaid reads as syntax."""
    line = " ".join(text.split())
    if len(line) > LABEL_LENGTH_MAX:
        line = line[: LABEL_LENGTH_MAX - 1] + "…"
    return _SPECIAL.sub(lambda match: f"#{ord(match.group())};", line)


def _name(lane: str, number: int) -> str:
    return lane if _SAFE.fullmatch(lane) and not _WORDS.fullmatch(lane) else f"lane{number}"


def _title(trace: Trace) -> Iterator[str]:
    name = f"{trace.protocol} {trace.variant}".strip()
    what = f"{trace.property} {get_outcome(trace)}" if trace.property else ""
    title = ": ".join(filter(None, (name, what)))
    if title:
        yield f"    title {escape(title)}"


def _step(trace: Trace, number: int, names: dict[str, str]) -> Iterator[str]:
    step = trace.steps[number - 1]
    lane = get_lane(trace, step)
    sends = [event for event in step.events if event.what == "send"]
    arrows = [e for e in sends if lane and e.index and e.index[0] in names]
    label = f"{number} {step.action}"
    if not arrows:
        yield _note(names, lane, ", ".join([f"{number} {step}", *_moves(step, step.events)]))
        return
    others = [event for event in step.events if event not in arrows]
    if others:
        yield _note(names, lane, ", ".join([label, *_moves(step, others)]))
        label = str(number)
    for event in arrows:
        assert lane is not None
        text = f"{label}: {show_value(event.item)}"
        yield f"{names[lane]}->>{names[event.index[0]]}: {escape(text)}"
        label = str(number)


def _moves(step: TraceStep, events: tuple[Event, ...] | list[Event]) -> Iterator[str]:
    """What a step took or sent without an arrow; of a message that was drawn, only the kind."""
    for event in events:
        item = event.item.kind if isinstance(event.item, Letter) else show_value(event.item)
        yield f"takes {item}" if event.what == "take" else f"sends {item} to {event.queue}"


def _note(names: dict[str, str], lane: str | None, text: str, more: str = "") -> str:
    """A note over a lane, or over all; what is more is broken into lines as it needs."""
    known = list(names.values())
    over = names[lane] if lane else ",".join(dict.fromkeys((known[0], known[-1])))
    lines = [text, *textwrap.wrap(more, NOTE_WIDTH)]
    return f"Note over {over}: {'<br/>'.join(map(escape, lines))}"


def _verdict(trace: Trace, names: dict[str, str]) -> Iterator[str]:
    if trace.loop is not None:
        yield _note(names, None, get_loop_text(trace))
    if trace.property:
        yield _note(names, None, f"{trace.property} {get_outcome(trace)}", trace.reason)


def _framed(trace: Trace, lines: list[str]) -> Iterator[str]:
    """The last step in a frame of the verdict's colour, if there is a verdict."""
    if not is_decided(trace, len(trace.states) - 1):
        yield from lines
        return
    yield f"rect {_RED if get_outcome(trace) == 'violated' else _GREEN}"
    yield from ("    " + line for line in lines)
    yield "end"
