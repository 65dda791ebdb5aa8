"""The distributed locks (fault barriers): Lamport's mutual exclusion with a shared counter.

A thread draws a timestamp, enters its request in its own kernel's queues and sends it to all
kernels. Each enters it too and acknowledges at once: a reply is no grant. With all replies in, the
thread waits, busily and giving way, until its entry is first in each of its queues; a heavy
request waits until it is first in every queue that there is. How it gives back: lock_release.py.

A thread whose group is not distributed takes no lock. This is right when drawing and sending are
one step for the requests that the own kernel enters, and when a kernel's own request and its later
reply to somebody else's arrive in that order.
"""

from popcorn_model.language import (
    FALSE,
    TRUE,
    Bool,
    Fair,
    Maybe,
    Step,
    action,
    every,
    for_each,
    given,
    ite,
    maybe,
    nothing,
    only,
    put,
    state,
    take,
    when,
)
from popcorn_model.language import expr as e
from popcorn_model.popcorn_2014.lock_interface import (
    LockKind,
    LockStep,
    lock_kind,
    lock_pages,
    lock_step,
    may_go_without,
)
from popcorn_model.popcorn_2014.lock_queues import (
    asks_at_once,
    delete,
    enter,
    exists,
    is_first,
    is_first_of_heavy,
    is_heavy,
    stamp,
)
from popcorn_model.popcorn_2014.messages import Wire
from popcorn_model.popcorn_2014.sorts import Kernel, Page, Task
from popcorn_model.popcorn_2014.switches import (
    DISPATCH,
    LOCK_ATOMIC,
    MPROTECT_LOCK,
    PREEMPTION,
)
from popcorn_model.popcorn_2014.tasks import distributed, is_at_work
from popcorn_model.popcorn_2014.transport import (
    broadcast,
    clone_work,
    may_broadcast,
    may_run,
    may_send,
    multicast,
    outbox,
    post,
    up,
)

LOWEST = Page.named("lowest")
"""The page with the lowest address; of the others no order is assumed."""

unacked = state(
    "unacked", Task, Kernel, of=Bool, start=False,
    doc="the thread's request counts on a reply of the kernel that has not come",
)  # fmt: skip
got = state(
    "got", Task, Page, of=Bool, start=False,
    doc="the thread has the page's lock while it asks for further pages",
)  # fmt: skip


def is_first_in_all(k: Kernel, t: Task) -> Bool:
    """On kernel k thread t's entry is the head of every queue that its kind of request needs."""
    light = every(Page, lambda p: (~lock_pages[t, p]) | is_first(k, p, t))
    heavy = is_first_of_heavy(k, t) & every(
        Page, lambda p: (~exists(k, p, t)) | is_first(k, p, t)
    )
    return ite(is_heavy(t), heavy, light)


def all_acknowledged(t: Task) -> Bool:
    """Every kernel that thread t's request was sent to has replied."""
    return every(Kernel, lambda j: ~unacked[t, j])


def mutex_free(k: Kernel) -> Bool:
    """Nothing keeps kernel k from entering other kernels' requests; else it would be busy."""
    sending = outbox[k].arrives(Wire.lock_request)
    mutex = LOCK_ATOMIC.choose(off=TRUE, on=~sending)
    return PREEMPTION.choose(off=TRUE, on=mutex)


def asks_all(t: Task, k: Kernel, page: Maybe[Page]) -> tuple[e.Update, ...]:
    """Kernel k begins to send thread t's request to all and counts on a reply of each."""
    return (
        for_each(Kernel, lambda j: given((j != k) & up[j])(put(unacked[t, j], TRUE))),
        broadcast(k, Wire.lock_request(task=t, source=k, page=page)),
    )


NO_PAGE: Maybe[Page] = maybe(Page)(e.Const(maybe(Page).info, None))
"""In a message: the request as a whole."""


# --- acquire -----------------------------------------------------------------------------------


@action(fair=Fair.WEAK)
def call_acquire(t: Task, k: Kernel) -> Step:
    """Thread t draws a timestamp, enters its request at home and, if undisturbed, begins to send.

    If its group is not distributed it goes on at once, without a lock.

    Source: kernel/process_server.c:process_server_acquire_page_lock_range_maybeheavy
    Tag: claimed
    """
    together = LOCK_ATOMIC.choose(off=LockStep.drawn, on=LockStep.waiting)
    drawn = PREEMPTION.choose(off=LockStep.waiting, on=together)
    sender_free = LOCK_ATOMIC.choose(off=TRUE, on=may_send(k))
    apart = distributed[t, k]
    sends = asks_all(t, k, NO_PAGE)
    return when(
        lock_step[t] == LockStep.asked, is_at_work(t, k), may_run(k), apart | may_go_without(t, k),
        ~apart | asks_at_once(t), PREEMPTION.choose(off=TRUE, on=~apart | sender_free),
    )(
        put(lock_step[t], ite(apart, drawn, LockStep.skipped)),
        given(apart)(stamp(t, lambda p: lock_pages[t, p])),
        given(apart)(*enter(k, t, lambda p: lock_pages[t, p])),
        only(PREEMPTION, "off", given(apart)(*sends)),
        only(PREEMPTION, "on", only(LOCK_ATOMIC, "on", given(apart)(*sends))),
    )  # fmt: skip


@action(fair=Fair.WEAK, only=(PREEMPTION, "on"))
def send_request(t: Task, k: Kernel) -> Step:
    """Thread t, stopped between drawing and sending, begins to send its request.

    Source: kernel/process_server.c:process_server_acquire_page_lock_range_maybeheavy
    Tag: claimed
    """
    apart = LOCK_ATOMIC.choose(off=TRUE, on=FALSE)
    return when(apart, lock_step[t] == LockStep.drawn, is_at_work(t, k), may_send(k))(
        put(lock_step[t], LockStep.waiting), *asks_all(t, k, NO_PAGE)
    )


@action(fair=Fair.WEAK, only=(MPROTECT_LOCK, "page_by_page"))
def draw_for_next_page(t: Task, k: Kernel, p: Page) -> Step:
    """Thread t, which locks its pages one after the other, draws a timestamp for the next one.

    Source: mm/mprotect.c:do_mprotect, first generation of hooks
    Tag: claimed
    """
    in_order = (p == LOWEST) | ~lock_pages[t, LOWEST] | got[t, LOWEST]
    return when(
        lock_step[t] == LockStep.asked, is_at_work(t, k), distributed[t, k],
        may_broadcast(k),
        lock_kind[t] == LockKind.piecewise, lock_pages[t, p], ~got[t, p], in_order,
    )(
        put(lock_step[t], LockStep.waiting),
        stamp(t, lambda q: q == p),
        *enter(k, t, lambda q: q == p),
        *asks_all(t, k, maybe(Page)(e.Some(maybe(Page).info, p.expr))),
    )  # fmt: skip


@action(fair=Fair.WEAK)
def acquire(t: Task, k: Kernel) -> Step:
    """Thread t sees all replies in and its entry first everywhere: it has the lock.

    Source: kernel/process_server.c:wait_for_lamport_lock_acquisition
    Tag: claimed
    """
    return when(
        lock_step[t] == LockStep.waiting, is_at_work(t, k), may_run(k), all_acknowledged(t),
        asks_at_once(t), is_first_in_all(k, t),
    )(put(lock_step[t], LockStep.held))  # fmt: skip


@action(fair=Fair.WEAK, only=(MPROTECT_LOCK, "page_by_page"))
def acquire_page(t: Task, k: Kernel, p: Page) -> Step:
    """Thread t gets the lock of one page and turns to the next, if any.

    Source: kernel/process_server.c:wait_for_lamport_lock_acquisition
    Tag: claimed
    """
    last = every(Page, lambda q: (q == p) | ~lock_pages[t, q] | got[t, q])
    return when(
        lock_step[t] == LockStep.waiting, is_at_work(t, k), may_run(k), all_acknowledged(t),
        lock_kind[t] == LockKind.piecewise, ~got[t, p], is_first(k, p, t),
    )(
        put(got[t, p], TRUE),
        put(lock_step[t], ite(last, LockStep.held, LockStep.asked)),
    )  # fmt: skip


# --- on other kernels --------------------------------------------------------------------------


@action(fair=Fair.WEAK)
def enter_request(j: Kernel, t: Task, k: Kernel) -> Step:
    """Kernel j enters the request of thread t of kernel k in its queues and acknowledges at once.

    Source: kernel/process_server.c:process_lamport_barrier_request_range
    Tag: claimed
    """
    request = Wire.lock_request.like(task=t, source=k)
    page = clone_work[j].head.get(Wire.lock_request, "page", maybe(Page))

    def asked(p: Page) -> Bool:
        one = (page == p) | ((page == nothing) & lock_pages[t, p])
        return MPROTECT_LOCK.choose(as_others=lock_pages[t, p], page_by_page=one)

    reply = Wire.lock_response(task=t, source=j)
    return when(
        may_run(j), mutex_free(j), clone_work[j].arrives(request),
        DISPATCH.choose(eager=TRUE, stepwise=may_send(j)),
    )(
        take(clone_work[j]),
        *enter(j, t, asked),
        only(DISPATCH, "eager", post(k, reply)),
        only(DISPATCH, "stepwise", multicast(j, reply, lambda i: i == k)),
    )  # fmt: skip


@action(fair=Fair.WEAK)
def count_reply(k: Kernel, t: Task, j: Kernel) -> Step:
    """Kernel k, where thread t waits, counts the reply of kernel j.

    Source: kernel/process_server.c:process_lamport_barrier_response_range
    Tag: claimed
    """
    reply = Wire.lock_response.like(task=t, source=j)
    return when(may_run(k), clone_work[k].arrives(reply))(
        take(clone_work[k]), put(unacked[t, j], FALSE)
    )


@action(fair=Fair.WEAK)
def delete_entry(k: Kernel, t: Task) -> Step:
    """Kernel k deletes the entries whose timestamp thread t has given back.

    Source: kernel/process_server.c:process_lamport_barrier_release_range
    Tag: claimed
    """
    page = clone_work[k].head.get(Wire.lock_release, "page", maybe(Page))

    def freed(p: Page) -> Bool:
        one = (page == p) | (page == nothing)
        return MPROTECT_LOCK.choose(as_others=TRUE, page_by_page=one)

    return when(may_run(k), clone_work[k].arrives(Wire.lock_release.like(task=t)))(
        take(clone_work[k]), *delete(k, t, freed)
    )

