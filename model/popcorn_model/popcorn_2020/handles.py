"""Fault handles: at most one per node and page, with a leader, followers, and those who wait.

A handle is open from the first fault or request until its last holder has left. Its holders are
the leader, who does what is to be done, and the followers, who share what came of it. The first
to leave wakes the followers; the last closes the handle and wakes those who wait for that, unless
an invalidation has marked it: then the invalidation goes first and closes the handle after.

There is room for so many followers only, counted from when the handle was opened: without that,
threads that take turns in following could keep a handle open for ever.

The leader of a remote's request is a kernel worker and no thread of the program; it leaves as
soon as it has done what was asked. `serves` says for whom it works, at the origin.

Between finding a handle and sleeping nobody can slip in: the newcomer has the lock of the page
table, under which it has seen that the page is not mapped, until it is on the handle's list.
"""

from collections.abc import Callable

from popcorn_model.language import (
    FALSE,
    TRUE,
    Bool,
    count,
    every,
    for_each,
    given,
    ite,
    maybe,
    nothing,
    put,
    state,
)
from popcorn_model.language import expr as e
from popcorn_model.popcorn_2020.messages import Reply, Request
from popcorn_model.popcorn_2020.page_traffic import held, is_marked, parked, reply, request
from popcorn_model.popcorn_2020.sorts import (
    ORIGIN,
    Access,
    Crowd,
    Doing,
    Handle,
    Kernel,
    Page,
    Place,
    Task,
)
from popcorn_model.popcorn_2020.tasks import doing, faults, touched, wanted

handle = state(
    "handle", Page, Kernel, of=Handle, start=Handle.free, doc="the node's fault handle for the page"
)
serves = state(
    "serves", Page, of=maybe(Kernel), start=nothing,
    doc="whose request the leader of the origin's handle serves",
)  # fmt: skip
joined = state(
    "joined", Page, Kernel, of=Crowd, start=0, doc="how many followers the handle has had so far"
)

discards = state(
    "discards", Page, of=maybe(Task), start=nothing,
    doc="repaired: for whose call the leader of the origin's handle has the page dropped",
)  # fmt: skip
failed = state(
    "failed", Page, of=Bool, start=False,
    doc="repaired: an owner could not send the page to the leader of the origin's handle",
)  # fmt: skip

LEADER = (Doing.leading, Doing.asking, Doing.crashed)
FOLLOWER = (Doing.following, Doing.served, Doing.refused)


def is_free(p: Page, k: Kernel) -> Bool:
    """Node k has no handle for the page."""
    return handle[p, k] == Handle.free


def is_to_write(p: Page, k: Kernel) -> Bool:
    """What is in progress on node k wants to write the page."""
    return handle[p, k].among(Handle.local_write, Handle.remote_write)


def is_for_remote(p: Page, k: Kernel) -> Bool:
    """What is in progress on node k was asked by another node."""
    return handle[p, k].among(Handle.remote_read, Handle.remote_write)


def leads(t: Task, p: Page, k: Kernel) -> Bool:
    """Task t leads node k's handle for page p."""
    return faults(t, p, k) & doing[t].among(*LEADER)


def holds(t: Task, p: Page, k: Kernel) -> Bool:
    """Task t leads or follows on node k's handle for page p."""
    return faults(t, p, k) & doing[t].among(*LEADER, *FOLLOWER)


def is_left(p: Page, k: Kernel) -> Bool:
    """No task holds node k's handle for page p."""
    return every(Task, lambda u: ~holds(u, p, k))


def works(p: Page, k: Kernel) -> Bool:
    """A worker, or a call, leads node k's handle for the page; no fault of a thread does."""
    at_origin = (k == ORIGIN) & (serves[p].exists | discards[p].exists)
    return at_origin | ((k != ORIGIN) & is_for_remote(p, k))


def has_place(p: Page, k: Kernel) -> Bool:
    """Node k's handle takes one more follower."""
    return joined[p, k] < count(Place, lambda s: TRUE)


def faults_on(t: Task, p: Page, a: Access, how: Doing) -> tuple[e.Update, ...]:
    """Task t is in a fault from now on."""
    return (put(doing[t], how), put(touched[t], p), put(wanted[t], a))


def _nobody(_: Kernel) -> Bool:
    return FALSE


def _unlinks(
    p: Page, k: Kernel, gone: Bool, but: Callable[[Kernel], Bool] = _nobody
) -> tuple[e.Update, ...]:
    """Where ``gone`` holds there is no handle any more, and workers that slept for it go on.

    A request at the origin is answered with "retry"; a recall at a remote is looked at again.
    """
    return (
        given(gone)(
            put(handle[p, k], Handle.free), put(held[p, k], False), put(joined[p, k], 0)),
        for_each(Kernel, lambda j: given(gone & (k == ORIGIN) & parked[p, j] & ~but(j))(
            put(parked[p, j], False), put(request[p, j], Request.none),
            put(reply[p, j], Reply.retry))),
    )  # fmt: skip


def _wakes(
    woken: Callable[[Task], Bool], told: Callable[[Task], Bool], outcome: Doing
) -> tuple[e.Update, ...]:
    """Some threads return to what they did, and may fault again; some are told what came of it."""
    return (
        for_each(Task, lambda u: given(woken(u))(
            put(touched[u], nothing), put(wanted[u], Access.none))),
        for_each(Task, lambda u: given(woken(u) | told(u))(
            put(doing[u], ite(woken(u), Doing.running, outcome)))),
    )  # fmt: skip


def _sleeps(t: Task, p: Page, k: Kernel, how: Doing) -> Bool:
    return faults(t, p, k) & (doing[t] == how)


def task_leaves(t: Task, p: Page, k: Kernel, outcome: Doing) -> tuple[e.Update, ...]:
    """Task t, a holder, leaves; followers are woken with this outcome.

    The last holder closes the handle, and who waits for that starts again.
    """
    alone = every(Task, lambda u: (u == t) | ~holds(u, p, k))
    last = alone & ~is_marked(p, k)
    return (
        *_wakes(
            lambda u: (u == t) | (last & _sleeps(u, p, k, Doing.waiting)),
            lambda u: _sleeps(u, p, k, Doing.following),
            outcome,
        ),
        *_unlinks(p, k, last),
    )


def worker_leaves(p: Page, k: Kernel, served: Kernel, outcome: Doing) -> tuple[e.Update, ...]:
    """The worker that led the handle of a node's request leaves: it wakes followers, or closes it.

    The node that it has served has no other request that could be answered now.
    """
    last = is_left(p, k)
    return (
        *_wakes(
            lambda u: last & _sleeps(u, p, k, Doing.waiting),
            lambda u: _sleeps(u, p, k, Doing.following),
            outcome,
        ),
        *_unlinks(p, k, last, lambda j: j == served),
    )


def call_leaves(t: Task, p: Page) -> tuple[e.Update, ...]:
    """The call of task t, for which the origin has opened a handle, is over; followers fail."""
    last = is_left(p, ORIGIN)
    return (
        put(discards[p], nothing),
        *_wakes(
            lambda u: (u == t) | (last & _sleeps(u, p, ORIGIN, Doing.waiting)),
            lambda u: _sleeps(u, p, ORIGIN, Doing.following),
            Doing.refused,
        ),
        *_unlinks(p, ORIGIN, last),
    )


def closes_marked(p: Page, k: Kernel) -> tuple[e.Update, ...]:
    """The invalidation that has marked a handle closes it, after its last holder has left."""
    return (
        *_wakes(lambda u: _sleeps(u, p, k, Doing.waiting), lambda u: FALSE, Doing.running),
        *_unlinks(p, k, TRUE),
    )
