"""What is known of a log before its first line is read: its names, and how things stood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from popcorn_checker.validating.beginnings.ending import Ending
from popcorn_checker.validating.beginnings.holding import NONE, Holding, note_pages
from popcorn_checker.validating.beginnings.making import Maker, Start
from popcorn_checker.validating.beginnings.opening import (
    READING,
    At,
    Opening,
    Watch,
    get_threads_about,
)
from popcorn_checker.validating.naming import UNNAMED, Numbers, get_pages, get_threads
from popcorn_checker.validating.observing import Entry
from popcorn_checker.validating.world import World
from popcorn_model.vocabulary import Call, Kind

ASKING: Final = ("stop", "ask")


def taken_for(openings: dict[int, Opening], page: int, holding: Holding) -> None:
    """A page that kernels give back as the log begins was taken for who gets it."""
    taker = holding.taker
    opening = openings.get(taker.thread) if taker is not None else None
    if taker is None or opening is None:
        return
    if opening.at is not At.QUESTION or page not in opening.pages:
        opening = replace(
            opening, kernel=taker.kernel, at=At.QUESTION, call=taker.call,
            pages={page: taker.access}, taken=(), due=(),
            is_in_system=taker.call != Call.FAULT,
        )  # fmt: skip
    due = dict.fromkeys((*opening.due, *((page, kernel) for kernel in holding.early)))
    taken = dict.fromkeys((*opening.taken, page))
    openings[taker.thread] = replace(opening, taken=tuple(taken), due=tuple(due))


@dataclass
class Beginning:
    """What a look through all lines of a process shows."""

    numbers: Numbers = field(default_factory=Numbers)
    is_whole: bool = False
    """Whether the log has the process's first line."""
    ending: Ending = field(default_factory=Ending)
    _watches: dict[int, Watch] = field(default_factory=dict)
    _holdings: dict[int, Holding] = field(default_factory=dict)
    _asked: dict[int, dict[int, str]] = field(default_factory=dict)
    """Index: threads; the pages that each has asked for last."""
    _known: dict[tuple[str, int], int] = field(default_factory=dict)
    """Index: threads and pages; the line from which on it does not matter how each stood."""

    def note(self, entry: Entry) -> None:
        """Look at one more line."""
        content = entry.content
        self.numbers.note(content)
        if self.is_whole:
            return
        self.is_whole = content["event"] == "exec"
        self.ending.note(content)
        for thread in get_threads_about(content):
            self._watches.setdefault(thread, Watch(thread)).note(content, entry.source)
        self._note_born(content)
        note_pages(self._holdings, content, self._note_asked(content))
        self._note_known(entry)

    def _note_known(self, entry: Entry) -> None:
        for thread in get_threads(entry.content):
            if self._watches[thread].is_over or self._watches[thread].is_born:
                self._known.setdefault(("thread", thread), entry.place)
        for page in get_pages(entry.content):
            if page in self._holdings and self._holdings[page].is_over:
                self._known.setdefault(("page", page), entry.place)

    def _note_born(self, content: Mapping[str, Any]) -> None:
        if content["event"] == "serve" and content["call"] == "clone":
            born = content["other"]
            self._watches.setdefault(born, Watch(born)).is_born = True

    def _note_asked(self, content: Mapping[str, Any]) -> Mapping[int, str]:
        """The pages that a line's thread has asked for last, and for which access."""
        thread = content.get("thread")
        if thread is None:
            return {}
        if content["event"] in ASKING or content.get("kind") in (Kind.CALL, Kind.ANSWER):
            is_said = content["call"] in (Call.FAULT, *READING)
            pages = content.get("pages") if is_said else None
            self._asked[thread] = {page: access for page, access, *_ in pages or ()}
        return self._asked.get(thread, {})

    # --- what it all means -----------------------------------------------------------------------

    def doubt(self, entry: Entry) -> str:
        """Why a line may be right that is not explained; empty if it cannot be.

        It depends on how that stood which it is about, if nobody knows.
        """
        if self.is_whole:
            return ""
        about = [("thread", thread) for thread in get_threads(entry.content)]
        about += [("page", page) for page in get_pages(entry.content)]
        unknown = " and ".join(
            f"{what} {number}" for what, number in about
            if self._known.get((what, number), entry.place) >= entry.place
        )
        if not unknown:
            return ""
        return f"the line depends on how {unknown} stood before the log, which is not known"

    def get_start(self) -> Start:
        """How things stood, with a name for whatever it takes that no line names."""
        found = {thread: watch.get_opening() for thread, watch in self._watches.items()}
        openings = {thread: each for thread, each in found.items() if each is not None}
        start = Start(openings, self._holdings, self.ending, UNNAMED)
        for page, holding in self._holdings.items():
            if holding.early and holding.taker is not None:
                taken_for(openings, page, holding)
        for opening in openings.values():
            for page, kernel in opening.due:
                if opening.only_reads(page):
                    self._holdings[page].note_read_from(kernel)
        for number, opening in enumerate(openings.values(), start=1):
            if opening.is_about_unnamed:
                opening.unnamed = UNNAMED - number
                if opening.is_refused:
                    self._holdings[opening.unnamed] = Holding(area=NONE)
        return start

    def name_all(self) -> None:
        """Number what no line names, too. What is numbered cannot be taken back."""
        if self.is_whole:
            return
        start = self.get_start()
        self.numbers.note({"page": UNNAMED, "thread": UNNAMED})
        for opening in start.openings.values():
            if opening.unnamed is not None:
                self.numbers.note({"page": opening.unnamed})

    def begin(self, world: World) -> None:
        """Take the steps before the log, if its start is missing."""
        if not self.is_whole:
            Maker(world, self.numbers, self.get_start()).make()
