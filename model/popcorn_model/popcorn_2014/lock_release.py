"""Giving a lock back: a thread removes the head of each of its queues, whosever it is.

In order, the heads are its own. The code asserts less than that: a light release, that the head
belongs to its kernel; a heavy one, that the head is heavy. So a release by a thread that holds
nothing can remove a neighbour's entry, or a foreign heavy one, unnoticed. What other kernels are
told is the timestamp that was found, and they look for it among the sender's entries only.

A thread that took no lock because its group was not distributed calls release all the same, and
release looks at the flag again.
"""

from popcorn_model.language import (
    FALSE,
    TRUE,
    Bool,
    Fair,
    Step,
    action,
    every,
    for_each,
    given,
    ite,
    maybe,
    put,
    some,
    when,
)
from popcorn_model.language import expr as e
from popcorn_model.popcorn_2014.lock_interface import (
    LockKind,
    LockStep,
    forget,
    lock_kind,
    lock_pages,
    lock_step,
)
from popcorn_model.popcorn_2014.lock_queues import (
    abandon,
    asks_at_once,
    entered,
    entered_heavy,
    is_first,
    is_first_of_heavy,
    is_heavy,
    may_go_wrong,
    older,
    older_heavy,
    related,
    remove_own,
)
from popcorn_model.popcorn_2014.locks import NO_PAGE, got, is_first_in_all
from popcorn_model.popcorn_2014.messages import Wire
from popcorn_model.popcorn_2014.sorts import Kernel, Page, Task
from popcorn_model.popcorn_2014.switches import MPROTECT_LOCK, RECORD_LOCK
from popcorn_model.popcorn_2014.tasks import distributed, is_at_work
from popcorn_model.popcorn_2014.transport import broadcast, may_broadcast, may_run


def calls_release(t: Task, k: Kernel) -> Bool:
    """Thread t on kernel k is in release and its group is distributed by now."""
    unaware = RECORD_LOCK.choose(off=lock_step[t] == LockStep.passing, on=FALSE)
    return (
        ((lock_step[t] == LockStep.returning) | unaware)
        & is_at_work(t, k) & distributed[t, k] & may_broadcast(k)
    )  # fmt: skip


@action(fair=Fair.WEAK)
def release(t: Task, k: Kernel) -> Step:
    """Thread t removes its entries at home and begins to tell all kernels.

    If it took no lock, and release can tell, there is nothing to do.

    Source: kernel/process_server.c:process_server_release_page_lock_range_maybeheavy
    Tag: claimed
    """
    has_lock = lock_step[t] == LockStep.returning
    can_tell = RECORD_LOCK.choose(off=~distributed[t, k], on=TRUE)
    needs_none = (lock_step[t] == LockStep.passing) & is_at_work(t, k) & may_run(k) & can_tell
    owns = has_lock & calls_release(t, k) & asks_at_once(t) & is_first_in_all(k, t)
    return when(owns | needs_none)(
        *forget(t),
        given(has_lock)(
            *remove_own(k, t, lambda p: lock_pages[t, p]),
            broadcast(k, Wire.lock_release(task=t, page=NO_PAGE)),
        ),
    )  # fmt: skip


@action(fair=Fair.WEAK, only=(MPROTECT_LOCK, "page_by_page"))
def release_page(t: Task, k: Kernel, p: Page) -> Step:
    """Thread t, which locked its pages one after the other, gives one of them back.

    Source: mm/mprotect.c:do_mprotect, first generation of hooks
    Tag: claimed
    """
    last = every(Page, lambda q: (q == p) | ~lock_pages[t, q])
    return when(
        lock_step[t] == LockStep.returning, calls_release(t, k),
        lock_kind[t] == LockKind.piecewise, lock_pages[t, p], is_first(k, p, t),
    )(
        put(lock_pages[t, p], FALSE),
        put(got[t, p], FALSE),
        put(lock_step[t], ite(last, LockStep.idle, LockStep.returning)),
        put(lock_kind[t], ite(last, LockKind.light, LockKind.piecewise)),
        *remove_own(k, t, lambda q: q == p),
        broadcast(
            k, Wire.lock_release(task=t, page=maybe(Page)(e.Some(maybe(Page).info, p.expr)))
        ),
    )  # fmt: skip


# --- what should not happen --------------------------------------------------------------------


def looks_at(t: Task, p: Page) -> Bool:
    """A release by thread t looks at the light queue of page p."""
    return is_heavy(t) | lock_pages[t, p]


def finds(k: Kernel, t: Task, u: Task) -> Bool:
    """A release by t finds an entry of u at the head of some queue."""
    return related(t, u) & (
        (is_heavy(t) & (older_heavy[k, u] | is_first_of_heavy(k, u)))
        | some(Page, lambda p: looks_at(t, p) & (older[k, p, u] | is_first(k, p, u)))
    )


def is_refused(k: Kernel, t: Task) -> Bool:
    """A release by t finds a head that it asserts cannot be there."""

    def foreign(u: Task) -> Bool:
        heads = some(Page, lambda p: lock_pages[t, p] & (older[k, p, u] | is_first(k, p, u)))
        return related(t, u) & ~is_at_work(u, k) & heads

    def light(u: Task, p: Page) -> Bool:
        stale = older[k, p, u] & ~older_heavy[k, u]
        return related(t, u) & (stale | (is_first(k, p, u) & ~is_heavy(u)))

    return ite(
        is_heavy(t),
        some(Task, lambda u: some(Page, lambda p: light(u, p))),
        some(Task, foreign),
    )


def remove_head(k: Kernel, t: Task, u: Task) -> tuple[e.Update, ...]:
    """Where an entry of u is the head of a queue that t's release looks at, k removes it."""

    def light(p: Page) -> tuple[e.Update, ...]:
        return (
            given(looks_at(t, p) & is_first(k, p, u))(put(entered[k, p, u], FALSE)),
            given(looks_at(t, p) & older[k, p, u])(put(older[k, p, u], FALSE)),
        )

    return (
        for_each(Page, light),
        given(is_heavy(t) & is_first_of_heavy(k, u))(put(entered_heavy[k, u], FALSE)),
        given(is_heavy(t) & older_heavy[k, u])(put(older_heavy[k, u], FALSE)),
    )


def goes_wrong(t: Task, k: Kernel) -> Bool:
    """Thread t is in release without being first in each of its queues."""
    owns = (lock_step[t] == LockStep.returning) & is_first_in_all(k, t)
    return may_go_wrong() & calls_release(t, k) & asks_at_once(t) & ~owns


@action(fair=Fair.WEAK)
def release_finds_nothing(t: Task, k: Kernel) -> Step:
    """Thread t releases what it never took and finds no queue; it sends a timestamp of zero.

    No entry has that timestamp, so the message is left out.

    Source: kernel/process_server.c:release_local_lamport_lock_light
    Tag: inferred
    """
    return when(goes_wrong(t, k), every(Task, lambda u: ~finds(k, t, u)))(*forget(t), *abandon(t))


@action(fair=Fair.WEAK)
def release_hits_assertion(t: Task, k: Kernel) -> Step:
    """Thread t finds a head that the code asserts cannot be there, and dies.

    Source: kernel/process_server.c:release_local_lamport_lock_light, _heavy
    Tag: inferred
    """
    return when(goes_wrong(t, k), is_refused(k, t))(put(lock_step[t], LockStep.broken))


@action(fair=Fair.WEAK)
def release_takes_neighbours(t: Task, k: Kernel, u: Task) -> Step:
    """Thread t's release removes the entry of thread u of the same kernel and sends its timestamp.

    Source: kernel/process_server.c:release_local_lamport_lock_light
    Tag: inferred
    """
    return when(
        goes_wrong(t, k), ~is_refused(k, t), is_at_work(u, k), finds(k, t, u), u != t
    )(
        *forget(t),
        *abandon(t),
        *remove_head(k, t, u),
        broadcast(k, Wire.lock_release(task=u, page=NO_PAGE)),
    )  # fmt: skip


@action(fair=Fair.WEAK)
def release_takes_foreign(t: Task, k: Kernel) -> Step:
    """Thread t's heavy release removes heavy entries of other kernels; nobody else can tell.

    Other kernels look for the timestamp among the sender's entries, so the message is left out.

    Source: kernel/process_server.c:release_local_lamport_lock_heavy
    Tag: inferred
    """

    def removed(u: Task) -> e.Update:
        return given((u != t) & related(t, u))(*remove_head(k, t, u))

    return when(
        goes_wrong(t, k), ~is_refused(k, t), is_heavy(t), some(Task, lambda u: finds(k, t, u)),
        every(Task, lambda u: ~(is_at_work(u, k) & finds(k, t, u))),
    )(*forget(t), *abandon(t), for_each(Task, removed))  # fmt: skip
