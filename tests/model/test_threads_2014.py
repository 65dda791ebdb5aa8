"""Threads and life-time of popcorn-2014: two engines, every action, and controls that must fail.

Where the repaired parts hold is listed with the claims (tests/checker/claims).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from popcorn_checker.checking import Request, check, make_subject
from popcorn_checker.engines import explore
from popcorn_checker.exploring import Effort, Exploration
from popcorn_checker.verdict import Status
from popcorn_model.language import Action, Mood
from popcorn_model.language import expr as e
from popcorn_model.language.walk import every_node, flat_updates
from popcorn_model.popcorn_2014 import PROTOCOL

BOTH = ("threads", "lifetime")
HARSH = {"preemption": "on", "stray_wake_ups": "possible", "membership": "some_down"}
STRAYS = {"stray_wake_ups": "possible"}
DOWN = {"membership": "some_down"}


def request(scope: str, variant: str, settings: Mapping[str, str]) -> Request:
    """Threads and life-time together."""
    return Request("popcorn-2014", variant, scope, BOTH, settings)


def explored(asked: Request, engine: str = "explicit") -> Exploration:
    """The whole scope by one engine."""
    return explore(make_subject(asked), Effort(engine=engine))


@pytest.mark.parametrize("exits", [0, 1])
@pytest.mark.parametrize("variant", ["as-built", "repaired"])
def test_the_oracle_counts_the_same(variant: str, exits: int) -> None:
    scope = f"kernels=2,tasks=2,hops=1,clones=0,group_exits={exits}"
    asked = request(scope, variant, {} if exits else HARSH)
    found, oracle = explored(asked), explored(asked, "evaluator")
    assert found.complete
    assert found.histogram == oracle.histogram
    assert (found.transitions, found.fired) == (oracle.transitions, oracle.fired)


def test_every_action_is_taken_somewhere() -> None:
    """Repaired the members are counted; as built, and at its worst, all the rest happens."""
    grounds = (
        request("kernels=2,tasks=2,hops=2", "repaired", {}),
        request("kernels=2,tasks=2,hops=2,clones=0,group_exits=0,strangers=1", "as-built", HARSH),
    )
    taken = {n for asked in grounds for n, times in explored(asked).fired.items() if times}
    parts = [PROTOCOL.part(name) for name in BOTH]
    assert {a.name for p in parts for a in p.actions} <= taken


AS_BUILT: Mapping[str, tuple[Mapping[str, str], str]] = {
    "at_most_one_place": (STRAYS, "kernels=2,tasks=2,hops=1,clones=0"),
    "no_thread_lost": (DOWN, "kernels=2,tasks=2,hops=1,clones=0"),
    "travellers_arrive": (DOWN, "kernels=2,tasks=2,hops=1,clones=0"),
    "shadow_at_each_visited_kernel": (STRAYS, "kernels=2,tasks=2,hops=1,clones=0"),
    "arrivals_find_what_they_need": (STRAYS, "kernels=2,tasks=2,hops=2,clones=0"),
    "shadows_do_not_run": (STRAYS, "kernels=2,tasks=2,hops=1,clones=0"),
    "exits_once_active_first": (STRAYS, "kernels=2,tasks=2,hops=1,clones=0"),
    "shadows_die": (STRAYS, "kernels=2,tasks=2,hops=1,clones=0"),
    "counted_at_home": (STRAYS, "kernels=2,tasks=2,hops=1,clones=0"),
    "one_program_per_group_id": ({}, "kernels=2,tasks=3,hops=2,clones=1,strangers=1"),
    "live_or_saved": ({}, "kernels=2,tasks=3,hops=2,clones=1,strangers=1"),
    "one_replica_per_kernel": ({}, "kernels=2,tasks=3,hops=1,group_exits=0"),
    "distributed_groups_are_marked": ({}, "kernels=2,tasks=3,hops=1"),
    "none_destroyed_while_members_live": (STRAYS, "kernels=2,tasks=2,hops=2"),
    "closure_only_when_all_are_gone": (STRAYS, "kernels=2,tasks=2,hops=2"),
    "no_item_waits_for_one_behind_it": (STRAYS, "kernels=2,tasks=2,hops=2"),
    "closed_groups_leave_nothing": ({}, "kernels=2,tasks=2,hops=1,clones=0"),
    "group_exit_ends_all": ({}, "kernels=2,tasks=2,hops=1"),
}
"""Properties that the code as it was breaks, with the settings and the scope that show it."""

MUTATED: Mapping[str, tuple[str, str, str]] = {
    "resumes_where_it_stopped": ("repaired", "resume_shadow/update2", "kernels=2"),
    "sleeping_registers_untouched": ("repaired", "migrate_to_new_kernel/update3", "kernels=2"),
    "sources_hear_of_arrivals": ("repaired", "pair/update2", "kernels=3,clones=0"),
    "every_member_has_a_home_and_a_group": ("repaired", "start_program/update4", "kernels=2"),
    "closure_declared_once": ("repaired", "declare_closure/guard3", "kernels=2"),
    "incarnations_have_their_address_space": ("repaired", "adopt_address_space/update7",
                                              "kernels=2"),
    "counts_are_answered": ("as-built", "answer_count/update2", "kernels=2"),
    "semaphore_keeps_apart": ("repaired", "adopt_address_space/update1", "kernels=2"),
    "hooks_end": ("repaired", "leave_hook/update2", "kernels=2"),
    "hook_is_for_distributed_groups": ("repaired", "exit_thread/guard2", "kernels=2"),
    "exits_tell_before_they_end": ("repaired", "leave_hook/guard3", "kernels=2"),
    "gone_is_gone": ("repaired", "leave_hook/update3", "kernels=2"),
    "zombies_wait_for_somebody": ("repaired", "exit_alone/update5", "kernels=2"),
    "imports_forget_their_source": ("repaired", "finish_import/update3", "kernels=2"),
    "address_spaces_belong_to_groups": ("repaired", "exit_alone/update7", "kernels=2"),
    "first_of_a_thread_group_is_there": ("repaired", "exit_alone/update6", "kernels=2"),
    "home_counts_the_living": ("repaired", "exit_alone/update11", "kernels=2"),
    "all_comes_to_rest": ("repaired", "close_group/update1", "kernels=2"),
}  # fmt: skip
"""The others, with a mutation that each of them must notice."""


@pytest.mark.parametrize("prop", AS_BUILT)
def test_each_property_is_broken_as_built(prop: str) -> None:
    settings, scope = AS_BUILT[prop]
    asked = replace(request(scope, "as-built", settings), properties=(prop,))
    result = check(asked, Effort(stop_at=frozenset((prop,)))).result(prop)
    assert result is not None
    assert result.status is Status.VIOLATED


@pytest.mark.parametrize("prop", MUTATED)
def test_each_other_property_is_broken_by_a_mutation(prop: str) -> None:
    variant, mutation, scope = MUTATED[prop]
    asked = request(f"{scope},tasks=2,hops=2,group_exits=0", variant, {})
    asked = replace(asked, properties=(prop,), mutation=mutation)
    result = check(asked, Effort(stop_at=frozenset((prop,)))).result(prop)
    assert result is not None
    assert result.status is Status.VIOLATED


def test_every_property_has_such_a_control() -> None:
    listed = [p for name in BOTH for p in PROTOCOL.part(name).properties]
    judged = {p.name for p in listed if p.mood is not Mood.SOMETIMES}
    assert judged == AS_BUILT.keys() | MUTATED.keys()


@pytest.mark.parametrize("variant", PROTOCOL.variants)
@pytest.mark.parametrize("preemption", ["off", "on"])
def test_nothing_that_a_semaphore_holder_waits_for_takes_a_semaphore(
    variant: str, preemption: str
) -> None:
    """Invariant 32: only exit_wq may wait for one, and no holder waits for exit_wq."""
    model = PROTOCOL.configured(variant, {"preemption": preemption})
    waiting = {a.name for a in model.actions if {"importer", "exiter"} & guarded_by(a)}
    serving = {a.name for a in model.actions if {"mapping_work", "clone_work", "ring"} & takes(a)}
    assert {"exit_thread", "shadow_exits"} <= waiting
    assert {"spawn_import", "pair"} <= serving
    assert not waiting & serving


def guarded_by(action: Action) -> set[str]:
    """The variables that the action's guards read."""
    nodes = (n for guard in action.guards for n in every_node(guard))
    return {n.state.name for n in nodes if isinstance(n, e.Read)}


def takes(action: Action) -> set[str]:
    """The queues from which the action takes a message."""
    return {u.ref.queue.name for u in flat_updates(action.updates) if isinstance(u, e.Pop)}
