"""The distributed locks of popcorn-2014: pinned counts, two engines, controls that must fail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pytest

from popcorn_checker.errors import HOLDS
from popcorn_model.language import Mood
from popcorn_model.popcorn_2014 import PROTOCOL
from support.popcorn import Ask, counts, failed

LOCKS: Final = ("locks",)
ONE_ROUND: Final = "kernels=2,tasks=2,pages=1,lock_rounds=1"
TWO_ROUNDS: Final = "kernels=2,tasks=2,pages=1,lock_rounds=2"
THREE_TASKS: Final = "kernels=2,tasks=3,pages=1,lock_rounds=1"
TWO_PAGES: Final = "kernels=2,tasks=2,pages=2,lock_rounds=2"
PAGE_BY_PAGE: Final = "kernels=2,tasks=2,pages=2,lock_rounds=1"

HEAVY: Final = {"lock": "heavy"}
LIGHT: Final = {"lock": "light"}
MIXED: Final = {"lock": "light", "area_lock": "heavy"}
PREEMPTED: Final = {"preemption": "on"}
FLIPPED: Final = {"placed": "during_work"}
PIECEWISE: Final = {"lock": "light", "mprotect_lock": "page_by_page"}
REFUSED: Final = {"vma_atomic": "off"}
DISORDERED: Final = {"queues": "concurrent"}


@pytest.mark.parametrize(
    ("settings", "scope", "expected"),
    [
        (HEAVY, TWO_PAGES, (3_463, 7_612, 42)),
        (LIGHT, TWO_PAGES, (47_771, 98_940, 42)),
        (MIXED, TWO_PAGES, (59_563, 121_972, 42)),
        (FLIPPED, THREE_TASKS, (22_441, 53_388, 26)),
        (HEAVY | PREEMPTED, TWO_ROUNDS, (3_731, 8_284, 42)),
        (MIXED | PREEMPTED, THREE_TASKS, (159_877, 360_042, 33)),
        (HEAVY, "kernels=3,tasks=2,pages=1,lock_rounds=2", (80_107, 207_096, 62)),
    ],
)
def test_repaired_holds_with_pinned_counts(
    settings: Mapping[str, str], scope: str, expected: tuple[int, int, int]
) -> None:
    found = Ask(LOCKS, scope, settings).verdict()
    assert found.exit_code == HOLDS, (failed(found), found.doubts)
    assert counts(found) == expected


@pytest.mark.parametrize(
    ("variant", "settings"),
    [
        ("repaired", HEAVY),
        ("repaired", LIGHT | PREEMPTED),
        ("as-built", PREEMPTED),
        ("as-built", FLIPPED),
    ],
)
def test_the_evaluator_counts_the_same(variant: str, settings: Mapping[str, str]) -> None:
    ask = Ask(LOCKS, ONE_ROUND, settings, variant)
    plain, compiled = ask.verdict("evaluator"), ask.verdict()
    assert counts(plain) == counts(compiled)
    assert failed(plain) == failed(compiled)


@pytest.mark.parametrize("settings", [HEAVY, MIXED], ids=["heavy", "mixed"])
def test_everybody_is_served(settings: Mapping[str, str]) -> None:
    found = Ask(LOCKS, TWO_ROUNDS, settings).verdict(liveness=True)
    assert found.exit_code == HOLDS, failed(found)


BROKEN_AS_BUILT: Final = {
    "lock_excludes": (PREEMPTED, ONE_ROUND),
    "unlocked_only_alone": (FLIPPED, ONE_ROUND),
    "holder_is_first": (PREEMPTED, ONE_ROUND),
    "own_entry_stays": (REFUSED, ONE_ROUND),
    "holder_is_known_everywhere": (FLIPPED, ONE_ROUND),
    "release_finds_its_own": (LIGHT | PREEMPTED, ONE_ROUND),
    "release_before_next_request": (REFUSED, ONE_ROUND),
    "request_before_release": (FLIPPED, ONE_ROUND),
    "no_entry_is_immortal": (DISORDERED, ONE_ROUND),
    "no_two_wait_for_each_other": (PIECEWISE, PAGE_BY_PAGE),
    "every_request_is_granted": (PIECEWISE, PAGE_BY_PAGE),
}
BROKEN_BY_A_MUTATION: Final = {
    "unlocked_one_at_a_time": (FLIPPED, "call_acquire/guard4"),
    "queues_agree_on_order": (LIGHT, "call_acquire/update2"),
    "order_is_a_line": (HEAVY, "release/update8"),
    "heavy_is_in_every_queue": (MIXED, "call_acquire/update4"),
    "idle_asks_for_nothing": (HEAVY, "release/update3"),
    "reply_answers_request": (HEAVY, "count_reply/update1"),
    "every_kernel_replies": (HEAVY, "count_reply/update2"),
}


@pytest.mark.parametrize("prop", BROKEN_AS_BUILT)
def test_a_property_is_broken_as_built(prop: str) -> None:
    settings, scope = BROKEN_AS_BUILT[prop]
    lively = PROTOCOL.configured("as-built", settings, LOCKS).property(prop).mood
    found = Ask(LOCKS, scope, settings, "as-built").verdict(
        stop_at=prop, liveness=lively is Mood.EVENTUALLY
    )
    assert prop in failed(found)


@pytest.mark.parametrize("prop", BROKEN_BY_A_MUTATION)
def test_a_property_is_broken_by_a_mutation(prop: str) -> None:
    settings, mutation = BROKEN_BY_A_MUTATION[prop]
    lively = PROTOCOL.configured("repaired", settings, LOCKS).property(prop).mood
    found = Ask(LOCKS, TWO_PAGES, settings, mutation=mutation).verdict(
        stop_at=prop, liveness=lively is Mood.EVENTUALLY
    )
    assert prop in failed(found)


def test_every_property_has_a_control() -> None:
    model = PROTOCOL.configured("repaired", parts=LOCKS)
    claimed = {p.name for p in model.properties if p.mood is not Mood.SOMETIMES}
    assert claimed == BROKEN_AS_BUILT.keys() | BROKEN_BY_A_MUTATION.keys()


def test_every_action_happens_somewhere() -> None:
    fired: set[str] = set()
    known: set[str] = set()
    for variant, settings, scope in (
        ("repaired", HEAVY, ONE_ROUND),
        ("as-built", PREEMPTED, ONE_ROUND),
        ("as-built", LIGHT | PREEMPTED, ONE_ROUND),
        ("as-built", PIECEWISE, PAGE_BY_PAGE),
        ("as-built", REFUSED, ONE_ROUND),
        ("as-built", DISORDERED, ONE_ROUND),
    ):
        found = Ask(LOCKS, scope, settings, variant).verdict()
        actions = {a.name for a in PROTOCOL.configured(variant, settings, LOCKS).actions}
        known |= actions
        fired |= actions - set(found.vacuity.unfired) - found.vacuity.unoffered.keys()
    listed = {a.name for part in ("locks", "lock_client") for a in PROTOCOL.part(part).actions}
    assert known >= listed
    assert listed <= fired
