"""Where mutants of threads and their life-time are hunted, and why survivors are harmless."""

from __future__ import annotations

from typing import Final

from popcorn_checker.mutants.controls import Controls, Ground
from popcorn_model.popcorn_2014.fork import FORK

OF_ITS_OWN: Final = (
    "a thread that is not killed may take this step as well, as an exit of its own; new is only "
    "that in the end it has to"
)
ONE_STEP: Final = (
    "an exit hook looks at the mark of closure and saves in one step of the model; the semaphore "
    "is what makes one step of it in a kernel"
)
ONE_KERNEL: Final = (
    "a process that is on one kernel may fork like one that is on several: it locks and asks for "
    "nothing"
)
PROCESSOR: Final = (
    "that a fork keeps the processor is what preemption=off says; the protocol holds under "
    "preemption=on, where it does not"
)
WITH_LIFE_TIME: Final = "what goes wrong shows when threads exit: with life-time it is refuted"
COMPARED: Final = "it is only what the properties compare with: without it they ask less of a child"
UNTIL_THE_NEXT: Final = "the next page that is fetched overwrites it, and the fork's end clears it"
NEEDS_MEMORY: Final = "without memory nothing is copied; with it this mutant is refuted"
CALLS: Final = ("fork_process", "call_fork")
HARSH: Final = {"preemption": "on", "stray_wake_ups": "possible", "membership": "some_down"}

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
            "exit_thread/guard3": "a killed thread takes the same step when it obeys",
            "obey_kill/guard3": OF_ITS_OWN,
            "killed_alone/guard3": OF_ITS_OWN,
            "shadow_exits/guard3": "a woken shadow tells nobody, so another broadcast of its "
            "kernel does not disturb it, and that the processor is free is for preemption to say",
            "close_group/guard3": ONE_STEP,
            "declare_closure/guard5": ONE_STEP,
            "fork_process/guard3": NEEDS_MEMORY,
            "call_fork/guard3": ONE_KERNEL,
            "copy_replica/guard3": NEEDS_MEMORY,
            "copy_replica/update5": PROCESSOR,
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
        parts=("threads", "memory"),
        actions=CALLS,
        grounds=(Ground("kernels=2,tasks=2,pages=1,hops=1,clones=0,forks=1,vma_ops=0"),),
        waivers={
            "call_fork/guard3": ONE_KERNEL,
            "fork_process/update2": WITH_LIFE_TIME,
            "fork_process/update6": WITH_LIFE_TIME,
            "fork_process/update7": WITH_LIFE_TIME,
            "fork_process/update8": WITH_LIFE_TIME,
            "fork_process/update11": WITH_LIFE_TIME,
            "fork_process/update16": COMPARED,
            "call_fork/update2": WITH_LIFE_TIME,
            "call_fork/update6": WITH_LIFE_TIME,
            "call_fork/update7": WITH_LIFE_TIME,
            "call_fork/update13": "the plain lock, which stands in for the queues here, asks for "
            "pages and not for a kind",
        },
        far={
            "call_fork/update14": Ground(
                "kernels=2,tasks=3,pages=1,vma_ops=0,forks=1",
                {"placed": "during_work", "lock": "light"},
                ("memory",),
            ),
        },
    ),
    Controls(
        variant="repaired",
        parts=("memory",),
        settings={"placed": "during_work"},
        actions=tuple(action.name for action in FORK.actions if action.name not in CALLS),
        grounds=(
            Ground("kernels=2,tasks=2,pages=1,forks=1,vma_ops=0"),
            Ground("kernels=2,tasks=3,pages=1,forks=1,vma_ops=0"),
        ),
        waivers={
            "look_for_pages/update3": COMPARED,
            "fetch_page/update3": "a query about one page is found by its first",
            "map_fetched_page/update3": "the page becomes writable when the child gets its copy",
            "map_fetched_page/update6": UNTIL_THE_NEXT,
            "map_fetched_page/update7": UNTIL_THE_NEXT,
            "copy_replica/update4": WITH_LIFE_TIME,
            "copy_replica/update8": "nobody runs until the child has its copies, and then the "
            "parent may write again",
            "copy_replica/update11": PROCESSOR,
            "copy_for_child/update7": "the parent's next write finds that nobody shares the frame, "
            "and makes the entry writable without a copy",
        },
        far={
            "fetch_page/guard4": Ground(
                "kernels=2,tasks=4,pages=1,vma_ops=0,forks=1", parts=("memory", "locks")
            ),
        },
    ),
    Controls(
        variant="repaired",
        parts=("threads", "lifetime"),
        settings=HARSH,
        actions=(
            "start_program",
            "migrate_to_new_kernel",
            "search_address_space",
            "enter_group",
            "leave_hook",
            "drop_address_space",
            "close_group",
            "declare_closure",
        ),
        grounds=(
            Ground("kernels=2,tasks=2,hops=1"),
            Ground("kernels=2,tasks=2,hops=2"),
        ),
        waivers={"close_group/guard2": ONE_STEP, "declare_closure/guard5": ONE_STEP},
    ),
)
