"""Where tasks run, for checking memory and locks without migration: each is put somewhere, once.

This part stands in for threads and life-time when they are left out. A task that is placed runs
on one kernel for ever and is a member of one distributed group; each kernel with a task has one
replica, whose first task fetches the mapping of its stack. That is less than the real protocol can
do, so what holds here need not hold there; what fails here fails there, because migration can
bring about every placement.

Tasks are put before any of them works, which loses no behaviour: the group is distributed from the
start, and a replica that has just arrived knows as little as none. The last one to be put sets all
of them to work. Or they may be put while others work: then a group is distributed from the moment
when it has tasks on two kernels, and the flag of the tasks that were there flips under their feet.
"""

from popcorn_model.language import (
    TRUE,
    Bool,
    Part,
    Step,
    action,
    every,
    for_each,
    given,
    ite,
    only,
    put,
    some,
    when,
)
from popcorn_model.popcorn_2014.lock_interface import LockStep, lock_step
from popcorn_model.popcorn_2014.sorts import FIRST_MM, Group, Inc, Kernel, Life, Mm, Replica, Task
from popcorn_model.popcorn_2014.switches import PLACED, QUIET_START
from popcorn_model.popcorn_2014.tasks import (
    distributed,
    executing,
    group,
    inc,
    leader,
    life,
    mm,
    mm_group,
    pulling,
    runs,
    uses,
)


@action
def place(t: Task, k: Kernel, g: Group, r: Replica) -> Step:
    """Task t of a distributed group is put on kernel k, where it stays.

    A kernel's first address space of a group is its only one.

    Source: stands for any sequence of migrations that ends here
    Tag: inferred
    """
    def is_elsewhere(u: Task, j: Kernel) -> Bool:
        return (j != k) & runs(u, j) & (group[u] == g)

    def was_put(u: Task) -> Bool:
        return some(Kernel, lambda j: executing[u, j])

    spread = some(Task, lambda u: some(Kernel, lambda j: is_elsewhere(u, j)))
    first_here = mm[k, r] == Mm.none
    all_put = every(Task, lambda u: (u == t) | (life[u] != Life.unborn))
    works = PLACED.choose(before_work=ite(all_put, Inc.running, Inc.importing),
                          during_work=Inc.running)  # fmt: skip
    return when(
        life[t] == Life.unborn,
        QUIET_START.choose(off=TRUE, on=every(Task, lambda u: lock_step[u] != LockStep.skipped)),
        every(Task, lambda u: ~was_put(u) | (group[u] == g)),
        r == FIRST_MM,
    )(
        put(life[t], Life.living),
        put(group[t], g),
        put(inc[t, k], works),
        only(PLACED, "before_work", for_each(Task, lambda u: for_each(Kernel, lambda j: given(
            (u != t) & all_put & (inc[u, j] == Inc.importing))(put(inc[u, j], Inc.running))))),
        put(executing[t, k], TRUE),
        put(distributed[t, k], PLACED.choose(before_work=TRUE, during_work=spread)),
        only(PLACED, "during_work", for_each(Task, lambda u: for_each(Kernel, lambda j: given(
            (u != t) & is_elsewhere(u, j))(put(distributed[u, j], TRUE))))),
        put(uses[t, k], r),
        put(mm[k, r], Mm.live),
        put(mm_group[k, r], g),
        given(first_here)(put(leader[k, r], t), put(pulling[t, k], TRUE)),
    )  # fmt: skip


PLACEMENT = Part(
    "placement",
    "Tasks put on kernels once and for all: stands in for threads and life-time.",
    actions=(place,),
    instead="threads",
    needs=("transport", "tasks"),
)
