"""Messages in flight: one ring per receiving kernel, a dispatcher, three work queues per kernel.

All senders share the receiver's ring, so messages to one kernel are totally ordered. The
dispatcher takes them in that order: short handlers run at once, inside the dispatcher; the others
are queued on one of three work queues, each served by one worker, in order. There is no order
between the queues: a later message can overtake an earlier one of another class, never one of its
own. A sender that meets a full ring spins, and with it its kernel's only processor.

A broadcast is a loop of sends. Between two of them other kernels run, the sender's own kernel
does not unless it can be preempted. The loop's order is left open here, where the code counts
kernels upwards: more interleavings than the code has, and no kernel is special.
"""

from collections.abc import Callable

from popcorn_model.language import (
    FALSE,
    TRUE,
    Bool,
    Fair,
    Messages,
    Part,
    Step,
    action,
    any_of,
    bounded_queue,
    every,
    for_each,
    given,
    only,
    put,
    queue,
    send,
    some,
    state,
    take,
    when,
)
from popcorn_model.language import expr as e
from popcorn_model.language.messages import BoundKind
from popcorn_model.language.state import QueueMap
from popcorn_model.popcorn_2014.messages import (
    BROADCAST,
    ON_CLONE,
    ON_EXIT,
    ON_LOCK,
    ON_MAPPING,
    Wire,
)
from popcorn_model.popcorn_2014.sorts import Kernel
from popcorn_model.popcorn_2014.switches import (
    DISPATCH,
    LOCK_ORDER,
    PREEMPTION,
    QUEUES,
    YIELDING_SEND,
)

ring = bounded_queue(
    "ring", Kernel, of=Wire, slots="ring_slots",
    doc="the receive window of a kernel, shared by all senders",
)  # fmt: skip
mapping_work = queue(
    "mapping_work", Kernel, of=Wire, slots="work_slots",
    doc="mapping_wq: page queries, area operations, thread counts",
)  # fmt: skip
clone_work = queue(
    "clone_work", Kernel, of=Wire, slots="work_slots",
    doc="clone_wq: imports, returns, lock traffic",
)  # fmt: skip
exit_work = queue(
    "exit_work", Kernel, of=Wire, slots="work_slots",
    doc="exit_wq: exits, group exits, closure",
)  # fmt: skip
outbox = queue(
    "outbox", Kernel, of=Wire, slots="outbox_slots", doc="the message that a kernel broadcasts"
)
owed = state(
    "owed", Kernel, Kernel, of=Bool, start=False, doc="k still has to send its broadcast to j"
)
occupied = state(
    "occupied", Kernel, of=Bool, start=False,
    doc="a thread is inside fork and does not let go of the processor (kept by fork)",
)  # fmt: skip
up = state("up", Kernel, of=Bool, start=True, doc="the kernel has been booted")

_SERVER = (
    {kind.info: mapping_work for kind in ON_MAPPING}
    | {kind.info: clone_work for kind in ON_CLONE}
    | {kind.info: exit_work for kind in ON_EXIT}
)


def may_run(k: Kernel) -> Bool:
    """Kernel k's processor is free to start something: no broadcast and no fork holds it."""
    return PREEMPTION.choose(off=~outbox[k].waiting & ~occupied[k], on=TRUE)


def may_send(k: Kernel) -> Bool:
    """Kernel k is not in the middle of a broadcast."""
    return ~outbox[k].waiting


def may_broadcast(k: Kernel) -> Bool:
    """Kernel k's processor is free, and no other broadcast of the kernel is under way."""
    return PREEMPTION.choose(off=may_run(k), on=may_send(k))


def may_dispatch(k: Kernel) -> Bool:
    """Kernel k's dispatcher may run: as built not while a sender of its own spins."""
    return YIELDING_SEND.choose(off=may_run(k), on=TRUE)


def post(to: Kernel, message: Wire) -> e.Update:
    """Send one message to one kernel; it lands where ``dispatch`` says (see the module's head)."""
    return _land(to, message, _kind(message))


def _kind(message: Messages) -> e.MessageKind:
    assert isinstance(message.expr, e.Make)
    return message.expr.kind


def _land(to: Kernel, message: Wire, kind: e.MessageKind) -> e.Update:
    if kind not in _SERVER:
        return send(ring[to], message)
    return given(TRUE)(
        only(DISPATCH, "stepwise", send(ring[to], message)),
        only(
            DISPATCH, "eager",
            given(ring[to].waiting)(send(ring[to], message)),
            given(~ring[to].waiting)(send(_SERVER[kind][to], message)),
        ),
    )  # fmt: skip


def broadcast(k: Kernel, message: Wire) -> e.Update:
    """Kernel k begins to send a message to every other kernel; needs `may_send`."""
    return multicast(k, message, lambda j: TRUE)


def multicast(k: Kernel, message: Wire, to: Callable[[Kernel], Bool]) -> e.Update:
    """Kernel k begins to send a message to the other kernels that ``to`` names, if any."""
    return given(some(Kernel, lambda j: (j != k) & up[j] & to(j)))(
        send(outbox[k], message),
        for_each(Kernel, lambda j: given((j != k) & up[j] & to(j))(put(owed[k, j], TRUE))),
    )


def _dispatch(k: Kernel, to: QueueMap[Wire], kinds: tuple[BoundKind[Wire], ...]) -> Step:
    message = ring[k].head
    return when(may_dispatch(k), any_of(*(message.matches(x) for x in kinds)))(
        take(ring[k]), send(to[k], message)
    )


@action(fair=Fair.WEAK)
def send_next(k: Kernel, j: Kernel) -> Step:
    """Kernel k sends the message that it is broadcasting to one of the kernels still owed.

    Source: pcnmsg/pcn_kmsg.c:win_put, called in a loop over kernels by every sender
    Tag: claimed
    """
    last = every(Kernel, lambda i: ~owed[k, i] | (i == j))
    return when(owed[k, j])(
        put(owed[k, j], FALSE),
        *(given(outbox[k].head.matches(kind))(_land(j, outbox[k].head, kind.info))
          for kind in BROADCAST),
        given(last)(take(outbox[k])),
    )  # fmt: skip


@action(fair=Fair.WEAK)
def dispatch_mapping(k: Kernel) -> Step:
    """The dispatcher of kernel k queues a message on mapping_wq.

    Source: kernel/process_server.c:handle_mapping_request and its like
    Tag: claimed
    """
    return _dispatch(k, mapping_work, ON_MAPPING)


@action(fair=Fair.WEAK)
def dispatch_clone(k: Kernel) -> Step:
    """The dispatcher of kernel k queues a message on clone_wq.

    Source: kernel/process_server.c:handle_clone_request and its like
    Tag: claimed
    """
    return _dispatch(k, clone_work, ON_CLONE)


@action(fair=Fair.WEAK)
def dispatch_exit(k: Kernel) -> Step:
    """The dispatcher of kernel k queues a message on exit_wq.

    Source: kernel/process_server.c:handle_exit_group and its like
    Tag: claimed
    """
    return _dispatch(k, exit_work, ON_EXIT)


def _overtake(work: QueueMap[Wire], k: Kernel, *guards: Bool) -> Step:
    return when(work[k].length > 1, *guards)(take(work[k]), send(work[k], work[k].head))


@action(only=(QUEUES, "concurrent"))
def overtake_on_mapping(k: Kernel) -> Step:
    """A worker of mapping_wq is so slow that its item is handled after those behind it.

    Source: kernel/process_server.c:process_server_init; several processors serve one queue
    Tag: inferred
    """
    return _overtake(mapping_work, k)


@action(only=(QUEUES, "concurrent"))
def overtake_on_clone(k: Kernel) -> Step:
    """A worker of clone_wq is so slow that its item is handled after those behind it.

    Source: kernel/process_server.c:process_server_init; several processors serve one queue
    Tag: inferred
    """
    item = clone_work[k].head
    traffic = any_of(*(item.matches(kind) for kind in ON_LOCK))
    return _overtake(clone_work, k, LOCK_ORDER.choose(off=TRUE, on=~traffic))


@action(only=(QUEUES, "concurrent"))
def overtake_on_exit(k: Kernel) -> Step:
    """A worker of exit_wq is so slow that its item is handled after those behind it.

    Source: kernel/process_server.c:process_server_init; several processors serve one queue
    Tag: inferred
    """
    return _overtake(exit_work, k)


TRANSPORT = Part(
    "transport",
    "Rings, the dispatcher, the three work queues, and broadcasts as loops of sends.",
    states=(owed, up, occupied),
    queues=(ring, mapping_work, clone_work, exit_work, outbox),
    actions=(
        send_next,
        dispatch_mapping,
        dispatch_clone,
        dispatch_exit,
        overtake_on_mapping,
        overtake_on_clone,
        overtake_on_exit,
    ),
    needs=("traffic",),
)
