"""The level of pages: what is said of page tables and of where threads run."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import pytest

from popcorn_checker.conform import script, wire
from popcorn_checker.conform.explaining import Departure
from popcorn_checker.conform.machine import make_machine
from popcorn_checker.conform.program_cases import PROGRAM_CASES
from popcorn_checker.conform.program_driving import ProgramSession
from support.command import invoke

COPY = wire.Held
PLACE = wire.Placed


class Told:
    """An implementation that says what a test says, order by order."""

    stderr = ""

    def __init__(self, *answers: Mapping[str, Any]) -> None:
        self._answers: list[Mapping[str, Any]] = [{}, *answers]

    def do(self, order: wire.ProgramOrder) -> wire.ProgramReply:
        """The next answer."""
        return wire.ProgramReply(order.seq, **(self._answers.pop(0) if self._answers else {}))


def run(does: str, *answers: Mapping[str, Any]) -> None:
    session = ProgramSession(Told(*answers), make_machine(2, 2), 3)
    for step in script.parse(does):
        session.take(step)


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
         "thread 0 runs on kernel 0", "it has gone to kernel 1"),
        ("begin 0 | t0 migrate 1 | t0 migrate 2", ({}, MOVED, {"places": (PLACE(0, 0),)}),
         "thread 0 runs on kernel 0",
         "it has gone to kernel 1; it is on kernel 2, to which it wants to go"),
        ("begin 0 | t0 migrate 1 | t0 migrate 2 | t0 migrate 0",
         ({}, MOVED, {"done": DONE, "places": (PLACE(0, 2),)}, {"places": (PLACE(0, 1),)}),
         "thread 0 runs on kernel 1",
         "it has gone to kernel 2; it is on kernel 0, to which it wants to go"),
        ("begin 0 | t0 migrate 1 | t0 migrate 2 | t0 read 0",
         ({}, MOVED, {"done": (wire.Finished(0, result=-11),)}, {"places": (PLACE(0, 2),)}),
         "thread 0 runs on kernel 2", "it has gone to kernel 1"),
    ],
)  # fmt: skip
def test_what_must_not_be_is_told(
    does: str, answers: tuple[Mapping[str, Any], ...], seen: str, right: str
) -> None:
    with pytest.raises(Departure) as found:
        run(does, *answers)
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
    run(does, *answers)


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
