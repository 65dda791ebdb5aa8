"""What threads promise, by the numbers of the design's list of invariants.

M1 and L3 to L6 are what programs see. Some of the list cannot fail here because of how the state
is written: a node has one worker (M9), which forks all its threads (M10); a shadow is reached by
name (M17). How often what a node keeps for the process is referred to (M12) is not counted: it is
there as long as the worker is. Where the code asserts something, the property says that the
assertion holds.
"""

from popcorn_model.language import (
    Bool,
    LeadsTo,
    Property,
    always,
    any_of,
    eventually,
    every,
    leads_to,
    nothing,
    some,
    sometimes,
)
from popcorn_model.popcorn_2020.messages import Wire
from popcorn_model.popcorn_2020.shadows import has_post, is_from_link
from popcorn_model.popcorn_2020.sorts import (
    ORIGIN,
    Call,
    Doing,
    End,
    Home,
    Kernel,
    Mail,
    Peer,
    Remote,
    Task,
    Work,
    Worker,
)
from popcorn_model.popcorn_2020.tasks import at, call, doing
from popcorn_model.popcorn_2020.thread_states import (
    doomed,
    ending,
    has_mm,
    has_shadow,
    home,
    is_killed,
    known,
    link,
    mail,
    peer,
    remote,
    stale,
    stop_work,
    top,
    under_stop,
    work,
    worker,
)
from popcorn_model.popcorn_2020.transport import channel


def is_task(t: Task, k: Kernel) -> Bool:
    """Node k has a task that is to run thread t, or does."""
    return remote[t, k].among(Remote.started, Remote.running)


def is_on_its_way(t: Task) -> Bool:
    """Thread t is in a message or a work that brings it somewhere, or word of it home."""

    def carried(k: Kernel) -> Bool:
        out, home_ward = channel[ORIGIN, k], channel[k, ORIGIN]
        return any_of(
            out.holds(Wire.task_migrate(task=t)),
            home_ward.holds(Wire.task_migrate_back(task=t)),
            home_ward.holds(Wire.task_exit_remote(task=t)),
            home_ward.holds(Wire.task_refused(task=t)),
            work[t, k] == Work.arriving,
            (work[t, k] == Work.fork) & (worker[k] != Worker.stopping),
        )

    return some(Kernel, carried) | mail[t].among(Mail.back, Mail.exit)


def is_over() -> Bool:
    """The process has no task at the origin any more, and had some."""
    gone = every(Task, lambda t: home[t].among(Home.unborn, Home.exited))
    return gone & some(Task, lambda t: home[t] == Home.exited)


# --- threads -------------------------------------------------------------------------------------


@always(number="M1")
def one_copy_runs(t: Task, k: Kernel) -> Bool:
    """A thread does not run at the origin while a task elsewhere runs it or is about to.

    Tag: claimed
    """
    return (home[t] == Home.running).implies(~is_task(t, k))


@always(number="M1")
def one_remote_runs(t: Task, j: Kernel, k: Kernel) -> Bool:
    """At most one node other than the origin has a task that runs a thread.

    Tag: claimed
    """
    return (is_task(t, j) & is_task(t, k)).implies(j == k)


@always(number="L3")
def no_thread_is_lost(t: Task) -> Bool:
    """A shadow waits for a thread that is somewhere, or for word of it that will come.

    Tag: relied
    """
    return has_shadow(t).implies(is_on_its_way(t) | some(Kernel, lambda k: is_task(t, k)))


@always(number="M2")
def links_are_of_tasks(t: Task, k: Kernel) -> Bool:
    """A shadow is linked with a node only while its thread is there, or word is on its way.

    Tag: claimed
    """
    return (link[t] == k).implies(has_shadow(t) & (is_task(t, k) | is_on_its_way(t)))


@always(number="M2")
def threads_are_linked(t: Task, k: Kernel) -> Bool:
    """A thread on a remote is linked with its shadow, or will be; or it has been told to end.

    Tag: relied
    """
    pairing = channel[k, ORIGIN].holds(Wire.task_pairing(task=t))
    ends = doomed[t] | channel[ORIGIN, k].holds(Wire.signal(task=t))
    return (remote[t, k] == Remote.running).implies((link[t] == k) | pairing | ends)


@always(number="M3")
def pairing_comes_first(t: Task, k: Kernel) -> Bool:
    """Whatever comes for a shadow from its thread finds it linked with that node.

    Tag: claimed
    """
    return has_post(t, k).implies(link[t] == k)


@always(number="M2")
def pairing_finds_a_shadow(t: Task, k: Kernel) -> Bool:
    """The word that a thread runs elsewhere finds the task at the origin in its loop.

    Source: kernel/popcorn/process_server.c:handle_remote_task_pairing, its assertions
    Tag: claimed
    """
    return channel[k, ORIGIN].arrives(Wire.task_pairing(task=t)).implies(has_shadow(t))


@always(number="M5")
def mailboxes_are_empty(t: Task, k: Kernel) -> Bool:
    """A message for a shadow finds its mailbox empty.

    Source: kernel/popcorn/process_server.c:request_remote_work, BUG_ON(tsk->remote_work)
    Tag: claimed
    """
    return has_post(t, k).implies(mail[t] == Mail.none)


@always(number="M4")
def only_the_linked_come_back(t: Task) -> Bool:
    """Word that a thread comes back, or has exited, is from the task that its shadow is linked to.

    Tag: claimed
    """
    return (has_shadow(t) & mail[t].among(Mail.back, Mail.exit)).implies(is_from_link(t))


@always(number="N4")
def handlers_never_wait(t: Task, k: Kernel) -> Bool:
    """A request to run a thread finds nothing in its way: the thread has no other work there.

    Of the other messages M2, M5 and M6 say as much.

    Tag: relied
    """
    asked = channel[ORIGIN, k].arrives(Wire.task_migrate(task=t))
    return asked.implies(work[t, k] == Work.none)


@always(number="M7")
def registers_are_kept(t: Task) -> Bool:
    """A thread resumes with the registers that it had last.

    Tag: relied
    """
    return ~stale[t]


@always(number="M8")
def remotes_send_home_only(t: Task, k: Kernel) -> Bool:
    """No thread on a remote tries to go to another remote.

    Source: kernel/popcorn/process_server.c:__do_migration, BUG_ON(current->at_remote)
    Tag: claimed
    """
    return remote[t, k] != Remote.broken


@always(number="M13")
def remote_tasks_are_linked(t: Task, k: Kernel) -> Bool:
    """No thread is created on a remote: what it sends would go to node -1.

    Source: kernel/popcorn/pcn_kmsg.c:pcn_kmsg_post, BUG_ON(to < 0)
    Tag: relied
    """
    return remote[t, k] != Remote.unlinked


@always(number="M14")
def the_living_are_not_buried(t: Task, k: Kernel) -> Bool:
    """Word that a thread has exited on a remote is never of one that has gone home.

    Tag: relied
    """
    told = channel[k, ORIGIN].holds(Wire.task_exit_remote(task=t))
    comes = channel[k, ORIGIN].holds(Wire.task_migrate_back(task=t)) | (mail[t] == Mail.back)
    return told.implies(has_shadow(t) & ~comes)


@always(number="N5")
def destinations_are_known(t: Task, k: Kernel) -> Bool:
    """A thread is sent only to a node whose architecture is known.

    Source: include/popcorn/regset.h:regset_size, BUG
    Tag: relied
    """
    return channel[ORIGIN, k].holds(Wire.task_migrate(task=t)).implies(peer[k] == Peer.joined)


# --- workers -------------------------------------------------------------------------------------


@always(number="M11")
def tasks_have_a_worker(t: Task, k: Kernel) -> Bool:
    """A node with a task of the process has its worker.

    Tag: relied
    """
    return is_task(t, k).implies(worker[k] == Worker.serving)


@always(number="M11")
def origin_knows_workers(t: Task, k: Kernel) -> Bool:
    """The origin knows the worker of each node that runs a thread, or is being told.

    Tag: relied
    """
    pairing = channel[k, ORIGIN].holds(Wire.task_pairing(task=t))
    return (remote[t, k] == Remote.running).implies(known[k] | pairing)


@always(number="M15")
def no_thread_is_terminated(t: Task, k: Kernel) -> Bool:
    """A node that is told that the process is over has no thread of it.

    Tag: claimed
    """
    dying = stop_work[k] | channel[ORIGIN, k].holds(Wire.task_exit_origin())
    return (is_task(t, k) & (worker[k] == Worker.serving)).implies(~dying)


@always(number="M16")
def stopped_workers_have_no_work(k: Kernel) -> Bool:
    """A worker that is to stop, or has stopped, leaves nothing undone.

    Tag: relied
    """
    return (stop_work[k] | (worker[k] == Worker.stopping)).implies(
        (under_stop[k] == nothing) & (top[k] == nothing)
    )


@always(number="L5")
def nobody_is_forgotten(k: Kernel) -> Bool:
    """When the process is over at the origin, each worker has stopped, or is being told to.

    Tag: relied
    """
    told = stop_work[k] | channel[ORIGIN, k].holds(Wire.task_exit_origin())
    return is_over().implies(~worker[k].among(Worker.starting, Worker.serving) | told)


# --- liveness and vacuity ------------------------------------------------------------------------


@eventually(number="L3")
def travellers_arrive(t: Task) -> LeadsTo:
    """A thread that has left a node arrives somewhere, or exits.

    Tag: relied
    """
    away = has_shadow(t) & (at[t] == nothing)
    return leads_to(away, ~away)


@eventually(number="L5")
def workers_end(k: Kernel) -> LeadsTo:
    """When the process is over, no node knows it any more, after some time.

    Tag: relied
    """
    return leads_to(is_over(), worker[k] == Worker.none)


@sometimes()
def thread_is_away(t: Task, k: Kernel) -> Bool:
    """A thread runs on a remote."""
    return (at[t] == k) & (k != ORIGIN)


@sometimes()
def process_is_over() -> Bool:
    """The process is over, and nobody knows it any more."""
    return is_over() & every(Kernel, lambda k: worker[k] == Worker.none)


@sometimes()
def settled() -> Bool:
    """Threads run, sleep or are gone, and workers that were told are gone; a run may end here."""

    def rests(t: Task) -> Bool:
        awake = (call[t] == Call.none) & ~has_shadow(t)
        return (doing[t] == Doing.running) & (awake | (call[t] == Call.sleeping))

    here = every(Task, rests)
    rest = every(Kernel, lambda k: worker[k].among(Worker.none, Worker.serving))
    return here & rest & every(Task, lambda t: home[t] != Home.leaving)


@eventually(number="L6")
def kills_end_all(t: Task) -> LeadsTo:
    """After a kill, or exit_group on whatever node, every thread exits.

    Tag: relied
    """
    return leads_to((ending() != End.no) & has_mm(t), ~has_mm(t))


@sometimes()
def thread_is_killed_away(t: Task) -> Bool:
    """A kill is pending for a thread that is away."""
    return is_killed() & has_shadow(t)


THREAD_PROPERTIES: tuple[Property, ...] = (
    one_copy_runs,
    one_remote_runs,
    no_thread_is_lost,
    links_are_of_tasks,
    threads_are_linked,
    pairing_comes_first,
    pairing_finds_a_shadow,
    mailboxes_are_empty,
    only_the_linked_come_back,
    handlers_never_wait,
    registers_are_kept,
    remotes_send_home_only,
    remote_tasks_are_linked,
    the_living_are_not_buried,
    destinations_are_known,
    tasks_have_a_worker,
    origin_knows_workers,
    no_thread_is_terminated,
    stopped_workers_have_no_work,
    nobody_is_forgotten,
    travellers_arrive,
    workers_end,
    thread_is_away,
    process_is_over,
    settled,
)
SIGNAL_PROPERTIES: tuple[Property, ...] = (kills_end_all, thread_is_killed_away)
