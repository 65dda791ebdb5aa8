"""A line of our own format with another value in one field, for each value that it may have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from popcorn_checker.journal.reading import JournalError
from popcorn_checker.validating.lines import Place, check
from popcorn_checker.validating.naming import Numbers, get_pages, get_threads
from popcorn_checker.validating.observing import Entry
from popcorn_model.vocabulary import EVENTS, Access, Call, Parcel, Side

PAGES_MAX: Final = 64
_WHERE: Final = {row.name: row.where for row in EVENTS}


def alter(numbers: Numbers, kernels: int, entry: Entry) -> Iterator[tuple[str, Any, Entry]]:
    """Each field that may be wrong, another value, and the line with it.

    Cost: as many lines as there are kernels, threads, pages and words.
    """
    content = entry.content
    for name, values in _choices(numbers, kernels, content):
        for value in values:
            if value != content[name]:
                changed = _check({**content, name: value}, kernels, numbers)
                if changed is not None:
                    yield name, value, make_entry(entry, changed)
    if _WHERE.get(content["event"]) is Side.KERNEL:
        for kernel in range(kernels):  # who writes of itself may have the wrong number twice
            if kernel != content["kernel"]:
                changed = {**content, "kernel": kernel, "at": kernel}
                yield "at, kernel", kernel, make_entry(entry, changed)


def make_entry(entry: Entry, content: Mapping[str, Any]) -> Entry:
    """A line with other content."""
    return replace(entry, content=content, kernel=content["at"])


def _check(
    content: Mapping[str, Any], kernels: int, numbers: Numbers
) -> Mapping[str, Any] | None:
    """A line as a log may have it, if this one names all that it names elsewhere, too."""
    try:
        content = check(content, Place("", 0), kernels).content
    except JournalError:
        return None
    if not set(get_threads(content)) <= numbers.threads.keys():
        return None
    return content if set(get_pages(content)) <= numbers.pages.keys() else None


def _choices(
    numbers: Numbers, kernels: int, content: Mapping[str, Any]
) -> Iterator[tuple[str, Iterable[Any]]]:
    pages = list(numbers.pages)[:PAGES_MAX]
    call = content.get("call")
    for name in ("at", "kernel", "goal", "where", "to"):
        if content.get(name) is not None:
            yield name, range(kernels)
    if content.get("thread") is not None:
        yield "thread", list(numbers.threads)
    if content.get("other") is not None and call in ("clone", "futex_wake"):
        yield "other", list(numbers.threads)
    if content.get("page") is not None and content["event"] != "areas":
        yield "page", pages
    if call is not None:
        yield "call", [each.value for each in Call]
    if content.get("access") is not None:
        yield "access", [each.value for each in Access]
    if content.get("parcel") is not None:
        yield "parcel", [each.value for each in Parcel]
    if content.get("pages"):
        yield "pages", _lists(content["pages"], pages)


def _lists(wanted: list[list[Any]], pages: list[int]) -> Iterator[list[list[Any]]]:
    for number, (page, access, *rest) in enumerate(wanted):
        others = [[other, access, *rest] for other in pages if other != page]
        others += [[page, other.value, *rest] for other in Access if other.value != access]
        if rest:
            others += [[page, access, each.value] for each in Parcel if each.value != rest[0]]
        for other in others:
            yield [*wanted[:number], other, *wanted[number + 1 :]]
