"""Lowering: ground rules become rows of tables that the kernel reads.

A guard that compares a cell with a constant becomes a masked test, an unconditional store of a
constant a masked store; everything else becomes a small program (``assemble.py``). Each rule is
filed under the value of one field that its tests demand, the rarest, so that a state meets few
rules that do not fit.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from popcorn_checker.explicit import kernel
from popcorn_checker.explicit.assemble import may_leave
from popcorn_checker.explicit.effects import StepAssembler
from popcorn_checker.explicit.layout import Cell, Layout
from popcorn_checker.explicit.touch import Touch, meet
from popcorn_checker.ground import Grounder, GroundRule, GroundUpdate
from popcorn_checker.scopes import Scope
from popcorn_model.language import Model, Mood
from popcorn_model.language import expr as e

TRIGGER_BITS = 10  # of a field under whose value rules are filed: each value costs a bucket
OTHER_BITS = 4  # of one under all of whose values but one a rule is filed


@dataclass(frozen=True)
class Literal:
    """A cell has, or has not, a value."""

    cell: Cell
    value: int
    equal: bool


@dataclass(frozen=True)
class Trigger:
    """A cell has one of some values."""

    cell: Cell
    values: tuple[int, ...]


@dataclass
class Row:
    """One rule before it is packed into arrays."""

    literals: list[Literal]
    residue: list[e.Expr]
    updates: tuple[GroundUpdate, ...] = ()
    action: int = -1
    values: tuple[int, ...] = ()
    trigger: Trigger | None = None


@dataclass(frozen=True)
class Watch:
    """What a watch stands for: a property's name and the instance's parameters."""

    name: str
    values: tuple[int, ...]


@dataclass
class Program:
    """A model at a scope, ready for the kernel. ``rows`` are the rules in the kernel's order."""

    model: Model
    scope: Scope
    layout: Layout
    rows: list[Row]
    watches: list[Watch]
    tables: kernel.Tables
    initial: NDArray[np.int64]

    def action_of(self, rule: int) -> tuple[int, tuple[int, ...]]:
        """Action number and parameter values of a rule."""
        return self.rows[rule].action, self.rows[rule].values


def lower(model: Model, scope: Scope, initial: Any) -> Program:
    """Ground and lower a model; ``initial`` is the evaluator's start state.

    Raises: ScopeError when an item of a queue does not fit a word. Cost: proportional to the
    number of ground rules times their size.
    """
    layout = Layout(model, scope)
    grounder = Grounder(model, scope)
    literals = Literals(layout)
    rows = [row for rule in grounder.rules() if (row := literals.action_row(rule)) is not None]
    _choose_triggers(rows)
    watches: list[Watch] = []
    watch_rows: list[Row] = []
    for watch, formula in _watched(model, grounder):
        if (row := literals.watch_row(formula)) is not None:
            watches.append(watch)
            watch_rows.append(row)
    ends = [literals.watch_row(x) for _, x in (grounder.goals(model.ends) if model.ends else ())]
    packed = Packed(rows, watch_rows, [row for row in ends if row is not None])
    tables = packed.tables(StepAssembler(layout))
    return Program(model, scope, layout, rows, watches, tables, layout.encode(initial))


def pack(rows: list[Row], layout: Layout) -> kernel.Tables:
    """Rows as the tables of a program, each filed under its rarest field and value."""
    _choose_triggers(rows)
    return Packed(rows, [], []).tables(StepAssembler(layout))


def _watched(model: Model, grounder: Grounder) -> list[tuple[Watch, e.Expr]]:
    found: list[tuple[Watch, e.Expr]] = []
    for prop in model.properties:
        if prop.mood is Mood.ALWAYS:
            ways = grounder.violations(prop)
        elif prop.mood is Mood.SOMETIMES:
            ways = grounder.goals(prop)
        else:
            continue
        found += [(Watch(prop.name, values), formula) for values, formula in ways]
    return found


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
        for guard in guards:
            for part in guard.args if isinstance(guard, e.And) else (guard,):
                found = self.of(part)
                if found is None:
                    row.residue.append(part)
                    row.literals += self._implied(part)
                else:
                    row.literals += found
        return None if _contradictory(row.literals) or e.NO in row.residue else row

    def _implied(self, node: e.Expr) -> list[Literal]:
        """Literals that hold wherever the formula does, so that a row has a trigger."""
        match node:
            case e.Matches(_, e.Item(_, ref, position), kind, fields) if _static(ref.index):
                constant = tuple((n, x) for n, x in fields if isinstance(x, e.Const))
                return self._match(ref, position, kind, constant) or []
        return []

    def of(self, node: e.Expr) -> list[Literal] | None:
        """The formula as literals that must all hold, or None when it is no conjunction of them."""
        match node:
            case e.Const(_, True):
                return []
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
            case e.Less(_, e.Const(_, 0), e.Length(_, ref), True) if _static(ref.index):
                return [Literal(self.queue(ref).length, 0, False)]
            case e.Matches(_, e.Item(_, ref, position), kind, fields) if _static(ref.index):
                return self._match(ref, position, kind, fields)
        return None

    def queue(self, ref: e.QueueRef) -> Any:
        """The cells of a queue at a constant index."""
        return self.layout.queues[ref.queue, constants(ref.index)]

    def _cell(self, node: e.Expr, value: int, equal: bool) -> list[Literal] | None:
        match node:
            case e.Read(_, state, index) if _static(index):
                return _literal(self.layout.families[state].cell(constants(index)), value, equal)
            case e.Item(sort, ref, position) if _static(ref.index):
                if sort.kind is not e.SortKind.MESSAGE:
                    return _literal(self.queue(ref).slot(position), value, equal)
        return None

    def _match(
        self, ref: e.QueueRef, position: int, kind: e.MessageKind,
        fields: tuple[tuple[str, e.Expr], ...],
    ) -> list[Literal] | None:
        sort, layout = ref.queue.sort, self.layout
        slot = self.queue(ref).slot(position)
        if not slot.width:
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


def _static(index: tuple[e.Expr, ...]) -> bool:
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


def _choose_triggers(rows: list[Row]) -> None:
    def options(row: Row) -> list[Trigger]:
        return [
            Trigger(x.cell, (x.value,) if x.equal else _others(x))
            for x in row.literals
            if 0 < x.cell.width <= (TRIGGER_BITS if x.equal else OTHER_BITS)
        ]

    demand: Counter[Trigger] = Counter()
    for row in rows:
        demand.update(set(options(row)))

    def rarity(o: Trigger) -> tuple[bool, int, int, int, int]:
        # A cell that is zero in most states is a poor trigger: prefer values other than 0.
        return 0 in o.values, len(o.values), demand[o], o.cell.word, o.cell.shift

    for row in rows:
        row.trigger = min(options(row), key=rarity, default=None)


def _others(literal: Literal) -> tuple[int, ...]:
    return tuple(v for v in range(literal.cell.mask + 1) if v != literal.value)


@dataclass(frozen=True)
class Packed:
    """All rows of a program, in the kernel's order: actions, watches, and ends of a run."""

    actions: list[Row]
    watches: list[Row]
    ends: list[Row]

    def tables(self, assembler: StepAssembler) -> kernel.Tables:
        """The rows as tables."""
        tests: list[tuple[int, int, int]] = []
        stores: list[tuple[int, int, int]] = []
        rules = []
        touched, spans = self._touched(Touch(assembler.layout))
        for number, row in enumerate([*self.actions, *self.watches, *self.ends]):
            first_test, first_store = len(tests), len(stores)
            tests += _masked(row.literals)
            plain, rest = _split_stores(row.updates, assembler.layout)
            stores += plain
            guard = assembler.guard(row.residue) if row.residue else -1
            effect = assembler.effect(rest) if rest else -1
            span = spans[number] if number < len(spans) else (0, 0)
            rules.append((first_test, len(tests), first_store, len(stores), guard, effect, *span))
        first_watch, first_end = len(self.actions), len(self.actions) + len(self.watches)
        fields, starts, filed = _file(self.actions)
        return kernel.Tables(
            _array(fields, 4), np.array(starts, np.int64), np.array(filed, np.int64),
            _array(rules, 8), np.arange(first_watch, first_end), np.arange(first_end, len(rules)),
            np.array(touched, np.int64), _array(tests, 3), _array(stores, 3),
            _array(assembler.code, 8), _array(assembler.queue_rows(), 8),
            _array(assembler.chunk_rows(), 3),
        )  # fmt: skip

    def _touched(self, touch: Touch) -> tuple[list[int], list[tuple[int, int]]]:
        """The watches that read what an action writes, one action after the other, and where each
        action's are."""
        reads = [touch.read((x.cell for x in w.literals), w.residue) for w in self.watches]
        touched: list[int] = []
        spans = []
        for row in self.actions:
            written, first = touch.written(row.updates), len(touched)
            touched += [n for n, read in enumerate(reads) if meet(read, written)]
            spans.append((first, len(touched)))
        return touched, spans


def _array(rows: list[Any], columns: int) -> NDArray[np.int64]:
    return np.array(rows, dtype=np.int64).reshape(len(rows), columns)


def _masked(literals: list[Literal]) -> list[tuple[int, int, int]]:
    merged: dict[int, tuple[int, int]] = {}
    differ = []
    for x in literals:
        mask, value = x.cell.mask << x.cell.shift, x.value << x.cell.shift
        if x.equal:
            old = merged.get(x.cell.word, (0, 0))
            merged[x.cell.word] = (old[0] | mask, old[1] | value)
        else:
            differ.append((-x.cell.word - 1, mask, value))
    return [(w, m, v) for w, (m, v) in merged.items()] + list(dict.fromkeys(differ))


def _split_stores(
    updates: tuple[GroundUpdate, ...], layout: Layout
) -> tuple[list[tuple[int, int, int]], list[GroundUpdate]]:
    merged: dict[int, tuple[int, int]] = {}
    rest = []
    for ground in updates:
        match ground:
            case GroundUpdate(test, e.Put(target, e.Const() as value, _)) if (
                test == e.YES and _static(target.index)
            ):
                cell = layout.families[target.state].cell(constants(target.index))
                if may_leave(value, layout):
                    rest.append(ground)
                    continue
                code = layout.code(target.sort, value.value)
                old = merged.get(cell.word, (0, 0))
                merged[cell.word] = (
                    old[0] | cell.mask << cell.shift, old[1] | code << cell.shift
                )
            case _:
                rest.append(ground)
    return [(w, ~m, v) for w, (m, v) in merged.items()], rest


def _file(rows: list[Row]) -> tuple[list[Any], list[int], list[int]]:
    """Rules by field and value: field rows, then where each value's rules start."""
    cells: dict[Cell | None, dict[int, list[int]]] = {}
    for number, row in enumerate(rows):
        trigger = row.trigger
        by_value = cells.setdefault(trigger.cell if trigger else None, {})
        for value in trigger.values if trigger else (0,):
            by_value.setdefault(value, []).append(number)
    fields, starts, filed = [], [0], []
    for cell, by_value in cells.items():
        mask = cell.mask if cell is not None else 0
        fields.append((cell.word if cell else 0, cell.shift if cell else 0, mask, len(starts) - 1))
        for value in range(mask + 1):
            filed += by_value.get(value, [])
            starts.append(len(filed))
    return fields, starts, filed
