"""Where the repaired threads and life-time of popcorn-2014 hold.

Life-time at three kernels and three tasks has been explored with one hop a thread. More hops do
not fit: from two tasks to three the states grow a hundred times, and two tasks with any number of
hops are 22 million. It is not migration that makes them many but what an exit tells other kernels.
Threads that arrive in one step were tried in place of real ones: where no thread is under way they
reach the same states but for those in which an import is slower than the end of the group, and
that saves a tenth of the states at three kernels (3,286,686 of 3,549,178 at two tasks, two hops).
"""

from __future__ import annotations

from typing import Final

from popcorn_checker.claims.claim import Claim

THREADS: Final = ("threads",)
BOTH: Final = ("threads", "lifetime")

ALL: Final = ("all",)
HARSH: Final = {"preemption": "on", "stray_wake_ups": "possible", "membership": "some_down"}

CLAIMS: Final[tuple[Claim, ...]] = (
    Claim(THREADS, "kernels=2,tasks=2,hops=3", 591, 1_014, 22, seconds=1, liveness=True),
    Claim(THREADS, "kernels=2,tasks=3,hops=3", 25_873, 61_286, 34, seconds=2, liveness=True),
    Claim(THREADS, "kernels=3,tasks=2,hops=3", 56_473, 135_858, 28, seconds=3, liveness=True),
    Claim(THREADS, "kernels=3,tasks=3,hops=2,ring_slots=4,work_slots=4",
          1_407_685, 4_034_931, 37, seconds=15),
    Claim(BOTH, "kernels=2,tasks=2,hops=2", 37_433, 93_172, 39, seconds=2, liveness=True),
    Claim(BOTH, "kernels=2,tasks=2,hops=3", 76_379, 191_592, 43, seconds=3, liveness=True),
    Claim(BOTH, "kernels=2,tasks=2,hops=2", 125_410, 405_161, 45, seconds=5, settings=HARSH,
          liveness=True),
    Claim(BOTH, "kernels=2,tasks=2,hops=3", 262_047, 853_052, 49, seconds=11,
          settings={"preemption": "on"}),
    Claim(BOTH, "kernels=2,tasks=3,hops=2,ring_slots=4,work_slots=7",
          3_482_313, 10_714_384, 57, seconds=26),
    Claim(THREADS, "kernels=3,tasks=3,hops=3,ring_slots=4,work_slots=4",
          2_014_367, 6_518_341, 45, seconds=36, symmetry=ALL),
    Claim(BOTH, "kernels=2,tasks=3,hops=3,ring_slots=4,work_slots=7",
          2_466_939, 7_655_614, 62, seconds=28, symmetry=ALL),
    Claim(BOTH, "kernels=3,tasks=2,hops=2,ring_slots=4,work_slots=6",
          3_361_424, 13_297_984, 59, seconds=36, symmetry=ALL),
    Claim(BOTH, "kernels=3,tasks=3,hops=1", 4_199_084, 16_674_576, 55, seconds=60, symmetry=ALL),
    Claim(THREADS, "kernels=3,tasks=3,hops=any", 3_878_083, 16_040_278, 67, seconds=180,
          symmetry=ALL),
    Claim(BOTH, "kernels=2,tasks=3,hops=any", 2_345_935, 7_413_533, 60, seconds=40, symmetry=ALL),
    Claim(BOTH, "kernels=3,tasks=2,hops=any", 22_060_422, 88_698_842, 64, seconds=300,
          symmetry=ALL),
)  # fmt: skip
