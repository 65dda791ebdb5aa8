"""Why popcorn has none of the defects of the two protocols that it was made from.

For each finding of either: what popcorn does instead, and the property that would fail if it had
the defect. That property is checked at the scopes of the claims, and those that are promises about
states are proved for any size.

Usage: python -m popcorn_checker.claims.absent
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from popcorn_checker.findings import popcorn_2014, popcorn_2020
from popcorn_checker.findings.finding import Finding


@dataclass(frozen=True)
class Instead:
    """What popcorn does, the property that would fail without it, and what is absent therefore."""

    sentence: str
    prop: str
    findings: tuple[str, ...]


REASONS: Final = (
    Instead(
        "The context of a thread is in one place, on a kernel, in its question, or in an answer. "
        "There is no shadow that could run, be lost, or be paired with somebody else.",
        "one_incarnation",
        ("W12", "C1", "C3", "C32"),
    ),
    Instead(
        "A thread that migrates is a question that the origin answers to another kernel; it waits "
        "for nobody on either side, and needs no wake-up.",
        "no_thread_is_lost",
        ("W11", "W15", "W16", "C28", "C31", "C33", "I97", "P60"),
    ),
    Instead(
        "The origin has the only list of threads. Who begins or exits, wherever that is, asks it.",
        "the_dead_do_not_run",
        ("W1", "C4", "I102", "C29"),
    ),
    Instead(
        "The origin knows each kernel that it has sent threads to, and tells each of them that the "
        "process ends; messages of a pair keep their order, so what is on its way arrives before.",
        "threads_are_where_all_is_known",
        ("W8a", "W8b", "C26", "I27", "I34"),
    ),
    Instead(
        "A process is over when each kernel has said farewell. Nothing is counted, and kernel 0 is "
        "as good as any.",
        "nothing_is_left",
        ("W2", "W3", "W4", "W10", "W18", "W30", "P1", "P2", "P3"),
    ),
    Instead(
        "There are no locks of pages or of the address space: a page is taken by one question, and "
        "one question about several pages at a time takes any.",
        "questions_are_answered",
        ("W6", "W7", "W20", "W22", "W22b", "W24", "W25", "P40", "C14", "C22"),
    ),
    Instead(
        "Kernels send to the origin and the origin to kernels, nobody waits for room while it is "
        "in the middle of something, and messages are not lost: that is assumed, and printed.",
        "answers_arrive",
        ("W26", "C34", "C36", "P50", "C12"),
    ),
    Instead(
        "A writer is granted a page when everybody else who has a copy has said that it has none.",
        "one_writer",
        ("W48", "P31", "C5"),
    ),
    Instead(
        "Copies are made from the origin's frame, which is brought up to date first; who has a "
        "copy is not sent another one. Kernels drop nothing by themselves.",
        "readers_see_writes",
        ("W49", "W55", "P24", "C8", "C11", "C16", "C16b", "C17", "C17c", "C18"),
    ),
    Instead(
        "The directory is at the origin alone, and is asked by nobody else. Who is recalled has a "
        "copy, and gives way at once.",
        "the_directory_knows",
        ("C6", "C7", "C10", "C13", "C17e", "C23"),
    ),
    Instead(
        "Areas are at the origin alone. An operation takes the page from all others before it "
        "changes the area, so when it returns it is in force everywhere.",
        "areas_are_in_force",
        ("W40", "W42", "W43", "W43c", "W46", "W50", "W54", "P20", "P22", "P23", "C17b", "C17d",
         "C20", "C24", "I14", "P61"),
    ),
    Instead(
        "A page that is moved is taken from all others first, and is the origin's alone when it "
        "moves.",
        "only_the_last_is_sent",
        ("W41", "P21"),
    ),
    Instead(
        "A fork takes every page that is mapped before it copies the first one.",
        "children_get_what_was_written",
        ("P30",),
    ),
)  # fmt: skip


def find_all() -> Mapping[str, Finding]:
    """The findings of both protocols by their ids."""
    found = (*popcorn_2014.CATALOGUE, *popcorn_2020.CATALOGUE)
    return MappingProxyType({each.id: each for each in found})


def show() -> Iterator[str]:
    """The table for readers, line by line."""
    findings = find_all()
    yield "| in popcorn | would break | absent therefore |"
    yield "|---|---|---|"
    for reason in REASONS:
        absent = "; ".join(f"{each} {findings[each].title}" for each in reason.findings)
        yield f"| {reason.sentence} | `{reason.prop}` | {absent} |"


if __name__ == "__main__":
    sys.stdout.write("\n".join(show()) + "\n")
