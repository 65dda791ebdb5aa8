"""Where the repaired memory of popcorn-2014 holds, on tasks that stand still.

Two pages and two area operations need five frames, more than a scope has unless told.
"""

from __future__ import annotations

from typing import Final

from popcorn_checker.claims.claim import Claim

MEMORY: Final = ("memory",)
BOTH: Final = ("memory", "locks")
ALL: Final = ("all",)
LIGHT: Final = {"lock": "light"}

CLAIMS: Final[tuple[Claim, ...]] = (
    Claim(MEMORY, "kernels=2,tasks=2,pages=1", 38_771, 67_164, 59, seconds=3, liveness=True),
    Claim(MEMORY, "kernels=2,tasks=2,pages=1,reads=1", 168_673, 320_088, 59, seconds=4),
    Claim(MEMORY, "kernels=2,tasks=2,pages=1,reads=2", 391_373, 812_028, 64, seconds=6),
    Claim(MEMORY, "kernels=3,tasks=2,pages=1", 254_233, 500_898, 80, seconds=7),
    Claim(MEMORY, "kernels=2,tasks=3,pages=1", 1_264_537, 2_813_730, 61, seconds=15),
    Claim(MEMORY, "kernels=2,tasks=2,pages=2,vma_ops=1", 881_643, 1_606_180, 74, seconds=13),
    Claim(MEMORY, "kernels=2,tasks=2,pages=2,vma_ops=1", 1_455_055, 2_946_316, 74, seconds=30,
          settings=LIGHT),
    Claim(BOTH, "kernels=2,tasks=2,pages=1", 368_863, 732_724, 99, seconds=6),
    Claim(BOTH, "kernels=3,tasks=2,pages=1,vma_ops=1", 2_717_443, 7_192_218, 136, seconds=45),
    Claim(MEMORY, "kernels=2,tasks=2,pages=1", 6_387, 10_960, 59, seconds=3, symmetry=ALL),
    Claim(MEMORY, "kernels=3,tasks=3,pages=1", 250_569, 617_892, 104, seconds=20, symmetry=ALL),
    Claim(MEMORY, "kernels=2,tasks=2,pages=2,frames=5", 307_368, 592_851, 82, seconds=20,
          symmetry=ALL),
    Claim(MEMORY, "kernels=3,tasks=3,pages=2,frames=5", 35_675_125, 95_992_693, 140, seconds=750,
          symmetry=ALL),
    Claim(BOTH, "kernels=2,tasks=3,pages=1", 3_495_230, 8_473_733, 117, seconds=75, symmetry=ALL),
    Claim(BOTH, "kernels=2,tasks=2,pages=2,frames=5", 3_419_953, 7_046_786, 140, seconds=45,
          symmetry=ALL),
    Claim(BOTH, "kernels=2,tasks=2,pages=1,vma_ops=any", 152_886, 329_014, 133, seconds=5,
          symmetry=ALL),
    Claim(BOTH, "kernels=3,tasks=2,pages=1,vma_ops=any", 3_050_715, 8_913_892, 207, seconds=95,
          symmetry=ALL),
    Claim(BOTH, "kernels=3,tasks=2,pages=1", 927_278, 2_542_785, 153, seconds=15, symmetry=ALL),
)  # fmt: skip
