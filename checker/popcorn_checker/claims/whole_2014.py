"""Where all parts of the repaired popcorn-2014 hold together.

The largest of these is what ``check popcorn-2014 --variant repaired`` explores unless told
otherwise. The graph of liveness does not fit there, so liveness holds at a smaller scope only.
"""

from __future__ import annotations

from typing import Final

from popcorn_checker.claims.claim import Claim

WHOLE: Final = ()
ALL: Final = ("all",)
SMALL: Final = "kernels=2,tasks=2,pages=1"

CLAIMS: Final[tuple[Claim, ...]] = (
    Claim(WHOLE, f"{SMALL},hops=1,vma_ops=0,group_exits=0", 216_845, 568_338, 84, seconds=8,
          liveness=True),
    Claim(WHOLE, f"{SMALL},hops=any,vma_ops=0,group_exits=0", 432_144, 1_147_628, 93, seconds=9,
          symmetry=ALL),
    Claim(WHOLE, f"{SMALL},hops=1,vma_ops=1,group_exits=0", 600_399, 1_632_036, 108, seconds=12,
          symmetry=ALL),
    Claim(WHOLE, f"{SMALL},hops=any,vma_ops=0", 1_579_330, 4_442_208, 97, seconds=25,
          symmetry=ALL),
    Claim(WHOLE, f"{SMALL},hops=any,vma_ops=1", 15_986_905, 47_941_367, 141, seconds=280,
          symmetry=ALL),
    Claim(WHOLE, f"{SMALL},hops=any,vma_ops=2", 70_104_867, 216_032_355, 176, seconds=600,
          symmetry=ALL),
    Claim(WHOLE, f"{SMALL},hops=1,clones=0,forks=1,vma_ops=0,group_exits=0",
          912_960, 2_843_665, 109, seconds=25, symmetry=ALL),
)  # fmt: skip
