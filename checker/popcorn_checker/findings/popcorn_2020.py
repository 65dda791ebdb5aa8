"""The catalogue of popcorn-2020: what the design's list says, and what this project found.

C… are defects of that list, I… issues of the tracker by their numbers, P… this project's.
"""

from __future__ import annotations

from typing import Final

from popcorn_checker.findings import areas_2020, pages_2020, threads_2020
from popcorn_checker.findings.finding import Finding

CATALOGUE: Final[tuple[Finding, ...]] = (
    *pages_2020.FINDINGS,
    *threads_2020.FINDINGS,
    *areas_2020.FINDINGS,
)
