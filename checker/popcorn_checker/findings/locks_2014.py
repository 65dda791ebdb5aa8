"""Findings about the distributed locks and the transport of popcorn-2014."""

from __future__ import annotations

from typing import Final

from popcorn_checker.findings.finding import Finding

LOCKS: Final = ("locks",)
ONE_ROUND: Final = "kernels=2,tasks=2,pages=1,lock_rounds=1"

FINDINGS: Final[tuple[Finding, ...]] = (
    Finding(
        id="W6",
        title="a timestamp is drawn before it is sent",
        meaning="A thread draws a timestamp and is stopped before it sends it; another draws a "
        "later one, hears from all and enters; then the earlier request arrives, goes in front "
        "and is acknowledged too: both have the lock.",
        prop="lock_excludes",
        length=16,
        scope=ONE_ROUND,
        parts=LOCKS,
        settings={"preemption": "on"},
        repair={"lock_atomic": "on"},
    ),
    Finding(
        id="W7",
        title="a group becomes distributed between acquire and release",
        meaning="A thread takes no lock because its group is on one kernel; a sibling migrates; "
        "release looks at the flag again and removes the entry of whoever has the lock.",
        prop="holder_is_known_everywhere",
        length=17,
        scope="kernels=2,tasks=2,pages=1,hops=1,clones=1,lock_rounds=1",
        parts=("threads", "locks"),
        repair={"record_lock": "on"},
    ),
    Finding(
        id="W22",
        title="page by page against a range",
        meaning="A thread has the lock of one page and asks for the next; another has asked for "
        "both in between: each waits for the other.",
        prop="deadlock",
        length=17,
        scope="kernels=2,tasks=2,pages=2,lock_rounds=1",
        parts=LOCKS,
        settings={"lock": "light", "mprotect_lock": "page_by_page"},
        repair={"range_only": "on"},
    ),
    Finding(
        id="W22b",
        title="page by page against the whole address space",
        meaning="A thread has the lock of one page and asks for the next; another has asked for "
        "the whole address space in between: each waits for the other.",
        prop="deadlock",
        length=17,
        scope="kernels=2,tasks=2,pages=2,lock_rounds=1",
        parts=LOCKS,
        settings={"lock": "heavy", "mprotect_lock": "page_by_page"},
        repair={"range_only": "on"},
    ),
    Finding(
        id="W24",
        title="lock traffic out of order leaves an entry for ever",
        meaning="A request is so slow to be entered that the reply to a later one overtakes it. "
        "Two threads believe that they are first; the release of one removes the other's entry, "
        "and nobody ever removes its own: the lock is lost.",
        prop="no_entry_is_immortal",
        length=15,
        scope=ONE_ROUND,
        parts=LOCKS,
        settings={"queues": "concurrent"},
        repair={"lock_order": "on"},
    ),
    Finding(
        id="W25",
        title="a lock is released that was never acquired",
        meaning="mmap finds no room and leaves by way of the release of a heavy lock, which it "
        "takes only when area operations are atomic: the entry of another thread goes.",
        prop="own_entry_stays",
        length=7,
        scope=ONE_ROUND,
        parts=LOCKS,
        settings={"vma_atomic": "off"},
        repair={"record_lock": "on"},
    ),
    Finding(
        id="W26",
        title="two full rings whose receivers are sending",
        meaning="A sender spins while the receiver's ring is full and holds its own processor, so "
        "its own ring is not drained; two kernels that do so wait for each other for ever.",
        prop="deadlock",
        length=6,
        scope="kernels=2,tasks=4,sends=1,ring_slots=1",
        parts=("transport",),
        settings={"dispatch": "stepwise"},
        repair={"yielding_send": "on"},
    ),
    Finding(
        id="P40",
        title="a group becomes distributed while a thread works without the lock",
        meaning="A thread takes no lock because its group is on one kernel; a sibling migrates; "
        "the thread works on, and nothing keeps the other kernel from the same pages.",
        prop="unlocked_only_alone",
        length=5,
        scope="kernels=2,tasks=2,pages=1,hops=1,clones=1,lock_rounds=1",
        parts=("threads", "locks"),
        repair={"quiet_start": "on"},
        discovered=True,
    ),
)
