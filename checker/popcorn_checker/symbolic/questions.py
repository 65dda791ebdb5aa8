"""What Z3 is asked about a state: for each property, whether the state decides it.

An `always` is decided by a state in which it fails, a `sometimes` by one in which it is reached;
the engine's own checks by a state without a step in which no run may end, and by one from which a
step has no meaning.
"""

from __future__ import annotations

from dataclasses import dataclass

import z3

from popcorn_checker.ground import Grounder
from popcorn_checker.symbolic.finite.steps import Relation
from popcorn_checker.verdict import DEADLOCK_CHECK, ENGINE_CHECKS, FAULT_CHECK
from popcorn_model.language import Mood


@dataclass(frozen=True)
class Question:
    """A formula about the relation's first moment that decides a property where it holds."""

    name: str
    formula: z3.BoolRef
    reached: bool = False


def ask(
    grounder: Grounder, relation: Relation, only: frozenset[str] = frozenset()
) -> tuple[Question, ...]:
    """The questions for all properties that are not about endless runs; for those of the names
    ``only``, if there are any."""
    found = []
    for name in ENGINE_CHECKS:
        if not only or name in only:
            formula = {FAULT_CHECK: _faulty, DEADLOCK_CHECK: _stuck}[name](grounder, relation)
            found.append(Question(name, z3.simplify(formula)))
    for prop in grounder.model.properties:
        if prop.mood is Mood.EVENTUALLY or (only and prop.name not in only):
            continue
        reached = prop.mood is Mood.SOMETIMES
        cases = grounder.goals(prop) if reached else grounder.violations(prop)
        formula = relation.terms.disjunction([relation.terms.of(case) for _, case in cases])
        found.append(Question(prop.name, formula, reached))
    return tuple(found)


def _faulty(grounder: Grounder, relation: Relation) -> z3.BoolRef:
    return relation.terms.disjunction(relation.faulty)


def _stuck(grounder: Grounder, relation: Relation) -> z3.BoolRef:
    terms, ends = relation.terms, grounder.model.ends
    steps = [terms.negation(x) for x in (*relation.possible, *relation.faulty)]
    if ends is not None:
        steps += [terms.negation(terms.of(case)) for _, case in grounder.goals(ends)]
    return terms.conjunction(steps)
