"""Remote workers: how a node comes to know the process, and how threads arrive there.

The request to run a thread is handed to a work queue, whose workers look whether the process is
listed: if not they list it and start its worker; in each case the request goes on the worker's
list. The worker first builds an empty address space, then takes works, the newest first. It stays
when the last thread leaves, and goes when the origin says that the process is over; what is on its
list by then stays there.
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
    take,
    when,
)
from popcorn_model.popcorn_2020.messages import Wire
from popcorn_model.popcorn_2020.sorts import ORIGIN, Kernel, Page, Remote, Task, Work, Worker
from popcorn_model.popcorn_2020.tasks import at
from popcorn_model.popcorn_2020.thread_states import (
    below,
    forgets_works,
    pops_work,
    pushes_work,
    remote,
    stop_work,
    top,
    under_stop,
    work,
    worker,
)
from popcorn_model.popcorn_2020.thread_switches import REFUSE_CLONE, UNLIST
from popcorn_model.popcorn_2020.transport import channel, post
from popcorn_model.popcorn_2020.zapping import forgets_areas, zaps


def is_idle(k: Kernel) -> Bool:
    """Node k's worker is not in the middle of a work."""
    return every(Task, lambda u: work[u, k] != Work.unmapping)


# --- a thread arrives ----------------------------------------------------------------------------


@action(fair=Fair.WEAK)
def take_clone_request(t: Task, k: Kernel) -> Step:
    """Node k's handler hands the request to run a thread to a work queue.

    Source: kernel/popcorn/process_server.c:handle_clone_request
    Tag: claimed
    """
    return when(channel[ORIGIN, k].arrives(Wire.task_migrate(task=t)), work[t, k] == Work.none)(
        take(channel[ORIGIN, k]), put(work[t, k], Work.arriving)
    )


@action(fair=Fair.STRONG)
def queue_clone(t: Task, k: Kernel) -> Step:
    """The process is looked up, or listed with a new worker; the request goes on its list.

    Repaired, a process whose worker stops or has failed is not listed any more, and its successor
    waits until it is gone, however often processes come and go.

    Source: kernel/popcorn/process_server.c:clone_remote_thread
    Tag: claimed
    """
    return when(
        work[t, k] == Work.arriving,
        only(UNLIST, "on", (worker[k] != Worker.stopping) & ~stop_work[k]),
        only(REFUSE_CLONE, "on", worker[k] != Worker.failed),
    )(
        given(worker[k] == Worker.none)(put(worker[k], Worker.starting)),
        *pushes_work(t, k, Work.fork),
    )  # fmt: skip


@action(fair=Fair.WEAK)
def build_address_space(k: Kernel) -> Step:
    """The worker opens the program's file and makes an address space without any area.

    Source: kernel/popcorn/process_server.c:remote_worker_main, __construct_mm
    Tag: claimed
    """
    return when(worker[k] == Worker.starting)(put(worker[k], Worker.serving), *forgets_areas(k))


@action
def fail_to_build(k: Kernel) -> Step:
    """The program's file is not there, or there is no memory: the worker gives up.

    Source: kernel/popcorn/process_server.c:remote_worker_main
    Tag: claimed
    """
    return when(worker[k] == Worker.starting)(put(worker[k], Worker.failed))


@action(fair=Fair.WEAK, only=(REFUSE_CLONE, "on"))
def refuse_clone(t: Task, k: Kernel) -> Step:
    """Repaired: a worker that could not build the address space sends the threads home.

    Source: nowhere in the code; repaired
    Tag: inferred
    """
    return when(worker[k] == Worker.failed, top[k] == t)(
        *pops_work(t, k), post(k, ORIGIN, Wire.task_refused(task=t)),
        given(below[t, k] == nothing)(put(worker[k], Worker.none)),
    )  # fmt: skip


@action(fair=Fair.WEAK)
def fork_thread(t: Task, k: Kernel) -> Step:
    """The worker forks the task that is to run a thread.

    A parked task of the same thread is given the time to end first; they have nothing in common.

    Source: kernel/popcorn/process_server.c:__run_remote_worker, start_new_remote_thread
    Tag: claimed
    """
    return when(
        worker[k] == Worker.serving, top[k] == t, work[t, k] == Work.fork,
        remote[t, k] == Remote.none, is_idle(k),
    )(*pops_work(t, k), put(remote[t, k], Remote.started))  # fmt: skip


@action(fair=Fair.WEAK)
def pair(t: Task, k: Kernel) -> Step:
    """The new task tells the origin who it is, and then enters user mode.

    Source: kernel/popcorn/process_server.c:remote_thread_main, __pair_remote_task
    Tag: claimed
    """
    return when(remote[t, k] == Remote.started)(
        post(k, ORIGIN, Wire.task_pairing(task=t)),
        put(remote[t, k], Remote.running),
        put(at[t], k),
    )


# --- the process is over -------------------------------------------------------------------------


@action(fair=Fair.WEAK)
def take_termination(k: Kernel) -> Step:
    """The word that the process is over goes to the head of the worker's list.

    Source: kernel/popcorn/process_server.c:request_remote_work, TASK_EXIT_ORIGIN
    Tag: claimed
    """
    return when(channel[ORIGIN, k].arrives(Wire.task_exit_origin()))(
        take(channel[ORIGIN, k]),
        given(worker[k].among(Worker.starting, Worker.serving))(
            put(stop_work[k], True), put(under_stop[k], top[k]), put(top[k], nothing)),
    )  # fmt: skip


@action(fair=Fair.WEAK)
def stop_worker(k: Kernel) -> Step:
    """The worker leaves its loop and kills every thread of the process on its node.

    They exit without a message. Works below the word, or that come from now on, stay on the list.

    Source: kernel/popcorn/process_server.c:__terminate_remotes, __run_remote_worker
    Tag: claimed
    """
    return when(worker[k] == Worker.serving, stop_work[k], top[k] == nothing, is_idle(k))(
        put(worker[k], Worker.stopping),
        put(stop_work[k], False),
        put(top[k], under_stop[k]),
        put(under_stop[k], nothing),
        for_each(Task, lambda u: given(remote[u, k].among(Remote.started, Remote.running))(
            put(remote[u, k], Remote.none))),
        for_each(Task, lambda u: given((remote[u, k] == Remote.running) & (at[u] == k))(
            put(at[u], nothing))),
    )  # fmt: skip


@action(fair=Fair.WEAK)
def end_worker(k: Kernel) -> Step:
    """The worker's exit, the last of the process on its node, drops pages, areas and the list.

    Source: kernel/exit.c:exit_mm, kernel/fork.c:__mmput, free_remote_context
    Tag: claimed
    """
    return when(worker[k] == Worker.stopping, every(Task, lambda u: remote[u, k] == Remote.none))(
        put(worker[k], Worker.none),
        put(top[k], nothing),
        forgets_works(k),
        for_each(Page, lambda p: zaps(p, k)),
    )
