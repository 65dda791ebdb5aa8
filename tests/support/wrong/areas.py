"""Mistakes of operations on areas, and of calls that read and write memory at the origin."""

from __future__ import annotations

from typing import Final
from unittest import mock

from popcorn_model.vocabulary import Access, Call
from popcorn_reference.home import Home
from popcorn_reference.questions import Question
from popcorn_reference.serving import allow, forbid, mmap, mmap_over, mremap, munmap
from popcorn_reference.tables import Holding
from support.wrong.rows import TWO_PAGES, Hint, Patch, Serve, Wrong, at_once, serves

_take_all: Final = Home._take_all

def tells_nobody(call: Call) -> Patch:
    """A call takes its page without a word to those that have copies."""

    def take_all(self: Home, question: Question) -> bool:
        if question.call is not call:
            return _take_all(self, question)
        self.note("take", thread=question.thread, kernel=question.kernel, page=question.page)
        self.directory.entry(question.page).taken = question.thread
        return True

    return Patch(Home, "_take_all", take_all)


def tells_only_the_writer(call: Call) -> Patch:
    """A call takes its page as if to read it."""

    def take_all(self: Home, question: Question) -> bool:
        if question.call is call:
            question.wants = dict.fromkeys(question.wants, Access.READ)
        return _take_all(self, question)

    return Patch(Home, "_take_all", take_all)


def munmap_with_copy(home: Home, question: Question) -> None:
    """The area is gone, and the origin's own threads still have the page."""
    had = home.directory.entry(question.page).holding(home.kernel)
    copy = home.member.access(question.page)
    munmap(home, question)
    home.directory.entry(question.page).hold(home.kernel, had)
    home.emit(home.member.narrow(question.page, copy))


def munmap_without_area(home: Home, question: Question) -> None:
    """The page is taken from all, and its area stays."""
    area = home.areas.access(question.page)
    munmap(home, question)
    home.areas.set(question.page, question.page + 1, area)


def forbid_others(home: Home, question: Question) -> None:
    """The origin's own threads may still write."""
    page = question.page
    writes = home.directory.entry(page).holding(home.kernel) is Holding.WRITER
    forbid(home, question)
    if writes:
        home.directory.entry(page).hold(home.kernel, Holding.WRITER)
        home.emit(home.member.narrow(page, Access.WRITE))


def allow_always(home: Home, question: Question) -> None:
    """What is not mapped may be written, too."""
    home.areas.set(question.page, question.page + 1, Access.WRITE)
    allow(home, question)


def without_dropping(serve: Serve) -> Serve:
    """A call that leaves in frames what is in them."""

    def serve_without(home: Home, question: Question) -> None:
        with mock.patch.object(home.memory, "drop"):
            serve(home, question)

    return serve_without


def mremap_empty(home: Home, question: Question) -> None:
    """The page is moved, and what is in it is not."""
    home.memory.drop(question.page)
    mremap(home, question)


def mremap_with_area(home: Home, question: Question) -> None:
    """The page is mapped where it was and where it goes."""
    page, area = question.page, home.areas.access(question.page)
    mremap(home, question)
    home.areas.set(page, page + 1, area)


def look_anywhere(home: Home, question: Question) -> None:
    """A system call reads whatever is in the frame."""
    home.note("serve", thread=question.thread, kernel=question.kernel, call=question.call,
              page=question.page)  # fmt: skip
    home.complete(question, home.memory.page(question.page)[0])


def fill_anywhere(home: Home, question: Question) -> None:
    """A system call writes to whatever frame there is."""
    at, number = question.arguments
    home.memory.page(question.page)[at : at + 8] = number.to_bytes(8, "little")
    home.note("serve", thread=question.thread, kernel=question.kernel, call=question.call,
              page=question.page)  # fmt: skip
    home.complete(question, 0)


ROWS: Final = (
    Wrong(
        "munmap at once",
        "A page is unmapped without being taken first.",
        "A fault on the same page may be half answered.",
        (at_once(Call.MUNMAP),),
        Hint(calls=(Call.FAULT, Call.MIGRATE, Call.MUNMAP)),
        "begin 0; 0>0; t0@0 munmap 0w; 0>0",
        "no step: serve_munmap",
    ),
    Wrong(
        "munmap at the origin only",
        "A page is unmapped, and kernels that have it are not told.",
        "They do not know areas, and use what they have.",
        (tells_nobody(Call.MUNMAP),),
        Hint(calls=(Call.FAULT, Call.MIGRATE, Call.MUNMAP)),
        "begin 1; 0>1; t0@1 fault 0r; 1>0; 0>1; 1>0; t0@1 munmap 0w; 1>0",
        "no step: serve_munmap",
    ),
    Wrong(
        "munmap everywhere but at the origin",
        "A page is unmapped on all kernels that are told by message.",
        "The origin sends itself nothing here, and has to change its own page tables.",
        (serves(Call.MUNMAP, munmap_with_copy),),
        Hint(calls=(Call.FAULT, Call.MUNMAP)),
        "begin 0; 0>0; t0@0 fault 0r; 0>0; 0>0; 0>0; t0@0 munmap 0w; 0>0",
        "cells: holder, copy",
    ),
    Wrong(
        "munmap leaves the area",
        "A page is taken from all, and its area stays.",
        "The next fault finds the area and maps a page.",
        (serves(Call.MUNMAP, munmap_without_area),),
        Hint(calls=(Call.MUNMAP,)),
        "begin 0; 0>0; t0@0 munmap 0w; 0>0",
        "cells: area",
    ),
    Wrong(
        "mprotect tells nobody",
        "Writing is forbidden, and who may write is not told.",
        "Page tables that allow more than the area are not looked at again.",
        (tells_nobody(Call.FORBID),),
        Hint(calls=(Call.FAULT, Call.MIGRATE, Call.FORBID)),
        "begin 1; 0>1; t0@1 fault 0w; 1>0; 0>1; 1>0; t0@1 forbid 0r; 1>0",
        "no step: serve_forbid",
    ),
    Wrong(
        "mprotect everywhere but at the origin",
        "Writing is forbidden, and the origin's own threads may go on.",
        "The excused kernel is in its own way here.",
        (serves(Call.FORBID, forbid_others),),
        Hint(calls=(Call.FAULT, Call.FORBID)),
        "begin 0; 0>0; t0@0 fault 0w; 0>0; 0>0; 0>0; t0@0 forbid 0r; 0>0",
        "cells: writer, copy",
    ),
    Wrong(
        "mprotect maps",
        "To allow writing makes an area where none is.",
        "Rights are changed only of what is mapped.",
        (serves(Call.ALLOW, allow_always),),
        Hint(calls=(Call.MUNMAP, Call.ALLOW)),
        "begin 0; 0>0; t0@0 munmap 0w; 0>0; 0>0; t0@0 allow 0r; 0>0",
        "cells: area",
    ),
    Wrong(
        "mmap over keeps the old content",
        "A page is put in the place of another and has its content.",
        "The frame is there already, so no new one is made.",
        (serves(Call.MMAP_OVER, without_dropping(mmap_over)),),
        Hint(calls=(Call.FAULT, Call.MMAP_OVER)),
        "begin 0; 0>0; t0@0 fault 0w; 0>0; 0>0; 0>0; t0@0 mmap_over 0w; 0>0",
        "cells: fresh",
    ),
    Wrong(
        "new memory has old content",
        "Neither munmap nor mmap clears a page, so what is mapped anew has what was there before.",
        "Each of the two may rely on the other.",
        (serves(Call.MUNMAP, without_dropping(munmap), {Call.MMAP: without_dropping(mmap)}),),
        Hint(calls=(Call.FAULT, Call.MUNMAP, Call.MMAP)),
        "begin 0; 0>0; t0@0 fault 0w; 0>0; 0>0; 0>0; t0@0 munmap 0w; 0>0; 0>0; t0@0 mmap; 0>0",
        "cells: fresh",
    ),
    Wrong(
        "mremap leaves the old area",
        "A page is moved, and its old area stays.",
        "A move is two changes of areas.",
        (serves(Call.MREMAP, mremap_with_area),),
        Hint(TWO_PAGES, (Call.MUNMAP, Call.MREMAP)),
        "begin 0; 0>0; t0@0 munmap 0w; 0>0; 0>0; t0@0 mremap 1w; 0>0",
        "cells: area",
    ),
    Wrong(
        "mremap moves nothing",
        "The area is moved, and the content of its page is not.",
        "Where an area is and where its frames are is written down in two places.",
        (serves(Call.MREMAP, mremap_empty),),
        Hint(TWO_PAGES, (Call.FAULT, Call.MUNMAP, Call.MREMAP)),
        "begin 0; 0>0; t0@0 fault 0w; 0>0; 0>0; 0>0; t0@0 mremap 0w; 0>0",
        "cells: fresh",
    ),
    Wrong(
        "look at once",
        "A system call reads memory without taking the page.",
        "What counts may be on another kernel, which writes.",
        (at_once(Call.LOOK),),
        Hint(calls=(Call.FAULT, Call.MIGRATE, Call.LOOK)),
        "begin 0; 0>0; t0@0 look 0r; 0>0",
        "no step: serve_look",
    ),
    Wrong(
        "look does not tell the writer",
        "A system call reads what the origin has, whoever writes.",
        "The origin's frame is only as new as the last recall.",
        (tells_nobody(Call.LOOK),),
        Hint(calls=(Call.FAULT, Call.MIGRATE, Call.LOOK)),
        "begin 1; 0>1; t0@1 fault 0w; 1>0; 0>1; 1>0; t0@1 look 0r; 1>0",
        "no step: serve_look",
    ),
    Wrong(
        "fill leaves readers alone",
        "A system call writes to memory, and who reads it keeps an old copy.",
        "The kernel itself is a writer as any other.",
        (tells_only_the_writer(Call.FILL),),
        Hint(calls=(Call.FAULT, Call.MIGRATE, Call.FILL)),
        "begin 1; 0>1; t0@1 fault 0r; 1>0; 0>1; 1>0; t0@1 fill 0w; 1>0",
        "no step: serve_fill",
    ),
    Wrong(
        "look reads what is not mapped",
        "A system call reads a page whether or not it is mapped.",
        "A processor would have faulted; the origin looks at frames, which are always there.",
        (serves(Call.LOOK, look_anywhere),),
        Hint(calls=(Call.MUNMAP, Call.LOOK)),
        "begin 0; 0>0; t0@0 munmap 0w; 0>0; 0>0; t0@0 look 0r; 0>0",
        "page 0 does not allow what a system call does",
    ),
    Wrong(
        "fill writes what may only be read",
        "A system call writes to a page that the program may not write.",
        "Page tables stop the program, and nothing stops the kernel.",
        (serves(Call.FILL, fill_anywhere),),
        Hint(calls=(Call.FORBID, Call.FILL)),
        "begin 0; 0>0; t0@0 forbid 0r; 0>0; 0>0; t0@0 fill 0w; 0>0",
        "page 0 does not allow what a system call does",
    ),
)  # fmt: skip
"""Areas first, then memory."""
