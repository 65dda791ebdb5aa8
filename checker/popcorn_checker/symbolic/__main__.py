"""The table *explicit engine and Z3*: ``python -m popcorn_checker.symbolic``.

One line for each finding, and for each mutation that a design lists, as soon as both engines have
spoken; with ``--mutants`` for each refuted mutant of popcorn-2014 instead. Ends with 0 when they
agree about all, 12 when they do not. The lines are rows of a Markdown table, so that a page can
have them as they are.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import chain
from multiprocessing import get_context

from popcorn_checker.errors import HOLDS, SAFETY, USAGE, UsageError
from popcorn_checker.options import parse_seconds
from popcorn_checker.symbolic.cases import (
    Case,
    campaign_cases,
    cross_case,
    finding_cases,
    listed_cases,
)
from popcorn_checker.symbolic.crosscheck import Crossed

HEAD = """\
| what fails | property | steps | trace accepted | nothing shorter | time | rules | variables |
|---|---|---|---|---|---|---|---|"""


def line(row: Crossed) -> str:
    """One row of the table."""
    if row.shorter is not None:
        shorter = f"{'' if row.endless else 'NO: '}found in {row.shorter} steps"
    elif row.shortest:
        shorter = "proved"
    else:
        shorter = f"refuted up to {row.refuted}"
    accepted = "yes" if row.accepted else "NO"
    cells = (row.name, row.prop, row.length, accepted, shorter, f"{row.seconds:.1f} s", row.rules,
             row.variables)  # fmt: skip
    return f"| {' | '.join(map(str, cells))} |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; the exit code. Cost: the budget for each case, at worst."""
    parser = argparse.ArgumentParser(prog="python -m popcorn_checker.symbolic", description=__doc__)
    parser.add_argument("ids", nargs="*", help="only these findings, such as W4")
    parser.add_argument("--mutants", action="store_true", help="the mutants of popcorn-2014")
    parser.add_argument("--budget", default="45s", help="time for each search, such as 45s")
    parser.add_argument("--workers", type=int, default=1, help="how many at once")
    given = parser.parse_args(arguments)
    rows = []
    try:
        cases, seconds = _cases(given), parse_seconds(given.budget)
        print(HEAD, flush=True)
        for row in _crossed(cases, seconds, given.workers):
            rows.append(row)
            print(line(row), flush=True)
    except UsageError as error:
        print(f"popcorn-spec: {error}", file=sys.stderr)
        return USAGE
    agreed = sum(row.agreed for row in rows)
    print(f"\n{agreed} of {len(rows)} agreed; {len(rows) - agreed} disagreements.")
    return HOLDS if agreed == len(rows) else SAFETY


def _cases(given: argparse.Namespace) -> Iterable[Case]:
    if given.mutants:
        return campaign_cases(given.workers)
    return chain(finding_cases(given.ids), () if given.ids else listed_cases())


def _crossed(cases: Iterable[Case], seconds: float | None, workers: int) -> Iterator[Crossed]:
    one = partial(cross_case, seconds)
    if workers == 1:
        yield from map(one, cases)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(one, cases)


if __name__ == "__main__":
    sys.exit(main())
