"""Formulas as masked tests: what a rule asks of a state, split into literals and a residue.

A guard that compares a cell with a constant becomes a literal, which the kernel tests with a
mask; everything else stays a formula, for which a program is assembled. Even a formula says
something about single cells: which values they can have where it holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from popcorn_checker.explicit.layout import Cell, Layout
from popcorn_checker.ground import GroundRule, GroundUpdate
from popcorn_model.language import expr as e
from popcorn_model.language.simplify import negate

EQUAL_BITS = 10  # of a cell whose one value is worth knowing: each value costs a bucket
OTHER_BITS = 6  # of one whose possible values are listed where they are several
Values = dict[Cell, frozenset[int]]
"""Of some cells, the values that they can have."""


@dataclass(frozen=True)
class Literal:
    """A cell has, or has not, a value."""

    cell: Cell
    value: int
    equal: bool


@dataclass
class Row:
    """One rule before it is packed into arrays.

    ``possible`` says which values some cells have wherever the guards hold.
    """

    literals: list[Literal]
    residue: list[e.Expr]
    updates: tuple[GroundUpdate, ...] = ()
    action: int = -1
    values: tuple[int, ...] = ()
    possible: Values = field(default_factory=dict)


class Literals:
    """Splits formulas into masked tests and a residue."""

    def __init__(self, layout: Layout) -> None:
        """``layout`` says where cells are."""
        self.layout = layout

    def action_row(self, rule: GroundRule) -> Row | None:
        """A ground rule as a row; None when its tests contradict each other."""
        row = self._row(rule.guards)
        if row is None:
            return None
        row.updates, row.action, row.values = rule.updates, rule.action, rule.values
        return row

    def watch_row(self, formula: e.Expr) -> Row | None:
        """A watched formula as a row; None when it cannot hold."""
        return self._row((formula,))

    def _row(self, guards: tuple[e.Expr, ...]) -> Row | None:
        row = Row([], [])
        for part in (part for guard in guards for part in _parts(guard)):
            found = self.of(part)
            if found is None:
                row.residue.append(part)
                row.literals += self._implied(part)
                _meet(row.possible, self.possible(part))
            else:
                row.literals += found
        if _contradictory(row.literals) or e.NO in row.residue:
            return None
        _meet(row.possible, _listed(row.literals))
        return row if all(row.possible.values()) else None

    def possible(self, formula: e.Expr) -> Values:
        """Of some cells, the values that they can have where the formula holds."""
        if isinstance(formula, e.Or):
            ways = [self.possible(way) for way in formula.args]
            shared = set(ways[0]).intersection(*ways[1:])
            return {cell: frozenset[int]().union(*(w[cell] for w in ways)) for cell in shared}
        found: Values = {}
        for part in _parts(formula):
            literals = self.of(part)
            if literals is not None:
                _meet(found, _listed(literals))
            elif isinstance(part, e.Or):
                _meet(found, self.possible(part))
        return found

    def _implied(self, node: e.Expr) -> list[Literal]:
        """Literals that hold wherever the formula does, so that a row has a trigger."""
        match node:
            case e.Matches(_, e.Item(_, ref, position), kind, fields) if is_constant(ref.index):
                constant = tuple((n, x) for n, x in fields if isinstance(x, e.Const))
                return self._match(ref, position, kind, constant) or []
        return []

    def of(self, node: e.Expr) -> list[Literal] | None:
        """The formula as literals that must all hold, or None when it is no conjunction of them."""
        match node:
            case e.Const(_, True):
                return []
            case e.Not(_, e.Less(_, e.Const(_, 0), e.Length(_, ref), True)):
                return self._empty(ref)
            case e.Read():
                return self._cell(node, 1, True)
            case e.Not(_, e.Read() as read):
                return self._cell(read, 0, True)
            case e.Equal(_, left, e.Const() as right):
                return self._cell(left, self.layout.code(left.sort, right.value), True)
            case e.Equal(_, e.Const() as left, right):
                return self._cell(right, self.layout.code(right.sort, left.value), True)
            case e.Not(_, e.Equal(_, left, e.Const() as right)):
                return self._cell(left, self.layout.code(left.sort, right.value), False)
            case e.Not(_, e.Equal(_, e.Const() as left, right)):
                return self._cell(right, self.layout.code(right.sort, left.value), False)
            case e.Less(_, e.Const(_, 0), e.Length(_, ref), True) if is_constant(ref.index):
                return [Literal(self.queue(ref).length, 0, False)]
            case e.Matches(_, e.Item(_, ref, position), kind, fields) if is_constant(ref.index):
                return self._match(ref, position, kind, fields)
        return None

    def _empty(self, ref: e.QueueRef) -> list[Literal] | None:
        return [Literal(self.queue(ref).length, 0, True)] if is_constant(ref.index) else None

    def queue(self, ref: e.QueueRef) -> Any:
        """The cells of a queue at a constant index."""
        return self.layout.queues[ref.queue, constants(ref.index)]

    def _cell(self, node: e.Expr, value: int, equal: bool) -> list[Literal] | None:
        match node:
            case e.Read(_, state, index) if is_constant(index):
                return _literal(self.layout.families[state].cell(constants(index)), value, equal)
            case e.Item(sort, ref, position) if is_constant(ref.index):
                if sort.kind is not e.SortKind.MESSAGE:
                    return _literal(self.queue(ref).slot(position), value, equal)
        return None

    def _match(
        self, ref: e.QueueRef, position: int, kind: e.MessageKind,
        fields: tuple[tuple[str, e.Expr], ...],
    ) -> list[Literal] | None:
        sort, layout = ref.queue.sort, self.layout
        slot = self.queue(ref).slot(position)
        if not slot.width or kind not in layout.carried[ref.queue]:
            return [NEVER]
        tag = Cell(slot.word, slot.shift, layout.tag_width(sort))
        found = [Literal(tag, layout.tag(sort, kind), True)]
        for name, value in fields:
            if not isinstance(value, e.Const):
                return None
            inner = layout.field(sort, kind, name)
            cell = Cell(slot.word, slot.shift + inner.shift, inner.width)
            found += _literal(cell, layout.code(value.sort, value.value), True)
        return found


NEVER = Literal(Cell(0, 0, 0), 1, True)  # a cell without bits is 0


def _literal(cell: Cell, value: int, equal: bool) -> list[Literal]:
    """The literal; a value that does not fit the cell is never there."""
    if 0 <= value <= cell.mask:
        return [Literal(cell, value, equal)]
    return [NEVER] if equal else []


def is_constant(index: tuple[e.Expr, ...]) -> bool:
    """Whether an index says one cell."""
    return all(isinstance(x, e.Const) for x in index)


def constants(index: tuple[e.Expr, ...]) -> tuple[int, ...]:
    """A constant index as numbers."""
    return tuple(int(x.value) for x in index if isinstance(x, e.Const) and x.value is not None)


def _contradictory(literals: list[Literal]) -> bool:
    pinned: dict[Cell, int] = {NEVER.cell: 0}
    for literal in literals:
        if literal.equal and pinned.setdefault(literal.cell, literal.value) != literal.value:
            return True
    return any(not x.equal and pinned.get(x.cell) == x.value for x in literals)




def _parts(formula: e.Expr) -> Iterator[e.Expr]:
    """Formulas that hold together exactly where the formula holds."""
    match formula:
        case e.And(_, args):
            for arg in args:
                yield from _parts(arg)
        case e.Not(_, e.Or(_, args)):
            for arg in args:
                yield from _parts(negate(arg))
        case _:
            yield formula


def _listed(literals: list[Literal]) -> Values:
    """What literals leave possible, for cells of which the values can be listed."""
    found: Values = {}
    for x in literals:
        if x.cell.width <= (EQUAL_BITS if x.equal else OTHER_BITS):
            others = (v for v in range(x.cell.mask + 1) if v != x.value)
            _meet(found, {x.cell: frozenset((x.value,) if x.equal else others)})
    return found


def _meet(values: Values, more: Values) -> None:
    """Note what else is known."""
    for cell, some in more.items():
        values[cell] = values.get(cell, some) & some
