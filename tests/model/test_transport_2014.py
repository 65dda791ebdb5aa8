"""The transport of popcorn-2014 under abstract traffic: pinned counts, two engines, controls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pytest

from popcorn_checker.errors import HOLDS
from popcorn_checker.verdict import Status
from popcorn_model.language import Mood
from popcorn_model.popcorn_2014 import PROTOCOL
from support.popcorn import Ask, counts, failed

TRANSPORT: Final = ("transport",)
STEPWISE: Final = {"dispatch": "stepwise"}
CONCURRENT: Final = {**STEPWISE, "queues": "concurrent", "lock_order": "off"}
SMALL: Final = "kernels=2,tasks=2,sends=2"
FULL: Final = "kernels=2,tasks=4,sends=1,ring_slots=1"


@pytest.mark.parametrize(
    ("scope", "settings", "expected"),
    [
        (SMALL, {}, (1_729, 4_912, 12)),
        (SMALL, STEPWISE, (2_281, 6_280, 12)),
        ("kernels=3,tasks=2,sends=2", STEPWISE, (120_249, 388_668, 16)),
        (FULL, STEPWISE, (233_496, 990_208, 12)),
    ],
)
def test_repaired_holds_with_pinned_counts(
    scope: str, settings: Mapping[str, str], expected: tuple[int, int, int]
) -> None:
    found = Ask(TRANSPORT, scope, settings).verdict(liveness=scope == SMALL)
    assert found.exit_code == HOLDS, found.doubts
    assert counts(found) == expected


@pytest.mark.parametrize("settings", [{}, STEPWISE], ids=["eager", "stepwise"])
def test_the_evaluator_counts_the_same(settings: Mapping[str, str]) -> None:
    ask = Ask(TRANSPORT, "kernels=2,tasks=2,sends=1", settings)
    assert counts(ask.verdict("evaluator")) == counts(ask.verdict())


def test_a_sender_that_does_not_yield_can_stop_everybody() -> None:
    found = Ask(TRANSPORT, FULL, STEPWISE, variant="as-built").verdict(stop_at="deadlock")
    assert failed(found) == {"deadlock"}
    stuck = found.result("deadlock")
    assert stuck is not None
    assert stuck.length == 6


@pytest.mark.parametrize(
    ("prop", "settings", "mutation"),
    [
        ("servers_keep_order", CONCURRENT, ""),
        ("order_is_known_of_what_is_under_way", STEPWISE, "handle/update6"),
        ("nothing_is_lost", STEPWISE, "dispatch_exit/update2"),
        ("nothing_is_handled_twice", STEPWISE, "handle/update2"),
    ],
)
def test_each_property_has_a_control(
    prop: str, settings: Mapping[str, str], mutation: str
) -> None:
    found = Ask(TRANSPORT, SMALL, settings, mutation=mutation).verdict(stop_at=prop)
    assert prop in failed(found)


def test_every_safety_property_has_a_control() -> None:
    model = PROTOCOL.configured("repaired", parts=TRANSPORT)
    held = {p.name for p in model.properties if p.mood is Mood.ALWAYS}
    assert held == {
        "servers_keep_order",
        "order_is_known_of_what_is_under_way",
        "nothing_is_lost",
        "nothing_is_handled_twice",
    }


@pytest.mark.parametrize("settings", [STEPWISE, CONCURRENT], ids=["ordered", "concurrent"])
def test_every_action_happens(settings: Mapping[str, str]) -> None:
    found = Ask(TRANSPORT, SMALL, settings).verdict()
    assert found.covered.complete
    assert not found.vacuity.unfired
    assert not found.vacuity.unoffered


def test_other_classes_overtake_and_senders_meet() -> None:
    found = Ask(TRANSPORT, SMALL, STEPWISE).verdict()
    for name in ("classes_overtake", "two_send_at_once"):
        result = found.result(name)
        assert result is not None
        assert result.status is Status.REACHED
