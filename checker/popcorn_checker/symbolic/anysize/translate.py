"""Expressions over sorts of any size: what a cell, a binder and a queue are in first-order logic.

A number of members or of waiting items has no term here, because a sort has no size. It can be
compared with a constant: that at least n satisfy something says that n different ones exist.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import z3

from popcorn_checker.symbolic.anysize.vocabulary import Moment, Vocabulary
from popcorn_checker.symbolic.terms import Environment, NoReading, Terms
from popcorn_model.language import expr as e
from popcorn_model.language.order import Ahead

COUNTS = (e.Count, e.Tally, e.Length)


@dataclass(frozen=True)
class Counted:
    """A sum of numbers of things that satisfy something, and a constant."""

    parts: tuple[e.Expr, ...]
    constant: int


def counted(node: e.Expr) -> Counted | None:
    """The expression as a sum of counts; None where it is something else."""
    match node:
        case e.Count() | e.Tally() | e.Length():
            return Counted((node,), 0)
        case e.Plus(_, args):
            constants = [x.value for x in args if isinstance(x, e.Const)]
            parts = tuple(x for x in args if not isinstance(x, e.Const))
            if parts and all(isinstance(x, COUNTS) for x in parts):
                return Counted(parts, sum(map(int, filter(None, constants))))
    return None


class AnyTerms(Terms):
    """Translates expressions about one moment of a vocabulary."""

    def __init__(self, vocabulary: Vocabulary, moment: Moment) -> None:
        """``moment`` is the state that cells and queues are read in."""
        super().__init__(vocabulary.ctx)
        self.vocabulary = vocabulary
        self.moment = moment
        self._fresh = 0

    # --- values ------------------------------------------------------------------------------

    def constant(self, sort: e.SortInfo, value: int | bool | None) -> z3.ExprRef:
        """A literal. Raises: NoReading for a member by its number."""
        return self.vocabulary.constant(sort, value)

    def named(self, node: e.Named) -> z3.ExprRef:
        """A distinguished member is a constant."""
        return self.vocabulary.named(node)

    def cell(self, state: e.StateInfo, index: tuple[z3.ExprRef, ...]) -> z3.ExprRef:
        """The function of the variable, applied."""
        return self.moment.cells[state](*index)

    def some(self, sort: e.SortInfo, member: z3.ExprRef) -> z3.ExprRef:
        """The constructor of the *maybe* sort, applied."""
        return self.vocabulary.sort(sort).constructor(1)(member)

    def made(self, sort: e.SortInfo, kind: e.MessageKind, args: list[z3.ExprRef]) -> z3.ExprRef:
        """The constructor of the kind, applied; the first constructor is for what is absent."""
        return self.vocabulary.sort(sort).constructor(1 + sort.kinds.index(kind))(*args)

    def is_kind(self, sort: e.SortInfo, message: z3.ExprRef, kind: e.MessageKind) -> z3.BoolRef:
        """The test for the kind's constructor."""
        return self.vocabulary.sort(sort).recognizer(1 + sort.kinds.index(kind))(message)

    def field(
        self, sort: e.SortInfo, message: z3.ExprRef, kind: e.MessageKind, name: str
    ) -> z3.ExprRef:
        """The selector; of a message of another kind it is anything."""
        position = [n for n, _ in kind.fields].index(name)
        return self.vocabulary.sort(sort).accessor(1 + sort.kinds.index(kind), position)(message)

    def equal(self, left: z3.ExprRef, right: z3.ExprRef) -> z3.BoolRef:
        """Equality."""
        return left == right

    def less(self, left: z3.ExprRef, right: z3.ExprRef, strict: bool) -> z3.BoolRef:
        """The order of the integers."""
        return left < right if strict else left <= right

    def plus(self, parts: list[z3.ExprRef]) -> z3.ExprRef:
        """The sum of integers."""
        return z3.Sum(parts) if len(parts) > 1 else parts[0]

    def ite(self, test: z3.BoolRef, then: z3.ExprRef, other: z3.ExprRef) -> z3.ExprRef:
        """A conditional term."""
        return z3.If(test, then, other)

    # --- binders -----------------------------------------------------------------------------

    def bound(self, var: e.Var) -> z3.ExprRef:
        """A constant for a variable that a binder of ours binds; each has a name of its own."""
        return self.fresh(var.name, self.vocabulary.sort(var.sort))

    def fresh(self, name: str, sort: z3.SortRef) -> z3.ExprRef:
        """A constant that these terms did not make before."""
        self._fresh += 1
        return z3.Const(f"{name}!{self._fresh}", sort)

    def typed(self, sort: e.SortInfo, term: z3.ExprRef) -> z3.BoolRef:
        """What is true of every value of a sort: an integer that is a number is not negative."""
        return term >= 0 if sort.kind is e.SortKind.NUMBER else self.truth(True)

    def for_all(self, variables: list[z3.ExprRef], body: z3.BoolRef) -> z3.BoolRef:
        """The body for all values of the variables."""
        return z3.ForAll(variables, body) if variables and not z3.is_true(body) else body

    def exists(self, variables: list[z3.ExprRef], body: z3.BoolRef) -> z3.BoolRef:
        """The body for some values of the variables."""
        return z3.Exists(variables, body) if variables and not z3.is_false(body) else body

    def special(self, node: e.Expr, env: Environment) -> z3.ExprRef:
        """Quantifiers, and comparisons of counts. Raises: NoReading for a count by itself."""
        match node:
            case e.Quantified(_, universal, var, body):
                term = self.bound(var)
                inner = self.value(body, {**env, var: term})
                typed = self.typed(var.sort, term)
                if universal:
                    return self.for_all([term], self.implies(typed, inner))
                return self.exists([term], self.conjunction((typed, inner)))
            case Ahead():
                return self._ahead(node, env)
            case e.Less(_, left, right, strict):
                return self._compared(left, right, strict, env)
            case e.Equal(_, left, right):
                return self.conjunction((
                    self._compared(left, right, False, env),
                    self._compared(right, left, False, env),
                ))  # fmt: skip
        raise NoReading(
            f"{type(node).__name__} stands where only a comparison with a constant has a meaning "
            "over sorts of any size; keep the set itself in the state instead of its size"
        )

    def _ahead(self, node: Ahead, env: Environment) -> z3.BoolRef:
        """Two slots, one before the other, in which such items wait."""
        queue, index = node.ref.queue, self.values(node.ref.index, env)
        slots = [self.fresh_slot(), self.fresh_slot()]
        facts = [self.vocabulary.before(*slots)]
        for slot, body in zip(slots, (node.first, node.second), strict=True):
            there = self.moment.queues[queue].item(*index, slot)
            fits = self.value(body, {**env, node.var: there})
            facts.append(self.conjunction((self.waits(queue, index, slot), fits)))
        return self.exists(slots, self.conjunction(facts))

    def implies(self, premise: z3.BoolRef, goal: z3.BoolRef) -> z3.BoolRef:
        """The implication, without a premise that is true."""
        return goal if z3.is_true(premise) else z3.Implies(premise, goal)

    # --- counting ----------------------------------------------------------------------------

    def counted(self, node: e.Equal | e.Less) -> bool:
        """Counts are compared in a form of their own."""
        return counted(node.left) is not None or counted(node.right) is not None

    def _compared(
        self, left: e.Expr, right: e.Expr, strict: bool, env: Environment
    ) -> z3.BoolRef:
        """``left < right`` or ``left <= right``, one side a count and the other a constant."""
        match counted(left), counted(right), left, right:
            case None, Counted(parts, offset), e.Const(_, value), _:
                assert value is not None
                return self.at_least(int(value) + strict - offset, parts, env)
            case Counted(parts, offset), None, _, e.Const(_, value):
                assert value is not None
                return self.negation(self.at_least(int(value) + (not strict) - offset, parts, env))
        raise NoReading(
            "a number of members is compared with another number; over sorts of any size it can "
            "be compared with a constant"
        )

    def at_least(self, least: int, parts: tuple[e.Expr, ...], env: Environment) -> z3.BoolRef:
        """The counts are together at least so many."""
        if least <= 0:
            return self.truth(True)
        match parts:
            case (e.Length(_, ref),) if least == 1:
                return self.waiting(ref.queue, self.values(ref.index, env))
            case (only,):
                return self._witnesses(least, only, env)
        return self.disjunction([
            self.conjunction((
                self.at_least(first, parts[:1], env),
                self.at_least(least - first, parts[1:], env),
            ))
            for first in range(least + 1)
        ])  # fmt: skip

    def _witnesses(self, least: int, node: e.Expr, env: Environment) -> z3.BoolRef:
        made: list[tuple[z3.ExprRef, z3.BoolRef]] = [
            self._witness(node, env) for _ in range(least)
        ]
        terms = [term for term, _ in made]
        differ = [a != b for a, b in combinations(terms, 2)]
        return self.exists(terms, self.conjunction([*(fact for _, fact in made), *differ]))

    def _witness(self, node: e.Expr, env: Environment) -> tuple[z3.ExprRef, z3.BoolRef]:
        """A fresh variable for something that is counted, and what makes it count."""
        match node:
            case e.Count(_, var, body):
                term = self.bound(var)
                counts = self.value(body, {**env, var: term})
                return term, self.conjunction((self.typed(var.sort, term), counts))
            case e.Length(_, ref):
                slot = self.fresh_slot()
                return slot, self.waits(ref.queue, self.values(ref.index, env), slot)
        assert isinstance(node, e.Tally)
        index, slot = self.values(node.ref.index, env), self.fresh_slot()
        there = self.moment.queues[node.ref.queue].item(*index, slot)
        counts = self.value(node.body, {**env, node.var: there})
        return slot, self.conjunction((self.waits(node.ref.queue, index, slot), counts))

    # --- queues ------------------------------------------------------------------------------

    def fresh_slot(self) -> z3.ExprRef:
        """A variable for a slot."""
        return self.fresh("s", self.vocabulary.slot)

    def waits(
        self, queue: e.QueueInfo, index: list[z3.ExprRef], slot: z3.ExprRef
    ) -> z3.BoolRef:
        """An item waits in a slot of a queue."""
        return self.moment.queues[queue].waits(*index, slot)

    def waiting(self, queue: e.QueueInfo, index: list[z3.ExprRef]) -> z3.BoolRef:
        """Something waits in a queue: if anything does, it does in the first slot."""
        return self.waits(queue, index, self.head(queue, index))

    def head(self, queue: e.QueueInfo, index: list[z3.ExprRef]) -> z3.ExprRef:
        """The slot of the oldest item."""
        return self.moment.queues[queue].head(*index)

    def item(self, node: e.Item, index: tuple[z3.ExprRef, ...]) -> z3.ExprRef:
        """The oldest item, or what stands where there is none. Raises: NoReading for others."""
        if node.position:
            raise NoReading(
                f"item {node.position} of {node.ref.queue.name}: over sorts of any size only the "
                "oldest item is at hand"
            )
        queue, where = node.ref.queue, list(index)
        oldest = self.moment.queues[queue].item(*where, self.head(queue, where))
        nobody = self.vocabulary.absent(queue.sort)
        return oldest if nobody is None else z3.If(self.waiting(queue, where), oldest, nobody)


def variables_of(
    terms: AnyTerms, sorts: tuple[e.SortInfo, ...], names: Iterator[str] | None = None
) -> list[z3.ExprRef]:
    """Fresh variables, one for each sort."""
    return [terms.bound(e.Var(s, next(names) if names else s.name[0].lower())) for s in sorts]


