"""The end of groups in popcorn-2014 repaired: closure and saved address spaces.

What each lemma follows from stands here, and the wrong protocols for which the proof must fail.
The claim rests on that about the threads, whose lemmas say where these are.
"""

from popcorn_model.popcorn_2014.lifetime_properties import (
    closure_declared_once,
    closure_only_when_all_are_gone,
    none_destroyed_while_members_live,
)
from popcorn_proofs.claim import Claim, lemmas_by_goal
from popcorn_proofs.claims import threads
from popcorn_proofs.claims.closure_lemmas import (
    LEMMAS,
    a_closed_group_had_a_home,
    a_forked_child_is_alone,
    address_spaces_are_of_groups,
    closure_is_known_when_declared,
    deaths_are_of_the_exited,
    exits_are_of_the_marked,
    hooks_tell_or_save,
    live_address_spaces_have_a_leader,
    members_share_what_they_use,
    nobody_has_left_the_unmarked,
    nobody_travels_from_the_unmarked,
    nothing_before_the_first,
    one_address_space_of_a_group,
    one_mark_for_all_users,
    only_its_first_has_what_is_forked,
    parents_are_counted,
    somebody_stays,
    the_born_are_in_a_group,
    the_living_are_counted,
    the_living_are_with_the_unmarked,
    the_unmarked_are_on_one_kernel,
    used_address_spaces_live,
    who_is_complete_uses_one,
    who_is_told_to_exit_has_left,
)
from popcorn_proofs.claims.threads_lemmas import (
    active_on_one_kernel,
    births_wait_for_the_answer,
    births_wait_to_be_counted,
    embryos_have_been_nowhere,
    forks_wait_for_the_copy,
    hooks_are_for_exits,
    leaders_use_or_are_dead,
    nobody_lives_before_the_first,
    only_the_living_are_somewhere,
    parties_of_a_birth_wait,
    shadows_only_where_it_has_been,
    the_unborn_are_nowhere,
    users_have_an_address_space,
)

BY = lemmas_by_goal(
    {
        closure_only_when_all_are_gone: (
            the_living_are_counted,
            parents_are_counted,
            nothing_before_the_first,
            a_closed_group_had_a_home,
        ),
        closure_declared_once: (),
        none_destroyed_while_members_live: (
            closure_only_when_all_are_gone,
            closure_is_known_when_declared,
            hooks_tell_or_save,
            somebody_stays,
            users_have_an_address_space,
        ),
        nothing_before_the_first: (
            nobody_lives_before_the_first,
            the_unborn_are_nowhere,
            hooks_are_for_exits,
        ),
        the_born_are_in_a_group: (),
        a_closed_group_had_a_home: (),
        closure_is_known_when_declared: (),
        a_forked_child_is_alone: (
            forks_wait_for_the_copy,
            the_born_are_in_a_group,
            the_unborn_are_nowhere,
        ),
        the_living_are_counted: (deaths_are_of_the_exited, the_born_are_in_a_group),
        parents_are_counted: (
            the_living_are_counted,
            deaths_are_of_the_exited,
            births_wait_to_be_counted,
            parties_of_a_birth_wait,
            active_on_one_kernel,
        ),
        deaths_are_of_the_exited: (),
        used_address_spaces_live: (
            users_have_an_address_space,
            the_unborn_are_nowhere,
            forks_wait_for_the_copy,
            a_forked_child_is_alone,
            hooks_are_for_exits,
        ),
        live_address_spaces_have_a_leader: (
            leaders_use_or_are_dead,
            users_have_an_address_space,
            used_address_spaces_live,
        ),
        one_address_space_of_a_group: (
            live_address_spaces_have_a_leader,
            address_spaces_are_of_groups,
            only_its_first_has_what_is_forked,
            used_address_spaces_live,
            nothing_before_the_first,
        ),
        address_spaces_are_of_groups: (the_born_are_in_a_group, the_unborn_are_nowhere),
        only_its_first_has_what_is_forked: (
            a_forked_child_is_alone,
            address_spaces_are_of_groups,
            forks_wait_for_the_copy,
            embryos_have_been_nowhere,
            used_address_spaces_live,
            users_have_an_address_space,
        ),
        who_is_complete_uses_one: (
            users_have_an_address_space,
            forks_wait_for_the_copy,
            births_wait_for_the_answer,
        ),
        members_share_what_they_use: (
            one_address_space_of_a_group,
            used_address_spaces_live,
            live_address_spaces_have_a_leader,
            the_born_are_in_a_group,
            users_have_an_address_space,
            the_unborn_are_nowhere,
        ),
        nobody_has_left_the_unmarked: (
            users_have_an_address_space,
            the_unborn_are_nowhere,
        ),
        nobody_travels_from_the_unmarked: (
            nobody_has_left_the_unmarked,
            users_have_an_address_space,
            only_the_living_are_somewhere,
        ),
        the_unmarked_are_on_one_kernel: (
            nobody_travels_from_the_unmarked,
            users_have_an_address_space,
            the_unborn_are_nowhere,
        ),
        the_living_are_with_the_unmarked: (
            nobody_has_left_the_unmarked,
            nobody_travels_from_the_unmarked,
            the_unmarked_are_on_one_kernel,
            users_have_an_address_space,
            births_wait_for_the_answer,
        ),
        one_mark_for_all_users: (
            users_have_an_address_space,
            used_address_spaces_live,
            the_living_are_with_the_unmarked,
            only_the_living_are_somewhere,
            the_unborn_are_nowhere,
        ),
        who_is_told_to_exit_has_left: (shadows_only_where_it_has_been,),
        exits_are_of_the_marked: (
            hooks_are_for_exits,
            who_is_told_to_exit_has_left,
            nobody_has_left_the_unmarked,
            who_is_complete_uses_one,
            forks_wait_for_the_copy,
        ),
        hooks_tell_or_save: (),
        somebody_stays: (
            one_mark_for_all_users,
            exits_are_of_the_marked,
            users_have_an_address_space,
            hooks_are_for_exits,
        ),
    }
)

STEPS: dict[str, str] = {
    "exit_thread/the_born_are_in_a_group": "the_unborn_are_nowhere",
    "obey_kill/the_born_are_in_a_group": "the_unborn_are_nowhere",
    "exit_alone/the_born_are_in_a_group": "the_unborn_are_nowhere",
    "killed_alone/the_born_are_in_a_group": "the_unborn_are_nowhere",
    "exit_alone/none_destroyed_while_members_live": (
        "the_living_are_with_the_unmarked who_is_complete_uses_one a_forked_child_is_alone "
        "users_have_an_address_space used_address_spaces_live one_address_space_of_a_group"
    ),
    "killed_alone/none_destroyed_while_members_live": (
        "the_living_are_with_the_unmarked who_is_complete_uses_one a_forked_child_is_alone "
        "users_have_an_address_space used_address_spaces_live one_address_space_of_a_group"
    ),
    "clone_thread/a_forked_child_is_alone":
        "forks_wait_for_the_copy the_unborn_are_nowhere active_on_one_kernel",
    "clone_thread/who_is_complete_uses_one":
        "forks_wait_for_the_copy the_unborn_are_nowhere active_on_one_kernel",
    "clone_thread/nobody_has_left_the_unmarked":
        "the_unborn_are_nowhere users_have_an_address_space",
    "clone_thread/the_unmarked_are_on_one_kernel": (
        "who_is_complete_uses_one forks_wait_for_the_copy the_unborn_are_nowhere "
        "only_the_living_are_somewhere active_on_one_kernel users_have_an_address_space"
    ),
    "clone_thread/the_living_are_with_the_unmarked": (
        "who_is_complete_uses_one forks_wait_for_the_copy the_unborn_are_nowhere "
        "only_the_living_are_somewhere active_on_one_kernel users_have_an_address_space "
        "the_unmarked_are_on_one_kernel"
    ),
    "clone_thread/only_its_first_has_what_is_forked":
        "forks_wait_for_the_copy the_unborn_are_nowhere",
    "leave_hook/address_spaces_are_of_groups": "used_address_spaces_live",
    "leave_hook/only_its_first_has_what_is_forked": (
        "used_address_spaces_live forks_wait_for_the_copy embryos_have_been_nowhere "
        "hooks_are_for_exits"
    ),
    "copy_replica/address_spaces_are_of_groups":
        "the_born_are_in_a_group forks_wait_for_the_copy the_unborn_are_nowhere",
    "clone_thread/exits_are_of_the_marked": "hooks_are_for_exits the_unborn_are_nowhere",
    "clone_thread/somebody_stays":
        "hooks_are_for_exits the_unborn_are_nowhere users_have_an_address_space",
    "fork_process/somebody_stays":
        "hooks_are_for_exits the_unborn_are_nowhere users_have_an_address_space",
    "migrate_to_new_kernel/nobody_has_left_the_unmarked": (
        "members_share_what_they_use who_is_complete_uses_one forks_wait_for_the_copy "
        "active_on_one_kernel users_have_an_address_space the_living_are_with_the_unmarked"
    ),
    "migrate_to_new_kernel/the_unmarked_are_on_one_kernel": "active_on_one_kernel",
    "migrate_to_new_kernel/the_living_are_with_the_unmarked": (
        "members_share_what_they_use who_is_complete_uses_one forks_wait_for_the_copy "
        "active_on_one_kernel users_have_an_address_space"
    ),
    "let_run/nobody_has_left_the_unmarked": "births_wait_for_the_answer",
    "let_run/the_unmarked_are_on_one_kernel": "births_wait_for_the_answer",
    "let_run/the_living_are_with_the_unmarked": "births_wait_for_the_answer",
    "shadow_exits/exits_are_of_the_marked": (
        "who_is_told_to_exit_has_left nobody_has_left_the_unmarked who_is_complete_uses_one "
        "forks_wait_for_the_copy embryos_have_been_nowhere"
    ),
    "flag_shadow/who_is_told_to_exit_has_left":
        "shadows_only_where_it_has_been only_states_of_the_repaired",
    "fork_process/who_is_complete_uses_one": (
        "forks_wait_for_the_copy used_address_spaces_live the_unborn_are_nowhere "
        "active_on_one_kernel"
    ),
    "fork_process/nobody_has_left_the_unmarked":
        "the_unborn_are_nowhere only_the_living_are_somewhere",
    "fork_process/the_unmarked_are_on_one_kernel":
        "the_born_are_in_a_group the_unborn_are_nowhere users_have_an_address_space",
    "call_fork/the_unmarked_are_on_one_kernel":
        "the_born_are_in_a_group the_unborn_are_nowhere users_have_an_address_space",
    "fork_process/the_living_are_with_the_unmarked":
        "the_born_are_in_a_group the_unborn_are_nowhere users_have_an_address_space",
    "call_fork/the_living_are_with_the_unmarked":
        "the_born_are_in_a_group the_unborn_are_nowhere users_have_an_address_space",
    "copy_replica/nobody_has_left_the_unmarked": (
        "a_forked_child_is_alone forks_wait_for_the_copy embryos_have_been_nowhere "
        "active_or_carried users_have_an_address_space"
    ),
    "copy_replica/the_unmarked_are_on_one_kernel": (
        "a_forked_child_is_alone forks_wait_for_the_copy embryos_have_been_nowhere "
        "active_on_one_kernel"
    ),
    "copy_replica/the_living_are_with_the_unmarked":
        "a_forked_child_is_alone forks_wait_for_the_copy active_on_one_kernel",
    "copy_replica/somebody_stays":
        "forks_wait_for_the_copy hooks_are_for_exits active_on_one_kernel",
    "leave_hook/the_living_are_with_the_unmarked": (
        "users_have_an_address_space leaders_use_or_are_dead exits_once_active_first "
        "zombies_have_exited hooks_are_for_exits only_states_of_the_repaired"
    ),
    "exit_alone/the_living_are_with_the_unmarked": (
        "users_have_an_address_space leaders_use_or_are_dead exits_once_active_first "
        "zombies_have_exited hooks_are_for_exits only_states_of_the_repaired"
    ),
    "killed_alone/the_living_are_with_the_unmarked": (
        "users_have_an_address_space leaders_use_or_are_dead exits_once_active_first "
        "zombies_have_exited hooks_are_for_exits only_states_of_the_repaired"
    ),
    "copy_replica/members_share_what_they_use": (
        "a_forked_child_is_alone forks_wait_for_the_copy active_on_one_kernel "
        "users_have_an_address_space"
    ),
    "clone_thread/nobody_travels_from_the_unmarked":
        "the_unborn_are_nowhere only_the_living_are_somewhere users_have_an_address_space",
    "migrate_to_new_kernel/nobody_travels_from_the_unmarked": (
        "members_share_what_they_use who_is_complete_uses_one forks_wait_for_the_copy "
        "active_on_one_kernel users_have_an_address_space the_living_are_with_the_unmarked"
    ),
    "let_run/nobody_travels_from_the_unmarked": "births_wait_for_the_answer",
    "fork_process/nobody_travels_from_the_unmarked":
        "the_unborn_are_nowhere only_the_living_are_somewhere",
    "copy_replica/nobody_travels_from_the_unmarked": (
        "a_forked_child_is_alone forks_wait_for_the_copy embryos_have_been_nowhere "
        "active_or_carried users_have_an_address_space"
    ),
    "finish_fork/who_is_complete_uses_one":
        "forks_wait_for_the_copy embryos_have_been_nowhere users_have_an_address_space",
    "exit_thread/the_living_are_counted": "only_states_of_the_repaired",
    "obey_kill/the_living_are_counted": "only_states_of_the_repaired",
    "exit_thread/deaths_are_of_the_exited": "only_states_of_the_repaired",
    "obey_kill/deaths_are_of_the_exited": "only_states_of_the_repaired",
}
"""The steps that need other lemmas than the rest, besides the one that they keep."""

NOTHING_YET = (
    "nothing_before_the_first nobody_lives_before_the_first the_unborn_are_nowhere "
    "users_have_an_address_space hooks_are_for_exits forks_wait_for_the_copy "
    "only_the_living_are_somewhere"
)
"""Why the first step of all finds nobody and nothing."""

STEPS |= {
    f"start_program/{lemma}": NOTHING_YET
    for lemma in (
        "a_forked_child_is_alone",
        "used_address_spaces_live",
        "only_its_first_has_what_is_forked",
        "nobody_has_left_the_unmarked",
        "nobody_travels_from_the_unmarked",
        "the_unmarked_are_on_one_kernel",
        "the_living_are_with_the_unmarked",
        "members_share_what_they_use",
        "one_mark_for_all_users",
        "somebody_stays",
    )
}

BY |= {step: (step.partition("/")[2], *lemmas.split()) for step, lemmas in STEPS.items()}

CONTROLS = {
    "start_program/update7": "the_born_are_in_a_group",
    "clone_thread/update8": "one_mark_for_all_users",
    "clone_thread/update9": "the_living_are_counted",
    "clone_thread/update12": "the_living_are_counted",
    "call_fork/update7": "the_living_are_counted",
    "count_birth/update2": "the_living_are_counted",
    "count_death/guard2": "the_living_are_counted",
    "migrate_to_new_kernel/update4": "nobody_has_left_the_unmarked",
    "adopt_address_space/guard4": "one_address_space_of_a_group",
    "adopt_address_space/update7": "used_address_spaces_live",
    "exit_thread/guard2": "exits_are_of_the_marked",
    "exit_thread/update3": "hooks_tell_or_save",
    "exit_thread/update7": "deaths_are_of_the_exited",
    "leave_hook/update10": "live_address_spaces_have_a_leader",
    "exit_alone/guard2": "none_destroyed_while_members_live",
    "declare_closure/guard3": "closure_declared_once",
    "declare_closure/guard4": "closure_only_when_all_are_gone",
}

CLAIM = Claim(
    id="closure",
    doc="A group is closed once, when no member is left; no address space goes while one lives.",
    protocol="popcorn-2014",
    variant="repaired",
    parts=threads.CLAIM.parts,
    safety=(
        "closure_only_when_all_are_gone",
        "closure_declared_once",
        "none_destroyed_while_members_live",
        "incarnations_have_their_address_space",
        "live_or_saved",
    ),
    lemmas=LEMMAS,
    by=BY,
    controls=CONTROLS,
    rests_on=threads.CLAIM,
    probes=threads.CLAIM.probes,
)
