"""Findings about areas and futexes in popcorn-2020.

Where two defects hide each other, the settings switch on the repair of the one that is not meant.
"""

from __future__ import annotations

from typing import Final

from popcorn_checker.findings.finding import Finding

POPCORN: Final = "popcorn-2020"
VMA: Final = ("vma",)
REMAPS: Final = ("remaps",)
ALONE: Final = "kernels=2,tasks=1,pages=1"
PAIR: Final = "kernels=2,tasks=2,pages=1"
TWO_PAGES: Final = "kernels=2,tasks=1,pages=2"
OTHERS: Final = {"remote_clone": "on", "exit_code": "on", "last_out": "on", "refuse_clone": "on"}

FINDINGS: Final[tuple[Finding, ...]] = (
    Finding(
        id="C1",
        title="a shadow leaves its loop after a futex call",
        meaning="A futex call that a shadow does for its thread succeeds, and the shadow returns "
        "to user mode: the thread runs at the origin and on the remote.",
        prop="one_copy_runs",
        length=17,
        scope=ALONE,
        protocol=POPCORN,
        parts=("futex",),
        variant="as-built-5.2",
        repair={"futex_return": "stays"},
    ),
    Finding(
        id="C17b",
        title="mprotect is not told to other nodes",
        meaning="A thread at the origin forbids writing to a page. A remote that has fetched the "
        "area before goes on writing to it.",
        prop="origin_has_all_areas",
        length=16,
        scope=PAIR,
        protocol=POPCORN,
        parts=VMA,
        settings={"void_answers": "on", "remap": "on"},
        repair={"origin_first": "on"},
    ),
    Finding(
        id="C17c",
        title="MAP_FIXED over a page is not told to other nodes",
        meaning="A thread on a remote maps empty memory over a page. The origin does it, and the "
        "remote maps only what it has no area for: the thread goes on reading what was there.",
        prop="readers_see_writes",
        length=23,
        scope=ALONE,
        protocol=POPCORN,
        parts=REMAPS,
        settings={"remap": "on", "discard_by_origin": "on"},
        repair={"origin_first": "on"},
    ),
    Finding(
        id="C17d",
        title="a heap that shrinks is not told to other nodes",
        meaning="A thread that has come back to the origin gives the end of its heap back. The "
        "remote on which it was keeps the area.",
        prop="unmapped_is_unmapped",
        length=18,
        scope=ALONE,
        protocol=POPCORN,
        parts=REMAPS,
        settings={"remap": "on"},
        repair={"origin_first": "on"},
    ),
    Finding(
        id="C17e",
        title="mremap at the origin leaves behind who owns the page",
        meaning="A remote has the page, to write it, when the origin moves it. At the new place "
        "there is an invalid entry, and nothing says that a remote has what belongs there.",
        prop="what_is_given_away_is_missed",
        length=25,
        scope=TWO_PAGES,
        protocol=POPCORN,
        parts=REMAPS,
        settings={"remap": "on"},
        repair={"origin_first": "on"},
    ),
    Finding(
        id="C20",
        title="munmap goes on without an acknowledgement",
        meaning="The wait for a node's acknowledgement ends after 300 seconds with an error, which "
        "nobody looks at: munmap returns, and the node still has the page.",
        prop="unmapped_is_unmapped",
        length=19,
        scope=PAIR,
        protocol=POPCORN,
        parts=VMA,
        settings={"stations": "give_up", "origin_first": "on", "void_answers": "on"},
        repair={"heed_errors": "on"},
    ),
    Finding(
        id="C22",
        title="brk on a remote waits for itself",
        meaning="The call takes the semaphore of its address space to write and then, on its way "
        "to the origin, once more.",
        prop="semaphores_are_given_up",
        length=12,
        scope=ALONE,
        protocol=POPCORN,
        parts=VMA,
        settings=OTHERS,
        repair={"brk_once": "on"},
    ),
    Finding(
        id="C23",
        title="mremap on a remote moves what the origin keeps",
        meaning="The hook says that this is not supported, nobody looks, and the remote moves the "
        "page alone: it has an area that the origin does not have.",
        prop="origin_has_all_areas",
        length=17,
        scope=TWO_PAGES,
        protocol=POPCORN,
        parts=REMAPS,
        settings={"origin_first": "on", "void_answers": "on"},
        repair={"remap": "on"},
    ),
    Finding(
        id="C24",
        title="mmap returns an error for an address",
        meaning="A remote cannot map what the origin has mapped for it, since a file is not there. "
        "The code of that failure is a small number, which mmap returns as if it were an address.",
        prop="origin_chooses_addresses",
        length=17,
        scope=ALONE,
        protocol=POPCORN,
        parts=VMA,
        settings={"backing": "may_fail", **OTHERS},
        repair={"map_errors": "on"},
    ),
    Finding(
        id="I14",
        title="an area is fetched again while it is unmapped",
        meaning="What the remedy for a reordering left open. A node has unmapped a page, and the "
        "origin, which tells others yet or waits for its semaphore, has not. A thread of that "
        "node touches the page and gets the area back; munmap returns, and the node has the page.",
        prop="unmapped_is_unmapped",
        length=17,
        scope=PAIR,
        protocol=POPCORN,
        parts=VMA,
        settings={"void_answers": "on", "remap": "on"},
        repair={"origin_first": "on"},
    ),
    Finding(
        id="P61",
        title="an answer about an area outlives the area",
        meaning="A thread has been told of an area and tries for the semaphore to map it. The "
        "worker of its node gets the semaphore first, for a munmap, and unmaps nothing; then the "
        "thread maps what is no more.",
        prop="unmapped_is_unmapped",
        length=22,
        scope=PAIR,
        protocol=POPCORN,
        parts=VMA,
        settings={"origin_first": "on"},
        repair={"void_answers": "on"},
        discovered=True,
    ),
)
