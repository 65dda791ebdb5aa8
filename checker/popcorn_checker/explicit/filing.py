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


class Chooser:
    """Chooses what pulls a row, by what some states are like."""

    def __init__(self, states: Words) -> None:
        """``states`` has one state in each row."""
        self._states = states
        self._shares: dict[Trigger, float] = {}

    def choose(self, row: Row) -> Trigger | None:
        """The trigger that the fewest of the states pull.

        Where two are as rare the one of fewer values is taken, and none of 0, which most cells
        are.
        """
        return min(_options(row), key=self._rarity, default=None)

    def _rarity(self, x: Trigger) -> tuple[float, bool, int, int, int]:
        return self._share(x), 0 in x.values, len(x.values), x.cell.word, x.cell.shift

    def _share(self, trigger: Trigger) -> float:
        if trigger not in self._shares:
            cell = trigger.cell
            found = (self._states[:, cell.word] >> cell.shift) & cell.mask
            self._shares[trigger] = float(np.isin(found, trigger.values).mean())
        return self._shares[trigger]


def _options(row: Row) -> list[Trigger]:
    return [
        Trigger(cell, tuple(sorted(values)))
        for cell, values in row.possible.items()
        if cell.width > 0 and len(values) <= cell.mask
    ]


@dataclass(frozen=True)
class Filed:
    """A set of rules by field and value.

    ``fields``: word, shift, mask, first bucket; ``sizes``: how many rules each bucket has;
    ``rules``: those of one bucket after the other.
    """

    fields: Words
    sizes: Words
    rules: Words


class Cabinet:
    """Some rules and what pulls each, from which any of them are filed as one set."""

    def __init__(self, triggers: Sequence[Trigger | None]) -> None:
        """``triggers`` are what pulls the rules, by number."""
        pulled = [x or Trigger(ANY, (0,)) for x in triggers]
        self._cells = list(dict.fromkeys(x.cell for x in pulled))
        place = {cell: n for n, cell in enumerate(self._cells)}
        buckets = _before([cell.mask + 1 for cell in self._cells])
        self._rules = np.repeat(np.arange(len(pulled)), [len(x.values) for x in pulled])
        self._buckets = np.array(
            [buckets[place[x.cell]] + value for x in pulled for value in x.values], np.int64
        )
        self._order = np.argsort(self._buckets, kind="stable")
        self._fields = np.repeat(np.arange(len(self._cells)), np.diff(buckets))

    def file(self, rules: Sequence[int]) -> Filed:
        """Some of the rules, by number, as one set."""
        wanted = np.zeros(int(self._rules[-1]) + 1 if self._rules.size else 0, dtype=bool)
        wanted[np.asarray(rules, dtype=np.int64)] = True
        taken = self._order[wanted[self._rules[self._order]]]
        sizes = np.bincount(self._buckets[taken], minlength=self._fields.shape[0])
        used = np.unique(self._fields[self._buckets[taken]])
        kept = np.isin(self._fields, used)
        widths = [self._cells[n].mask + 1 for n in used]
        rows = [
            (cell.word, cell.shift, cell.mask, first)
            for cell, first in zip((self._cells[n] for n in used), _before(widths), strict=False)
        ]
        return Filed(np.array(rows, np.int64).reshape(-1, 4), sizes[kept], self._rules[taken])


def join(sets: Sequence[Filed]) -> dict[str, Words]:
    """Sets as the tables ``fields``, ``starts``, ``filed`` and ``sets``: see `Tables`."""
    buckets = _before([x.sizes.shape[0] for x in sets])
    fields = np.concatenate([x.fields for x in sets])
    counts = [x.fields.shape[0] for x in sets]
    fields[:, 3] += np.repeat(buckets[:-1], counts)
    return {
        "fields": fields,
        "starts": _before(np.concatenate([x.sizes for x in sets])),
        "filed": np.concatenate([x.rules for x in sets]),
        "sets": _before(counts),
    }


def _before(sizes: Sequence[int] | Words) -> Words:
    """How many there are before each, and at the end how many in all."""
    return np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
