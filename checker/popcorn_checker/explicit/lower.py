"""Lowering: ground rules become rows of tables that the kernel reads.

A guard that compares a cell with a constant becomes a masked test (``rows.py``), an unconditional
store of a constant a masked store; everything else becomes a small program (``assemble.py``). Each
rule is filed under the values of one field (``filing.py``), and knows which watches it may wake
(``touch.py``).
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from popcorn_checker.explicit import filing, kernel
from popcorn_checker.explicit.assemble import may_leave
from popcorn_checker.explicit.effects import StepAssembler
from popcorn_checker.explicit.layout import Cell, Layout
from popcorn_checker.explicit.rows import Literal, Literals, Row, Values, constants, is_constant
from popcorn_checker.explicit.tables import Space, Tables, make_work
from popcorn_checker.explicit.touch import Askers, Touch, bits
from popcorn_checker.ground import Grounder, GroundUpdate
from popcorn_checker.scopes import Scope
from popcorn_model.language import Model, Mood
from popcorn_model.language import expr as e

Words = NDArray[np.int64]

WALK = 2048  # states that are looked at to see which fields tell rules apart
WALK_LENGTH = 128  # steps until a walk begins anew
WALK_RULES = 64  # a model of fewer rules is fast anyway


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
    tables: Tables
    initial: Words

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
    watches: list[Watch] = []
    watch_rows: list[Row] = []
    for watch, formula in _watched(model, grounder):
        if (row := literals.watch_row(formula)) is not None:
            watches.append(watch)
            watch_rows.append(row)
    ends = [literals.watch_row(x) for _, x in (grounder.goals(model.ends) if model.ends else ())]
    packed = Packed(layout, rows, watch_rows, [row for row in ends if row is not None])
    start = layout.encode(initial)
    tables = packed.tables(start.reshape(1, -1))
    if len(rows) >= WALK_RULES:
        tables = tables._replace(**packed.filed(_walk(tables, start)))
    return Program(model, scope, layout, rows, watches, tables, start)


def pack(rows: list[Row], layout: Layout, states: Words) -> Tables:
    """Rows as the tables of a program, filed so that few of some states meet rows that do not
    fit."""
    return Packed(layout, rows, [], []).tables(states)


def _walk(tables: Tables, start: Words) -> Words:
    """States that a walk at random comes to; the same ones each time."""
    chance = random.Random(0)
    rows = tables.rules.shape[0]
    work = make_work(rows, start.shape[0])
    states = np.tile(start, (WALK, 1))
    for n in range(1, WALK):
        space = Space(states[n - 1], start.shape[0], np.zeros(1, dtype=np.int64))
        found, _, _ = kernel.expand(tables, space, work, 0, 0)
        if found and n % WALK_LENGTH:
            states[n] = work.buf.reshape(-1, start.shape[0])[chance.randrange(found)]
    return states


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


@dataclass(frozen=True)
class Packed:
    """All rows of a program, in the kernel's order: actions, watches, and ends of a run."""

    layout: Layout
    actions: list[Row]
    watches: list[Row]
    ends: list[Row]

    def tables(self, states: Words) -> Tables:
        """The rows as tables, filed by what some states are like."""
        assembler = StepAssembler(self.layout)
        tests: list[tuple[int, int, int]] = []
        stores: list[tuple[int, int, int]] = []
        rules = []
        for row in (*self.actions, *self.watches, *self.ends):
            first_test, first_store = len(tests), len(stores)
            tests += _masked(row.literals)
            plain, rest = split_stores(row.updates, self.layout)
            stores += _stored(plain)
            guard = assembler.guard(row.residue) if row.residue else -1
            effect = assembler.effect(rest) if rest else -1
            rules.append((first_test, len(tests), first_store, len(stores), guard, effect))
        first_watch, first_end = len(self.actions), len(self.actions) + len(self.watches)
        return Tables(
            **self.filed(states), rules=_array(rules, 6),
            watches=np.arange(first_watch, first_end), ends=np.arange(first_end, len(rules)),
            tests=_array(tests, 3), stores=_array(stores, 3), code=_array(assembler.code, 8),
            queues=_array(assembler.queue_rows(), 8), chunks=_array(assembler.chunk_rows(), 3),
        )  # fmt: skip

    def filed(self, states: Words) -> dict[str, Words]:
        """Those of the tables that say where rules are filed, for what some states are like."""
        file = filing.File()
        file.add(list(enumerate(filing.choose(self.actions, states))))
        triggers = filing.choose(self.watches, states)
        for woken in self.woken:
            file.add([(n, triggers[n]) for n in woken])
        return file.tables()

    @cached_property
    def woken(self) -> list[list[int]]:
        """The watches that each action may wake."""
        touch = Touch(self.layout)
        reads = [touch.read((x.cell for x in w.literals), w.residue) for w in self.watches]
        askers = Askers(self.watches)
        found = []
        for row in self.actions:
            written, out = touch.written(row.updates), askers.excluded(self._after(touch, row))
            found.append([
                n for n, read in enumerate(reads) if read & written and not out >> n & 1
            ])  # fmt: skip
        return found

    @staticmethod
    def _after(touch: Touch, row: Row) -> Values:
        """What is known of some cells after an action."""
        plain, rest = split_stores(row.updates, touch.layout)
        written, unknown = touch.written(row.updates), touch.written(rest)
        kept = {c: values for c, values in row.possible.items() if not bits(c) & written}
        put = {c: frozenset((value,)) for c, value in plain if not bits(c) & unknown}
        return {**kept, **put}


def _array(rows: list[Any], columns: int) -> Words:
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


def split_stores(
    updates: tuple[GroundUpdate, ...], layout: Layout
) -> tuple[list[tuple[Cell, int]], list[GroundUpdate]]:
    """Of a step's updates those that always put a constant into one cell, and the rest."""
    plain: list[tuple[Cell, int]] = []
    rest = []
    for ground in updates:
        match ground:
            case GroundUpdate(test, e.Put(target, e.Const() as value, _)) if (
                test == e.YES and is_constant(target.index) and not may_leave(value, layout)
            ):
                cell = layout.families[target.state].cell(constants(target.index))
                plain.append((cell, layout.code(target.sort, value.value)))
            case _:
                rest.append(ground)
    return plain, rest


def _stored(plain: list[tuple[Cell, int]]) -> list[tuple[int, int, int]]:
    """Stores of constants as masked ones, one for each word."""
    merged: dict[int, tuple[int, int]] = {}
    for cell, value in plain:
        mask, bits_before = merged.get(cell.word, (0, 0))
        merged[cell.word] = (
            mask | cell.mask << cell.shift, bits_before | value << cell.shift
        )  # fmt: skip
    return [(word, ~mask, value) for word, (mask, value) in merged.items()]
