"""The end of threads and of the process: exit at the origin, exit on a remote, kills.

The origin counts the users of its address space, shadows among them: so who is last there is the
last thread of all, and tells every node that it knows of that the process is over. The count is
read before the exiting task gives its own use up.
"""

from popcorn_model.language import (
    Bool,
    Fair,
    Step,
    action,
    every,
    for_each,
    given,
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
from popcorn_model.popcorn_2020.sorts import ORIGIN, End, Home, Kernel, Mail, Page, Remote, Task
from popcorn_model.popcorn_2020.tasks import at
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
    remote,
    told,
)
from popcorn_model.popcorn_2020.thread_switches import EXIT_CODE, KILLS, LAST_OUT
from popcorn_model.popcorn_2020.threads import runs_at_home, runs_away
from popcorn_model.popcorn_2020.transport import channel, post
from popcorn_model.popcorn_2020.zapping import zaps


def is_last_user(t: Task) -> Bool:
    """No other task at the origin uses the address space (mm_users is 1)."""
    return every(Task, lambda u: (u == t) | ~has_mm(u))


def enters_exit(t: Task) -> tuple[e.Update, ...]:
    """A task at the origin runs its exit hook: if it is the last, every known node is told.

    Repaired, the task gives up its use of the address space in the same step.
    """
    last = is_last_user(t)
    return (
        put(at[t], nothing),
        given(last)(
            for_each(Kernel, lambda j: given(known[j])(
                put(known[j], False), post(ORIGIN, j, Wire.task_exit_origin())))),
        only(LAST_OUT, "off", put(home[t], Home.leaving)),
        only(LAST_OUT, "on", put(home[t], Home.exited), given(last)(*_drops_everything())),
    )  # fmt: skip


def _drops_everything() -> tuple[e.Update, ...]:
    return (for_each(Page, lambda p: zaps(p, ORIGIN)),)


@action(fair=Fair.WEAK, only=(LAST_OUT, "off"))
def leave_address_space(t: Task) -> Step:
    """The exiting task gives up its use of the address space; with the last use it goes.

    Source: kernel/exit.c:exit_mm
    Tag: claimed
    """
    return when(home[t] == Home.leaving)(
        put(home[t], Home.exited), given(is_last_user(t))(*_drops_everything())
    )


@action
def exit_at_origin(t: Task) -> Step:
    """A thread exits at the origin.

    Source: kernel/popcorn/process_server.c:__exit_origin_task, __terminate_remotes
    Tag: claimed
    """
    return when(runs_at_home(t))(*enters_exit(t))


@action(only=(WORKERS, "may_vanish"))
def lose_shadow(t: Task) -> Step:
    """The task that waits for a thread to arrive elsewhere has met an error and exits.

    The node that is to run the thread hears nothing of it.

    Source: kernel/popcorn/process_server.c:handle_remote_task_pairing, which looks for that
    Tag: inferred
    """
    return when(has_shadow(t), link[t] == nothing)(*enters_exit(t))


def _exits_away(t: Task, k: Kernel) -> tuple[e.Update, ...]:
    return (
        put(remote[t, k], Remote.none),
        put(at[t], nothing),
        put(doomed[t], False),
        post(k, ORIGIN, Wire.task_exit_remote(task=t)),
    )


@action
def exit_on_remote(t: Task, k: Kernel) -> Step:
    """A thread exits on a remote, or is killed there, and its shadow is told.

    Source: kernel/popcorn/process_server.c:__exit_remote_task
    Tag: claimed
    """
    return when(runs_away(t, k))(*_exits_away(t, k))


@action(only=(EXIT_CODE, "off"))
def die_of_signal_64(t: Task, k: Kernel) -> Step:
    """A thread on a remote is killed by signal 64: its exit code is that of a parked task.

    Source: kernel/popcorn/process_server.c:__exit_remote_task, TASK_PARKED
    Tag: inferred
    """
    return when(runs_away(t, k))(
        put(remote[t, k], Remote.none), put(at[t], nothing), put(doomed[t], False)
    )


# --- the process as a whole ----------------------------------------------------------------------


@action
def kill_process() -> Step:
    """A signal that ends the process arrives at the origin, or a thread there calls exit_group.

    Source: kernel/signal.c:complete_signal, kernel/exit.c:do_group_exit
    Tag: claimed
    """
    return when(some(Task, lambda t: has_mm(t)), ending() == End.no)(put(ending(), End.killed))


@action(fair=Fair.WEAK)
def obey_at_origin(t: Task) -> Step:
    """A thread that runs at the origin and is to die exits.

    Source: kernel/signal.c:get_signal, kernel/exit.c:do_group_exit
    Tag: claimed
    """
    return when(runs_at_home(t), is_killed())(*enters_exit(t))


@action(fair=Fair.WEAK, only=(KILLS, "on"))
def pass_kill_on(t: Task, k: Kernel) -> Step:
    """Repaired: a shadow for which a kill is pending tells its thread.

    Source: nowhere in this code; later branches forward some signals (SIGNAL_FWD)
    Tag: inferred
    """
    return when(has_shadow(t), is_killed(), link[t] == k, mail[t] == Mail.none, ~told[t])(
        put(told[t], True), post(ORIGIN, k, Wire.signal(task=t))
    )


@action(fair=Fair.WEAK, only=(KILLS, "on"))
def take_signal(t: Task, k: Kernel) -> Step:
    """Repaired: the task on the remote is killed, if it still runs the thread.

    Source: nowhere in this code; later branches forward some signals (SIGNAL_FWD)
    Tag: inferred
    """
    return when(channel[ORIGIN, k].arrives(Wire.signal(task=t)))(
        take(channel[ORIGIN, k]),
        given(remote[t, k] == Remote.running)(put(doomed[t], True)),
    )


@action(fair=Fair.WEAK)
def obey_on_remote(t: Task, k: Kernel) -> Step:
    """A thread on a remote that is to die exits.

    Source: kernel/signal.c:get_signal
    Tag: claimed
    """
    return when(runs_away(t, k), doomed[t])(*_exits_away(t, k))


@action
def exit_group_on_remote(t: Task, k: Kernel) -> Step:
    """A thread on a remote calls exit_group: it exits, and the threads beside it are to die.

    As built that is all; each shadow follows its own thread. Repaired, the exit of the first to
    arrive at the origin says that all are to die.

    Source: kernel/exit.c:do_group_exit; no hook of the process server
    Tag: inferred
    """
    return when(runs_away(t, k), ending() == End.no)(
        put(ending(), End.group_exit),
        for_each(Task, lambda u: given((u != t) & (remote[u, k] == Remote.running))(
            put(doomed[u], True))),
        put(remote[t, k], Remote.none),
        put(at[t], nothing),
        post(k, ORIGIN, Wire.task_exit_remote(task=t)),
        put(doomed[t], False),
    )  # fmt: skip
