"""Lines that no simulated run has: a short log with each is explained, and another is not."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Final

import pytest

from popcorn_checker.consoles.look import Setting
from popcorn_checker.consoles.running import validate

HANDLE: Final = "00000000350a4be7"
PAGE: Final = "7ffff7ff1000"
OTHER: Final = "7ffff7ff2000"
LEADS: Final = (
    f"## PAGEFAULT [641] {PAGE} W 401efd 55 25",
    f" =[641] {PAGE} {HANDLE}",
    f"  [641] ->[639/0] {PAGE} 401efd",
)
"""A remote's thread waits for a page that it wants to write, and has a copy to read."""
CLAIMS: Final = (
    f"## PAGEFAULT [100] {PAGE} R 401efd 55 64",
    f" =[100] {PAGE} replicated not mine {HANDLE}",
    f"  [100] ->[301/1] {PAGE} 401efd",
)
"""A thread of the origin waits for a page that a remote has alone."""
ASKED: Final = f"REMOTE_PAGE_REQUEST [101] {PAGE} W 401efd from [501/1]"
HOME: Final = f"## PAGEFAULT [100] {OTHER} R 401efd 55 0"
FETCHED: Final = (
    f"## VMAFAULT [641] {PAGE} 401efd",
    f"  [641] {PAGE} ->[639/0]",
    f"  [641] 0 {PAGE}",
)

DROPPED: Final = (f"INVALIDATE_PAGE [640] {PAGE} [638/0]", f" =[640] {PAGE}")

Case = tuple[int, tuple[str, ...], tuple[str, ...]]
"""The node, a log that is explained, and one that is not."""

CASES: Final[dict[str, Case]] = {
    "migrate_nowhere": (
        0, ("####### MIGRATE [100] to 7", "  [100] invalid migration destination 7", HOME),
        ("EXITED [100] local / 0x0", "  [100] invalid migration destination 7"),
    ),
    "migrate_here": (
        0, ("####### MIGRATE [100] to 0", "  [100] already running at the destination 0", HOME),
        (*CLAIMS, "  [100] already running at the destination 0"),
    ),
    "migrate_offline": (
        0, ("####### MIGRATE [100] to 1", "  [100] destination node 1 is offline", HOME),
        ("####### MIGRATE [100] to 1", HOME),
    ),
    "resume": (
        0,
        ("####### MIGRATE [100] to 1", "### BACKMIG [100] from [501/1]",
         "  [100] resume execution"),
        ("####### MIGRATE [100] to 1", "  [100] resume execution"),
    ),
    "restored_fs": (
        1,
        ("remote_thread_main [641] started for [639/0]", "restore_thread_info [641] fs 4c5380",
         "####### MIGRATED - [641/1] from [639/0]"),
        ("remote_thread_main [641] started for [639/0]",
         "####### MIGRATED - [641/1] from [639/0]", "restore_thread_info [641] fs 4c5380"),
    ),
    "map_hole": (
        1, (*FETCHED, f"## VMAFAULT [641] {OTHER} 401efd"),
        (*FETCHED, f"  [641] map1 {PAGE} -- 7ffff7ff3000 @ 0",
         f"## VMAFAULT [641] {OTHER} 401efd"),
    ),
    "call_brk": (
        1, ("## VMA brk-ed [641] 4f1000 --> 4f2000",),
        (*LEADS, "## VMA brk-ed [641] 4f1000 --> 4f2000"),
    ),
    "call_mprotect": (
        1, (f"VMA mprotect [641] {PAGE} 1000 1", f"  [641] 0 {PAGE} -- {OTHER} 1"),
        (*LEADS, f"VMA mprotect [641] {PAGE} 1000 1"),
    ),
    "call_madvise": (
        1, (f"## VMA madvise-d [641] {PAGE} 1000 4", f"  [641] 0 {PAGE} -- {OTHER} 4"),
        (*LEADS, f"## VMA madvise-d [641] {PAGE} 1000 4"),
    ),
    "call_mremap": (
        1, (f"VMA mremap [641] {PAGE} 1000 2000 1 0",),
        (*LEADS, f"VMA mremap [641] {PAGE} 1000 2000 1 0"),
    ),
    "read_only": (
        1,
        (f"## PAGEFAULT [641] {OTHER} R 401efd 54 0",
         "  [641] locally file-mapped read-only. continue"),
        (*LEADS, "  [641] locally file-mapped read-only. continue"),
    ),
    "fixed": (
        1, (LEADS[0], f"  [641] {PAGE} already handled"),
        (*LEADS, f"  [641] {PAGE} already handled"),
    ),
    "fixed_perhaps": (
        1, (LEADS[0], "  [641] might be fixed by others???"),
        (*LEADS, "  [641] might be fixed by others???"),
    ),
    "retries": (
        0, (*CLAIMS, ASKED, f"  [101] locked. retry {HANDLE}"),
        (ASKED, f"  [101] locked. retry {HANDLE}"),
    ),
    "invalidate_waits": (
        1,
        (*LEADS, f"INVALIDATE_PAGE [640] {PAGE} [638/0]", "  [640] local write ongoing, wait",
         f" +[640] {PAGE} {HANDLE}"),
        (f"INVALIDATE_PAGE [640] {PAGE} [638/0]", "  [640] local write ongoing, wait"),
    ),
    "invalidated": (1, (*DROPPED, ">>[640] ->[638/0]"), (*DROPPED, ">>[640] ->[637/0]")),
}  # fmt: skip
"""Index: kinds."""


@pytest.mark.parametrize("kind", CASES)
def test_a_line_means_what_it_says(kind: str, tmp_path: Path) -> None:
    node, right, wrong = CASES[kind]
    assert is_explained(right, node, tmp_path)
    assert not is_explained(wrong, node, tmp_path)


@pytest.mark.parametrize("end", ["4f2000", "4f2010"])
def test_a_brk_is_answered_if_that_is_repaired(end: str, tmp_path: Path) -> None:
    """As built it waits for a semaphore that it holds itself."""
    lines = (f"## VMA brk-ed [641] 4f1000 --> {end}", f"  [641] 0 {end}")
    assert is_explained(lines, 1, tmp_path, "repaired")
    assert not is_explained(lines, 1, tmp_path)


def test_copies_may_be_dropped_at_once(tmp_path: Path) -> None:
    """Lines that do not say who prints them may be those of two workers by turns."""
    begun = (DROPPED[0], f"INVALIDATE_PAGE [640] {OTHER} [637/0]", DROPPED[1], f" =[640] {OTHER}")
    ends = (">>[640] ->[638/0]", ">>[640] ->[637/0]")
    assert is_explained((*begun, *ends), 1, tmp_path)
    assert is_explained((*begun, *ends[::-1]), 1, tmp_path)
    assert not is_explained((*begun[:2], f" =[640] {OTHER}", *ends), 1, tmp_path)
    for last, is_right in ((ends, True), (ends[::-1], False)):
        printers = itertools.cycle(("[   T31] ", "[   T32] "))
        named = tuple(f"{next(printers)}{line}" for line in (*begun, *last))
        assert is_explained(named, 1, tmp_path) == is_right


def is_explained(
    lines: tuple[str, ...], node: int, folder: Path, variant: str = "as-built-5.2"
) -> bool:
    """Whether a node can have printed some lines, and no other between them."""
    path = folder / "node.log"
    path.write_text("\n".join(lines) + "\n")
    verdict = validate([path], Setting(variant, is_complete=True), (node,))
    assert verdict.skipped == 0
    return verdict.is_explained
