"""What one ground rule writes: cells, queues and budgets, and what it needs to have a meaning.

An update under a condition happens where that holds. Items that one step sends to one queue arrive
in the order in which they are sent; where conditions exclude each other, as those of an answer for
each kind of message do, they share one place in that order, so that a queue need not be ready for
more than can come.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import z3

from popcorn_checker.ground import GroundUpdate
from popcorn_checker.symbolic.finite.bits import Index
from popcorn_checker.symbolic.finite.translate import FiniteTerms, fitted, levelled
from popcorn_model.language import expr as e
from popcorn_model.language.simplify import negate

Place = tuple[object, Index]


@dataclass(frozen=True)
class Arrival:
    """An item that joins a queue where a condition holds."""

    test: z3.BoolRef
    item: z3.BitVecRef


@dataclass
class Writes:
    """What the updates of one rule do.

    ``needs`` must hold for the rule to be possible: units of budgets, room in queues whose senders
    wait. ``fault`` is when the rule has no meaning although nothing that it needs is missing.
    """

    cells: list[tuple[Place, z3.BoolRef, z3.ExprRef]] = field(default_factory=list)
    pops: list[tuple[Place, z3.BoolRef]] = field(default_factory=list)
    arrivals: dict[Place, list[Arrival]] = field(default_factory=dict)
    needs: list[z3.BoolRef] = field(default_factory=list)
    fault: z3.BoolRef = field(default_factory=lambda: z3.BoolVal(False))


@dataclass(frozen=True)
class _Sent:
    """One send: its condition as the model has it and as a formula."""

    test: e.Expr
    happens: z3.BoolRef
    item: z3.BitVecRef


def gather(terms: FiniteTerms, updates: Sequence[GroundUpdate]) -> Writes:
    """What the updates of a rule write."""
    return _Gathering(terms).gathered(updates)


class _Gathering:
    """Goes through the updates of one rule in their order."""

    def __init__(self, terms: FiniteTerms) -> None:
        self.terms = terms
        self.found = Writes()
        self.spent: dict[Place, list[z3.BoolRef]] = {}
        self.sent: dict[Place, list[_Sent]] = {}
        self.faults: list[z3.BoolRef] = []

    def gathered(self, updates: Sequence[GroundUpdate]) -> Writes:
        """Everything that the updates write."""
        terms = self.terms
        for ground in updates:
            self._one(ground)
        for place, tests in self.spent.items():
            cell = terms.moment.cells[place]
            enough, after = _spent(terms, cell, tests)
            self.found.needs.append(enough)
            self.found.cells.append((place, terms.disjunction(tests), after))
        too_full = []
        for place, sent in self.sent.items():
            family = place[0]
            assert isinstance(family, e.QueueInfo)
            arriving = _arriving(terms, sent)
            self.found.arrivals[place] = arriving
            full = self._full(place, arriving)
            if family.blocking:
                self.found.needs.append(terms.negation(full))
            else:
                too_full.append(full)
        overflow = terms.conjunction((*self.found.needs, terms.disjunction(too_full)))
        self.found.fault = terms.disjunction([*self.faults, overflow])
        return self.found

    def _one(self, ground: GroundUpdate) -> None:
        terms, test = self.terms, self.terms.of(ground.test)
        match ground.update:
            case e.Put(target, value, _):
                new = terms.of(value)
                self._check(test, self._leaves(target.state, new))
                if target.sort is not e.TRUTH:
                    new = terms.stored(target.sort, new)
                for place, here in self._places(target.state, target.index):
                    self.found.cells.append((place, terms.conjunction((test, here)), new))
            case e.Push(ref, item, _):
                width = terms.bits.item_width(ref.queue)
                stored = terms.of(item)
                if ref.queue.sort.kind is not e.SortKind.MESSAGE:
                    stored = terms.stored(ref.queue.sort, stored)
                bits = fitted(stored, width, signed=False)
                for place, here in self._places(ref.queue, ref.index):
                    happens = terms.conjunction((test, here))
                    self.sent.setdefault(place, []).append(_Sent(ground.test, happens, bits))
            case e.Pop(ref, _):
                for place, here in self._places(ref.queue, ref.index):
                    both = terms.conjunction((test, here))
                    taken = terms.moment.queues[place].taken
                    waiting = taken[0] if taken else z3.BoolVal(False)
                    self._check(both, terms.negation(waiting))
                    self.found.pops.append((place, both))
            case e.Spend(budget, index, _):
                for place, here in self._places(budget, index):
                    both = terms.conjunction((test, here))
                    self.spent.setdefault(place, []).append(both)

    def _places(
        self, family: e.StateInfo | e.QueueInfo | e.BudgetInfo, index: tuple[e.Expr, ...]
    ) -> Iterator[tuple[Place, z3.BoolRef]]:
        terms = tuple(self.terms.of(x) for x in index)
        for at, here in self.terms.choices(family.index, terms):
            yield (family, at), here

    def _leaves(self, state: e.StateInfo, value: z3.ExprRef) -> z3.BoolRef:
        """A number is beyond what the variable can hold."""
        if state.sort.kind is not e.SortKind.NUMBER:
            return z3.BoolVal(False)
        last = self.terms.constant(state.sort, self.terms.bits.scope.size(state.sort) - 1)
        zero = self.terms.constant(state.sort, 0)
        beyond = self.terms.less(last, value, True), self.terms.less(value, zero, True)
        return z3.simplify(z3.Or(beyond))

    def _check(self, test: z3.BoolRef, wrong: z3.BoolRef) -> None:
        """Where the update happens and this is so, the step has no meaning; unless a budget that
        was to be spent before it was spent already."""
        if z3.is_false(wrong):
            return
        before = [_spent(self.terms, self.terms.moment.cells[p], tests)[0]
                  for p, tests in self.spent.items()]  # fmt: skip
        self.faults.append(self.terms.conjunction((test, wrong, *before)))

    def _full(self, place: Place, arriving: list[Arrival]) -> z3.BoolRef:
        """More arrive than there is room for."""
        terms, taken = self.terms, self.terms.moment.queues[place].taken
        gone = terms.disjunction([test for at, test in self.found.pops if at == place])
        cases = []
        for number, arrival in enumerate(arriving):
            last = len(taken) - number - 1  # if something is left there, there is no room
            if last < 0:
                cases.append(arrival.test)
                continue
            stays = terms.conjunction((terms.negation(gone), taken[last]))
            moves = terms.conjunction((gone, taken[last + 1])) if number else terms.truth(False)
            full = terms.disjunction((stays, moves))
            cases.append(terms.conjunction((arrival.test, full)))
        return terms.disjunction(cases)


def _spent(
    terms: FiniteTerms, cell: z3.BitVecRef, tests: list[z3.BoolRef]
) -> tuple[z3.BoolRef, z3.BitVecRef]:
    """Whether a budget has a unit for each that is spent, and what is left then."""
    units = [z3.If(test, z3.BitVecVal(1, 2), z3.BitVecVal(0, 2)) for test in tests]
    total, has = levelled(terms.plus(units), z3.ZeroExt(1, cell))
    return z3.simplify(total <= has), z3.simplify(fitted(has - total, cell.size(), signed=True))


def _arriving(terms: FiniteTerms, sent: list[_Sent]) -> list[Arrival]:
    """The items by the place in which they arrive: the first, if there is one, and so on."""
    groups: list[list[_Sent]] = []
    for one in sent:
        if groups and all(_exclude(one, other) for other in groups[-1]):
            groups[-1].append(one)
        else:
            groups.append([one])
    merged = [_merged(terms, group) for group in groups]
    if all(z3.is_true(a.test) for a in merged[:-1]):
        return merged
    found: list[Arrival] = []
    before: list[z3.BoolRef] = []  # before[n]: at least n + 1 have arrived so far
    cases: list[list[Arrival]] = [[] for _ in merged]
    for arrival in merged:
        at_least = [terms.truth(True), *before, terms.truth(False)]
        for place in range(len(before) + 1):
            exactly = terms.conjunction((at_least[place], terms.negation(at_least[place + 1])))
            cases[place].append(
                Arrival(terms.conjunction((arrival.test, exactly)), arrival.item)
            )
        before = [
            terms.disjunction((at_least[n + 1], terms.conjunction((at_least[n], arrival.test))))
            for n in range(len(before) + 1)
        ]
    for case in cases:
        kept = [a for a in case if not z3.is_false(a.test)]
        if kept:
            item = kept[-1].item
            for arrival in reversed(kept[:-1]):
                item = z3.If(arrival.test, arrival.item, item)
            found.append(Arrival(terms.disjunction([a.test for a in kept]), item))
    return found


def _merged(terms: FiniteTerms, group: list[_Sent]) -> Arrival:
    """Sends of which at most one happens, as one."""
    item = group[-1].item
    for one in reversed(group[:-1]):
        if not one.item.eq(item):
            item = z3.If(one.happens, one.item, item)
    return Arrival(terms.disjunction([one.happens for one in group]), item)


def _exclude(one: _Sent, other: _Sent) -> bool:
    """The conditions of two sends cannot both hold, as anyone can see."""
    mine, theirs = _parts(one.test), _parts(other.test)
    if any(negate(part) in theirs for part in mine):
        return True
    kinds = {(p.message, p.kind) for p in theirs if isinstance(p, e.Matches)}
    return any(
        message == p.message and kind is not p.kind
        for p in mine if isinstance(p, e.Matches)
        for message, kind in kinds
    )  # fmt: skip


def _parts(test: e.Expr) -> tuple[e.Expr, ...]:
    return test.args if isinstance(test, e.And) else (test,)
