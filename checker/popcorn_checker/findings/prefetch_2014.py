"""Findings about prefetch in popcorn-2014: runs of pages that travel with one answer."""

from __future__ import annotations

from typing import Final

from popcorn_checker.findings.finding import Finding

FINDINGS: Final[tuple[Finding, ...]] = (
    Finding(
        id="W50",
        title="prefetch maps a page whose lock it does not hold",
        meaning="With one lock a page, a fault on one page brings its neighbour along while "
        "another thread unmaps that neighbour under the neighbour's lock: the kernel has "
        "acknowledged the unmap already, and maps what the answer names afterwards.",
        prop="unmapped_everywhere",
        length=44,
        scope="kernels=2,tasks=2,pages=2,vma_ops=1",
        parts=("memory",),
        settings={
            "contiguity": "possible",
            "lock": "light",
            "propagate_remaps": "on",
            "locked_import": "on",
        },
        repair={"locked_runs": "on"},
    ),
)
