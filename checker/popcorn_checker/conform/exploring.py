"""Runs that are drawn: threads ask what they may, messages arrive in any order that is legal.

Messages of a pair of kernels keep their order; between pairs any may be late. At the level of
programs threads do what they like, and several are at something. Hypothesis draws the steps, and
makes what fails shorter. A run that has failed is known by its steps, as a script.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Any, Final

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky

from popcorn_checker.conform import script
from popcorn_checker.conform.adapter import Broken
from popcorn_checker.conform.case import Case
from popcorn_checker.conform.choosing import choose
from popcorn_checker.conform.explaining import Departure, Undecided
from popcorn_checker.conform.shortening import Shortening
from popcorn_checker.conform.talking import Indefinite, NotNow, Talk, Unsupported

STEPS_MAX: Final = 40
_ENDS: Final = (Departure, Broken, Unsupported, Indefinite, Undecided, NotNow)
"""How a run can end otherwise than well."""
Start = Callable[[], AbstractContextManager[Talk[Any, Any]]]


class _Enough(BaseException):
    """There is no time to make a failure shorter still; Hypothesis lets this pass."""


def find_failing(
    start: Start, case: Case, number: int, shortening: Shortening
) -> tuple[script.Step, ...]:
    """The steps of a run that does not go well, or of the last one that does.

    Cost: a process for each example, and again for each attempt to make a failure shorter.
    """
    taken: list[script.Step] = []
    failing: list[tuple[type[Exception], tuple[script.Step, ...]]] = []

    @seed(number)
    @settings(
        max_examples=case.examples, phases=(Phase.generate, Phase.shrink), database=None,
        deadline=None, print_blob=False, report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.data())
    def run(data: st.DataObject) -> None:
        if shortening.is_spent:
            raise _Enough
        taken.clear()
        try:
            _draw(data, start, case, taken)
        except _ENDS as why:
            shortening.begin(case, len(taken))
            failing.append((type(why), tuple(taken)))
            raise

    with suppress(*_ENDS, _Enough, Flaky):  # who answers now so and now so is Flaky
        run()
    same = [steps for how, steps in failing if how is failing[0][0]]
    return min(reversed(same), key=len) if same else tuple(taken)


def _draw(
    data: st.DataObject, start: Start, case: Case, taken: list[script.Step]
) -> None:
    """One run."""
    with start() as session:
        for _ in range(data.draw(st.integers(5, STEPS_MAX))):
            kinds = [kind for kind in choose(session, case, taken) if kind]
            if not kinds:
                break
            kind = data.draw(st.sampled_from(kinds))
            taken.append(data.draw(st.sampled_from(kind)))
            session.take(taken[-1])
        session.rest()
