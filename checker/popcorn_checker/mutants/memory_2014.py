"""Where mutants of the memory are hunted, and why survivors are harmless.

Each access locks its page only, so more meets than under the lock of everything. One thread with
two pages is the cheapest ground for calls that move or map; two threads on two kernels show what
one kernel hides from another; the last ground has both and is large. Runs of pages need neighbours,
and fork needs somebody who migrates; they have campaigns of their own.
"""

from __future__ import annotations

from typing import Final

from popcorn_checker.mutants.controls import Controls, Ground
from popcorn_model.popcorn_2014 import fork, memory, prefetch

PREFETCH: Final = (
    prefetch.break_touched_page.name,
    prefetch.answer_with_run.name,
    prefetch.hear_of_run.name,
)
DURING_WORK: Final = {"placed": "during_work"}

STARTS_OVER: Final = "the call ends without a mapping and the program may call again, as it may "
NOT_MAPPED: Final = "a call on what is not mapped changes nothing, here or on any other kernel"
LOOKS_AGAIN: Final = "the kernel looks again once it has the lock, and the call ends there"
ONE_MORE_FAULT: Final = "the next write faults once more, finds the frame its own and may write"

CONTROLS: Final = (
    Controls(
        variant="repaired",
        parts=("memory",),
        settings={"lock": "light"},
        lifted={"preemption": "on"},
        actions=tuple(a.name for a in memory.MEMORY.actions if a.name not in PREFETCH),
        grounds=(
            Ground("kernels=2,tasks=2,pages=1,vma_ops=1", DURING_WORK),
            Ground("kernels=2,tasks=1,pages=2,vma_ops=1"),
            Ground("kernels=2,tasks=2,pages=2,vma_ops=0"),
            Ground("kernels=2,tasks=2,pages=1,vma_ops=1,reads=1", DURING_WORK),
            Ground("kernels=3,tasks=2,pages=1,vma_ops=1", DURING_WORK),
            Ground("kernels=2,tasks=2,pages=2,vma_ops=1"),
        ),
        waivers={
            "hole_is_gone/guard2": STARTS_OVER + "at any time",
            "find_place_taken/guard2": STARTS_OVER + "when the place is taken",
            "call_mmap/guard3": LOOKS_AGAIN,
            "call_mremap/guard3": LOOKS_AGAIN,
            "call_mprotect/guard4": NOT_MAPPED,
            "touch_to_read/guard3": "an access to what is not mapped ends in a signal",
            "copy_page/guard6": "the copy may be written no more than the area says, and so the "
            "access ends in a signal the next time",
            "fill_nothing/guard2": "a fault that returns too early comes again at the next touch",
            "copy_page/update3": ONE_MORE_FAULT,
            "answer_with_copy/update4": ONE_MORE_FAULT,
        },
    ),
    Controls(
        variant="repaired",
        parts=("memory",),
        settings={"lock": "light", "contiguity": "possible"},
        lifted={"preemption": "on"},
        actions=PREFETCH,
        grounds=(
            Ground("kernels=2,tasks=2,pages=2,vma_ops=0"),
            Ground("kernels=2,tasks=2,pages=2,vma_ops=0,reads=1"),
        ),
    ),
    Controls(
        variant="repaired",
        parts=("threads", "memory"),
        lifted={"preemption": "on"},
        actions=tuple(a.name for a in fork.FORK.actions),
        grounds=(Ground("kernels=2,tasks=2,pages=1,hops=1,clones=0,forks=1,vma_ops=0"),),
    ),
)
