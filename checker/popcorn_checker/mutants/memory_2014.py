"""Where mutants of the memory are hunted, and why survivors are harmless.

Each access locks its page only, so more meets than under the lock of everything. One thread with
two pages is the cheapest ground for calls that move or map; two threads on two kernels show what
one kernel hides from another, and two calls on one kernel what a thread finds once it has waited
for the lock; the last ground has most and is large. A few mutants need a third thread, the locks as
they are, or a child of a fork, and have a ground of their own. Runs of pages need neighbours and
have a campaign of their own; memory that a fork copies is hunted with the threads.
"""

from __future__ import annotations

from typing import Final

from popcorn_checker.mutants.controls import Controls, Ground
from popcorn_model.popcorn_2014 import memory, prefetch

PREFETCH: Final = (
    prefetch.break_touched_page.name,
    prefetch.answer_with_run.name,
    prefetch.hear_of_run.name,
)
DURING_WORK: Final = {"placed": "during_work"}

STARTS_OVER: Final = "the call ends without a mapping and the program may call again, as it may "
NOT_MAPPED: Final = "a call on what is not mapped changes nothing, here or on any other kernel"
LOOKS_AGAIN: Final = "the kernel looks again once it has the lock, and the call ends there"
ONE_MORE_FAULT: Final = "the next write faults once more, finds the page there and may write"
FAILS: Final = "a call that fails changes nothing, and what calls return is not in the model"
OWN_RECORD: Final = (
    "the step changes only what the thread keeps for itself, on whichever kernel it is taken"
)
UNDER_LOCK: Final = (
    "the call keeps the lock of the page until it maps it, and settles there what is promised"
)
IN_ORDER: Final = "the lock of the page puts two calls on it in an order"
FETCHED_LATER: Final = "what is not mapped ahead is fetched when it is touched"
THIRD_THREAD: Final = Ground("kernels=2,tasks=3,pages=2,vma_ops=1")
LOCKS_TOO: Final = Ground("kernels=2,tasks=2,pages=2,vma_ops=1", parts=("memory", "locks"))
CHILD_HERE: Final = Ground("kernels=2,tasks=3,pages=1,vma_ops=0,forks=1", DURING_WORK)

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
            Ground("kernels=2,tasks=2,pages=1,vma_ops=2"),
            Ground("kernels=1,tasks=2,pages=2,vma_ops=2"),
            Ground("kernels=2,tasks=2,pages=2,vma_ops=1"),
        ),
        waivers={
            # faults
            "touch_to_read/guard3": "an access to what is not mapped ends in a signal",
            "touch_to_read/guard4": "a fault on a page that is there finds it and returns",
            "find_page_present/guard5": "a thread of one kernel that finds its page there has what "
            "Linux would find",
            "copy_page/guard5": "new is a copy of what nobody else shows, or of nothing: the "
            "content stays, and the old frame is free",
            "copy_page/guard6": "the copy may be written no more than the area says, and so the "
            "access ends in a signal the next time",
            "fill_nothing/guard2": "a fault that returns too early comes again at the next touch",
            "lock_stack/guard4": "which page an import fetches first does not matter: "
            + FETCHED_LATER,
            "map_found_page/update3": ONE_MORE_FAULT,
            "map_stack/update3": ONE_MORE_FAULT,
            "fill_page/update4": ONE_MORE_FAULT,
            "copy_page/update3": ONE_MORE_FAULT,
            "answer_with_page/update2": ONE_MORE_FAULT,
            "answer_with_copy/update4": ONE_MORE_FAULT,
            # munmap and mprotect
            "call_munmap/guard3": NOT_MAPPED,
            "call_shrink/guard3": NOT_MAPPED,
            "call_mprotect/guard3": NOT_MAPPED,
            "call_mprotect/guard4": NOT_MAPPED,
            "return_from_mprotect/guard3": OWN_RECORD,
            # mmap
            "call_mmap/guard3": LOOKS_AGAIN,
            "hole_is_gone/guard2": STARTS_OVER + "at any time",
            "hole_is_gone/guard3": STARTS_OVER + "at any time",
            "find_hole_taken/guard2": "nothing is imported, so it does not matter which page is "
            "named",
            "find_hole_taken/guard3": OWN_RECORD,
            "find_hole_taken/guard6": STARTS_OVER + "when the others know something",
            "call_mmap_at/guard3": IN_ORDER,
            "clear_place/update1": UNDER_LOCK,
            "clear_place/update2": UNDER_LOCK,
            # mremap
            "call_mremap/guard3": LOOKS_AGAIN,
            "call_mremap/guard4": "the page's own place is taken, here or on a kernel that is "
            "asked",
            "call_mremap/guard5": LOOKS_AGAIN,
            "call_mremap_to/guard3": "the kernel finds under the lock that nothing is to be moved",
            "call_mremap_to/guard5": IN_ORDER,
            "find_place_taken/guard2": STARTS_OVER + "when the place is taken",
            "find_place_taken/guard3": "a place that some address space has is none for the others",
            "find_place_free/guard4": OWN_RECORD,
            "nothing_to_move/guard2": FAILS,
            "nothing_to_move/guard5": FAILS,
            "map_pulled_page/update3": ONE_MORE_FAULT,
            "move_copy_of_page/update3": ONE_MORE_FAULT,
        },
        far={
            "return_from_munmap/guard4": THIRD_THREAD,
            "map_here/guard4": THIRD_THREAD,
            "probe_place/guard5": LOCKS_TOO,
            "pull_page/guard4": LOCKS_TOO,
            "clear_for_move/guard4": LOCKS_TOO,
            "find_page_present/guard3": CHILD_HERE,
            "answer_with_page/guard2": CHILD_HERE,
            "answer_with_copy/guard2": CHILD_HERE,
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
        waivers={
            "break_touched_page/guard1": "a frame that others read may be copied at any time: the "
            "copy has the same content",
            "break_touched_page/update3": ONE_MORE_FAULT,
            "hear_of_run/update5": FETCHED_LATER,
            "hear_of_run/update6": FETCHED_LATER,
        },
    ),
)
