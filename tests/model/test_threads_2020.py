"""Threads of popcorn-2020: two engines, and what becomes of them without what is assumed.

Where the repaired part holds is listed with the claims (tests/checker/claims).
"""

from __future__ import annotations

from typing import Final

import pytest

from popcorn_checker.checking import Request, check
from popcorn_checker.engines import explore
from popcorn_checker.exploring import Effort
from popcorn_model.popcorn_2020 import PROTOCOL
from support.oracle import Case, get_engine_steps, get_steps, summarise, summarise_search
from support.subjects import at_scope

SIGNALS: Final = ("signals",)


@pytest.mark.parametrize("variant", ["as-built", "repaired"])
def test_the_oracle_counts_the_same(variant: str) -> None:
    case = Case.of(PROTOCOL.configured(variant, parts=SIGNALS), "kernels=2,tasks=1")
    total, _ = summarise(case.evaluator)
    assert summarise_search(case.search()) == total


def test_the_oracle_takes_the_same_steps() -> None:
    case = Case.of(PROTOCOL.configured("repaired", parts=SIGNALS), "kernels=3,tasks=2")
    found = case.search()
    for i in range(found.states - 1, 0, -found.states // 40):
        steps = get_steps(case.evaluator, case.decoded(found, i))
        assert steps.after == get_engine_steps(case, found, i)


@pytest.mark.parametrize(
    ("prop", "mutation", "length"),
    [
        ("only_the_linked_come_back", "take_pairing/update2", 10),
        ("handlers_never_wait", "fork_thread/update1", 12),
    ],
)
def test_a_wrong_step_is_seen(prop: str, mutation: str, length: int) -> None:
    request = Request(
        protocol="popcorn-2020",
        variant="repaired",
        scope="kernels=2,tasks=2",
        parts=("threads",),
        mutation=mutation,
        properties=(prop,),
    )
    broken = [result for result in check(request, Effort()).results if result.failed]
    assert [(result.name, result.length) for result in broken] == [(prop, length)]


@pytest.mark.parametrize(
    ("settings", "actions"),
    [
        ({"registers": "may_fault"}, ("migrate_with_others", "migrate_back_with_others")),
        ({"workers": "may_vanish"}, ("lose_shadow", "miss_pairing")),
    ],
)
def test_what_an_assumption_allows_happens(
    settings: dict[str, str], actions: tuple[str, ...]
) -> None:
    model = PROTOCOL.configured("as-built", settings, SIGNALS)
    fired = explore(at_scope(model, "kernels=2,tasks=1"), Effort()).fired
    assert all(fired[name] for name in actions)
    kind = PROTOCOL.configured("as-built", parts=SIGNALS)
    assert not {a.name for a in kind.actions} & set(actions)


def test_repaired_no_registers_are_lost_and_no_thread_is_left_unpaired() -> None:
    for settings, prop in (
        ({"registers": "may_fault"}, "registers_are_kept"),
        ({"workers": "may_vanish"}, "threads_are_linked"),
    ):
        request = Request(
            protocol="popcorn-2020",
            variant="repaired",
            scope="kernels=2,tasks=2",
            parts=SIGNALS,
            settings=settings,
            properties=(prop,),
        )
        assert not [r.name for r in check(request, Effort()).results if r.failed]


def test_where_messages_are_lost_threads_are() -> None:
    verdict = check(
        Request(
            protocol="popcorn-2020",
            variant="repaired",
            scope="kernels=2,tasks=1",
            parts=("threads",),
            settings={"ring": "may_drop"},
        ),
        Effort(),
    )
    broken = {result.name for result in verdict.results if result.failed}
    assert {"no_thread_is_lost", "pairing_comes_first", "travellers_arrive"} <= broken
