"""Futexes: all who sleep are on the origin's list.

To sleep on a word the origin looks at it first. It takes its page as to read it, so nobody writes
to the word between the look and the sleep, and whoever writes to it afterwards and wakes, wakes.
Whether the word is as the caller expects is not followed: either may be.
"""

from popcorn_model.language import (
    Bool,
    Fair,
    Part,
    Step,
    action,
    every,
    put,
    sometimes,
    when,
)
from popcorn_model.popcorn.areas import completes, is_ready
from popcorn_model.popcorn.directory import area, forgets_wants, gives_back
from popcorn_model.popcorn.sorts import Access, Call, Kernel, Page, Task
from popcorn_model.popcorn.tasks import asks, call, here, is_asked, returns, stops, wants


@action
def call_futex(t: Task, k: Kernel, p: Page, what: Call) -> Step:
    """A thread sleeps on a futex, or wakes who does.

    Source: popcorn: CALL futex
    Tag: claimed
    """
    return when(here[t, k], what.among(Call.futex_wait, Call.futex_wake))(
        *stops(t, k, what), put(wants[t, p], Access.read)
    )


@action(fair=Fair.WEAK)
def fall_asleep(t: Task, k: Kernel, p: Page) -> Step:
    """The word is as the caller expects: the thread sleeps.

    Source: popcorn: origin, CALL futex
    Tag: claimed
    """
    return when(is_ready(t, k, p, Call.futex_wait), area[p] != Access.none)(
        put(call[t], Call.sleep), gives_back(t)
    )


@action
def find_other_word(t: Task, k: Kernel, p: Page) -> Step:
    """The word is not as the caller expects: the call returns an error.

    Source: popcorn: origin, CALL futex
    Tag: claimed
    """
    return when(is_ready(t, k, p, Call.futex_wait), area[p] != Access.none)(*completes(t, k))


@action(fair=Fair.WEAK)
def miss_word(t: Task, k: Kernel, p: Page) -> Step:
    """The word cannot be read: the call returns an error.

    Source: popcorn: origin, CALL futex
    Tag: claimed
    """
    return when(is_ready(t, k, p, Call.futex_wait), area[p] == Access.none)(*completes(t, k))


def sleeps_on(u: Task, p: Page) -> Bool:
    """Thread u sleeps on a futex in page p."""
    return (call[u] == Call.sleep) & (wants[u, p] != Access.none)


@action(fair=Fair.STRONG)
def wake(t: Task, k: Kernel, p: Page, u: Task, j: Kernel) -> Step:
    """Somebody sleeps on the futex: it returns to where it came from, and so does the caller.

    Source: popcorn: origin, CALL futex
    Tag: claimed
    """
    return when(
        is_asked(t, k, Call.futex_wake), wants[t, p] != Access.none, sleeps_on(u, p), t != u,
        asks[u, j],
    )(*returns(t, k), forgets_wants(t), *returns(u, j), forgets_wants(u))


@action(fair=Fair.STRONG)
def wake_nobody(t: Task, k: Kernel, p: Page) -> Step:
    """Nobody sleeps on the futex.

    Source: popcorn: origin, CALL futex
    Tag: claimed
    """
    return when(
        is_asked(t, k, Call.futex_wake), wants[t, p] != Access.none,
        every(Task, lambda u: ~sleeps_on(u, p)),
    )(*returns(t, k), forgets_wants(t))  # fmt: skip


@sometimes()
def thread_sleeps(t: Task) -> Bool:
    """A thread sleeps on a futex."""
    return call[t] == Call.sleep


FUTEX = Part(
    "futex",
    "Futexes.",
    actions=(call_futex, fall_asleep, find_other_word, miss_word, wake, wake_nobody),
    properties=(thread_sleeps,),
    needs=("threads", "pages", "areas"),
)
