"""Mistakes about threads: how they begin, migrate, are answered and exit; and about forks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from popcorn_model.vocabulary import Call
from popcorn_reference.home import Home
from popcorn_reference.member import Member
from popcorn_reference.messages import Granted, Wanted
from popcorn_reference.outputs import Output
from popcorn_reference.questions import Question
from popcorn_reference.roll import Roll
from popcorn_reference.serving import clone, fork
from popcorn_reference.tables import Life, Turning
from support.wrong.rows import PAIR, TWO_PAGES, Hint, Patch, Wrong, at_once, serves

_answer: Final = Home.answer
_ask: Final = Home.ask
_send_thread: Final = Home.send_thread
_stop: Final = Member.stop
_take_all: Final = Home._take_all
_roll_turn: Final = Roll.turn


def clone_by_count(home: Home, question: Question) -> None:
    """A new thread's number is how many there are."""
    thread = home.new_thread()
    if thread is not None:
        thread = sum(life is not Life.EXITED for life in home.roll.lives.values())
    clone(home, replace(question, arguments=() if thread is None else (thread,)))


def clone_at_origin(home: Home, question: Question) -> None:
    """A new thread begins at the origin, which creates it."""
    kernel, question.kernel = question.kernel, home.kernel
    thread = home.new_thread()
    if thread is not None:
        home.note("serve", thread=question.thread, kernel=kernel, call=question.call, other=thread)
        home.send_thread(thread, home.kernel, question.context)
        question.kernel = kernel
        home.complete(question, thread)


def migrate_nowhere(home: Home, question: Question) -> None:
    """The thread is sent back to where it has asked."""
    (goal,) = question.arguments
    home.note("pass", thread=question.thread, kernel=question.kernel, goal=goal)
    home.welcome(goal)
    home.answer(question, call=Call.MIGRATE)


def migrate_unnoted(home: Home, question: Question) -> None:
    """Nobody notes that another kernel has threads now."""
    (goal,) = question.arguments
    home.note("pass", thread=question.thread, kernel=question.kernel, goal=goal)
    question.kernel = goal
    home.answer(question, call=Call.MIGRATE)


def answer_twice(
    self: Home,
    question: Question,
    pages: tuple[Granted, ...] = (),
    sets: tuple[tuple[str, int], ...] = (),
    call: Call = Call.SYSTEM,
) -> None:
    """An answer is sent again, in case it was lost."""
    _answer(self, question, pages, sets, call)
    self._out.append(self._out[-1])


def stop_and_stay(
    self: Member,
    thread: int,
    call: Call,
    context: bytes,
    pages: Wanted = (),
    arguments: tuple[int, ...] = (),
) -> Iterator[Output]:
    """A thread asks, and can run on meanwhile."""
    before = dict(self.places)
    yield from _stop(self, thread, call, context, pages, arguments)
    self.places = before


def exit_listed(self: Roll, thread: int, turning: Turning) -> None:
    """A thread that has exited stays on the list."""
    if turning is not Turning.EXIT:
        _roll_turn(self, thread, turning)


def exit_quietly(home: Home, question: Question) -> None:
    """With its last thread a process does not end."""
    home.note("serve", thread=question.thread, kernel=question.kernel, call=question.call)
    home.leave(question, Turning.EXIT)


def exit_all(home: Home, question: Question) -> None:
    """With any thread the process ends."""
    home.note("serve", thread=question.thread, kernel=question.kernel, call=question.call)
    home.leave(question, Turning.EXIT)
    home.end(0)


def fork_without_turn(self: Home, question: Question) -> None:
    """A fork takes pages whenever it comes."""
    if question.call is Call.FORK:
        self._retries.append(question.thread)
    else:
        _ask(self, question)


def fork_page_by_page(self: Home, question: Question) -> bool:
    """A fork gives back each page when it is copied."""
    is_whole = _take_all(self, question)
    if question.call is Call.FORK and not is_whole:
        for page in filter(self.directory.is_settled, self._taken(question)):
            self.directory.give_back(question.thread, {page: None})
    return is_whole


def fork_with_turn(home: Home, question: Question) -> None:
    """A fork keeps its turn."""
    fork(home, question)
    home.turn = question.thread


ROWS: Final = (
    Wrong(
        "a number that is in use",
        "A new thread's number is how many there are.",
        "When one has exited, that number is another's.",
        (serves(Call.CLONE, clone_by_count),),
        Hint((1, 3, 1), (Call.CLONE, Call.EXIT)),
        "begin 0; 0>0; t0@0 clone; 0>0; 0>0; 0>0; t0@0 exit; 0>0; t1@0 clone; 0>0",
        "LocalFault",
    ),
    Wrong(
        "threads begin at the origin",
        "A new thread is sent to the kernel that creates it.",
        "It belongs to where its creator runs.",
        (serves(Call.CLONE, clone_at_origin),),
        Hint(PAIR, (Call.CLONE,)),
        "begin 1; 0>1; t0@1 clone; 1>0",
        "cells: answers, joined",
    ),
    Wrong(
        "migration to where it was",
        "A thread that migrates is answered to where it comes from.",
        "Every other question is.",
        (serves(Call.MIGRATE, migrate_nowhere),),
        Hint(),
        "begin 0; 0>0; t0@0 migrate =1; 0>0",
        "cells: answers, goal",
    ),
    Wrong(
        "a kernel that nobody notes",
        "A kernel gets its first thread, and is not noted.",
        "At the end all kernels that have something have to be told.",
        (serves(Call.MIGRATE, migrate_unnoted),),
        Hint(),
        "begin 0; 0>0; t0@0 migrate =1; 0>0",
        "cells: joined",
    ),
    Wrong(
        "answered twice",
        "An answer is sent a second time.",
        "The thread would run in two places.",
        (Patch(Home, "answer", answer_twice),),
        Hint(),
        "begin 0; 0>0; t0@0 migrate =1; 0>0; 0>1",
        "cells: answers, goal",
    ),
    Wrong(
        "runs on while it asks",
        "A thread that has asked for something stays where it is.",
        "Its context is in the question, and there must be no second one.",
        (Patch(Member, "stop", stop_and_stay),),
        Hint(),
        "begin 0; 0>0; t0@0 migrate =1",
        "cells: here",
    ),
    Wrong(
        "who has exited stays on the list",
        "The origin keeps a thread that has exited on its list.",
        "The process would not end with its last thread.",
        (Patch(Roll, "turn", exit_listed),),
        Hint(calls=(Call.EXIT,)),
        "begin 0; 0>0; t0@0 exit; 0>0",
        "cells: life",
    ),
    Wrong(
        "the last exit ends nothing",
        "The last thread exits, and the process goes on without any.",
        "Whether it is the last one only the origin knows.",
        (serves(Call.EXIT, exit_quietly),),
        Hint(calls=(Call.EXIT,)),
        "begin 0; 0>0; t0@0 exit; 0>0",
        "cells: ending",
    ),
    Wrong(
        "any exit ends all",
        "A thread exits, and with it the process.",
        "There are two calls, and only one of them is about the process.",
        (serves(Call.EXIT, exit_all),),
        Hint(PAIR, (Call.CLONE, Call.EXIT)),
        "begin 1; 0>1; t0@1 clone; 1>0; 0>1; t1@1 exit; 1>0",
        "no step: tell_end",
    ),
    Wrong(
        "fork at once",
        "A fork copies pages without taking them.",
        "The parent's threads run on, on all kernels, while it is copied.",
        (at_once(Call.FORK),),
        Hint(calls=(Call.FAULT, Call.FORK)),
        "begin 0; 0>0; t0@0 fork; 0>0",
        "no step: serve_fork",
    ),
    Wrong(
        "fork without a turn",
        "A fork takes pages whenever it comes.",
        "It waits for pages while it holds others, as a question about several does.",
        (Patch(Home, "ask", fork_without_turn),),
        Hint(calls=(Call.FAULT, Call.FORK)),
        "begin 0; 0>0; t0@0 fork; 0>0",
        "no step: want_page",
    ),
    Wrong(
        "fork page by page",
        "A fork gives back each page when it has copied it.",
        "The child would have one page from before a write and another from after it.",
        (Patch(Home, "_take_all", fork_page_by_page),),
        Hint(TWO_PAGES, (Call.FAULT, Call.FORK)),
        "begin 1; 0>1; t0@1 fault 0w; 1>0; 0>1; 1>0; t0@1 fork; 1>0",
        "cells: taken",
    ),
    Wrong(
        "fork keeps its turn",
        "A fork that is done does not pass its turn on.",
        "It needs one even if it is about a single page.",
        (serves(Call.FORK, fork_with_turn),),
        Hint(calls=(Call.FORK,)),
        "begin 0; 0>0; t0@0 fork; 0>0",
        "cells: turn",
    ),
)  # fmt: skip
"""From a thread's begin to its exit, then forks."""
