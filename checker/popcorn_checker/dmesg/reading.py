"""Logs as they are read: line by line, so that none need fit into memory.

What a kernel prints is not ours to judge: a line that is of no kind is kept, and counted. Only what
is no log at all is refused.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from popcorn_checker.dmesg.fields import Value
from popcorn_checker.dmesg.finding import begins_with_newline, explain, find, find_popcorn
from popcorn_checker.dmesg.framing import Framed, split, split_record
from popcorn_checker.dmesg.rows import Kind

LINE_BYTES_MAX: Final = 1 << 16
"""A longer line is no console's."""
_LEGAL: Final = "a log is text, line by line, as dmesg or a console prints it"
_MARKS: Final = {
    b"\x1f\x8b": "compressed by gzip: unpack it first",
    b"\xfd7zXZ": "compressed by xz: unpack it first",
    b"(\xb5/\xfd": "compressed by zstd: unpack it first",
    b"\xff\xfe": "text in UTF-16: write it again in UTF-8",
    b"\xfe\xff": "text in UTF-16: write it again in UTF-8",
}
PACKED_MAX: Final = 8
"""Units: bytes at the beginning of a file, by which is known what it is."""
_INDENT_MAX: Final = 2
"""Units: blanks, with which Popcorn itself begins lines that name a task."""
_UTF8_MARK: Final = "\ufeff"
_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*[mK]")
_NO_FIELDS: Final[Mapping[str, Value]] = {}


class DmesgError(Exception):
    """What is to be read is no log: which file and line, what is wrong, and what is legal."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a log."""

    number: int
    """From 1 on; the lines of one record of /dev/kmsg have that of the record."""
    text: str
    """Without its frame."""
    time: float | None
    """In seconds, as the kernel that printed it counts them."""
    caller: str | None
    """The printing thread, such as T641, or the processor, such as C0."""
    kind: Kind | None
    fields: Mapping[str, Value]
    """By name; those that the wording has, and empty if there is no kind."""
    why: str
    """Why a line that begins like a kind is not of it, else empty."""
    like: Kind | None
    """The kind that such a line begins like, if it is one."""
    level: int | None
    before: str
    """What stood before the frame, such as a prompt."""
    whole: bool
    """Whether a newline ends the line: if not, its last field may have lost letters."""
    unread: str = ""
    """What stands before Popcorn's words and is no prefix that is known."""

    @property
    def is_empty(self) -> bool:
        """Whether the line says nothing, as the first of a format that begins with a newline."""
        return not self.text or self.text.isspace()

    @property
    def is_unread(self) -> bool:
        """Whether Popcorn's words stand after a prefix that is not known."""
        return bool(self.unread)

    @property
    def is_malformed(self) -> bool:
        """Whether the line begins like one of Popcorn and is cut off or goes on otherwise."""
        return bool(self.why) and not self.unread


@dataclass
class Counts:
    """How many lines were read, and of which kinds."""

    lines: int = 0
    empty: int = 0
    unknown: int = 0
    """Those that begin like no kind."""
    refused: int = 0
    """Those that begin like a kind, but are cut off or malformed."""
    kinds: Counter[str] = field(default_factory=Counter)
    """By the name of the kind."""

    def add(self, line: Line) -> None:
        """Another line was read."""
        self.lines += 1
        if line.kind is not None:
            self.kinds[line.kind.name] += 1
        elif line.why:
            self.refused += 1
        elif line.is_empty:
            self.empty += 1
        else:
            self.unknown += 1


class DmesgLog:
    """A log that is read while one goes through it; a file can be gone through again."""

    def __init__(self, name: str, source: Path | Iterable[str | bytes]) -> None:
        self.name = name
        self._source = source
        self.counts = Counts()
        """Of the lines that were gone through so far, this time."""

    def __iter__(self) -> Iterator[Line]:
        """The lines, one by one.

        Raises: DmesgError where the source turns out to be no log.
        Cost: one line in memory.
        """
        counts = self.counts = Counts()
        empty: Framed | None = None
        for number, (raw, whole) in enumerate(self._raw(), start=1):
            record = split_record(raw)
            for framed in record or [_take_apart(raw, number == 1, empty)]:
                line = _read_line(number, framed, whole)
                is_followed = line.is_empty and not record and len(framed.text) < len(raw)
                empty = framed if is_followed else None
                counts.add(line)
                yield line

    def get_lines(self) -> tuple[Line, ...]:
        """All lines at once.

        Raises: DmesgError where the source turns out to be no log.
        Cost: the whole log in memory.
        """
        return tuple(self)

    def _raw(self) -> Iterator[tuple[str, bool]]:
        if isinstance(self._source, Path):
            yield from _read_file(self._source)
            return
        for number, item in enumerate(self._source, start=1):
            raw = _decode(self.name, number, item) if isinstance(item, bytes) else _strip(item)
            *lines, last = raw.split("\n")
            yield from ((line.rstrip("\r"), True) for line in lines)
            if last or not lines:
                yield last.rstrip("\r"), True


def read(source: str | Path | Iterable[str | bytes], name: str = "") -> DmesgLog:
    """A log: the file of that path, or lines, with or without newlines.

    Raises: DmesgError if there is no such file, or it is none, or it begins as no text does.
    Cost: nothing yet but a look at the first bytes.
    """
    if not isinstance(source, str | Path):
        return DmesgLog(name or "these lines", source)
    path = Path(source)
    try:
        with path.open("rb") as file:
            packed = tell_packed(file.read(PACKED_MAX))
    except OSError as error:
        raise DmesgError(f"{path} cannot be read: {error.strerror}; {_LEGAL}") from None
    except ValueError as error:
        raise DmesgError(f"{str(path)!r} is no path: {error}; {_LEGAL}") from None
    if packed:
        raise DmesgError(f"{path}:1: this is {packed}; {_LEGAL}")
    return DmesgLog(name or str(path), path)


def tell_packed(start: bytes) -> str:
    """What a file that begins so is instead of text in UTF-8, and what to do; empty if it is."""
    return next((what for mark, what in _MARKS.items() if start.startswith(mark)), "")


def _read_file(path: Path) -> Iterator[tuple[str, bool]]:
    try:
        with path.open("rb") as file:
            for number, raw in enumerate(
                iter(partial(file.readline, LINE_BYTES_MAX), b""), start=1
            ):
                whole = raw.endswith(b"\n")
                if not whole and len(raw) == LINE_BYTES_MAX:
                    raise DmesgError(
                        f"{path}:{number}: this line has more than {LINE_BYTES_MAX} bytes; {_LEGAL}"
                    )
                text = _decode(str(path), number, raw).rstrip("\r\n")
                yield text.removeprefix(_UTF8_MARK) if number == 1 else text, whole
    except OSError as error:
        raise DmesgError(f"{path} cannot be read further: {error.strerror}; {_LEGAL}") from None


def _strip(text: str) -> str:
    """A text without colours, as `dmesg --color=always` has them."""
    return _COLOUR.sub("", text) if "\x1b" in text else text


def _decode(name: str, number: int, raw: bytes) -> str:
    """What is not UTF-8 is written as an escape: a program may print anything on a console."""
    if b"\0" in raw:
        raise DmesgError(f"{name}:{number}: there is a zero byte, so it is binary; {_LEGAL}")
    return _strip(raw.decode("utf-8", "backslashreplace"))


def _take_apart(raw: str, first: bool, empty: Framed | None) -> Framed:
    """A line without its frame; `empty` is that of the line before, if nothing else stands there.

    A message that begins with a newline is one message to dmesg and journalctl: what they put
    before it stands in its first line, which is empty, and they indent the other one.
    """
    framed = split(raw, first)
    text = raw.lstrip(" ")
    indent = len(raw) - len(text)
    if len(framed.text) < len(raw) or 0 < indent <= _INDENT_MAX:
        return framed
    if empty is not None or (indent and begins_with_newline(text)):
        return (empty or framed)._replace(text=text)
    return framed


def _read_line(number: int, framed: Framed, whole: bool) -> Line:
    text, time, caller, level, before = framed
    found = find(text)
    if found is not None:
        kind, fields = found
        return Line(number, text, time, caller, kind, fields, "", None, level, before, whole)
    like, why = explain(text)
    unread = ""
    if not why and (start := find_popcorn(text)):
        unread = text[:start]
        why = f"{unread!r} stands before it, which is no prefix that is known"
    return Line(
        number, text, time, caller, None, _NO_FIELDS, why, like, level, before, whole, unread
    )
