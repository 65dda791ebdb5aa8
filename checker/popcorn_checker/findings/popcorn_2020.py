"""The catalogue of popcorn-2020: what the design's list says, and what this project found.

C… are defects of that list, I… issues of the tracker by their numbers, P… this project's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from popcorn_checker.findings import areas_2020, pages_2020, threads_2020
from popcorn_checker.findings.finding import Finding

CATALOGUE: Final[tuple[Finding, ...]] = (
    *pages_2020.FINDINGS,
    *threads_2020.FINDINGS,
    *areas_2020.FINDINGS,
)

LEFT_OUT: Final[Mapping[str, str]] = {
    "C2": "the two locks guard the lists of all processes of a node, and the model is about one "
    "process: requests of one origin take the same lock.",
    "C15": "a handle is a cell of its page and node, which is there or not; the memory behind it, "
    "and who frees that while another wakes up, is not in the model.",
    "C21": "references and what is allocated for a fetch are not counted: a leak changes nothing "
    "that another step looks at.",
    "C25": "an area is one page, so none grows into the page below it.",
    "C35": "a send hands its message over in one step; that the caller's stack is used after a "
    "timeout is a matter of memory that the channels do not have.",
    "C37": "there is no time: a wait on a futex ends when somebody wakes it, whatever its timeout.",
    "C38": "pages are anonymous: what a file's page needs, copying it before a write and filling "
    "the frame, is left to the kernel below.",
    "C39": "what a node knows of a page is one cell for each page, so two workers on different "
    "pages share nothing that a missing lock could break.",
    "C40": "the number is printed and read by nothing else.",
    "C41": "it concerns the print of a number; what a log says is no part of the model.",
}
"""Defects of the design's list that the model does not derive, each with the reason."""
