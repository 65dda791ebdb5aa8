"""Abstract users of the lock, for checking it without memory: faults and area operations.

A user asks, holds, does something that is of no interest here, and gives back. What it asks for is
what memory would ask for. The number of rounds of a thread is a budget.
"""

from popcorn_model.language import FALSE, TRUE, Budget, Fair, Step, action, spend, when
from popcorn_model.popcorn_2014.lock_interface import (
    ask_for_area,
    ask_for_fault,
    ask_for_protection,
    give_back,
    is_granted,
    is_idle,
    release_without_asking,
)
from popcorn_model.popcorn_2014.sorts import Kernel, Page, Task
from popcorn_model.popcorn_2014.switches import LOCK, MPROTECT_LOCK, VMA_ATOMIC
from popcorn_model.popcorn_2014.tasks import runs
from popcorn_model.popcorn_2014.transport import may_run

LOCK_ROUNDS = Budget("lock_rounds", Task, doc="lock requests of one thread")


@action
def fault(t: Task, k: Kernel, p: Page) -> Step:
    """Thread t faults on page p and asks for what the fault path takes.

    Source: arch/x86/mm/fault.c:do_page_fault
    Tag: claimed
    """
    return when(is_idle(t), runs(t, k), may_run(k))(
        spend(LOCK_ROUNDS, t), *ask_for_fault(t, p)
    )


@action
def change_areas(t: Task, k: Kernel) -> Step:
    """Thread t maps or unmaps all pages and asks for what that takes.

    Source: mm/mmap.c:do_munmap
    Tag: claimed
    """
    return when(is_idle(t), runs(t, k), may_run(k))(
        spend(LOCK_ROUNDS, t), *ask_for_area(t, lambda p: TRUE)
    )


@action(only=(MPROTECT_LOCK, "page_by_page"))
def change_protection(t: Task, k: Kernel) -> Step:
    """Thread t changes the protection of all pages and asks for what that takes.

    Source: mm/mprotect.c:do_mprotect
    Tag: claimed
    """
    return when(is_idle(t), runs(t, k), may_run(k))(
        spend(LOCK_ROUNDS, t), *ask_for_protection(t, lambda p: TRUE)
    )


@action(only=(VMA_ATOMIC, "off"))
def fail_to_map(t: Task, k: Kernel) -> Step:
    """Thread t finds no room for an area; on its way out it releases a lock that it never took.

    Source: mm/mmap.c:do_mmap_pgoff
    Tag: claimed
    """
    locks = LOCK.choose(heavy=TRUE, light=FALSE, none=FALSE)
    return when(is_idle(t), runs(t, k), may_run(k), locks)(
        spend(LOCK_ROUNDS, t), *release_without_asking(t)
    )


@action(fair=Fair.WEAK)
def finish(t: Task, k: Kernel) -> Step:
    """Thread t has done what it needed the lock for.

    Source: arch/x86/mm/fault.c:do_page_fault, mm/mmap.c:do_munmap
    Tag: claimed
    """
    return when(is_granted(t), runs(t, k), may_run(k))(*give_back(t))
