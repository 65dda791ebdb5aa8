"""Findings about threads and their life-time in popcorn-2014.

Where two defects hide each other, the settings switch on the repair of the one that is not meant.
"""

from __future__ import annotations

from typing import Final

from popcorn_checker.findings.finding import Finding

THREADS: Final = ("threads",)
BOTH: Final = ("threads", "lifetime")

FINDINGS: Final[tuple[Finding, ...]] = (
    Finding(
        id="W1",
        title="a new thread is not marked distributed",
        meaning="A parent that never migrated, in a group that is distributed already, creates "
        "a thread whose faults, unmaps, locks and exit ignore the other kernels.",
        prop="distributed_groups_are_marked",
        length=6,
        scope="kernels=2,tasks=3,hops=1",
        parts=THREADS,
        repair={"inherit_flag": "on"},
    ),
    Finding(
        id="W2",
        title="a dead leader hides the address space",
        meaning="The first thread of a local group has exited and is a zombie; the next import "
        "stops its search there, finds no address space and builds a second one.",
        prop="one_replica_per_kernel",
        length=12,
        scope="kernels=2,tasks=3,hops=1,group_exits=0",
        parts=BOTH,
        repair={"live_lookup": "on"},
    ),
    Finding(
        id="W3",
        title="closure only where kernel 0 is home",
        meaning="The test whether a last exit may declare closure reads the initial task, whose "
        "home is kernel 0; groups that end elsewhere keep their address spaces for ever.",
        prop="closed_groups_leave_nothing",
        length=17,
        scope="kernels=2,tasks=2,hops=1,clones=0,group_exits=0",
        parts=BOTH,
        repair={"home_test": "current"},
    ),
    Finding(
        id="W4",
        title="two last exits, and nobody saves",
        meaning="Two threads leave a kernel together; each still counts the other, neither saves "
        "the address space, and it is destroyed while others map its frames.",
        prop="none_destroyed_while_members_live",
        length=15,
        scope="kernels=2,tasks=3,hops=1,group_exits=0",
        parts=BOTH,
        settings={"preemption": "on", "inherit_flag": "on", "live_lookup": "on"},
        repair={"exit_count": "on"},
    ),
    Finding(
        id="W8a",
        title="group exit misses an import",
        meaning="The group exit reaches the destination before the import of a thread has "
        "entered the group: nothing is killed there, and the thread runs on.",
        prop="group_exit_ends_all",
        length=12,
        scope="kernels=2,tasks=2,hops=1",
        parts=BOTH,
        repair={"sticky_import": "on"},
    ),
    Finding(
        id="W8b",
        title="group exit misses a return",
        meaning="The group exit overtakes a returning thread in the other work queue: it sees a "
        "shadow on both sides and kills neither, and the thread runs on.",
        prop="group_exit_ends_all",
        length=14,
        scope="kernels=2,tasks=2,hops=2",
        parts=BOTH,
        settings={"sticky_import": "on"},
        repair={"sticky_return": "on"},
    ),
    Finding(
        id="W10",
        title="a count is no snapshot",
        meaning="Kernels answer a count at different times. One has answered none; there a thread "
        "creates another and exits, and its home answers none as well: closure is declared while "
        "the new thread lives.",
        prop="closure_only_when_all_are_gone",
        length=33,
        scope="kernels=3,tasks=3,hops=1,group_exits=0,ring_slots=3,work_slots=6",
        parts=BOTH,
        repair={"member_count": "on"},
    ),
    Finding(
        id="W11",
        title="a wake-up is lost",
        meaning="A thread is back before its source has gone to sleep; the source then sleeps "
        "for ever, and the thread is nowhere.",
        prop="no_thread_lost",
        length=10,
        scope="kernels=2,tasks=2,hops=2,clones=0",
        parts=THREADS,
        settings={"preemption": "on"},
        repair={"sleep_loop": "on"},
    ),
    Finding(
        id="W12",
        title="a stray wake-up makes a shadow run",
        meaning="A shadow that is woken without a disposition returns to user mode: the thread "
        "runs twice.",
        prop="shadows_do_not_run",
        length=3,
        scope="kernels=2,tasks=2,hops=1,clones=0",
        parts=THREADS,
        settings={"stray_wake_ups": "possible"},
        repair={"sleep_loop": "on"},
    ),
    Finding(
        id="W15",
        title="a return that finds no shadow is dropped",
        meaning="The shadow is gone when the thread comes back; the message is dropped without "
        "a word to the kernel that sent it, and the thread is nowhere.",
        prop="no_thread_lost",
        length=10,
        scope="kernels=2,tasks=2,hops=2,clones=0,group_exits=0",
        parts=BOTH,
        settings={"stray_wake_ups": "possible"},
        repair={"sleep_loop": "on"},
    ),
    Finding(
        id="W16",
        title="migration to a kernel that is not there",
        meaning="The request is sent again and again from inside the kernel: the thread is "
        "neither here nor there.",
        prop="no_thread_lost",
        length=3,
        scope="kernels=2,tasks=2,hops=1,clones=0",
        parts=THREADS,
        settings={"membership": "some_down"},
        repair={"refuse_down": "on"},
    ),
    Finding(
        id="W18",
        title="closure frees what an import has found",
        meaning="Closure takes no semaphore. An import has found a saved address space and not "
        "entered the group yet; closure sees no task, frees the address space, and the import "
        "goes on with it. A group id that is used again brings a late closure and a new import "
        "together.",
        prop="incarnations_have_their_address_space",
        length=26,
        scope="kernels=2,tasks=2,hops=1,clones=0,strangers=1,group_exits=0",
        parts=BOTH,
        settings={"preemption": "on", "live_lookup": "on"},
        repair={"closed_mark": "on"},
    ),
    Finding(
        id="W30",
        title="a recycled tgid makes an old group id again",
        meaning="All members have left the group's home, one lives elsewhere; the home gives its "
        "tgid to another program, which kernels then take for the same group.",
        prop="one_program_per_group_id",
        length=13,
        scope="kernels=2,tasks=3,clones=1,strangers=1,hops=2,group_exits=0",
        parts=BOTH,
        repair={"fresh_ids": "on"},
    ),
    Finding(
        id="P1",
        title="an import takes what exiting threads drop",
        meaning="An import has found the address space of threads that are past their exit hook. "
        "It takes its reference only later; they drop theirs first, and the import goes on with "
        "an address space that is gone.",
        prop="incarnations_have_their_address_space",
        length=18,
        scope="kernels=2,tasks=3,hops=1,group_exits=0,ring_slots=3,work_slots=4",
        parts=BOTH,
        settings={"preemption": "on"},
        repair={"live_lookup": "on"},
        discovered=True,
    ),
    Finding(
        id="P2",
        title="two last exits count each other",
        meaning="On two kernels the last members exit at once. Each counts the other, which is "
        "not marked yet; neither declares closure, and both leave their address spaces saved for "
        "ever.",
        prop="closed_groups_leave_nothing",
        length=24,
        scope="kernels=2,tasks=2,hops=1,group_exits=0",
        parts=BOTH,
        settings={"home_test": "current", "closed_mark": "on"},
        repair={"member_count": "on"},
        discovered=True,
    ),
    Finding(
        id="P3",
        title="the last of all is a shadow far from home",
        meaning="Only a member at its home may declare closure. The last one there still counted "
        "a thread elsewhere; that one saw a shadow beside it; and the shadow, last of all, is not "
        "at home. Nobody declares closure.",
        prop="closed_groups_leave_nothing",
        length=22,
        scope="kernels=2,tasks=2,hops=2,group_exits=0",
        parts=BOTH,
        settings={"home_test": "current", "closed_mark": "on"},
        repair={"member_count": "on"},
        discovered=True,
    ),
)
