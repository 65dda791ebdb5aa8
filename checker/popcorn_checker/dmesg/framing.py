"""What a console puts around a line: level, time and printing thread, and how to take it away.

A line may also begin with what somebody else had written on the console before, such as a prompt;
the first line of a window may have lost its beginning. A line of a trace is framed in another way,
and says who was running.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

from popcorn_checker.dmesg.prefixes import CALLER, FACILITIES, LEVELS, PREFIX, RECORD, SECONDS

_INNER: Final = re.compile(rf"\[ *(?:{SECONDS}|[TC][0-9]+)\]", re.ASCII)
_LEVEL: Final = re.compile(r"(?:<[0-9]{1,3}>)?\Z", re.ASCII)
# A time that is padded is whole; of one that is not, the first digits may be lost. What is left of
# less than a whole time or caller says nothing.
_CUT: Final = re.compile(
    rf"(?:( +{SECONDS})|[0-9]*\.?[0-9]{{1,6}})\](?:{CALLER})? | *([TC][0-9]+)\] ",
    re.ASCII,
)
_ESCAPED: Final = re.compile(r"(?:\\x[0-9a-f]{2})+")
_TRACE: Final = re.compile(
    r" *\S.*-([0-9]+) +(?:\( *[-0-9]+\) +)?\[[0-9]+\] +\S{4,5} +([0-9]+\.[0-9]{6}): (?=pgfault)",
    re.ASCII,
)


class Framed(NamedTuple):
    """A line, taken apart."""

    text: str
    time: float | None
    """In seconds since this kernel began, if they are given; nodes have clocks of their own."""
    caller: str | None
    """T and the number of the printing thread, or C and that of a processor."""
    level: int | None
    before: str
    """What stood before the frame."""


def split(line: str, first: bool = False) -> Framed:
    """A line of a console, without its newline, taken apart; the first may lack its beginning."""
    found = PREFIX.match(line)
    assert found is not None, "the pattern takes everything, even nothing"
    if end := found.end():
        raw, facility, level, time, caller = found.groups()
        number = _to_number(facility, level) if facility else int(raw) if raw else None
        return Framed(line[end:], float(time) if time else None, caller, number, "")
    if first and (cut := _CUT.match(line)):
        time, caller, alone = cut.groups()
        return Framed(line[cut.end() :], float(time) if time else None, caller or alone, None, "")
    if inner := _INNER.search(line):
        level = _LEVEL.search(line[: inner.start()])
        assert level is not None, "the pattern finds at least the end"
        start = level.start()
        return split(line[start:])._replace(before=line[:start])
    if ": pgfault" in line and (trace := _TRACE.match(line)):
        return Framed(line[trace.end() :], float(trace[2]), f"T{trace[1]}", None, "")
    return Framed(line, None, None, None, "")


def split_record(line: str) -> list[Framed]:
    """The lines of a message as /dev/kmsg hands it out, if this is one: else none.

    What cannot be printed is escaped there, newlines and what is not ASCII among it.
    """
    found = RECORD.fullmatch(line)
    if found is None:
        return []
    text = _ESCAPED.sub(_unescape, found["text"])
    time = int(found["time"]) / 1_000_000
    return [Framed(t, time, found["caller"], int(found["level"]), "") for t in text.split("\n")]


def _unescape(escaped: re.Match[str]) -> str:
    return bytes.fromhex(escaped[0].replace("\\x", "")).decode("utf-8", "backslashreplace")


def _to_number(facility: str, level: str) -> int:
    """A level as the kernel counts it."""
    return FACILITIES.index(facility) * len(LEVELS) + LEVELS.index(level)


@dataclass(frozen=True)
class Stamp:
    """What a console is to put around lines."""

    time: float | None = None
    caller: str | None = None
    level: int | None = None

    def __str__(self) -> str:
        """The frame, up to the text."""
        level = "" if self.level is None else f"<{self.level}>"
        time = "" if self.time is None else f"[{self.time:12.6f}]"
        caller = "" if self.caller is None else f"[{self.caller:>6}]"
        return f"{level}{time}{caller}" + " " * bool(time or caller)


NOTHING: Final = Stamp()
"""A console that puts nothing around lines."""


def frame(text: str, stamp: Stamp = NOTHING) -> str:
    """The text in its frame; each of its lines gets one, as the console does it."""
    return "\n".join(f"{stamp}{line}" for line in text.split("\n"))
