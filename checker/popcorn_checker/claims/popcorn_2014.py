"""The claims about popcorn-2014, part by part; each part's table stands in its own module."""

from __future__ import annotations

from typing import Final

from popcorn_checker.claims import locks_2014, memory_2014, threads_2014, whole_2014
from popcorn_checker.claims.claim import Claim

CLAIMS: Final[tuple[Claim, ...]] = (
    *threads_2014.CLAIMS,
    *memory_2014.CLAIMS,
    *locks_2014.CLAIMS,
    *whole_2014.CLAIMS,
)
