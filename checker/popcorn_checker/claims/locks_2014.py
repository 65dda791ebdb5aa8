"""Where the repaired locks and the transport of popcorn-2014 hold, with what stands in for users.

With *mixed* settings faults take one page and area operations take everything.
"""

from __future__ import annotations

from typing import Final

from popcorn_checker.claims.claim import Claim

LOCKS: Final = ("locks",)
TRANSPORT: Final = ("transport",)
LIGHT: Final = {"lock": "light"}
MIXED: Final = {"lock": "light", "area_lock": "heavy"}
STEPWISE: Final = {"dispatch": "stepwise"}

CLAIMS: Final[tuple[Claim, ...]] = (
    Claim(LOCKS, "kernels=2,tasks=2,pages=1", 3_463, 6_848, 42, seconds=2, liveness=True),
    Claim(LOCKS, "kernels=2,tasks=3,pages=1", 278_737, 680_724, 63, seconds=3),
    Claim(LOCKS, "kernels=2,tasks=3,pages=1", 278_737, 680_724, 63, seconds=3, settings=LIGHT),
    Claim(LOCKS, "kernels=2,tasks=3,pages=1", 3_798_031, 8_721_234, 63, seconds=20,
          settings=MIXED),
    Claim(LOCKS, "kernels=3,tasks=2,pages=2", 80_107, 215_016, 62, seconds=2),
    Claim(LOCKS, "kernels=3,tasks=2,pages=2", 1_860_127, 5_197_080, 62, seconds=15,
          settings=LIGHT),
    Claim(LOCKS, "kernels=3,tasks=3,pages=2,lock_rounds=1", 1_616_626, 4_470_561, 45, seconds=29,
          settings={"placed": "during_work"}),
    Claim(LOCKS, "kernels=3,tasks=3,pages=2", 1_137_514, 3_577_685, 73, seconds=55,
          settings={"placed": "during_work"}, symmetry=("all",)),
    Claim(TRANSPORT, "kernels=2,tasks=3", 118_935, 420_132, 18, seconds=2, settings=STEPWISE),
    Claim(TRANSPORT, "kernels=3,tasks=2", 120_249, 388_668, 16, seconds=2, settings=STEPWISE),
)  # fmt: skip
