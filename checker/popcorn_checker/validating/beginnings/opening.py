"""What a thread was doing when a log begins, told from the first lines about it.

A thread is on a kernel, in its question to the origin, or in an answer. The origin's lines up to
its first answer say what it had asked; the first line of the kernel says whether it was there. No
order between lines of different kernels is needed for that; where all are from one file it helps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from popcorn_model.vocabulary import Call, Kind

Content = Mapping[str, Any]

AT_KERNEL: Final = ("stop", "run", "step")
OF_SYSTEM: Final = ("answer", "areas")
"""What the origin says of a thread in a system call, and not in one of its questions."""
READING: Final = (Call.FORBID, Call.ALLOW, Call.LOOK, Call.FUTEX_WAIT, Call.FORK)
"""Calls that want to read what they are about. What a fault wants is said with its pages."""
LAST: Final = ("serve", "fail", "give_up", "drop", "answer")
"""With these events of the origin a question is over."""
BEFORE_ANSWER: Final = ("grant", "pass", "refuse")
"""With these it is over as soon as it is answered, which the next line about it says."""


class At(Enum):
    """Where a thread is."""

    KERNEL = "it runs, or is in a system call of which nothing is at the origin"
    QUESTION = "it has asked"
    ASLEEP = "it sleeps on a futex"
    GRANTED = "a fault was answered, and the answer has not arrived"
    ANSWERED = "another question was answered, and the answer has not arrived"


@dataclass
class Opening:
    """What a thread was doing. Threads, pages and kernels are as the log names them."""

    kernel: int
    at: At = At.KERNEL
    call: str = Call.FAULT
    goal: int | None = None
    pages: dict[int, str | None] = field(default_factory=dict)
    """What its question is about, and for which access."""
    taken: tuple[int, ...] = ()
    """The pages that were taken for it."""
    due: tuple[tuple[int, int], ...] = ()
    """Pages and kernels: those that have to give way, and have not been heard to."""
    has_turn: bool = False
    is_done: bool = False
    """The origin has not heard that its last instruction that faulted is done."""
    is_refused: bool = False
    """What it has asked for is not allowed."""
    is_in_system: bool = False
    late: int | None = None
    """The page of the futex on which it is to wake others."""
    unnamed: int | None = None
    """A page that no line names, for what it has done to one that is not known."""

    @property
    def is_about_unnamed(self) -> bool:
        """Whether it has done something to a page that no line names."""
        asks = self.at is At.QUESTION and self.call == Call.FAULT
        return self.is_done or (
            not self.pages and (asks or self.at in (At.GRANTED, At.ASLEEP))
        )

    def only_reads(self, page: int) -> bool:
        """Whether it wants to read a page, and not to write it or to have it alone."""
        if self.call == Call.FAULT:
            return self.pages.get(page) == "read"
        return self.call in READING

    @property
    def named(self) -> dict[int, str | None]:
        """The pages that it has asked for; one that no line names if none is known."""
        unnamed = {} if self.unnamed is None else {self.unnamed: None}
        return self.pages or dict(unnamed)


@dataclass
class Watch:
    """The first lines about a thread."""

    thread: int
    origin: list[Content] = field(default_factory=list)
    """What the origin says of its first question, up to the answer."""
    first: dict[int, Content] = field(default_factory=dict)
    """Index: kernels; what each says of it first."""
    is_over: bool = False
    is_born: bool = False
    """Whether the log tells how it was made."""
    is_granted: bool = False
    done_before: set[int] = field(default_factory=set)
    """Kernels of which the origin hears that an instruction is done before it has answered any."""
    arrived: set[tuple[int, str]] = field(default_factory=set)
    """Kernels and events: more answers have arrived than were given."""
    begin: int | None = None
    """The kernel that the first line names, if all are from one file."""
    _answers: Counter[tuple[int, str]] = field(default_factory=Counter)
    _source: str | None = None
    """The name of the file that all lines are from."""

    def note(self, content: Content, source: str) -> None:
        """Look at one more line about the thread, from a file."""
        event, kind = content["event"], content.get("kind")
        if self._source is None:
            self._source, self.begin = source, self._get_kernel([content])
        elif self._source != source:
            self._source, self.begin = "", None
        if event in AT_KERNEL or kind in (Kind.CALL, Kind.DONE):
            self._note_kernel(content)
        elif event == "finish":
            if not self.is_granted:
                self.done_before.add(content["kernel"])
        else:
            self._note_origin(content)

    def _note_kernel(self, content: Content) -> None:
        kernel = content.get("kernel", content["at"])
        self.first.setdefault(kernel, content)
        if content["event"] in ("run", "step"):
            key = kernel, content["event"]
            self._answers[key] -= 1
            is_late = self.begin is not None and self.origin  # then what comes first was first
            if self._answers[key] < 0 and not is_late:
                self.arrived.add(key)

    def _note_origin(self, content: Content) -> None:
        is_answer = content.get("kind") == Kind.ANSWER
        if is_answer:
            step = "step" if content["call"] == Call.FAULT else "run"
            self._answers[content["to"], step] += 1
        self.is_granted |= content["event"] == "grant" or (
            is_answer and content["call"] == Call.FAULT
        )
        if self.origin and self.origin[-1]["event"] in BEFORE_ANSWER and not is_answer:
            self.is_over = True  # the answer is lost
        if not self.is_over:
            self.origin.append(content)
            self.is_over = is_answer or content["event"] in LAST

    # --- what it all means -----------------------------------------------------------------------

    def get_opening(self) -> Opening | None:
        """What the thread was doing; None if the log tells how it was made."""
        if self.is_born or not (self.origin or self.first or self.done_before):
            return None
        found = self._read()
        arrived = self.first.get(found.kernel, {}).get("event")
        if (found.kernel, arrived) in self.arrived:
            at = At.GRANTED if arrived == "step" else At.ANSWERED
            found = Opening(found.kernel, at)
        found.is_done = found.kernel in self.done_before and found.at is not At.GRANTED
        return found

    def _read(self) -> Opening:
        """What the lines say, if no answer was on its way."""
        begin = self.origin[0] if self.origin else None
        kernel = self.begin
        if kernel is None:
            kernel = self._get_kernel(self.origin)
        if kernel is None:
            kernel = next(iter((*self.first, *self.done_before)))
        first = self.first.get(kernel)
        if begin is None or begin["event"] in ("ask", "drop"):
            if first is not None and first["event"] == "send" and first["kind"] == Kind.CALL:
                return _has_asked(kernel, first)
            if begin is None or (first is not None and first["event"] in ("stop", "send")):
                return Opening(kernel)
            if begin["event"] == "drop":
                return Opening(kernel, At.QUESTION, Call.OTHER)
            return _has_asked(kernel, begin)
        if begin["event"] in OF_SYSTEM:
            return Opening(kernel, is_in_system=True)
        return self._is_asking(kernel, begin)

    def _get_kernel(self, lines: Iterable[Content]) -> int | None:
        """The kernel on which the thread is, or from which it has asked."""
        for each in lines:
            if self._is_woken(each):
                return int(each["where"])
            if each.get("kind") == Kind.ANSWER:
                return int(each["to"])
            if each["event"] != "way":  # which names the kernel that has given way
                return int(each.get("kernel", each["at"]))
        return None

    def _is_woken(self, content: Content) -> bool:
        return content.get("call") == Call.FUTEX_WAKE and content.get("other") == self.thread

    def _is_asking(self, kernel: int, begin: Content) -> Opening:
        """The origin was at its question."""
        if begin.get("kind") == Kind.ANSWER:
            if begin["call"] == Call.FAULT:
                return Opening(kernel, At.GRANTED, **_asked(_pages(begin)))
            return Opening(kernel, At.ANSWERED)
        if begin["event"] == "give_up":
            return Opening(kernel, At.ASLEEP)
        if self._is_woken(begin):
            return Opening(kernel, At.ASLEEP, pages={begin["page"]: "read"})
        if begin.get("call") == Call.FUTEX_WAKE:
            return Opening(kernel, is_in_system=True, late=begin["page"])
        if begin["event"] == "pass":
            return Opening(kernel, At.QUESTION, Call.MIGRATE, begin["goal"])
        asked = self._get_question()
        takes = {each["page"] for each in self.origin if each["event"] == "take"}
        asked.kernel, asked.at = kernel, At.QUESTION
        asked.is_in_system = asked.call not in (Call.FAULT, Call.MIGRATE)
        asked.due = tuple(
            (each["page"], each["kernel"]) for each in self.origin
            if each["event"] == "way" and each["page"] not in takes
        )
        asked.pages.update({page: None for page, _ in asked.due if page not in asked.pages})
        asked.taken = tuple(page for page in asked.pages if page not in takes)
        asked.is_refused = any(each["event"] == "refuse" for each in self.origin)
        has_turn = all(each["event"] != "turn" for each in self.origin)
        asked.has_turn = has_turn and (len(asked.pages) > 1 or asked.call == Call.FORK)
        return asked

    def _get_question(self) -> Opening:
        """What was asked, as far as the lines up to its answer say it."""
        pages: dict[int, str | None] = {}
        call: str = Call.FAULT
        for each in self.origin:
            if each["event"] in ("serve", "fail", "turn"):
                call = each["call"]
            if each["event"] in ("serve", "fail") and "page" in each and call != Call.MMAP:
                pages[each["page"]] = None
            elif each["event"] == "take":
                pages.setdefault(each["page"], None)
            elif each.get("kind") == Kind.ANSWER and each["call"] == Call.FAULT:
                pages.update(_pages(each))
        return Opening(0, call=call, pages=pages if call != Call.FORK else {})


def _pages(content: Content) -> dict[int, str | None]:
    return {page: access for page, access, *_ in content.get("pages") or ()}


def _asked(pages: dict[int, str | None]) -> dict[str, Any]:
    return {"pages": pages, "taken": tuple(pages), "has_turn": len(pages) > 1}


def _has_asked(kernel: int, content: Content) -> Opening:
    """The question has been sent, and the origin has not begun with it."""
    call = content["call"]
    if call not in (Call.FAULT, Call.MIGRATE):
        return Opening(kernel, is_in_system=True)
    goal = content.get("goal")
    if call == Call.MIGRATE and goal is None:
        goal = next(iter(content.get("arguments", ())), None)
    return Opening(kernel, At.QUESTION, call, goal, _pages(content))


def get_threads_about(content: Content) -> Iterable[int]:
    """The threads that a line is about, each as it is concerned by it."""
    if content.get("thread") is not None:
        yield content["thread"]
    if content.get("call") == Call.FUTEX_WAKE and content.get("other") is not None:
        yield content["other"]
