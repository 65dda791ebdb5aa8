"""Abstract traffic, for checking the transport without the parts that send.

A thread sends a message of some class, to one kernel or to all, from whichever kernel it likes;
receivers take it and do nothing. It sends again when its message has been handled everywhere, so a
thread stands for one message at a time: what is said here about two threads, whose messages go to
one kernel, is also said about two messages of one thread. The number of messages is a budget.

A send goes through the outbox even if it has one receiver: a sender that finds the ring full holds
its kernel's processor. The kinds are those that carry nothing but a thread, one for each server.
"""

from collections.abc import Callable

from popcorn_model.language import (
    FALSE,
    TRUE,
    Bool,
    Budget,
    Enumeration,
    Fair,
    LeadsTo,
    Part,
    Property,
    Step,
    action,
    always,
    any_of,
    eventually,
    every,
    for_each,
    given,
    label,
    leads_to,
    put,
    some,
    sometimes,
    spend,
    state,
    take,
    when,
)
from popcorn_model.language import expr as e
from popcorn_model.language.state import QueueMap
from popcorn_model.popcorn_2014.locks import NO_PAGE
from popcorn_model.popcorn_2014.messages import Wire
from popcorn_model.popcorn_2014.sorts import Kernel, Task
from popcorn_model.popcorn_2014.transport import (
    broadcast,
    clone_work,
    exit_work,
    mapping_work,
    may_dispatch,
    may_run,
    may_send,
    multicast,
    outbox,
    owed,
    ring,
)


class Server(Enumeration):
    """Who handles a message; messages of one server keep their order."""

    dispatcher = label("the dispatcher itself")
    mapping = label("the worker of mapping_wq")
    clone = label("the worker of clone_wq")
    exit = label("the worker of exit_wq")


pending = state(
    "pending", Task, Kernel, of=Bool, start=False,
    doc="the thread's message to a kernel is sent, or about to be, and not handled",
)  # fmt: skip
later = state(
    "later", Kernel, Task, Task, of=Bool, start=False,
    doc="the first thread's message was sent to the kernel when the second's was there already",
)  # fmt: skip

SENDS = Budget("sends", Task, doc="messages of one thread, to one kernel or to all")


Place = tuple[Server, Wire, QueueMap[Wire]]


def notes(t: Task) -> tuple[Place, ...]:
    """For each server: thread t's message for it, and the queue at whose head it is handled."""
    return (
        (Server.dispatcher, Wire.exit_process(task=t), ring),
        (Server.mapping, Wire.munmap_release(task=t), mapping_work),
        (Server.clone, Wire.lock_release(task=t, page=NO_PAGE), clone_work),
        (Server.exit, Wire.died(task=t), exit_work),
    )


def is_unsent(t: Task, k: Kernel) -> Bool:
    """Some kernel still owes thread t's message to kernel k."""
    return some(Kernel, lambda j: owed[j, k] & any_of(
        *(outbox[j].arrives(message) for _, message, _ in notes(t))))  # fmt: skip


def is_there(t: Task, k: Kernel, message: Wire, work: QueueMap[Wire]) -> Bool:
    """Thread t's message is in the ring of kernel k, or in the queue of its server there."""
    in_ring = ring[k].holds(message)
    return in_ring if work is ring else in_ring | work[k].holds(message)


def _begins(t: Task, to: Callable[[Kernel], Bool]) -> e.Update:
    """Thread t's message goes to the kernels that ``to`` names, behind what is there already."""

    def behind(j: Kernel, u: Task) -> e.Update:
        return put(later[j, t, u], (t != u) & pending[u, j] & ~is_unsent(u, j))

    return for_each(Kernel, lambda j: given(to(j))(
        put(pending[t, j], TRUE), for_each(Task, lambda u: behind(j, u))))  # fmt: skip


def may_write(t: Task, k: Kernel) -> Bool:
    """Thread t has no message under way, and kernel k's processor and outbox are free."""
    return every(Kernel, lambda j: ~pending[t, j]) & may_run(k) & may_send(k)


@action
def send_to_one(t: Task, k: Kernel, j: Kernel, s: Server) -> Step:
    """Thread t on kernel k sends a message for a server to one other kernel.

    Source: pcnmsg/pcn_kmsg.c:pcn_kmsg_send
    Tag: claimed
    """
    return when(may_write(t, k), j != k)(
        spend(SENDS, t),
        *(given(s == one)(multicast(k, message, lambda i: i == j))
          for one, message, _ in notes(t)),
        _begins(t, lambda i: i == j),
    )  # fmt: skip


@action
def send_to_all(t: Task, k: Kernel, s: Server) -> Step:
    """Thread t on kernel k sends a message for a server to all other kernels, one by one.

    Source: kernel/process_server.c, every loop over kernels
    Tag: claimed
    """
    return when(may_write(t, k))(
        spend(SENDS, t),
        *(given(s == one)(broadcast(k, message)) for one, message, _ in notes(t)),
        _begins(t, lambda i: i != k),
    )  # fmt: skip


@action(fair=Fair.WEAK)
def handle(k: Kernel, t: Task, s: Server) -> Step:
    """A server of kernel k handles thread t's message: a worker, or the dispatcher itself.

    Source: pcnmsg/pcn_kmsg.c:process_message_list
    Tag: claimed
    """
    ready = any_of(*((s == one) & work[k].arrives(message) for one, message, work in notes(t)))
    runs = may_run(k) | ((s == Server.dispatcher) & may_dispatch(k))
    return when(ready, runs)(
        *(given(s == one)(take(work[k])) for one, _, work in notes(t)),
        put(pending[t, k], FALSE),
        for_each(Task, lambda u: given(u != t)(
            put(later[k, t, u], FALSE), put(later[k, u, t], FALSE))),
    )  # fmt: skip


# --- what the transport promises ---------------------------------------------------------------


@always(number=39)
def servers_keep_order(k: Kernel, t: Task, u: Task) -> Bool:
    """What one server handles comes in the order in which it was sent to the kernel.

    Tag: claimed
    """

    def overtakes(s: int) -> Bool:
        (_, mine, work), (_, other, _) = notes(t)[s], notes(u)[s]
        return work[k].arrives(mine) & is_there(u, k, other, work)

    return ~later[k, t, u] | ~any_of(*(overtakes(s) for s in range(len(notes(t)))))


@always()
def order_is_known_of_what_is_under_way(k: Kernel, t: Task, u: Task) -> Bool:
    """Of two messages one is known to be later only while both are under way.

    Tag: relied
    """
    return later[k, t, u].implies((t != u) & pending[t, k] & pending[u, k])


@always()
def nothing_is_lost(t: Task, k: Kernel) -> Bool:
    """A message that is not handled is owed, in the ring, or in a work queue.

    Tag: claimed
    """
    there = any_of(*(is_there(t, k, message, work) for _, message, work in notes(t)))
    return ~pending[t, k] | is_unsent(t, k) | there


@always(number=40)
def nothing_is_handled_twice(t: Task, k: Kernel) -> Bool:
    """A message that is under way somewhere has not been handled.

    A slot of a ring is claimed, written and published in one step here: until a slot is ready the
    receiver waits for it and for nothing behind it, so a slow sender looks like a slow receiver.

    Tag: claimed
    """
    there = any_of(*(is_there(t, k, message, work) for _, message, work in notes(t)))
    return ~(is_unsent(t, k) | there) | pending[t, k]


@eventually(number=28)
def messages_are_handled(t: Task, k: Kernel) -> LeadsTo:
    """Every message is handled in the end.

    Tag: claimed
    """
    return leads_to(pending[t, k], ~pending[t, k])


# --- what must be reachable --------------------------------------------------------------------


@sometimes()
def classes_overtake(k: Kernel, t: Task, u: Task) -> Bool:
    """A worker is about to handle what was sent after something that another server still has.

    Tag: claimed
    """
    arrives = any_of(*(work[k].arrives(message) for _, message, work in notes(t)))
    return later[k, t, u] & pending[u, k] & arrives


@sometimes()
def two_send_at_once(i: Kernel, j: Kernel) -> Bool:
    """Two kernels are in the middle of sending.

    Tag: claimed
    """
    return (i != j) & outbox[i].waiting & outbox[j].waiting


PROMISES: tuple[Property, ...] = (
    servers_keep_order,
    order_is_known_of_what_is_under_way,
    nothing_is_lost,
    nothing_is_handled_twice,
    messages_are_handled,
    classes_overtake,
    two_send_at_once,
)

TRAFFIC = Part(
    "traffic",
    "Threads that send messages of every class: stands in for all parts that use the transport.",
    states=(pending, later),
    messages=(Wire.exit_process, Wire.munmap_release, Wire.lock_release, Wire.died),
    actions=(send_to_one, send_to_all, handle),
    properties=PROMISES,
    instead="tasks",
    budgets=(SENDS,),
)
