"""Findings about the distributed address space of popcorn-2014.

They are derived on tasks that stand still and a plain lock, which is less than the protocol can
do. Where defects hide each other, the settings switch on the repairs of those that are not meant.
"""

from __future__ import annotations

from typing import Final

from popcorn_checker.findings.finding import Finding

MEMORY: Final = ("memory",)
ONE_PAGE: Final = "kernels=2,tasks=2,pages=1,vma_ops=1"
TWO_PAGES: Final = "kernels=2,tasks=2,pages=2,vma_ops=1,frames=2"
NO_ATOMIC: Final = {"vma_atomic": "off"}
ATOMIC: Final = {"vma_atomic": "on"}
IMPORT: Final = {"locked_import": "on"}

FINDINGS: Final[tuple[Finding, ...]] = (
    Finding(
        id="W20",
        title="two mmaps wait for each other",
        meaning="Without the lock, mmap keeps its address space's semaphore while it asks the "
        "other kernels; two kernels that do so at once each wait for a worker that the other's "
        "semaphore blocks.",
        prop="no_wait_in_a_circle",
        length=16,
        scope="kernels=2,tasks=2,pages=1,vma_ops=2",
        parts=MEMORY,
        settings=NO_ATOMIC,
        repair=ATOMIC,
    ),
    Finding(
        id="W40",
        title="munmap frees before the others have unmapped",
        meaning="The kernel of the call frees its frames at once and tells the other kernels "
        "afterwards; until they obey they map memory that is back with the allocator.",
        prop="no_use_after_free",
        length=31,
        scope=ONE_PAGE,
        parts=MEMORY,
        settings={**IMPORT, "propagate_remaps": "on"},
        repair={"two_phase_unmap": "on"},
    ),
    Finding(
        id="W41",
        title="mremap moves a page that another kernel owns",
        meaning="The caller moves its entry for a foreign frame and then tells the owner to "
        "unmap the old page; that was the owner's last mapping, and it frees the frame.",
        prop="no_use_after_free",
        length=38,
        scope=TWO_PAGES,
        parts=MEMORY,
        settings={**IMPORT, "propagate_remaps": "on", "two_phase_unmap": "on"},
        repair={"move_copies": "on"},
    ),
    Finding(
        id="W42",
        title="a mapping that shrinks stays elsewhere",
        meaning="mremap to a smaller size, or to a fixed address, tells the other kernels "
        "nothing: the call has returned, and they still have the page.",
        prop="unmapped_everywhere",
        length=23,
        scope=ONE_PAGE,
        parts=MEMORY,
        settings=IMPORT,
        repair={"propagate_remaps": "on"},
    ),
    Finding(
        id="W43",
        title="mmap takes what another kernel has mapped",
        meaning="mmap asks the others about the first page of its hole only; a mapping that "
        "another kernel has behind it is unmapped everywhere and lost.",
        prop="mmap_takes_only_holes",
        length=20,
        scope=TWO_PAGES,
        parts=MEMORY,
        settings={"probe_move": "on"},
        repair={"probe_range": "on"},
    ),
    Finding(
        id="W43c",
        title="two kernels map in one place",
        meaning="Without the lock two kernels choose one hole at the same time; each tells the "
        "other to unmap what it has just mapped there.",
        prop="mmap_takes_only_holes",
        length=19,
        scope="kernels=2,tasks=2,pages=1,vma_ops=2",
        parts=MEMORY,
        settings={**NO_ATOMIC, **IMPORT, "recheck_hole": "on"},
        repair=ATOMIC,
    ),
    Finding(
        id="W46",
        title="mprotect fails elsewhere, and nobody looks",
        meaning="A replica that has no area at the first page of the range refuses the whole "
        "change and acknowledges it all the same; the rest of the range stays writable there.",
        prop="protection_holds",
        length=27,
        scope=TWO_PAGES,
        parts=MEMORY,
        settings=IMPORT,
        repair={"protect_known": "on"},
    ),
    Finding(
        id="W48",
        title="a write fault writes to a frame that others read",
        meaning="A write fault on a page that is present just sets the write bit of its entry, "
        "though the frame is the zero page or one of the page cache and ought to be copied.",
        prop="common_is_not_written",
        length=15,
        scope="kernels=2,tasks=2,pages=1,vma_ops=0,reads=1",
        parts=MEMORY,
        repair={"copy_common": "on"},
    ),
    Finding(
        id="W49",
        title="a page is copied after it was exported",
        meaning="A private page is exported while its area may only be read, without breaking "
        "copy-on-write; when the area becomes writable one kernel copies the page on a write, "
        "and the other still shows the old frame.",
        prop="single_frame",
        length=48,
        scope="kernels=2,tasks=2,pages=1,vma_ops=2,reads=1",
        parts=MEMORY,
        settings={**IMPORT, "copy_common": "on"},
        repair={"break_always": "on"},
    ),
    Finding(
        id="W54",
        title="a fault brings back what is being unmapped",
        meaning="Without the lock a kernel that has unmapped a page asks one that has not, and "
        "maps the page again; it stays after munmap has returned.",
        prop="unmapped_everywhere",
        length=24,
        scope=ONE_PAGE,
        parts=MEMORY,
        settings={**NO_ATOMIC, **IMPORT, "propagate_remaps": "on"},
        repair=ATOMIC,
    ),
    Finding(
        id="W55",
        title="an import fetches its stack without the lock",
        meaning="The answer to an import's query is under way while another thread maps the "
        "place anew; the import then maps the old frame, and two kernels show different ones.",
        prop="single_frame",
        length=38,
        scope=ONE_PAGE,
        parts=MEMORY,
        repair=IMPORT,
    ),
    Finding(
        id="P20",
        title="two mmaps of one kernel take one hole",
        meaning="mmap picks its hole, lets go of the semaphore and waits for the lock; another "
        "thread of the same kernel maps the hole meanwhile, and nobody looks at it again.",
        prop="mmap_takes_only_holes",
        length=22,
        scope="kernels=2,tasks=2,pages=1,vma_ops=2",
        parts=MEMORY,
        repair={"recheck_hole": "on"},
        discovered=True,
    ),
    Finding(
        id="P21",
        title="mremap moves to where another kernel has a mapping",
        meaning="mremap picks a hole of its own replica and asks nobody; then it has all other "
        "kernels unmap the place, and with it a mapping that only they knew.",
        prop="mmap_takes_only_holes",
        length=21,
        scope=TWO_PAGES,
        parts=MEMORY,
        settings={"probe_range": "on"},
        repair={"probe_move": "on"},
        discovered=True,
    ),
    Finding(
        id="P22",
        title="mprotect fails where the area was never used",
        meaning="A replica learns of areas by faults only, and mprotect does not ask: a thread "
        "that changes the protection of a mapping made on another kernel is told that there "
        "is none.",
        prop="no_call_misses_an_area",
        length=16,
        scope=ONE_PAGE,
        parts=MEMORY,
        repair={"protect_known": "on"},
        discovered=True,
    ),
    Finding(
        id="P23",
        title="an answer that comes late counts for the next query",
        meaning="A query ends at the first answer with a frame, and its key has no number: what "
        "another kernel still has to answer counts for the next query of that thread about "
        "that page, which then does not wait for that kernel.",
        prop="answers_fit_their_request",
        length=38,
        scope="kernels=3,tasks=2,pages=1,vma_ops=1",
        parts=MEMORY,
        repair={"early_unlink": "no"},
        discovered=True,
    ),
    Finding(
        id="P24",
        title="a kernel copies a page that it imported before it passes it on",
        meaning="After a page's protection has gone down and up, a kernel that imported it breaks "
        "copy-on-write before it answers somebody who asks for it: it copies the foreign frame, "
        "and names the copy. The owner keeps the old frame, and the kernels write to different "
        "ones.",
        prop="single_frame",
        length=42,
        scope="kernels=2,tasks=3,pages=1",
        variant="repaired",
        parts=MEMORY,
        settings={"keep_imported": "off"},
        repair={"keep_imported": "on"},
        discovered=True,
        symmetry=True,
    ),
)
