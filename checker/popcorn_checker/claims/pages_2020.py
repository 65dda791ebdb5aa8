"""Where the repaired pages of popcorn-2020 hold, on tasks that come and go."""

from __future__ import annotations

from typing import Final

from popcorn_checker.claims.claim import Claim

PAGES: Final = ("pages",)
ALL: Final = ("all",)
POPCORN: Final = "popcorn-2020"

CLAIMS: Final[tuple[Claim, ...]] = (
    Claim(PAGES, "kernels=2,tasks=2,pages=1", 1_314, 3_230, 30, seconds=1, protocol=POPCORN,
          liveness=True),
    Claim(PAGES, "kernels=3,tasks=2,pages=1", 21_856, 54_370, 42, seconds=2, protocol=POPCORN,
          liveness=True),
    Claim(PAGES, "kernels=3,tasks=3,pages=1", 569_587, 2_041_566, 45, seconds=8, protocol=POPCORN,
          liveness=True),
)  # fmt: skip
