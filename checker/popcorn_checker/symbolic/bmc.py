"""Bounded model checking: every run of at most so many steps at once, depth by depth.

A property that fails is found with a shortest run. One that does not fail up to the depth is not
decided, unless no run has that many steps: then there is nothing deeper.
"""

from __future__ import annotations

import time

import z3

from popcorn_checker.exploring import Subject
from popcorn_checker.ground import Grounder
from popcorn_checker.patience import INTERRUPTED, SPENT, Impatience
from popcorn_checker.symbolic.answers import Answers, Task
from popcorn_checker.symbolic.finite.steps import Relation, relate
from popcorn_checker.symbolic.lassos import Lassos
from popcorn_checker.symbolic.questions import Question, ask
from popcorn_checker.symbolic.unroll import Unrolling, replay


def unroll(subject: Subject, task: Task) -> Answers:
    """Look for runs of up to ``task.depth`` steps. Cost: grows steeply with the depth."""
    began, found = time.monotonic(), Answers()
    grounder = Grounder(subject.model, subject.scope)
    relation = relate(grounder)
    questions = ask(grounder, relation, task.only)
    found.rules, found.variables = len(relation.rules), len(relation.now.variables)
    bounded = Bounded(subject, relation, questions, task)
    lassos = Lassos(subject, grounder, bounded.unrolling, task.only) if task.liveness else None
    try:
        bounded.run(found, lassos)
    except Impatience:
        found.stopped = SPENT
    except KeyboardInterrupt:
        found.stopped = INTERRUPTED
    found.seconds = time.monotonic() - began
    return found


class Bounded:
    """A search by depth, which can be asked to go one step deeper at a time."""

    def __init__(
        self, subject: Subject, relation: Relation, questions: tuple[Question, ...], task: Task
    ) -> None:
        """Nothing is searched yet."""
        self.evaluator, self.relation = subject.evaluator, relation
        self.questions, self.open, self.task = questions, list(questions), task
        self.unrolling = Unrolling(relation, self.evaluator.initial(), task.patience)
        self.began = time.monotonic()

    def run(self, found: Answers, lassos: Lassos | None = None) -> None:
        """Up to the depth, as long as something is open; for endless runs too, if there is a
        search for them. Raises: Impatience."""
        for depth in range(self.task.depth + 1):
            goes_on = self.look(depth, found)
            if lassos is not None:
                lassos.look(depth, found) if goes_on else lassos.end(depth, found)
            left = self.open or (lassos is not None and lassos.open)
            if not goes_on or not left or self.over(found):
                return

    def over(self, found: Answers) -> bool:
        """Something is wrong, and that is enough."""
        reached = {q.name for q in self.questions if q.reached}
        return self.task.first and bool(found.lassos or not found.runs.keys() <= reached)

    def look(self, depth: int, found: Answers) -> bool:
        """Decide what runs of so many steps decide; whether there are such runs.

        Must be called for 0, 1, 2 and so on. Raises: Impatience.
        """
        unrolling = self.unrolling
        if depth:
            unrolling.extend()
            if not unrolling.possible():
                for question in self.open:
                    found.never[question.name] = f"no run has more than {depth - 1} steps"
                self.open.clear()
                return False
        while self.open:
            facts = [unrolling.at(q.formula, depth) for q in self.open]
            some = self.relation.terms.disjunction(facts)
            if not unrolling.possible(some):
                unrolling.solver.add(self.relation.terms.negation(some))
                break
            self._note(found)
        found.refuted = depth
        found.by_depth[depth] = time.monotonic() - self.began
        self.task.tell(f"depth {depth}, {len(self.open)} properties open")
        return True

    def _note(self, found: Answers) -> None:
        """The run that was found decides at least one property."""
        unrolling = self.unrolling
        run = replay(self.evaluator, self.relation, unrolling.chosen())
        last = run[-1][1] if run else self.evaluator.initial()
        pairs = self.relation.bits.constants(last)
        for question in list(self.open):
            if holds_in(self.relation, question, pairs):
                found.runs[question.name] = run
                self.open.remove(question)


def holds_in(relation: Relation, question: Question, state: tuple[object, ...]) -> bool:
    """Whether a question holds in a state, given in constants."""
    pairs = zip(relation.now.variables, state, strict=True)
    return bool(z3.is_true(z3.simplify(z3.substitute(question.formula, *pairs))))
