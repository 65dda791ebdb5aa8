"""Which bits of a state a rule may write and a watch reads: what a step cannot have changed.

A watch that reads nothing of what a rule writes sees in the state after the rule what it saw
before, and one that asks for what cannot be after the rule sees nothing. So after a step only few
watches have to look.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

from popcorn_checker.explicit.layout import Cell, Layout
from popcorn_checker.explicit.rows import Values
from popcorn_checker.ground import GroundUpdate
from popcorn_model.language import expr as e
from popcorn_model.language.walk import every_node

Bits = dict[int, int]  # a mask for each word


class Touch:
    """Finds the bits of formulas and updates; at a computed index those of all cells it may be."""

    def __init__(self, layout: Layout) -> None:
        """``layout`` says where cells are."""
        self.layout = layout

    def read(self, cells: Iterable[Cell], formulas: Iterable[e.Expr]) -> Bits:
        """All bits that some cells have and some formulas read."""
        bits = _merged(cells)
        for formula in formulas:
            for node in every_node(formula):
                match node:
                    case e.Read(_, state, index):
                        _merged(self._family(state, index), bits)
                    case e.Item(_, ref) | e.Length(_, ref):
                        _merged(self._queue(ref), bits)
        return bits

    def written(self, updates: Iterable[GroundUpdate]) -> Bits:
        """All bits that some updates may write."""
        bits: Bits = {}
        for ground in updates:
            match ground.update:
                case e.Put(target):
                    _merged(self._family(target.state, target.index), bits)
                case e.Push(ref) | e.Pop(ref):
                    _merged(self._queue(ref), bits)
                case e.Spend(budget, index):
                    _merged(self._family(budget, index), bits)
        return bits

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


def meet(one: Bits, other: Bits) -> bool:
    """Whether two sets of bits have one in common."""
    return any(mask & other.get(word, 0) for word, mask in one.items())


def agree(some: Values, other: Values) -> bool:
    """Whether no cell is known to have values that exclude each other."""
    return all(values & other.get(cell, values) for cell, values in some.items())


def bits(cell: Cell) -> Bits:
    """The bits of one cell."""
    return {cell.word: cell.mask << cell.shift}


def _indices(index: tuple[e.Expr, ...], sizes: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Every index that an index may be."""
    return product(*(
        (int(x.value or 0),) if isinstance(x, e.Const) else range(size)
        for x, size in zip(index, sizes, strict=True)
    ))  # fmt: skip


def _merged(cells: Iterable[Cell], into: Bits | None = None) -> Bits:
    bits: Bits = {} if into is None else into
    for cell in cells:
        bits[cell.word] = bits.get(cell.word, 0) | cell.mask << cell.shift
    return bits
