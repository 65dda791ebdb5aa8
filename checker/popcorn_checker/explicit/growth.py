"""Measuring growth on the log: distinct contents with one variable alone, and without it.

A state is hashed word by word, and the hashes are added, so that to leave a variable out only the
words that it touches are hashed again. Two contents of one hash are counted as one, which for 64
bits and some hundred thousand states does not happen in practice.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from popcorn_checker.explicit.layout import AnyFamily, Cell, Layout
from popcorn_checker.explicit.search import Search
from popcorn_checker.growth import Grower, Growth
from popcorn_model.language import expr as e

LOOKED_MAX: Final = 1 << 19
Hashes = NDArray[np.uint64]


def measure(search: Search) -> Growth:
    """What each variable contributes, over the first states of the log up to a limit.

    Cost: two sorts of these states for each variable; 16 bytes a word of each meanwhile.
    """
    looked = min(search.states, LOOKED_MAX)
    rows = search.log[: looked * search.words].reshape(looked, search.words).view(np.uint64)
    hashes = [_mixed(rows[:, w], w) for w in range(search.words)]
    whole: Hashes = np.sum(hashes, axis=0, dtype=np.uint64)
    found = []
    for family, cells in _families(search.program.layout):
        masks = _masks(cells)
        alone, without = np.zeros(looked, np.uint64), whole.copy()
        for word, mask in masks.items():
            alone += _mixed(rows[:, word] & np.uint64(mask), word)
            without += _mixed(rows[:, word] & ~np.uint64(mask), word) - hashes[word]
        found.append(
            Grower(
                family.name,
                _KINDS[type(family)],
                len(cells) if not isinstance(family, e.QueueInfo) else _queues(search, family),
                _distinct(alone),
                looked / _distinct(without),
            )
        )
    found.sort(key=lambda row: (-row.factor, -row.values, row.name))
    return Growth(looked, search.states, tuple(found))


_KINDS: Final = {e.StateInfo: "variable", e.QueueInfo: "queue", e.BudgetInfo: "budget"}


def _families(layout: Layout) -> list[tuple[AnyFamily, list[Cell]]]:
    """Every variable, queue and budget with the cells that hold it."""
    found: list[tuple[AnyFamily, list[Cell]]] = []
    families: tuple[e.StateInfo | e.BudgetInfo, ...] = (*layout.model.states, *layout.model.budgets)
    for family in families:
        place = layout.families[family]
        indices = np.ndindex(*place.sizes)
        found.append((family, [place.cell(tuple(map(int, index))) for index in indices]))
    for queue in layout.model.queues:
        mine = [cells for (owner, _), cells in layout.queues.items() if owner == queue]
        found.append((queue, [cell for cells in mine for cell in (cells.length, *cells.chunks)]))
    return found


def _queues(search: Search, queue: e.QueueInfo) -> int:
    return sum(owner == queue for owner, _ in search.program.layout.queues)


def _masks(cells: list[Cell]) -> dict[int, int]:
    """The bits of some cells, word by word."""
    masks: dict[int, int] = {}
    for cell in cells:
        masks[cell.word] = masks.get(cell.word, 0) | cell.mask << cell.shift
    return masks


def _mixed(words: Hashes, word: int) -> Hashes:
    """A hash of each of some words that stand at place ``word`` of a state."""
    h = words ^ np.uint64((word + 1) * 0x9E3779B97F4A7C15 % (1 << 64))
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        h = (h ^ (h >> np.uint64(shift))) * np.uint64(factor)
    return h ^ (h >> np.uint64(31))


def _distinct(hashes: Hashes) -> int:
    hashes.sort()
    return 1 + int(np.count_nonzero(hashes[1:] != hashes[:-1]))
