"""Areas, remaps and futexes of popcorn-2020: two engines, controls, and what goes without saying.

Where the repaired part holds is listed with the claims (tests/checker/claims).
"""

from __future__ import annotations

from typing import Final

import pytest

from popcorn_checker.checking import Request, check, make_subject
from popcorn_checker.engines import explore
from popcorn_checker.exploring import Effort
from popcorn_model.popcorn_2020 import PROTOCOL
from support.oracle import Case, get_engine_steps, get_steps, summarise, summarise_search

VMA: Final = ("vma",)
REMAPS: Final = ("remaps",)
FUTEX: Final = ("futex",)


@pytest.mark.rest  # about 9 s
@pytest.mark.parametrize(
    ("parts", "variant"), [(VMA, "as-built"), (VMA, "repaired"), (REMAPS, "repaired")]
)
def test_the_oracle_counts_the_same(parts: tuple[str, ...], variant: str) -> None:
    case = Case.of(PROTOCOL.configured(variant, parts=parts), "kernels=2,tasks=1,pages=1")
    total, _ = summarise(case.evaluator)
    assert summarise_search(case.search()) == total


@pytest.mark.parametrize(
    ("parts", "variant", "scope"),
    [
        (VMA, "repaired", "kernels=2,tasks=2,pages=1"),
        (REMAPS, "as-built", "kernels=2,tasks=1,pages=1"),
        (REMAPS, "repaired", "kernels=2,tasks=1,pages=2"),
    ],
)
def test_the_oracle_takes_the_same_steps(
    parts: tuple[str, ...], variant: str, scope: str
) -> None:
    case = Case.of(PROTOCOL.configured(variant, parts=parts), scope)
    found = case.search()
    for i in range(found.states - 1, 0, -found.states // 10):
        steps = get_steps(case.evaluator, case.decoded(found, i))
        assert steps.after == get_engine_steps(case, found, i)


def test_repaired_a_node_that_cannot_map_an_area_breaks_nothing() -> None:
    request = Request(
        protocol="popcorn-2020",
        variant="repaired",
        scope="kernels=2,tasks=2,pages=1",
        parts=VMA,
        settings={"backing": "may_fail"},
    )
    verdict = check(request, Effort())
    assert verdict.covered.states == 14_589
    assert not [result.name for result in verdict.results if result.failed]


@pytest.mark.parametrize(
    ("prop", "mutation", "length"),
    [
        ("unmapped_is_forgotten", "move_at_origin/update10", 30),
        ("moved_pages_are_whole", "drop_to_move/guard1", 21),
        ("what_is_given_away_is_missed", "move_at_origin/guard3", 26),
        ("what_counts_is_kept", "move_at_origin/update2", 7),
        ("order_of_unmapping", "move_at_origin/update5", 6),
    ],
)
def test_a_wrong_move_is_seen(prop: str, mutation: str, length: int) -> None:
    request = Request(
        protocol="popcorn-2020",
        variant="repaired",
        scope="kernels=2,tasks=1,pages=2",
        parts=REMAPS,
        mutation=mutation,
        properties=(prop,),
    )
    broken = [result for result in check(request, Effort()).results if result.failed]
    assert [(result.name, result.length) for result in broken] == [(prop, length)]


def test_a_page_that_cannot_be_had_is_not_moved() -> None:
    lost = {"workers": "may_vanish"}
    scope = "kernels=2,tasks=1,pages=2"
    fired = {}
    for settings in ({}, lost):
        request = Request("popcorn-2020", "repaired", scope, parts=REMAPS, settings=settings)
        fired[bool(settings)] = explore(make_subject(request), Effort()).fired["miss_to_move"] > 0
    assert fired == {False: False, True: True}


def test_the_mailed_version_stays_in_its_loop() -> None:
    asked = ("one_copy_runs",)
    broken = []
    for variant in ("as-built-5.2", "as-built-rfc"):
        request = Request(
            protocol="popcorn-2020",
            variant=variant,
            scope="kernels=2,tasks=1,pages=1",
            parts=FUTEX,
            properties=asked,
        )
        broken += [variant for result in check(request, Effort()).results if result.failed]
    assert broken == ["as-built-5.2"]
