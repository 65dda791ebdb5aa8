"""Looking at all states of a search again, for formulas that hold in some of them.

The formulas become rules that do nothing, filed under a field as others are, so that a state meets
few that do not fit. A sample of the states comes first: what it answers is not asked of the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from popcorn_checker.explicit import kernel
from popcorn_checker.explicit.packing import Packer
from popcorn_checker.explicit.rows import Literals, Row
from popcorn_checker.explicit.search import Search
from popcorn_checker.vacuity import Question

SAMPLES: Final = (1 << 12, 1 << 16)
SOME: Final = 1 << 11  # states that show how to file the formulas
PIECE: Final = 1 << 16  # states between two pauses


def unanswered(
    search: Search, questions: Sequence[Question], pause: Callable[[], None]
) -> list[Question]:
    """The questions of which no formula holds in any state, in their order.

    ``pause`` is called now and then and may raise. Raises: ScopeError when a formula is too large.
    Cost: at most one more look at every state; most questions are answered by a few thousand.
    """
    literals = Literals(search.program.layout)
    rows = [
        (number, row)
        for number, question in enumerate(questions)
        for way in question.ways
        if (row := literals.watch_row(way)) is not None
    ]
    seen = np.full(max(1, len(questions)), -1, dtype=np.int64)
    for step in sorted({max(1, search.states // size) for size in SAMPLES} | {1}, reverse=True):
        rows = [(number, row) for number, row in rows if seen[number] < 0]
        if rows:
            _sweep(search, rows, seen, (step, pause))
    return [question for number, question in enumerate(questions) if seen[number] < 0]


def _sweep(
    search: Search, rows: list[tuple[int, Row]], seen: NDArray[np.int64],
    how: tuple[int, Callable[[], None]],
) -> None:  # fmt: skip
    """Note in ``seen`` what every ``step``-th state answers."""
    step, pause = how
    some = search.some_rows(SOME)
    tables = Packer(search.program.layout, some).tables([row for _, row in rows])
    owner = np.array([number for number, _ in rows], dtype=np.int64)
    work = search.scratch()._replace(seen=seen)
    for first in range(0, search.states, PIECE * step):
        pause()
        last = min(search.states, first + PIECE * step)
        kernel.sweep(tables, search.space, work, (first, last, step), owner)
