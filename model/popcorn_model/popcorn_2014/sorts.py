"""What the protocol talks about: kernels, groups, tasks, address spaces, and the states they have.

The machine runs several Linux kernels, one processor each. A *group* is a distributed thread
group (a process); a *task* is one logical thread of a group, which may have one *incarnation* per
kernel: the one that runs, or a *shadow*, a sleeping placeholder that it left behind. A *replica*
is one ``mm_struct`` of a group on one kernel.
"""

from popcorn_model.language import Enumeration, Sort, label


class Kernel(Sort):
    """One kernel of the machine; it owns one processor."""


class Group(Sort):
    """One distributed thread group, named by the kernel that forked it and its tgid there."""


class Task(Sort):
    """One logical thread, named by the kernel that created it and its pid there."""


class Replica(Sort):
    """A place for one ``mm_struct`` on a kernel. A kernel in order needs one per group."""


class Page(Sort):
    """One page of virtual address space."""


class Frame(Sort):
    """One frame of physical memory; any kernel can reach it, one kernel's allocator owns it."""


ZERO = Kernel.named("zero")
"""Kernel 0: it booted first; two tests in the code compare with its number."""

FIRST_PAGE = Page.named("stack")
"""The page where a thread's stack starts; an import fetches it."""

FIRST = Task.named("init")
"""The first thread of the first program."""
FIRST_MM = Replica.named("mm")
"""A kernel's first address space of a group; a second one is a defect, or another group's."""


class Program(Enumeration):
    """Which program a thread belongs to, whatever the kernels take it for."""

    first = label("the program that the run is about")
    stranger = label("another program that was given a group id used before")


class Life(Enumeration):
    """A logical thread from outside: what the program believes."""

    unborn = label("not created yet")
    living = label("created, and has not begun to exit")
    exited = label("its running incarnation has begun to exit")


class Inc(Enumeration):
    """One incarnation of a task on one kernel."""

    absent = label("never here, or gone")
    embryo = label(
        "created here, not complete: fork still copies for it; or, repaired, not yet counted by "
        "the group's home"
    )
    creating = label("repaired: inside clone, until the group's home has counted its child")
    importing = label("the kernel thread that will become this task; not in the group yet")
    searching = label("importing, has looked for an address space; not in the group yet")
    adopting = label("importing, and already in the group")
    running = label("runs here, or is inside a system call here")
    parting = label("has sent itself away and has not gone to sleep yet")
    raced = label("came back before it had gone to sleep")
    overslept = label("went to sleep after it had been woken: nobody will wake it again")
    shadow = label("sleeps here while the task runs elsewhere (represents_remote)")
    unsent = label("sleeps here, but the kernel that it goes to does not answer")
    stray = label("a shadow that was woken for no reason and runs")
    told = label("a shadow about to be woken to exit; counts as active again already")
    waking = label("a shadow woken to exit")
    exiting = label("inside process_server_do_exit")
    leaving = label("past process_server_do_exit, not yet marked PF_EXITING")
    zombie = label("dead, still first of its local thread group")


class Mm(Enumeration):
    """One replica of a group's address space on one kernel."""

    none = label("there is none")
    live = label("used by at least one local task")
    saved = label("kept for others after the last local task left")


class ExitStep(Enumeration):
    """How far the exit is that holds a kernel's import semaphore."""

    idle = label("nobody exits")
    counting = label("the last local member asks all kernels how many members are left")
    telling = label("telling the shadows; other local members remain")
    telling_to_save = label("telling the shadows; last here, others may live elsewhere")
    telling_to_close = label("telling the shadows; last of all")
