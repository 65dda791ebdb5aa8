"""The short claims are kept, with their counts; ``make rest`` checks more, ``make long`` all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from popcorn_checker.claims.__main__ import chosen, line, main
from popcorn_checker.claims.claim import Claim
from popcorn_checker.claims.every import CLAIMS
from popcorn_checker.claims.keeping import keep
from popcorn_checker.errors import HOLDS, SAFETY, UNKNOWN
from popcorn_checker.exploring import Effort

QUICK_SECONDS = 3.0
REST_SECONDS = 10.0


def in_tests() -> list[Any]:
    """Every claim that a test can afford, those above a few seconds left to the rest."""
    rest = pytest.mark.rest  # each takes its own ``seconds``, at most REST_SECONDS
    return [
        pytest.param(c, id=str(c), marks=[rest] if c.seconds > QUICK_SECONDS else [])
        for c in CLAIMS
        if c.seconds <= REST_SECONDS
    ]


@pytest.mark.parametrize("claim", in_tests())
def test_each_short_claim_is_kept(claim: Claim) -> None:
    kept = keep(claim)
    assert not kept.problems
    assert kept.exit_code == HOLDS


def test_claims_differ() -> None:
    assert len({str(c) for c in CLAIMS}) == len(CLAIMS)


SMALL = Claim(("threads",), "kernels=2,tasks=2,hops=3", 591, 1_014, 22, seconds=1)


def test_another_count_is_a_broken_claim() -> None:
    kept = keep(replace(SMALL, states=592, depth=21))
    assert kept.problems == ("591 states, and 592 are pinned", "22 depth, and 21 are pinned")
    assert kept.exit_code == SAFETY
    assert line(kept, 1.0).startswith("BROKEN            591 states")


def test_a_violation_is_a_broken_claim() -> None:
    kept = keep(replace(SMALL, variant="as-built", settings={"stray_wake_ups": "possible"}))
    assert "shadows_do_not_run is violated" in kept.problems
    assert kept.exit_code == SAFETY


def test_liveness_counts_only_where_it_is_claimed() -> None:
    lost = Claim(("threads", "lifetime"), "kernels=2,tasks=2,hops=1,clones=0", 0, 0, 0, seconds=1,
                 variant="as-built")  # fmt: skip
    live = "closed_groups_leave_nothing is violated"
    assert live not in keep(lost).problems
    assert live in keep(replace(lost, liveness=True)).problems


def test_a_search_that_was_cut_short_decides_nothing() -> None:
    kept = keep(SMALL, Effort(seconds=0.0, engine="evaluator"))
    assert len(kept.problems) == 1
    assert "not decided" in kept.problems[0]
    assert kept.exit_code == UNKNOWN


def test_the_runner_takes_short_claims_first_and_words_choose() -> None:
    claims = chosen(["threads+lifetime"])
    assert claims
    assert all(c.parts == ("threads", "lifetime") for c in claims)
    assert [c.seconds for c in claims] == sorted(c.seconds for c in claims)


def test_the_runner_prints_a_line_a_claim(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["repaired, threads;", "kernels=2,tasks=2,hops=3"]) == HOLDS
    assert capsys.readouterr().out.startswith("kept              591 states")
    with pytest.raises(SystemExit):
        main(["no such words"])
