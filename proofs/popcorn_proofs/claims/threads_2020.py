"""Threads of popcorn-2020 repaired: each is in one place, for any number of nodes and threads.

A thread away from the origin is in one of these: in the message that takes it to a node, in a work
of that node's worker, in a task there, in a message that tells how it went on, or in the mailbox of
its shadow. The lemmas say that it is in one of them only, and that its task at the origin is its
shadow meanwhile. The rest is about the worker's list: whatever it takes from the head is a thread
that has arrived and waits.
"""

from typing import Final

from popcorn_model.language import Bool, Natural, always, any_of, nothing, some
from popcorn_model.popcorn_2020.messages import Wire
from popcorn_model.popcorn_2020.sorts import (
    ORIGIN,
    End,
    Home,
    Kernel,
    Mail,
    Remote,
    Task,
    Work,
    Worker,
)
from popcorn_model.popcorn_2020.tasks import at
from popcorn_model.popcorn_2020.thread_properties import (
    handlers_never_wait,
    is_task,
    mailboxes_are_empty,
    one_copy_runs,
    one_remote_runs,
    remote_tasks_are_linked,
    remotes_send_home_only,
    the_living_are_not_buried,
)
from popcorn_model.popcorn_2020.thread_states import (
    below,
    ending,
    has_shadow,
    home,
    mail,
    remote,
    stop_work,
    top,
    under_stop,
    work,
    worker,
)
from popcorn_model.popcorn_2020.transport import channel
from popcorn_proofs.claim import Claim

# --- places --------------------------------------------------------------------------------------


def sent_out(t: Task, k: Kernel) -> Natural:
    """How many messages take thread t to node k."""
    return channel[ORIGIN, k].count(lambda m: m.matches(Wire.task_migrate.like(task=t)))


def sent_home(t: Task, k: Kernel) -> Natural:
    """How many messages from node k say that thread t comes back, has exited or is not taken."""
    return channel[k, ORIGIN].count(lambda m: any_of(
        m.matches(Wire.task_migrate_back.like(task=t)),
        m.matches(Wire.task_exit_remote.like(task=t)),
        m.matches(Wire.task_refused.like(task=t)),
    ))  # fmt: skip


def is_with(t: Task, k: Kernel) -> Bool:
    """Thread t is on its way to node k, there, or on its way from it."""
    moves = (sent_out(t, k) > 0) | (sent_home(t, k) > 0)
    return moves | (work[t, k] != Work.none) | is_task(t, k)


def is_back(t: Task) -> Bool:
    """Word that thread t is back, or has exited, is in its shadow's mailbox."""
    return mail[t].among(Mail.back, Mail.exit)


@always()
def a_message_is_sent_once(t: Task, k: Kernel) -> Bool:
    """No two messages between two nodes carry one thread."""
    return (sent_out(t, k) <= 1) & (sent_home(t, k) <= 1)


@always()
def a_node_has_a_thread_once(t: Task, k: Kernel) -> Bool:
    """A thread is on its way to a node, or among its works, or a task there, or on its way home."""
    arrives, leaves = sent_out(t, k) > 0, sent_home(t, k) > 0
    waits, acts = work[t, k] != Work.none, is_task(t, k)
    return ~any_of(arrives & (waits | acts | leaves), waits & (acts | leaves), acts & leaves)


@always()
def one_node_has_a_thread(t: Task, j: Kernel, k: Kernel) -> Bool:
    """A thread is with one node."""
    return (is_with(t, j) & is_with(t, k)).implies(j == k)


@always()
def who_is_back_is_with_no_node(t: Task, k: Kernel) -> Bool:
    """When word of a thread is in the mailbox it is with no node any more."""
    return is_back(t).implies(~is_with(t, k))


@always()
def who_is_away_has_a_shadow(t: Task, k: Kernel) -> Bool:
    """The task at the origin is a shadow until it has read that its thread is back, or over."""
    return (is_with(t, k) | is_back(t)).implies(has_shadow(t))


@always()
def away_is_not_the_origin(t: Task, k: Kernel) -> Bool:
    """Nobody is sent to the origin by the origin."""
    return is_with(t, k).implies(k != ORIGIN)


@always()
def who_is_somewhere_has_a_task_there(t: Task, k: Kernel) -> Bool:
    """A thread runs where a task runs it."""
    here = (k == ORIGIN) & (home[t] == Home.running)
    return (at[t] == k).implies(here | (remote[t, k] == Remote.running))


@always()
def only_states_of_the_repaired(t: Task, k: Kernel) -> Bool:
    """No task is in a state, no work and no mail of a kind, that is not known to these parts."""
    task = remote[t, k].among(Remote.none, Remote.started, Remote.running, Remote.parked)
    return task & work[t, k].among(Work.none, Work.arriving, Work.fork) & (
        mail[t].among(Mail.none, Mail.back, Mail.exit))  # fmt: skip


@always()
def only_messages_of_threads(t: Task, k: Kernel) -> Bool:
    """Nobody asks a shadow for areas or calls futex: other parts do."""
    asked = (Wire.vma_info_request, Wire.vma_op_request, Wire.futex_request)
    return ~any_of(*(channel[k, ORIGIN].holds(kind(task=t)) for kind in asked))


@always()
def only_a_process_is_ended() -> Bool:
    """A process that is to end has begun."""
    return (ending() != End.no).implies(some(Task, lambda t: home[t] != Home.unborn))


# --- lists of works ------------------------------------------------------------------------------


def is_last(t: Task, k: Kernel) -> Bool:
    """Thread t waits on the list of node k's worker, and nobody below it."""
    return (work[t, k] == Work.fork) & (below[t, k] == nothing)


@always()
def heads_wait(t: Task, k: Kernel) -> Bool:
    """What a worker finds at the head of its list is a thread that has arrived and waits."""
    return ((top[k] == t) | (under_stop[k] == t)).implies(work[t, k] == Work.fork)


@always()
def links_join_who_waits(t: Task, u: Task, k: Kernel) -> Bool:
    """Both ends of a link of a list wait on it, and nobody is below himself."""
    both = (work[t, k] == Work.fork) & (work[u, k] == Work.fork)
    return (below[t, k] == u).implies(both & (t != u))


@always()
def heads_are_below_nobody(t: Task, u: Task, k: Kernel) -> Bool:
    """Nobody is above the head of a list."""
    return ((top[k] == u) | (under_stop[k] == u)).implies(below[t, k] != u)


@always()
def one_is_above(t: Task, u: Task, v: Task, k: Kernel) -> Bool:
    """No two works have the same one below them."""
    return ((below[t, k] == v) & (below[u, k] == v)).implies(t == u)


@always()
def one_is_last(t: Task, u: Task, k: Kernel) -> Bool:
    """A list has one end."""
    return (is_last(t, k) & is_last(u, k)).implies(t == u)


@always()
def a_list_without_head_has_no_end(t: Task, k: Kernel) -> Bool:
    """While the worker goes on, a list of which it sees no head is empty."""
    goes_on = ~stop_work[k] & (worker[k] != Worker.stopping)
    return (goes_on & (top[k] == nothing)).implies(~is_last(t, k))


@always()
def the_stop_has_nothing_above(t: Task, k: Kernel) -> Bool:
    """The word that the process is over stays at the head of a list until a worker reads it."""
    unread = (top[k] == nothing) & ~worker[k].among(Worker.none, Worker.stopping)
    return stop_work[k].implies(unread) & (under_stop[k] == t).implies(stop_work[k])


CLAIM: Final = Claim(
    id="threads-2020",
    doc="A thread is in one place, and its task at the origin is its shadow while it is away.",
    protocol="popcorn-2020",
    variant="repaired",
    parts=("transport", "tasks", "threads", "signals"),
    safety=tuple(p.name for p in (
        one_copy_runs, one_remote_runs, mailboxes_are_empty, handlers_never_wait,
        remotes_send_home_only, remote_tasks_are_linked, the_living_are_not_buried,
    )),
    lemmas=(
        a_message_is_sent_once,
        a_node_has_a_thread_once,
        one_node_has_a_thread,
        who_is_back_is_with_no_node,
        who_is_away_has_a_shadow,
        away_is_not_the_origin,
        who_is_somewhere_has_a_task_there,
        only_states_of_the_repaired,
        only_messages_of_threads,
        only_a_process_is_ended,
        heads_wait,
        links_join_who_waits,
        heads_are_below_nobody,
        one_is_above,
        one_is_last,
        a_list_without_head_has_no_end,
        the_stop_has_nothing_above,
    ),
    probes=("kernels=2,tasks=2", "kernels=3,tasks=2"),
    by={
        f"{action}/{lemma.name}": (lemma.name,)
        for lemma in (a_message_is_sent_once, only_messages_of_threads)
        for action in ("pass_kill_on", "follow_into_exit", "exit_at_origin", "obey_at_origin")
    },
    controls={
        "migrate/guard1": "one_node_has_a_thread",
        "migrate/guard2": "away_is_not_the_origin",
        "migrate/update1": "who_is_away_has_a_shadow",
        "migrate_back/update1": "a_node_has_a_thread_once",
        "migrate_back/update2": "who_is_somewhere_has_a_task_there",
        "take_clone_request/update1": "a_node_has_a_thread_once",
        "queue_clone/guard2": "the_stop_has_nothing_above",
        "queue_clone/update3": "a_list_without_head_has_no_end",
        "queue_clone/update4": "one_is_last",
        "refuse_clone/guard2": "heads_wait",
        "fork_thread/update3": "links_join_who_waits",
        "take_refusal/guard1": "who_is_away_has_a_shadow",
        "leave_mail/guard1": "who_is_back_is_with_no_node",
        "resume/update3": "who_is_somewhere_has_a_task_there",
        "stop_worker/update4": "the_stop_has_nothing_above",
        "end_worker/update4": "links_join_who_waits",
        "exit_on_remote/update1": "a_node_has_a_thread_once",
        "kill_process/guard1": "only_a_process_is_ended",
    },
)  # fmt: skip
