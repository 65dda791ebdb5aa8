"""What to tell somebody whose file was read as something that it is not, or not read at all."""

from __future__ import annotations

from collections.abc import Iterable

from popcorn_checker.dmesg.finding import find_popcorn
from popcorn_checker.dmesg.framing import split, split_record
from popcorn_checker.dmesg.prefixes import tell_prefixes
from popcorn_checker.dmesg.reading import Line


def advise(line: str) -> str:
    """How to have a line read that is no JSON but of a kernel's log, to end a complaint with.

    It is empty if the line does not look like one.
    """
    line = line.rstrip("\r\n")
    is_framed = len(split(line).text) < len(line)
    if is_framed or split_record(line) or find_popcorn(line) is not None:
        return "; it looks like a line of a kernel's log, which --format dmesg reads"
    return ""


def tell_prefix(name: str, line: Line) -> str:
    """After what a line says something, and what is known instead."""
    return (
        f"{name}:{line.number}: what Popcorn prints stands after {line.unread!r}, which is no "
        f"prefix that is known; known are {tell_prefixes()}"
    )


def tell_passed_over(name: str, lines: Iterable[Line]) -> str:
    """The first line of a file that Popcorn has printed and that cannot be read, and why.

    Empty if there is none. That a file ends in the middle of its last line is not meant.
    """
    for line in lines:
        if line.is_unread:
            return tell_prefix(name, line)
        if line.is_malformed and line.whole:
            like = "begins like lines of Popcorn" if line.like is None else (
                f"begins like `{line.like.name}`")  # fmt: skip
            return f"{name}:{line.number}: what stands there {like}: {line.why}"
    return ""


def tell_unread(name: str, lines: Iterable[Line]) -> str:
    """The first line of a file that was to be read in another way, and in which.

    It may say something after a prefix that is not known, or be JSON; empty if there is none.
    """
    for line in lines:
        if line.is_unread:
            return tell_prefix(name, line)
        if line.text.startswith('{"') and line.text.endswith("}"):
            return f"{name}:{line.number}: this line looks like JSON, which --format ndjson reads"
    return ""
