"""Where popcorn holds, part by part and as a whole; what holds for any size is in the proofs."""

from __future__ import annotations

from typing import Final

from popcorn_checker.claims.claim import Claim

POPCORN: Final = "popcorn"
DESIGNED: Final = "designed"

CLAIMS: Final[tuple[Claim, ...]] = (
    Claim(("threads",), "kernels=3,tasks=3", 106_020, 465_814, 28, seconds=2, protocol=POPCORN,
          variant=DESIGNED, liveness=True),
    Claim(("pages",), "kernels=2,tasks=2,pages=2", 474_293, 1_394_036, 40, seconds=2,
          protocol=POPCORN, variant=DESIGNED, liveness=True),
    Claim(("pages",), "kernels=3,tasks=3,pages=1", 424_923, 1_897_592, 47, seconds=5,
          protocol=POPCORN, variant=DESIGNED, symmetry=("kernels", "tasks")),
    Claim(("areas", "futex"), "kernels=2,tasks=2,pages=1", 74_073, 203_747, 34, seconds=2,
          protocol=POPCORN, variant=DESIGNED, liveness=True),
    Claim(("futex",), "kernels=2,tasks=2,pages=2", 1_149_848, 3_558_363, 47, seconds=9,
          protocol=POPCORN, variant=DESIGNED, symmetry=("tasks", "pages")),
    Claim(("futex",), "kernels=3,tasks=3,pages=1", 4_095_606, 18_655_326, 52, seconds=60,
          protocol=POPCORN, variant=DESIGNED, symmetry=("kernels", "tasks")),
    Claim((), "kernels=2,tasks=1,pages=2", 380_234, 1_085_517, 43, seconds=3, protocol=POPCORN,
          variant=DESIGNED, liveness=True),
    Claim((), "kernels=2,tasks=2,pages=1", 901_435, 3_670_359, 37, seconds=9, protocol=POPCORN,
          variant=DESIGNED, liveness=True),
    Claim((), "kernels=3,tasks=2,pages=1", 3_558_926, 17_634_328, 48, seconds=9, protocol=POPCORN,
          variant=DESIGNED, symmetry=("kernels", "tasks")),
    Claim((), "kernels=2,tasks=2,pages=2", 16_470_455, 71_487_225, 49, seconds=30,
          protocol=POPCORN, variant=DESIGNED, symmetry=("tasks", "pages")),
)  # fmt: skip
