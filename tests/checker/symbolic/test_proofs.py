"""Induction and reachability prove only what holds, refute only what fails, and say how."""

from collections.abc import Callable

import pytest

from popcorn_checker.engines import explore
from popcorn_checker.exploring import Effort, Subject
from popcorn_checker.patience import Patience
from popcorn_checker.symbolic.answers import Answers, Task
from popcorn_checker.symbolic.induction import induct
from popcorn_checker.symbolic.pdr import direct
from popcorn_checker.verdict import DEADLOCK_CHECK, FAULT_CHECK
from popcorn_model.examples import directory
from popcorn_model.language import Protocol
from support import corners, oddities, protocols
from support.command import invoke
from support.subjects import at_scope

DIRECTORY = "popcorn_model.examples.directory"
ENGINES = {"induction": induct, "pdr": direct}


def decided(case: Subject) -> set[str]:
    """What the explicit engine finds in some state."""
    found = explore(case, Effort())
    assert found.complete
    stuck = {DEADLOCK_CHECK} if found.deadlock >= 0 else set()
    return {*found.seen, *stuck, *({FAULT_CHECK} if found.fault else set())}


CASES = [
    (corners.ring, "kernels=1"),
    (corners.clerk, "kernels=1"),
    (protocols.swap, "seats=2,guests=2"),
    (protocols.tolls, "guests=2,coins=1,fuel=1"),
    (protocols.leaky, "seats=1,guests=2"),
    *((oddities.make_stumble(step), "") for step in oddities.STUMBLES),
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("protocol", "scope"), CASES, ids=lambda x: getattr(x, "name", x))
def test_engines_never_contradict_the_explicit_one(
    engine: str, protocol: Protocol, scope: str
) -> None:
    case = at_scope(protocol, scope)
    expected = decided(case)
    run: Callable[[Subject, Task], Answers] = ENGINES[engine]
    found = run(case, Task(6, Patience.of(20)))
    assert found.runs.keys() <= expected
    assert expected.isdisjoint(found.never)
    assert found.runs or found.never


def test_induction_needs_a_step_and_says_how_many() -> None:
    case = at_scope(directory.PROTOCOL.configured("repaired"), "kernels=2")
    names = frozenset(("fault", "deadlock"))
    assert induct(case, Task(0, Patience(), names)).never == {}
    found = induct(case, Task(3, Patience.of(60), names))
    assert found.never == dict.fromkeys(names, "by induction over 1 step")


def test_reachability_proves_what_is_not_inductive() -> None:
    case = at_scope(directory.PROTOCOL.configured("repaired"), "kernels=2")
    names = frozenset(("fault", "deadlock"))
    found = direct(case, Task(30, Patience.of(60), names))
    assert found.never.keys() == names
    assert "an invariant of" in found.never["deadlock"]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_command_says_how_it_proved(engine: str) -> None:
    ask = ("check", DIRECTORY, "--variant", "repaired", "--scope", "kernels=2")
    done = invoke(*ask, "--engine", engine, "--property", "deadlock")
    assert done.code == 0
    assert "holds" in done.out
    assert "proved" in done.out
