"""Where each cell of a state lies in its words, and how values are coded.

A state is a row of 64-bit words of which 63 bits are used, so that signed arithmetic never sees a
sign. Cells of one variable have one width and lie side by side, which makes a cell at a computed
index one shift away. A queue is a length and packed slots; vacated slots are zero, so equal
queues are equal words. A message is its kind's number plus one, then its fields; kinds overlay.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from popcorn_checker.evaluate import State
from popcorn_checker.scopes import Scope, ScopeError
from popcorn_model.language import Model
from popcorn_model.language import expr as e
from popcorn_model.language.carried import kinds_carried

WORD_BITS = 63
AnyFamily = e.StateInfo | e.QueueInfo | e.BudgetInfo


@dataclass(frozen=True)
class Cell:
    """Bits ``shift .. shift + width - 1`` of one word."""

    word: int
    shift: int
    width: int

    @property
    def mask(self) -> int:
        """The cell's bits, shifted down."""
        return (1 << self.width) - 1


@dataclass(frozen=True)
class Family:
    """All cells of one state variable or budget; cell ``n`` is ``n // per_word`` words on."""

    word: int
    shift: int
    width: int
    per_word: int
    sizes: tuple[int, ...]

    def cell(self, index: tuple[int, ...]) -> Cell:
        """The cell at an index."""
        flat = flatten(index, self.sizes)
        at = self.shift + (flat % self.per_word) * self.width
        return Cell(self.word + flat // self.per_word, at, self.width)


@dataclass(frozen=True)
class QueueCells:
    """One queue: its length, then its slots in chunks of ``per_chunk`` slots."""

    number: int
    length: Cell
    width: int
    slots: int
    per_chunk: int
    chunks: tuple[Cell, ...]
    blocking: bool

    def slot(self, position: int) -> Cell:
        """The cell of one slot; where there is none, a cell without bits, which reads as 0."""
        if position >= self.slots:
            return Cell(0, 0, 0)
        chunk = self.chunks[position // self.per_chunk]
        return Cell(chunk.word, chunk.shift + position % self.per_chunk * self.width, self.width)


def flatten(index: tuple[int, ...], sizes: tuple[int, ...]) -> int:
    """An index as one number, last sort fastest. Raises: ScopeError when it is out of range."""
    flat = 0
    for i, n in zip(index, sizes, strict=True):
        if not 0 <= i < n:
            raise ScopeError(f"a formula uses index {i} where this scope ends at {n - 1}")
        flat = flat * n + i
    return flat


class Layout:
    """The layout of one model's states at one scope. Raises: ScopeError for a too wide message."""

    def __init__(self, model: Model, scope: Scope) -> None:
        """Place queues first, then wide families, so that small ones fill the gaps."""
        self.model = model
        self.scope = scope
        self.carried = kinds_carried(model.queues, model.actions)
        held = frozenset().union(*self.carried.values()) if self.carried else frozenset()
        sorts = {q.sort for q in model.queues if q.sort.kind is e.SortKind.MESSAGE}
        self.kinds = {s: tuple(k for k in s.kinds if k in held) for s in sorts}
        self.free: list[int] = []  # first free bit of each word
        self.families: dict[object, Family] = {}
        self.queues: dict[tuple[e.QueueInfo, tuple[int, ...]], QueueCells] = {}
        for queue in model.queues:
            for index in product(*(range(scope.size(s)) for s in queue.index)):
                self._place_queue(queue, index)
        families: list[tuple[e.StateInfo | e.BudgetInfo, int]] = []
        families += ((s, self.width(s.sort)) for s in model.states)
        families += ((b, scope.entries[b.name].bit_length()) for b in model.budgets)
        for family, width in sorted(families, key=lambda item: -self._bits(*item)):
            self._place_family(family, width)
        self.words = max(1, len(self.free))

    def _bits(self, family: e.StateInfo | e.BudgetInfo, width: int) -> int:
        return width * int(np.prod([self.scope.size(s) for s in family.index], dtype=int))

    @property
    def bits(self) -> int:
        """The bits in use, gaps not counted."""
        return sum(self.free)

    # --- widths and codes -----------------------------------------------------------------

    def width(self, sort: e.SortInfo) -> int:
        """Bits of a value of a sort."""
        if sort.kind is e.SortKind.MESSAGE:
            return self._message_width(sort, frozenset(self.kinds[sort]))
        return (self.scope.size(sort) - 1).bit_length()

    def _message_width(self, sort: e.SortInfo, kinds: frozenset[e.MessageKind]) -> int:
        payloads = [sum(self.width(s) for _, s in k.fields) for k in kinds]
        return self.tag_width(sort) + max(payloads, default=0)

    def code(self, sort: e.SortInfo, value: Any) -> int:
        """A value of the evaluator as bits."""
        if sort.kind is e.SortKind.MAYBE:
            return 0 if value is None else int(value) + 1
        if sort.kind is e.SortKind.MESSAGE:
            kind = next(k for k in sort.kinds if k.name == value[0])
            bits, at = self.tag(sort, kind), self.tag_width(sort)
            for (_, inner), field in zip(kind.fields, value[1], strict=True):
                bits |= self.code(inner, field) << at
                at += self.width(inner)
            return bits
        return int(value)

    def decode(self, sort: e.SortInfo, bits: int) -> Any:
        """The evaluator's value for bits."""
        match sort.kind:
            case e.SortKind.MAYBE:
                return None if bits == 0 else bits - 1
            case e.SortKind.TRUTH:
                return bool(bits)
            case e.SortKind.MESSAGE:
                at = self.tag_width(sort)
                kind = self.kinds[sort][(bits & ((1 << at) - 1)) - 1]
                fields = []
                for _, inner in kind.fields:
                    width = self.width(inner)
                    fields.append(self.decode(inner, (bits >> at) & ((1 << width) - 1)))
                    at += width
                return (kind.name, tuple(fields))
        return bits

    def tag_width(self, sort: e.SortInfo) -> int:
        """Bits of a message's kind."""
        return len(self.kinds[sort]).bit_length()

    def tag(self, sort: e.SortInfo, kind: e.MessageKind) -> int:
        """The number of a kind, from 1; 0 is an empty slot.

        A kind that is never sent has a number that no slot has.
        """
        kinds = self.kinds[sort]
        return kinds.index(kind) + 1 if kind in kinds else len(kinds) + 1

    def field(self, sort: e.SortInfo, kind: e.MessageKind, name: str) -> Cell:
        """Where a field lies within a message's bits; the word is meaningless."""
        at = self.tag_width(sort)
        for field, inner in kind.fields:
            if field == name:
                return Cell(0, at, self.width(inner))
            at += self.width(inner)
        raise AssertionError(f"no field {name}")

    # --- placing --------------------------------------------------------------------------

    def _bits_at(self, width: int) -> tuple[int, int]:
        """First fit: a word and a shift with ``width`` free bits, now taken."""
        for word, used in enumerate(self.free):
            if used + width <= WORD_BITS:
                self.free[word] += width
                return word, used
        self.free.append(width)
        return len(self.free) - 1, 0

    def _place_family(self, family: e.StateInfo | e.BudgetInfo, width: int) -> None:
        sizes = tuple(self.scope.size(s) for s in family.index)
        total = int(np.prod(sizes, dtype=int))
        if width * total <= WORD_BITS:
            word, shift = self._bits_at(width * total)
            self.families[family] = Family(word, shift, width, max(1, total), sizes)
            return
        per_word = WORD_BITS // width
        word = len(self.free)
        while total > 0:
            self.free.append(width * min(total, per_word))
            total -= per_word
        self.families[family] = Family(word, 0, width, per_word, sizes)

    def _place_queue(self, queue: e.QueueInfo, index: tuple[int, ...]) -> None:
        width, slots = self.width(queue.sort), self.scope.entries[queue.slots]
        if queue.sort.kind is e.SortKind.MESSAGE:
            width = self._message_width(queue.sort, self.carried[queue])
        if width > WORD_BITS:
            raise ScopeError(f"an item of {queue.name} needs {width} bits; {WORD_BITS} fit")
        per_chunk = max(1, WORD_BITS // max(1, width))
        chunks, left = [], slots
        while left > 0:
            here = min(left, per_chunk)
            word, shift = self._bits_at(here * width)
            chunks.append(Cell(word, shift, here * width))
            left -= here
        length_width = slots.bit_length()
        word, shift = self._bits_at(length_width)
        self.queues[queue, index] = QueueCells(
            len(self.queues), Cell(word, shift, length_width), width, slots, per_chunk,
            tuple(chunks), queue.blocking,
        )

    # --- whole states ---------------------------------------------------------------------

    def _cells(self) -> Iterator[tuple[AnyFamily, tuple[int, ...]]]:
        """Every cell in the order of the evaluator's states."""
        families: tuple[AnyFamily, ...] = (
            *self.model.states, *self.model.queues, *self.model.budgets,
        )  # fmt: skip
        for family in families:
            for index in product(*(range(self.scope.size(s)) for s in family.index)):
                yield family, index

    def encode(self, state: State) -> NDArray[np.int64]:
        """A state of the evaluator as words."""
        words = [0] * self.words
        for place, (family, index) in enumerate(self._cells()):
            self._encode_one(words, family, index, state[place])
        return np.array(words, dtype=np.int64)

    def _encode_one(
        self, words: list[int], family: AnyFamily, index: tuple[int, ...], value: Any
    ) -> None:
        if isinstance(family, e.QueueInfo):
            cells = self.queues[family, index]
            words[cells.length.word] |= len(value) << cells.length.shift
            for position, item in enumerate(value):
                slot = cells.slot(position)
                words[slot.word] |= self.code(family.sort, item) << slot.shift
            return
        cell = self.families[family].cell(index)
        bits = self.code(family.sort, value) if isinstance(family, e.StateInfo) else value
        words[cell.word] |= bits << cell.shift

    def decoded(self, row: NDArray[np.int64]) -> State:
        """Words as a state of the evaluator."""
        words = [int(w) for w in row]
        return tuple(self._decode_one(words, family, index) for family, index in self._cells())

    def _decode_one(self, words: list[int], family: AnyFamily, index: tuple[int, ...]) -> Any:
        def bits(cell: Cell) -> int:
            return (words[cell.word] >> cell.shift) & cell.mask

        if isinstance(family, e.QueueInfo):
            cells = self.queues[family, index]
            slots = range(bits(cells.length))
            return tuple(self.decode(family.sort, bits(cells.slot(p))) for p in slots)
        raw = bits(self.families[family].cell(index))
        return self.decode(family.sort, raw) if isinstance(family, e.StateInfo) else raw
