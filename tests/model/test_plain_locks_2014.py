"""The plain lock stands in for the queues: whatever they let users see, it lets them see, too.

A state of the queues is mapped to one of the plain lock by forgetting queues and messages and how
far a request is. Every step must then be a step of the plain lock, or nothing at all: so every
history of asking, working and giving back that the queues allow is one that memory was checked on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from popcorn_checker.evaluate import Evaluator, State
from popcorn_checker.scopes import make_scope
from popcorn_model.language import expr as e
from popcorn_model.popcorn_2014 import PROTOCOL
from popcorn_model.popcorn_2014.lock_interface import LockStep, lock_step
from popcorn_model.popcorn_2014.transport import owed

ONE_ROUND: Final = "kernels=2,tasks=2,pages=1,lock_rounds=1"
STEPS: Final = LockStep.info.labels
UNDER_WAY: Final = {STEPS.index(n) for n in ("drawn", "waiting")}
ASKED: Final = STEPS.index("asked")


class Pair:
    """The queues and the plain lock at one scope, and the map from the one to the other."""

    def __init__(self, variant: str, settings: Mapping[str, str]) -> None:
        """Both have the same users, on the same kernels."""
        real = PROTOCOL.configured(variant, settings, ("locks",))
        plain = PROTOCOL.configured(variant, settings, ("plain_locks", "lock_client", "placement"))
        self.real = Evaluator(real, make_scope(real, ONE_ROUND))
        self.plain = Evaluator(plain, make_scope(plain, ONE_ROUND))

    def image(self, state: State) -> State:
        """What users can see of a state of the queues, as a state of the plain lock."""
        return tuple(self._cell(state, *cell) for cell in self.plain.slot)

    def _cell(self, state: State, family: object, index: tuple[int, ...]) -> Any:
        if isinstance(family, e.QueueInfo):
            return ()
        if family == owed.info:
            return False
        value = state[self.real.slot[family, index]]
        return ASKED if family == lock_step.info and value in UNDER_WAY else value

    def surprises(self) -> Iterator[str]:
        """The steps of the queues that the plain lock does not have."""
        states, allowed = [self.real.initial()], {}
        known = set(states)
        for state in states:
            seen = self.image(state)
            if seen not in allowed:
                allowed[seen] = {seen, *(after for _, after in self.plain.successors(seen))}
            for firing, after in self.real.successors(state):
                if self.image(after) not in allowed[seen]:
                    yield firing.action
                elif after not in known:
                    known.add(after)
                    states.append(after)


@pytest.mark.parametrize(
    "settings",
    [
        {"lock": "heavy"},
        {"lock": "light", "area_lock": "heavy"},
        {"lock": "heavy", "placed": "during_work"},
        {"lock": "light", "preemption": "on"},
    ],
    ids=["heavy", "mixed", "flipped", "preempted"],
)
def test_every_history_of_the_queues_is_one_of_the_plain_lock(
    settings: Mapping[str, str],
) -> None:
    assert set(Pair("repaired", settings).surprises()) == set()


def test_queues_that_do_not_exclude_surprise_the_plain_lock() -> None:
    assert "acquire" in set(Pair("as-built", {"preemption": "on"}).surprises())
