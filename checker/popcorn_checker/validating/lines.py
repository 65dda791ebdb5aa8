"""Logs of our own format as they are read: line by line, each checked, from one file or several.

Unlike a journal that is shown, a log need not begin with what was run, and may be of one kernel.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from popcorn_checker.dmesg.advising import advise
from popcorn_checker.journal.reading import FORMAT, VERSION, JournalError
from popcorn_checker.validating.observing import Entry
from popcorn_checker.validating.saying import ABOUT_PAGE, Fields, get_fields
from popcorn_model.vocabulary import EVENTS, MESSAGES, Access, Call, Kind, Parcel

_EVENTS: Final = {row.name: row for row in EVENTS}
_MESSAGES: Final = {row.kind.value: row for row in MESSAGES}
_ACCESSES: Final = tuple(each.value for each in Access)
_CALLS: Final = tuple(each.value for each in Call)
_PARCELS: Final = tuple(each.value for each in Parcel)


@dataclass(frozen=True)
class Log:
    """A file, and what its first line says."""

    path: Path
    about: Mapping[str, Any]
    cut: list[int] = field(default_factory=list, compare=False)
    """The number of the last line, if the file ends in the middle of it. It is left out."""

    @property
    def kernel(self) -> int | None:
        """The kernel that has written all of it, if the first line says so."""
        found = self.about.get("kernel")
        return found if isinstance(found, int) else None


def read_log(path: Path) -> Log:
    """A log's first line, which may be lost like any other.

    Raises: JournalError if it cannot be read, or is of another format or version.
    """
    first = next(_objects(path, []), None)
    if first is None:
        raise JournalError(f"{path} is empty; a log has one JSON object a line")
    number, about = first
    if "event" in about:
        return Log(path, {})
    if about.get("format") != FORMAT or about.get("version") != VERSION:
        raise JournalError(
            f"{path}:{number}: a log begins with an object whose format is {FORMAT!r} and whose "
            f"version is {VERSION}, or with the object of an event"
        )
    kernels = about.get("kernels")
    if not _is_number(kernels) or kernels == 0:
        raise JournalError(
            f"{path}:{number}: the first line does not say how many `kernels` there are; it says "
            f"{kernels!r}"
        )
    return Log(path, about)


def read_entries(log: Log, kernels: int | None) -> Iterator[Entry]:
    """The lines of a log but the first, one by one, checked. Raises: JournalError."""
    for number, found in _objects(log.path, log.cut):
        if "event" in found or "format" not in found:
            yield check(found, Place(log.path.name, number), kernels)


@dataclass(frozen=True)
class Place:
    """Where a line stands."""

    source: str
    number: int

    def __str__(self) -> str:
        return f"{self.source}:{self.number}" if self.source else f"line {self.number}"


def check(found: Mapping[str, Any], place: Place, kernels: int | None) -> Entry:
    """An object as a line of a log, without what has no place on such a line.

    Raises: JournalError for one that no log has, with what would have been legal.
    """
    event = found.get("event")
    if event != "send" and not (isinstance(event, str) and event in _EVENTS):
        raise JournalError(
            f"{place}: {event!r} is no event; there are {', '.join(_EVENTS)}, and send"
        )
    at = found.get("at")
    if not _is_number(at) or not _is_below(at, kernels):
        known = f"one of {kernels} kernels, from 0 on" if kernels else "a number from 0 on"
        raise JournalError(f"{place}: `at` says which kernel it was, {known}, and is {at!r}")
    wanted, allowed = _get_fields(place, found)
    found = {
        name: value
        for name, value in found.items()
        if value is not None and (name in allowed or name not in _FIELDS)
    }
    if "other" in found and found.get("call") == "futex_wake":
        wanted = *wanted, "where"
    lacks = [name for name in wanted if name not in found]
    if lacks:
        raise JournalError(
            f"{place}: the event {event} does not say {', '.join(lacks)}; it names "
            f"{', '.join(wanted)}"
        )
    for name, value in found.items():
        known_as = _FIELDS.get(name)
        if known_as is not None and not known_as[0](value):
            raise JournalError(f"{place}: `{name}` is {known_as[1]}, and is {value!r}")
    _check_pages(found, place)
    for name in ("kernel", "goal", "where", "to"):
        value = found.get(name)
        if _is_number(value) and not _is_below(value, kernels):
            raise JournalError(
                f"{place}: `{name}` is one of {kernels} kernels, from 0 on, and is {value!r}"
            )
    return Entry(place.number, place.source, found["at"], found)


def _check_pages(found: Mapping[str, Any], place: Place) -> None:
    """How many pages a line names, and what it says of each."""
    event, call, pages = found["event"], found.get("call"), found.get("pages", ())
    answers = found.get("kind") == Kind.ANSWER
    if event in ("stop", "ask") and call in ABOUT_PAGE and len(pages) != 1:
        raise JournalError(
            f"{place}: the call {call} is about one page, and `pages` names {len(pages)}"
        )
    if (event in ("stop", "ask") or event == "send") and call == "fault" and not pages:
        raise JournalError(f"{place}: a fault is about one page or more, and `pages` names none")
    for page in pages:
        if len(page) != 2 + answers:
            wanted = '[7, "read", "data"]' if answers else '[7, "read"]'
            raise JournalError(f"{place}: a page here is said as in {wanted}, and is {page!r}")
    names = [page for page, *_ in pages]
    if len(set(names)) < len(names):
        raise JournalError(f"{place}: `pages` names a page twice: {names!r}")
    if found.get("kind") == Kind.CALL and call == "migrate":
        arguments = found.get("arguments", ())
        if len(arguments) != 1:
            raise JournalError(
                f"{place}: `arguments` of migrate is a list of one kernel, and is {arguments!r}"
            )
    if found.get("kind") == Kind.RECALL and found["access"] == "none":
        raise JournalError(
            f"{place}: a page is asked back for `access` read or write, and not for none"
        )


def _get_fields(place: Place, found: Mapping[str, Any]) -> Fields:
    """What has a place on a line."""
    event, call, kind = found["event"], found.get("call"), found.get("kind")
    if event == "send" and not (isinstance(kind, str) and kind in _MESSAGES):
        raise JournalError(
            f"{place}: {kind!r} is no kind of message; there are {', '.join(_MESSAGES)}"
        )
    return get_fields(event, call if call in _CALLS else None, kind if event == "send" else None)


def _objects(path: Path, cut: list[int]) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                if number > 1 and not line.endswith("\n") and not _is_json(line):
                    cut.append(number)
                elif line.strip():
                    yield number, parse(line, Place(path.name, number))
    except OSError as error:
        raise JournalError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise JournalError(f"{path} is not text in UTF-8: {error.reason}") from None


def parse(line: str, place: Place) -> dict[str, Any]:
    """A line as an object. Raises: JournalError."""
    try:
        found = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        reason = getattr(error, "msg", "it is nested too deeply")
        where = f" in column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        raise JournalError(
            f"{place}: this line is not JSON: {reason}{where}{advise(line)}"
        ) from None
    if not isinstance(found, dict):
        raise JournalError(f"{place}: this line is no JSON object")
    return found


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except (json.JSONDecodeError, RecursionError):
        return False
    return True


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 64


def _is_below(value: Any, kernels: int | None) -> bool:
    return kernels is None or value < kernels


def _is_wanted(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_page, value))


def _is_page(each: object) -> bool:
    match each:
        case [page, access]:
            return _is_number(page) and access in _ACCESSES
        case [page, access, parcel]:
            return _is_number(page) and access in _ACCESSES and parcel in _PARCELS
    return False


def _is_areas(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_area, value))


def _is_area(each: object) -> bool:
    match each:
        case [first, end, access]:
            return _is_number(first) and _is_number(end) and access in _ACCESSES
    return False


def _is_word(words: tuple[str, ...]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and value in words


_NUMBER: Final = (_is_number, "a number from 0 on")
_FIELDS: Final[Mapping[str, tuple[Callable[[object], bool], str]]] = {
    **dict.fromkeys(
        ("process", "thread", "kernel", "page", "goal", "other", "where", "to"), _NUMBER
    ),
    "call": (_is_word(_CALLS), f"one of {', '.join(_CALLS)}"),
    "access": (_is_word(_ACCESSES), f"one of {', '.join(_ACCESSES)}"),
    "parcel": (_is_word(_PARCELS), f"one of {', '.join(_PARCELS)}"),
    "kind": (_is_word(tuple(each.value for each in Kind)), "a kind of message"),
    "pages": (_is_wanted, "a list of pages, each with an access: [[7, \"read\"]]"),
    "areas": (_is_areas, "a list of ranges of pages, each with an access: [[7, 9, \"read\"]]"),
    "error": (lambda value: isinstance(value, int), "a number"),
    "arguments": (lambda value: isinstance(value, list), "a list"),
}
