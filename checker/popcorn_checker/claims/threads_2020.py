"""Where the repaired threads of popcorn-2020 hold, alone, with kills, and with pages."""

from __future__ import annotations

from typing import Final

from popcorn_checker.claims.claim import Claim

THREADS: Final = ("threads",)
SIGNALS: Final = ("signals",)
TRAVEL: Final = ("threads", "pages")
POPCORN: Final = "popcorn-2020"

CLAIMS: Final[tuple[Claim, ...]] = (
    Claim(THREADS, "kernels=3,tasks=2", 12_997, 44_940, 46, seconds=1, protocol=POPCORN,
          liveness=True),
    Claim(SIGNALS, "kernels=2,tasks=2", 4_561, 14_154, 33, seconds=1, protocol=POPCORN,
          liveness=True),
    Claim(SIGNALS, "kernels=3,tasks=2", 70_308, 287_911, 51, seconds=2, protocol=POPCORN,
          liveness=True),
    Claim(SIGNALS, "kernels=2,tasks=3", 299_132, 1_257_405, 47, seconds=5, protocol=POPCORN,
          liveness=True),
    Claim(THREADS, "kernels=2,tasks=2", 935, 2_287, 27, seconds=1, protocol=POPCORN, liveness=True,
          settings={"pids": "recycled", "arch": "late"}),
    Claim(TRAVEL, "kernels=2,tasks=2,pages=1", 55_051, 165_397, 52, seconds=2, protocol=POPCORN,
          liveness=True),
    Claim(TRAVEL, "kernels=3,tasks=2,pages=1", 2_990_136, 12_169_204, 82, seconds=38,
          protocol=POPCORN),
)  # fmt: skip
