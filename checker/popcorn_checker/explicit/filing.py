"""Filing: each rule under the values of one field, so that a state meets few that do not fit.

Which field is best for a rule depends on what states are like. A walk through the model shows
some: a rule is filed under the field whose demanded values are the rarest among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from popcorn_checker.explicit.layout import Cell
from popcorn_checker.explicit.rows import Row

Words = NDArray[np.int64]


ANY = Cell(0, 0, 0)  # a field without bits, which is 0 in every state


@dataclass(frozen=True)
class Trigger:
    """A cell has one of some values."""

    cell: Cell
    values: tuple[int, ...]


def choose(rows: Sequence[Row], states: Words) -> list[Trigger | None]:
    """For each row the trigger that the fewest of some states pull, one in each row of ``states``.

    Where two are as rare the one of fewer values is taken, and none of 0, which most cells are.
    """
    shares: dict[Trigger, float] = {}

    def share(trigger: Trigger) -> float:
        if trigger not in shares:
            cell = trigger.cell
            found = (states[:, cell.word] >> cell.shift) & cell.mask
            shares[trigger] = float(np.isin(found, trigger.values).mean())
        return shares[trigger]

    def rarity(x: Trigger) -> tuple[float, bool, int, int, int]:
        return share(x), 0 in x.values, len(x.values), x.cell.word, x.cell.shift

    return [min(_options(row), key=rarity, default=None) for row in rows]


def _options(row: Row) -> list[Trigger]:
    return [
        Trigger(cell, tuple(sorted(values)))
        for cell, values in row.possible.items()
        if cell.width > 0 and len(values) <= cell.mask
    ]


class File:
    """Sets of rules, each by field and value."""

    def __init__(self) -> None:
        """Nothing is filed yet."""
        self.fields: list[tuple[int, int, int, int]] = []
        self.starts: list[int] = [0]
        self.filed: list[int] = []
        self.sets: list[int] = [0]

    def add(self, rules: Sequence[tuple[int, Trigger | None]]) -> None:
        """One more set: rules by number, and what pulls each."""
        cells: dict[Cell, dict[int, list[int]]] = {}
        for number, trigger in rules:
            by_value = cells.setdefault(trigger.cell if trigger else ANY, {})
            for value in trigger.values if trigger else (0,):
                by_value.setdefault(value, []).append(number)
        for cell, by_value in cells.items():
            self.fields.append((cell.word, cell.shift, cell.mask, len(self.starts) - 1))
            for value in range(cell.mask + 1):
                self.filed += by_value.get(value, [])
                self.starts.append(len(self.filed))
        self.sets.append(len(self.fields))

    def tables(self) -> dict[str, Words]:
        """The tables of that name: see `Tables`."""
        return {
            "fields": np.array(self.fields, np.int64).reshape(-1, 4),
            "starts": np.array(self.starts, np.int64),
            "filed": np.array(self.filed, np.int64),
            "sets": np.array(self.sets, np.int64),
        }
