"""Where popcorn holds, part by part and as a whole; what holds for any size is in the proofs."""

from __future__ import annotations

from typing import Final

from popcorn_checker.claims.claim import Claim

POPCORN: Final = "popcorn"
DESIGNED: Final = "designed"

CLAIMS: Final[tuple[Claim, ...]] = (
    Claim(("threads",), "kernels=3,tasks=3", 78_557, 355_405, 28, seconds=2, protocol=POPCORN,
          variant=DESIGNED, liveness=True),
    Claim(("pages",), "kernels=2,tasks=2,pages=2", 436_322, 1_232_538, 36, seconds=9,
          protocol=POPCORN, variant=DESIGNED, liveness=True),
    Claim(("pages",), "kernels=3,tasks=3,pages=1", 353_938, 1_612_522, 46, seconds=5,
          protocol=POPCORN, variant=DESIGNED, symmetry=("kernels", "tasks")),
    Claim(("areas", "futex"), "kernels=2,tasks=2,pages=1", 64_553, 179_143, 33, seconds=3,
          protocol=POPCORN, variant=DESIGNED, liveness=True),
    Claim(("futex",), "kernels=2,tasks=2,pages=2", 1_058_945, 3_214_534, 43, seconds=9,
          protocol=POPCORN, variant=DESIGNED, symmetry=("tasks", "pages")),
    Claim(("futex",), "kernels=3,tasks=3,pages=1", 3_529_290, 16_355_690, 51, seconds=60,
          protocol=POPCORN, variant=DESIGNED, symmetry=("kernels", "tasks")),
    Claim((), "kernels=2,tasks=1,pages=2", 109_261, 184_250, 48, seconds=3, protocol=POPCORN,
          variant=DESIGNED, liveness=True),
    Claim((), "kernels=2,tasks=2,pages=1", 624_601, 1_772_451, 60, seconds=15, protocol=POPCORN,
          variant=DESIGNED, liveness=True),
    Claim((), "kernels=3,tasks=2,pages=1", 1_250_795, 4_041_961, 71, seconds=9, protocol=POPCORN,
          variant=DESIGNED, symmetry=("kernels", "tasks")),
    Claim((), "kernels=2,tasks=2,pages=2", 88_735_094, 271_168_437, 81, seconds=300,
          protocol=POPCORN, variant=DESIGNED, symmetry=("tasks", "pages")),
)  # fmt: skip
