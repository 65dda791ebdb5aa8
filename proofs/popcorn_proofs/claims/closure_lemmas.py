"""The end of groups in popcorn-2014 repaired: why nothing goes while somebody may still need it.

A group's home counts its threads. Who lives and is not counted yet is a child that its home is
being told of, and its parent is counted and waits; so a home that counts nobody is right. Before
that, an address space goes only with its last user, and only from a kernel outside of which the
group has nobody: a group that has ever left its kernel is marked distributed, all of it at once.
"""

from popcorn_model.language import Bool, always, nothing, some
from popcorn_model.popcorn_2014.lifetime import closed, declared, exit_step
from popcorn_model.popcorn_2014.lifetime_properties import (
    closure_declared_once,
    closure_only_when_all_are_gone,
    none_destroyed_while_members_live,
)
from popcorn_model.popcorn_2014.membership import (
    counted,
    exiter,
    group_home,
    has_mm,
    visited,
)
from popcorn_model.popcorn_2014.messages import Wire
from popcorn_model.popcorn_2014.sorts import (
    FIRST,
    ExitStep,
    Group,
    Inc,
    Kernel,
    Life,
    Mm,
    Replica,
    Task,
)
from popcorn_model.popcorn_2014.tasks import (
    distributed,
    forking,
    group,
    inc,
    leader,
    life,
    mm,
    mm_group,
    uses,
)
from popcorn_model.popcorn_2014.transport import exit_work, outbox, ring
from popcorn_model.popcorn_2014.whereabouts import on_its_way_to
from popcorn_proofs.claims.threads_lemmas import says_born


def is_announced(t: Task) -> Bool:
    """Some kernel is being told that thread t has been born."""

    def by(p: Task, s: Kernel) -> Bool:
        return some(Kernel, lambda h: says_born(t, p, s, h))

    return some(Task, lambda p: some(Kernel, lambda s: by(p, s)))


# --- groups -------------------------------------------------------------------------------------


@always()
def nothing_before_the_first(g: Group, k: Kernel, r: Replica) -> Bool:
    """Before the first thread there are no groups and no address spaces."""
    empty = (group_home[g] == nothing) & ~declared[g] & (mm[k, r] == Mm.none)
    return (life[FIRST] == Life.unborn).implies(empty)


@always()
def the_born_are_in_a_group(t: Task, g: Group) -> Bool:
    """Whoever has been born is in a group, which has a home."""
    at_home = (group[t] == g).implies(group_home[g] != nothing)
    return (life[t] != Life.unborn).implies((group[t] != nothing) & at_home)


@always()
def a_closed_group_had_a_home(g: Group) -> Bool:
    """Only a group that has begun is closed."""
    return declared[g].implies(group_home[g] != nothing)


@always()
def closure_is_known_when_declared(k: Kernel, g: Group) -> Bool:
    """No kernel knows of a closure, or is told of one, that has not been declared."""
    message = Wire.closure(group=g)
    told = ring[k].holds(message) | exit_work[k].holds(message) | outbox[k].holds(message)
    return (closed[k, g] | told).implies(declared[g])


@always()
def a_forked_child_is_alone(t: Task, c: Task, u: Task) -> Bool:
    """While it is being forked, the first thread of a group is its only one."""
    return ((forking[t] == c) & (group[u] == group[c])).implies(u == c)


# --- counting -----------------------------------------------------------------------------------


@always()
def the_living_are_counted(t: Task) -> Bool:
    """Who lives is counted, or the group's home is being told of it."""
    return (life[t] == Life.living).implies(counted[t] | is_announced(t))


@always()
def parents_are_counted(t: Task, p: Task, s: Kernel, h: Kernel) -> Bool:
    """While a home is being told of a child, it counts the parent, which is of the same group."""
    return says_born(t, p, s, h).implies(counted[p] & (group[p] == group[t]))


@always()
def deaths_are_of_the_exited(t: Task, h: Kernel) -> Bool:
    """A home is told that a thread has died only when it has exited."""
    message = Wire.died(task=t)
    return (ring[h].holds(message) | exit_work[h].holds(message)).implies(life[t] == Life.exited)


# --- address spaces -----------------------------------------------------------------------------


@always()
def used_address_spaces_live(t: Task, k: Kernel, r: Replica) -> Bool:
    """An address space that somebody uses is live, and of the user's group."""
    good = (mm[k, r] == Mm.live) & (mm_group[k, r] == group[t])
    return (uses[t, k] == r).implies(good)


@always()
def live_address_spaces_have_a_leader(k: Kernel, r: Replica) -> Bool:
    """A live address space can be found by the first of its thread group."""
    return (mm[k, r] == Mm.live).implies(leader[k, r] != nothing)


@always()
def one_address_space_of_a_group(k: Kernel, g: Group, q: Replica, r: Replica) -> Bool:
    """A kernel has one address space of a group at most, live or saved."""
    both = (mm_group[k, q] == g) & (mm_group[k, r] == g)
    return (both & (mm[k, q] != Mm.none) & (mm[k, r] != Mm.none)).implies(q == r)


@always()
def address_spaces_are_of_groups(k: Kernel, g: Group, r: Replica) -> Bool:
    """Every address space is of a group that has begun."""
    return ((mm[k, r] != Mm.none) & (mm_group[k, r] == g)).implies(group_home[g] != nothing)


@always()
def only_its_first_has_what_is_forked(t: Task, c: Task, k: Kernel, g: Group, r: Replica) -> Bool:
    """While it is being forked, a group has no address space but what its first thread uses."""
    forked = (forking[t] == c) & (group[c] == g)
    return (forked & (mm[k, r] != Mm.none) & (mm_group[k, r] == g)).implies(uses[c, k] == r)


@always()
def who_is_complete_uses_one(t: Task, k: Kernel) -> Bool:
    """Who holds an address space uses it, but for a child that is being forked."""
    forked = some(Task, lambda p: forking[p] == t)
    return has_mm(t, k).implies((uses[t, k] != nothing) | forked)


@always()
def members_share_what_they_use(t: Task, u: Task, k: Kernel) -> Bool:
    """Members of one group that use an address space on one kernel use the same."""
    both = (uses[t, k] != nothing) & (uses[u, k] != nothing)
    return (both & (group[t] == group[u])).implies(uses[t, k] == uses[u, k])


# --- distributed groups -------------------------------------------------------------------------


def is_of_the_unmarked(t: Task, u: Task, k: Kernel) -> Bool:
    """Thread t is of the group of u, which on kernel k has an address space and no mark."""
    return (uses[u, k] != nothing) & ~distributed[u, k] & (group[t] == group[u])


@always()
def nobody_has_left_the_unmarked(t: Task, u: Task, j: Kernel, k: Kernel) -> Bool:
    """No thread has ever left a group that has a member without the mark."""
    return is_of_the_unmarked(t, u, k).implies(~visited[t, j])


@always()
def nobody_travels_from_the_unmarked(t: Task, u: Task, j: Kernel, k: Kernel) -> Bool:
    """No thread is on its way to another kernel while its group has a member without the mark."""
    return is_of_the_unmarked(t, u, k).implies(~on_its_way_to(t, j))


@always()
def the_unmarked_are_on_one_kernel(t: Task, u: Task, j: Kernel, k: Kernel) -> Bool:
    """A group that has a member without the mark is on no other kernel."""
    return (is_of_the_unmarked(t, u, k) & (j != k)).implies(inc[t, j] == Inc.absent)


@always()
def the_living_are_with_the_unmarked(t: Task, u: Task, k: Kernel) -> Bool:
    """All who live in a group that has a member without the mark are at work beside it."""
    beside = inc[t, k].among(Inc.running, Inc.creating, Inc.embryo)
    return (is_of_the_unmarked(t, u, k) & (life[t] == Life.living)).implies(beside)


@always()
def one_mark_for_all_users(t: Task, u: Task, k: Kernel, r: Replica) -> Bool:
    """Users of one address space are all marked distributed, or none of them is."""
    both = (uses[t, k] == r) & (uses[u, k] == r)
    return (both & distributed[t, k]).implies(distributed[u, k])


@always()
def who_is_told_to_exit_has_left(t: Task, k: Kernel) -> Bool:
    """A shadow that is told to exit has left its kernel once."""
    return inc[t, k].among(Inc.told, Inc.waking).implies(visited[t, k])


@always()
def exits_are_of_the_marked(t: Task, k: Kernel) -> Bool:
    """Inside the exit hook is who is marked distributed."""
    return (exiter[k] == t).implies(distributed[t, k])


@always()
def hooks_tell_or_save(k: Kernel) -> Bool:
    """Who is inside the hook tells shadows, and saves what it leaves or does not."""
    inside = exit_step[k].among(ExitStep.telling, ExitStep.telling_to_save)
    return inside | ((exit_step[k] == ExitStep.idle) & (exiter[k] == nothing))


@always()
def somebody_stays(t: Task, k: Kernel, r: Replica) -> Bool:
    """Who leaves an address space unsaved, leaves it to another user."""
    leaves = (exiter[k] == t) & (exit_step[k] == ExitStep.telling) & (uses[t, k] == r)
    return leaves.implies(some(Task, lambda u: (u != t) & (uses[u, k] == r)))


LEMMAS = (
    closure_only_when_all_are_gone,
    none_destroyed_while_members_live,
    closure_declared_once,
    nothing_before_the_first,
    the_born_are_in_a_group,
    a_closed_group_had_a_home,
    closure_is_known_when_declared,
    a_forked_child_is_alone,
    the_living_are_counted,
    parents_are_counted,
    deaths_are_of_the_exited,
    used_address_spaces_live,
    live_address_spaces_have_a_leader,
    one_address_space_of_a_group,
    address_spaces_are_of_groups,
    only_its_first_has_what_is_forked,
    who_is_complete_uses_one,
    members_share_what_they_use,
    nobody_has_left_the_unmarked,
    nobody_travels_from_the_unmarked,
    the_unmarked_are_on_one_kernel,
    the_living_are_with_the_unmarked,
    one_mark_for_all_users,
    who_is_told_to_exit_has_left,
    exits_are_of_the_marked,
    hooks_tell_or_save,
    somebody_stays,
)
