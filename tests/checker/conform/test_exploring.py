"""Runs of programs that are drawn: they go well, find what is wrong, and are made shorter."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from popcorn_checker.conform.case import Case
from popcorn_checker.conform.cases import EXPLORED
from popcorn_checker.conform.choosing import ENDS_FROM, TICKS, choose
from popcorn_checker.conform.driving import Session
from popcorn_checker.conform.exploring import find_failing
from popcorn_checker.conform.machine import make_machine
from popcorn_checker.conform.program_cases import PROGRAM_EXPLORED
from popcorn_checker.conform.program_driving import ProgramSession
from popcorn_checker.conform.script import Step, parse, show
from popcorn_checker.conform.shortening import Shortening
from popcorn_checker.conform.talking import Talk
from popcorn_checker.conform.world import make_world
from popcorn_reference import defects
from support.command import Result, invoke
from support.inside import Inside, Program

SEEN = ("W1", "W2", "W8a", "W10", "W15", "W40", "C5", "X1", "X15")
"""Defects that a program can see: registers are not followed there (C3)."""


Found = tuple[bool, tuple[Step, ...]]
"""Whether a run has failed, and the steps of that one."""


def explore(
    case: Case, seed: int = 0, shortening: Shortening | None = None, level: str = "program",
    defect: str | None = None,
) -> Found:  # fmt: skip
    @contextmanager
    def start() -> Iterator[Talk[Any, Any]]:
        with wrong_once(defect):
            yield session()

    def session() -> Talk[Any, Any]:
        if case.level == "messages":
            return Session([Inside()], make_world(case.kernels, case.threads, case.pages))
        machine = make_machine(case.threads, case.pages)
        return ProgramSession(Program(0, level), machine, case.kernels)

    failures: list[str] = []
    shortening = shortening or Shortening(0)
    shortening.tell = failures.append
    steps = find_failing(start, case, seed, shortening)
    return bool(failures), steps


@contextmanager
def wrong_once(defect: str | None) -> Iterator[None]:
    """A defect for one run: some remember what they have done."""
    with pytest.MonkeyPatch.context() as patch:
        if defect is not None:
            patch.setattr(defects, "_replace", patch.setattr)
            defects.DEFECTS[defect].make()
        yield


@pytest.mark.parametrize("level", ["program", "pages"])
@pytest.mark.parametrize("case", PROGRAM_EXPLORED, ids=lambda case: case.id)
def test_programs_of_the_reference_go_well(case: Case, level: str) -> None:
    for seed in range(2):
        failed, steps = explore(case, seed, level=level)
        assert not failed, show(steps)


@pytest.mark.parametrize("case", [EXPLORED[1], PROGRAM_EXPLORED[3]], ids=lambda case: case.id)
def test_the_same_seed_draws_the_same_run(case: Case) -> None:
    assert explore(case, 1) == explore(case, 1)
    assert explore(case, 1) != explore(case, 2)


@pytest.mark.rest  # up to 7 s each
@pytest.mark.parametrize("defect", SEEN)
def test_what_a_program_can_see_is_found(defect: str) -> None:
    assert any(explore(case, defect=defect)[0] for case in PROGRAM_EXPLORED)


def test_time_passes_where_somebody_is_at_something_and_the_end_comes_late() -> None:
    case = PROGRAM_EXPLORED[3]
    session = ProgramSession(Program(0), make_machine(case.threads, case.pages), case.kernels)
    taken: list[Step] = []

    def offered() -> set[str]:
        return {str(step) for kind in choose(session, case, taken) for step in kind}

    waits = {f"tick {n}" for n in TICKS}
    for step, may_wait in (("begin 0", False), ("drain", False), ("t0 write 0 5", True),
                           ("tick 1", False), ("drain", False)):  # fmt: skip
        taken += parse(step)
        session.take(taken[-1])
        assert offered() & waits == (waits if may_wait else set()), step
    ends = {"kill", "t0 exit_group"}
    assert not offered() & ends
    taken += parse("drain") * (ENDS_FROM - len(taken))
    assert offered() >= ends


def test_what_fails_is_made_shorter() -> None:
    case = PROGRAM_EXPLORED[0]
    _, long = explore(case, defect="W15")
    whole = Shortening(60)
    failed, short = explore(case, shortening=whole, defect="W15")
    assert failed
    assert not whole.is_cut
    assert len(short) <= 5 < len(long)
    assert len([step for step in short if "migrate" in str(step)]) == 2


def drive(*arguments: str) -> Result:
    return invoke("conform", "--only", "explore/program/1", *arguments, "--", sys.executable, "-m",
                  "popcorn_reference.defects", "W15", "program")  # fmt: skip


@pytest.mark.rest  # 20 s: hundreds of processes, one for each attempt
def test_it_is_told_that_fewer_steps_are_looked_for() -> None:
    result = drive()
    assert result.code == 12
    begins, ends = result.err.splitlines()
    assert begins.startswith("popcorn-spec: explore/program/1 does not go well, after ")
    assert begins.endswith(" steps; fewer are looked for, 60 s at most")
    assert ends.startswith("popcorn-spec: explore/program/1: 4 steps are left, after ")
    assert "    shortened: begin 0 | t0 migrate 1 | drain | t0 migrate 0\n" in result.out


def test_it_is_told_that_there_was_no_time_for_that() -> None:
    result = drive("--shorten", "0s")
    assert result.code == 12
    assert "    shortened, but not to the end: begin " in result.out
    assert drive("--shorten", "0s", "--json").data["cases"][0]["cut"] is True
