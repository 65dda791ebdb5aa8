"""Memory of popcorn-2014: two engines, and controls that must fail.

Where the repaired part holds is listed with the claims (tests/checker/claims).
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from popcorn_checker.checking import Request, check
from popcorn_checker.exploring import Effort
from popcorn_checker.verdict import Status
from popcorn_model.language.mutate import find_mutation
from popcorn_model.popcorn_2014 import PROTOCOL
from support.oracle import Case, get_engine_steps, get_steps, summarise, summarise_search
from support.searches import get_broken, search

Settings = Mapping[str, str]

MEMORY = ("memory",)
NOTHING: Settings = {}
ALONE = "kernels=2,tasks=1,pages=1,vma_ops=1"
SMALL = "kernels=2,tasks=2,pages=1,vma_ops=0,reads=0"
ONE_CALL = "kernels=2,tasks=2,pages=1,vma_ops=1,reads=1"
TWO_CALLS = "kernels=2,tasks=2,pages=1,vma_ops=2"
TWO_PAGES = "kernels=2,tasks=2,pages=2,vma_ops=1,frames=2"


@pytest.mark.parametrize("variant", ["as-built", "repaired"])
def test_the_oracle_counts_the_same(variant: str) -> None:
    case = Case.of(PROTOCOL.configured(variant, parts=MEMORY), ALONE)
    total, _ = summarise(case.evaluator)
    assert summarise_search(case.search()) == total


@pytest.mark.parametrize("variant", ["as-built", "repaired"])
def test_the_oracle_takes_the_same_steps(variant: str) -> None:
    case = Case.of(PROTOCOL.configured(variant, parts=MEMORY), ONE_CALL)
    found = case.search()
    for i in range(found.states - 1, 0, -found.states // 40):
        steps = get_steps(case.evaluator, case.decoded(found, i))
        assert steps.after == get_engine_steps(case, found, i)


def test_one_call_breaks_nine_properties_as_built() -> None:
    found = search(PROTOCOL.configured("as-built", parts=MEMORY), ONE_CALL)
    assert get_broken(found) == {
        "single_frame",
        "no_use_after_free",
        "writes_are_seen",
        "unmapped_everywhere",
        "protection_holds",
        "no_call_misses_an_area",
        "exported_is_not_copied",
        "nowhere_means_nowhere",
        "common_is_not_written",
    }


@pytest.mark.parametrize(
    ("prop", "settings"),
    [
        ("mmap_takes_only_holes", {}),
        ("permission_is_known", {}),
        ("no_wait_in_a_circle", {"vma_atomic": "off"}),
    ],
)
def test_two_calls_at_once_break_more_as_built(prop: str, settings: Settings) -> None:
    found = search(PROTOCOL.configured("as-built", settings, MEMORY), TWO_CALLS, prop)
    assert prop in get_broken(found)


@pytest.mark.parametrize(
    ("prop", "mutation", "scope"),
    [
        ("frame_backs_one_page", "fill_page/guard7", "kernels=2,tasks=2,pages=2,vma_ops=0"),
        ("content_is_kept", "fill_page/update3", SMALL),
        ("no_stray_signal", "find_page_nowhere/update1", SMALL),
        ("answers_fit_their_request", "find_page_nowhere/guard5", SMALL),
        ("no_frame_is_lost", "free_kept/update2", ONE_CALL),
        ("frames_are_kept_for_calls", "return_from_munmap/update4", ONE_CALL),
        ("free_frames_are_blank", "free_kept/update4", ONE_CALL),
        ("entries_lie_in_areas", "unmap_there/update3", ONE_CALL),
        ("records_are_cleared", "fill_page/update8", SMALL),
        ("answers_are_cleared", "find_page_nowhere/update3", ONE_CALL),
        ("nobody_asks_for_what_is_here", "ask_for_page/guard6", SMALL),
        ("answers_say_something", "answer_with_page/guard3", SMALL),
        ("work_is_done_under_the_lock", "fill_page/update11", SMALL),
    ],
)
def test_each_other_property_is_broken_by_a_mutation(
    prop: str, mutation: str, scope: str
) -> None:
    model = PROTOCOL.configured("repaired", parts=MEMORY)
    mutant = find_mutation(model, mutation).apply(model)
    assert prop in get_broken(search(mutant, scope, prop))


def test_who_is_on_one_kernel_asks_nobody() -> None:
    model = PROTOCOL.configured("repaired", {"placed": "during_work"}, MEMORY)
    mutant = find_mutation(model, "ask_for_page/guard5").apply(model)
    prop = "only_distributed_groups_ask"
    assert prop in get_broken(search(mutant, SMALL, prop))


def test_a_scope_with_too_few_frames_says_so() -> None:
    model = PROTOCOL.configured("repaired", parts=MEMORY)
    assert get_broken(search(model, "kernels=2,tasks=2,pages=1,frames=1")) == {"memory_suffices"}


@pytest.mark.parametrize("lock", ["heavy", "light"])
@pytest.mark.parametrize("placed", ["before_work", "during_work"])
def test_repaired_holds_with_each_lock(lock: str, placed: str) -> None:
    settings = {"lock": lock, "placed": placed}
    found = search(PROTOCOL.configured("repaired", settings, MEMORY), ONE_CALL)
    assert found.complete
    assert not get_broken(found)
    assert found.deadlock == -1


def fired(variant: str, scope: str, calls: str = "", settings: Settings = NOTHING) -> set[str]:
    """The actions that happen somewhere in a scope; with ``calls``, of all calls only these."""
    model = PROTOCOL.configured(variant, settings, MEMORY)
    others = {a.name for a in model.actions if a.name.startswith("call_")} - set(calls.split())
    kept = [a for a in model.actions if not calls or a.name not in others]
    found = search(model.with_actions(kept), scope)
    return {name for name, times in found.fired_by_action().items() if times}


@pytest.mark.rest  # 40 s: a move needs two pages
def test_every_action_happens_in_some_scope() -> None:
    moves = "call_mremap call_mremap_to"
    happened = (
        fired("as-built", TWO_PAGES, moves)
        | fired("repaired", TWO_PAGES, moves)
        | fired("repaired", TWO_CALLS + ",reads=1")
        | fired("repaired", "kernels=2,tasks=2,pages=2,frames=2", "call_munmap call_mremap")
        | fired("as-built", ONE_CALL, settings={"placed": "during_work"})
    )
    (part,) = (p for p in PROTOCOL.parts if p.name == "memory")
    elsewhere = {"break_touched_page", "answer_with_run", "hear_of_run"}  # test_prefetch_2014.py
    assert {a.name for a in part.actions} - happened == elsewhere


def test_calls_that_never_return_are_seen() -> None:
    request = Request("popcorn-2014", "as-built", ONE_CALL.removesuffix(",reads=1"), MEMORY,
                      {"placed": "during_work"}, ("every_call_returns",))  # fmt: skip
    result = check(request, Effort()).result("every_call_returns")
    assert result is not None
    assert result.status is Status.VIOLATED
