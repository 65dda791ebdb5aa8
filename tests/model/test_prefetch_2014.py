"""Prefetch in popcorn-2014: pinned counts, two engines, and a lock that makes it harmless."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from popcorn_checker.explicit.layout import WORD_BITS, Layout
from popcorn_checker.explicit.search import Search
from popcorn_checker.scopes import make_scope
from popcorn_model.language import Model
from popcorn_model.popcorn_2014 import PROTOCOL
from support.oracle import Case, get_engine_steps, get_steps
from support.searches import get_bits, get_broken, search

RUNS = {"contiguity": "possible"}
MEMORY = ("memory",)
TWO_PAGES = "kernels=2,tasks=2,pages=2,vma_ops=0"


def configure(variant: str, settings: Mapping[str, str] = RUNS) -> Model:
    """Memory alone where runs are possible, or with other settings."""
    return PROTOCOL.configured(variant, {**RUNS, **settings}, MEMORY)


@pytest.mark.rest  # 10 s each
@pytest.mark.parametrize(("contiguity", "states"), [("never", 31_791), ("possible", 33_423)])
def test_repaired_holds_with_pinned_counts(contiguity: str, states: int) -> None:
    found = search(configure("repaired", {"contiguity": contiguity}), TWO_PAGES)
    assert found.complete
    assert found.states == states
    assert found.deadlock == -1
    assert not get_broken(found)


@pytest.mark.slow(reason="6 s: prefetch against munmap on two kernels, two pages")
def test_the_lock_of_the_whole_address_space_makes_prefetch_harmless() -> None:
    others = {"propagate_remaps": "on", "locked_import": "on"}
    found = search(configure("as-built", others), "kernels=2,tasks=2,pages=2,vma_ops=1")
    assert found.complete
    assert "unmapped_everywhere" not in get_broken(found)


@pytest.mark.rest  # 15 s each with the evaluator
@pytest.mark.parametrize("variant", ["as-built", "repaired"])
def test_the_oracle_takes_the_same_steps(variant: str) -> None:
    case = Case.of(configure(variant), TWO_PAGES)
    found = case.search()
    runs = [i for i in range(0, found.states, 7) if took_run(found, i)]
    assert len(runs) > 20
    for i in runs[:: len(runs) // 20]:
        steps = get_steps(case.evaluator, case.decoded(found, i))
        assert get_engine_steps(case, found, i) == steps.after


def took_run(found: Search, i: int) -> bool:
    """In state ``i`` some thread has heard of a run and has not mapped it."""
    return any(get_bits(found, i, "next_page", t) for t in range(2))


@pytest.mark.rest  # 15 s: prefetch, calls and faults on two kernels
def test_every_action_of_prefetch_fires_somewhere() -> None:
    found = search(configure("as-built"), "kernels=2,tasks=2,pages=2,vma_ops=0,reads=1")
    fired = found.fired_by_action()
    assert all(fired[n] for n in ("answer_with_run", "hear_of_run", "break_touched_page"))


def test_messages_fit_into_a_word_at_the_largest_scope() -> None:
    model = configure("as-built")
    layout = Layout(model, make_scope(model, "kernels=3,tasks=3,pages=2,frames=4"))
    assert all(q.width <= WORD_BITS for q in layout.queues.values())
