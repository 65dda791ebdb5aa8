"""The claims about popcorn-2020, part by part; each part's table stands in its own module."""

from __future__ import annotations

from typing import Final

from popcorn_checker.claims import areas_2020, pages_2020, threads_2020
from popcorn_checker.claims.claim import Claim

CLAIMS: Final[tuple[Claim, ...]] = (*pages_2020.CLAIMS, *threads_2020.CLAIMS, *areas_2020.CLAIMS)
