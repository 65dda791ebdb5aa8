"""Where popcorn holds, part by part and as a whole; what holds for any size is in the proofs."""

from __future__ import annotations

from typing import Final

from popcorn_checker.claims.claim import Claim

POPCORN: Final = "popcorn"
DESIGNED: Final = "designed"

CLAIMS: Final[tuple[Claim, ...]] = (
    Claim(("threads",), "kernels=3,tasks=3", 98_763, 437_137, 28, seconds=2, protocol=POPCORN,
          variant=DESIGNED, liveness=True),
    Claim(("pages",), "kernels=2,tasks=2,pages=2", 454_858, 1_279_754, 36, seconds=9,
          protocol=POPCORN, variant=DESIGNED, liveness=True),
    Claim(("pages",), "kernels=3,tasks=3,pages=1", 405_360, 1_820_770, 46, seconds=5,
          protocol=POPCORN, variant=DESIGNED, symmetry=("kernels", "tasks")),
    Claim(("areas", "futex"), "kernels=2,tasks=2,pages=1", 68_013, 187_663, 33, seconds=3,
          protocol=POPCORN, variant=DESIGNED, liveness=True),
    Claim(("futex",), "kernels=2,tasks=2,pages=2", 1_084_363, 3_281_142, 43, seconds=9,
          protocol=POPCORN, variant=DESIGNED, symmetry=("tasks", "pages")),
    Claim(("futex",), "kernels=3,tasks=3,pages=1", 3_825_248, 17_560_507, 51, seconds=60,
          protocol=POPCORN, variant=DESIGNED, symmetry=("kernels", "tasks")),
    Claim((), "kernels=2,tasks=1,pages=2", 110_229, 185_218, 48, seconds=3, protocol=POPCORN,
          variant=DESIGNED, liveness=True),
    Claim((), "kernels=2,tasks=2,pages=1", 656_897, 1_852_903, 60, seconds=15, protocol=POPCORN,
          variant=DESIGNED, liveness=True),
    Claim((), "kernels=3,tasks=2,pages=1", 1_309_262, 4_196_086, 71, seconds=9, protocol=POPCORN,
          variant=DESIGNED, symmetry=("kernels", "tasks")),
    Claim((), "kernels=2,tasks=2,pages=2", 90_793_750, 276_554_087, 81, seconds=300,
          protocol=POPCORN, variant=DESIGNED, symmetry=("tasks", "pages")),
)  # fmt: skip
