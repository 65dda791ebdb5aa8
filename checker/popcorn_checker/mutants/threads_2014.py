"""Where mutants of threads and their life-time are hunted, and why survivors are harmless."""

from __future__ import annotations

from typing import Final

from popcorn_checker.mutants.controls import Controls, Ground
from popcorn_model.popcorn_2014.fork import FORK

EITHER_EXIT: Final = (
    "a killed thread that exits takes the same step, whether it obeys or happens to exit itself"
)
ONE_KERNEL: Final = (
    "a process that is on one kernel may fork like one that is on several: it locks and asks for "
    "nothing"
)
NEEDS_MEMORY: Final = "without memory nothing is copied; with it this mutant is refuted"
FORKING: Final = tuple(action.name for action in FORK.actions)

CONTROLS: Final = (
    Controls(
        variant="repaired",
        parts=("threads", "lifetime"),
        lifted={"preemption": "on"},
        grounds=(
            Ground("kernels=2,tasks=1,hops=3,clones=0"),
            Ground("kernels=2,tasks=2,hops=1,clones=2"),
            Ground("kernels=3,tasks=1,hops=2,clones=0,group_exits=0"),
            Ground("kernels=2,tasks=2,hops=2"),
            Ground("kernels=2,tasks=2,hops=1,clones=0,forks=1,group_exits=0,replicas=3"),
            Ground("kernels=2,tasks=2,hops=1,clones=0,forks=1"),
        ),
        waivers={
            "migrate_back/guard4": "a thread that hops to where it is falls asleep and is woken by "
            "its own message",
            "exit_thread/guard3": EITHER_EXIT,
            "obey_kill/guard3": EITHER_EXIT,
            "killed_alone/guard3": EITHER_EXIT,
            "shadow_exits/guard3": "a woken shadow tells nobody, so another broadcast of its "
            "kernel does not disturb it, and that the processor is free is for preemption to say",
            "fork_process/guard3": NEEDS_MEMORY,
            "call_fork/guard3": ONE_KERNEL,
            "copy_replica/guard3": NEEDS_MEMORY,
            "copy_replica/update5": "that a fork keeps the processor is what preemption=off says; "
            "the protocol holds under preemption=on, where it does not",
        },
    ),
    Controls(
        variant="repaired",
        parts=("transport",),
        lifted={"preemption": "on"},
        grounds=(Ground("kernels=2,tasks=2,sends=1"), Ground("kernels=2,tasks=2,sends=2")),
    ),
    Controls(
        variant="repaired",
        parts=("memory",),
        settings={"placed": "during_work"},
        actions=FORKING,
        grounds=(
            Ground("kernels=2,tasks=2,pages=1,forks=1,vma_ops=0"),
            Ground("kernels=2,tasks=3,pages=1,forks=1,vma_ops=0"),
        ),
    ),
)
