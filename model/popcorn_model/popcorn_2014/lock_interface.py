"""What faults and area operations say to the distributed lock, and what they hear from it.

A thread asks for one page, a range of pages or the whole address space; it waits; it works; it
gives the lock back. Only the state of this file passes between the two sides. The user of the
lock moves a thread from *idle* to *asked* and from *granted* to *given back*; everything between
belongs to the lock: the queues of locks.py, or the plain lock that stands in for them.

A lock request is part of one system call or one fault: the thread stays on its kernel meanwhile.
"""

from collections.abc import Callable

from popcorn_model.language import (
    FALSE,
    TRUE,
    Bool,
    Enumeration,
    Part,
    every,
    for_each,
    given,
    ite,
    label,
    put,
    state,
)
from popcorn_model.language import expr as e
from popcorn_model.popcorn_2014.sorts import Kernel, Page, Task
from popcorn_model.popcorn_2014.switches import (
    AREA_LOCK,
    LOCK,
    MPROTECT_LOCK,
    RANGE_ONLY,
    VMA_ATOMIC,
)
from popcorn_model.popcorn_2014.tasks import group, uses


class LockStep(Enumeration):
    """How far a thread is with the distributed lock."""

    idle = label("wants none and has none")
    asked = label("is about to draw a timestamp")
    drawn = label("has a timestamp and its own entry; no other kernel knows")
    waiting = label("has sent its request: waits for all replies, then to be first")
    held = label("has the lock")
    skipped = label("works without one: its group was not distributed when it asked")
    unguarded = label("works without one: the configuration takes none here")
    returning = label("has finished and is about to give back what it holds")
    passing = label("has finished and is about to call release, though it holds nothing")
    broken = label("died in release: the head of a queue was not what the code asserts")


class LockKind(Enumeration):
    """What one thread asks for."""

    light = label("some pages, by one request")
    piecewise = label("some pages, by one request a page, in the order of addresses")
    heavy = label("the whole address space, against everybody")


lock_step = state("lock_step", Task, of=LockStep, start=LockStep.idle, doc="how far a thread is")
lock_kind = state(
    "lock_kind", Task, of=LockKind, start=LockKind.light, doc="what it asks for; light when idle"
)
lock_pages = state(
    "lock_pages", Task, Page, of=Bool, start=False,
    doc="the pages that it asks for; all of them when heavy, none when idle",
)  # fmt: skip


def is_idle(t: Task) -> Bool:
    """Thread t has no business with the lock; a guard for whatever asks, or leaves the kernel."""
    return lock_step[t] == LockStep.idle


def is_granted(t: Task) -> Bool:
    """Thread t may do its work: it has the lock, or goes without as configured or as built."""
    return lock_step[t].among(LockStep.held, LockStep.skipped, LockStep.unguarded)


def holds(t: Task, p: Page) -> Bool:
    """Thread t has the lock of page p, or of everything."""
    return lock_step[t].among(LockStep.held, LockStep.returning) & lock_pages[t, p]


def holds_everything(t: Task) -> Bool:
    """Thread t has the lock of the whole address space."""
    kept = lock_step[t].among(LockStep.held, LockStep.returning)
    return kept & (lock_kind[t] == LockKind.heavy)


def wants_the_same(t: Task, u: Task) -> Bool:
    """What t and u ask for meets: same group, and a page in common."""
    meets = every(Page, lambda p: ~(lock_pages[t, p] & lock_pages[u, p]))
    return (group[t] == group[u]) & ~meets


def ask_for_fault(t: Task, p: Page) -> tuple[e.Update, ...]:
    """Updates with which the fault path of t asks for what ``lock`` says; needs `is_idle`."""
    kind = LOCK.choose(heavy=LockKind.heavy, light=LockKind.light, none=LockKind.light)
    step = LOCK.choose(heavy=LockStep.asked, light=LockStep.asked, none=LockStep.unguarded)

    def covers(q: Page) -> Bool:
        return LOCK.choose(heavy=TRUE, light=q == p, none=FALSE)

    return _ask(t, step, kind, covers)


def ask_for_area(t: Task, inside: Callable[[Page], Bool]) -> tuple[e.Update, ...]:
    """Updates with which mmap, munmap or mremap of t asks for a range; needs `is_idle`."""
    return _ask(t, _area_step(), _area_kind(), _area(inside))


def ask_for_protection(t: Task, inside: Callable[[Page], Bool]) -> tuple[e.Update, ...]:
    """Updates with which mprotect of t asks for a range; needs `is_idle`."""
    one_by_one = RANGE_ONLY.choose(off=LockKind.piecewise, on=LockKind.light)
    guarded = LOCK.choose(heavy=one_by_one, light=one_by_one, none=LockKind.light)
    kind = VMA_ATOMIC.choose(on=guarded, off=LockKind.light)
    whole = _area(inside)

    def covers(p: Page) -> Bool:
        pages = LOCK.choose(heavy=inside(p), light=inside(p), none=FALSE)
        piece = VMA_ATOMIC.choose(on=pages, off=FALSE)
        return MPROTECT_LOCK.choose(as_others=whole(p), page_by_page=piece)

    return _ask(
        t, _area_step(), MPROTECT_LOCK.choose(as_others=_area_kind(), page_by_page=kind), covers
    )


def may_go_without(t: Task, k: Kernel) -> Bool:
    """No other thread in t's address space on kernel k works without the lock.

    That is mmap_sem, which lets one thread at a time change an address space. Two faults that it
    would let in together come to the same as one after the other.
    """
    return every(Task, lambda u: (u == t) | (uses[u, k] != uses[t, k])
                 | (lock_step[u] != LockStep.skipped))  # fmt: skip


def give_back(t: Task) -> tuple[e.Update, ...]:
    """Updates with which t ends its work; needs `is_granted`."""
    skipped = ite(lock_step[t] == LockStep.skipped, LockStep.passing, LockStep.idle)
    return (put(lock_step[t], ite(lock_step[t] == LockStep.held, LockStep.returning, skipped)),)


def release_without_asking(t: Task) -> tuple[e.Update, ...]:
    """Updates with which t calls the release of a heavy lock that it never took."""
    return _ask(t, LockStep.passing, LockKind.heavy, lambda p: TRUE)


def forget(t: Task) -> tuple[e.Update, ...]:
    """For the lock: thread t is idle again."""
    return (
        put(lock_step[t], LockStep.idle),
        put(lock_kind[t], LockKind.light),
        for_each(Page, lambda q: put(lock_pages[t, q], FALSE)),
    )


def _ask(
    t: Task, step: LockStep, kind: LockKind, covers: Callable[[Page], Bool]
) -> tuple[e.Update, ...]:
    return (
        put(lock_step[t], step),
        given(kind != LockKind.light)(put(lock_kind[t], kind)),
        for_each(Page, lambda q: given(covers(q))(put(lock_pages[t, q], TRUE))),
    )


def _area_step() -> LockStep:
    guarded = LOCK.choose(heavy=LockStep.asked, light=LockStep.asked, none=LockStep.unguarded)
    return VMA_ATOMIC.choose(on=guarded, off=LockStep.unguarded)


def _area_kind() -> LockKind:
    range_or_all = AREA_LOCK.choose(as_faults=LockKind.light, heavy=LockKind.heavy)
    guarded = LOCK.choose(heavy=LockKind.heavy, light=range_or_all, none=LockKind.light)
    return VMA_ATOMIC.choose(on=guarded, off=LockKind.light)


def _area(inside: Callable[[Page], Bool]) -> Callable[[Page], Bool]:
    def covers(p: Page) -> Bool:
        range_or_all = AREA_LOCK.choose(as_faults=inside(p), heavy=TRUE)
        guarded = LOCK.choose(heavy=TRUE, light=range_or_all, none=FALSE)
        return VMA_ATOMIC.choose(on=guarded, off=FALSE)

    return covers


LOCK_STATE = Part(
    "lock_state",
    "What the users of the distributed lock and the lock itself both see.",
    states=(lock_step, lock_kind, lock_pages),
    needs=("tasks",),
)
