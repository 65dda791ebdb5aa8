"""What migration and life-time promise, by the numbers of the design's list of invariants.

A thread *is somewhere* when an incarnation of it is active or a message carries it. Numbers that
are missing here are promises of other parts, or stand at the end of the file with the reason.
"""

from popcorn_model.language import (
    Bool,
    Natural,
    Property,
    all_of,
    always,
    any_of,
    count,
    eventually,
    every,
    leads_to,
    nothing,
    some,
    sometimes,
)
from popcorn_model.popcorn_2014.closure import waits_for_tasks
from popcorn_model.popcorn_2014.lifetime import (
    alive,
    declared,
    declared_again,
    destroyed_early,
    exit_called,
    exit_step,
)
from popcorn_model.popcorn_2014.membership import (
    home,
    in_task_list,
    latest,
    program,
    visited,
)
from popcorn_model.popcorn_2014.messages import Wire
from popcorn_model.popcorn_2014.sorts import ExitStep, Group, Inc, Kernel, Life, Mm, Replica, Task
from popcorn_model.popcorn_2014.tasks import distributed, group, inc, life, mm, mm_group, uses
from popcorn_model.popcorn_2014.transport import (
    clone_work,
    exit_work,
    mapping_work,
    outbox,
    ring,
)


def is_active(t: Task, k: Kernel) -> Bool:
    """An incarnation that executes, or is about to without anybody's further doing."""
    return inc[t, k].among(
        Inc.embryo, Inc.creating, Inc.importing, Inc.searching, Inc.adopting, Inc.running,
        Inc.raced, Inc.stray,
    )  # fmt: skip


def sleeps(t: Task, k: Kernel) -> Bool:
    """A shadow, asleep or about to be."""
    return inc[t, k].among(Inc.shadow, Inc.parting)


def carried_by_ring(t: Task, k: Kernel) -> Bool:
    """A message in kernel k's ring carries the thread."""
    return ring[k].holds(Wire.clone_request.like(task=t)) | ring[k].holds(
        Wire.back_migration.like(task=t)
    )


def carried_by_queue(t: Task, k: Kernel) -> Bool:
    """A message in kernel k's clone_wq carries the thread."""
    return clone_work[k].holds(Wire.clone_request.like(task=t)) | clone_work[k].holds(
        Wire.back_migration.like(task=t)
    )


def on_its_way_to(t: Task, k: Kernel) -> Bool:
    """Some message to kernel k carries the thread."""
    return carried_by_ring(t, k) | carried_by_queue(t, k)


def places(t: Task) -> Natural:
    """At how many places the thread is."""
    return (
        count(Kernel, lambda k: is_active(t, k))
        + count(Kernel, lambda k: carried_by_ring(t, k))
        + count(Kernel, lambda k: carried_by_queue(t, k))
    )


# --- migration ---------------------------------------------------------------------------------


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


# --- exit --------------------------------------------------------------------------------------


@always(number=7)
def exits_once_active_first(t: Task, k: Kernel) -> Bool:
    """No thread runs after it has exited, and no shadow exits before its thread has.

    Tag: relied
    """
    ends = inc[t, k].among(Inc.told, Inc.waking, Inc.exiting, Inc.leaving)
    return all_of(
        ends.implies(life[t] == Life.exited),
        (inc[t, k] == Inc.running).implies(life[t] == Life.living),
    )


@eventually(number=8)
def shadows_die(t: Task, k: Kernel) -> Bool:
    """Once a thread has exited, each of its incarnations is dead in the end.

    Tag: claimed
    """
    return leads_to(life[t] == Life.exited, inc[t, k].among(Inc.absent, Inc.zombie))  # type: ignore[return-value]


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


@always(number=11)
def live_or_saved(k: Kernel, g: Group, q: Replica, r: Replica) -> Bool:
    """A kernel keeps at most one address space of a group, live or saved.

    Tag: relied
    """
    both = (mm_group[k, q] == g) & (mm_group[k, r] == g) & (q != r)
    return ~(both & (mm[k, q] != Mm.none) & (mm[k, r] == Mm.saved))


@always(number=12)
def none_destroyed_while_members_live(g: Group) -> Bool:
    """No address space of a group is destroyed while a thread of the group lives.

    Tag: claimed
    """
    return ~destroyed_early[g]


@always()
def incarnations_have_their_address_space(t: Task, k: Kernel, r: Replica) -> Bool:
    """The address space that an incarnation runs in, or is about to join, exists.

    Tag: relied
    """
    return (uses[t, k] == r).implies(mm[k, r] != Mm.none)


@always(number=13)
def closure_only_when_all_are_gone(g: Group) -> Bool:
    """Closure is declared only when no thread of the group lives.

    Tag: claimed
    """
    return declared[g].implies(~alive(g))


@always(number=14)
def closure_declared_once(g: Group) -> Bool:
    """Closure is declared at most once.

    Tag: relied
    """
    return ~declared_again[g]


@eventually(number=15)
def closed_groups_leave_nothing(g: Group, k: Kernel, r: Replica) -> Bool:
    """When the last thread of a group has exited, every kernel frees what it holds of the group.

    Tag: claimed
    """
    begun = some(Task, lambda t: group[t] == g)
    return leads_to(begun & ~alive(g), mm_group[k, r] != g)  # type: ignore[return-value]


@eventually(number=28)
def counts_are_answered(k: Kernel) -> Bool:
    """A count of remote members gets all its answers.

    Tag: relied
    """
    return leads_to(exit_step[k] == ExitStep.counting, exit_step[k] != ExitStep.counting)  # type: ignore[return-value]


@always(number=31)
def distributed_groups_are_marked(t: Task, u: Task, j: Kernel, k: Kernel) -> Bool:
    """In a group with incarnations on two kernels, every task is marked distributed.

    Tag: relied
    """
    here = in_task_list(t, k) & (inc[t, k] != Inc.zombie)
    there = in_task_list(u, j) & (inc[u, j] != Inc.zombie)
    return (here & there & (group[t] == group[u]) & (j != k)).implies(distributed[t, k])


@always(number=34)
def no_item_waits_for_one_behind_it(k: Kernel, t: Task, g: Group) -> Bool:
    """The exit worker does not wait for a task whose own wake-up stands behind in its queue.

    Tag: relied
    """
    waits = exit_work[k].arrives(Wire.closure(group=g)) & waits_for_tasks(k, g)
    its_own = (group[t] == g) & (inc[t, k] == Inc.told)
    return ~(waits & its_own & exit_work[k].holds(Wire.exit_process(task=t)))


@eventually(number=35)
def group_exit_ends_all(g: Group, t: Task, k: Kernel) -> Bool:
    """After a group exit no thread of the group is active anywhere, in the end.

    Tag: claimed
    """
    return leads_to(exit_called[g] & (group[t] == g), ~is_active(t, k))  # type: ignore[return-value]


@always(number=36)
def counted_at_home(t: Task, k: Kernel) -> Bool:
    """While a thread lives its home kernel has an incarnation of it to count.

    Tag: relied
    """
    return ((life[t] == Life.living) & (home[t] == k)).implies(inc[t, k] != Inc.absent)


# --- what must be reachable --------------------------------------------------------------------


@sometimes()
def two_shadows(t: Task, j: Kernel, k: Kernel) -> Bool:
    """A thread runs on its third kernel and has left two shadows.

    Tag: claimed
    """
    return sleeps(t, j) & sleeps(t, k) & (j != k) & (life[t] == Life.living)


@sometimes()
def closure_reached(g: Group) -> Bool:
    """Closure is declared.

    Tag: claimed
    """
    return declared[g]


@sometimes()
def remote_child(t: Task, k: Kernel) -> Bool:
    """A thread created on a kernel other than its group's first runs.

    Tag: claimed
    """
    elsewhere = some(Task, lambda u: (group[u] == group[t]) & (home[u] != home[t]))
    return (home[t] == k) & elsewhere & (inc[t, k] == Inc.running)


@sometimes()
def something_saved(k: Kernel, r: Replica) -> Bool:
    """An address space is saved.

    Tag: claimed
    """
    return mm[k, r] == Mm.saved


@sometimes()
def saved_and_taken_up(t: Task, k: Kernel, r: Replica) -> Bool:
    """A thread is about to join a saved address space.

    Tag: claimed
    """
    return (mm[k, r] == Mm.saved) & (inc[t, k] == Inc.importing) & (mm_group[k, r] == group[t])


def nothing_under_way() -> Bool:
    """No message is in flight and every incarnation runs, sleeps or is gone."""
    settled = (Inc.absent, Inc.zombie, Inc.running, Inc.shadow)
    return all_of(
        every(Task, lambda t: every(Kernel, lambda k: inc[t, k].among(*settled))),
        every(Kernel, lambda k: ~any_of(
            ring[k].waiting, mapping_work[k].waiting, clone_work[k].waiting,
            exit_work[k].waiting, outbox[k].waiting)),
    )  # fmt: skip


@sometimes()
def settled() -> Bool:
    """Nothing is under way: a run may stop there.

    Tag: relied
    """
    return nothing_under_way()


@sometimes()
def over() -> Bool:
    """All threads of a program have exited and nothing is under way.

    Tag: relied
    """
    begun = some(Task, lambda t: life[t] == Life.exited)
    return begun & every(Task, lambda t: life[t] != Life.living) & nothing_under_way()


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
    two_shadows,
    remote_child,
)
LIFETIME: tuple[Property, ...] = (
    exits_once_active_first,
    shadows_die,
    live_or_saved,
    none_destroyed_while_members_live,
    incarnations_have_their_address_space,
    closure_only_when_all_are_gone,
    closure_declared_once,
    closed_groups_leave_nothing,
    counts_are_answered,
    no_item_waits_for_one_behind_it,
    group_exit_ends_all,
    closure_reached,
    something_saved,
    saved_and_taken_up,
    over,
)
