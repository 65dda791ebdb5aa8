"""Threads that begin, go to another node and come back.

A thread begins at the origin. It goes to a remote by a system call of its own: its task posts the
registers and becomes the thread's shadow, which is no user of the processor until a message comes.
On a remote the only way is back: the task there posts the registers and goes into exit, and the
shadow resumes. No page and no area travels along.
"""

from popcorn_model.language import (
    Bool,
    Fair,
    Step,
    action,
    every,
    nothing,
    only,
    put,
    some,
    take,
    when,
)
from popcorn_model.language import expr as e
from popcorn_model.popcorn_2020.messages import Wire
from popcorn_model.popcorn_2020.page_switches import WORKERS
from popcorn_model.popcorn_2020.sorts import ORIGIN, End, Home, Kernel, Peer, Remote, Task
from popcorn_model.popcorn_2020.tasks import at, runs
from popcorn_model.popcorn_2020.thread_states import (
    ending,
    home,
    is_killed,
    known,
    link,
    peer,
    remote,
    stale,
)
from popcorn_model.popcorn_2020.thread_switches import (
    ANSWER_PAIRING,
    ARCH,
    ARCH_TEST,
    ONWARD,
    PIDS,
    READ_TEST,
    REGISTERS,
    REMOTE_CLONE,
)
from popcorn_model.popcorn_2020.transport import channel, post


def runs_at_home(t: Task) -> Bool:
    """Thread t runs in its task at the origin and may call the kernel."""
    return (home[t] == Home.running) & runs(t, ORIGIN)


def runs_away(t: Task, k: Kernel) -> Bool:
    """Thread t runs in its task on remote k and may call the kernel."""
    return (remote[t, k] == Remote.running) & runs(t, k)


# --- beginnings ----------------------------------------------------------------------------------


@action(only=(ARCH, "late"))
def connect_late(k: Kernel) -> Step:
    """Node k has connected, and what it has said of itself waits in a work queue.

    Source: kernel/popcorn/bundle.c:notify_my_node_info, message NODE_INFO
    Tag: claimed
    """
    return when(every(Task, lambda t: home[t] == Home.unborn), k != ORIGIN,
                peer[k] == Peer.joined)(put(peer[k], Peer.online))  # fmt: skip


@action(fair=Fair.WEAK, only=(ARCH, "late"))
def learn_architecture(k: Kernel) -> Step:
    """The work queue handles what node k has said of itself.

    Source: kernel/popcorn/bundle.c:process_node_info
    Tag: claimed
    """
    return when(peer[k] == Peer.online)(put(peer[k], Peer.joined))


@action
def exec_program(t: Task) -> Step:
    """The program is executed at the origin: a process with one thread.

    Where numbers are given out again, a later program can be what other nodes take for this one.

    Source: fs/exec.c, kernel/fork.c: a process without remote context
    Tag: claimed
    """
    fresh = every(Task, lambda u: home[u] == Home.unborn)
    over = every(Task, lambda u: home[u].among(Home.unborn, Home.exited))
    return when(home[t] == Home.unborn, PIDS.choose(fresh=fresh, recycled=over))(
        put(home[t], Home.running), put(at[t], ORIGIN), put(ending(), End.no),
    )  # fmt: skip


@action
def clone_thread(t: Task) -> Step:
    """A thread at the origin creates another.

    Source: kernel/fork.c:copy_process
    Tag: claimed
    """
    return when(some(Task, lambda p: runs_at_home(p)), home[t] == Home.unborn, ~is_killed())(
        put(home[t], Home.running), put(at[t], ORIGIN)
    )


@action(only=(REMOTE_CLONE, "off"))
def clone_on_remote(t: Task, k: Kernel) -> Step:
    """A thread on a remote creates another: it is marked as remote and linked to nobody.

    It goes nowhere from here: its first request, or its exit, would be sent to node -1.

    Source: kernel/fork.c:copy_process inherits at_remote; issue 102
    Tag: claimed
    """
    return when(some(Task, lambda p: runs_away(p, k)), home[t] == Home.unborn,
                remote[t, k] == Remote.none)(put(remote[t, k], Remote.unlinked))  # fmt: skip


# --- away and back -------------------------------------------------------------------------------


def _may_leave(t: Task, k: Kernel) -> tuple[Bool, ...]:
    known = only(ARCH_TEST, "on", peer[k] == Peer.joined)
    return (runs_at_home(t), k != ORIGIN, ~is_killed(), known)


def _leaves_home(t: Task, k: Kernel) -> tuple[e.Update, ...]:
    return (
        put(home[t], Home.shadow),
        put(at[t], nothing),
        post(ORIGIN, k, Wire.task_migrate(task=t)),
    )


def _leaves_remote(t: Task, k: Kernel) -> tuple[e.Update, ...]:
    return (
        put(remote[t, k], Remote.parked),
        put(at[t], nothing),
        post(k, ORIGIN, Wire.task_migrate_back(task=t)),
    )


@action
def migrate(t: Task, k: Kernel) -> Step:
    """A thread at the origin goes to node k; its task becomes its shadow.

    Source: kernel/popcorn/process_server.c:__do_migration, __request_clone_remote
    Tag: claimed
    """
    return when(*_may_leave(t, k))(*_leaves_home(t, k))


@action(only=((REGISTERS, "may_fault"), (READ_TEST, "off")))
def migrate_with_others(t: Task, k: Kernel) -> Step:
    """A thread's registers cannot be read; it is sent all the same, with what is in their place.

    The result of reading them is overwritten by that of the next call.

    Source: kernel/popcorn/process_server.c:__request_clone_remote, copy_from_user
    Tag: inferred
    """
    return when(*_may_leave(t, k))(*_leaves_home(t, k), put(stale[t], True))


@action
def migrate_back(t: Task, k: Kernel) -> Step:
    """A thread on a remote goes home: its registers are sent, and its task here goes into exit.

    Source: kernel/popcorn/process_server.c:__do_back_migration
    Tag: claimed
    """
    return when(runs_away(t, k))(*_leaves_remote(t, k))


@action(only=((REGISTERS, "may_fault"), (READ_TEST, "off")))
def migrate_back_with_others(t: Task, k: Kernel) -> Step:
    """A thread on a remote goes home, and its registers cannot be read: others are sent.

    Source: kernel/popcorn/process_server.c:__do_back_migration, copy_from_user
    Tag: inferred
    """
    return when(runs_away(t, k))(*_leaves_remote(t, k), put(stale[t], True))


@action(only=(ONWARD, "off"))
def migrate_onward(t: Task, k: Kernel, d: Kernel) -> Step:
    """A thread on a remote asks for another remote: the request is sent, then an assertion fails.

    What node d makes of the request, which takes k for the origin, is not followed.

    Source: kernel/popcorn/process_server.c:__do_migration, BUG_ON(current->at_remote)
    Tag: claimed
    """
    return when(runs_away(t, k), d != ORIGIN, d != k)(
        put(remote[t, k], Remote.broken), put(at[t], nothing)
    )


@action(fair=Fair.WEAK)
def end_parked(t: Task, k: Kernel) -> Step:
    """The task that has sent its thread back is through with exit, and tells nobody.

    Source: kernel/popcorn/process_server.c:__exit_remote_task, exit code TASK_PARKED
    Tag: claimed
    """
    return when(remote[t, k] == Remote.parked)(put(remote[t, k], Remote.none))


@action(fair=Fair.WEAK)
def take_refusal(t: Task, k: Kernel) -> Step:
    """Repaired: node k cannot run the thread; its task at the origin goes on with an error.

    Source: nowhere in the code; repaired
    Tag: inferred
    """
    return when(channel[k, ORIGIN].arrives(Wire.task_refused(task=t)))(
        take(channel[k, ORIGIN]), put(home[t], Home.running), put(at[t], ORIGIN)
    )


@action(fair=Fair.WEAK)
def take_pairing(t: Task, k: Kernel) -> Step:
    """The origin links the shadow with the task that runs the thread, and knows k's worker.

    Source: kernel/popcorn/process_server.c:handle_remote_task_pairing
    Tag: claimed
    """
    return when(channel[k, ORIGIN].arrives(Wire.task_pairing(task=t)), home[t] == Home.shadow)(
        take(channel[k, ORIGIN]), put(link[t], k), put(known[k], True)
    )


@action(fair=Fair.WEAK, only=(WORKERS, "may_vanish"))
def miss_pairing(t: Task, k: Kernel) -> Step:
    """The task that a thread is paired with is gone: the word is dropped, and nobody is told.

    Repaired, the origin has the thread killed.

    Source: kernel/popcorn/process_server.c:handle_remote_task_pairing
    Tag: inferred
    """
    return when(channel[k, ORIGIN].arrives(Wire.task_pairing(task=t)), home[t] == Home.exited)(
        take(channel[k, ORIGIN]),
        only(ANSWER_PAIRING, "on", post(ORIGIN, k, Wire.signal(task=t))),
    )
