"""Journals as they are written: one JSON object a line, the first of which says what was run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from popcorn_model.vocabulary import EVENTS

FORMAT: Final = "popcorn-journal"
VERSION: Final = 1
_EVENTS: Final = {row.name: row for row in EVENTS}
_OPTIONAL: Final = frozenset({"goal", "page", "other", "where", "error", "areas"})


class JournalError(Exception):
    """A journal is malformed: which line, what is wrong, and what would have been legal."""


@dataclass(frozen=True)
class Line:
    """An event of a journal."""

    number: int
    kernel: int
    """The kernel that has written it."""
    event: str
    names: Mapping[str, Any]


@dataclass(frozen=True)
class Journal:
    """What was run, and what has happened."""

    about: Mapping[str, Any]
    lines: tuple[Line, ...]


def is_journal(path: Path) -> bool:
    """Whether a file begins as a journal does."""
    try:
        with path.open("rb") as file:
            return FORMAT.encode() in file.readline(4096)
    except OSError:
        return False


def read(path: Path) -> Journal:
    """A journal, whole; messages are left out, as events say what they have led to.

    Raises: JournalError.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise JournalError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise JournalError(f"{path} is not text in UTF-8: {error.reason}") from None
    objects = _parse(path, text)
    number, about = next(objects, (1, {}))
    if about.get("format") != FORMAT or about.get("version") != VERSION:
        raise JournalError(
            f"{path}:{number}: a journal begins with an object whose format is {FORMAT!r} and "
            f"whose version is {VERSION}"
        )
    kernels = about.get("kernels")
    if not isinstance(kernels, int) or kernels < 1:
        raise JournalError(f"{path}:{number}: the first line does not say how many kernels")
    if "kernel" in about:
        raise JournalError(
            f"{path}: this is what one kernel of {kernels} has written; only a journal of all of "
            "them in one file, as the simulation writes it, can be shown"
        )
    lines = []
    for at, each in objects:
        if not isinstance(each.get("at"), int) or not 0 <= each["at"] < kernels:
            raise JournalError(
                f"{path}:{at}: `at` says which of the {kernels} kernels it was, from 0 on, and is "
                f"{each.get('at')!r}"
            )
        if each.get("event") != "send":
            lines.append(_check(path, at, each))
    return Journal(about, tuple(lines))


def _parse(path: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except (ValueError, RecursionError) as error:
            reason = getattr(error, "msg", "a number is too long, or it is nested too deeply")
            raise JournalError(f"{path}:{number}: this line is not JSON: {reason}") from None
        if not isinstance(found, dict):
            raise JournalError(f"{path}:{number}: this line is no JSON object")
        yield number, found


def _check(path: Path, number: int, found: dict[str, Any]) -> Line:
    event = found.get("event")
    row = _EVENTS.get(event) if isinstance(event, str) else None
    if row is None:
        raise JournalError(
            f"{path}:{number}: {event!r} is no event; there are {', '.join(_EVENTS)}, and send"
        )
    lacks = [name for name in row.names if name not in found and name not in _OPTIONAL]
    if lacks:
        raise JournalError(
            f"{path}:{number}: the event {event} does not say {', '.join(lacks)}; it names "
            f"{', '.join(row.names)}"
        )
    return Line(number, found["at"], row.name, found)
