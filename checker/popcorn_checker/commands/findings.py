"""The verb ``findings``: derive known defects again, with their traces and repairs."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import repeat
from pathlib import Path
from typing import Annotated

import typer

from popcorn_checker.errors import HOLDS, SAFETY, UNKNOWN, UsageError
from popcorn_checker.exploring import Effort
from popcorn_checker.findings.catalogue import find_findings
from popcorn_checker.findings.finding import Finding
from popcorn_checker.findings.rederive import Rederived, diff, rederive
from popcorn_checker.options import Json, parse_bytes, parse_seconds, verb
from popcorn_checker.progress import reporting
from popcorn_checker.writing import FORMATS, format_of, print_json, write_trace


@dataclass(frozen=True)
class Options:
    """What ``findings`` can be told."""

    ids: Annotated[
        list[str] | None, typer.Argument(help="Only these, such as W4.", metavar="[ID]...")
    ] = None
    json: Json = False
    diff: Annotated[
        bool, typer.Option("--diff", help="Print what the repair changes, and search nothing.")
    ] = False
    trace: Annotated[
        Path | None,
        typer.Option(help="Write the trace of one finding: .itf.json, .html, .mmd or .txt.",
                     metavar="FILE"),
    ] = None  # fmt: skip
    catalogue: Annotated[
        str | None,
        typer.Option(help="A module with an attribute CATALOGUE, in place of ours.",
                     metavar="MODULE"),
    ] = None  # fmt: skip
    budget: Annotated[
        str | None, typer.Option(help="Time for each exploration: 90s, 10m.", metavar="TIME")
    ] = None
    memory: Annotated[
        str | None, typer.Option(help="Memory for each exploration: 4G.", metavar="SIZE")
    ] = None
    workers: Annotated[int, typer.Option(help="How many at once.", min=1)] = 1


@verb(Options)
def command(options: Options) -> int:
    """Derive the known defects of a protocol as built, and check that their repairs remove them.

    Examples: popcorn-spec findings; popcorn-spec findings W4; popcorn-spec findings W4 --diff

    Exit codes: 0 all derived at their pinned length and repaired; 12 one is not; 3 not decided.
    """
    findings = find_findings(options.ids or (), options.catalogue)
    if options.trace is not None:
        format_of(options.trace)
        if len(findings) != 1:
            raise UsageError("--trace needs the id of one finding")
    if options.diff:
        if options.json or options.trace is not None:
            raise UsageError("--diff prints text and derives nothing: leave out --json and --trace")
        for finding in findings:
            sys.stdout.write(f"{finding.id} {finding.title}\n\n{diff(finding)}\n")
        return HOLDS
    return _exit_code(_derive(options, findings))


def _derive(options: Options, findings: tuple[Finding, ...]) -> list[Rederived]:
    effort = Effort(
        seconds=parse_seconds(options.budget), bytes_max=parse_bytes(options.memory)
    )
    table = None if options.json else Table(findings)
    done = []
    for found in _rederived(findings, effort, options.workers):
        done.append(found)
        if table is not None:
            table.show(found)
        if options.trace is not None and found.trace is not None:
            write_trace(found.trace, options.trace)
        elif options.ids and not options.json:
            _tell(found)
    if options.json:
        print_json([found.to_json() for found in done])
    elif table is not None:
        table.sum_up(done)
    return done


def _rederived(
    findings: tuple[Finding, ...], effort: Effort, workers: int
) -> Iterator[Rederived]:
    """The findings derived in order, with progress when one is derived at a time."""
    if workers == 1 or len(findings) == 1:
        for finding in findings:
            with reporting(None) as report:
                yield rederive(finding, replace(effort, report=report))
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        yield from pool.map(rederive, findings, repeat(effort))


def _exit_code(done: list[Rederived]) -> int:
    if any(not found.derived and found.decided for found in done):
        return SAFETY
    return UNKNOWN if any(not found.derived for found in done) else HOLDS


def _tell(found: Rederived) -> None:
    """A finding in full: what it means, its trace, what removes it."""
    finding = found.finding
    repair = ", ".join(f"{n}={v}" for n, v in finding.repair.items())
    sys.stdout.write(f"\n{finding.meaning}\n\n")
    if found.trace is not None:
        sys.stdout.write(FORMATS["text"](found.trace))
    if found.repaired:
        sys.stdout.write(f"\n{repair} removes it ({found.repaired_states:,} states).\n\n")


class Table:
    """Prints one line for each finding as soon as it is derived, in columns known beforehand."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        """Print the head."""
        self.widths = [
            max(map(len, (head, *words)))
            for head, words in (
                ("id", [f.id for f in findings]),
                ("what it means", [f.title for f in findings]),
                ("property", [f.prop for f in findings]),
            )
        ]
        self._line(["id", "what it means", "property"], ("steps", "states", "time", "repaired"),
                   "scope, and what it needs beyond the protocol as built")  # fmt: skip

    def _line(self, words: list[str], numbers: tuple[str, str, str, str], last: str) -> None:
        cells = [w.ljust(n) for w, n in zip(words, self.widths, strict=True)]
        cells += [w.rjust(n) for w, n in zip(numbers, (5, 12, 9, 8), strict=True)]
        sys.stdout.write("  ".join([*cells, last]).rstrip() + "\n")
        sys.stdout.flush()

    def show(self, found: Rederived) -> None:
        """Print one line, and another for each problem."""
        finding = found.finding
        length = str(found.length) if found.length is not None else "-"
        seconds = found.seconds + found.repaired_seconds
        numbers = (length, f"{found.states:,}", f"{seconds:.2f} s", _yes(found.repaired))
        needs = f"; {finding.needs}" if finding.needs else ""
        needs += "; up to symmetry" if finding.symmetry else ""
        self._line([finding.id, finding.title, finding.prop], numbers, finding.scope + needs)
        for problem in found.problems:
            sys.stdout.write(f"    NOT DERIVED: {problem}\n")

    def sum_up(self, done: list[Rederived]) -> None:
        """Print how many are derived."""
        good = sum(found.derived for found in done)
        sys.stdout.write(
            f"\n{good} of {len(done)} findings derived again, each with a shortest trace, and "
            "removed by its repair.\n"
        )


def _yes(value: bool) -> str:
    return "yes" if value else "no"
