"""Where the repaired areas, remaps and futexes of popcorn-2020 hold, and where all of it does."""

from __future__ import annotations

from typing import Final

from popcorn_checker.claims.claim import Claim

VMA: Final = ("vma",)
REMAPS: Final = ("remaps",)
FUTEX: Final = ("futex",)
POPCORN: Final = "popcorn-2020"

CLAIMS: Final[tuple[Claim, ...]] = (
    Claim(VMA, "kernels=2,tasks=2,pages=1", 14_569, 37_605, 47, seconds=2, protocol=POPCORN,
          liveness=True),
    Claim(VMA, "kernels=2,tasks=2,pages=2", 154_733, 408_385, 55, seconds=5, protocol=POPCORN,
          liveness=True),
    Claim(VMA, "kernels=3,tasks=2,pages=1", 557_575, 2_021_652, 79, seconds=10, protocol=POPCORN),
    Claim(REMAPS, "kernels=2,tasks=1,pages=2", 132_780, 222_442, 72, seconds=5, protocol=POPCORN,
          liveness=True),
    Claim(REMAPS, "kernels=2,tasks=2,pages=1", 261_221, 740_247, 63, seconds=8, protocol=POPCORN,
          liveness=True),
    Claim(REMAPS, "kernels=2,tasks=2,pages=2", 6_576_399, 19_083_766, 91, seconds=60,
          protocol=POPCORN, symmetry=("tasks", "pages")),
    Claim(REMAPS, "kernels=3,tasks=2,pages=1", 5_316_598, 20_433_669, 111, seconds=60,
          protocol=POPCORN, symmetry=("kernels", "tasks")),
    Claim(FUTEX, "kernels=2,tasks=2,pages=1", 301_555, 861_701, 65, seconds=30, protocol=POPCORN,
          liveness=True),
    Claim(FUTEX, "kernels=2,tasks=2,pages=2", 27_930_219, 82_202_713, 90, seconds=440,
          protocol=POPCORN),
    Claim((), "kernels=2,tasks=2,pages=1", 1_605_898, 5_599_630, 69, seconds=15, protocol=POPCORN,
          symmetry=("tasks",)),
    Claim((), "kernels=2,tasks=2,pages=2", 89_311_686, 316_181_270, 97, seconds=900,
          protocol=POPCORN, symmetry=("tasks", "pages")),
)  # fmt: skip
