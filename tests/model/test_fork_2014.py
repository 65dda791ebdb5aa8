"""fork in popcorn-2014: pinned counts, two engines, controls that must fail."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from popcorn_checker.explicit.search import Search
from popcorn_model.language.mutate import find_mutation
from popcorn_model.popcorn_2014 import PROTOCOL
from support.oracle import Case, get_engine_steps, get_steps, summarise, summarise_search
from support.popcorn import Ask, failed
from support.searches import get_bits, get_broken, search

THREADS = ("threads", "lifetime")
MIGRATING = ("threads", "memory")
MEMORY = ("memory",)
PLACED = {"placed": "during_work"}
ONE_PARENT = "kernels=2,tasks=2,pages=1,hops=1,clones=0,forks=1,vma_ops=0"


@pytest.mark.parametrize(
    ("parts", "settings", "scope", "counts"),
    [
        (THREADS, {}, "kernels=2,tasks=2,hops=1,forks=1", (98_141, 245_972, 39)),
        (MEMORY, PLACED, "kernels=2,tasks=2,pages=1,forks=1,vma_ops=1", (53_661, 102_656, 47)),
        (MIGRATING, {}, ONE_PARENT, (78_869, 157_764, 58)),
    ],
)
def test_repaired_holds_with_pinned_counts(
    parts: tuple[str, ...], settings: Mapping[str, str], scope: str, counts: tuple[int, int, int]
) -> None:
    found = search(PROTOCOL.configured("repaired", settings, parts), scope)
    assert found.complete
    assert not get_broken(found)
    assert found.fault is None
    assert found.deadlock == -1
    assert (found.states, found.transitions, len(found.levels) - 1) == counts


@pytest.mark.rest  # 20 s: two threads on two kernels, one of which forks
@pytest.mark.parametrize(
    ("variant", "scope", "states", "broken_there"),
    [
        ("repaired", "kernels=2,tasks=3,pages=1,forks=1,vma_ops=0", 260_605, set()),
        ("as-built", "kernels=2,tasks=3,pages=1,forks=1,vma_ops=0", 657_481,
         {"forked_memory_is_private", "child_misses_nothing", "exported_is_not_left_to_a_child"}),
    ],
)  # fmt: skip
def test_distributed_parents_fork(
    variant: str, scope: str, states: int, broken_there: set[str]
) -> None:
    found = search(PROTOCOL.configured(variant, PLACED, MEMORY), scope)
    assert found.complete
    assert found.states == states
    assert broken_there <= get_broken(found)
    assert bool(broken_there) == bool(get_broken(found))


@pytest.mark.parametrize("variant", ["as-built", "repaired"])
def test_the_oracle_counts_the_same(variant: str) -> None:
    case = Case.of(PROTOCOL.configured(variant, parts=("threads",)),
                   "kernels=2,tasks=2,hops=1,clones=0,forks=1")  # fmt: skip
    expected, _ = summarise(case.evaluator)
    assert summarise_search(case.search()) == expected


@pytest.mark.rest  # up to 6 s each
@pytest.mark.parametrize("variant", ["as-built", "repaired"])
def test_the_oracle_takes_the_same_steps_where_memory_is_copied(variant: str) -> None:
    case = Case.of(PROTOCOL.configured(variant, parts=MIGRATING), ONE_PARENT)
    found = case.search()
    inside = [i for i in range(0, found.states, 97) if has_forked(found, i)]
    assert len(inside) > 50
    for i in inside[:: len(inside) // 20]:
        steps = get_steps(case.evaluator, case.decoded(found, i))
        assert get_engine_steps(case, found, i) == steps.after


def has_forked(found: Search, i: int) -> bool:
    """In state ``i`` a second group exists."""
    return bool(get_bits(found, i, "group_home", 1))


@pytest.mark.parametrize(
    ("prop", "mutation"),
    [
        ("forked_memory_is_private", "fork_process/update15"),
        ("child_misses_nothing", "copy_replica/update6"),
        ("exported_is_not_left_to_a_child", "finish_fork/guard3"),
    ],
)
def test_each_property_is_broken_by_a_mutation(prop: str, mutation: str) -> None:
    model = PROTOCOL.configured("repaired", parts=MIGRATING)
    mutant = find_mutation(model, mutation).apply(model)
    assert prop in get_broken(search(mutant, ONE_PARENT, prop))


def test_a_fork_that_asks_again_and_again_does_not_return() -> None:
    ask = Ask(MIGRATING, ONE_PARENT, mutation="map_fetched_page/update4")
    assert failed(ask.verdict(liveness=True)) >= {"forks_return"}


def test_every_property_of_fork_has_a_control() -> None:
    assert {p.name for p in PROTOCOL.part("fork").properties} == {
        "forked_memory_is_private",
        "child_misses_nothing",
        "exported_is_not_left_to_a_child",
        "forks_return",
    }


@pytest.mark.slow(reason="6 s: a page query comes between copying a replica and its pages")
def test_a_page_query_can_come_inside_a_fork() -> None:
    settings = {"preemption": "on", "fork_fetches": "off", "placed": "during_work"}
    model = PROTOCOL.configured("repaired", settings, MEMORY)
    found = search(model, "kernels=2,tasks=3,pages=1,forks=1,vma_ops=0")
    assert found.fired_by_action()["leave_to_child"] > 0


def test_every_action_of_fork_fires_somewhere() -> None:
    part = {a.name for a in PROTOCOL.part("fork").actions}
    found = search(PROTOCOL.configured("repaired", parts=MIGRATING), ONE_PARENT)
    fired = {n for n, times in found.fired_by_action().items() if times}
    assert part - fired == {"leave_to_child"}
