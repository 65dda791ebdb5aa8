"""Where mutants of threads and their life-time are hunted, and why survivors are harmless."""

from __future__ import annotations

from typing import Final

from popcorn_checker.mutants.controls import Controls, Ground

CONTROLS: Final = (
    Controls(
        variant="repaired",
        parts=("threads", "lifetime"),
        lifted={"preemption": "on"},
        grounds=(
            Ground("kernels=2,tasks=2,hops=2,group_exits=0"),
            Ground("kernels=2,tasks=2,hops=1"),
            Ground("kernels=2,tasks=2,hops=2"),
            Ground("kernels=2,tasks=2,hops=1,clones=0,forks=1,group_exits=0"),
        ),
    ),
)
