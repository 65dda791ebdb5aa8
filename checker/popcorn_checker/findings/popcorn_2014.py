"""The findings about popcorn-2014.

Ids are those of its digest; what this project discovered is P1, P2 and so on.
"""

from __future__ import annotations

from typing import Final

from popcorn_checker.findings import fork_2014, locks_2014, memory_2014, prefetch_2014, threads_2014
from popcorn_checker.findings.finding import Finding

CATALOGUE: Final[tuple[Finding, ...]] = (
    *threads_2014.FINDINGS,
    *memory_2014.FINDINGS,
    *locks_2014.FINDINGS,
    *prefetch_2014.FINDINGS,
    *fork_2014.FINDINGS,
)
