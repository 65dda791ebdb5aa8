"""Every kernel's copy of the lock queues: one light queue a page, one heavy queue, by timestamp.

A timestamp is drawn from one counter that all kernels share, so all requests are totally ordered.
Only the order matters: ``behind`` keeps it for the requests that are alive, and no number is
stored. An entry is *entered* while its thread still uses the timestamp, and *older* from the
moment the thread's own kernel has removed its own copy until the release arrives here. Older
entries stand in front: their thread had the lock. After a violation of exclusion that need not be
so, and nothing is claimed about the order of entries from then on.

A light queue exists while it has entries. A heavy request goes into the heavy queue and into
every light queue that exists; a light queue that comes into being takes over what waits in the
heavy queue. Queues belong to one group; groups never meet, ``related`` keeps them apart.
"""

from collections.abc import Callable

from popcorn_model.language import (
    FALSE,
    TRUE,
    Bool,
    every,
    for_each,
    given,
    ite,
    put,
    some,
    state,
)
from popcorn_model.language import expr as e
from popcorn_model.popcorn_2014.lock_interface import (
    LockKind,
    LockStep,
    lock_kind,
    lock_pages,
    lock_step,
)
from popcorn_model.popcorn_2014.sorts import Kernel, Page, Task
from popcorn_model.popcorn_2014.switches import (
    LOCK_ATOMIC,
    LOCK_ORDER,
    MPROTECT_LOCK,
    PREEMPTION,
    QUEUES,
    RECORD_LOCK,
)
from popcorn_model.popcorn_2014.tasks import group

entered = state(
    "entered", Kernel, Page, Task, of=Bool, start=False,
    doc="the light queue of a page, on a kernel, has an entry of the thread's present request",
)  # fmt: skip
older = state(
    "older", Kernel, Page, Task, of=Bool, start=False,
    doc="and one whose thread has given back the lock already",
)  # fmt: skip
entered_heavy = state(
    "entered_heavy", Kernel, Task, of=Bool, start=False, doc="the same in the heavy queue"
)
older_heavy = state(
    "older_heavy", Kernel, Task, of=Bool, start=False, doc="the same in the heavy queue"
)
behind = state(
    "behind", Page, Task, Task, of=Bool, start=False,
    doc="the first thread's request covers the page and was stamped after the second's, which "
    "covers it too",
)  # fmt: skip


def related(t: Task, u: Task) -> Bool:
    """Two threads of one group: their requests meet in one set of queues."""
    return group[t] == group[u]


def is_heavy(t: Task) -> Bool:
    """Thread t's present request is heavy."""
    return lock_kind[t] == LockKind.heavy


def asks_at_once(t: Task) -> Bool:
    """Thread t asks for all that it wants by one request."""
    whole = lock_kind[t] != LockKind.piecewise
    return MPROTECT_LOCK.choose(as_others=TRUE, page_by_page=whole)


def exists(k: Kernel, p: Page, t: Task) -> Bool:
    """Kernel k has a light queue of page p for t's group."""
    return some(Task, lambda u: related(t, u) & (entered[k, p, u] | older[k, p, u]))


def is_first(k: Kernel, p: Page, t: Task) -> Bool:
    """The head of the light queue of page p on kernel k is the entry of t's present request."""
    return entered[k, p, t] & every(
        Task,
        lambda u: ~(older[k, p, u] & related(t, u)) & ~(entered[k, p, u] & behind[p, t, u]),
    )


def is_first_of_heavy(k: Kernel, t: Task) -> Bool:
    """The head of the heavy queue on kernel k is the entry of t's present request."""
    return entered_heavy[k, t] & every(
        Task,
        lambda u: ~(older_heavy[k, u] & related(t, u))
        & ~(entered_heavy[k, u] & some(Page, lambda p: behind[p, t, u])),
    )


def has_drawn(t: Task, p: Page) -> Bool:
    """Thread t has a timestamp for page p and has not given it back."""
    stamped = lock_step[t].among(
        LockStep.drawn, LockStep.waiting, LockStep.held, LockStep.returning, LockStep.broken
    )
    one = some(Kernel, lambda k: entered[k, p, t])
    piecewise = lock_kind[t] == LockKind.piecewise
    return lock_pages[t, p] & MPROTECT_LOCK.choose(
        as_others=stamped, page_by_page=ite(piecewise, one, stamped)
    )


# --- updates -----------------------------------------------------------------------------------


def stamp(t: Task, pages: Callable[[Page], Bool]) -> e.Update:
    """Thread t's request gets the next timestamp: behind every request that is alive."""
    return for_each(Page, lambda p: given(pages(p))(
        for_each(Task, lambda u: put(behind[p, t, u], (t != u) & related(t, u) & has_drawn(u, p)))
    ))  # fmt: skip


def enter(k: Kernel, t: Task, pages: Callable[[Page], Bool]) -> tuple[e.Update, ...]:
    """Kernel k enters t's request: light into the queues of ``pages``, heavy into all there are."""
    heavy = is_heavy(t)
    return (
        given(heavy)(put(entered_heavy[k, t], TRUE)),
        for_each(Page, lambda p: given(heavy & exists(k, p, t))(put(entered[k, p, t], TRUE))),
        for_each(Page, lambda p: given(~heavy & pages(p))(put(entered[k, p, t], TRUE))),
        for_each(Page, lambda p: given(~heavy & pages(p) & ~exists(k, p, t))(_seed(k, p, t))),
    )


def _seed(k: Kernel, p: Page, t: Task) -> e.Update:
    def copied(u: Task) -> tuple[e.Update, ...]:
        return (
            given((u != t) & related(t, u) & entered_heavy[k, u])(put(entered[k, p, u], TRUE)),
            given(related(t, u) & older_heavy[k, u])(put(older[k, p, u], TRUE)),
        )

    return for_each(Task, copied)


def remove_own(k: Kernel, t: Task, pages: Callable[[Page], Bool]) -> tuple[e.Update, ...]:
    """Kernel k, where t runs, removes t's entries of ``pages``; those elsewhere become older.

    A heavy request leaves every queue at once. If all is well, t is behind nobody.
    """
    return _retire(t, lambda p: is_heavy(t) | pages(p), lambda j: j != k)


def abandon(t: Task) -> tuple[e.Update, ...]:
    """Thread t believes that it has given back; whatever entries it still has stay behind."""
    return _retire(t, lambda p: TRUE, lambda j: TRUE)


def _retire(
    t: Task, pages: Callable[[Page], Bool], stays: Callable[[Kernel], Bool]
) -> tuple[e.Update, ...]:
    return (
        for_each(Page, lambda p: for_each(Kernel, lambda j: given(pages(p) & entered[j, p, t])(
            put(entered[j, p, t], FALSE), put(older[j, p, t], stays(j))))),
        for_each(Kernel, lambda j: given(entered_heavy[j, t])(
            put(entered_heavy[j, t], FALSE), put(older_heavy[j, t], stays(j)))),
        for_each(Page, lambda p: for_each(Task, lambda u: given(pages(p) & (t != u))(
            put(behind[p, u, t], FALSE),
            given(may_go_wrong())(put(behind[p, t, u], FALSE))))),
    )  # fmt: skip


def may_go_wrong() -> Bool:
    """The settings let a release take what is not its own; true or false as configured.

    With a repair for each way that leads there a thread that has the lock is first.
    """
    overtaken = QUEUES.choose(single_server=FALSE, concurrent=LOCK_ORDER.choose(off=TRUE, on=FALSE))
    interrupted = PREEMPTION.choose(off=FALSE, on=LOCK_ATOMIC.choose(off=TRUE, on=FALSE))
    return RECORD_LOCK.choose(off=TRUE, on=overtaken | interrupted)


def delete(k: Kernel, t: Task, pages: Callable[[Page], Bool]) -> tuple[e.Update, ...]:
    """Kernel k hears that t has given back: it deletes the entries with that timestamp.

    These are the older ones. There are none only if somebody else's release has removed the
    present request's own copy at home; then the present ones go.
    """
    had = older_heavy[k, t] | some(Page, lambda p: older[k, p, t])
    present = may_go_wrong() & ~had
    return (
        for_each(Page, lambda p: given(pages(p))(
            put(older[k, p, t], FALSE), given(present)(put(entered[k, p, t], FALSE)))),
        put(older_heavy[k, t], FALSE),
        given(present)(put(entered_heavy[k, t], FALSE)),
    )  # fmt: skip
