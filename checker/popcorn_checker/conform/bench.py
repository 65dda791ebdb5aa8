"""How fast an adapter is driven and judged: `python -m popcorn_checker.conform.bench -- COMMAND`.

The work is the cases that cover all transitions, one after the other in one process. The peer is
the adapter alone: the same lines are sent to it again, and nobody looks at the answers.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from rich.table import Table

from popcorn_checker.bench.figures import make_console, write_figures
from popcorn_checker.conform.adapter import Adapter, Broken, Limits
from popcorn_checker.conform.case import Case
from popcorn_checker.conform.covered import covering_cases
from popcorn_checker.conform.driving import Session
from popcorn_checker.conform.ending import ended_by_signals
from popcorn_checker.conform.wire import Order
from popcorn_checker.conform.world import make_world
from popcorn_checker.errors import BAD_INPUT, HOLDS

GROUPS: Final = ("threads", "pages", "all")


@dataclass(frozen=True)
class Figure:
    """How many orders there were, and how long they took. Units: seconds."""

    group: str
    cases: int
    orders: int
    judged: float
    alone: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m popcorn_checker.conform.bench")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here as well")
    parser.add_argument("command", nargs="+", help="how the adapter is started, after --")
    asked = parser.parse_args(arguments)
    try:
        with ended_by_signals(), Adapter(asked.command, Limits(30)) as adapter:
            name = adapter.hello().name
            figures = [_measure(adapter, group) for group in GROUPS]
    except Broken as why:
        print(f"popcorn-spec: {why}", file=sys.stderr)
        return BAD_INPUT
    make_console().print(_table(name, figures))
    if asked.json is not None:
        write_figures(asked.json, conform=[asdict(each) for each in figures])
    return HOLDS


def _measure(adapter: Adapter, group: str) -> Figure:
    cases = [case for case in covering_cases() if case.id.split("/")[1] == group]
    for size in {(case.kernels, case.threads, case.pages) for case in cases}:
        make_world(*size)
    started = time.perf_counter()
    orders = [order for case in cases for order in _drive(adapter, case)]
    judged = time.perf_counter() - started
    started = time.perf_counter()
    for order in orders:
        adapter.order(order)
    return Figure(group, len(cases), len(orders), judged, time.perf_counter() - started)


def _drive(adapter: Adapter, case: Case) -> list[Order]:
    session = Session([adapter], make_world(case.kernels, case.threads, case.pages))
    for step in case.steps:
        session.take(step)
    session.rest()
    return [order for order, _ in session.log]


def _table(name: str, figures: Sequence[Figure]) -> Table:
    table = Table(title=f"{name}, driven and judged")
    for column in ("cases", "number", "orders", "orders/s", "adapter alone", "ratio"):
        table.add_column(column, justify="left" if column == "cases" else "right")
    for each in figures:
        table.add_row(
            each.group, f"{each.cases:,}", f"{each.orders:,}",
            f"{each.orders / each.judged:,.0f}", f"{each.orders / each.alone:,.0f}",
            f"{each.judged / each.alone:.1f}",
        )  # fmt: skip
    return table


if __name__ == "__main__":
    sys.exit(main())
