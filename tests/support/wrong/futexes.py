"""Mistakes of futexes: who sleeps, and who wakes."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from popcorn_model.vocabulary import Access, Call
from popcorn_reference.home import Home
from popcorn_reference.questions import Question
from popcorn_reference.roll import Roll
from popcorn_reference.serving import futex_wait, futex_wake
from popcorn_reference.tables import Turning
from support.wrong.rows import PAIR, Hint, Patch, Wrong, at_once, serves

_drop: Final = Home._drop
_sleep: Final = Home.sleep

SLEEP: Final = Hint(calls=(Call.FUTEX_WAIT,))
WAKE: Final = Hint(PAIR, (Call.CLONE, Call.FUTEX_WAIT, Call.FUTEX_WAKE))


def wake_nobody(home: Home, question: Question) -> None:
    """Nobody is woken."""
    address, _ = question.arguments
    futex_wake(home, replace(question, arguments=(address, 0)))


def wake_all(home: Home, question: Question) -> None:
    """All who sleep are woken, however many were meant."""
    address, _ = question.arguments
    futex_wake(home, replace(question, arguments=(address, len(home.questions))))


def wake_here(home: Home, question: Question) -> None:
    """Who is woken goes on where it was woken from."""
    address, _ = question.arguments
    here = question.kernel
    for thread in home.roll.sleepers.get(address, ()):
        sleeper = home.questions[thread]
        home.note("serve", thread=question.thread, kernel=here, call=question.call,
                  page=question.page, other=thread, where=sleeper.kernel)  # fmt: skip
        sleeper.kernel = here
        home.get_up(sleeper, 0)
        home.complete(question, 1)
        return
    futex_wake(home, question)


def wake_and_leave(home: Home, question: Question) -> None:
    """Who sleeps is woken, and who has woken it is not answered."""
    address, most = question.arguments
    for thread in list(home.roll.sleepers.get(address, ()))[:most]:
        sleeper = home.questions[thread]
        home.note("serve", thread=question.thread, kernel=question.kernel, call=question.call,
                  page=question.page, other=thread, where=sleeper.kernel)  # fmt: skip
        home.get_up(sleeper, 0)
        return
    futex_wake(home, question)


def lie_down_unlisted(self: Roll, thread: int, address: int) -> None:
    """A thread sleeps, and no list says on what."""
    self.turn(thread, Turning.SLEEP)


def get_up_listed(self: Roll, thread: int, address: int) -> None:
    """A thread is awake, and still on the list of those that sleep."""
    self.turn(thread, Turning.WAKE)


def sleep_anyway(home: Home, question: Question) -> None:
    """The word is not looked at."""
    if home.areas.access(question.page) is Access.NONE:
        futex_wait(home, question)
        return
    home.note("serve", thread=question.thread, kernel=question.kernel, call=question.call,
              page=question.page)  # fmt: skip
    home.sleep(question, question.arguments[0])


def sleep_with_page(self: Home, question: Question, address: int) -> None:
    """The page of the futex is taken as long as the thread sleeps."""
    page = question.page
    _sleep(self, question, address)
    self.directory.entry(page).taken = question.thread


def drop_who_is_awake(self: Home, question: Question) -> None:
    """Who sleeps is not dropped when the process ends."""
    if question.call is not Call.SLEEP:
        _drop(self, question)


ROWS: Final = (
    Wrong(
        "wake wakes nobody",
        "A wake-up is counted, and nobody wakes.",
        "Who asks for one to be woken counts on it.",
        (serves(Call.FUTEX_WAKE, wake_nobody),),
        WAKE,
        "begin 0; 0>0; t0@0 clone; 0>0; 0>0; 0>0; t0@0 futex_wait 0r =0; 0>0; t1@0 futex_wake "
        "0r; 0>0",
        "no step: wake_nobody",
    ),
    Wrong(
        "wake wakes all",
        "All who sleep on a word wake, though one was meant.",
        "A lock would be tried by all of them at once.",
        (serves(Call.FUTEX_WAKE, wake_all),),
        Hint((1, 3, 1), (Call.CLONE, Call.FUTEX_WAIT, Call.FUTEX_WAKE)),
        "begin 0; 0>0; t0@0 clone; 0>0; 0>0; 0>0; t0@0 clone; 0>0; 0>0; 0>0; t0@0 futex_wait 0r "
        "=0; 0>0; t1@0 futex_wait 0r =0; 0>0; t2@0 futex_wake 0r; 0>0",
        "no step: wake",
    ),
    Wrong(
        "woken somewhere else",
        "A thread that sleeps is answered to the kernel that wakes it.",
        "It has slept in a question from another one.",
        (serves(Call.FUTEX_WAKE, wake_here),),
        Hint(PAIR, (Call.CLONE, Call.MIGRATE, Call.FUTEX_WAIT, Call.FUTEX_WAKE)),
        "begin 0; 0>0; t0@0 clone; 0>0; 0>0; 0>0; t0@0 migrate =1; 0>0; 0>1; t0@1 futex_wait 0r "
        "=0; 1>0; t1@0 futex_wake 0r; 0>0",
        "cells: answers",
    ),
    Wrong(
        "who wakes is not answered",
        "The thread that sleeps goes on, and the one that has woken it does not.",
        "Two threads are answered by one question.",
        (serves(Call.FUTEX_WAKE, wake_and_leave),),
        WAKE,
        "begin 0; 0>0; t0@0 clone; 0>0; 0>0; 0>0; t0@0 futex_wait 0r =0; 0>0; t1@0 futex_wake "
        "0r; 0>0",
        "cells: asks, answers, call, wants",
    ),
    Wrong(
        "sleepers are not listed",
        "A thread sleeps, and whoever looks for it does not find it.",
        "The state of a thread and the list of those that sleep are two things.",
        (Patch(Roll, "lie_down", lie_down_unlisted),),
        WAKE,
        "begin 0; 0>0; t0@0 clone; 0>0; 0>0; 0>0; t0@0 futex_wait 0r =0; 0>0; t1@0 futex_wake "
        "0r; 0>0",
        "no step: wake_nobody",
    ),
    Wrong(
        "who is woken stays listed",
        "A thread that was woken is still listed as one that sleeps.",
        "The next wake-up is for somebody else, and is spent on it.",
        (Patch(Roll, "get_up", get_up_listed),),
        WAKE,
        "begin 1; 0>1; t0@1 clone; 1>0; 0>1; 0>1; t0@1 futex_wait 0r =0; 1>0; t1@1 futex_wake "
        "0r; 1>0; 0>1; t0@1 futex_wake 0r; 1>0",
        "LocalFault",
    ),
    Wrong(
        "sleeps whatever the word says",
        "A thread that asks to sleep does so, whatever is in the word.",
        "Whoever was to wake it may have done so already.",
        (serves(Call.FUTEX_WAIT, sleep_anyway),),
        SLEEP,
        "begin 0; 0>0; t0@0 futex_wait 0r =1; 0>0",
        "thread 0 sleeps on another word",
    ),
    Wrong(
        "the word may change before the sleep",
        "The word is looked at without taking its page.",
        "Between the look and the sleep another kernel writes to it and wakes nobody.",
        (at_once(Call.FUTEX_WAIT),),
        SLEEP,
        "begin 0; 0>0; t0@0 futex_wait 0r =0; 0>0",
        "no step: fall_asleep",
    ),
    Wrong(
        "sleeps on its page",
        "A thread keeps the page of the futex while it sleeps.",
        "Who wants to wake it has to write to the page first.",
        (Patch(Home, "sleep", sleep_with_page),),
        SLEEP,
        "begin 0; 0>0; t0@0 futex_wait 0r =0; 0>0",
        "cells: taken",
    ),
    Wrong(
        "sleeps through the end",
        "When a process ends, who sleeps is left on the list.",
        "Whoever sleeps is on no kernel that could be told.",
        (Patch(Home, "_drop", drop_who_is_awake),),
        Hint(calls=(Call.FUTEX_WAIT,), kills=True),
        "begin 0; 0>0; t0@0 futex_wait 0r =0; 0>0; kill; 0>0; 0>0",
        "LocalFault",
    ),
)  # fmt: skip
"""Who wakes first, then who sleeps."""
