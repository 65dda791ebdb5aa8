"""The table *explicit engine and Z3*: ``python -m popcorn_checker.symbolic``.

One line a finding, as soon as both engines have spoken. Ends with 0 when they agree about all, 12
when they do not. The lines are rows of a Markdown table, so that a page can have them as they are.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from popcorn_checker.checking import make_subject
from popcorn_checker.errors import HOLDS, SAFETY
from popcorn_checker.findings.catalogue import find_findings
from popcorn_checker.findings.rederive import request_for
from popcorn_checker.options import parse_seconds
from popcorn_checker.symbolic.crosscheck import Crossed, cross

HEAD = """\
| finding | property | steps | trace accepted | nothing shorter | time | rules | variables |
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
    """Print the table; the exit code. Raises: UsageError for an unknown finding or time."""
    parser = argparse.ArgumentParser(prog="python -m popcorn_checker.symbolic", description=__doc__)
    parser.add_argument("ids", nargs="*", help="only these findings, such as W4")
    parser.add_argument("--budget", default="45s", help="time for each search, such as 45s")
    given = parser.parse_args(arguments)
    rows = []
    print(HEAD, flush=True)
    for finding in find_findings(given.ids, None):
        subject = make_subject(request_for(finding))
        rows.append(cross(finding.id, subject, finding.prop, parse_seconds(given.budget)))
        print(line(rows[-1]), flush=True)
    agreed = sum(row.agreed for row in rows)
    print(f"\n{agreed} of {len(rows)} agreed; {len(rows) - agreed} disagreements.")
    return HOLDS if agreed == len(rows) else SAFETY


if __name__ == "__main__":
    sys.exit(main())
