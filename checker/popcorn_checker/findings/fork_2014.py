"""Findings about fork in popcorn-2014; this project discovered them.

Each is shown with every other repair on, so that nothing else can be the cause.
"""

from __future__ import annotations

from typing import Final

from popcorn_checker.findings.finding import Finding

PARTS: Final = ("threads", "memory")

FINDINGS: Final[tuple[Finding, ...]] = (
    Finding(
        id="P30",
        title="fork copies only what its own kernel has",
        meaning="A page that the parent's group uses on another kernel only is not in the replica "
        "that fork copies. The child is not distributed and never asks for it: what the parent "
        "had written there is missing, and an access ends in a signal.",
        prop="child_misses_nothing",
        length=27,
        scope="kernels=2,tasks=2,pages=1,hops=2,clones=0,forks=1,vma_ops=0",
        parts=PARTS,
        variant="repaired",
        settings={"fork_fetches": "off"},
        repair={"fork_fetches": "on"},
        discovered=True,
    ),
    Finding(
        id="P31",
        title="fork lets its parent write to the zero page",
        meaning="In a distributed group fork copies for the child every page that could be copied "
        "later, and makes the parent's entry writable, whoever else reads that frame: the zero "
        "page, the page cache, or an earlier child.",
        prop="common_is_not_written",
        length=29,
        scope="kernels=2,tasks=2,pages=1,hops=1,clones=0,forks=1,vma_ops=0,reads=1",
        parts=PARTS,
        variant="repaired",
        settings={"fork_spares_shared": "off"},
        repair={"fork_spares_shared": "on"},
        discovered=True,
    ),
)
