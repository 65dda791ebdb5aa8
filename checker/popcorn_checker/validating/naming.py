"""Threads and pages as a log names them, and as the model numbers them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

UNNAMED: Final = -1
"""A page or a thread that no line names: what happened before a log whose start is lost may be
about it. There may be more of them, with numbers below."""


class Numbers:
    """Numbers in the order in which a log names things for the first time."""

    def __init__(self) -> None:
        """Nothing is named yet."""
        self.threads: dict[int, int] = {}
        self.pages: dict[int, int] = {}

    def note(self, content: Mapping[str, Any]) -> bool:
        """Number what a line names; whether there was anything new."""
        before = len(self.threads), len(self.pages)
        for thread in get_threads(content):
            self.threads.setdefault(thread, len(self.threads))
        for page in get_pages(content):
            self.pages.setdefault(page, len(self.pages))
        return before != (len(self.threads), len(self.pages))

    def numbered_pages(self) -> Iterator[tuple[int, int]]:
        """Each page by its number, and as the log names it."""
        for page, number in self.pages.items():
            yield number, page

    def translate(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """A line with the model's numbers; ranges of pages stay as they are."""
        names = {name: value for name, value in content.items() if value is not None}
        call = names.get("call")
        for name in ("thread", *(("other",) if call in ("clone", "futex_wake") else ())):
            if name in names:
                names[name] = self.threads[names[name]]
        if names.get("event") != "areas":
            for name in ("page", *(("other",) if call == "mremap" else ())):
                if name in names:
                    names[name] = self.pages[names[name]]
        names["pages"] = [(self.pages[page], *rest) for page, *rest in names.get("pages", ())]
        return names


def get_threads(content: Mapping[str, Any]) -> Iterator[int]:
    """The threads that a line names."""
    is_thread = content.get("call") in ("clone", "futex_wake")
    for thread in (content.get("thread"), content.get("other") if is_thread else None):
        if thread is not None:
            yield thread


def get_pages(content: Mapping[str, Any]) -> Iterator[int]:
    """The pages that a line names, but for the ends of ranges."""
    if content.get("event") == "areas":
        return
    other = content.get("other") if content.get("call") == "mremap" else None
    for page in (content.get("page"), other, *(each[0] for each in content.get("pages") or ())):
        if page is not None:
            yield page
