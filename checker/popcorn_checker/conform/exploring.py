"""Runs that are drawn: threads ask what they may, messages arrive in any order that is legal.

Messages of a pair of kernels keep their order; between pairs any may be late. Hypothesis draws the
steps, and makes what fails shorter. A run that has failed is known by its steps, as a script.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from typing import Final

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky

from popcorn_checker.conform import script
from popcorn_checker.conform.adapter import Broken
from popcorn_checker.conform.case import CALLS_OF, Case
from popcorn_checker.conform.driving import Session
from popcorn_checker.conform.explaining import Departure, Undecided
from popcorn_checker.conform.talking import Indefinite, NotNow, Unsupported
from popcorn_checker.conform.world import ACCESS, CALLS

STEPS_MAX: Final = 40
RARE: Final = ("exit", "exit_group")
"""Calls after which less can happen: they are offered last."""
_ENDS: Final = (Departure, Broken, Unsupported, Indefinite, Undecided, NotNow, Flaky)
"""How a run can end otherwise than well. Who answers now so and now so is `Flaky`."""
Start = Callable[[], AbstractContextManager[Session]]


def find_failing(start: Start, case: Case, number: int) -> tuple[script.Step, ...]:
    """The steps of a run that does not go well, or of the last one that does.

    Cost: a process for each example, and again for each attempt to make a failure shorter.
    """
    taken: list[script.Step] = []

    @seed(number)
    @settings(
        max_examples=case.examples, phases=(Phase.generate, Phase.shrink), database=None,
        deadline=None, print_blob=False, report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.data())
    def run(data: st.DataObject) -> None:
        taken.clear()
        with start() as session:
            for _ in range(data.draw(st.integers(5, STEPS_MAX))):
                choices = list(choose(session, case))
                if not choices:
                    break
                taken.append(data.draw(st.sampled_from(choices)))
                session.take(taken[-1])
            session.rest()

    with suppress(*_ENDS):
        run()
    return tuple(taken)


def choose(session: Session, case: Case) -> Iterator[script.Step]:
    """What can be done now, whatever has happened: the model says so."""
    judge, world = session.judge, session.world
    yield from (script.Begin(k) for k in range(world.kernels) if judge.can("exec_program", 0, k))
    for source, target in session.network.open_links():
        yield script.Deliver(source, target)
    for thread in range(world.threads):
        kernel = judge.place(thread)
        if kernel is not None:
            yield from _questions(session, case, thread, kernel)
    if "services" in case.needs and judge.can("kill"):
        yield script.Kill()


def _questions(
    session: Session, case: Case, thread: int, kernel: int
) -> Iterator[script.Step]:
    calls = [call for need in case.needs for call in CALLS_OF[need]]
    for call in sorted(calls, key=lambda each: each in RARE):
        yield from _of_call(session, thread, kernel, call)


def _of_call(session: Session, thread: int, kernel: int, call: str) -> Iterator[script.Step]:
    judge, world = session.judge, session.world
    pages = range(world.pages)
    if call == "migrate":
        others = (k for k in range(world.kernels) if judge.can("call_migrate", thread, kernel, k))
        yield from (script.Ask(thread, call, goal=k) for k in others)
    elif call == "fault":
        lacking = [(p, a) for p in pages for a in ("read", "write")
                   if judge.can("fault", thread, kernel, p, ACCESS[a])]  # fmt: skip
        yield from (script.Ask(thread, call, (each,)) for each in lacking)
        yield from (
            script.Ask(thread, call, (first, second))
            for first in lacking for second in ((p, a) for p in pages for a in ("read", "write"))
            if first[0] != second[0]
        )  # fmt: skip
    elif call in script.CALLS_WITH_PAGE:
        values = (0, 1) if call in script.WITH_VALUE else (None,)
        access = script.CALLS_WITH_PAGE[call]
        yield from (
            script.Ask(thread, call, ((p, access),), value=v) for p in pages for v in values
        )
    else:
        assert call in CALLS
        yield script.Ask(thread, call)
