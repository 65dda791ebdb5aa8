"""What migration promises, by the numbers of the design's list of invariants."""

from popcorn_model.language import (
    Bool,
    LeadsTo,
    Property,
    always,
    eventually,
    leads_to,
    nothing,
    some,
    sometimes,
)
from popcorn_model.popcorn_2014.membership import (
    home,
    in_task_list,
    latest,
    program,
    visited,
)
from popcorn_model.popcorn_2014.messages import Wire
from popcorn_model.popcorn_2014.sorts import Group, Inc, Kernel, Life, Mm, Replica, Task
from popcorn_model.popcorn_2014.tasks import (
    distributed,
    executing,
    group,
    inc,
    life,
    mm,
    mm_group,
    runs,
)
from popcorn_model.popcorn_2014.transport import (
    clone_work,
)
from popcorn_model.popcorn_2014.whereabouts import (
    is_active,
    on_its_way_to,
    places,
    sleeps,
)


@always(number=1)
def at_most_one_place(t: Task) -> Bool:
    """A thread is in at most one place: one active incarnation, or one message.

    Tag: claimed
    """
    return places(t) <= 1


@always(number=2)
def no_thread_lost(t: Task) -> Bool:
    """A thread that has not exited is somewhere.

    Tag: claimed
    """
    return (life[t] == Life.living).implies(places(t) >= 1)


@always(number=3)
def shadow_at_each_visited_kernel(t: Task, j: Kernel, k: Kernel) -> Bool:
    """While a thread is at j or on its way there, it sleeps as a shadow wherever it has been.

    Tag: relied
    """
    there = (is_active(t, j) | on_its_way_to(t, j)) & (life[t] == Life.living)
    return (there & visited[t, k] & (j != k)).implies(sleeps(t, k))


@always(number=4)
def arrivals_find_what_they_need(t: Task, k: Kernel) -> Bool:
    """A return finds the thread's shadow, and an import finds no trace of the thread.

    Tag: relied
    """
    back = clone_work[k].arrives(Wire.back_migration.like(task=t))
    new = clone_work[k].arrives(Wire.clone_request.like(task=t))
    return back.implies(sleeps(t, k)) & new.implies(inc[t, k] == Inc.absent)


@always(number=5)
def shadows_do_not_run(t: Task, k: Kernel) -> Bool:
    """A shadow runs only when it has been told why it was woken.

    Tag: claimed
    """
    return inc[t, k] != Inc.stray


@always(number=6)
def resumes_where_it_stopped(t: Task, k: Kernel) -> Bool:
    """A running thread has the registers with which it last left a kernel.

    Tag: claimed
    """
    return (inc[t, k] == Inc.running).implies(latest[t, k])


@always(number=38)
def sleeping_registers_untouched(t: Task, k: Kernel) -> Bool:
    """Nobody writes the registers of a sleeping shadow but the thread's own return.

    Tag: relied
    """
    return (inc[t, k] == Inc.shadow).implies(~latest[t, k])


@always(number=9)
def every_member_has_a_home_and_a_group(t: Task, k: Kernel) -> Bool:
    """What a kernel can find in its task list has the identity that it was created with.

    Tag: claimed
    """
    return in_task_list(t, k).implies((group[t] != nothing) & (home[t] != nothing))


@always(number=9)
def one_program_per_group_id(t: Task, u: Task) -> Bool:
    """A group id names one program while a member of it lives.

    Tag: relied
    """
    both_live = (life[t] == Life.living) & (life[u] == Life.living)
    return (both_live & (group[t] == group[u])).implies(program[t] == program[u])


@always(number=10)
def one_replica_per_kernel(k: Kernel, g: Group, q: Replica, r: Replica) -> Bool:
    """The tasks of a group on one kernel share one address space.

    Tag: relied
    """
    both = (mm_group[k, q] == g) & (mm_group[k, r] == g) & (q != r)
    return ~(both & (mm[k, q] == Mm.live) & (mm[k, r] == Mm.live))


@always(number=31)
def distributed_groups_are_marked(t: Task, u: Task, j: Kernel, k: Kernel) -> Bool:
    """In a group with incarnations on two kernels, every task is marked distributed.

    Tag: relied
    """
    here = in_task_list(t, k) & (inc[t, k] != Inc.zombie)
    there = in_task_list(u, j) & (inc[u, j] != Inc.zombie)
    return (here & there & (group[t] == group[u]) & (j != k)).implies(distributed[t, k])


@always(number=36)
def counted_at_home(t: Task, k: Kernel) -> Bool:
    """While a thread lives its home kernel has an incarnation of it to count.

    Tag: relied
    """
    return ((life[t] == Life.living) & (home[t] == k)).implies(inc[t, k] != Inc.absent)


@eventually()
def travellers_arrive(t: Task) -> LeadsTo:
    """A living thread that runs nowhere runs again in the end, wherever it was on its way to.

    Weak fairness is enough for every step on the way. The import semaphore is no exception: a
    thread imports or exits at most once on each kernel, so in the end nobody else takes it.
    Tag: claimed
    """
    somewhere = some(Kernel, lambda k: runs(t, k))
    return leads_to((life[t] == Life.living) & ~somewhere, somewhere | (life[t] == Life.exited))


@eventually()
def sources_hear_of_arrivals(t: Task, k: Kernel) -> LeadsTo:
    """A shadow that still counts as active is told in the end that its thread runs elsewhere.

    Tag: claimed
    """
    unpaired = sleeps(t, k) & executing[t, k]
    return leads_to(unpaired, ~unpaired)


@sometimes()
def two_shadows(t: Task, j: Kernel, k: Kernel) -> Bool:
    """A thread runs on its third kernel and has left two shadows.

    Tag: claimed
    """
    return sleeps(t, j) & sleeps(t, k) & (j != k) & (life[t] == Life.living)


@sometimes()
def remote_child(t: Task, k: Kernel) -> Bool:
    """A thread created on a kernel other than its group's first runs.

    Tag: claimed
    """
    elsewhere = some(Task, lambda u: (group[u] == group[t]) & (home[u] != home[t]))
    return (home[t] == k) & elsewhere & (inc[t, k] == Inc.running)


MIGRATION: tuple[Property, ...] = (
    at_most_one_place,
    no_thread_lost,
    shadow_at_each_visited_kernel,
    arrivals_find_what_they_need,
    shadows_do_not_run,
    resumes_where_it_stopped,
    sleeping_registers_untouched,
    every_member_has_a_home_and_a_group,
    one_program_per_group_id,
    one_replica_per_kernel,
    distributed_groups_are_marked,
    counted_at_home,
    travellers_arrive,
    sources_hear_of_arrivals,
    two_shadows,
    remote_child,
)
