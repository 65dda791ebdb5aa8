"""What a kernel keeps it keeps for somebody, and no longer than that.

The design's list says nothing of this, and the code relies on it: it reads these fields without
asking who left them there. Whoever forgets to clean up is caught here where that happens, and not
where somebody else falls over the remains.
"""

from popcorn_model.language import (
    TRUE,
    Bool,
    LeadsTo,
    Property,
    all_of,
    always,
    eventually,
    every,
    leads_to,
    nothing,
    some,
)
from popcorn_model.popcorn_2014.lifetime import exit_step
from popcorn_model.popcorn_2014.lifetime_properties import nothing_under_way
from popcorn_model.popcorn_2014.membership import (
    came_from,
    counted,
    doomed,
    exiter,
    importer,
    latest,
)
from popcorn_model.popcorn_2014.messages import Wire
from popcorn_model.popcorn_2014.sorts import ExitStep, Inc, Kernel, Life, Mm, Replica, Task
from popcorn_model.popcorn_2014.switches import MEMBER_COUNT
from popcorn_model.popcorn_2014.tasks import (
    distributed,
    executing,
    group,
    inc,
    leader,
    life,
    mm,
    mm_group,
    uses,
)
from popcorn_model.popcorn_2014.transport import outbox

# --- the import semaphore ----------------------------------------------------------------------


@always()
def semaphore_keeps_apart(t: Task, k: Kernel) -> Bool:
    """One import or exit is under way on a kernel at a time: that of who holds the semaphore.

    Tag: relied
    """
    imports = inc[t, k].among(Inc.searching, Inc.adopting)
    return all_of(
        (importer[k] == t) == imports,
        (exiter[k] == t) == (inc[t, k] == Inc.exiting),
        (importer[k] == nothing) | (exiter[k] == nothing),
    )


@always()
def hooks_end(k: Kernel) -> Bool:
    """A kernel is somewhere in an exit hook just while somebody passes it.

    Tag: relied
    """
    return (exit_step[k] == ExitStep.idle) == (exiter[k] == nothing)


@always()
def hook_is_for_distributed_groups(t: Task, k: Kernel) -> Bool:
    """A thread whose group has never left its kernel exits as on any Linux.

    Tag: claimed
    """
    return (exiter[k] == t).implies(distributed[t, k])


@always()
def exits_tell_before_they_end(t: Task, k: Kernel) -> Bool:
    """A thread that tells its shadows is in its exit hook until all of them are told.

    Tag: relied
    """
    return outbox[k].arrives(Wire.exit_process(task=t)).implies(exiter[k] == t)


# --- tasks -------------------------------------------------------------------------------------


@always()
def gone_is_gone(t: Task, k: Kernel) -> Bool:
    """An incarnation that is no more has no marks, no registers and no address space.

    Tag: relied
    """
    marked = executing[t, k] | distributed[t, k] | latest[t, k] | doomed[t, k]
    gone = inc[t, k].among(Inc.absent, Inc.zombie)
    return gone.implies(~marked & (uses[t, k] == nothing))


@always()
def zombies_wait_for_somebody(t: Task, k: Kernel) -> Bool:
    """A zombie stays as the first of a thread group, while others of that group are here.

    Tag: relied
    """
    led = some(Replica, lambda r: (leader[k, r] == t) & some(Task, lambda u: uses[u, k] == r))
    return (inc[t, k] == Inc.zombie).implies(led)


@always()
def imports_forget_their_source(t: Task) -> Bool:
    """A thread knows whom its arrival concerns just as long as it arrives.

    Tag: relied
    """
    arrives = some(Kernel, lambda k: inc[t, k].among(Inc.importing, Inc.searching, Inc.adopting))
    return (came_from[t] != nothing) == arrives


# --- address spaces ----------------------------------------------------------------------------


@always()
def address_spaces_belong_to_groups(t: Task, k: Kernel, r: Replica) -> Bool:
    """An address space that exists is some group's, and only tasks of that group use it.

    Tag: relied
    """
    return all_of(
        (mm[k, r] == Mm.none) == (mm_group[k, r] == nothing),
        (uses[t, k] == r).implies(mm_group[k, r] == group[t]),
    )


@always()
def first_of_a_thread_group_is_there(t: Task, k: Kernel, r: Replica) -> Bool:
    """Users of an address space have a first among them: one who uses it too, or its zombie.

    Tag: relied
    """
    searched = some(Task, lambda u: (inc[u, k] == Inc.searching) & (uses[u, k] == r))
    return all_of(
        (leader[k, r] == t).implies((uses[t, k] == r) | (inc[t, k] == Inc.zombie)),
        (mm[k, r] == Mm.live).implies((leader[k, r] != nothing) | searched),
    )


# --- at rest -----------------------------------------------------------------------------------


@always()
def home_counts_the_living(t: Task) -> Bool:
    """When nothing is under way the home of a group counts just the threads that live.

    Tag: relied
    """
    right = nothing_under_way().implies(counted[t] == (life[t] == Life.living))
    return MEMBER_COUNT.choose(off=TRUE, on=right)


@eventually()
def all_comes_to_rest() -> LeadsTo:
    """When all threads have exited, every kernel comes to rest, with no message left.

    Tag: claimed
    """
    begun = some(Task, lambda t: life[t] == Life.exited)
    return leads_to(begun & every(Task, lambda t: life[t] != Life.living), nothing_under_way())


TIDINESS: tuple[Property, ...] = (
    semaphore_keeps_apart,
    hooks_end,
    hook_is_for_distributed_groups,
    exits_tell_before_they_end,
    gone_is_gone,
    zombies_wait_for_somebody,
    imports_forget_their_source,
    address_spaces_belong_to_groups,
    first_of_a_thread_group_is_there,
    home_counts_the_living,
    all_comes_to_rest,
)
