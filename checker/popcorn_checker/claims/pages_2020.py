"""Where the repaired pages of popcorn-2020 hold, on tasks that come and go."""

from __future__ import annotations

from typing import Final

from popcorn_checker.claims.claim import Claim

PAGES: Final = ("pages",)
ALL: Final = ("all",)
POPCORN: Final = "popcorn-2020"
HARSH: Final = {"workers": "may_vanish", "backing": "may_fail", "pages_by": "rdma"}

CLAIMS: Final[tuple[Claim, ...]] = (
    Claim(PAGES, "kernels=2,tasks=2,pages=1", 4_789, 11_828, 31, seconds=2, protocol=POPCORN,
          liveness=True),
    Claim(PAGES, "kernels=3,tasks=2,pages=1", 66_708, 167_644, 43, seconds=3, protocol=POPCORN,
          liveness=True),
    Claim(PAGES, "kernels=3,tasks=2,pages=1", 116_551, 360_429, 39, seconds=4, protocol=POPCORN,
          settings=HARSH, liveness=True),
    Claim(PAGES, "kernels=2,tasks=3,pages=1", 88_287, 308_922, 34, seconds=4, protocol=POPCORN,
          liveness=True),
    Claim(PAGES, "kernels=2,tasks=2,pages=2", 223_902, 571_164, 44, seconds=6, protocol=POPCORN,
          liveness=True),
    Claim(PAGES, "kernels=3,tasks=3,pages=1", 219_065, 789_561, 47, seconds=6, protocol=POPCORN,
          symmetry=ALL),
    Claim(PAGES, "kernels=3,tasks=3,pages=1", 2_532_348, 9_048_393, 47, seconds=120,
          protocol=POPCORN, liveness=True),
)  # fmt: skip
