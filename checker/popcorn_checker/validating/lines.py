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
from popcorn_checker.dmesg.reading import PACKED_MAX, tell_packed
from popcorn_checker.journal.reading import FORMAT, VERSION, JournalError
from popcorn_checker.validating.observing import Entry
from popcorn_checker.validating.saying import ABOUT_PAGE, Fields, get_fields
from popcorn_model.vocabulary import EVENTS, MESSAGES, Access, Call, Kind, Parcel

KERNELS_MAX: Final = 64
"""More kernels there are in no log; the time that it takes grows with their number."""
_EVENTS: Final = {row.name: row for row in EVENTS}
_MESSAGES: Final = {row.kind.value: row for row in MESSAGES}
_ACCESSES: Final = tuple(each.value for each in Access)
_CALLS: Final = tuple(each.value for each in Call)
_PARCELS: Final = tuple(each.value for each in Parcel)


@dataclass(frozen=True)
class Log:
    """A file, and what its first line says."""

    path: Path
    name: str
    """What it is called in what is said of its lines."""
    about: Mapping[str, Any]
    cut: list[int] = field(default_factory=list, compare=False)
    """The number of the last line, if the file ends in the middle of it. It is left out."""

    @property
    def kernel(self) -> int | None:
        """The kernel that has written all of it, if the first line says so."""
        found = self.about.get("kernel")
        return found if isinstance(found, int) else None


def read_log(path: Path, name: str = "") -> Log:
    """A log's first line, which may be lost like any other.

    Raises: JournalError if it cannot be read, or is of another format or version.
    """
    name = name or path.name
    first = next(_objects(Log(path, name, {})), None)
    if first is None:
        raise JournalError(f"{path} is empty; a log has one JSON object a line")
    number, about = first
    if "event" in about:
        return Log(path, name, {})
    check_header(about, Place(name, number))
    return Log(path, name, about)


def check_header(about: Mapping[str, Any], place: Place) -> None:
    """See that a first line that is no event says what it has to. Raises: JournalError."""
    if about.get("format") != FORMAT or about.get("version") != VERSION:
        lacks = "" if "format" in about else "this line says no `event` and no `format`; "
        raise JournalError(
            f"{place}: {lacks}a log begins with an object whose format is {FORMAT!r} and whose "
            f"version is {VERSION}, or with the object of an event"
        )
    kernels: Any = about.get("kernels")
    if not _is_number(kernels) or not 0 < kernels <= KERNELS_MAX:
        raise JournalError(
            f"{place}: the first line does not say how many `kernels` there are, a number "
            f"from 1 to {KERNELS_MAX}; it says {kernels!r}"
        )


def is_header(found: Mapping[str, Any]) -> bool:
    """Whether a line says what was run, as only the first one does."""
    return "format" in found and "event" not in found


def read_entries(log: Log, kernels: int | None) -> Iterator[Entry]:
    """The lines of a log but the first, one by one, checked. Raises: JournalError."""
    is_first = True
    for number, found in _objects(log):
        if not is_first or not is_header(found):
            yield check(found, Place(log.name, number), kernels)
        is_first = False


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
    if is_header(found):
        raise JournalError(
            f"{place}: this line says what was run, and others stand before it; only the first "
            "line of a log does so: give each run, and each kernel's log, by itself"
        )
    event = found.get("event")
    if event is None:
        raise JournalError(
            f"{place}: this line does not say which `event` it is; there are {', '.join(_EVENTS)}, "
            "and send"
        )
    if event != "send" and not (isinstance(event, str) and event in _EVENTS):
        raise JournalError(
            f"{place}: {event!r} is no event; there are {', '.join(_EVENTS)}, and send"
        )
    at = found.get("at")
    if not _is_number(at) or not _is_below(at, kernels):
        known = _tell_kernels(kernels)
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
                f"{place}: `{name}` is {_tell_kernels(kernels)}, and is {value!r}"
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


def _objects(log: Log) -> Iterator[tuple[int, dict[str, Any]]]:
    path = log.path
    try:
        with path.open("rb") as raw:
            packed = tell_packed(raw.read(PACKED_MAX))
        if packed:
            raise JournalError(f"{path}:1: this is {packed}; a log has one JSON object a line")
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, start=1):
                if number > 1 and not line.endswith("\n") and not _is_json(line):
                    log.cut.append(number)
                elif line.strip():
                    yield number, parse(line, Place(log.name, number))
    except OSError as error:
        raise JournalError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise JournalError(f"{path} is not text in UTF-8: {error.reason}") from None


def parse(line: str, place: Place) -> dict[str, Any]:
    """A line as an object. Raises: JournalError."""
    try:
        found = json.loads(line)
        if "\\u" in line:
            found = _make_printable(found)
    except (ValueError, RecursionError) as error:
        if not isinstance(error, (json.JSONDecodeError, RecursionError)):
            raise JournalError(
                f"{place}: a number in this line has more digits than are read; numbers of a log "
                "are below 2**64"
            ) from None
        reason = getattr(error, "msg", "it is nested too deeply")
        where = f" in column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        raise JournalError(
            f"{place}: this line is not JSON: {reason}{where}{advise(line)}"
        ) from None
    if not isinstance(found, dict):
        raise JournalError(f"{place}: this line is no JSON object")
    return found


def _make_printable(found: Any) -> Any:
    """What JSON says, with question marks for halves of letters, which no text has."""
    return json.loads(json.dumps(found, ensure_ascii=False).encode("utf-8", "replace"))


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except (json.JSONDecodeError, RecursionError):
        return False
    except ValueError:  # a number is too long, and the line may be whole
        return True
    return True


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 64


def _is_below(value: Any, kernels: int | None) -> bool:
    return bool(value < (kernels or KERNELS_MAX))


def _tell_kernels(kernels: int | None) -> str:
    if kernels:
        return f"one of {kernels} kernels, from 0 on"
    return f"a kernel, from 0 to {KERNELS_MAX - 1}"


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
