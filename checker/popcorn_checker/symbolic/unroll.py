"""Unrolling: copies of the transition relation, one for each step, in one incremental SAT solver.

The first state is constant, or any state that there is. A run that Z3 found is the list of rules
that it chose: the states come from the evaluator, which takes every step again.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import z3

from popcorn_checker.errors import InternalError
from popcorn_checker.evaluate import Evaluator, Firing, State
from popcorn_checker.exploring import Run
from popcorn_checker.patience import Impatience, Patience
from popcorn_checker.symbolic.finite.steps import Relation


class Unrolling:
    """Steps 1, 2, ... from a first state, as far as `extend` was called."""

    def __init__(self, relation: Relation, first: State | None, patience: Patience) -> None:
        """Without a first state, it is any state whose bits mean something."""
        self.relation, self.patience = relation, patience
        self.solver = z3.SolverFor("QF_FD")
        self._step = z3.And(relation.formulas)
        self._asked = 0
        self.states: list[tuple[z3.ExprRef, ...]] = []
        if first is not None:
            self.states.append(relation.bits.constants(first))
        else:
            self.states.append(_renamed(relation.now.variables, 0))
            self.solver.add(*(self.at(x, 0) for x in relation.bits.typed(relation.now)))

    @property
    def depth(self) -> int:
        """How many steps there are."""
        return len(self.states) - 1

    def at(self, formula: z3.ExprRef, depth: int) -> z3.ExprRef:
        """A formula about the relation's first moment, about the state after so many steps."""
        pairs = zip(self.relation.now.variables, self.states[depth], strict=True)
        return z3.simplify(z3.substitute(formula, *pairs))

    def chooser(self, number: int, depth: int) -> z3.BoolRef:
        """The rule of that number is taken as the step after so many."""
        return _renamed((self.relation.choosers[number],), depth)[0]

    def extend(self) -> None:
        """One step more."""
        relation, depth = self.relation, self.depth
        after = _renamed(relation.now.variables, depth + 1)
        helpers = (*relation.choosers, *relation.helpers)
        pairs = [
            *zip(relation.now.variables, self.states[depth], strict=True),
            *zip(relation.then.variables, after, strict=True),
            *zip(helpers, _renamed(helpers, depth), strict=True),
        ]
        self.solver.add(z3.simplify(z3.substitute(self._step, *pairs)))
        self.states.append(after)

    def possible(self, *facts: z3.BoolRef) -> bool:
        """Whether some run has these facts. Raises: Impatience when the budget is spent."""
        self._asked += 1
        asked = z3.Bool(f"asked{self._asked}")
        self.solver.add(z3.Implies(asked, z3.And(facts)) if facts else asked)
        return check(self.solver, self.patience, asked)

    def chosen(self) -> tuple[int, ...]:
        """The rules of the run that `possible` found last."""
        model = self.solver.model()
        found = []
        for depth in range(self.depth):
            names = _renamed(self.relation.choosers, depth)
            found.append(next(n for n, x in enumerate(names) if z3.is_true(model.eval(x))))
        return tuple(found)


def check(solver: z3.Solver, patience: Patience, *assumptions: z3.BoolRef) -> bool:
    """Whether the solver's formulas have a model. Raises: Impatience when the budget is spent.

    Z3 is given the time that is left; without a budget it may take as long as it needs.
    """
    patience.pause()
    left = patience.left()
    if left is not None:
        solver.set("timeout", max(1, int(1000 * left)))
    answer = solver.check(*assumptions)
    if answer == z3.unknown:
        if patience.until is not None and time.monotonic() >= patience.until - 1:
            raise Impatience
        if "interrupt" in solver.reason_unknown() or "cancel" in solver.reason_unknown():
            raise KeyboardInterrupt
        raise InternalError(f"Z3 gave up: {solver.reason_unknown()}")
    return bool(answer == z3.sat)


def _renamed(terms: Sequence[z3.ExprRef], depth: int) -> tuple[z3.ExprRef, ...]:
    """Constants of the same sorts for a depth."""
    return tuple(z3.Const(f"{t.decl().name()}@{depth}", t.sort()) for t in terms)


def replay(evaluator: Evaluator, relation: Relation, chosen: Sequence[int]) -> Run:
    """The run that takes these rules. Raises: InternalError if the evaluator does not take one."""
    actions, state = relation.bits.model.actions, evaluator.initial()
    run: Run = []
    for number in chosen:
        rule = relation.rules[number]
        action = actions[rule.action]
        firing = Firing(action.name, rule.values)
        after = evaluator.fire(state, action, firing)
        if after is None:
            raise InternalError(
                f"Z3 takes {firing.action}{firing.values} as step {len(run) + 1}, and the "
                "evaluator says that it is not possible"
            )
        run.append((firing, after))
        state = after
    return run
