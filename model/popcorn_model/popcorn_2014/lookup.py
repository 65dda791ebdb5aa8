"""Which address space a kernel works on when another kernel names a group.

Two searches differ in the code. A page query takes the memory of the first task that bears the
group's id, whatever state that task is in, and looks at saved address spaces only when that task
has no memory at all. An unmap or a protection change skips exiting tasks.
"""

from popcorn_model.language import FALSE, Bool, nothing, some
from popcorn_model.popcorn_2014.memory_sorts import Doing, Stage
from popcorn_model.popcorn_2014.records import is_at
from popcorn_model.popcorn_2014.sorts import FIRST_MM, Inc, Kernel, Mm, Replica, Task
from popcorn_model.popcorn_2014.switches import LIVE_LOOKUP, VMA_ATOMIC
from popcorn_model.popcorn_2014.tasks import group, inc, is_at_work, leader, mm, mm_group, uses


def belongs(t: Task, k: Kernel, r: Replica) -> Bool:
    """Replica r of kernel k is an address space of thread t's group, live or saved."""
    return (mm[k, r] != Mm.none) & (mm_group[k, r] == group[t])


def is_live(t: Task, k: Kernel, r: Replica) -> Bool:
    """The first live address space of t's group on kernel k."""
    return belongs(t, k, r) & (mm[k, r] == Mm.live) & ~_is_second(t, k, r, Mm.live)


def is_saved(t: Task, k: Kernel, r: Replica) -> Bool:
    """The first saved address space of t's group on kernel k."""
    return belongs(t, k, r) & (mm[k, r] == Mm.saved) & ~_is_second(t, k, r, Mm.saved)


def _is_second(t: Task, k: Kernel, r: Replica, state: Mm) -> Bool:
    return (r != FIRST_MM) & belongs(t, k, FIRST_MM) & (mm[k, FIRST_MM] == state)


def is_hidden(k: Kernel, r: Replica) -> Bool:
    """The first task of the thread group is a zombie: its memory pointer is null."""
    dead = some(Task, lambda u: (leader[k, r] == u) & (inc[u, k] == Inc.zombie))
    return LIVE_LOOKUP.choose(off=(leader[k, r] == nothing) | dead, on=FALSE)


def found_mm(t: Task, k: Kernel, r: Replica) -> Bool:
    """Where kernel k looks for a page of t's group: the first task's memory, else a saved one."""
    some_live = some(Replica, lambda q: is_live(t, k, q) & ~is_hidden(k, q))
    return (is_live(t, k, r) & ~is_hidden(k, r)) | (is_saved(t, k, r) & ~some_live)


def is_changed(t: Task, k: Kernel, r: Replica) -> Bool:
    """What an unmap works on: the live address space and the first saved one."""
    return is_live(t, k, r) | is_saved(t, k, r)


def is_protected(t: Task, k: Kernel, r: Replica) -> Bool:
    """What a protection change works on: the live address space, else the first saved one."""
    return is_live(t, k, r) | (
        is_saved(t, k, r) & ~some(Replica, lambda q: is_live(t, k, q))
    )


def holds_semaphore(u: Task, k: Kernel) -> Bool:
    """Thread u waits for other kernels and keeps its mmap_sem, as mmap does without the lock."""
    probing = is_at(u, Doing.map, Stage.asking) & is_at_work(u, k)
    return VMA_ATOMIC.choose(on=FALSE, off=probing)


def mmap_sem_free(k: Kernel, r: Replica) -> Bool:
    """Nobody holds the replica's mmap_sem across a wait."""
    return ~some(Task, lambda u: (uses[u, k] == r) & holds_semaphore(u, k))
