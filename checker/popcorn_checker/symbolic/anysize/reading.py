"""One model over sorts of any size: its axioms, its start, its steps and its claims as formulas."""

from __future__ import annotations

from collections.abc import Collection

import z3

from popcorn_checker.symbolic.anysize.steps import AnyStep, Stepper
from popcorn_checker.symbolic.anysize.translate import AnyTerms, variables_of
from popcorn_checker.symbolic.anysize.vocabulary import Moment, Vocabulary
from popcorn_model.language import Action, Model, Property
from popcorn_model.language import expr as e
from popcorn_model.language.unbounded import without_budgets


class AnySize:
    """Reads one configured model; every formula is in the Z3 context ``ctx``."""

    def __init__(self, model: Model) -> None:
        """Budgets are left out, whatever the scope that the model came with."""
        self.model = without_budgets(model, {b.name for b in model.budgets})
        self.vocabulary = Vocabulary(self.model)
        self.vocabulary.declare_all()
        self.ctx = self.vocabulary.ctx

    def moment(
        self, mark: str = "", only: Collection[object] | None = None, base: Moment | None = None
    ) -> Moment:
        """A vocabulary for one state; ``mark`` ends the names of its functions.

        With ``only`` and ``base`` the families of state and queues that are not in ``only`` keep
        the functions of ``base``, so that what a step leaves alone needs no formula: give
        `changed_by(action)`.
        """
        return self.vocabulary.moment(mark, only, base)

    def terms(self, moment: Moment) -> AnyTerms:
        """The translator of expressions about a state, for formulas that are not of the model."""
        return AnyTerms(self.vocabulary, moment)

    def formula(
        self, node: e.Expr, moment: Moment, env: dict[e.Var, z3.ExprRef] | None = None
    ) -> z3.ExprRef:
        """An expression of the language about a state. Raises: NoReading."""
        return self.terms(moment).value(node, env or {})

    # --- what is true of every state ---------------------------------------------------------

    def axioms(self, *moments: Moment) -> list[z3.BoolRef]:
        """What every state satisfies: distinct names, the order of slots, heads, numbers."""
        found = self.vocabulary.distinct()
        if self.model.queues:
            found += self._order()
        for moment in moments:
            found += self._of_moment(moment)
        return list(dict.fromkeys(found))

    def _order(self) -> list[z3.BoolRef]:
        """Slots are a total order."""
        before = self.vocabulary.before
        a, b, c = (z3.Const(n, self.vocabulary.slot) for n in "abc")
        return [
            z3.ForAll([a], z3.Not(before(a, a))),
            z3.ForAll([a, b, c], z3.Implies(z3.And(before(a, b), before(b, c)), before(a, c))),
            z3.ForAll([a, b], z3.Or(before(a, b), before(b, a), a == b)),
        ]

    def _of_moment(self, moment: Moment) -> list[z3.BoolRef]:
        terms, found = self.terms(moment), []
        for queue in self.model.queues:
            index, slot = variables_of(terms, queue.index), terms.fresh_slot()
            first = terms.head(queue, index)
            found.append(terms.for_all([*index, slot], z3.Implies(
                terms.waits(queue, index, slot),
                z3.And(terms.waiting(queue, index),
                       z3.Not(self.vocabulary.before(slot, first))))))  # fmt: skip
        for state in self.model.states:
            index = variables_of(terms, state.index)
            typed = terms.typed(state.sort, terms.cell(state, tuple(index)))
            if not z3.is_true(typed):
                found.append(terms.for_all(index, typed))
        return found

    # --- the start, the steps, the claims ----------------------------------------------------

    def initial(self, moment: Moment) -> list[z3.BoolRef]:
        """The start state: one formula for each family."""
        terms, found = self.terms(moment), []
        for state in self.model.states:
            index = variables_of(terms, state.index, iter([v.name for v in state.params]))
            start = terms.value(state.start, dict(zip(state.params, index, strict=True)))
            found.append(terms.for_all(index, terms.cell(state, tuple(index)) == start))
        for queue in self.model.queues:
            index, slot = variables_of(terms, queue.index), terms.fresh_slot()
            found.append(terms.for_all([*index, slot],
                                       z3.Not(terms.waits(queue, index, slot))))  # fmt: skip
        return found

    def step(self, action: Action | str, now: Moment, then: Moment) -> AnyStep:
        """One action from a state ``now`` to a state ``then``. Raises: NoReading, ModelError."""
        made = self.model.action(action) if isinstance(action, str) else action
        return Stepper(self.vocabulary, now, then).step(made)

    def changed_by(self, action: Action | str) -> frozenset[object]:
        """The families of state and queues that an action may write."""
        made = self.model.action(action) if isinstance(action, str) else action
        return Stepper.written(made)

    def claim(self, prop: Property, moment: Moment) -> z3.BoolRef:
        """The body of an `always` for all its parameters. Raises: NoReading."""
        terms = self.terms(moment)
        variables = [terms.bound(v) for v in prop.params]
        body = terms.value(prop.body, dict(zip(prop.params, variables, strict=True)))
        typed = [terms.typed(v.sort, x) for v, x in zip(prop.params, variables, strict=True)]
        return terms.for_all(variables, terms.implies(terms.conjunction(typed), body))
