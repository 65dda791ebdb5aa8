"""Where the repaired threads and life-time of popcorn-2014 hold."""

from __future__ import annotations

from typing import Final

from popcorn_checker.claims.claim import Claim

THREADS: Final = ("threads",)
BOTH: Final = ("threads", "lifetime")

CLAIMS: Final[tuple[Claim, ...]] = (
    Claim(THREADS, "kernels=2,tasks=2,hops=3", 591, 1_014, 22, seconds=1),
    Claim(BOTH, "kernels=2,tasks=2,hops=1", 11_375, 27_584, 35, seconds=2, liveness=True),
    Claim(BOTH, "kernels=2,tasks=2,hops=3", 76_379, 191_592, 43, seconds=4, liveness=True),
)
