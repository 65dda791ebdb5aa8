"""The language's expressions in Z3: one recursive translator for every reading of sorts and queues.

What ``&`` or a match of a message means stands here and nowhere else. What a member of a sort is,
where a cell lies and what waits in a queue is the business of a *reading*, a subclass:

- ``finite``: a scope gives every sort its members; values are bits, binders are expanded before;
- ``anysize``: sorts are uninterpreted, variables are functions, binders stay.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import z3

from popcorn_model.language import expr as e

Environment = Mapping[e.Var, z3.ExprRef]


class NoReading(Exception):
    """An expression has no meaning in this reading; says which, and what would have one."""


class Terms(ABC):
    """Translates expressions about the states of one moment."""

    def __init__(self, ctx: z3.Context) -> None:
        """``ctx`` is where all terms are made."""
        self.ctx = ctx

    # --- what a reading supplies -------------------------------------------------------------

    @abstractmethod
    def constant(self, sort: e.SortInfo, value: int | bool | None) -> z3.ExprRef:
        """A literal of a sort other than Bool."""

    @abstractmethod
    def named(self, node: e.Named) -> z3.ExprRef:
        """A distinguished member."""

    @abstractmethod
    def cell(self, state: e.StateInfo, index: tuple[z3.ExprRef, ...]) -> z3.ExprRef:
        """The value of one cell."""

    @abstractmethod
    def item(self, node: e.Item, index: tuple[z3.ExprRef, ...]) -> z3.ExprRef:
        """What waits at a position of a queue."""

    @abstractmethod
    def made(self, sort: e.SortInfo, kind: e.MessageKind, args: list[z3.ExprRef]) -> z3.ExprRef:
        """A message of a kind, from its fields."""

    @abstractmethod
    def is_kind(self, sort: e.SortInfo, message: z3.ExprRef, kind: e.MessageKind) -> z3.BoolRef:
        """A message is of this kind."""

    @abstractmethod
    def field(
        self, sort: e.SortInfo, message: z3.ExprRef, kind: e.MessageKind, name: str
    ) -> z3.ExprRef:
        """A field of a message that is of this kind."""

    @abstractmethod
    def some(self, sort: e.SortInfo, member: z3.ExprRef) -> z3.ExprRef:
        """A member as a value of a *maybe* sort."""

    @abstractmethod
    def equal(self, left: z3.ExprRef, right: z3.ExprRef) -> z3.BoolRef:
        """Two values of one sort, or two numbers, are the same."""

    @abstractmethod
    def less(self, left: z3.ExprRef, right: z3.ExprRef, strict: bool) -> z3.BoolRef:
        """A number is less than another, or at most that."""

    @abstractmethod
    def plus(self, parts: list[z3.ExprRef]) -> z3.ExprRef:
        """The sum of numbers."""

    @abstractmethod
    def ite(self, test: z3.BoolRef, then: z3.ExprRef, other: z3.ExprRef) -> z3.ExprRef:
        """A choice between two values of one sort, or two numbers."""

    @abstractmethod
    def special(self, node: e.Expr, env: Environment) -> z3.ExprRef:
        """Binders, lengths and tallies: whatever `value` leaves to the reading."""

    # --- what all readings share -------------------------------------------------------------

    def truth(self, value: bool) -> z3.BoolRef:
        """A truth value."""
        return z3.BoolVal(value, self.ctx)

    def conjunction(self, parts: Sequence[z3.BoolRef]) -> z3.BoolRef:
        """All of the parts; of none, true."""
        kept = [p for p in parts if not z3.is_true(p)]
        if any(z3.is_false(p) for p in kept):
            return self.truth(False)
        return kept[0] if len(kept) == 1 else z3.And(kept) if kept else self.truth(True)

    def disjunction(self, parts: Sequence[z3.BoolRef]) -> z3.BoolRef:
        """Some of the parts; of none, false."""
        kept = [p for p in parts if not z3.is_false(p)]
        if any(z3.is_true(p) for p in kept):
            return self.truth(True)
        return kept[0] if len(kept) == 1 else z3.Or(kept) if kept else self.truth(False)

    def negation(self, arg: z3.BoolRef) -> z3.BoolRef:
        """The opposite."""
        if z3.is_true(arg) or z3.is_false(arg):
            return self.truth(z3.is_false(arg))
        return arg.arg(0) if z3.is_not(arg) else z3.Not(arg)

    def values(self, nodes: Sequence[e.Expr], env: Environment) -> list[z3.ExprRef]:
        """Several expressions."""
        return [self.value(x, env) for x in nodes]

    def value(self, node: e.Expr, env: Environment) -> z3.ExprRef:
        """The expression with its variables bound (a dispatch over all nodes).

        Raises: NoReading.
        """
        match node:
            case e.Const(sort, value):
                return self.truth(bool(value)) if sort is e.TRUTH else self.constant(sort, value)
            case e.Named():
                return self.named(node)
            case e.Var():
                return env[node]
            case e.Read(_, state, index):
                return self.cell(state, tuple(self.values(index, env)))
            case e.Item(_, ref, _):
                return self.item(node, tuple(self.values(ref.index, env)))
            case e.Make(sort, kind, args):
                return self.made(sort, kind, self.values(args, env))
            case e.Matches(_, message, kind, fields):
                return self._matches(message, kind, fields, env)
            case e.Field(_, message, kind, name):
                return self.field(message.sort, self.value(message, env), kind, name)
            case e.Some(sort, member):
                return self.some(sort, self.value(member, env))
            case e.Equal(_, left, right) if not self.counted(node):
                return self.equal(self.value(left, env), self.value(right, env))
            case e.Less(_, left, right, strict) if not self.counted(node):
                return self.less(self.value(left, env), self.value(right, env), strict)
            case e.Plus(_, args):
                return self.plus(self.values(args, env))
            case e.Not(_, arg):
                return self.negation(self.value(arg, env))
            case e.And(_, args):
                return self.conjunction(self.values(args, env))
            case e.Or(_, args):
                return self.disjunction(self.values(args, env))
            case e.Ite(_, test, then, other):
                sides = self.value(then, env), self.value(other, env)
                return self.ite(self.value(test, env), *sides)
        return self.special(node, env)

    def counted(self, node: e.Equal | e.Less) -> bool:
        """Whether the reading has a form of its own for this comparison of numbers."""
        return False

    def _matches(
        self,
        message: e.Expr,
        kind: e.MessageKind,
        fields: tuple[tuple[str, e.Expr], ...],
        env: Environment,
    ) -> z3.BoolRef:
        got = self.value(message, env)
        parts = [self.is_kind(message.sort, got, kind)]
        for name, wanted in fields:
            has = self.field(message.sort, got, kind, name)
            parts.append(self.equal(has, self.value(wanted, env)))
        return self.conjunction(parts)
