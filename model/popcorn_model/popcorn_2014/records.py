"""The one fault or call that a thread has under way in its kernel, and the answers to it.

The code keeps a record per outstanding query, unmap or protection change: a key, how many answers
are expected, how many have come, and for a query the merged answer. A thread has at most one, so
its fields stand here by thread. The key holds no sequence number: an answer counts for whatever
query of that thread and page is outstanding when it comes. Waiting threads yield the processor in
a loop; they do not sleep, and nothing interrupts them.
"""

from popcorn_model.language import (
    FALSE,
    TRUE,
    Bool,
    Budget,
    every,
    for_each,
    given,
    maybe,
    nothing,
    only,
    put,
    state,
)
from popcorn_model.language import expr as e
from popcorn_model.popcorn_2014.lock_interface import give_back, is_granted, is_idle
from popcorn_model.popcorn_2014.memory_sorts import Area, Doing, Stage
from popcorn_model.popcorn_2014.messages import Wire
from popcorn_model.popcorn_2014.sorts import Frame, Inc, Kernel, Page, Replica, Task
from popcorn_model.popcorn_2014.switches import CONTIGUITY, EARLY_UNLINK
from popcorn_model.popcorn_2014.tasks import forking, inc, is_at_work, pulling, runs, uses
from popcorn_model.popcorn_2014.transport import broadcast, up

VMA_OPS = Budget("vma_ops", doc="calls that change areas, all threads together")
READS = Budget("reads", doc="read faults on pages that nobody has touched: they map common frames")

doing = state("doing", Task, of=Doing, start=Doing.none, doc="what the thread is in the kernel for")
stage = state("stage", Task, of=Stage, start=Stage.idle, doc="how far it is")
first = state("first", Task, of=maybe(Page), start=nothing, doc="the first page that it concerns")
last = state("last", Task, of=maybe(Page), start=nothing, doc="the last; mremap's new page")
mode = state(
    "mode", Task, of=Area, start=Area.none,
    doc="the access that faulted, or the protection that is wanted",
)  # fmt: skip
awaited = state(
    "awaited", Task, Kernel, of=Bool, start=False, doc="the record still expects this kernel"
)
answer = state("answer", Task, of=maybe(Frame), start=nothing, doc="merged answer: the frame")
answer_area = state(
    "answer_area", Task, of=Area, start=Area.none, doc="merged answer: the area around the page"
)

next_page = state(
    "next_page", Task, of=maybe(Page), start=nothing,
    doc="merged answer: a neighbouring page of the same run",
)  # fmt: skip
next_frame = state(
    "next_frame", Task, of=maybe(Frame), start=nothing, doc="merged answer: that page's frame"
)


def in_user_mode(t: Task, k: Kernel) -> Bool:
    """Thread t executes its program on kernel k."""
    busy = pulling[t, k] | (forking[t] != nothing)
    return runs(t, k) & (doing[t] == Doing.none) & is_idle(t) & ~busy


def runs_its_program(t: Task, k: Kernel) -> Bool:
    """The thread itself, no shadow that runs by mistake, executes its program on kernel k."""
    return in_user_mode(t, k) & (inc[t, k] == Inc.running)


def runs_in(t: Task, k: Kernel, r: Replica) -> Bool:
    """Thread t executes its program on kernel k, in address space r."""
    return in_user_mode(t, k) & (uses[t, k] == r)


def works_in(t: Task, k: Kernel, r: Replica) -> Bool:
    """Thread t is on kernel k, in its program or in the kernel, and r is its address space."""
    return is_at_work(t, k) & (uses[t, k] == r)


def is_at(t: Task, what: Doing, how_far: Stage) -> Bool:
    """Thread t does that and is that far."""
    return (doing[t] == what) & (stage[t] == how_far)


def may_start(t: Task, what: Doing) -> Bool:
    """Thread t does that, and has got the lock that it asked for."""
    return is_at(t, what, Stage.locking) & is_granted(t)


def in_range(t: Task, p: Page) -> Bool:
    """Page p is one of those that the call of thread t concerns."""
    return (first[t] == p) | (last[t] == p)


def heard_all(t: Task) -> Bool:
    """Every kernel counted as expected has answered."""
    return every(Kernel, lambda j: ~awaited[t, j])


def asks_about(t: Task, p: Page) -> Bool:
    """Thread t has a query about page p outstanding: the key by which an answer finds it."""
    asking = (stage[t] == Stage.asking) & (first[t] == p)
    probing = (stage[t] == Stage.probing) & (last[t] == p)
    return asking | probing


def begins(
    t: Task, what: Doing, p: Page, q: Page, wanted: Area | None = None
) -> tuple[e.Update, ...]:
    """Thread t enters the kernel for something that concerns pages p to q."""
    return (
        put(doing[t], what),
        put(stage[t], Stage.locking),
        put(first[t], p),
        put(last[t], q),
        *(() if wanted is None else (put(mode[t], wanted),)),
    )


def asks(t: Task, k: Kernel, message: Wire) -> tuple[e.Update, ...]:
    """Kernel k publishes the record of thread t and sends its request to all others."""
    return (
        for_each(Kernel, lambda j: given((j != k) & up[j])(put(awaited[t, j], TRUE))),
        broadcast(k, message),
    )


def ends(t: Task) -> tuple[e.Update, ...]:
    """Thread t gives back the lock and returns to its program; it has no query outstanding."""
    return (
        put(doing[t], Doing.none),
        put(stage[t], Stage.idle),
        put(first[t], nothing),
        put(last[t], nothing),
        *give_back(t),
    )


def ends_access(t: Task) -> tuple[e.Update, ...]:
    """Thread t returns as `ends` says, and forgets the access for which it came."""
    return (put(mode[t], Area.none), *ends(t))


def ends_query(t: Task) -> tuple[e.Update, ...]:
    """Thread t has asked and returns to its program: the record of the query goes as well."""
    return (*drops_record(t), *ends(t))


def drops_record(t: Task) -> tuple[e.Update, ...]:
    """The record of a query is unlinked: what comes later finds none."""
    return (
        put(answer[t], nothing),
        put(answer_area[t], Area.none),
        only(CONTIGUITY, "possible", put(next_page[t], nothing), put(next_frame[t], nothing)),
        only(EARLY_UNLINK, "yes", for_each(Kernel, lambda j: put(awaited[t, j], FALSE))),
    )
