"""Where mutants of popcorn-2014 are hunted, and why those that survive are harmless."""

from __future__ import annotations

from typing import Final

from popcorn_checker.mutants.controls import Controls, Ground

CONTROLS: Final = Controls(
    variant="repaired",
    grounds=(
        Ground("kernels=2,tasks=2", ("threads", "lifetime")),
        Ground("kernels=2,tasks=2,pages=1"),
    ),
    waivers={},
)
