"""Where the repaired areas and futexes of popcorn-2020 hold, alone and with all other parts."""

from __future__ import annotations

from typing import Final

from popcorn_checker.claims.claim import Claim

VMA: Final = ("vma",)
FUTEX: Final = ("futex",)
POPCORN: Final = "popcorn-2020"

CLAIMS: Final[tuple[Claim, ...]] = (
    Claim(VMA, "kernels=2,tasks=2,pages=1", 14_569, 37_605, 47, seconds=2, protocol=POPCORN,
          liveness=True),
    Claim(VMA, "kernels=2,tasks=2,pages=2", 154_733, 408_385, 55, seconds=5, protocol=POPCORN,
          liveness=True),
    Claim(VMA, "kernels=3,tasks=2,pages=1", 557_575, 2_021_652, 79, seconds=10, protocol=POPCORN),
    Claim(FUTEX, "kernels=2,tasks=2,pages=1", 301_555, 861_701, 65, seconds=30, protocol=POPCORN,
          liveness=True),
    Claim(FUTEX, "kernels=2,tasks=2,pages=2", 27_930_219, 82_202_713, 90, seconds=440,
          protocol=POPCORN),
)  # fmt: skip
