"""Endless runs by Z3: there is one exactly where the explicit engine finds one, and it is fair."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from popcorn_checker.endless import Endless, Liveness
from popcorn_checker.engines import explore
from popcorn_checker.evaluate import Evaluator, Firing, State
from popcorn_checker.exploring import Effort, Subject
from popcorn_checker.patience import SPENT, Patience
from popcorn_checker.symbolic.answers import Answers, Task
from popcorn_checker.symbolic.bmc import unroll
from popcorn_model.language import (
    FALSE,
    TRUE,
    Bool,
    Fair,
    Mood,
    Part,
    Property,
    Protocol,
    Sort,
    Step,
    action,
    eventually,
    put,
    state,
    when,
)
from support import counter, protocols
from support.chair import CASES, chair
from support.command import invoke
from support.subjects import at_scope

DEPTH = 8


def answers(case: Subject, depth: int, liveness: bool = True) -> Answers:
    return unroll(case, Task(depth, Patience(), liveness=liveness))


def refuted(case: Subject) -> Iterator[tuple[Property, Endless | None]]:
    """What the explicit engine says of each `eventually`."""
    found = explore(case, Effort())
    assert found.complete
    assert found.search is not None
    judge = Liveness(case, found.search, lambda: None)
    for prop in case.model.properties:
        if prop.mood is Mood.EVENTUALLY:
            yield prop, judge.refute(prop)


def is_fair(case: Subject, prop: Property, lasso: Endless) -> bool:
    """Each rule gets its due on the way round, or where the run rests; by the definition."""
    evaluator: Evaluator = case.evaluator
    states = [evaluator.initial(), *(state for _, state in lasso.run)][lasso.loop :]
    taken = {firing for firing, _ in lasso.run[lasso.loop :]}
    possible = [enabled(evaluator, state) for state in states]
    fairness = {a.name: a.fair for a in case.model.actions} | dict(prop.fair)
    for _, firing in evaluator.firings:
        fair = fairness[firing.action]
        where = [firing in some for some in possible]
        owed = (fair is Fair.WEAK and all(where)) or (fair is Fair.STRONG and any(where))
        if owed and firing not in taken:
            return False
    return states[0] == states[-1]


def enabled(evaluator: Evaluator, state: State) -> set[Firing]:
    return {firing for firing, _ in evaluator.successors(state)}


def never_again(case: Subject, prop: Property, lasso: Endless) -> bool:
    """For some instance the goal is owed, and is not reached from then on nor on the way round."""
    evaluator: Evaluator = case.evaluator
    states = [evaluator.initial(), *(state for _, state in lasso.run)]
    for env in evaluator.instances(prop):
        done = [n for n, s in enumerate(states) if evaluator.value(prop.body, s, env)]
        owed = [n for n, s in enumerate(states) if evaluator.value(prop.trigger, s, env)]
        last = max(done, default=-1)
        if last < lasso.loop and owed and owed[-1] > last:
            return True
    return False


@pytest.mark.parametrize(
    "case",
    [
        *(at_scope(chair(*some[:3])) for some in CASES),
        at_scope(counter.PROTOCOL.configured(settings={"WAY": "stay"})),
        *(at_scope(p) for p in protocols.SMALL),
    ],
    ids=lambda case: f"{case.model.protocol}-{case.scope.entries}",
)
def test_what_the_explicit_engine_refutes_has_a_lasso(case: Subject) -> None:
    found = answers(case, DEPTH)
    for prop, expected in refuted(case):
        lasso = found.lassos.get(prop.name)
        if lasso is None:
            assert expected is None or len(expected.run) > DEPTH
            continue
        assert expected is not None
        assert len(lasso.run) <= len(expected.run)
        assert is_fair(case, prop, lasso)
        assert never_again(case, prop, lasso)


def test_the_cases_rest_go_round_and_hold() -> None:
    kinds = set()
    for some in CASES:
        lasso = answers(at_scope(chair(*some[:3])), DEPTH).lassos.get("sits_in_the_end")
        kinds.add("holds" if lasso is None else "rests" if lasso.loop == len(lasso.run) else "goes")
    assert kinds == {"holds", "rests", "goes"}


class Bulb(Sort):
    """A bulb that can be lit once."""


lit = state("lit", Bulb, of=Bool, start=FALSE)


@action(fair=Fair.WEAK)
def light(x: Bulb) -> Step:
    """A bulb is lit."""
    return when(~lit[x])(put(lit[x], TRUE))


@eventually()
def shines(x: Bulb) -> Bool:
    """Each bulb is lit in the end."""
    return lit[x] == TRUE


@eventually(fair={"light": Fair.NONE})
def shines_unasked(x: Bulb) -> Bool:
    """Each bulb is lit in the end, even if nothing has to happen."""
    return lit[x] == TRUE


def test_what_is_open_when_no_run_goes_on_holds() -> None:
    part = Part("all", "All.", (lit,), actions=(light,), properties=(shines, shines_unasked))
    case = at_scope(Protocol("bulbs", "Bulbs.", parts=(part,), scope={"bulbs": 2}))
    found = answers(case, 5)
    assert "no run has more than 2 steps" in found.never["shines"]
    assert [(name, len(x.run)) for name, x in found.lassos.items()] == [("shines_unasked", 0)]


def test_liveness_can_be_left_out() -> None:
    assert answers(at_scope(chair(Fair.NONE, Fair.NONE, 1)), 3, liveness=False).lassos == {}


def test_a_budget_ends_the_search_for_lassos_too() -> None:
    case = at_scope(chair(Fair.STRONG, Fair.WEAK, 3))
    found = unroll(case, Task(60, Patience.of(1.0), frozenset(("sits_in_the_end",))))
    assert found.stopped == SPENT
    assert found.refuted_endless < 60


def test_the_command_shows_the_lasso_and_says_how_far_it_looked() -> None:
    ask = ("check", "popcorn-2014", "--variant", "as-built", "--parts", "locks", "--engine", "bmc")
    scope = ("--scope", "kernels=1,tasks=1,pages=1,lock_rounds=1", "--depth", "1")
    told = invoke(*ask, *scope).line
    assert "no endless run of up to 1 steps refutes" in told
    assert "endless run" not in invoke(*ask, *scope, "--no-liveness").out
