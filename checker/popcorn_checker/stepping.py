"""What an expression is worth after a step, written as an expression over the state before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Final

from popcorn_model.language import expr as e
from popcorn_model.language.expr import ModelError
from popcorn_model.language.order import Ahead
from popcorn_model.language.simplify import conjoin, disjoin, simplify
from popcorn_model.language.walk import (
    free_variables,
    rebuild,
    single_updates,
    substitute,
)

_levels: Final = count(1_000)
UNTOLD: Final = "the order of what waits in a queue cannot be told after a step"


def fresh(node: e.Expr) -> e.Expr:
    """The same expression with bound variables that stand nowhere else."""
    node = rebuild(node, fresh)
    if isinstance(node, Ahead):
        raise ModelError(UNTOLD)
    if isinstance(node, (e.Quantified, e.Count, e.Tally)):
        new = e.Var(node.var.sort, node.var.name, next(_levels))
        return replace(node, var=new, body=substitute(node.body, {node.var: new}))
    return node


def renamed(params: tuple[e.Var, ...]) -> dict[e.Var, e.Expr]:
    """Variables of the same names that stand nowhere else, by the old ones."""
    return {v: e.Var(v.sort, v.name, next(_levels)) for v in params}


@dataclass(frozen=True)
class Change:
    """One cell that a step writes, or one item that it moves, for each choice of ``members``,
    where ``tests`` hold.

    Of a queue ``value`` is the item that joins its end, or leaves its head where ``leaves``.
    """

    members: tuple[e.Var, ...]
    tests: tuple[e.Expr, ...]
    subject: e.StateInfo | e.QueueInfo
    index: tuple[e.Expr, ...]
    value: e.Expr
    leaves: bool = False

    def at(self, index: tuple[e.Expr, ...]) -> Written:
        """When this change writes the cell at an index, and what. Raises: ModelError."""
        bound: dict[e.Var, e.Expr] = {}
        same: list[e.Expr] = []
        for wanted, here in zip(index, self.index, strict=True):
            if isinstance(here, e.Var) and here in self.members and here not in bound:
                bound[here] = wanted
            else:
                same.append(e.Equal(e.TRUTH, substitute(here, bound), wanted))
        when = conjoin((*same, *(substitute(fresh(t), bound) for t in self.tests)))
        loose = tuple(m for m in self.members if m not in bound)
        if loose and isinstance(self.subject, e.QueueInfo):
            raise ModelError(f"a step moves {self.subject.name} in no order")
        return Written(self.subject.name, loose, when, substitute(fresh(self.value), bound))


@dataclass(frozen=True)
class Written:
    """What a change writes to one cell: ``value``, for those members for which ``when`` holds.

    Where the value depends on them they are one choice at most, as no step writes a cell twice.
    """

    name: str
    members: tuple[e.Var, ...]
    when: e.Expr
    value: e.Expr

    @property
    def depends(self) -> bool:
        """The value is another for other members."""
        return not free_variables(self.value).isdisjoint(self.members)

    @property
    def happens(self) -> e.Expr:
        """The cell is written at all."""
        return self.holds(e.YES)

    def holds(self, body: e.Expr) -> e.Expr:
        """For some choice of the members the cell is written, and a formula about them holds."""
        body = conjoin((self.when, body))
        for member in self.members:
            (new,) = renamed((member,)).values()
            assert isinstance(new, e.Var)
            body = e.Quantified(e.TRUTH, False, new, substitute(body, {member: new}))
        return simplify(fresh(body))

    def picked(self) -> e.Expr:
        """The value, without the members.

        Raises: ModelError for one that cannot be told from the formulas that hold of it.
        """
        if not self.depends:
            return self.value
        if self.value.sort is e.TRUTH:
            return self.holds(self.value)
        if not self.value.sort.labels:
            raise ModelError(f"a step writes {self.name} in no order")
        first, *others = (e.Const(self.value.sort, i) for i in range(len(self.value.sort.labels)))
        picked: e.Expr = first
        for label in others:
            picked = choose(self.holds(equal(self.value, label)), label, picked)
        return picked


def changes(updates: tuple[e.Update, ...]) -> Iterator[Change]:
    """Every change of a cell or a queue that some updates make."""
    for update in single_updates(updates):
        members: list[e.Var] = []
        tests: list[e.Expr] = []
        while isinstance(update, (e.Each, e.When)):
            if isinstance(update, e.Each):
                members.append(update.var)
            else:
                tests.append(update.test)
            (update,) = update.updates
        where = tuple(members), tuple(tests)
        match update:
            case e.Put(target, value):
                yield Change(*where, target.state, target.index, value)
            case e.Push(ref, item):
                yield Change(*where, ref.queue, ref.index, item)
            case e.Pop(ref):
                head = e.Item(ref.queue.sort, ref)
                yield Change(*where, ref.queue, ref.index, head, leaves=True)


def after(node: e.Expr, made: Iterable[Change]) -> e.Expr:
    """The value of an expression once these changes have been made, all at once.

    What waits in a queue may be counted there. Raises: ModelError for any other word about it.
    """
    made = tuple(made)

    def on(child: e.Expr) -> e.Expr:
        if isinstance(child, e.Equal):
            for one, other in ((child.left, child.right), (child.right, child.left)):
                if isinstance(one, e.Read) and any(w.depends for w in written(one)):
                    return compared(one, on(other))
        child = rebuild(child, on)
        if isinstance(child, (e.Item, e.Length, Ahead)):
            raise ModelError(UNTOLD)
        if isinstance(child, e.Tally):
            return _counted(child, made)
        if not isinstance(child, e.Read):
            return child
        value: e.Expr = child
        for new in written(child):
            value = choose(new.happens, new.picked(), value)
        return value

    def written(cell: e.Read) -> list[Written]:
        return [c.at(cell.index) for c in made if c.subject is cell.state]

    def compared(cell: e.Read, other: e.Expr) -> e.Expr:
        cell = e.Read(cell.sort, cell.state, tuple(map(on, cell.index)))
        same = equal(cell, other)
        for one in written(cell):
            same = choose(one.happens, one.holds(equal(one.value, other)), same)
        return same

    return on(node)


def _counted(tally: e.Tally, made: tuple[Change, ...]) -> e.Expr:
    """How many items there are after the changes: who leaves is counted no more, who joins is."""
    terms: list[e.Expr] = [tally]
    for change in made:
        if change.subject is tally.ref.queue:
            one = change.at(tally.ref.index)
            here = one.holds(substitute(fresh(tally.body), {tally.var: one.value}))
            if change.leaves:
                there = e.Less(e.TRUTH, e.Const(e.NATURAL, 0), e.Length(e.NATURAL, tally.ref), True)
                here = conjoin((there, here))
            by = e.Const(e.NATURAL, -1 if change.leaves else 1)
            terms.append(choose(here, by, e.Const(e.NATURAL, 0)))
    return simplify(e.Plus(e.NATURAL, tuple(terms)))


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
    if isinstance(left, e.Ite) and isinstance(right, e.Ite):
        if left.test == right.test:
            return choose(left.test, equal(left.then, right.then), equal(left.other, right.other))
        if (left.then, left.other) == (right.then, right.other):
            alike = equal(left.test, right.test)
            return disjoin((alike, equal(left.then, left.other)))
    if isinstance(left, e.Ite):
        return choose(left.test, equal(left.then, right), equal(left.other, right))
    if isinstance(right, e.Ite):
        return equal(right, left)
    return simplify(e.Equal(e.TRUTH, left, right))
