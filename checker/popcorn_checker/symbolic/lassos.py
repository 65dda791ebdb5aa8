"""Endless runs that refute an `eventually`, looked for step by step beside the bounded search.

Such a run comes to a state from which the goal is never reached again though it is owed, and then
either rests, where no fair rule is possible, or goes round: it returns to an earlier state, and on
the way round every weakly fair rule is taken or somewhere not possible, every strongly fair one is
taken or nowhere possible. Its length counts the way round once. What is said of a depth goes into
the solver with one literal in front, so that it is gone when the next depth is asked about.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import z3

from popcorn_checker.endless import Endless, endless
from popcorn_checker.evaluate import Evaluator
from popcorn_checker.exploring import Subject
from popcorn_checker.ground import Grounder
from popcorn_checker.symbolic.answers import Answers
from popcorn_checker.symbolic.unroll import Unrolling, replay
from popcorn_model.language import Fair, Mood, Property
from popcorn_model.language import expr as e
from popcorn_model.language.simplify import conjoin, negate


@dataclass(frozen=True)
class _Case:
    """One instance of a property: the goal is owed from ``trigger`` on, and open while ``open``."""

    values: tuple[int, ...]
    trigger: z3.BoolRef
    open: z3.BoolRef


@dataclass(frozen=True)
class _Claim:
    """A property with its instances, and the rules to which a run owes something."""

    prop: Property
    cases: tuple[_Case, ...]
    weak: tuple[int, ...]
    strong: tuple[int, ...]


class Lassos:
    """A search by depth, on the steps of an unrolling that somebody else extends."""

    def __init__(
        self, subject: Subject, grounder: Grounder, unrolling: Unrolling, only: frozenset[str]
    ) -> None:
        """All `eventually` properties, or those of the names ``only``; nothing is searched yet."""
        self.evaluator: Evaluator = subject.evaluator
        self.unrolling = unrolling
        self.open = [
            self._claim(grounder, prop)
            for prop in grounder.model.properties
            if prop.mood is Mood.EVENTUALLY and (not only or prop.name in only)
        ]
        self.waiting: dict[tuple[str, int], list[z3.BoolRef]] = {}
        self._possible: dict[tuple[int, int], z3.BoolRef] = {}
        self._rounds = 0

    def look(self, depth: int, found: Answers) -> None:
        """Decide what endless runs of so many steps decide. To be called for 0, 1, 2 and so on.

        Raises: Impatience.
        """
        for claim in list(self.open):
            self._wait(claim, depth)
            run = self._rests(claim, depth) or self._goes_round(claim, depth)
            if run is not None:
                found.lassos[claim.prop.name] = run
                self.open.remove(claim)
        found.refuted_endless = depth

    def end(self, depth: int, found: Answers) -> None:
        """No run has so many steps: what is open holds, since an endless run would have them."""
        for claim in self.open:
            found.never[claim.prop.name] = (
                f"no run has more than {depth - 1} steps, and none rests without the goal"
            )
        self.open.clear()

    # --- what is asked -----------------------------------------------------------------------

    def _claim(self, grounder: Grounder, prop: Property) -> _Claim:
        terms, actions = self.unrolling.relation.terms, grounder.model.actions
        cases = []
        for values in grounder.instances(prop.params):
            bindings = grounder.bindings(prop.params, values)
            trigger = grounder.expression(prop.trigger, bindings)
            still = negate(grounder.expression(prop.body, bindings))
            if conjoin((trigger, still)) != e.NO:
                cases.append(_Case(values, terms.of(trigger), terms.of(still)))
        asked = dict(prop.fair)
        fair: dict[Fair, list[int]] = {grade: [] for grade in Fair}
        for number, rule in enumerate(self.unrolling.relation.rules):
            action = actions[rule.action]
            fair[asked.get(action.name, action.fair)].append(number)
        return _Claim(prop, tuple(cases), tuple(fair[Fair.WEAK]), tuple(fair[Fair.STRONG]))

    def _wait(self, claim: _Claim, depth: int) -> None:
        """A literal for each instance: the goal is owed, and was not reached since it is."""
        unrolling, terms = self.unrolling, self.unrolling.relation.terms
        for number, case in enumerate(claim.cases):
            earlier = self.waiting.setdefault((claim.prop.name, number), [])
            owed = [unrolling.at(case.trigger, depth), *earlier[-1:]]
            now = z3.Bool(f"waits.{claim.prop.name}.{number}@{depth}")
            still = unrolling.at(case.open, depth)
            unrolling.solver.add(now == terms.conjunction((still, terms.disjunction(owed))))
            earlier.append(now)

    def _possible_at(self, rule: int, depth: int) -> z3.BoolRef:
        """A literal: the rule can be taken after so many steps."""
        key = rule, depth
        if key not in self._possible:
            self._possible[key] = z3.Bool(f"possible{rule}@{depth}")
            formula = self.unrolling.at(self.unrolling.relation.possible[rule], depth)
            self.unrolling.solver.add(self._possible[key] == formula)
        return self._possible[key]

    def _rests(self, claim: _Claim, depth: int) -> Endless | None:
        """A run that can stay where it is after so many steps."""
        fair = sorted((*claim.weak, *claim.strong))
        facts = [z3.Not(self._possible_at(rule, depth)) for rule in fair]
        chosen = self._chosen(claim, depth)
        if not chosen or not self.unrolling.possible(*facts, z3.Or(chosen)):
            return None
        return self._found(claim, chosen, depth)

    def _goes_round(self, claim: _Claim, depth: int) -> Endless | None:
        """A run that is after so many steps where it was before."""
        if not depth or not claim.cases:
            return None
        unrolling = self.unrolling
        self._rounds += 1
        begins = [z3.Bool(f"begins{self._rounds}@{n}") for n in range(depth)]
        inside = [z3.Bool(f"inside{self._rounds}@{n}") for n in range(depth)]
        chosen = self._chosen(claim, depth)
        facts: list[z3.BoolRef] = [z3.Or(begins), z3.Or(chosen)]
        for n in range(depth):
            pairs = zip(unrolling.states[n], unrolling.states[depth], strict=True)
            facts.append(z3.Implies(begins[n], z3.And([a == b for a, b in pairs])))
            facts.append(inside[n] == z3.Or(*inside[n - 1 : n], begins[n]))
            for case, one in zip(claim.cases, chosen, strict=True):
                still = unrolling.at(case.open, n)
                facts.append(z3.Implies(z3.And(one, inside[n]), still))
        facts += self._dues(claim, inside)
        if not unrolling.possible(*facts):
            return None
        model = unrolling.solver.model()
        loop = next(n for n in range(depth) if z3.is_true(model.eval(begins[n])))
        return self._found(claim, chosen, loop)

    def _dues(self, claim: _Claim, inside: Sequence[z3.BoolRef]) -> Iterator[z3.BoolRef]:
        """What the way round owes to fair rules."""
        moments = range(len(inside))
        for rule in (*claim.weak, *claim.strong):
            taken = [z3.And(inside[n], self.unrolling.chooser(rule, n)) for n in moments]
            possible = [self._possible_at(rule, n) for n in moments]
            if rule in claim.weak:
                spared = [z3.And(inside[n], z3.Not(possible[n])) for n in moments]
                yield z3.Or(*taken, *spared)
            else:
                nowhere = [z3.Not(z3.And(inside[n], possible[n])) for n in moments]
                yield z3.Or(*taken, z3.And(nowhere))

    def _chosen(self, claim: _Claim, depth: int) -> list[z3.BoolRef]:
        """A new literal for each instance, which says that it is the one that is refuted."""
        found = []
        for number in range(len(claim.cases)):
            self._rounds += 1
            found.append(z3.Bool(f"refuted{self._rounds}"))
            waits = self.waiting[claim.prop.name, number][depth]
            self.unrolling.solver.add(z3.Implies(found[-1], waits))
        return found

    def _found(self, claim: _Claim, chosen: list[z3.BoolRef], loop: int) -> Endless:
        """The run that Z3 found, taken again by the evaluator."""
        unrolling = self.unrolling
        model = unrolling.solver.model()
        case = next(
            case for case, one in zip(claim.cases, chosen, strict=True)
            if z3.is_true(model.eval(one))
        )  # fmt: skip
        run = replay(self.evaluator, unrolling.relation, unrolling.chosen())
        return endless(self.evaluator, claim.prop, case.values, run, loop)
