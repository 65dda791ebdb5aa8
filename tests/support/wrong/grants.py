"""Mistakes of answers to faults: what they carry, what is noted, and when they may be given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from popcorn_model.vocabulary import Access, Call, Parcel
from popcorn_reference.directory import Directory, Entry
from popcorn_reference.home import Home
from popcorn_reference.messages import Answer, Granted
from popcorn_reference.outputs import Output, Send
from popcorn_reference.questions import Question
from popcorn_reference.serving import grant
from popcorn_reference.tables import Holding
from support.wrong.rows import TWO_PAGES, Hint, Patch, Wrong, serves

MANY: Final = Hint(TWO_PAGES, many=True)

_is_allowed: Final = Home._is_allowed


def grant_and_give_back(home: Home, question: Question) -> None:
    """The pages are free for others as soon as the answer is sent."""
    grant(home, question)
    home.give_back(question.thread)


def _change_answer(home: Home, change: Callable[[int, Granted], Granted]) -> None:
    """The answer that has just been given says something else of its pages."""

    def changed(output: Output) -> Output:
        match output:
            case Send(target, Answer(call=Call.FAULT) as answer):
                pages = tuple(change(number, each) for number, each in enumerate(answer.pages))
                return Send(target, replace(answer, pages=pages))
        return output

    home._out[:] = map(changed, home._out)


def _with_data(home: Home, granted: Granted) -> Granted:
    return replace(granted, parcel=Parcel.DATA, data=bytes(home.memory.page(granted.page)))


def grant_with_old_data(home: Home, question: Question) -> None:
    """Whoever may write is sent the origin's frame, even if it may write already."""
    writers = [
        page for page, _ in question.pages
        if home.directory.entry(page).holding(question.kernel) is Holding.WRITER
    ]  # fmt: skip
    grant(home, question)
    _change_answer(
        home, lambda _, each: _with_data(home, each) if each.page in writers else each
    )


def grant_first_data(home: Home, question: Question) -> None:
    """Only the first page's data is sent."""
    grant(home, question)
    _change_answer(
        home, lambda number, each: each if number == 0 else replace(
            each, parcel=Parcel.EMPTY, data=b""
        )
    )  # fmt: skip


def grant_more(home: Home, question: Question) -> None:
    """Who is the only one to read a page may write it, too; that is not noted."""
    alone = [page for page, _ in question.pages if not home.directory.entry(page).holdings]
    grant(home, question)
    _change_answer(
        home, lambda _, each: replace(each, access=Access.WRITE) if each.page in alone else each
    )


def grant_unnoted(home: Home, question: Question) -> None:
    """Nobody notes who reads."""
    grant(home, question)
    for page, access in question.pages:
        entry = home.directory.entry(page)
        if access is Access.READ and entry.holding(question.kernel) is Holding.READER:
            entry.hold(question.kernel, Holding.NOTHING)


def hold_as_reader(self: Entry, kernel: int, holding: Holding) -> None:
    """Whoever has a copy is noted as a reader."""
    if holding is Holding.NOTHING:
        self.holdings.pop(kernel, None)
    else:
        self.holdings[kernel] = Holding.READER


def settled_at_once(self: Directory, page: int) -> bool:
    """Nobody is ever waited for."""
    return True


def allowed_always(self: Home, question: Question) -> bool:
    """What a thread does is allowed."""
    return True


def allowed_first(self: Home, question: Question) -> bool:
    """What a thread does is allowed if its first page is."""
    (page, access), *_ = question.pages
    return _is_allowed(self, replace(question, wants={page: access}))


ROWS: Final = (
    Wrong(
        "given back before it is done",
        "The page is free for others as soon as the answer is sent.",
        "Two kernels can take a page from each other without an instruction executed on either.",
        (serves(Call.FAULT, grant_and_give_back),),
        Hint(),
        "begin 0; 0>0; t0@0 fault 0r; 0>0",
        "cells: taken",
    ),
    Wrong(
        "granted while somebody is due",
        "A fault is answered before all have given way.",
        "What they have written is still on its way.",
        (Patch(Directory, "is_settled", settled_at_once),),
        Hint(),
        "begin 0; 0>0; t0@0 fault 0r; 0>0; 0>0; 0>0; t0@0 migrate =1; 0>0; 0>1; t0@1 fault 0w; "
        "1>0",
        "no step: grant",
    ),
    Wrong(
        "the writer is sent old data",
        "A kernel that may write a page and names it again is sent what the origin has of it.",
        "The origin's frame is older than the writer's: its newest writes are overwritten.",
        (serves(Call.FAULT, grant_with_old_data),),
        MANY,
        "begin 0; 0>0; t0@0 fault 0r 1w; 0>0; 0>0; 0>0; t0@0 fault 0w 1r; 0>0",
        "cells: parcel",
    ),
    Wrong(
        "data for the first page only",
        "Of several pages that are granted the first is sent.",
        "The rest of them are mapped with what happens to be in their frames.",
        (serves(Call.FAULT, grant_first_data),),
        MANY,
        "begin 0; 0>0; t0@0 fault 0r 1r; 0>0",
        "cells: parcel",
    ),
    Wrong(
        "readers are not noted",
        "A page is granted to read, and the directory does not list who reads.",
        "A later writer has to know whom to tell.",
        (serves(Call.FAULT, grant_unnoted),),
        Hint(),
        "begin 0; 0>0; t0@0 fault 0r; 0>0",
        "cells: holder",
    ),
    Wrong(
        "writers are noted as readers",
        "A page is granted to write, and noted as if to read.",
        "A later reader would be sent the origin's old frame.",
        (Patch(Entry, "hold", hold_as_reader),),
        Hint(),
        "begin 0; 0>0; t0@0 fault 0w; 0>0",
        "cells: writer",
    ),
    Wrong(
        "the only reader may write",
        "Who reads a page that nobody else has may write it, which saves a fault.",
        "The directory has to know that there is a writer.",
        (serves(Call.FAULT, grant_more),),
        Hint(),
        "begin 0; 0>0; t0@0 fault 0r; 0>0",
        "cells: wants",
    ),
    Wrong(
        "areas are not asked",
        "A fault is answered whatever the areas allow.",
        "Faults are also how programs touch what is not mapped.",
        (Patch(Home, "_is_allowed", allowed_always),),
        Hint(calls=(Call.FAULT, Call.MUNMAP, Call.FORBID)),
        "begin 0; 0>0; t0@0 munmap 0w; 0>0; 0>0; t0@0 fault 0r; 0>0",
        "no step: take_page",
    ),
    Wrong(
        "areas are asked about the first page",
        "Of several pages the areas are asked about one.",
        "An instruction can reach from a mapped page into one that is not.",
        (Patch(Home, "_is_allowed", allowed_first),),
        Hint(TWO_PAGES, (Call.FAULT, Call.MUNMAP, Call.FORBID), many=True),
        "begin 0; 0>0; t0@0 munmap 1w; 0>0; 0>0; t0@0 fault 0r 1r; 0>0",
        "no step: take_page",
    ),
)  # fmt: skip
"""When a fault is answered, and with what."""
