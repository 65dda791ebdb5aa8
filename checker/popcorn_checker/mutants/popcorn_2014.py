"""Where mutants of popcorn-2014 are hunted, and why those that survive are harmless."""

from __future__ import annotations

from typing import Final

from popcorn_checker.mutants.controls import Controls, Ground

CONTROLS: Final = (
    Controls(
        variant="repaired",
        parts=("threads", "lifetime"),
        grounds=(Ground("kernels=2,tasks=2,hops=2"),),
    ),
    Controls(
        variant="repaired",
        parts=("memory",),
        grounds=(Ground("kernels=2,tasks=2,pages=1"),),
    ),
    Controls(
        variant="repaired",
        parts=("locks",),
        grounds=(Ground("kernels=2,tasks=2,pages=1"),),
    ),
)
