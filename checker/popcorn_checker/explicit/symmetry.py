"""Symmetry in the compiled engine: exchanges of members as data, and searches of a quotient.

The layout knows where each cell lies, which members index it and which it may contain. From that
an exchange becomes masked shifts, one for all cells of a word that move alike, and a list of the
cells in which members stand. Of one sort the members are not exchanged but named anew in the order
of use, for which the cells that name them are listed. The log of such a search holds one form of
each state, so a path in it is not a run: `Quotient.step` turns it into one, state by state.
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
from popcorn_checker.explicit.symmetry_kernel import Exchanges, Renaming, Scratch
from popcorn_checker.explicit.tables import Space, Tables, Work
from popcorn_checker.symmetry import Exchange, Symmetry
from popcorn_model.language import Model
from popcorn_model.language import expr as e

Words = NDArray[np.int64]
Index = tuple[int, ...]


class Quotient:
    """The states of a layout up to the exchanges of a symmetry."""

    def __init__(self, layout: Layout, symmetry: Symmetry) -> None:
        """Cost: one pass over all cells for each exchange."""
        self.symmetry = symmetry
        self.words = layout.words
        self.exchanges, self.renaming = _Builder(layout, symmetry).build()
        members, cells = self.renaming.rows.shape[:2]
        least, whole = np.zeros((2, layout.words), dtype=np.int64)
        names, kept = np.zeros(members, np.int64), np.zeros((members, cells), np.int64)
        self._scratch = Scratch(least, whole, names, kept)

    @property
    def tables(self) -> tuple[Words, ...]:
        """All arrays that say which form stands for a state."""
        return (*self.exchanges, *self.renaming)

    def canonicalise(self, buf: Words, n: int) -> None:
        """Replace ``n`` states at the start of a buffer by the forms that stand for them."""
        symmetry_kernel.canonicalise(self.exchanges, self.renaming, buf, n, self._scratch)

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


_Family = tuple[tuple[e.SortInfo, ...], dict[Index, list[_Piece]]]


class _Contents:
    """Where members of some sorts stand in stored values, as rows of kinds and of parts."""

    def __init__(self, layout: Layout, numbers: dict[e.SortInfo, int]) -> None:
        """``numbers`` are the sorts, with a number for each that goes into its parts."""
        self.layout = layout
        self.numbers = numbers
        self.kinds: list[tuple[int, int]] = []
        self.parts: list[tuple[int, int, int]] = []
        self._known: dict[e.SortInfo, tuple[int, int] | None] = {}

    def of(self, sort: e.SortInfo) -> tuple[int, int] | None:
        """The first row of kinds of a sort and the bits that say a kind; None without members."""
        if sort not in self._known:
            first, before = len(self.kinds), len(self.parts)
            mask = self._add_kinds(sort)
            self._known[sort] = (first, mask) if len(self.parts) > before else None
        return self._known[sort]

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
            if sort in self.numbers:
                mask = (1 << self.layout.width(sort)) - 1
                self.parts.append((shift, mask, self.numbers[sort]))
        return first, len(self.parts)


class _Builder:
    """Turns a symmetry into arrays."""

    def __init__(self, layout: Layout, symmetry: Symmetry) -> None:
        self.layout = layout
        self.symmetry = symmetry
        self.places: dict[e.SortInfo, int] = {}  # of a sort's values in a row of names
        self.width = 0
        for sort in self._stored_sorts():
            self.places[sort] = self.width
            self.width += layout.scope.size(sort)
        self.contents = _Contents(layout, self.places)

    def _stored_sorts(self) -> Iterator[e.SortInfo]:
        """Sorts whose values change with an exchange: those that are free and exchanged, and
        *maybe* of these."""
        changed = self.symmetry.free.keys() - {self.symmetry.renamed}
        yield from (s for s in _sorts_held(self.layout.model) if (s.of or s) in changed)

    def build(self) -> tuple[Exchanges, Renaming]:
        """The arrays of all exchanges, and of the sort that is named anew."""
        pieces = list(self._families(self.contents))
        segments: list[dict[int, tuple[list[Any], list[Any]]]] = []
        names = []
        for exchange in self.symmetry.exchanges():
            segments.append(self._segments(pieces, exchange))
            names.append(self._names(exchange))
        renaming, tail = self._renaming_of(self.symmetry.renamed)
        plain = [word for word in _order(segments) if word not in tail]
        order = [*plain, *sorted(tail)]
        bounds, moves, renamings = _flat(segments, order)
        exchanges = Exchanges(
            np.array(order, dtype=np.int64), _array(bounds, 4), _array(moves, 4),
            _array(renamings, 9), _array(self.contents.kinds, 2), _array(self.contents.parts, 3),
            _array(names, self.width), np.array([int(not self.symmetry.exact)]),
        )  # fmt: skip
        return exchanges, renaming._replace(tail=np.array([len(plain)]))

    # --- what there is to move ----------------------------------------------------------------

    def _families(self, contents: _Contents) -> Iterator[_Family]:
        """Every variable, budget and queue: its index sorts, and its pieces by index."""
        layout = self.layout
        for family, cells in layout.families.items():
            assert isinstance(family, (e.StateInfo, e.BudgetInfo))
            content = contents.of(family.sort) if isinstance(family, e.StateInfo) else None
            if cells.width:
                yield family.index, {
                    index: [_Piece(cells.cell(index), cells.width, content)]
                    for index in product(*map(range, cells.sizes))
                }
        for queue in layout.model.queues:
            content = contents.of(queue.sort)
            yield queue.index, {
                index: list(_queue_pieces(cells, content))
                for (owner, index), cells in layout.queues.items() if owner is queue
            }  # fmt: skip

    # --- the sort that is named anew ----------------------------------------------------------

    def _renaming_of(self, sort: e.SortInfo | None) -> tuple[Renaming, set[int]]:
        """The arrays for a sort, or empty ones, and the words that have to do with it."""
        contents = _Contents(self.layout, self._values_of(sort))
        places = []
        rows: list[list[Any]] = [[] for _ in range(self.layout.scope.size(sort) if sort else 0)]
        tail = set()
        for sorts, pieces in self._families(contents):
            for index, group in pieces.items():
                for piece in group:
                    at = (piece.cell.word, piece.cell.shift, piece.cell.mask)
                    if piece.content is not None:
                        _, *rest = self._renaming(piece, 0)
                        places.append((*at[:2], *rest))
                        tail.add(at[0])
                    if sort in sorts:
                        rows[index[sorts.index(sort)]].append(at)
                        tail.add(at[0])
        cells = len(rows[0]) if rows else 0
        return Renaming(
            _array(places, 10), _array(contents.kinds, 2), _array(contents.parts, 3),
            np.array(rows, dtype=np.int64).reshape(len(rows), cells, 3), np.zeros(1, np.int64),
        ), tail  # fmt: skip

    def _values_of(self, sort: e.SortInfo | None) -> dict[e.SortInfo, int]:
        """The stored sorts that name members of a sort, and from which value on they do."""
        held = _sorts_held(self.layout.model) if sort else []
        return {s: int(s is not sort) for s in held if sort in (s, s.of)}

    # --- one exchange -------------------------------------------------------------------------

    def _names(self, exchange: Exchange) -> list[int]:
        row = []
        for sort in self.places:
            to = exchange.get(sort.of or sort, range(self.layout.scope.size(sort.of or sort)))
            row += [0, *(m + 1 for m in to)] if sort.kind is e.SortKind.MAYBE else list(to)
        return row

    def _segments(
        self, families: list[_Family], exchange: Exchange
    ) -> dict[int, tuple[list[Any], list[Any]]]:
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


def _sorts_held(model: Model) -> list[e.SortInfo]:
    """The sorts of all that states and queues hold, and of the fields of messages, each once."""
    held = [s.sort for s in model.states] + [q.sort for q in model.queues]
    held += [inner for s in tuple(held) for k in s.kinds for _, inner in k.fields]
    return list(dict.fromkeys(held))


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
