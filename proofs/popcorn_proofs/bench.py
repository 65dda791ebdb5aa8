"""Page ownership at every size, against the same at finite scopes: part of `make bench`.

    python -m popcorn_proofs.bench --limit 5m --scope kernels=2,pages=1,threads=1

The claim `directory` is proved for any number of kernels, pages and threads, once with the lemmas
that people wrote and once with an invariant that is searched for. Spacer, which finds invariants by
itself as well, and the explicit engine decide the same two properties at scopes that grow. What
counts is the processor time of whole processes.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from rich.table import Table

from popcorn_checker.bench.figures import make_console, write_figures
from popcorn_checker.errors import HOLDS, SAFETY, USAGE, UsageError
from popcorn_checker.options import parse_seconds
from popcorn_proofs.claims.directory import CLAIM

SCOPES: Final = tuple(f"kernels={n},pages=1,threads=1" for n in (1, 2, 3))
ANY: Final = "any number of kernels, pages, threads"


@dataclass(frozen=True)
class Timed:
    """One way to decide the properties, where, and its processor time in seconds.

    ``verdict`` is empty for who was stopped at the limit.
    """

    how: str
    scope: str
    verdict: str
    cpu_seconds: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Time them all and print the table; 12 when somebody came to an end and says anything but
    that page ownership holds.

    Cost: at most the limit for each row.
    """
    asked = _parser().parse_args(arguments)
    try:
        limit = parse_seconds(asked.limit, "--limit")
    except UsageError as error:
        print(f"popcorn-spec: {error}", file=sys.stderr)
        return USAGE
    rows = []
    for how, scope, command in _commands(asked.scope or SCOPES):
        rows.append(_timed(how, scope, command, limit))
        print(f"{how} at {scope}: {_told(rows[-1])}", flush=True)
    make_console().print(_table(rows))
    if asked.json is not None:
        write_figures(asked.json, rows=[asdict(row) for row in rows])
    return HOLDS if all(row.verdict in ("", "holds", "proved") for row in rows) else SAFETY


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m popcorn_proofs.bench")
    parser.add_argument("--limit", default="5m", metavar="TIME", help="for each row, such as 5m")
    parser.add_argument("--scope", action="append", metavar="SCOPE",
                        help=f"a finite scope; may be given again; by default {'; '.join(SCOPES)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here as well")
    return parser


def _commands(scopes: Sequence[str]) -> Iterator[tuple[str, str, list[str]]]:
    """Who decides, where, and the command that does."""
    ours = [sys.executable, "-m", "popcorn_checker"]
    prove = [*ours, "prove", "--claim", CLAIM.id, "--json"]
    yield "proof, lemmas given", ANY, prove
    yield "proof, invariant found", ANY, [*prove, "--strengthen"]
    for scope in scopes:
        watched = [word for name in CLAIM.safety for word in ("--property", name)]
        check = ["check", CLAIM.protocol, "--variant", CLAIM.variant, "--scope", scope]
        yield "explicit", scope, [*ours, *check, *watched, "--no-progress", "--json"]
    for scope in scopes:
        spacer = [sys.executable, "-m", "popcorn_proofs.spacer"]
        yield "Spacer", scope, [*spacer, CLAIM.protocol, scope, *CLAIM.safety]


def _timed(how: str, scope: str, command: list[str], limit: float | None) -> Timed:
    """Run a command to its end or to the limit."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    stopper = threading.Timer(limit or threading.TIMEOUT_MAX, process.send_signal, [signal.SIGKILL])
    stopper.start()
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)  # it has been waited for
    stopper.cancel()
    verdict = "" if process.returncode == -signal.SIGKILL else _verdict(out)
    return Timed(how, scope, verdict, round(usage.ru_utime + usage.ru_stime, 2))


def _verdict(out: str) -> str:
    """The outcome in what a command printed."""
    if not out.strip():
        return "nothing"
    if not out.lstrip().startswith(("{", "[")):
        return out.strip()
    found = json.loads(out)
    return str((found[0] if isinstance(found, list) else found)["outcome"])


def _told(row: Timed) -> str:
    return f"{row.verdict or 'stopped at the limit'}, {row.cpu_seconds:.1f} s"


def _table(rows: list[Timed]) -> Table:
    table = Table(title="page ownership: processor seconds of whole processes")
    for head in ("how", "size", "says", "seconds"):
        table.add_column(head, justify="right" if head == "seconds" else "left")
    for row in rows:
        said = row.verdict or "stopped"
        table.add_row(row.how, row.scope, said, f"{row.cpu_seconds:.1f}")
    return table


if __name__ == "__main__":
    sys.exit(main())
