"""How nodes are told that a page is unmapped, or protected: one after the other, each with an ack.

The origin sends a request to the worker of each node that it knows, and waits for each before it
turns to the next. The worker takes it from its list like any work and does it under its node's
semaphore; until it has got that it does nothing else.
"""

from collections.abc import Callable

from popcorn_model.language import (
    Bool,
    Fair,
    Step,
    action,
    every,
    for_each,
    given,
    maybe,
    nothing,
    only,
    put,
    state,
    take,
    when,
)
from popcorn_model.language import expr as e
from popcorn_model.popcorn_2020.area_switches import HEED_ERRORS, ORIGIN_FIRST, VOID_ANSWERS
from popcorn_model.popcorn_2020.areas import about, ends, operation, voids_answers
from popcorn_model.popcorn_2020.messages import Wire
from popcorn_model.popcorn_2020.page_switches import STATIONS
from popcorn_model.popcorn_2020.semaphore import has_readers, may_read
from popcorn_model.popcorn_2020.sorts import (
    ORIGIN,
    Area,
    Call,
    Kernel,
    Operation,
    Page,
    Task,
    Work,
    Worker,
)
from popcorn_model.popcorn_2020.tasks import area, at, call, writer
from popcorn_model.popcorn_2020.thread_states import below, known, pushes_work, top, work, worker
from popcorn_model.popcorn_2020.transport import channel, post
from popcorn_model.popcorn_2020.workers import is_idle
from popcorn_model.popcorn_2020.zapping import zaps

untold = state(
    "untold", Task, Kernel, of=Bool, start=False,
    doc="the node is still to be told of the operation that the thread has called",
)  # fmt: skip
awaits = state(
    "awaits", Task, of=maybe(Kernel), start=nothing, doc="the node whose acknowledgement is awaited"
)


UNMAPS = (Operation.munmap, Operation.brk, Operation.mremap, Operation.mmap_over)


def has_semaphore(t: Task, k: Kernel) -> Bool:
    """Thread t, or who works for it, has queued for node k's semaphore; all readers are through."""
    return (writer[k] == t) & ~has_readers(k)


def unmaps(p: Page, k: Kernel) -> tuple[e.Update, ...]:
    """Node k's area for the page goes, and the page with it."""
    return (
        put(area[p, k], Area.none),
        *zaps(p, k),
        only(VOID_ANSWERS, "on", voids_answers(p, k, Area.none)),
    )


def protects(p: Page, k: Kernel) -> tuple[e.Update, ...]:
    """Node k's area allows no writing any more; a copy that may be written stays what it is."""
    return (
        given(area[p, k] == Area.write)(put(area[p, k], Area.read)),
        only(VOID_ANSWERS, "on", voids_answers(p, k, Area.read)),
    )


def lowers(t: Task, p: Page, k: Kernel) -> tuple[e.Update, ...]:
    """Node k does what thread t has called for: the page is unmapped, or protected."""
    return (
        given(operation[t].among(*UNMAPS))(*unmaps(p, k)),
        given(operation[t] == Operation.mprotect)(*protects(p, k)),
    )


def tells_all(t: Task, who: Callable[[Kernel], Bool]) -> e.Update:
    """Of the nodes that the origin knows, these are to be told."""
    return for_each(Kernel, lambda j: given(known[j] & who(j))(put(untold[t, j], True)))


def all_have_heard(t: Task) -> Bool:
    """Every node that was to be told of what thread t has called has acknowledged it."""
    return (
        (call[t] == Call.telling) & every(Kernel, lambda j: ~untold[t, j]) & awaits[t].is_nothing
    )


def answers(t: Task) -> tuple[e.Update, ...]:
    """The operation is done at the origin: a thread there returns, one elsewhere is answered."""
    return (
        given(at[t] == ORIGIN)(*ends(t)),
        given(at[t] != ORIGIN)(
            put(call[t], Call.asking),
            for_each(Kernel, lambda j: given(at[t] == j)(
                post(ORIGIN, j, Wire.vma_op_response(task=t))))),
    )  # fmt: skip


# --- the origin ----------------------------------------------------------------------------------


@action(fair=Fair.WEAK)
def tell_node(t: Task, k: Kernel) -> Step:
    """The origin asks the next node's worker to unmap, or protect, the page.

    Source: kernel/popcorn/vma_server.c:vma_server_munmap_origin
    Tag: claimed
    """
    return when(call[t] == Call.telling, awaits[t] == nothing, untold[t, k])(
        put(untold[t, k], False),
        put(awaits[t], k),
        post(ORIGIN, k, Wire.vma_op_request(task=t)),
    )


@action(fair=Fair.WEAK)
def take_acknowledgement(t: Task, k: Kernel) -> Step:
    """The node that was told has done it.

    Source: kernel/popcorn/vma_server.c:handle_vma_op_response
    Tag: claimed
    """
    return when(channel[k, ORIGIN].arrives(Wire.vma_op_response(task=t)))(
        take(channel[k, ORIGIN]), given(awaits[t] == k)(put(awaits[t], nothing))
    )


@action(only=((STATIONS, "give_up"), (HEED_ERRORS, "off")))
def give_up_on_node(t: Task) -> Step:
    """After 300 seconds without an acknowledgement the origin goes on as if there had been one.

    Source: kernel/popcorn/vma_server.c:vma_server_munmap_origin, wait_at_station
    Tag: inferred
    """
    return when(awaits[t].exists)(put(awaits[t], nothing))


@action(fair=Fair.STRONG)
def all_are_told(t: Task) -> Step:
    """Every node has acknowledged: as built it is the origin's turn, repaired all is done.

    Source: kernel/popcorn/vma_server.c:vma_server_munmap_origin
    Tag: claimed
    """
    return when(
        all_have_heard(t), operation[t] != Operation.mmap_over,
        only(ORIGIN_FIRST, "off", may_read(ORIGIN)),
    )(
        only(ORIGIN_FIRST, "on", *answers(t)),
        only(ORIGIN_FIRST, "off", put(call[t], Call.applying), put(writer[ORIGIN], t)),
    )  # fmt: skip


# --- the node that is told -----------------------------------------------------------------------


@action(fair=Fair.WEAK)
def queue_unmap(t: Task, k: Kernel) -> Step:
    """A request about areas goes to the list of the node's worker.

    Source: kernel/popcorn/process_server.c:request_remote_work
    Tag: claimed
    """
    told = channel[ORIGIN, k].arrives(Wire.vma_op_request(task=t))
    return when(told, worker[k].among(Worker.starting, Worker.serving))(
        take(channel[ORIGIN, k]), *pushes_work(t, k, Work.unmap)
    )


@action(fair=Fair.STRONG)
def begin_unmap(t: Task, k: Kernel) -> Step:
    """The worker takes the request from its list and queues for the semaphore to write.

    Source: kernel/popcorn/vma_server.c:__process_vma_op_at_remote
    Tag: claimed
    """
    return when(
        worker[k] == Worker.serving, top[k] == t, work[t, k] == Work.unmap, is_idle(k), may_read(k)
    )(
        put(work[t, k], Work.unmapping),
        put(top[k], below[t, k]),
        put(below[t, k], nothing),
        put(writer[k], t),
    )  # fmt: skip


@action(fair=Fair.WEAK)
def lower_for_origin(t: Task, p: Page, k: Kernel) -> Step:
    """The worker unmaps, or protects, the page and says so.

    Source: kernel/popcorn/vma_server.c:__process_vma_op_at_remote
    Tag: claimed
    """
    return when(work[t, k] == Work.unmapping, about[t] == p, has_semaphore(t, k))(
        *lowers(t, p, k),
        put(writer[k], nothing),
        put(work[t, k], Work.none),
        post(k, ORIGIN, Wire.vma_op_response(task=t)),
    )
