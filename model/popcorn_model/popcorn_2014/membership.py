"""Who belongs where: homes, visited kernels, kills, and the import semaphore.

State that threads and their life-time share, and the questions that both ask of it.
"""

from popcorn_model.language import Bool, Budget, history, maybe, nothing, some, state
from popcorn_model.popcorn_2014.sorts import Group, Inc, Kernel, Program, Task
from popcorn_model.popcorn_2014.tasks import group, inc

HOPS = Budget("hops", Task, doc="migrations of one thread")
CLONES = Budget("clones", doc="threads created, all groups together")
STRANGERS = Budget("strangers", doc="other programs started with a recycled tgid")
GROUP_EXITS = Budget("group_exits", doc="calls of exit_group, all groups together")

home = state("home", Task, of=maybe(Kernel), start=nothing, doc="the kernel that created it")
group_home = state(
    "group_home", Group, of=maybe(Kernel), start=nothing, doc="the kernel that forked the group"
)
program = history(
    state("program", Task, of=Program, start=Program.first, doc="the program it belongs to")
)
visited = state(
    "visited", Task, Kernel, of=Bool, start=False, doc="previous_cpus: kernels it has left"
)
came_from = state(
    "came_from", Task, of=maybe(Kernel), start=nothing, doc="who gets the pairing of an import"
)
latest = state(
    "latest", Task, Kernel, of=Bool, start=False,
    doc="the incarnation's saved registers are the thread's latest",
)  # fmt: skip
doomed = state(
    "doomed", Task, Kernel, of=Bool, start=False, doc="a kill is pending on the incarnation"
)
dying = state(
    "dying", Kernel, Group, of=Bool, start=False,
    doc="repaired: this kernel knows that the group exits",
)  # fmt: skip
importer = state(
    "importer", Kernel, of=maybe(Task), start=nothing, doc="the import that holds _import_sem"
)
exiter = state(
    "exiter", Kernel, of=maybe(Task), start=nothing, doc="the exit that holds _import_sem"
)
counted = state(
    "counted", Task, of=Bool, start=False, doc="repaired: the group's home counts the thread"
)


def is_home_of_group(h: Kernel, t: Task) -> Bool:
    """Kernel h is the one that forked t's group."""
    return some(Group, lambda g: (group[t] == g) & (group_home[g] == h))


def semaphore_free(k: Kernel) -> Bool:
    """Nobody holds kernel k's _import_sem."""
    return (importer[k] == nothing) & (exiter[k] == nothing)


def in_task_list(t: Task, k: Kernel) -> Bool:
    """A search of kernel k's task list by group or thread id can find task t."""
    return ~inc[t, k].among(Inc.absent, Inc.importing, Inc.searching)


def has_mm(t: Task, k: Kernel) -> Bool:
    """The incarnation holds a reference to its address space."""
    return in_task_list(t, k) & (inc[t, k] != Inc.zombie)
