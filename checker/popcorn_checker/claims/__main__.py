"""Checks every claim, the short ones first: ``python -m popcorn_checker.claims``.

One line a claim, as soon as it is decided. Ends with 0 when all are kept, 12 when one is broken,
3 when one could not be decided within ``--memory``.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

from popcorn_checker.claims.claim import Claim
from popcorn_checker.claims.every import CLAIMS
from popcorn_checker.claims.keeping import Kept, keep
from popcorn_checker.errors import HOLDS, SAFETY, UNKNOWN
from popcorn_checker.exploring import Effort
from popcorn_checker.options import parse_bytes
from popcorn_checker.progress import reporting


def chosen(words: Sequence[str]) -> list[Claim]:
    """The claims that name all these words somewhere, the short ones first."""
    found = [claim for claim in CLAIMS if all(word in str(claim) for word in words)]
    return sorted(found, key=lambda claim: claim.seconds)


def line(kept: Kept, seconds: float) -> str:
    """What became of one claim."""
    covered = kept.verdict.covered
    word = "kept  " if not kept.problems else "BROKEN" if kept.exit_code == SAFETY else "OPEN  "
    told = [
        f"{word}  {covered.states:>13,} states  {seconds:>7.1f} s  {kept.claim}"
        f"{'; liveness' if kept.claim.liveness else ''}",
        *(f"        {problem}" for problem in kept.problems),
    ]
    return "\n".join(told)


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the claims; the exit code. Raises: SystemExit for arguments that make no sense."""
    parser = argparse.ArgumentParser(prog="python -m popcorn_checker.claims", description=__doc__)
    parser.add_argument("words", nargs="*", help="only claims that name these, such as lifetime")
    parser.add_argument("--memory", default="8G", help="memory for each exploration, such as 4G")
    given = parser.parse_args(arguments)
    claims = chosen(given.words)
    if not claims:
        parser.error(f"no claim names {' and '.join(given.words)}")
    codes = set()
    for claim in claims:
        began = time.monotonic()
        with reporting(None) as report:
            kept = keep(claim, Effort(bytes_max=parse_bytes(given.memory), report=report))
        print(line(kept, time.monotonic() - began), flush=True)
        codes.add(kept.exit_code)
    return next((code for code in (SAFETY, UNKNOWN) if code in codes), HOLDS)


if __name__ == "__main__":
    sys.exit(main())
