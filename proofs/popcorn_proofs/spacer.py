"""Z3's Spacer on a model at a finite scope.

    python -m popcorn_proofs.spacer PROTOCOL SCOPE PROPERTY...

Spacer looks for an inductive invariant of constrained Horn clauses by itself. It gets the bits of
the finite reading, one relation over them, and the properties to show; words of several bits are
taken apart, with which it does much better. Prints ``holds``, ``fails`` or ``unknown``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from typing import Final

import z3

from popcorn_checker.checking import Request, make_subject
from popcorn_checker.exploring import Subject
from popcorn_checker.ground import Grounder
from popcorn_checker.symbolic.finite.steps import relate
from popcorn_checker.symbolic.questions import ask

_VERDICTS: Final = {"unsat": "holds", "sat": "fails", "unknown": "unknown"}


def query(subject: Subject, properties: Iterable[str]) -> str:
    """What Spacer says of `always` properties. Cost: beyond reason from a few dozen bits on."""
    grounder = Grounder(subject.model, subject.scope)
    relation = relate(grounder)
    questions = ask(grounder, relation, frozenset(properties))
    now = [b for v in relation.now.variables for b in _bits(v)]
    then = [b for v in relation.then.variables for b in _bits(v)]
    words = (*relation.now.variables, *relation.then.variables)
    reached = z3.Function("reached", *[z3.BoolSort()] * len(now), z3.BoolSort())
    clauses = z3.Fixedpoint()
    clauses.set("engine", "spacer")
    clauses.register_relation(reached)
    clauses.declare_var(*now, *then, *relation.choosers, *relation.helpers)
    start = relation.bits.constants(subject.evaluator.initial())
    clauses.fact(reached(*(b for value in start for b in _bits_of(value))))
    step = _over_bits(z3.And(relation.formulas), words)
    clauses.rule(reached(*then), [reached(*now), step])
    wrong = _over_bits(z3.Or([q.formula for q in questions]), words)
    return _VERDICTS[str(clauses.query(z3.And(reached(*now), wrong)))]


def _bits(variable: z3.ExprRef) -> list[z3.BoolRef]:
    """The truth values that stand for a variable, lowest bit first."""
    if isinstance(variable, z3.BitVecRef):
        return [z3.Bool(f"{variable}.{i}") for i in range(variable.size())]
    return [variable]


def _bits_of(value: z3.ExprRef) -> list[z3.BoolRef]:
    """The same of a constant."""
    known = z3.simplify(value)
    if isinstance(known, z3.BitVecNumRef):
        return [z3.BoolVal(bool(known.as_long() >> i & 1)) for i in range(known.size())]
    return [known]


def _over_bits(formula: z3.BoolRef, variables: Iterable[z3.ExprRef]) -> z3.BoolRef:
    """The formula about the bits of its words."""
    one, zero = z3.BitVecVal(1, 1), z3.BitVecVal(0, 1)
    words = [v for v in variables if isinstance(v, z3.BitVecRef)]
    parts = [[z3.If(b, one, zero) for b in reversed(_bits(v))] for v in words]
    joined = [z3.Concat(*p) if len(p) > 1 else p[0] for p in parts]
    blast = z3.Then("simplify", "bit-blast", "simplify")
    made = z3.substitute(formula, *zip(words, joined, strict=True))
    return z3.simplify(blast(made).as_expr())


def main(arguments: Sequence[str]) -> int:
    """Print the verdict. Raises: what `make_subject` raises."""
    parser = argparse.ArgumentParser(prog="python -m popcorn_proofs.spacer")
    parser.add_argument("protocol")
    parser.add_argument("scope")
    parser.add_argument("properties", nargs="+")
    asked = parser.parse_args(arguments)
    subject = make_subject(Request(asked.protocol, "repaired", asked.scope))
    print(query(subject, asked.properties))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
