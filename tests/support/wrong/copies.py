"""Mistakes of a kernel that has copies: what it keeps, sends, maps and says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from popcorn_model.vocabulary import Access, Call, Parcel
from popcorn_reference import member as member_module
from popcorn_reference.member import Member
from popcorn_reference.messages import Answer, Done, Farewell, Gave, Granted, Recall, Wanted
from popcorn_reference.outputs import Output, Send, Step, Unmap
from popcorn_reference.tables import Move, Turn, Word
from support.wrong.rows import TWO_PAGES, Hint, Patch, Wrong, cells

_NONE, _READ, _WRITE = Access.NONE, Access.READ, Access.WRITE
MANY: Final = Hint(TWO_PAGES, many=True)

_hear_recall: Final = Member.hear_recall
_hear_answer: Final = Member.hear_answer
_hear_end: Final = Member.hear_end
_step_done: Final = Member.step_done
_stop: Final = Member.stop
_accept: Final = Member._accept


def drop_then_send(self: Member, recall: Recall) -> Iterator[Output]:
    """The frame is freed, and then sent."""
    if recall.access is _WRITE and not self.is_origin:
        self.memory.drop(recall.page)
    yield from _hear_recall(self, recall)


def say_nothing_without_data(self: Member, recall: Recall) -> Iterator[Output]:
    """Only who has written says that it has given way."""
    for output in _hear_recall(self, recall):
        match output:
            case Send(_, Gave(parcel=Parcel.EMPTY)):
                pass
            case _:
                yield output


def free_without_unmapping(self: Member, recall: Recall) -> Iterator[Output]:
    """The frame is free while page tables still lead to it."""
    yield from (each for each in _hear_recall(self, recall) if not isinstance(each, Unmap))


def never_done(self: Member, thread: int) -> Iterator[Output]:
    """The instruction is executed, and nobody hears of it."""
    self._move(thread, Move.STEPPED)
    yield from ()


def done_twice(self: Member, thread: int) -> Iterator[Output]:
    """The origin hears twice of one instruction."""
    yield from _step_done(self, thread)
    yield Send(self.origin, Done(self.process, thread))


def map_without_data(self: Member, granted: Granted) -> Iterator[Output]:
    """The page is mapped, and what came with it is left in the message."""
    yield from _accept(self, Granted(granted.page, granted.access, Parcel.EMPTY))


def map_zeros(self: Member, granted: Granted) -> Iterator[Output]:
    """An answer that carries nothing brings a page of zeros."""
    if granted.parcel is Parcel.EMPTY and not self.is_origin:
        self.memory.drop(granted.page)
    yield from _accept(self, granted)


def map_first_only(self: Member, answer: Answer) -> Iterator[Output]:
    """An answer brings one page."""
    short = Answer(
        answer.process, answer.thread, answer.call, answer.context, answer.pages[:1], answer.sets
    )
    yield from _hear_answer(self, short)


def run_then_map(self: Member, answer: Answer) -> Iterator[Output]:
    """The thread runs, and its pages are mapped meanwhile."""
    outputs = list(_hear_answer(self, answer))
    yield from (each for each in outputs if isinstance(each, Step))
    yield from (each for each in outputs if not isinstance(each, Step))


def end_with_pages(self: Member) -> Iterator[Output]:
    """A process that has ended is still mapped."""
    yield from (each for each in _hear_end(self) if not isinstance(each, Unmap))


def end_with_threads(self: Member) -> Iterator[Output]:
    """Threads stay when their process ends."""
    places = dict(self.places)
    yield from _hear_end(self)
    self.places = places


def leave_when_empty(
    self: Member,
    thread: int,
    call: Call,
    context: bytes,
    pages: Wanted = (),
    arguments: tuple[int, ...] = (),
) -> Iterator[Output]:
    """Farewell is said as soon as no thread is left here."""
    yield from _stop(self, thread, call, context, pages, arguments)
    if not self.places:
        yield Send(self.origin, Farewell(self.process))


def farewell_twice(self: Member) -> Iterator[Output]:
    """Farewell is said for the threads, and again for the pages."""
    yield from _hear_end(self)
    yield Send(self.origin, Farewell(self.process))


ROWS: Final = (
    Wrong(
        "dropped before it is sent",
        "A kernel frees a page before it has copied it into the message.",
        "A freed frame is zeros, or somebody else's.",
        (Patch(Member, "hear_recall", drop_then_send),),
        Hint(),
        "begin 1; 0>1; t0@1 fault 0w; 1>0; 0>1; 1>0; t0@1 migrate =0; 1>0; 0>0; t0@0 fault 0w; "
        "0>0; 0>1",
        "cells: gave",
    ),
    Wrong(
        "writes on after a recall for a reader",
        "A kernel sends what it has written and may still write.",
        "A page that stays mapped has to be write-protected all the same.",
        (cells(member_module, "COPY", {
            (_WRITE, Word.RECALL_READ): Turn(_WRITE, Parcel.DATA)}),),
        Hint(),
        "begin 0; 0>0; t0@0 fault 0w; 0>0; 0>0; 0>0; t0@0 migrate =1; 0>0; 0>1; t0@1 fault 0r; "
        "1>0; 0>0",
        "cells: copy",
    ),
    Wrong(
        "reads on after a recall for a writer",
        "A kernel says that it has dropped its copy, and keeps it.",
        "It would read for ever what was there before.",
        (cells(member_module, "COPY", {
            (_READ, Word.RECALL_WRITE): Turn(_READ, Parcel.EMPTY)}),),
        Hint(),
        "begin 0; 0>0; t0@0 fault 0r; 0>0; 0>0; 0>0; t0@0 migrate =1; 0>0; 0>1; t0@1 fault 0w; "
        "1>0; 0>0",
        "cells: copy",
    ),
    Wrong(
        "a reader is sent nothing",
        "A writer that gives way to a reader does not send what it has written.",
        "It keeps its copy, so nothing seems to be lost.",
        (cells(member_module, "COPY", {
            (_WRITE, Word.RECALL_READ): Turn(_READ, Parcel.EMPTY)}),),
        Hint(),
        "begin 1; 0>1; t0@1 fault 0w; 1>0; 0>1; 1>0; t0@1 migrate =0; 1>0; 0>0; t0@0 fault 0r; "
        "0>0; 0>1",
        "cells: gave",
    ),
    Wrong(
        "a writer is sent nothing",
        "A writer that gives way to another writer does not send what it has written.",
        "The next will write, but not to every byte.",
        (cells(member_module, "COPY", {
            (_WRITE, Word.RECALL_WRITE): Turn(_NONE, Parcel.EMPTY)}),),
        Hint(),
        "begin 1; 0>1; t0@1 fault 0w; 1>0; 0>1; 1>0; t0@1 migrate =0; 1>0; 0>0; t0@0 fault 0w; "
        "0>0; 0>1",
        "cells: gave",
    ),
    Wrong(
        "who has only read says nothing",
        "A reader drops its copy and does not acknowledge that.",
        "There is nothing to send, but there is something to say.",
        (Patch(Member, "hear_recall", say_nothing_without_data),),
        Hint(),
        "begin 0; 0>0; t0@0 fault 0r; 0>0; 0>0; 0>0; t0@0 migrate =1; 0>0; 0>1; t0@1 fault 0w; "
        "1>0; 0>0",
        "cells: gave",
    ),
    Wrong(
        "freed but not unmapped",
        "A kernel gives way on a page and leaves it in the page tables.",
        "The list of copies is not what processors look at.",
        (Patch(Member, "hear_recall", free_without_unmapping),),
        Hint(),
        "begin 0; 0>0; t0@0 fault 0r; 0>0; 0>0; 0>0; t0@0 migrate =1; 0>0; 0>1; t0@1 fault 0w; "
        "1>0; 0>0",
        "cells: copy",
    ),
    Wrong(
        "never done",
        "A kernel does not say that the instruction that faulted is executed.",
        "The origin keeps the page for it until it does.",
        (Patch(Member, "step_done", never_done),),
        Hint(),
        "begin 0; 0>0; t0@0 fault 0r; 0>0; 0>0",
        "cells: done",
    ),
    Wrong(
        "done twice",
        "A kernel says twice that the instruction is executed.",
        "The second word gives back what the thread's next question has taken.",
        (Patch(Member, "step_done", done_twice),),
        Hint(),
        "begin 0; 0>0; t0@0 fault 0r; 0>0; 0>0; 0>0",
        "cells: done",
    ),
    Wrong(
        "mapped without data",
        "A kernel maps a page and does not copy what came with the answer.",
        "A new frame is zeros, which most pages are not.",
        (Patch(Member, "_accept", map_without_data),),
        Hint(),
        "begin 0; 0>0; t0@0 fault 0w; 0>0; 0>0; 0>0; t0@0 migrate =1; 0>0; 0>1; t0@1 fault 0r; "
        "1>0; 0>0; 0>0; 0>1",
        "cells: fresh",
    ),
    Wrong(
        "nothing is taken for zeros",
        "A kernel that is answered without data maps a page of zeros.",
        "It has the page already, and perhaps newer than the origin.",
        (Patch(Member, "_accept", map_zeros),),
        MANY,
        "begin 1; 0>1; t0@1 fault 0r 1w; 1>0; 0>1; 1>0; t0@1 fault 0w 1r; 1>0; 0>1",
        "cells: fresh",
    ),
    Wrong(
        "maps the first page only",
        "Of an answer about several pages the first is mapped.",
        "Nearly all answers are about one.",
        (Patch(Member, "hear_answer", map_first_only),),
        MANY,
        "begin 0; 0>0; t0@0 fault 0r 1r; 0>0; 0>0",
        "page 1 is not mapped when it is used",
    ),
    Wrong(
        "runs before it maps",
        "The thread is resumed before its pages are mapped.",
        "It faults again, and says that it is done.",
        (Patch(Member, "hear_answer", run_then_map),),
        Hint(),
        "begin 0; 0>0; t0@0 fault 0r; 0>0; 0>0",
        "page 0 is not mapped when it is used",
    ),
    Wrong(
        "an answer to read takes away to write",
        "A kernel that may write a page is allowed to read it, and then may do no more.",
        "An instruction that reads what it may write and lacks another page names both.",
        (cells(member_module, "COPY", {(_WRITE, Word.GRANT_READ): Turn(_READ)}),),
        MANY,
        "begin 0; 0>0; t0@0 fault 0r 1w; 0>0; 0>0; 0>0; t0@0 fault 0w 1r; 0>0; 0>0",
        "cells: copy",
    ),
    Wrong(
        "pages outlive their process",
        "At the end of a process its pages stay mapped.",
        "Threads that are gone use no page, but the frames are used again.",
        (Patch(Member, "hear_end", end_with_pages),),
        Hint(kills=True),
        "begin 0; 0>0; t0@0 fault 0r; 0>0; kill; 0>0; 0>0",
        "cells: copy",
    ),
    Wrong(
        "threads outlive their process",
        "At the end of a process its threads stay.",
        "They do not know that their process ends.",
        (Patch(Member, "hear_end", end_with_threads),),
        Hint(kills=True),
        "begin 0; 0>0; kill; 0>0",
        "cells: here",
    ),
    Wrong(
        "farewell without an end",
        "A kernel says farewell when its last thread has left it.",
        "It still has pages, and a thread can be on its way to it.",
        (Patch(Member, "stop", leave_when_empty),),
        Hint(),
        "begin 0; 0>0; t0@0 migrate =1",
        "cells: farewell",
    ),
    Wrong(
        "farewell twice",
        "A kernel says farewell twice.",
        "The origin may have forgotten the process after the first.",
        (Patch(Member, "hear_end", farewell_twice),),
        Hint(kills=True),
        "begin 0; 0>0; kill; 0>0; 0>0",
        "cells: farewell",
    ),
)  # fmt: skip
"""Pages first, then threads and ends."""
