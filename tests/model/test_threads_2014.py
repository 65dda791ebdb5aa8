"""Threads and life-time of popcorn-2014: two engines, and controls that must fail.

Where the repaired parts hold is listed with the claims (tests/checker/claims).
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from popcorn_checker.evaluate import Evaluator
from popcorn_checker.explicit.lower import lower
from popcorn_checker.explicit.search import Limits, Search, explore
from popcorn_checker.scopes import make_scope
from popcorn_model.language import Model, Mood
from popcorn_model.language.mutate import find_mutation
from popcorn_model.popcorn_2014 import PROTOCOL

BOTH = ("threads", "lifetime")


def search(model: Model, scope: str, stop_at: str = "") -> Search:
    """Explore a model at a scope, to the end or to a property."""
    sized = make_scope(model, scope)
    program = lower(model, sized, Evaluator(model, sized).initial())
    return explore(program, Limits(seconds=120, stop_at=frozenset(filter(None, [stop_at]))))


def broken(found: Search) -> set[str]:
    """The `always` properties that some state violates."""
    moods = {x.name: x.mood for x in found.program.model.properties}
    return {n for n in found.first_seen() if moods.get(n) is Mood.ALWAYS}


@pytest.mark.parametrize("variant", ["as-built", "repaired"])
def test_the_oracle_counts_the_same(variant: str) -> None:
    model = PROTOCOL.configured(variant, parts=BOTH)
    scope = make_scope(model, "kernels=2,tasks=2,hops=1,clones=0")
    oracle = Evaluator(model, scope)
    states = [oracle.initial()]
    known, transitions = set(states), 0
    for state in states:
        for _, after in oracle.successors(state):
            transitions += 1
            if after not in known:
                known.add(after)
                states.append(after)
    found = search(model, "kernels=2,tasks=2,hops=1,clones=0")
    assert (found.states, found.transitions) == (len(states), transitions)


HARSH = {"preemption": "on", "stray_wake_ups": "possible", "membership": "some_down"}


def test_repaired_holds_under_the_worst_assumptions() -> None:
    found = search(PROTOCOL.configured("repaired", HARSH, BOTH), "kernels=2,tasks=2,hops=2")
    assert found.complete
    assert not broken(found)
    assert found.deadlock == -1


STRAYS = {"stray_wake_ups": "possible"}


@pytest.mark.parametrize(
    ("prop", "settings", "scope"),
    [
        ("at_most_one_place", STRAYS, "kernels=2,tasks=2,hops=1,clones=0"),
        ("no_thread_lost", {"membership": "some_down"}, "kernels=2,tasks=2,hops=1,clones=0"),
        ("shadow_at_each_visited_kernel", STRAYS, "kernels=2,tasks=2,hops=1,clones=0"),
        ("arrivals_find_what_they_need", STRAYS, "kernels=2,tasks=2,hops=2,clones=0"),
        ("shadows_do_not_run", STRAYS, "kernels=2,tasks=2,hops=1,clones=0"),
        ("exits_once_active_first", STRAYS, "kernels=2,tasks=2,hops=1,clones=0"),
        ("counted_at_home", STRAYS, "kernels=2,tasks=2,hops=1,clones=0"),
        ("one_program_per_group_id", {}, "kernels=2,tasks=3,hops=2,clones=1,strangers=1"),
        ("live_or_saved", {}, "kernels=2,tasks=3,hops=2,clones=1,strangers=1"),
        ("one_replica_per_kernel", {}, "kernels=2,tasks=3,hops=1,group_exits=0"),
        ("distributed_groups_are_marked", {}, "kernels=2,tasks=3,hops=1"),
        ("none_destroyed_while_members_live", STRAYS, "kernels=2,tasks=2,hops=2"),
        ("closure_only_when_all_are_gone", STRAYS, "kernels=2,tasks=2,hops=2"),
    ],
)
def test_each_property_is_broken_as_built(
    prop: str, settings: Mapping[str, str], scope: str
) -> None:
    found = search(PROTOCOL.configured("as-built", settings, BOTH), scope, prop)
    assert prop in broken(found)


@pytest.mark.parametrize(
    ("prop", "mutation"),
    [
        ("resumes_where_it_stopped", "resume_shadow/update2"),
        ("sleeping_registers_untouched", "migrate_to_new_kernel/update3"),
        ("every_member_has_a_home_and_a_group", "start_program/update4"),
        ("closure_declared_once", "declare_closure/guard3"),
        ("incarnations_have_their_address_space", "adopt_address_space/update7"),
    ],
)
def test_each_other_property_is_broken_by_a_mutation(prop: str, mutation: str) -> None:
    model = PROTOCOL.configured("repaired", parts=BOTH)
    mutant = find_mutation(model, mutation).apply(model)
    found = search(mutant, "kernels=2,tasks=2,hops=2,group_exits=0", prop)
    assert prop in broken(found)
