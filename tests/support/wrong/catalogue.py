"""All wrong implementations, by name."""

from __future__ import annotations

from typing import Final

from support.wrong import areas, copies, directory, endings, futexes, grants, threads
from support.wrong.rows import Wrong

ALL: Final[tuple[Wrong, ...]] = (
    *directory.ROWS, *copies.ROWS, *grants.ROWS, *areas.ROWS, *futexes.ROWS, *threads.ROWS,
    *endings.ROWS,
)  # fmt: skip
