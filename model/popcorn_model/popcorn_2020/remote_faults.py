"""A page fault on a remote: open a handle or join one, ask the origin, map what it sends.

A fault that finds no handle opens one and leads it; the leader sees to a frame, asks the origin,
and waits. What it gets is the page, or leave to write the copy that is there, or "try again". A
fault that finds a handle does what the table of conflicts says. "Try again" ends the fault, and
the instruction faults anew after some time, which grows from one failure to the next; here any
thread may fault again at any time, and for any other reason.

The mark ``wanted`` is what the handle's mode says too, for the leader.
"""

from popcorn_model.language import Bool, Fair, Step, action, ite, only, put, when
from popcorn_model.language import expr as e
from popcorn_model.popcorn_2020.conflicts import Reaction, thread_meets
from popcorn_model.popcorn_2020.copies import distributed, fresh, lacks, mine, pte
from popcorn_model.popcorn_2020.handles import (
    faults_on,
    handle,
    has_place,
    is_free,
    is_to_write,
    joined,
    serves,
    task_leaves,
)
from popcorn_model.popcorn_2020.messages import Reply, Request
from popcorn_model.popcorn_2020.page_switches import STATIONS
from popcorn_model.popcorn_2020.page_traffic import reply, request
from popcorn_model.popcorn_2020.semaphore import may_read
from popcorn_model.popcorn_2020.sorts import ORIGIN, Access, Doing, Handle, Kernel, Page, Pte, Task
from popcorn_model.popcorn_2020.tasks import allows, doing, faults, runs


def may_fault(t: Task, p: Page, k: Kernel, a: Access) -> Bool:
    """Task t on node k touches page p, its node cannot serve that alone, and it looks for a handle.

    At the origin a page that has not been distributed is no matter of this protocol.
    """
    known = (k != ORIGIN) | distributed[p]
    return runs(t, k) & may_read(k) & allows(p, k, a) & lacks(p, k, a) & known


@action
def open_handle(t: Task, p: Page, k: Kernel, a: Access) -> Step:
    """A thread on a remote touches a page that its node cannot serve, and leads a new handle.

    Source: kernel/popcorn/page_server.c:__handle_localfault_at_remote, __start_fault_handling
    Tag: claimed
    """
    return when(may_fault(t, p, k, a), k != ORIGIN, is_free(p, k))(
        put(handle[p, k], ite(a == Access.write, Handle.local_write, Handle.local_read)),
        *faults_on(t, p, a, Doing.leading),
    )


@action
def follow_handle(t: Task, p: Page, k: Kernel, a: Access) -> Step:
    """A thread finds a handle that serves it too, and sleeps until the leader is done.

    Source: kernel/popcorn/page_server.c:__start_fault_handling
    Tag: claimed
    """
    return when(may_fault(t, p, k, a), thread_meets(p, k, a, Reaction.FOLLOW), has_place(p, k))(
        *faults_on(t, p, a, Doing.following), put(joined[p, k], joined[p, k] + 1)
    )


@action
def wait_for_handle(t: Task, p: Page, k: Kernel, a: Access) -> Step:
    """A thread finds a handle in its way, or one that is full, and sleeps until that is closed.

    Source: kernel/popcorn/page_server.c:__start_fault_handling
    Tag: claimed
    """
    full = thread_meets(p, k, a, Reaction.FOLLOW) & ~has_place(p, k)
    return when(may_fault(t, p, k, a), thread_meets(p, k, a, Reaction.WAIT) | full)(
        *faults_on(t, p, a, Doing.waiting)
    )


@action(fair=Fair.WEAK)
def leave_handle(t: Task, p: Page, k: Kernel) -> Step:
    """A follower that was woken returns with what the leader got; the last one closes the handle.

    Source: kernel/popcorn/page_server.c:__finish_fault_handling
    Tag: claimed
    """
    return when(faults(t, p, k), doing[t].among(Doing.served, Doing.refused))(
        *task_leaves(t, p, k, doing[t])
    )


@action(fair=Fair.WEAK)
def ask_origin(t: Task, p: Page, k: Kernel) -> Step:
    """The leader has a frame for the page and asks the origin.

    Where threads give up waiting, an earlier request of the node may still be under way. That two
    are at once is left out; one whose reply is late is enough for what follows.

    Source: kernel/popcorn/page_server.c:__fetch_page_from_origin
    Tag: claimed
    """
    quiet = (request[p, k] == Request.none) & (serves[p] != k)
    return when(faults(t, p, k), doing[t] == Doing.leading, only(STATIONS, "give_up", quiet))(
        put(doing[t], Doing.asking),
        put(request[p, k], ite(is_to_write(p, k), Request.write, Request.read)),
    )


@action
def fail_to_allocate(t: Task, p: Page, k: Kernel) -> Step:
    """There is no memory for a frame: the fault fails.

    Source: kernel/popcorn/page_server.c:__handle_localfault_at_remote
    Tag: claimed
    """
    return when(faults(t, p, k), doing[t] == Doing.leading, pte[p, k] == Pte.none)(
        *task_leaves(t, p, k, Doing.refused)
    )


def _is_replied(t: Task, p: Page, k: Kernel) -> Bool:
    return faults(t, p, k) & (doing[t] == Doing.asking) & (k != ORIGIN)


def _maps(p: Page, k: Kernel) -> tuple[e.Update, ...]:
    return (
        put(pte[p, k], ite(is_to_write(p, k), Pte.write, Pte.read)),
        put(mine[p, k], True),
        put(reply[p, k], Reply.none),
    )


@action(fair=Fair.WEAK)
def map_page(t: Task, p: Page, k: Kernel) -> Step:
    """The page has come: the leader copies it to its frame, maps it and leaves.

    Source: kernel/popcorn/page_server.c:__handle_localfault_at_remote
    Tag: claimed
    """
    return when(_is_replied(t, p, k), reply[p, k].among(Reply.data, Reply.stale))(
        put(fresh[p, k], reply[p, k] == Reply.data),
        *_maps(p, k),
        *task_leaves(t, p, k, Doing.served),
    )


@action(fair=Fair.WEAK)
def take_grant(t: Task, p: Page, k: Kernel) -> Step:
    """The origin lets the node write to the copy that it has: the leader maps that and leaves.

    Source: kernel/popcorn/page_server.c:__handle_localfault_at_remote
    Tag: claimed
    """
    return when(_is_replied(t, p, k), reply[p, k] == Reply.grant)(
        *_maps(p, k), *task_leaves(t, p, k, Doing.served)
    )


@action(fair=Fair.WEAK)
def back_off(t: Task, p: Page, k: Kernel) -> Step:
    """The origin says "try again", or fails: so does the leader, and leaves.

    Source: kernel/popcorn/page_server.c:__handle_localfault_at_remote
    Tag: claimed
    """
    return when(_is_replied(t, p, k), reply[p, k].among(Reply.retry, Reply.error))(
        put(reply[p, k], Reply.none), *task_leaves(t, p, k, Doing.refused)
    )
