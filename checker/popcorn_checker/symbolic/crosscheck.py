"""The explicit engine against Z3: every trace accepted, and no shorter one to be found.

A finding has a trace of the explicit engine, which it says is a shortest one. Z3 is asked two
things about it. Is it a run: an unrolling in which each step is the one of the trace and each
state is that of the trace must be satisfiable, and end where the property is decided. Is there a
shorter one: the unrolling that may take any steps is searched depth by depth below that length, as
far as a time budget goes. A run that is found there, or a trace that is not accepted, is a
disagreement between two engines, and one of them is wrong.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from popcorn_checker.engines import explore
from popcorn_checker.errors import InternalError
from popcorn_checker.exploring import Effort, Run, Subject
from popcorn_checker.ground import Grounder, GroundRule
from popcorn_checker.judging import Bench, Judging
from popcorn_checker.patience import SPENT, Impatience, Patience
from popcorn_checker.symbolic.answers import Answers, Task
from popcorn_checker.symbolic.bmc import Bounded
from popcorn_checker.symbolic.finite.steps import Relation, relate
from popcorn_checker.symbolic.lassos import Lassos
from popcorn_checker.symbolic.questions import Question, ask
from popcorn_checker.symbolic.unroll import Unrolling
from popcorn_checker.verdict import DEADLOCK_CHECK, FAULT_CHECK, Setting
from popcorn_model.language import Mood, Property


@dataclass(frozen=True)
class Crossed:
    """What both engines say about one thing that the explicit engine found.

    ``refuted`` is the greatest depth up to which Z3 proved that nothing is found, -1 for none. An
    ``endless`` run is accepted step by step; the explicit engine makes the way to its loop short
    and not the way round, so that a ``shorter`` one contradicts nothing.
    """

    name: str
    prop: str
    length: int
    accepted: bool
    refuted: int
    seconds: float
    rules: int
    variables: int
    shorter: int | None = None
    stopped: str = ""
    endless: bool = False

    @property
    def shortest(self) -> bool:
        """Z3 proved that no run is shorter."""
        return self.refuted >= self.length - 1

    @property
    def agreed(self) -> bool:
        """Nothing that one engine says contradicts the other."""
        return self.accepted and (self.endless or self.shorter is None)

    def to_json(self) -> dict[str, object]:
        """The row as plain data."""
        return {
            "name": self.name,
            "property": self.prop,
            "length": self.length,
            "accepted": self.accepted,
            "refuted": self.refuted,
            "shortest": self.shortest,
            "shorter": self.shorter,
            "seconds": round(self.seconds, 3),
            "rules": self.rules,
            "variables": self.variables,
            "stopped": self.stopped,
            "endless": self.endless,
        }


def explicit_run(subject: Subject, prop: str) -> Run | None:
    """The run of the explicit engine that decides a property or check; None if it finds none.

    Cost: the states up to that one.
    """
    found = explore(subject, Effort(stop_at=frozenset((prop,))))
    state = found.seen.get(prop)
    if prop == DEADLOCK_CHECK and found.deadlock >= 0:
        state = found.deadlock
    if prop == FAULT_CHECK and found.fault is not None:
        state = found.fault.state
    return None if state is None else found.run(state)


def explicit_lasso(subject: Subject, prop: Property) -> Run | None:
    """The run of the explicit engine that refutes an `eventually`; None if it finds none.

    Cost: the whole state graph.
    """
    found = explore(subject, Effort())
    bench = Bench(subject, found, Judging(Setting("", "", (), {}, {}, {})))
    endless = bench.liveness.refute(prop) if bench.liveness is not None else None
    return None if endless is None else endless.run


def accepts(relation: Relation, subject: Subject, run: Run, question: Question | None) -> bool:
    """Whether Z3 takes a run: each step with its states, and the question in the last one."""
    numbers = rule_numbers(relation, run)
    unrolling = Unrolling(relation, subject.evaluator.initial(), Patience())
    for depth, (number, (_, state)) in enumerate(zip(numbers, run, strict=True)):
        unrolling.extend()
        constants = relation.bits.constants(state)
        pairs = zip(unrolling.states[depth + 1], constants, strict=True)
        unrolling.solver.add(unrolling.chooser(number, depth), *(a == b for a, b in pairs))
    facts = [] if question is None else [unrolling.at(question.formula, len(run))]
    return unrolling.possible(*facts)


def rule_numbers(relation: Relation, run: Run) -> list[int]:
    """The rules of a run. Raises: InternalError for a step that no rule makes."""
    actions = relation.bits.model.actions
    numbers = {(actions[r.action].name, r.values): n for n, r in enumerate(relation.rules)}
    try:
        return [numbers[firing.action, firing.values] for firing, _ in run]
    except KeyError as error:
        raise InternalError(f"the explicit engine takes {error}, and no rule does") from None


def rules_of(grounder: Grounder, run: Run) -> Sequence[GroundRule]:
    """Only the rules that a run takes: enough to see whether it is one."""
    taken = {(firing.action, firing.values) for firing, _ in run}
    names = [a.name for a in grounder.model.actions]
    return [r for r in grounder.rules() if (names[r.action], r.values) in taken]


def cross(name: str, subject: Subject, prop: str, seconds: float | None = None) -> Crossed:
    """Hold the engines against each other about a property that fails, or is reached.

    ``seconds`` bounds the search for a shorter run. Raises: InternalError when the explicit
    engine finds nothing.
    """
    for one in subject.model.properties:
        if one.name == prop and one.mood is Mood.EVENTUALLY:
            return _cross_lasso(name, subject, one, seconds)
    run = explicit_run(subject, prop)
    if run is None:
        raise InternalError(f"{name}: the explicit engine does not find {prop}")
    grounder = Grounder(subject.model, subject.scope)
    relation = relate(grounder)
    (question,) = ask(grounder, relation, frozenset((prop,)))
    accepted = accepts(relation, subject, run, question)
    found, began = Answers(), time.monotonic()
    task = Task(len(run) - 1, Patience.of(seconds), frozenset((prop,)))
    try:
        if run:
            Bounded(subject, relation, (question,), task).run(found)
    except Impatience:
        found.stopped = SPENT
    closed = prop in found.never
    return Crossed(
        name=name,
        prop=prop,
        length=len(run),
        accepted=accepted,
        refuted=len(run) - 1 if closed else found.refuted - (prop in found.runs),
        seconds=time.monotonic() - began,
        rules=len(relation.rules),
        variables=len(relation.now.variables),
        shorter=len(found.runs[prop]) if prop in found.runs else len(run) if closed else None,
        stopped=found.stopped,
    )


def _cross_lasso(name: str, subject: Subject, prop: Property, seconds: float | None) -> Crossed:
    """Whether Z3 takes the steps of an endless run, with the rules of that run alone, and whether
    there is a shorter one."""
    run = explicit_lasso(subject, prop)
    if run is None:
        raise InternalError(f"{name}: the explicit engine does not find {prop.name}")
    grounder = Grounder(subject.model, subject.scope)
    accepted = accepts(relate(grounder, rules_of(grounder, run)), subject, run, None)
    relation, only = relate(grounder), frozenset((prop.name,))
    found, began = Answers(), time.monotonic()
    bounded = Bounded(subject, relation, (), Task(len(run) - 1, Patience.of(seconds), only))
    lassos = Lassos(subject, grounder, bounded.unrolling, only)
    try:
        if run:
            bounded.run(found, lassos)
    except Impatience:
        found.stopped = SPENT
    shorter = found.lassos.get(prop.name)
    return Crossed(
        name=name,
        prop=prop.name,
        length=len(run),
        accepted=accepted,
        refuted=found.refuted_endless - (shorter is not None),
        seconds=time.monotonic() - began,
        rules=len(relation.rules),
        variables=len(relation.now.variables),
        shorter=None if shorter is None else len(shorter.run),
        stopped=found.stopped,
        endless=True,
    )
