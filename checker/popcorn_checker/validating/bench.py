"""How fast logs are validated, in how much memory: `python -m popcorn_checker.validating.bench`.

Logs that are made up grow from a thousand lines to a hundred thousand; journals of real runs may be
given as well. Each is held against the model as it is, and with a tenth of its lines lost. The
peers get the whole log: reading its JSON, and for a journal explaining it as `popcorn-spec trace`
does, which allows no line to be missing. Each measurement is a process of its own.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from rich.table import Table

from popcorn_checker.bench.figures import make_console, write_figures
from popcorn_checker.errors import HOLDS
from popcorn_checker.journal.explaining import explain
from popcorn_checker.journal.reading import read
from popcorn_checker.validating.case import Plan
from popcorn_checker.validating.files import validate
from popcorn_checker.validating.rounds import make_rounds

LENGTHS: Final = (1_000, 10_000, 100_000)
LOST: Final = 0.1
LOST_LINES_MAX: Final = 10_000
"""Units: lines. Of longer logs none is lost: what that costs grows with the lines."""
BUDGET: Final = 300.0
"""Units: seconds, for each log with lost lines."""


@dataclass(frozen=True)
class Work:
    """What one process measures."""

    what: str
    path: Path
    lost: float = 0


@dataclass(frozen=True)
class Spent:
    """What that took. Units: seconds of the processor, and megabytes at the peak."""

    seconds: float
    peak: float
    verdict: str = "explained"


@dataclass(frozen=True)
class Figure:
    """A log, what became of it, and what the peers took for all of its lines."""

    log: str
    lines: int
    lost: float
    verdict: str
    seconds: float
    peak: float
    json: float
    journal: float | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m popcorn_checker.validating.bench")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here as well")
    parser.add_argument(
        "--lines", type=int, nargs="*", default=LENGTHS, metavar="N",
        help="how long the logs are that are made up",
    )  # fmt: skip
    parser.add_argument(
        "--journal", type=Path, nargs="*", default=[], metavar="FILE",
        help="journals of runs, as popcorn-spec run --journal writes them",
    )  # fmt: skip
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        made = [_make(lines, Path(folder)) for lines in asked.lines]
        figures = [each for path in made for each in _measure_all(path, is_journal=False)]
        figures += [each for path in asked.journal for each in _measure_all(path, is_journal=True)]
    make_console().print(_table(figures))
    if asked.json is not None:
        write_figures(asked.json, validate=[asdict(each) for each in figures])
    return HOLDS


def _make(lines: int, folder: Path) -> Path:
    path = folder / f"rounds-{lines}.ndjson"
    with path.open("w") as file:
        file.writelines(json.dumps(line) + "\n" for line in islice(make_rounds(), lines))
    return path


def _measure_all(path: Path, is_journal: bool) -> list[Figure]:
    lines = sum(1 for _ in path.open())
    reading = _measure(Work("json", path)).seconds
    explaining = _measure(Work("journal", path)).seconds if is_journal else None
    found = []
    for lost in (0.0, LOST) if lines <= LOST_LINES_MAX else (0.0,):
        spent = _measure(Work("validate", path, lost))
        found.append(Figure(
            path.stem, lines, lost, spent.verdict, spent.seconds, spent.peak, reading, explaining
        ))  # fmt: skip
    return found


def _measure(work: Work) -> Spent:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(measure, work).result()


def measure(work: Work) -> Spent:
    """What some work takes, in this process."""
    with tempfile.TemporaryDirectory() as folder:
        path = _lose(work, Path(folder)) if work.lost else work.path
        started = time.process_time()
        verdict = _WORKS[work.what](path, not work.lost)
        seconds = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Spent(seconds, peak, verdict)


def _lose(work: Work, folder: Path) -> Path:
    """A log that has lost lines at random, but for the first; the same ones each time."""
    draw, path = random.Random(1), folder / work.path.name
    first, *rest = work.path.read_text().splitlines(keepends=True)
    path.write_text(first + "".join(line for line in rest if draw.random() >= work.lost))
    return path


def _validate(path: Path, is_complete: bool) -> str:
    end = time.process_time() + BUDGET
    _, outcome = validate([path], Plan(0, is_complete, is_late=lambda: time.process_time() > end))
    if outcome.is_explained:
        return "explained"
    return "not explained" if outcome.is_decided else "not decided"


def _read(path: Path, is_complete: bool) -> str:
    with path.open() as file:
        for line in file:
            json.loads(line)
    return "read"


def _explain(path: Path, is_complete: bool) -> str:
    explain(read(path))
    return "explained"


_WORKS: Final[dict[str, Callable[[Path, bool], str]]] = {
    "validate": _validate, "json": _read, "journal": _explain,
}  # fmt: skip


def _table(figures: Sequence[Figure]) -> Table:
    table = Table(title="Logs, held against the model")
    columns = "log", "lines", "lost", "verdict", "s", "lines/s", "MB", "reading JSON", "journal"
    for column in columns:
        table.add_column(column, justify="left" if column in ("log", "verdict") else "right")
    for each in figures:
        journal = "" if each.journal is None else f"{each.seconds / each.journal:.1f}"
        table.add_row(
            each.log, f"{each.lines:,}", f"{each.lost:.0%}", each.verdict, f"{each.seconds:.1f}",
            f"{each.lines / each.seconds:,.0f}", f"{each.peak:.0f}",
            f"{each.seconds / each.json:.1f}", journal,
        )  # fmt: skip
    table.caption = "The last two columns: how many times the peer's time for all lines."
    return table


if __name__ == "__main__":
    sys.exit(main())
