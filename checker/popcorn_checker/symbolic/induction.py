"""k-induction: what no run of k steps breaks, and no further step breaks after k steps, holds.

The base is bounded model checking. The step begins in any state whose bits mean something, also in
one that is never reached: k steps through states in which nothing is wrong, then one in which
something is. Where no such way exists, nothing is ever wrong. Ways that visit a state twice are
left out, since a shorter one does the same; a state that Z3 does visit twice is told apart only
then, as most never are. What is asked about is proved together: a property may need the others.
"""

from __future__ import annotations

import time

import z3

from popcorn_checker.exploring import Subject
from popcorn_checker.ground import Grounder
from popcorn_checker.patience import INTERRUPTED, SPENT, Impatience
from popcorn_checker.symbolic.answers import Answers, Task
from popcorn_checker.symbolic.bmc import Bounded
from popcorn_checker.symbolic.finite.steps import Relation, relate
from popcorn_checker.symbolic.questions import Question, ask
from popcorn_checker.symbolic.unroll import Unrolling, check


def induct(subject: Subject, task: Task) -> Answers:
    """Prove or refute with k from 1 to ``task.depth``. Cost: grows steeply with k."""
    began, found = time.monotonic(), Answers()
    grounder = Grounder(subject.model, subject.scope)
    relation = relate(grounder)
    questions = ask(grounder, relation, task.only)
    found.rules, found.variables = len(relation.rules), len(relation.now.variables)
    base = Bounded(subject, relation, questions, task)
    step = _Step(relation, task)
    try:
        for k in range(1, task.depth + 1):
            if not base.look(k - 1, found) or not base.open or base.over(found):
                break
            for question in step.proved(k, tuple(base.open)):
                found.never[question.name] = f"by induction over {k} step{'s' if k > 1 else ''}"
                base.open.remove(question)
    except Impatience:
        found.stopped = SPENT
    except KeyboardInterrupt:
        found.stopped = INTERRUPTED
    found.seconds = time.monotonic() - began
    return found


class _Step:
    """The step of the induction, for one k after the other."""

    def __init__(self, relation: Relation, task: Task) -> None:
        self.relation, self.task = relation, task
        self.unrolling = Unrolling(relation, None, task.patience)
        self.known: list[Question] = []
        self.good: dict[tuple[str, int], z3.BoolRef] = {}

    def proved(self, k: int, candidates: tuple[Question, ...]) -> list[Question]:
        """Those that hold after k steps through states in which all of them hold."""
        self.unrolling.extend()
        for question in self.known:
            self._exclude(question, k)
        kept = list(candidates)
        while kept:
            broken = next((q for q in kept if self._breaks(q, k, kept)), None)
            if broken is None:
                break
            kept.remove(broken)
        for question in kept:
            self.known.append(question)
            for depth in range(k + 1):
                self._exclude(question, depth)
        return kept

    def _exclude(self, question: Question, depth: int) -> None:
        fact = self.unrolling.at(question.formula, depth)
        self.unrolling.solver.add(self.relation.terms.negation(fact))

    def _breaks(self, question: Question, k: int, kept: list[Question]) -> bool:
        """Some way through k good states, no two of them equal, leads to a bad one."""
        unrolling = self.unrolling
        assumptions = [self._good(q, depth) for q in kept for depth in range(k)]
        bad = z3.Bool(f"bad.{question.name}@{k}")
        unrolling.solver.add(z3.Implies(bad, unrolling.at(question.formula, k)))
        while check(unrolling.solver, self.task.patience, bad, *assumptions):
            if not self._told_apart():
                self.task.tell(f"{question.name} is not shown by induction over {k}")
                return True
        return False

    def _good(self, question: Question, depth: int) -> z3.BoolRef:
        """A literal from which it follows that nothing is wrong after so many steps."""
        key = question.name, depth
        if key not in self.good:
            self.good[key] = z3.Bool(f"good.{question.name}@{depth}")
            fact = self.unrolling.at(question.formula, depth)
            negated = self.relation.terms.negation(fact)
            self.unrolling.solver.add(z3.Implies(self.good[key], negated))
        return self.good[key]

    def _told_apart(self) -> bool:
        """Whether the way that Z3 found visits a state twice; it never does so again."""
        unrolling, model = self.unrolling, self.unrolling.solver.model()
        seen: dict[tuple[str, ...], int] = {}
        for depth, state in enumerate(unrolling.states):
            values = tuple(str(model.eval(v, True)) for v in state)
            if values in seen:
                pairs = zip(unrolling.states[seen[values]], state, strict=True)
                unrolling.solver.add(z3.Or([a != b for a, b in pairs]))
                return True
            seen[values] = depth
        return False
