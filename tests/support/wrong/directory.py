"""Mistakes of the directory: who is told, who is waited for, and who comes next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from popcorn_model.vocabulary import Access, Call, Parcel
from popcorn_reference import directory as directory_module
from popcorn_reference.directory import Directory, Entry
from popcorn_reference.home import Home
from popcorn_reference.messages import Gave
from popcorn_reference.outputs import Output
from popcorn_reference.questions import Question
from popcorn_reference.tables import Claim, Holding, Way
from support.wrong.rows import PAIR, TWO_PAGES, Hint, Patch, Wrong, cells

_note: Final = Directory.note
_take: Final = Directory.take
_give_back: Final = Directory.give_back
_hear_gave: Final = Home._hear_gave
_next_turn: Final = Home._next_turn
_take_all: Final = Home._take_all

MANY: Final = Hint(TWO_PAGES, many=True)


def take_unmarked(
    self: Directory, thread: int, page: int, access: Access, excused: int
) -> Iterator[Output]:
    """Everybody is told, but the page is not marked as taken."""
    yield from _take(self, thread, page, access, excused)
    self.entry(page).taken = None


def take_without_waiting(
    self: Directory, thread: int, page: int, access: Access, excused: int
) -> Iterator[Output]:
    """Everybody is told, and nobody is waited for."""
    yield from _take(self, thread, page, access, excused)
    self.entry(page).due.clear()


def note_for_all(self: Directory, kernel: int, gave: Gave) -> bool:
    """The first that gives way does so for all."""
    was_asked = _note(self, kernel, gave)
    self.entry(gave.page).due.clear()
    return was_asked


def note_without_striking(self: Directory, kernel: int, gave: Gave) -> bool:
    """Who gives way stays listed."""
    entry = self.entry(gave.page)
    if kernel not in entry.due:
        return False
    entry.due.discard(kernel)
    return True


def hold_alone(self: Entry, kernel: int, holding: Holding) -> None:
    """One kernel has the page: the last that got it."""
    if holding is Holding.NOTHING:
        self.holdings.pop(kernel, None)
    else:
        self.holdings = {kernel: holding}


def give_back_to_nobody(
    self: Directory, thread: int, pages: Mapping[int, object] | None = None
) -> list[int]:
    """Who waits for a page is not told that it is free."""
    _give_back(self, thread, pages)
    return []


def hear_without_data(self: Home, source: int, gave: Gave) -> None:
    """What was written to a page does not get into the frame that copies are made from."""
    _hear_gave(self, source, Gave(gave.process, gave.page, Parcel.EMPTY))


def ask_without_turn(self: Home, question: Question) -> None:
    """A question about several pages begins at once."""
    self._retries.append(question.thread)


def next_turn_at_once(self: Home) -> None:
    """The next has its turn, whether or not the one before has finished."""
    self.turn = None
    _next_turn(self)


def keep_turn(self: Home, question: Question) -> None:
    """The turn is not passed on."""


def refuse_with_turn(self: Home, question: Question) -> None:
    """A fault that is refused has its turn for ever."""
    self.note("refuse", thread=question.thread, kernel=question.kernel)
    self.directory.leave_queues(question.thread)
    self.give_back(question.thread)
    self.answer(question, sets=(("refused", question.pages[0][0]),))


def take_any(self: Home, question: Question) -> bool:
    """It is enough if one of the pages is free."""
    _take_all(self, question)
    settled = map(self.directory.is_settled, self._taken(question))
    return not question.wants or any(settled)

ROWS: Final = (
    Wrong(
        "readers are not told",
        "A writer takes a page, and who reads it is not told to drop it.",
        "A copy that is only read does no harm to others, but is old from the first write on.",
        (cells(directory_module, "WAY", {
            (Holding.READER, Claim.WRITE): Way(False, Holding.READER)}),),
        Hint(),
        "begin 0; 0>0; t0@0 fault 0r; 0>0; 0>0; 0>0; t0@0 migrate =1; 0>0; 0>1; t0@1 fault 0w; "
        "1>0",
        "no step: grant",
    ),
    Wrong(
        "the writer is not told",
        "A reader takes a page, and who writes it is not told to stop.",
        "The origin's frame looks whole; what was written since is on another kernel.",
        (cells(directory_module, "WAY", {
            (Holding.WRITER, Claim.READ): Way(False, Holding.WRITER)}),),
        Hint(),
        "begin 0; 0>0; t0@0 fault 0w; 0>0; 0>0; 0>0; t0@0 migrate =1; 0>0; 0>1; t0@1 fault 0r; "
        "1>0",
        "no step: grant",
    ),
    Wrong(
        "who asks is told as well",
        "A reader that wants to write is told to drop the copy that it has.",
        "The list of readers contains the kernel for which it is walked.",
        (cells(directory_module, "WAY", {
            (Holding.READER, Claim.OWN_WRITE): Way(True, Holding.NOTHING)}),),
        Hint(),
        "begin 0; 0>0; t0@0 fault 0r; 0>0; 0>0; 0>0; t0@0 fault 0w; 0>0",
        "cells: due, recall",
    ),
    Wrong(
        "writer stays listed as writer",
        "A writer that has given way to a reader is noted as before.",
        "It still has the page, but not to write.",
        (cells(directory_module, "WAY", {
            (Holding.WRITER, Claim.READ): Way(True, Holding.WRITER)}),),
        Hint(),
        "begin 0; 0>0; t0@0 fault 0w; 0>0; 0>0; 0>0; t0@0 migrate =1; 0>0; 0>1; t0@1 fault 0r; "
        "1>0; 0>0; 0>0",
        "cells: writer",
    ),
    Wrong(
        "pages are not marked as taken",
        "A question takes a page without a mark that others would see.",
        "Between the question and its answer other questions come.",
        (Patch(Directory, "take", take_unmarked),),
        Hint(),
        "begin 0; 0>0; t0@0 fault 0r; 0>0",
        "cells: taken",
    ),
    Wrong(
        "nobody is waited for",
        "Who is in the way is told so, and the page granted without a wait for its answer.",
        "To have sent a message is not to have been heard.",
        (Patch(Directory, "take", take_without_waiting),),
        Hint(),
        "begin 0; 0>0; t0@0 fault 0r; 0>0; 0>0; 0>0; t0@0 migrate =1; 0>0; 0>1; t0@1 fault 0w; "
        "1>0",
        "no step: grant",
    ),
    Wrong(
        "the first answer is enough",
        "When one reader has given way all are taken to have done so.",
        "There can be more than one: they have to be counted, or listed.",
        (Patch(Directory, "note", note_for_all),),
        Hint((3, 1, 1)),
        "begin 0; 0>0; t0@0 fault 0r; 0>0; 0>0; 0>0; t0@0 migrate =1; 0>0; 0>1; t0@1 fault 0r; "
        "1>0; 0>1; 1>0; t0@1 migrate =2; 1>0; 0>2; t0@2 fault 0w; 2>0; 0>0; 0>0",
        "no step: grant",
    ),
    Wrong(
        "who has given way stays listed",
        "The directory still lists a kernel that has dropped its copy.",
        "The acknowledgement is also news about the list.",
        (Patch(Directory, "note", note_without_striking),),
        Hint(),
        "begin 0; 0>0; t0@0 fault 0r; 0>0; 0>0; 0>0; t0@0 migrate =1; 0>0; 0>1; t0@1 fault 0w; "
        "1>0; 0>0; 0>0",
        "cells: holder",
    ),
    Wrong(
        "one owner for each page",
        "A new reader takes the place of those that were listed.",
        "One field for the owner is enough for writers, not for readers.",
        (Patch(Entry, "hold", hold_alone),),
        Hint(),
        "begin 0; 0>0; t0@0 fault 0r; 0>0; 0>0; 0>0; t0@0 migrate =1; 0>0; 0>1; t0@1 fault 0r; "
        "1>0",
        "cells: holder",
    ),
    Wrong(
        "who waits is forgotten",
        "A page is given back, and who waits for it is not tried again.",
        "The queue is emptied in one place and has to be woken in another.",
        (Patch(Directory, "give_back", give_back_to_nobody),),
        Hint(PAIR, (Call.FAULT, Call.MIGRATE, Call.CLONE)),
        "begin 0; 0>0; t0@0 clone; 0>0; 0>0; 0>0; t0@0 fault 0r; 0>0; t1@0 fault 0r; 0>0; 0>0; "
        "0>0",
        "thread 1 is not answered",
    ),
    Wrong(
        "what was written is lost at the origin",
        "Who gives way sends what it has written, and the origin does not keep it.",
        "The next copy is made from the origin's frame, not from the message.",
        (Patch(Home, "_hear_gave", hear_without_data),),
        Hint(),
        "begin 1; 0>1; t0@1 fault 0w; 1>0; 0>1; 1>0; t0@1 migrate =0; 1>0; 0>0; t0@0 fault 0r; "
        "0>0; 0>1; 1>0",
        "cells: fresh, parcel",
    ),
    Wrong(
        "several pages without a turn",
        "Questions about several pages take them whenever they come.",
        "Two can each have what the other lacks.",
        (Patch(Home, "ask", ask_without_turn),),
        MANY,
        "begin 0; 0>0; t0@0 fault 0r 1r; 0>0",
        "no step: take_page",
    ),
    Wrong(
        "two have the turn at once",
        "The next gets its turn as soon as it asks.",
        "The one before can still be waiting for a page.",
        (Patch(Home, "_next_turn", next_turn_at_once),),
        Hint((2, 2, 2), (Call.FAULT, Call.MIGRATE, Call.CLONE), many=True, reads=False),
        "begin 0; 0>0; t0@0 clone; 0>0; 0>0; 0>0; t0@0 migrate =1; 0>0; 0>1; t0@1 fault 0w; "
        "1>0; 0>1; 1>0; t0@1 fault 1w 0w; t1@0 fault 0w 1w; 0>0; 1>0",
        "no step: take_turn",
    ),
    Wrong(
        "the turn is not passed on",
        "A question that has got its pages keeps its turn.",
        "The turn ends with the answer, long before the pages are given back.",
        (Patch(Home, "end_turn", keep_turn),),
        MANY,
        "begin 0; 0>0; t0@0 fault 0r 1r; 0>0",
        "cells: turn",
    ),
    Wrong(
        "a refusal keeps the turn",
        "A fault about several pages that is refused keeps its turn.",
        "There are two ways out of a question, and only one of them is often used.",
        (Patch(Home, "_refuse", refuse_with_turn),),
        Hint(TWO_PAGES, (Call.FAULT, Call.MUNMAP), many=True),
        "begin 0; 0>0; t0@0 munmap 0w; 0>0; 0>0; t0@0 fault 0r 1r; 0>0",
        "cells: turn",
    ),
    Wrong(
        "one page is enough",
        "A fault about several pages is answered when one of them is free.",
        "The instruction needs all of them at the same time.",
        (Patch(Home, "_take_all", take_any),),
        MANY,
        "begin 0; 0>0; t0@0 fault 0r; 0>0; 0>0; 0>0; t0@0 migrate =1; 0>0; 0>1; t0@1 fault 0w "
        "1r; 1>0",
        "no step: grant",
    ),
)  # fmt: skip
"""In the order of what a question goes through."""
