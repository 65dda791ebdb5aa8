"""All claims that the project makes, protocol by protocol."""

from __future__ import annotations

from typing import Final

from popcorn_checker.claims import popcorn, popcorn_2014, popcorn_2020
from popcorn_checker.claims.claim import Claim

CLAIMS: Final[tuple[Claim, ...]] = (
    *popcorn.CLAIMS, *popcorn_2014.CLAIMS, *popcorn_2020.CLAIMS,
)  # fmt: skip
