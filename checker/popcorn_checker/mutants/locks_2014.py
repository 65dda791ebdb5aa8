"""Where mutants of the locks are hunted: with settings under which all of their code runs.

Faults take one page and area operations take everything, so light and heavy requests meet; and
tasks are placed while others work, so a group becomes distributed under the feet of some.
"""

from __future__ import annotations

from typing import Final

from popcorn_checker.mutants.controls import Controls, Ground

CONTROLS: Final = (
    Controls(
        variant="repaired",
        parts=("locks",),
        settings={"lock": "light", "area_lock": "heavy", "placed": "during_work"},
        lifted={"preemption": "on"},
        grounds=(
            Ground("kernels=2,tasks=2,pages=2,lock_rounds=1"),
            Ground("kernels=3,tasks=2,pages=1,lock_rounds=1"),
            Ground("kernels=2,tasks=2,pages=2"),
        ),
    ),
)
