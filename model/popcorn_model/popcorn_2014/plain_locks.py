"""A plain lock that stands in for the queues: granted at once when nobody holds what it meets.

It promises what the Lamport queues promise while nothing goes wrong: exclusion, and that somebody
who waits is served. It has no messages, no order among those who wait and no wrong release, so
memory can be checked on it alone; what fails on it fails with the queues, too.
"""

from popcorn_model.language import Fair, Step, action, every, ite, put, when
from popcorn_model.popcorn_2014.lock_interface import (
    LockStep,
    forget,
    holds,
    lock_pages,
    lock_step,
    may_go_without,
)
from popcorn_model.popcorn_2014.sorts import Kernel, Page, Task
from popcorn_model.popcorn_2014.tasks import distributed, group, is_at_work
from popcorn_model.popcorn_2014.transport import may_run


@action(fair=Fair.WEAK)
def grant_lock(t: Task, k: Kernel) -> Step:
    """Thread t gets the lock that it asks for, or passes it by when its group is not distributed.

    Source: stands for kernel/process_server.c:process_server_acquire_page_lock_range_maybeheavy
    Tag: inferred
    """
    free = every(Task, lambda u: every(
        Page, lambda p: (group[t] != group[u]) | ~holds(u, p) | ~lock_pages[t, p]))  # fmt: skip
    return when(
        lock_step[t] == LockStep.asked, is_at_work(t, k), may_run(k),
        ite(distributed[t, k], free, may_go_without(t, k)),
    )(put(lock_step[t], ite(distributed[t, k], LockStep.held, LockStep.skipped)))


@action(fair=Fair.WEAK)
def take_lock_back(t: Task) -> Step:
    """What thread t held is free again; who held nothing releases nothing.

    Source: stands for kernel/process_server.c:process_server_release_page_lock_range_maybeheavy
    Tag: inferred
    """
    return when(lock_step[t].among(LockStep.returning, LockStep.passing))(*forget(t))
