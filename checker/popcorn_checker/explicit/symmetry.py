"""Symmetry in the compiled engine: exchanges of members as data, and searches of a quotient.

The layout knows where each cell lies, which members index it and which it may contain. From that
an exchange becomes masked shifts, one for all cells of a word that move alike, and a list of the
cells in which members stand. The log of such a search holds one form of each state, so a path in
it is not a run: `Quotient.step` turns it into one, from the start, state by state.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from popcorn_checker.errors import InternalError
from popcorn_checker.explicit import kernel, symmetry_kernel
from popcorn_checker.explicit.layout import Cell, Layout, QueueCells
from popcorn_checker.explicit.symmetry_kernel import Exchanges
from popcorn_checker.explicit.tables import Space, Tables, Work
from popcorn_checker.symmetry import Exchange, Symmetry
from popcorn_model.language import expr as e

Words = NDArray[np.int64]
Index = tuple[int, ...]


class Quotient:
    """The states of a layout up to the exchanges of a symmetry."""

    def __init__(self, layout: Layout, symmetry: Symmetry) -> None:
        """Cost: one pass over all cells for each exchange."""
        self.symmetry = symmetry
        self.words = layout.words
        self.exchanges = _Builder(layout, symmetry).exchanges()
        self._least = np.zeros(layout.words, dtype=np.int64)

    def canonicalise(self, buf: Words, n: int) -> None:
        """Replace ``n`` states at the start of a buffer by the forms that stand for them."""
        symmetry_kernel.canonicalise(self.exchanges, buf, self.words, n, self._least)

    def explore(
        self, tables: Tables, space: Space, work: Work,
        span: tuple[int, int, int, int],
    ) -> tuple[int, int, int]:
        """As `kernel.explore`, with each batch of successors canonicalised before it is known.

        The watches see the successors as the rules made them: a property holds in all forms.
        """
        head, tail, stop, limit = span
        transitions = 0
        while head < stop and tail + work.who.shape[0] <= limit:
            if head % kernel.BLOCK == 0:
                work.marks[head // kernel.BLOCK] = tail
            n, head = kernel.fill(tables, space, work, (head, stop))
            made = work.buf[: n * space.words].copy()
            self.canonicalise(work.buf, n)
            transitions += n
            first = tail
            tail = kernel.insert(space, work, tail, n)
            kernel.judge(tables, work, (made, space.words), (first, tail))
        return head, tail, transitions

    def step(
        self, tables: Tables, work: Work, here: Words, there: Words
    ) -> tuple[int, Words]:
        """A rule that leads from ``here`` to a state whose form is ``there``, and that state.

        Raises: InternalError when there is none, which would mean that the symmetry is none.
        """
        space = Space(here, self.words, np.zeros(1, dtype=np.int64))
        n, _, _ = kernel.expand(tables, space, work, 0, 0)
        after = work.buf[: n * self.words].reshape(n, self.words).copy()
        self.canonicalise(work.buf, n)
        forms = work.buf[: n * self.words].reshape(n, self.words)
        same = np.flatnonzero((forms == there).all(axis=1))
        if not same.size:
            raise InternalError("a path of a search with symmetry stands for no run")
        return int(work.who[same[0]]), after[same[0]]


@dataclass(frozen=True)
class _Piece:
    """Bits that move as one: a cell, a queue's length, or the part of its slots in one word.

    ``content`` says where members stand in an item: the first row of the table of kinds, and the
    bits of an item that say its kind; None when there are none. ``slots`` are the slots before
    this word and those in it.
    """

    cell: Cell
    width: int
    content: tuple[int, int] | None = None
    length: Cell | None = None
    slots: tuple[int, int] = (0, 1)


class _Builder:
    """Turns a symmetry into arrays."""

    def __init__(self, layout: Layout, symmetry: Symmetry) -> None:
        self.layout = layout
        self.symmetry = symmetry
        self.places: dict[e.SortInfo, int] = {}  # of a sort's values in a row of names
        self.kinds: list[tuple[int, int]] = []
        self.parts: list[tuple[int, int, int]] = []
        self.contents: dict[e.SortInfo, tuple[int, int] | None] = {}
        self.width = 0
        for sort in self._stored_sorts():
            self.places[sort] = self.width
            self.width += layout.scope.size(sort)

    def _stored_sorts(self) -> Iterator[e.SortInfo]:
        """Sorts whose values change with an exchange: the free ones, and *maybe* of these."""
        model = self.layout.model
        seen = [s.sort for s in model.states] + [q.sort for q in model.queues]
        seen += [inner for s in tuple(seen) for k in s.kinds for _, inner in k.fields]
        yield from dict.fromkeys(s for s in seen if (s.of or s) in self.symmetry.free)

    def exchanges(self) -> Exchanges:
        """The arrays of all exchanges."""
        pieces = list(self._families())
        segments: list[dict[int, tuple[list[Any], list[Any]]]] = []
        names = []
        for exchange in self.symmetry.exchanges():
            segments.append(self._segments(pieces, exchange))
            names.append(self._names(exchange))
        order = _order(segments)
        bounds, moves, renamings = _flat(segments, order)
        return Exchanges(
            np.array(order, dtype=np.int64), _array(bounds, 4), _array(moves, 4),
            _array(renamings, 9), _array(self.kinds, 2), _array(self.parts, 3),
            _array(names, self.width), np.array([int(not self.symmetry.exact)]),
        )  # fmt: skip

    # --- what there is to move ----------------------------------------------------------------

    def _families(self) -> Iterator[tuple[tuple[e.SortInfo, ...], dict[Index, list[_Piece]]]]:
        """Every variable, budget and queue: its index sorts, and its pieces by index."""
        layout = self.layout
        for family, cells in layout.families.items():
            assert isinstance(family, (e.StateInfo, e.BudgetInfo))
            content = self._content(family.sort) if isinstance(family, e.StateInfo) else None
            if cells.width:
                yield family.index, {
                    index: [_Piece(cells.cell(index), cells.width, content)]
                    for index in product(*map(range, cells.sizes))
                }
        for queue in layout.model.queues:
            content = self._content(queue.sort)
            yield queue.index, {
                index: list(_queue_pieces(cells, content))
                for (owner, index), cells in layout.queues.items() if owner is queue
            }  # fmt: skip

    def _content(self, sort: e.SortInfo) -> tuple[int, int] | None:
        if sort not in self.contents:
            first, before = len(self.kinds), len(self.parts)
            mask = self._add_kinds(sort)
            self.contents[sort] = (first, mask) if len(self.parts) > before else None
        return self.contents[sort]

    def _add_kinds(self, sort: e.SortInfo) -> int:
        """Rows of kinds for what is stored of a sort. Returns the bits that say a kind."""
        if sort.kind is not e.SortKind.MESSAGE:
            self.kinds.append(self._new_parts(((sort, 0),)))
            return 0
        layout = self.layout
        known = {layout.tag(sort, kind): kind for kind in layout.kinds[sort]}
        count = 1 << layout.tag_width(sort)
        for tag in range(count):
            kind = known.get(tag)
            fields = kind.fields if kind is not None else ()
            self.kinds.append(self._new_parts(tuple(
                (s, layout.field(sort, kind, n).shift) for n, s in fields if kind is not None
            )))  # fmt: skip
        return count - 1

    def _new_parts(self, fields: tuple[tuple[e.SortInfo, int], ...]) -> tuple[int, int]:
        first = len(self.parts)
        for sort, shift in fields:
            if sort in self.places:
                mask = (1 << self.layout.width(sort)) - 1
                self.parts.append((shift, mask, self.places[sort]))
        return first, len(self.parts)

    # --- one exchange -------------------------------------------------------------------------

    def _names(self, exchange: Exchange) -> list[int]:
        row = []
        for sort in self.places:
            to = exchange.get(sort.of or sort, range(self.layout.scope.size(sort.of or sort)))
            row += [0, *(m + 1 for m in to)] if sort.kind is e.SortKind.MAYBE else list(to)
        return row

    def _segments(
        self, families: list[tuple[tuple[e.SortInfo, ...], dict[Index, list[_Piece]]]],
        exchange: Exchange,
    ) -> dict[int, tuple[list[Any], list[Any]]]:  # fmt: skip
        """By word: its moves and its renamings."""
        moves: dict[int, Counter[tuple[int, int]]] = defaultdict(Counter)
        renamings: dict[int, list[Any]] = defaultdict(list)
        for sorts, pieces in families:
            for index, old in pieces.items():
                to = tuple(exchange[s][i] if s in exchange else i
                           for s, i in zip(sorts, index, strict=True))  # fmt: skip
                for a, b in zip(old, pieces[to], strict=True):
                    shift = b.cell.shift - a.cell.shift
                    moves[b.cell.word][a.cell.word, shift] |= a.cell.mask << a.cell.shift
                    if a.content is not None:
                        renamings[b.cell.word].append(self._renaming(a, b.cell.shift))
        return {
            word: ([(source, mask, max(0, by), max(0, -by)) for (source, by), mask in all_.items()],
                   renamings[word])
            for word, all_ in moves.items()
        }  # fmt: skip

    def _renaming(self, piece: _Piece, shift: int) -> tuple[int, ...]:
        assert piece.content is not None
        length = piece.length or Cell(0, 0, 0)
        return (shift, piece.width, length.word, length.shift, length.mask, *piece.slots,
                *piece.content)  # fmt: skip


def _queue_pieces(
    cells: QueueCells, content: tuple[int, int] | None
) -> Iterator[_Piece]:
    yield _Piece(cells.length, 0)
    for number, chunk in enumerate(cells.chunks if cells.width else ()):
        first = number * cells.per_chunk
        slots = (first, min(cells.per_chunk, cells.slots - first))
        yield _Piece(chunk, cells.width, content, cells.length, slots)


def _order(segments: list[dict[int, tuple[list[Any], list[Any]]]]) -> list[int]:
    """The words that some exchange touches: first those that it is cheap to compare."""
    cost: Counter[int] = Counter()
    for by_word in segments:
        for word, (moves, renamings) in by_word.items():
            stays = not renamings and all(m[0] == word and m[2] == m[3] for m in moves)
            cost[word] += 0 if stays else len(moves) + 4 * len(renamings)
    return sorted((w for w, c in cost.items() if c), key=lambda w: (cost[w], w))


def _flat(
    segments: list[dict[int, tuple[list[Any], list[Any]]]], order: list[int]
) -> tuple[list[Any], list[Any], list[Any]]:
    bounds: list[Any] = []
    moves: list[Any] = []
    renamings: list[Any] = []
    for by_word in segments:
        for word in order:
            first = (len(moves), len(renamings))
            moves += by_word[word][0]
            renamings += by_word[word][1]
            bounds.append((first[0], len(moves), first[1], len(renamings)))
    return bounds, moves, renamings


def _array(rows: list[Any], columns: int) -> Words:
    return np.array(rows, dtype=np.int64).reshape(len(rows), columns)
