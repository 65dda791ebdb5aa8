"""Which bits of a state a rule may write and a watch reads: what a step cannot have changed.

A watch that reads nothing of what a rule writes sees in the state after the rule what it saw
before, and one that asks for what cannot be after the rule sees nothing. So after a step only few
watches have to look.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import product

from popcorn_checker.explicit.layout import Cell, Layout
from popcorn_checker.explicit.rows import Row, Values
from popcorn_checker.ground import GroundUpdate
from popcorn_model.language import expr as e
from popcorn_model.language.walk import every_node

Bits = int
"""A set of bits of a state, as a number with a 1 for each."""


class Touch:
    """Finds the bits of formulas and updates; at a computed index those of all cells it may be."""

    def __init__(self, layout: Layout) -> None:
        """``layout`` says where cells are."""
        self.layout = layout

    def read(self, cells: Iterable[Cell], formulas: Iterable[e.Expr]) -> Bits:
        """All bits that some cells have and some formulas read."""
        found = _together(cells)
        for formula in formulas:
            for node in every_node(formula):
                match node:
                    case e.Read(_, state, index):
                        found |= _together(self._family(state, index))
                    case e.Item(_, ref) | e.Length(_, ref):
                        found |= _together(self._queue(ref))
        return found

    def written(self, updates: Iterable[GroundUpdate]) -> Bits:
        """All bits that some updates may write."""
        found = 0
        for ground in updates:
            match ground.update:
                case e.Put(target):
                    found |= _together(self._family(target.state, target.index))
                case e.Push(ref) | e.Pop(ref):
                    found |= _together(self._queue(ref))
                case e.Spend(budget, index):
                    found |= _together(self._family(budget, index))
        return found

    def _family(
        self, family: e.StateInfo | e.BudgetInfo, index: tuple[e.Expr, ...]
    ) -> Iterator[Cell]:
        cells = self.layout.families[family]
        return (cells.cell(i) for i in _indices(index, cells.sizes))

    def _queue(self, ref: e.QueueRef) -> Iterator[Cell]:
        sizes = tuple(self.layout.scope.size(sort) for sort in ref.queue.index)
        for index in _indices(ref.index, sizes):
            cells = self.layout.queues[ref.queue, index]
            yield cells.length
            yield from cells.chunks


class Askers:
    """Which of some rows ask for what, so that few have to be looked at one by one."""

    def __init__(self, rows: Sequence[Row]) -> None:
        """Rows are known by their place."""
        self.asked: dict[Cell, list[tuple[int, frozenset[int]]]] = defaultdict(list)
        self.known: dict[tuple[Cell, frozenset[int]], int] = {}
        for n, row in enumerate(rows):
            for cell, values in row.possible.items():
                self.asked[cell].append((n, values))

    def excluded(self, known: Values) -> int:
        """The rows that ask for what cannot be where so much is known: a 1 at the place of each."""
        found = 0
        for fact in known.items():
            if fact not in self.known:
                places = (1 << n for n, values in self.asked[fact[0]] if not values & fact[1])
                self.known[fact] = sum(places)
            found |= self.known[fact]
        return found


def bits(cell: Cell) -> Bits:
    """The bits of one cell."""
    return cell.mask << (cell.word * 64 + cell.shift)


def _indices(index: tuple[e.Expr, ...], sizes: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Every index that an index may be."""
    return product(*(
        (int(x.value or 0),) if isinstance(x, e.Const) else range(size)
        for x, size in zip(index, sizes, strict=True)
    ))  # fmt: skip


def _together(cells: Iterable[Cell]) -> Bits:
    found = 0
    for cell in cells:
        found |= bits(cell)
    return found
