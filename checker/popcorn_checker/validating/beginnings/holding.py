"""Who had a page when a log begins, told from what the origin asks back and what it answers.

Before a page is written by one kernel the origin asks it back from all others that have it; before
it is read, from the one that may write it. So up to the first write all that had it are named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from popcorn_checker.validating.mapping import LEVEL
from popcorn_checker.validating.telling import ORIGIN
from popcorn_model.vocabulary import Access, Call, Kind

ALONE: Final = (Call.MMAP, Call.MMAP_OVER, Call.MUNMAP, Call.MREMAP)
"""Calls after which nobody has the page. After a fill only the origin may."""

NONE, READ, WRITE = (LEVEL[each.value] for each in Access)


class Taker(NamedTuple):
    """A thread whose question had a page when the log begins."""

    thread: int
    kernel: int
    call: str
    access: str | None


@dataclass
class Holding:
    """What the lines say of a page."""

    early: dict[int, bool] = field(default_factory=dict)
    """Index: kernels that had to give way when the log begins; whether they had done so."""
    taker: Taker | None = None
    """Who has the page first, if nothing says that it was taken after the log began."""
    holders: dict[int, int] = field(default_factory=dict)
    """Index: kernels; for which access each had it when the log begins."""
    area: int = WRITE
    """What was allowed there."""
    is_known: bool = False
    """A line has said what was allowed there."""
    _given: set[int] = field(default_factory=set)
    """Kernels that have it from this log."""
    _asked_back: set[int] = field(default_factory=set)
    _open: set[int] = field(default_factory=set)
    """Kernels that had it, where what they send with it says for which access."""
    is_over: bool = False
    """All that had it have been named: from here on how it stood does not matter."""
    _is_filled: bool = False
    """All but the origin have been."""
    _parcels: dict[int, str] = field(default_factory=dict)
    """Index: kernels; what each sent with it when it gave way first."""
    _late: dict[int, str] = field(default_factory=dict)
    """The same, of those that had given way before the log and say only then what they send."""
    _ways: Counter[int] = field(default_factory=Counter)
    _gives: Counter[int] = field(default_factory=Counter)
    _due: set[int] = field(default_factory=set)
    _is_taken: bool = False
    """A line has told of a question that takes the page, or of what has come of one."""

    def note_taken(self, taker: Taker | None) -> None:
        """A question takes the page; or one that had it is at its end."""
        if not self._is_taken:
            self.taker = taker
        self._is_taken = True

    def _note_early(self, kernel: int, has_given: bool) -> None:
        if not self._is_taken and kernel not in self._asked_back and kernel not in self.early:
            self.early[kernel] = has_given
            if kernel not in self.holders:
                self.holders[kernel] = READ
                self._open.add(kernel)

    def note_recall(self, kernel: int, access: str) -> None:
        """The origin asks the page back."""
        self._note_early(kernel, False)
        if self._may_have(kernel):
            if access == "read":
                self.holders[kernel] = WRITE
            elif kernel not in self.holders:
                self.holders[kernel] = READ
                self._open.add(kernel)
        self._asked_back.add(kernel)

    def note_way(self, kernel: int, access: str | None) -> None:
        """The origin hears that a kernel has given way to who wants to read the page, or write."""
        self._ways[kernel] += 1
        if kernel in self._asked_back:
            return
        if access == "read":
            self.note_recall(kernel, access)
        elif self._may_have(kernel):
            self.holders.setdefault(kernel, READ)
            self._open.add(kernel)
            self._due.add(kernel)

    def note_lack(self, kernel: int) -> None:
        """A thread of a kernel cannot read the page."""
        if kernel not in self.holders:
            self._given.add(kernel)

    def note_given(self, kernel: int, access: str) -> None:
        """A kernel has the page from the origin, for an access."""
        if not self.is_over and kernel not in self.holders:
            self._given.add(kernel)
        self.is_over |= access == "write"
        self.is_known = True

    def note_answer(self, kernel: int, access: str, parcel: str) -> None:
        """The origin gives the page to a kernel."""
        if self.is_over:
            return
        if parcel == "empty" and self._may_have(kernel):
            self.holders.setdefault(kernel, READ)
            if access == "read":  # of an instruction about several pages, or asked before
                self._open.add(kernel)
        if parcel != "empty" or access == "write":
            self._given.add(kernel)
        self.is_over = access == "write"
        self.is_known = True

    def note_served(self, call: str) -> None:
        """The origin does something on the page itself."""
        if call == Call.MMAP and not self.is_known and not self.holders:
            self.area = NONE
        self.is_over |= call in ALONE
        self._is_filled |= call == Call.FILL
        self.is_known = True

    def note_refused(self, access: str) -> None:
        """What is wanted is not allowed."""
        if not self.is_known and not self.holders:
            self.area = READ if access == "write" else NONE
            self.is_known = True

    def note_give(self, kernel: int, parcel: str | None) -> None:
        """A kernel gives way: it says so, or what it sends is there."""
        if not self._gives[kernel] and kernel not in self._parcels:
            self._note_early(kernel, parcel is not None)
        if parcel is None:
            self._gives[kernel] += 1
        elif kernel not in self._parcels and not self._gives[kernel]:
            self._late.setdefault(kernel, parcel)
        else:
            self._parcels.setdefault(kernel, parcel)

    def note_read_from(self, kernel: int) -> None:
        """Somebody who only wants to read the page waits for a kernel: that one may write it."""
        self.holders[kernel] = WRITE
        self._open.discard(kernel)

    def _may_have(self, kernel: int) -> bool:
        """Whether what a kernel has of the page may be from before the log."""
        is_over = self.is_over or (self._is_filled and kernel != ORIGIN)
        return not is_over and kernel not in self._given

    # --- what it all means -----------------------------------------------------------------------

    def has_given(self, kernel: int) -> bool:
        """Of a kernel that had to give way: whether it has, and the origin has not heard it."""
        if kernel in self.early:
            return self.early[kernel]
        return self._gives[kernel] < self._ways[kernel]

    def get_holders(self) -> dict[int, int]:
        """Who had the page when the log begins, and for which access."""
        if self.area == NONE:
            return {}
        found = dict(self.holders)
        for kernel, parcel in (self._parcels | self._late).items():
            is_unsaid = kernel not in self._asked_back | self._due | self._given
            if is_unsaid and not self.is_over:
                found.setdefault(kernel, READ)  # the origin's lines are lost
            elif kernel not in self._open:
                continue
            is_due = kernel in self._due or kernel in self.early
            if is_due and self.has_given(kernel) and kernel not in self._late:
                continue
            if kernel != ORIGIN:
                found[kernel] = READ if parcel == "empty" else WRITE
        if len(found) > 1:
            found = dict.fromkeys(found, READ)
        return {kernel: min(access, self.area) for kernel, access in found.items()}


def note_pages(
    holdings: dict[int, Holding], content: Mapping[str, Any], asked: Mapping[int, str]
) -> None:
    """Look at one more line. `asked` is what the thread that it names has asked for last."""
    event, kind = content["event"], content.get("kind")

    def of(page: int) -> Holding:
        return holdings.setdefault(page, Holding())

    if kind == Kind.RECALL:
        of(content["page"]).note_recall(content["to"], content["access"])
    elif kind == Kind.GAVE:
        of(content["page"]).note_give(content["at"], content["parcel"])
    elif kind == Kind.ANSWER and content["call"] == Call.FAULT:
        for page, access, parcel in content["pages"]:
            taker = Taker(content["thread"], content["to"], Call.FAULT, access)
            of(page).note_taken(taker)
            of(page).note_answer(content["to"], access, parcel)
    elif event == "take":
        of(content["page"]).note_taken(None)
    elif event == "way":
        of(content["page"]).note_way(content["kernel"], asked.get(content["page"]))
    elif event == "stop":
        for page, access in asked.items():
            if access == "read" and len(asked) == 1:
                of(page).note_lack(content["kernel"])
    elif event == "step":  # after its answer, which says more, but may be lost
        for page, access in asked.items():
            of(page).note_given(content["kernel"], access)
    elif event == "refuse" and len(asked) == 1:
        for page, access in asked.items():
            of(page).note_refused(access)
    elif event == "give":
        of(content["page"]).note_give(content["kernel"], None)
    elif event in ("serve", "fail") and content.get("page") is not None:
        taker = Taker(content["thread"], content["kernel"], content["call"], None)
        of(content["page"]).note_taken(taker)
        of(content["page"]).note_served(content["call"])
        if content["call"] == Call.MREMAP and content.get("other") is not None:
            of(content["other"]).note_served(Call.MMAP)
