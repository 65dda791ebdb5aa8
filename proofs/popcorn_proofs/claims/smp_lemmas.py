"""Which thread of popcorn-2014 repaired is of which program, and who is told to exit.

The claim `threads` says where a thread is. What a program sees of it depends on groups as well: a
thread that waits in clone creates one of its own program, one that forks creates one of another,
and whom a kill reaches, its program has called exit_group.
"""

from popcorn_model.language import Bool, Property, always, nothing, some
from popcorn_model.popcorn_2014.lifetime import exit_called
from popcorn_model.popcorn_2014.membership import doomed, dying, group_home
from popcorn_model.popcorn_2014.messages import Wire
from popcorn_model.popcorn_2014.sorts import FIRST, Group, Inc, Kernel, Life, Task
from popcorn_model.popcorn_2014.tasks import forking, group, inc, life, uses
from popcorn_model.popcorn_2014.transport import exit_work, outbox, ring
from popcorn_proofs.claim import lemmas_by_goal
from popcorn_proofs.claims.closure_lemmas import used_address_spaces_live
from popcorn_proofs.claims.threads_lemmas import (
    active_on_one_kernel,
    active_or_carried,
    births_wait_for_the_answer,
    births_wait_to_be_counted,
    embryos_have_been_nowhere,
    forked_is_not_cloned,
    forks_wait_for_the_copy,
    nobody_lives_before_the_first,
    one_parent_forks_a_child,
    only_states_of_the_repaired,
    only_the_living_are_somewhere,
    the_unborn_are_nowhere,
    users_have_an_address_space,
)


@always()
def who_runs_is_in_no_clone(t: Task, j: Kernel, k: Kernel) -> Bool:
    """Who runs somewhere is nowhere in clone, neither as a parent nor as a child."""
    return (inc[t, k] == Inc.running).implies(~inc[t, j].among(Inc.creating, Inc.embryo))


@always()
def the_unborn_fork_nobody(t: Task) -> Bool:
    """A thread that is not created yet is not inside fork."""
    return (life[t] == Life.unborn).implies(forking[t] == nothing)


@always()
def groups_have_a_home(t: Task, g: Group) -> Bool:
    """Some kernel has forked the group of a thread."""
    return (group[t] == g).implies(group_home[g].exists)


@always()
def no_home_before_the_first(g: Group) -> Bool:
    """Before the first thread has been started no kernel has forked a group."""
    return (life[FIRST] == Life.unborn).implies(~group_home[g].exists)


@always()
def who_lives_has_a_group(t: Task) -> Bool:
    """A thread that is created is of some group, and none is before."""
    return (life[t] == Life.unborn) != group[t].exists


@always()
def exits_are_called_by_members(g: Group) -> Bool:
    """Only a group that some kernel has forked is told to exit."""
    return exit_called[g].implies(group_home[g].exists)


@always()
def the_dying_have_called(k: Kernel, g: Group) -> Bool:
    """A kernel takes a group for dying only when a member has called exit_group."""
    message = Wire.exit_group(group=g)
    told = ring[k].holds(message) | exit_work[k].holds(message) | outbox[k].holds(message)
    return (dying[k, g] | told).implies(exit_called[g])


@always()
def who_runs_has_an_address_space(t: Task, k: Kernel) -> Bool:
    """Who runs, slept or waits uses an address space; a forked child gets its own with the copy."""
    forked = some(Task, lambda p: forking[p] == t)
    needs = inc[t, k].among(Inc.running, Inc.creating, Inc.adopting, Inc.shadow) | (
        (inc[t, k] == Inc.embryo) & ~forked
    )
    return needs.implies(uses[t, k].exists)


@always()
def the_unborn_are_not_doomed(t: Task, k: Kernel) -> Bool:
    """No kill waits for a thread that is not created yet."""
    return (life[t] == Life.unborn).implies(~doomed[t, k])


@always()
def the_doomed_are_members(t: Task, k: Kernel, g: Group) -> Bool:
    """A kill reaches only threads whose group has called exit_group."""
    return (doomed[t, k] & (group[t] == g)).implies(exit_called[g])


@always()
def children_are_of_the_group(t: Task, p: Task, k: Kernel) -> Bool:
    """While messages are about a birth, child and parent are of one group."""
    asked = Wire.born.like(task=t, parent=p)
    told = ring[k].holds(asked) | exit_work[k].holds(asked)
    answered = ring[k].holds(Wire.born_ack(task=t, parent=p))
    return (told | answered).implies(group[t] == group[p])


@always()
def the_forked_are_of_others(t: Task, c: Task) -> Bool:
    """What is being forked is the first thread of another program than the first one."""
    other = some(Group, lambda g: (group[c] == g) & (group[FIRST] != g))
    return (forking[t] == c).implies(other & (c != FIRST))


BY = lemmas_by_goal(
    {
        who_runs_is_in_no_clone: (
            active_on_one_kernel, active_or_carried, births_wait_for_the_answer,
            forks_wait_for_the_copy, the_unborn_are_nowhere, users_have_an_address_space,
            embryos_have_been_nowhere,
        ),
        the_unborn_fork_nobody: (
            forks_wait_for_the_copy, the_unborn_are_nowhere, nobody_lives_before_the_first,
        ),
        groups_have_a_home: (),
        no_home_before_the_first: (nobody_lives_before_the_first, only_the_living_are_somewhere),
        who_lives_has_a_group: (only_the_living_are_somewhere,),
        exits_are_called_by_members: (groups_have_a_home,),
        the_dying_have_called: (),
        used_address_spaces_live: (
            users_have_an_address_space, the_unborn_are_nowhere, nobody_lives_before_the_first,
        ),
        who_runs_has_an_address_space: (
            births_wait_for_the_answer, forks_wait_for_the_copy, active_on_one_kernel,
            users_have_an_address_space, one_parent_forks_a_child, embryos_have_been_nowhere,
            forked_is_not_cloned, only_states_of_the_repaired, the_unborn_are_nowhere,
        ),
        the_unborn_are_not_doomed: (the_unborn_are_nowhere, only_the_living_are_somewhere),
        the_doomed_are_members: (
            the_dying_have_called, used_address_spaces_live, who_lives_has_a_group,
            who_runs_has_an_address_space, the_unborn_are_not_doomed,
        ),
        children_are_of_the_group: (
            births_wait_for_the_answer, births_wait_to_be_counted, the_unborn_are_nowhere,
        ),
        the_forked_are_of_others: (
            forks_wait_for_the_copy, who_lives_has_a_group, only_the_living_are_somewhere,
            the_unborn_are_nowhere, groups_have_a_home, nobody_lives_before_the_first,
        ),
    }
)  # fmt: skip

BY |= {
    "let_run_is_a_step": (
        "births_wait_for_the_answer", "children_are_of_the_group", "forks_wait_for_the_copy",
        "active_on_one_kernel", "only_the_living_are_somewhere", "embryos_have_been_nowhere",
    ),
    "clone_thread_is_a_step": (
        "who_runs_is_in_no_clone", "the_unborn_fork_nobody", "the_unborn_are_nowhere",
        "nobody_lives_before_the_first",
    ),
    **{
        f"{exit_}_is_a_step": (
            "active_on_one_kernel", "only_the_living_are_somewhere", "leaders_use_or_are_dead",
            "zombies_have_exited", "users_have_an_address_space", *more)
        for exit_, more in {
            "exit_alone": (), "killed_alone": ("the_doomed_are_members", "who_lives_has_a_group"),
        }.items()
    },
    "start_program_is_a_step": (
        "nobody_lives_before_the_first", "the_unborn_are_nowhere", "forks_wait_for_the_copy",
        "no_home_before_the_first", "exits_are_called_by_members", "who_lives_has_a_group",
    ),
    "let_run/who_runs_has_an_address_space": (
        "who_runs_has_an_address_space", "births_wait_for_the_answer", "forked_is_not_cloned",
    ),
    "fork_process/who_runs_has_an_address_space": (
        "who_runs_has_an_address_space", "the_unborn_are_nowhere", "used_address_spaces_live",
    ),
}  # fmt: skip

CONTROLS = {
    "start_program/update1": "who_lives_has_a_group",
    "start_program/update7": "groups_have_a_home",
    "start_program/update9": "used_address_spaces_live",
    "start_program/update10": "used_address_spaces_live",
    "clone_thread/guard1": "who_lives_has_a_group",
    "clone_thread/update6": "children_are_of_the_group",
    "clone_thread/update7": "who_runs_has_an_address_space",
    "receive_exit_group/guard2": "the_dying_have_called",
    "fork_process/update6": "groups_have_a_home",
    "call_fork/guard4": "the_forked_are_of_others",
    "call_fork/update5": "the_forked_are_of_others",
    "adopt_address_space/update7": "used_address_spaces_live",
}

LEMMAS: tuple[Property, ...] = (
    who_runs_is_in_no_clone,
    the_unborn_fork_nobody,
    groups_have_a_home,
    no_home_before_the_first,
    who_lives_has_a_group,
    exits_are_called_by_members,
    the_dying_have_called,
    used_address_spaces_live,
    who_runs_has_an_address_space,
    the_unborn_are_not_doomed,
    the_doomed_are_members,
    children_are_of_the_group,
    the_forked_are_of_others,
)
