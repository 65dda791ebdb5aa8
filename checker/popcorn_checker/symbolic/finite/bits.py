"""How values, cells and queues are bits at a scope, and the variables that stand for one state.

A member, label or *maybe* is its position, a message the number of its kind (from 1; 0 is no
message) and its fields above it. A number that is stored is without sign; a number in a formula has
one, and as many bits as it needs. A queue is one truth value for each slot, whether it is taken,
and the items; a slot that is not taken is zero, so that equal queues have equal bits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import z3

from popcorn_checker.evaluate import State
from popcorn_checker.scopes import Scope
from popcorn_model.language import Model
from popcorn_model.language import expr as e
from popcorn_model.language.carried import kinds_carried

Index = tuple[int, ...]
AnyFamily = e.StateInfo | e.QueueInfo | e.BudgetInfo


@dataclass(frozen=True)
class QueueBits:
    """One queue at one moment: which slots are taken, and what is in them."""

    taken: tuple[z3.BoolRef, ...]
    slots: tuple[z3.BitVecRef, ...]


@dataclass(frozen=True)
class Moment:
    """The terms that stand for one state; budgets are among the cells.

    ``variables`` are the constants in these terms, in an order that all moments share.
    """

    cells: Mapping[tuple[object, Index], z3.ExprRef]
    queues: Mapping[tuple[object, Index], QueueBits]
    variables: tuple[z3.ExprRef, ...]


class Bits:
    """Widths and codes of one model at one scope."""

    def __init__(self, model: Model, scope: Scope) -> None:
        """Find what each queue can hold; nothing else is computed."""
        self.model, self.scope = model, scope
        self.carried = kinds_carried(model.queues, model.actions)
        held = frozenset().union(*self.carried.values()) if self.carried else frozenset()
        sorts = {q.sort for q in model.queues if q.sort.kind is e.SortKind.MESSAGE}
        self.kinds = {s: tuple(k for k in s.kinds if k in held) for s in sorts}

    # --- widths and codes --------------------------------------------------------------------

    def width(self, sort: e.SortInfo) -> int:
        """Bits of a value; at least one, since Z3 knows no vector without bits."""
        if sort.kind is e.SortKind.MESSAGE:
            return self._message_width(sort, frozenset(self.kinds[sort]))
        return max(1, (self.scope.size(sort) - 1).bit_length())

    def _message_width(self, sort: e.SortInfo, kinds: frozenset[e.MessageKind]) -> int:
        payloads = [sum(self.width(s) for _, s in k.fields) for k in kinds]
        return max(1, self.tag_width(sort) + max(payloads, default=0))

    def item_width(self, queue: e.QueueInfo) -> int:
        """Bits of an item of a queue: enough for the kinds that it can hold."""
        if queue.sort.kind is e.SortKind.MESSAGE:
            return self._message_width(queue.sort, self.carried[queue])
        return self.width(queue.sort)

    def tag_width(self, sort: e.SortInfo) -> int:
        """Bits of a message's kind."""
        return max(1, len(self.kinds[sort]).bit_length())

    def tag(self, sort: e.SortInfo, kind: e.MessageKind) -> int | None:
        """The number of a kind; None for one that is never sent."""
        kinds = self.kinds[sort]
        return kinds.index(kind) + 1 if kind in kinds else None

    def field(self, sort: e.SortInfo, kind: e.MessageKind, name: str) -> tuple[int, e.SortInfo]:
        """The lowest bit of a field within a message, and its sort."""
        at = self.tag_width(sort)
        for field, inner in kind.fields:
            if field == name:
                return at, inner
            at += self.width(inner)
        raise AssertionError(f"no field {name}")

    def code(self, sort: e.SortInfo, value: Any) -> int:
        """A value of the evaluator as a number whose bits are its code."""
        if sort.kind is e.SortKind.MAYBE:
            return 0 if value is None else int(value) + 1
        if sort.kind is e.SortKind.MESSAGE and value is not None:
            kind = next(k for k in sort.kinds if k.name == value[0])
            code, at = self.tag(sort, kind) or 0, self.tag_width(sort)
            for (_, inner), field in zip(kind.fields, value[1], strict=True):
                code |= self.code(inner, field) << at
                at += self.width(inner)
            return code
        return int(value)

    def decode(self, sort: e.SortInfo, code: int) -> Any:
        """The evaluator's value for a code."""
        match sort.kind:
            case e.SortKind.MAYBE:
                return None if code == 0 else code - 1
            case e.SortKind.TRUTH:
                return bool(code)
            case e.SortKind.MESSAGE:
                at = self.tag_width(sort)
                kind = self.kinds[sort][(code & ((1 << at) - 1)) - 1]
                fields = []
                for _, inner in kind.fields:
                    width = self.width(inner)
                    fields.append(self.decode(inner, (code >> at) & ((1 << width) - 1)))
                    at += width
                return (kind.name, tuple(fields))
        return code

    # --- moments -----------------------------------------------------------------------------

    def places(self) -> Iterator[tuple[AnyFamily, Index]]:
        """Every cell and queue, in the order of the evaluator's states."""
        families: tuple[AnyFamily, ...] = (
            *self.model.states, *self.model.queues, *self.model.budgets,
        )  # fmt: skip
        for family in families:
            for index in product(*(range(self.scope.size(s)) for s in family.index)):
                yield family, index

    def cell_width(self, family: e.StateInfo | e.BudgetInfo) -> int:
        """Bits of a cell of a variable or budget; 0 for a truth value."""
        if isinstance(family, e.BudgetInfo):
            return max(1, self.scope.entries[family.name].bit_length())
        return 0 if family.sort is e.TRUTH else self.width(family.sort)

    def moment(self, mark: str) -> Moment:
        """Variables for one state; their names end in the mark."""
        cells: dict[tuple[object, Index], z3.ExprRef] = {}
        queues: dict[tuple[object, Index], QueueBits] = {}
        variables: list[z3.ExprRef] = []
        for family, index in self.places():
            name = ".".join((family.name, *map(str, index))) + mark
            if isinstance(family, e.QueueInfo):
                many = range(self.scope.entries[family.slots])
                width = self.item_width(family)
                queue = QueueBits(
                    tuple(z3.Bool(f"{name}.taken{i}") for i in many),
                    tuple(z3.BitVec(f"{name}.slot{i}", width) for i in many),
                )
                queues[family, index] = queue
                variables += [*queue.taken, *queue.slots]
                continue
            width = self.cell_width(family)
            cells[family, index] = z3.BitVec(name, width) if width else z3.Bool(name)
            variables.append(cells[family, index])
        return Moment(cells, queues, tuple(variables))

    def constants(self, state: State) -> tuple[z3.ExprRef, ...]:
        """A state of the evaluator, in the order of a moment's variables."""
        found: list[z3.ExprRef] = []
        for (family, _), value in zip(self.places(), state, strict=True):
            if isinstance(family, e.QueueInfo):
                many, width = self.scope.entries[family.slots], self.item_width(family)
                codes = [self.code(family.sort, x) for x in value]
                codes += [0] * (many - len(value))
                found += [z3.BoolVal(i < len(value)) for i in range(many)]
                found += [z3.BitVecVal(code, width) for code in codes]
            elif isinstance(family, e.BudgetInfo):
                found.append(z3.BitVecVal(value, self.cell_width(family)))
            elif family.sort is e.TRUTH:
                found.append(z3.BoolVal(bool(value)))
            else:
                code = self.code(family.sort, value)
                found.append(z3.BitVecVal(code, self.cell_width(family)))
        return tuple(found)

    def decoded(self, values: Sequence[z3.ExprRef]) -> State:
        """Constants in the order of a moment's variables as a state of the evaluator."""
        left, found = iter(values), []
        for family, _ in self.places():
            if isinstance(family, e.QueueInfo):
                many = self.scope.entries[family.slots]
                taken = sum(z3.is_true(next(left)) for _ in range(many))
                codes = [next(left).as_long() for _ in range(many)]
                found.append(tuple(self.decode(family.sort, c) for c in codes[:taken]))
                continue
            value = next(left)
            if z3.is_bool(value):
                found.append(z3.is_true(value))
            elif isinstance(family, e.BudgetInfo):
                found.append(value.as_long())
            else:
                found.append(self.decode(family.sort, value.as_long()))
        return tuple(found)

    # --- any state at all --------------------------------------------------------------------

    def typed(self, moment: Moment) -> list[z3.BoolRef]:
        """What is true of the bits of every state, reachable or not: no code is beyond its sort."""
        found: list[z3.BoolRef] = []
        for (family, _), cell in moment.cells.items():
            assert isinstance(family, e.StateInfo | e.BudgetInfo)
            if isinstance(family, e.BudgetInfo):
                found += self._below(cell, self.scope.entries[family.name] + 1)
            elif family.sort is not e.TRUTH:
                found += self._below(cell, self.scope.size(family.sort))
        for (queue, _), bits in moment.queues.items():
            assert isinstance(queue, e.QueueInfo)
            for i, (taken, slot) in enumerate(zip(bits.taken, bits.slots, strict=True)):
                if i:
                    found.append(z3.Implies(taken, bits.taken[i - 1]))
                found.append(z3.Implies(z3.Not(taken), slot == 0))
                found.append(z3.Implies(taken, self._is_item(queue, slot)))
        return found

    def _below(self, bits: z3.BitVecRef, size: int) -> list[z3.BoolRef]:
        return [] if size == 1 << bits.size() else [z3.ULT(bits, size)]

    def _is_item(self, queue: e.QueueInfo, slot: z3.BitVecRef) -> z3.BoolRef:
        if queue.sort.kind is not e.SortKind.MESSAGE:
            below = self._below(slot, self.scope.size(queue.sort))
            return z3.And(below) if below else z3.BoolVal(True)
        low, kinds = self.tag_width(queue.sort), []
        for kind in self.carried[queue]:
            facts, at = [z3.Extract(low - 1, 0, slot) == self.tag(queue.sort, kind)], low
            for _, inner in kind.fields:
                end = at + self.width(inner)
                facts += self._below(z3.Extract(end - 1, at, slot), self.scope.size(inner))
                at = end
            if at < slot.size():
                facts.append(z3.Extract(slot.size() - 1, at, slot) == 0)
            kinds.append(z3.And(facts))
        return z3.Or(kinds) if kinds else z3.BoolVal(False)
