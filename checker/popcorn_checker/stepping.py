"""What an expression is worth after a step, written as an expression over the state before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Final

from popcorn_model.language import expr as e
from popcorn_model.language.expr import ModelError
from popcorn_model.language.simplify import conjoin, disjoin, simplify
from popcorn_model.language.walk import (
    BINDERS,
    free_variables,
    rebuild,
    single_updates,
    substitute,
)

_levels: Final = count(1_000)
QUEUES: Final = (e.Item, e.Length, e.Tally)


def fresh(node: e.Expr) -> e.Expr:
    """The same expression with bound variables that stand nowhere else."""
    node = rebuild(node, fresh)
    if isinstance(node, (e.Quantified, e.Count)):
        new = e.Var(node.var.sort, node.var.name, next(_levels))
        body = substitute(node.body, {node.var: new})
        if isinstance(node, e.Count):
            return e.Count(node.sort, new, body)
        return e.Quantified(node.sort, node.universal, new, body)
    if isinstance(node, BINDERS):
        raise ModelError("what waits in a queue cannot be told after a step")
    return node


def renamed(params: tuple[e.Var, ...]) -> dict[e.Var, e.Expr]:
    """Variables of the same names that stand nowhere else, by the old ones."""
    return {v: e.Var(v.sort, v.name, next(_levels)) for v in params}


@dataclass(frozen=True)
class Change:
    """One cell of ``state`` that a step writes, for each choice of ``members``, where ``tests``
    hold."""

    members: tuple[e.Var, ...]
    tests: tuple[e.Expr, ...]
    target: e.Read
    value: e.Expr

    def at(self, index: tuple[e.Expr, ...]) -> tuple[e.Expr, e.Expr]:
        """When this change writes the cell at an index, and what. Raises: ModelError."""
        bound: dict[e.Var, e.Expr] = {}
        same: list[e.Expr] = []
        for wanted, here in zip(index, self.target.index, strict=True):
            if isinstance(here, e.Var) and here in self.members and here not in bound:
                bound[here] = wanted
            else:
                same.append(e.Equal(e.TRUTH, substitute(here, bound), wanted))
        when = conjoin((*same, *(substitute(fresh(t), bound) for t in self.tests)))
        value = substitute(fresh(self.value), bound)
        for member in self.members:
            if member not in bound:
                if member in free_variables(value):
                    raise ModelError(f"a step writes {self.target.state.name} in no order")
                new = e.Var(member.sort, member.name, next(_levels))
                when = e.Quantified(e.TRUTH, False, new, substitute(when, {member: new}))
        return simplify(when), value


def changes(updates: tuple[e.Update, ...]) -> Iterator[Change]:
    """Every change of a cell that some updates make."""
    for update in single_updates(updates):
        members: list[e.Var] = []
        tests: list[e.Expr] = []
        while isinstance(update, (e.Each, e.When)):
            if isinstance(update, e.Each):
                members.append(update.var)
            else:
                tests.append(update.test)
            (update,) = update.updates
        if isinstance(update, e.Put):
            yield Change(tuple(members), tuple(tests), update.target, update.value)


def after(node: e.Expr, made: Iterable[Change]) -> e.Expr:
    """The value of an expression once these changes have been made, all at once.

    Raises: ModelError for an expression about what waits in a queue.
    """
    made = tuple(made)

    def on(child: e.Expr) -> e.Expr:
        child = rebuild(child, on)
        if isinstance(child, QUEUES):
            raise ModelError("what waits in a queue cannot be told after a step")
        if not isinstance(child, e.Read):
            return child
        value: e.Expr = child
        for change in made:
            if change.target.state is child.state:
                when, new = change.at(child.index)
                value = choose(when, new, value)
        return value

    return on(node)


def choose(test: e.Expr, then: e.Expr, other: e.Expr) -> e.Expr:
    """``then`` where the test holds, else ``other``; of formulas, a formula."""
    if test == e.YES or then == other:
        return then
    if test == e.NO:
        return other
    if then.sort is not e.TRUTH:
        return e.Ite(then.sort, test, then, other)
    return disjoin((conjoin((test, then)), conjoin((e.Not(e.TRUTH, test), other))))


def equal(left: e.Expr, right: e.Expr) -> e.Expr:
    """Both are worth the same; choices are taken apart, so that only their leaves are compared."""
    if left == right:
        return e.YES
    if isinstance(left, e.Ite):
        return choose(left.test, equal(left.then, right), equal(left.other, right))
    if isinstance(right, e.Ite):
        return equal(right, left)
    return simplify(e.Equal(e.TRUTH, left, right))
