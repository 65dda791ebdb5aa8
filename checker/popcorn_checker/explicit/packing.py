"""Packing: rows become the tables that the kernel reads, each row once however often it is packed.

A guard that compares a cell with a constant becomes a masked test, an unconditional store of a
constant a masked store; everything else becomes a small program (``assemble.py``). Each rule is
filed under the values of one field (``filing.py``), and knows which watches it may wake
(``touch.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from popcorn_checker.explicit import filing
from popcorn_checker.explicit.assemble import may_leave
from popcorn_checker.explicit.effects import StepAssembler
from popcorn_checker.explicit.layout import Cell, Layout
from popcorn_checker.explicit.rows import Literal, Row, Values, constants, is_constant
from popcorn_checker.explicit.tables import Tables
from popcorn_checker.explicit.touch import Askers, Touch, bits
from popcorn_checker.ground import GroundUpdate
from popcorn_model.language import expr as e

Words = NDArray[np.int64]
Triple = tuple[int, int, int]
Thing = TypeVar("Thing")
Result = TypeVar("Result")


class Once(Generic[Thing, Result]):
    """A function that is asked once about each thing; things are told apart by identity."""

    def __init__(self, make: Callable[[Thing], Result]) -> None:
        """``make`` is the function. Things are kept as long as this is, so that no two are one."""
        self._make = make
        self._made: dict[int, tuple[Thing, Result]] = {}

    def __call__(self, thing: Thing) -> Result:
        """What the function says about the thing."""
        if id(thing) not in self._made:
            self._made[id(thing)] = thing, self._make(thing)
        return self._made[id(thing)][1]


@dataclass(frozen=True)
class _Packed:
    """One row by itself: its tests and stores, and where its programs begin, or -1."""

    tests: list[Triple]
    stores: list[Triple]
    guard: int
    effect: int


class Packer:
    """Packs rows of actions into tables, together with some watches and ends of a run."""

    def __init__(
        self, layout: Layout, states: Words, watches: Sequence[Row] = (), ends: Sequence[Row] = ()
    ) -> None:
        """``states`` show how to file, one in each row."""
        self.layout = layout
        self.watches = watches
        self.ends = ends
        self._touch = Touch(layout)
        self._assembler = StepAssembler(layout)
        self._packed = Once(self._pack)
        self._woken = Once(self._find_woken)
        self.learn(states)

    def learn(self, states: Words) -> None:
        """From now on rows are filed by what these states are like, one in each row."""
        self._trigger = Once(filing.Chooser(states).choose)
        self._waking = Once(self._file_woken)
        self._cabinet: filing.Cabinet | None = None

    def tables(self, actions: Sequence[Row]) -> Tables:
        """The rows as tables, in this order: actions, watches, ends. Raises: ScopeError."""
        tests: list[Triple] = []
        stores: list[Triple] = []
        rules = []
        for one in map(self._packed, (*actions, *self.watches, *self.ends)):
            first_test, first_store = len(tests), len(stores)
            tests += one.tests
            stores += one.stores
            rules.append(
                (first_test, len(tests), first_store, len(stores), one.guard, one.effect)
            )
        first_watch, first_end = len(actions), len(actions) + len(self.watches)
        return Tables(
            **self.filed(actions), rules=_array(rules, 6),
            watches=np.arange(first_watch, first_end), ends=np.arange(first_end, len(rules)),
            tests=_array(tests, 3), stores=_array(stores, 3), code=_array(self._assembler.code, 8),
            queues=_array(self._assembler.queue_rows(), 8),
            chunks=_array(self._assembler.chunk_rows(), 3),
        )  # fmt: skip

    def filed(self, actions: Sequence[Row]) -> dict[str, Words]:
        """Those of the tables that say where rules are filed."""
        rules = filing.Cabinet(list(map(self._trigger, actions))).file(range(len(actions)))
        return filing.join([rules, *map(self._waking, actions)])

    def _pack(self, row: Row) -> _Packed:
        plain, rest = split_stores(row.updates, self.layout)
        guard = self._assembler.guard(row.residue) if row.residue else -1
        effect = self._assembler.effect(rest) if rest else -1
        return _Packed(_masked(row.literals), _stored(plain), guard, effect)

    # --- the watches that an action may wake ----------------------------------------------

    @cached_property
    def _reads(self) -> list[int]:
        return [self._touch.read((x.cell for x in w.literals), w.residue) for w in self.watches]

    @cached_property
    def _askers(self) -> Askers:
        return Askers(self.watches)

    def _file_woken(self, row: Row) -> filing.Filed:
        if self._cabinet is None:
            self._cabinet = filing.Cabinet(list(map(self._trigger, self.watches)))
        return self._cabinet.file(self._woken(row))

    def _find_woken(self, row: Row) -> list[int]:
        written, out = self._touch.written(row.updates), self._askers.excluded(self._after(row))
        return [n for n, read in enumerate(self._reads) if read & written and not out >> n & 1]

    def _after(self, row: Row) -> Values:
        """What is known of some cells after an action."""
        plain, rest = split_stores(row.updates, self.layout)
        written, unknown = self._touch.written(row.updates), self._touch.written(rest)
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
