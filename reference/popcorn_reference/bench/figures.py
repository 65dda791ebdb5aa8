"""Figures as people see them, and as plain data with the machine they are of."""

import json
import os
import platform
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

WIDE: Final = 140
_CPU_INFO: Final = Path("/proc/cpuinfo")

Cell = str | int | float | None


@dataclass(frozen=True)
class Size:
    """How much is measured.

    Units: `loops` in thousands of times around a loop of eight instructions.
    """

    loops: int = 1000
    pairs: int = 9
    messages: int = 30_000
    hops: int = 3000
    kernels: int = 5
    repeats: int = 3


TINY: Final = Size(loops=5, pairs=2, messages=200, hops=60, kernels=2, repeats=1)
"""Enough to see that everything can be measured, and too little to measure anything."""


@dataclass
class Sheet:
    """A table of figures: what was measured, and rows of cells."""

    name: str
    title: str
    heads: tuple[str, ...]
    rows: list[tuple[Cell, ...]]
    notes: tuple[str, ...] = ()

    def records(self) -> list[dict[str, Cell]]:
        """The rows as plain data."""
        return [dict(zip(self.heads, row, strict=True)) for row in self.rows]


def make_console() -> Console:
    """What tables are printed on: a terminal as it is, and anything else wide enough for them."""
    return Console(width=None if sys.stdout.isatty() else WIDE, highlight=False)


def show(console: Console, sheet: Sheet) -> None:
    """Print a table, and below it what is to be known of it."""
    table = Table()
    for place, head in enumerate(sheet.heads):
        is_text = all(isinstance(row[place], str) for row in sheet.rows)
        table.add_column(head, justify="left" if is_text else "right")
    for row in sheet.rows:
        table.add_row(*map(_write, row))
    console.print(sheet.title, soft_wrap=True)
    console.print(table)
    for note in sheet.notes:
        console.print(note)
    console.print()


def _write(cell: Cell) -> str:
    if cell is None:
        return "-"
    if isinstance(cell, float):
        return f"{cell:,.0f}" if abs(cell) >= 1000 else f"{cell:.3g}"
    return f"{cell:,}" if isinstance(cell, int) else cell


def describe_machine() -> str:
    """The machine, its Python, and how busy it is."""
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    return (
        f"{_name_processor()}, {os.cpu_count()} of them, {platform.system()} "
        f"{platform.release()}, Python {platform.python_version()}, load average {load}"
    )


def _name_processor() -> str:
    if _CPU_INFO.exists():
        for line in _CPU_INFO.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def get_high(values: Sequence[float], hundredths: int) -> float:
    """The value that so many hundredths of all do not exceed."""
    return sorted(values)[max(0, -(-len(values) * hundredths // 100) - 1)]


def get_middle(values: Sequence[float]) -> float:
    """The median."""
    return statistics.median(values)


def write_figures(path: Path, sheets: Sequence[Sheet]) -> None:
    """Write all figures as JSON. Raises: OSError for a file that cannot be written."""
    record = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": describe_machine(),
        **{sheet.name: sheet.records() for sheet in sheets},
    }
    path.write_text(json.dumps(record, indent=2) + "\n")
