"""The level of pages: what is said of page tables and of where threads run."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import pytest

from popcorn_checker.conform import wire
from popcorn_checker.conform.explaining import Departure
from popcorn_checker.conform.program_cases import PROGRAM_CASES
from support.command import invoke
from support.told import begin_told, run_told

COPY = wire.Held
PLACE = wire.Placed


DONE = (wire.Finished(0),)
MOVED = {"done": DONE, "places": (PLACE(0, 1),)}


@pytest.mark.parametrize(
    ("does", "answers", "seen", "right"),
    [
        ("begin 0", ({"copies": (COPY(0, 0, "write"), COPY(2, 0, "read"))},),
         "kernel 0 may write page 0, which is on kernel 2, too",
         "one kernel may write it, or many may read it"),
        ("begin 0", ({"copies": (COPY(0, 0, "write"), COPY(1, 0, "write"))},),
         "kernel 0 may write page 0, which is on kernel 1, too",
         "one kernel may write it, or many may read it"),
        ("begin 0", ({"copies": (COPY(0, 7, "read"),)},), "there is a page 7", "there are 2 pages"),
        ("begin 0 | t0 munmap 0", ({}, {"done": DONE, "copies": (COPY(1, 0, "read"),)}),
         "page 0 is on kernel 1", "it is mapped nowhere"),
        ("begin 0 | t0 forbid 0", ({}, {"done": DONE, "copies": (COPY(1, 0, "write"),)}),
         "kernel 1 may write page 0", "it may only be read"),
        ("begin 0", ({"places": (PLACE(0, 0), PLACE(0, 1))},), "thread 0 runs on kernels 0 and 1",
         "it runs on one"),
        ("begin 0 | t0 migrate 1", ({}, {"done": DONE, "places": (PLACE(0, 0),)}),
         "thread 0 runs on kernel 0", "it is on kernel 1: it was begun there, or has gone there"),
        ("begin 0 | t0 migrate 1 | t0 migrate 2", ({}, MOVED, {"places": (PLACE(0, 0),)}),
         "thread 0 runs on kernel 0",
         "it is on kernel 1: it was begun there, or has gone there; it is on kernel 2, to which it "
         "wants to go"),
        ("begin 0 | t0 migrate 1 | t0 migrate 2 | t0 migrate 0",
         ({}, MOVED, {"done": DONE, "places": (PLACE(0, 2),)}, {"places": (PLACE(0, 1),)}),
         "thread 0 runs on kernel 1",
         "it is on kernel 2: it was begun there, or has gone there; it is on kernel 0, to which it "
         "wants to go"),
        ("begin 0 | t0 migrate 1 | t0 migrate 2 | t0 read 0",
         ({}, MOVED, {"done": (wire.Finished(0, result=-11),)}, {"places": (PLACE(0, 2),)}),
         "thread 0 runs on kernel 2", "it is on kernel 1: it was begun there, or has gone there"),
        ("begin 1", ({"places": (PLACE(0, 0),)},),
         "thread 0 runs on kernel 0", "it is on kernel 1: it was begun there, or has gone there"),
        ("begin 0", ({"copies": (COPY(1, 0, "write"), COPY(1, 0, "read"))},),
         "page 0 is told twice to be on kernel 1", "it is told once for each"),
        ("begin 0", ({"copies": (COPY(3, 0, "read"),)},),
         "page 0 is on kernel 3", "there are 3 kernels"),
        ("begin 0", ({"places": (PLACE(0, 3),)},),
         "thread 0 runs on kernel 3", "there are 3 kernels"),
        ("begin 0", ({"places": (PLACE(0, 0), PLACE(2, 1))},),
         "thread 2 runs on kernel 1", "there are 2 threads"),
        ("begin 0", ({"places": (PLACE(0, 0), PLACE(1, 1))},),
         "thread 1 runs on kernel 1", "it has not been created"),
        ("begin 0 | kill", ({}, {"over": True, "copies": (COPY(0, 1, "read"),)}),
         "page 1 is on kernel 0", "nothing is left of the program: it is over"),
        ("begin 0 | kill", ({}, {"over": True, "places": (PLACE(0, 0),)}),
         "thread 0 runs on kernel 0", "nothing is left of the program: it is over"),
    ],
)  # fmt: skip
def test_what_must_not_be_is_told(
    does: str, answers: tuple[Mapping[str, Any], ...], seen: str, right: str
) -> None:
    with pytest.raises(Departure) as found:
        run_told(does, *answers, threads=2)
    assert (found.value.seen, "; ".join(found.value.right)) == (seen, right)
    assert found.value.shown is not None
    assert found.value.shown[0] == [*answers[-1]][-1]


@pytest.mark.parametrize(
    ("does", "answers"),
    [
        ("begin 0", ({"copies": (COPY(0, 0, "read"), COPY(1, 0, "read"))},)),
        ("begin 0 | t0 munmap 0", ({}, {"copies": (COPY(1, 0, "write"),)})),
        ("begin 0 | t0 munmap 0", ({}, {"done": DONE, "copies": (COPY(1, 1, "write"),)})),
        ("begin 0 | t0 migrate 1", ({}, {"done": DONE, "places": (PLACE(0, 1),)})),
        ("begin 0 | t0 migrate 1 | t0 migrate 2", ({}, MOVED, {"places": (PLACE(0, 1),)})),
        ("begin 0 | t0 migrate 1 | t0 migrate 2", ({}, MOVED, {"places": (PLACE(0, 2),)})),
        ("begin 0 | t0 migrate 1",
         ({}, {"done": (wire.Finished(0, result=-22),), "places": (PLACE(0, 0),)})),
    ],
)  # fmt: skip
def test_what_may_be_is_not(does: str, answers: tuple[Mapping[str, Any], ...]) -> None:
    run_told(does, *answers, threads=2)


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        ({"copies": (COPY(0, 0, "write"), COPY(2, 0, "write"))},
         "kernel 0 may write page 0, which is on kernel 2, too"),
        ({"places": (PLACE(0, 0),)}, "thread 0 runs on kernel 0"),
        ({"done": DONE}, "thread 0 is through"),
    ],
)  # fmt: skip
def test_what_is_told_before_the_program_begins_is_looked_at(
    answer: Mapping[str, Any], seen: str
) -> None:
    with pytest.raises(Departure, match=seen):
        begin_told(first=answer)


def test_who_is_created_may_run_before_that_is_told_and_before_it_begins_nothing_is_over() -> None:
    run_told("begin 0 | t0 clone", {}, {"places": (PLACE(0, 0), PLACE(1, 2))})
    assert not begin_told(first={"over": True}).is_over


def test_the_reference_tells_what_is_right() -> None:
    command = (sys.executable, "-m", "popcorn_reference.program_adapter", "2", "pages")
    result = invoke("conform", "--only", "program", "--json", "--", *command)
    assert result.code == 0
    assert result.data["implementation"]["level"] == "pages"
    assert len(result.data["cases"]) == len(PROGRAM_CASES)


def test_an_early_answer_is_seen_before_anybody_reads() -> None:
    command = (sys.executable, "-m", "popcorn_reference.defects", "X1", "pages")
    result = invoke("conform", "--only", "program/share/2", "--", *command)
    assert result.code == 12
    assert "kernel 0 may write page 0, which is on kernel 1, too" in result.out
