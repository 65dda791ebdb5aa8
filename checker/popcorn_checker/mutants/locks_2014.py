"""Where mutants of the locks are hunted, and why survivors are harmless."""

from __future__ import annotations

from typing import Final

from popcorn_checker.mutants.controls import Controls, Ground

CONTROLS: Final = (
    Controls(
        variant="repaired",
        parts=("locks",),
        grounds=(Ground("kernels=2,tasks=2,pages=1"),),
    ),
)
