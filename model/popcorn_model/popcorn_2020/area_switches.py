"""Choices that concern areas and futexes: versions of the code, repairs."""

from popcorn_model.language import Repair, Switch

FUTEX_RETURN = Switch(
    "futex_return", "leaves", "stays",
    doc="Whether a shadow that has done a futex call leaves its loop, or goes on with it.",
)  # fmt: skip

ORIGIN_FIRST = Repair(
    "origin_first",
    doc="A page is unmapped or protected at the origin first; then every node that the origin "
    "knows does the same, the caller's included.",
)
VOID_ANSWERS = Repair(
    "void_answers",
    doc="When a page is unmapped or protected on a node, so is what a thread there was told of it.",
)
BRK_ONCE = Repair("brk_once", doc="brk on a remote takes the semaphore once.")
REMAP = Repair("remap", doc="mremap on a remote is done by the origin.")
MAP_ERRORS = Repair(
    "map_errors",
    doc="mmap on a remote whose node cannot map the area leaves that to whoever touches it first.",
)
HEED_ERRORS = Repair(
    "heed_errors", doc="Without an acknowledgement a page is not taken for unmapped."
)

AREA_VERSIONS = (FUTEX_RETURN,)
AREA_REPAIRS = (ORIGIN_FIRST, VOID_ANSWERS, BRK_ONCE, REMAP, MAP_ERRORS, HEED_ERRORS)
