"""What exit and closure promise, by the numbers of the design's list of invariants.

Invariant 32 is left out: that who holds a kernel's import semaphore never waits for another
kernel's. It says nothing about single states that could fail: a holder waits for answers, which
come from mapping_wq, clone_wq and the dispatcher of other kernels, and nothing that these run asks
for a semaphore. That is a fact about the actions, and a test reads it off them.
"""

from popcorn_model.language import (
    Bool,
    LeadsTo,
    Property,
    all_of,
    always,
    any_of,
    eventually,
    every,
    leads_to,
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
from popcorn_model.popcorn_2014.lock_interface import is_idle
from popcorn_model.popcorn_2014.messages import Wire
from popcorn_model.popcorn_2014.sorts import ExitStep, Group, Inc, Kernel, Life, Mm, Replica, Task
from popcorn_model.popcorn_2014.tasks import group, inc, life, mm, mm_group, uses
from popcorn_model.popcorn_2014.transport import (
    clone_work,
    exit_work,
    mapping_work,
    outbox,
    ring,
)
from popcorn_model.popcorn_2014.whereabouts import (
    is_active,
)


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
def shadows_die(t: Task, k: Kernel) -> LeadsTo:
    """Once a thread has exited, each of its incarnations is dead in the end.

    Tag: claimed
    """
    return leads_to(life[t] == Life.exited, inc[t, k].among(Inc.absent, Inc.zombie))


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
def closed_groups_leave_nothing(g: Group, k: Kernel, r: Replica) -> LeadsTo:
    """When the last thread of a group has exited, every kernel frees what it holds of the group.

    Tag: claimed
    """
    begun = some(Task, lambda t: group[t] == g)
    return leads_to(begun & ~alive(g), mm_group[k, r] != g)


@eventually(number=28)
def counts_are_answered(k: Kernel) -> LeadsTo:
    """A count of remote members gets all its answers.

    Tag: relied
    """
    return leads_to(exit_step[k] == ExitStep.counting, exit_step[k] != ExitStep.counting)


@always(number=34)
def no_item_waits_for_one_behind_it(k: Kernel, t: Task, g: Group) -> Bool:
    """The exit worker does not wait for a task whose own wake-up stands behind in its queue.

    Tag: relied
    """
    waits = exit_work[k].arrives(Wire.closure(group=g)) & waits_for_tasks(k, g)
    its_own = (group[t] == g) & (inc[t, k] == Inc.told)
    return ~(waits & its_own & exit_work[k].holds(Wire.exit_process(task=t)))


@eventually(number=35)
def group_exit_ends_all(g: Group, t: Task, k: Kernel) -> LeadsTo:
    """After a group exit no thread of the group is active anywhere, in the end.

    Tag: claimed
    """
    return leads_to(exit_called[g] & (group[t] == g), ~is_active(t, k))


@sometimes()
def closure_reached(g: Group) -> Bool:
    """Closure is declared.

    Tag: claimed
    """
    return declared[g]


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
    """No message is in flight, every incarnation runs, sleeps or is gone, nobody wants a lock."""
    settled = (Inc.absent, Inc.zombie, Inc.running, Inc.shadow)
    return all_of(
        every(Task, lambda t: every(Kernel, lambda k: inc[t, k].among(*settled))),
        every(Task, is_idle),
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
