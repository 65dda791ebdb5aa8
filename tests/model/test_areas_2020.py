"""Areas and futexes of popcorn-2020: two engines, and what becomes of them without what is assumed.

Where the repaired part holds is listed with the claims (tests/checker/claims).
"""

from __future__ import annotations

from typing import Final

import pytest

from popcorn_checker.checking import Request, check
from popcorn_checker.exploring import Effort
from popcorn_model.popcorn_2020 import PROTOCOL
from support.oracle import Case, get_engine_steps, get_steps, summarise, summarise_search

VMA: Final = ("vma",)
FUTEX: Final = ("futex",)


@pytest.mark.parametrize("variant", ["as-built", "repaired"])
def test_the_oracle_counts_the_same(variant: str) -> None:
    case = Case.of(PROTOCOL.configured(variant, parts=VMA), "kernels=2,tasks=1,pages=1")
    total, _ = summarise(case.evaluator)
    assert summarise_search(case.search()) == total


def test_the_oracle_takes_the_same_steps() -> None:
    case = Case.of(PROTOCOL.configured("repaired", parts=VMA), "kernels=2,tasks=2,pages=1")
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
