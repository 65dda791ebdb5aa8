"""The state that all parts share: tasks, their incarnations, and who uses which address space.

One row of ``inc`` is one logical thread: where it runs, where it left shadows. ``previous_cpus``
(here ``visited``) travels with the thread in every message about it, so one copy per thread is
enough; the stale copies in shadows are never read while the protocol is in order.
"""

from popcorn_model.language import Bool, Part, maybe, nothing, some, state
from popcorn_model.popcorn_2014.sorts import Group, Inc, Kernel, Life, Mm, Replica, Task

life = state("life", Task, of=Life, start=Life.unborn, doc="the thread, seen by its program")
inc = state("inc", Task, Kernel, of=Inc, start=Inc.absent, doc="its incarnation on a kernel")
executing = state(
    "executing", Task, Kernel, of=Bool, start=False,
    doc="executing_for_remote: other kernels must be told when this incarnation exits",
)  # fmt: skip
distributed = state(
    "distributed", Task, Kernel, of=Bool, start=False,
    doc="tgroup_distributed: faults, locks, unmaps and exits look beyond this kernel",
)  # fmt: skip
group = state("group", Task, of=maybe(Group), start=nothing, doc="the thread's group")
uses = state(
    "uses", Task, Kernel, of=maybe(Replica), start=nothing,
    doc="the address space that an incarnation runs in; its local thread group",
)  # fmt: skip
mm = state("mm", Kernel, Replica, of=Mm, start=Mm.none, doc="one mm_struct of a kernel")
mm_group = state(
    "mm_group", Kernel, Replica, of=maybe(Group), start=nothing, doc="the group it belongs to"
)
leader = state(
    "leader", Kernel, Replica, of=maybe(Task), start=nothing,
    doc="first of the local thread group: what a search by group id finds first",
)  # fmt: skip
pulling = state(
    "pulling", Task, Kernel, of=Bool, start=False,
    doc="an import into a new address space still fetches the stack's mapping (kept by memory)",
)  # fmt: skip

forking = state(
    "forking", Task, of=maybe(Task), start=nothing,
    doc="inside fork: the first thread of the process that this one is creating",
)  # fmt: skip


def runs(t: Task, k: Kernel) -> Bool:
    """Task t executes on kernel k, in user mode or inside a system call of its own."""
    return inc[t, k].among(Inc.running, Inc.stray)


def is_at_work(t: Task, k: Kernel) -> Bool:
    """Task t executes on kernel k or imports itself there; it waits for others there, too."""
    return runs(t, k) | (inc[t, k] == Inc.adopting)


def is_being_forked(k: Kernel, r: Replica) -> Bool:
    """Replica r of kernel k belongs to a child whose fork has not returned."""
    return some(Task, lambda t: some(Task, lambda c: (forking[t] == c) & (uses[c, k] == r)))


TASKS = Part(
    "tasks",
    "Tasks, incarnations and replicas: the state that all parts share.",
    states=(life, inc, executing, distributed, group, uses, mm, mm_group, leader, forking),
)
