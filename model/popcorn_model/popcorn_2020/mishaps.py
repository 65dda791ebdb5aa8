"""What may go wrong around pages: workers that are gone, silent nodes, lost messages, impatience.

Each mishap is an assumption about the platform, and none of them happens unless it is asked for.
The code was written for a platform that is kind; only for a missing task does it have a word.
"""

from popcorn_model.language import (
    TRUE,
    Bool,
    Fair,
    Step,
    action,
    every,
    for_each,
    given,
    ite,
    nothing,
    only,
    put,
    some,
    when,
)
from popcorn_model.language import expr as e
from popcorn_model.popcorn_2020.copies import distributed, fresh, mine, pte, unreadable
from popcorn_model.popcorn_2020.handles import handle, is_free, joined, serves, task_leaves
from popcorn_model.popcorn_2020.messages import Answer, Recall, Reply, Request
from popcorn_model.popcorn_2020.page_switches import (
    ACK_WITHOUT_WORKER,
    BACKING,
    CHECK_WAIT,
    FAIL_FIRST_TOUCH,
    FAIL_ON_PIN,
    NODES,
    PAGES_BY,
    STATIONS,
    WORKERS,
)
from popcorn_model.popcorn_2020.page_traffic import answer, held, parked, recall, reply, request
from popcorn_model.popcorn_2020.sorts import (
    ORIGIN,
    Access,
    Doing,
    Handle,
    Kernel,
    Page,
    Pte,
    Standing,
    Task,
)
from popcorn_model.popcorn_2020.switches import RING
from popcorn_model.popcorn_2020.tasks import at, doing, faults, standing, touched, wanted

# --- workers and shadows that are gone -----------------------------------------------------------


def has_something(k: Kernel) -> Bool:
    """Node k has a copy of some page, or a handle."""
    return some(Page, lambda p: (pte[p, k] != Pte.none) | ~is_free(p, k))


def _forgets(p: Page, k: Kernel) -> tuple[e.Update, ...]:
    return (put(pte[p, k], Pte.none), put(mine[p, k], False), put(fresh[p, k], False))


@action(only=(WORKERS, "may_vanish"))
def lose_worker(k: Kernel) -> Step:
    """A remote's worker is killed while no thread is there, and the node's copies go with it.

    The origin is not told, and no thread of the process can come to that node again.

    Source: kernel/popcorn/process_server.c:remote_worker_main
    Tag: inferred
    """
    return when(
        k != ORIGIN, standing[k] == Standing.sound, has_something(k),
        every(Task, lambda t: at[t] != k), every(Page, lambda p: is_free(p, k)),
    )(put(standing[k], Standing.deserted), for_each(Page, lambda p: _forgets(p, k)))  # fmt: skip


@action(fair=Fair.WEAK, only=(WORKERS, "may_vanish"))
def find_no_worker(p: Page, k: Kernel) -> Step:
    """The task that a recall is for is gone: a request fails, and an invalidation is forgotten.

    Source: kernel/popcorn/page_server.c:process_page_invalidate_request
    Tag: inferred
    """
    told = ACK_WITHOUT_WORKER.choose(off=Answer.none, on=Answer.ack)
    return when(standing[k] == Standing.deserted, recall[p, k] != Recall.none)(
        put(answer[p, k], ite(recall[p, k] == Recall.invalidate, told, Answer.failure)),
        put(recall[p, k], Recall.none),
    )


@action(only=(WORKERS, "may_vanish"))
def find_no_shadow(p: Page, k: Kernel) -> Step:
    """The shadow of the thread that asks for a page is gone: the request fails.

    Source: kernel/popcorn/page_server.c:process_remote_page_request
    Tag: claimed
    """
    return when(request[p, k] != Request.none, ~parked[p, k])(
        put(request[p, k], Request.none), put(reply[p, k], Reply.error)
    )


# --- pages that cannot be had ------------------------------------------------------------------


@action(only=(BACKING, "may_fail"))
def lose_backing(p: Page) -> Step:
    """What a page that nobody has touched was to be read from cannot be read any more.

    Source: mm/memory.c:handle_pte_fault_origin
    Tag: inferred
    """
    return when(pte[p, ORIGIN] == Pte.none, ~distributed[p], ~unreadable[p])(
        put(unreadable[p], True)
    )


@action(fair=Fair.WEAK, only=((BACKING, "may_fail"), (FAIL_FIRST_TOUCH, "on")))
def fail_first_touch(p: Page, k: Kernel) -> Step:
    """A remote asks for a page that cannot be had, and is told so.

    Source: kernel/popcorn/page_server.c:__handle_remotefault_at_origin
    Tag: inferred
    """
    return when(
        request[p, k] != Request.none, ~parked[p, k], pte[p, ORIGIN] == Pte.none, unreadable[p]
    )(put(request[p, k], Request.none), put(reply[p, k], Reply.error))  # fmt: skip


@action(only=(PAGES_BY, "rdma"))
def fail_to_pin(t: Task, p: Page, k: Kernel) -> Step:
    """The buffer that the page is to be written into cannot be pinned: nothing is sent.

    Source: kernel/popcorn/page_server.c:__request_remote_page
    Tag: inferred
    """
    return when(faults(t, p, k), doing[t] == Doing.leading)(
        only(FAIL_ON_PIN, "off", put(doing[t], Doing.asking)),
        only(FAIL_ON_PIN, "on", *task_leaves(t, p, k, Doing.refused)),
    )


# --- lost messages -----------------------------------------------------------------------------


@action(only=(RING, "may_drop"))
def drop_request(p: Page, k: Kernel) -> Step:
    """A thread's request met a full ring while a signal was pending for the thread, and is lost.

    Workers have no signals, so what they send is never lost.

    Source: msg_layer/socket.c:enq_send
    Tag: inferred
    """
    return when(request[p, k] != Request.none, ~parked[p, k])(put(request[p, k], Request.none))


@action(only=(RING, "may_drop"))
def drop_recall(p: Page, k: Kernel) -> Step:
    """What a thread at the origin had to say to an owner is lost in the same way.

    Source: msg_layer/socket.c:enq_send
    Tag: inferred
    """
    return when(
        recall[p, k] != Recall.none, is_free(p, k), serves[p] == nothing
    )(put(recall[p, k], Recall.none))  # fmt: skip


# --- impatience --------------------------------------------------------------------------------


@action(only=(STATIONS, "give_up"))
def time_out(t: Task, p: Page, k: Kernel) -> Step:
    """A thread on a remote has waited for a page for too long, and gives its station back.

    As built it then takes the error that it gets for the message that it has waited for.

    Source: kernel/popcorn/wait_station.c:wait_at_station
    Tag: inferred
    """
    return when(faults(t, p, k), doing[t] == Doing.asking, k != ORIGIN)(
        only(CHECK_WAIT, "off", put(doing[t], Doing.crashed)),
        only(CHECK_WAIT, "on", *task_leaves(t, p, k, Doing.refused)),
    )


@action(fair=Fair.WEAK, only=(STATIONS, "give_up"))
def miss_reply(p: Page, k: Kernel) -> Step:
    """A reply comes when nobody waits for one about its page, and is lost.

    Source: kernel/popcorn/page_server.c:handle_remote_page_response
    Tag: inferred
    """
    waits = some(Task, lambda t: faults(t, p, k) & (doing[t] == Doing.asking))
    return when(reply[p, k] != Reply.none, ~waits)(put(reply[p, k], Reply.none))


# --- silence -----------------------------------------------------------------------------------


@action(only=(NODES, "may_die"))
def die(k: Kernel) -> Step:
    """A remote falls silent, with all that it has and all threads that are there.

    A call that a shadow has taken over goes on at the origin.

    Source: there is no failure detector
    Tag: inferred
    """

    def was_there(t: Task) -> Bool:
        return at[t] == k

    def is_called_for(t: Task) -> Bool:
        return doing[t].among(Doing.discarding, Doing.releasing)

    return when(k != ORIGIN, standing[k] == Standing.sound, has_something(k))(
        put(standing[k], Standing.dead),
        for_each(Task, lambda t: given(was_there(t))(put(at[t], nothing))),
        for_each(Task, lambda t: given(was_there(t) & ~is_called_for(t))(
            put(doing[t], Doing.running), put(touched[t], nothing), put(wanted[t], Access.none))),
        for_each(Page, lambda p: given(TRUE)(
            *_forgets(p, k), put(handle[p, k], Handle.free), put(held[p, k], False),
            put(joined[p, k], 0))),
    )  # fmt: skip


MISHAPS = (
    lose_worker,
    find_no_worker,
    find_no_shadow,
    lose_backing,
    fail_first_touch,
    fail_to_pin,
    drop_request,
    drop_recall,
    time_out,
    miss_reply,
    die,
)
