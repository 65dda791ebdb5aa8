"""What a step changes: its leaf updates with the loops and conditions around each of them.

A step's updates are a tree; its leaves put, push, pop and spend. Both exporters ask the same
questions of that tree: which variables change, which change is read by another one (all updates
read the old state, so such a variable needs its new value kept apart), and when there is room.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from popcorn_checker.export.formulas import settle
from popcorn_model.language import Action
from popcorn_model.language import expr as e
from popcorn_model.language.simplify import negate
from popcorn_model.language.walk import every_node, rebuild, rebuild_ref, rebuild_update

Family = e.StateInfo | e.QueueInfo | e.BudgetInfo
LeafUpdate = e.Put | e.Push | e.Pop | e.Spend
INNER: Final = 1000  # no model nests binders so deeply, so levels from here on are free


@dataclass(frozen=True)
class Leaf:
    """One leaf update: for every choice of the binders' members for which all tests hold."""

    update: LeafUpdate
    binders: tuple[e.Var, ...] = ()
    tests: tuple[e.Expr, ...] = ()

    @property
    def family(self) -> Family:
        """The variable, queue or budget that changes."""
        match self.update:
            case e.Put(target):
                return target.state
            case e.Push(ref) | e.Pop(ref):
                return ref.queue
            case e.Spend(budget):
                return budget

    @property
    def index(self) -> tuple[e.Expr, ...]:
        """Which cell of the family changes."""
        match self.update:
            case e.Put(target):
                return target.index
            case e.Push(ref) | e.Pop(ref):
                return ref.index
            case e.Spend(_, index):
                return index

    @property
    def expressions(self) -> tuple[e.Expr, ...]:
        """Everything that is read of the old state to make this change."""
        match self.update:
            case e.Put(_, value) | e.Push(_, value):
                return (*self.tests, *self.index, value)
        return (*self.tests, *self.index)

    def reads(self) -> set[Family]:
        """The variables and queues whose old values this change depends on."""
        found: set[Family] = set()
        for node in (n for x in self.expressions for n in every_node(x)):
            match node:
                case e.Read(_, state):
                    found.add(state)
                case e.Item(_, ref) | e.Length(_, ref) | e.Tally(_, ref):
                    found.add(ref.queue)
        return found

    @property
    def is_spread(self) -> bool:
        """Every loop variable is an index of the cell, so each round changes a cell of its own."""
        return all(any(x == var for x in self.index) for var in self.binders)


@dataclass
class Effects:
    """The updates of one action, settled, and their leaves."""

    updates: tuple[e.Update, ...]
    leaves: tuple[Leaf, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Find the leaves."""
        self.leaves = tuple(_leaves(self.updates, (), ()))

    @classmethod
    def of(cls, action: Action) -> Effects:
        """The effects of an action; an item chosen by a condition becomes two updates."""
        return cls(tuple(settle_updates(action.updates)))

    def families(self) -> list[Family]:
        """What changes, in the order in which the step names it."""
        return list(dict.fromkeys(leaf.family for leaf in self.leaves))

    def touching(self, family: Family, *kinds: type[LeafUpdate]) -> list[Leaf]:
        """The leaves that change a family; of certain kinds, if any are given."""
        return [
            leaf for leaf in self.leaves
            if leaf.family is family and (not kinds or isinstance(leaf.update, kinds))
        ]  # fmt: skip

    def staged(self) -> list[Family]:
        """What must be changed in a copy, because another change reads its old value.

        A second pop of one queue in one step is no second pop: that, too, needs the old value.
        """
        return [f for f in self.families() if self._is_staged(f)]

    def _is_staged(self, family: Family) -> bool:
        writers = self.touching(family)
        pops = self.touching(family, e.Pop)
        if len(pops) > 1 or any(pop.binders for pop in pops):
            return True
        readers = [leaf for leaf in self.leaves if family in leaf.reads()]
        return any(w is not r or w.binders for w in writers for r in readers)

    def limited(self) -> list[e.QueueInfo | e.BudgetInfo]:
        """What may keep the step from being taken: budgets, and queues that block when full."""
        pushed = {leaf.family for leaf in self.leaves if isinstance(leaf.update, e.Push)}
        return [
            f for f in self.families()
            if isinstance(f, e.BudgetInfo)
            or (isinstance(f, e.QueueInfo) and f.blocking and f in pushed)
        ]  # fmt: skip

    def plain_use(self, family: e.QueueInfo | e.BudgetInfo) -> Leaf | None:
        """The one leaf that takes room, if one does, a cell at a time, and nothing makes room."""
        leaves = self.touching(family)
        if len(leaves) == 1 and leaves[0].is_spread and not isinstance(leaves[0].update, e.Pop):
            return leaves[0]
        return None


def settle_updates(
    updates: Iterable[e.Update], outer: tuple[e.Var, ...] = ()
) -> Iterator[e.Update]:
    """The same updates with settled expressions; no pushed item is a conditional.

    A loop inside a loop over the same variable gets a variable of its own.
    """
    for update in updates:
        match update:
            case e.When(test, inner, line):
                yield e.When(settle(test), tuple(settle_updates(inner, outer)), line)
            case e.Each(var, inner, line) if var in outer:
                own = e.Var(var.sort, var.name, max(v.level for v in outer) + INNER)
                renamed = tuple(rename_update(u, var, own) for u in inner)
                yield from settle_updates((e.Each(own, renamed, line),), outer)
            case e.Each(var, inner, line):
                yield e.Each(var, tuple(settle_updates(inner, (*outer, var))), line)
            case e.Put(target, value, line):
                index = tuple(map(settle, target.index))
                yield e.Put(e.Read(target.sort, target.state, index), settle(value), line)
            case e.Push(ref, item, line):
                yield from _settle_push(e.Push(rebuild_ref(ref, settle), settle(item), line))
            case e.Pop(ref, line):
                yield e.Pop(rebuild_ref(ref, settle), line)
            case e.Spend(budget, index, line):
                yield e.Spend(budget, tuple(map(settle, index)), line)
            case _:
                raise AssertionError(f"unknown update {update!r}")


def rename_update(update: e.Update, old: e.Var, new: e.Var) -> e.Update:
    """The update about another variable, except inside loops that bind the old one again."""
    match update:
        case e.When(test, inner, line):
            inside = tuple(rename_update(u, old, new) for u in inner)
            return e.When(rename(test, old, new), inside, line)
        case e.Each(var, inner, line):
            if var == old:
                return update
            return e.Each(var, tuple(rename_update(u, old, new) for u in inner), line)
    return rebuild_update(update, lambda x: rename(x, old, new))


def rename(node: e.Expr, old: e.Var, new: e.Var) -> e.Expr:
    """The expression about another variable, except where a binder binds the old one again."""
    match node:
        case e.Var():
            return new if node == old else node
        case e.Quantified(_, _, var, _) | e.Count(_, var, _) if var == old:
            return node
        case e.Tally(sort, ref, var, body) if var == old:
            return e.Tally(sort, rebuild_ref(ref, lambda x: rename(x, old, new)), var, body)
    return rebuild(node, lambda x: rename(x, old, new))


def _settle_push(push: e.Push) -> Iterator[e.Update]:
    match push.item:
        case e.Ite(sort, test, then, other) if sort.kind is e.SortKind.MESSAGE:
            yes, no = (tuple(_settle_push(e.Push(push.ref, x, push.line))) for x in (then, other))
            yield e.When(test, yes, push.line)
            yield e.When(negate(test), no, push.line)
        case _:
            yield push


def _leaves(
    updates: tuple[e.Update, ...], binders: tuple[e.Var, ...], tests: tuple[e.Expr, ...]
) -> Iterator[Leaf]:
    for update in updates:
        match update:
            case e.When(test, inner, _):
                yield from _leaves(inner, binders, (*tests, test))
            case e.Each(var, inner, _):
                yield from _leaves(inner, (*binders, var), tests)
            case e.Put() | e.Push() | e.Pop() | e.Spend():
                yield Leaf(update, binders, tests)
