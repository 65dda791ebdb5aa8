"""What a person sees of a run: a table while it goes on, and one when it is over."""

import errno
import os
import sys
import time
from collections.abc import Sequence
from typing import Final, TextIO

from rich.console import Console
from rich.live import Live
from rich.table import Table

from popcorn_reference.node import Counts

_COLUMNS: Final = ("slices", "instructions", "faults", "calls", "migrations", "messages")
_REFRESH_SECONDS: Final = 0.1


def _write(stream: TextIO | None, data: bytes) -> None:
    """Write to a stream of ours.

    Raises: OSError if it is closed, as a program is told.
    """
    if stream is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    if hasattr(stream, "buffer"):
        stream.buffer.write(data)
    else:
        stream.write(data.decode(errors="replace"))
    stream.flush()


class Watcher:
    """A table on standard error that is drawn again and again, if that is a terminal."""

    def __init__(self, title: str, is_wanted: bool) -> None:
        self.title = title
        self.console = Console(stderr=True, highlight=False)
        self.is_live = is_wanted and self.console.is_terminal
        self._live = Live(console=self.console, auto_refresh=False, transient=True)
        self._drawn = 0.0

    def __enter__(self) -> "Watcher":
        if self.is_live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.is_live:
            self._live.stop()

    def write(self, data: bytes) -> None:
        """What the program writes, above the table if both are on one terminal."""
        if self.is_live and sys.stdout.isatty():
            self._live.console.out(data.decode(errors="replace"), end="", highlight=False)
        else:
            _write(sys.stdout, data)

    def write_error(self, data: bytes) -> None:
        """What the program writes to standard error."""
        if self.is_live:
            self._live.console.out(data.decode(errors="replace"), end="", highlight=False)
        else:
            _write(sys.stderr, data)

    def draw(self, counts: Sequence[Counts], threads: Sequence[int]) -> None:
        """Draw the table, if it is time to."""
        now = time.monotonic()
        if self.is_live and now - self._drawn > _REFRESH_SECONDS:
            self._drawn = now
            self._live.update(self._table(counts, threads), refresh=True)

    def sum_up(self, counts: Sequence[Counts], seconds: float) -> None:
        """The table when all is over."""
        self.console.print(self._table(counts, None))
        self.console.print(f"{seconds:.2f} s")

    def _table(self, counts: Sequence[Counts], threads: Sequence[int] | None) -> Table:
        table = Table(title=self.title, title_justify="left", box=None, pad_edge=False)
        names = ("kernel", *(("running",) if threads is not None else ()), *_COLUMNS)
        for name in names:
            table.add_column(name, justify="right")
        for number, each in enumerate(counts):
            cells = [str(number), *([str(threads[number])] if threads is not None else [])]
            table.add_row(*cells, *(f"{getattr(each, name):,}" for name in _COLUMNS))
        if threads is None:
            sums = (f"{sum(getattr(each, name) for each in counts):,}" for name in _COLUMNS)
            table.add_row("all", *sums)
        return table
