"""The level of programs: what threads see, judged by one kernel."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import pytest

from popcorn_checker.conform.case import Case
from popcorn_checker.conform.explaining import Departure
from popcorn_checker.conform.program_cases import PROGRAM_CASES, PROGRAM_EXPLORED
from popcorn_checker.conform.race_cases import RACE_CASES
from popcorn_checker.conform.talking import NotNow
from support.command import invoke
from support.inside import drive_program, failing
from support.told import done, run_told
from support.wrong.catalogue import ALL

UNABLE = """
import json, sys
for line in sys.stdin:
    said = {"version": 1, "name": "x", "capabilities": [], "level": "program"}
    print(json.dumps(said), flush=True)
"""
"""Says hello, and can do nothing."""

SEEN = {"W1", "W2", "W10", "W15", "W40", "C5", "X1", "X15"}
"""Defects that a program can see: registers are not followed here (C3), and who lives on after the
end of its program does nothing that others would notice (W8a)."""


# --- the reference -------------------------------------------------------------------------------


@pytest.mark.parametrize("case", [*PROGRAM_CASES, *RACE_CASES], ids=lambda case: case.id)
def test_the_reference_conforms_whatever_the_order_of_messages(case: Case) -> None:
    for seed in range(5):
        session = drive_program(case, seed)
        assert session.judge.behaviour()


@pytest.mark.rest  # about 30 s
def test_a_program_sees_much_of_what_is_wrong_and_each_case_sees_some_of_it() -> None:
    """It does not see what is said too early or twice, and comes right in the end."""
    seen: dict[str, set[str]] = {}
    for wrong in ALL:
        with wrong.applied():
            seen[wrong.name] = {*failing((*PROGRAM_CASES, *RACE_CASES))}
    assert len([name for name, cases in seen.items() if cases]) == 55
    assert {case.id for case in (*PROGRAM_CASES, *RACE_CASES)} == set().union(*seen.values())
    late = [n for n, cases in seen.items() if {case.split("/")[0] for case in cases} == {"race"}]
    assert {*late} == {
        "the first answer is enough", "the word may change before the sleep",
        "munmap everywhere but at the origin", "served while it ends",
    }  # fmt: skip
    assert [case for case in seen["wake wakes all"] if "race" not in case] == ["program/futex/5"]


@pytest.mark.rest  # up to 20 s each
@pytest.mark.parametrize("defect", sorted(SEEN))
def test_defects_are_seen_where_programs_see_them(defect: str) -> None:
    named = [c.id for c in PROGRAM_CASES if defect in c.source.split()] or ["program"]
    only = [word for each in named for word in ("--only", each)]
    command = (sys.executable, "-m", "popcorn_reference.defects", defect, "program")
    result = invoke("conform", *only, "--json", "--", *command)
    assert result.code in (12, 150)
    assert {c["grade"] for c in result.data["cases"]} & {"fails", "broken"}


def test_only_the_cases_of_its_level_are_tried() -> None:
    result = invoke("conform", "--json", "--", sys.executable, "-c", UNABLE)
    assert result.code == 3
    assert {c["grade"] for c in result.data["cases"]} == {"unsupported"}
    here = (*PROGRAM_CASES, *RACE_CASES, *PROGRAM_EXPLORED)
    assert [c["id"] for c in result.data["cases"]] == [c.id for c in here]
    other = invoke("conform", "--only", "clone/origin/1", "--json", "--", sys.executable, "-m",
                   "popcorn_reference.program_adapter")  # fmt: skip
    assert other.data["cases"][0]["grade"] == "unsupported"


# --- the judge -----------------------------------------------------------------------------------


def test_of_two_writes_at_once_either_may_be_the_last() -> None:
    for last in (5, 6):
        run_told("begin 0 | t0 clone | t0 write 0 5 | t1 write 0 6 | drain | t0 read 0 | t1 read 0",
            {}, done(0, result=1), {}, {}, {"done": ({"thread": 0}, {"thread": 1})},
            done(0, value=last), done(1, value=last))  # fmt: skip
    with pytest.raises(Departure, match="thread 1 is through with value 5") as found:
        run_told("begin 0 | t0 clone | t0 write 0 5 | t1 write 0 6 | drain | t0 read 0 | t1 read 0",
            {}, done(0, result=1), {}, {}, {"done": ({"thread": 0}, {"thread": 1})},
            done(0, value=6), done(1, value=5))  # fmt: skip
    assert found.value.right == ("thread 1: read of page 0 finds 6",)


def test_a_read_that_goes_on_meanwhile_may_find_either() -> None:
    for value in (0, 5):
        run_told("begin 0 | t0 clone | t0 write 0 5 | t1 read 0 | drain",
            {}, done(0, result=1), {}, {}, {"done": ({"thread": 0},)},
            done(1, value=value))  # fmt: skip
    with pytest.raises(Departure, match="value 7"):
        run_told("begin 0 | t0 clone | t0 write 0 5 | t1 read 0 | drain",
            {}, done(0, result=1), {}, {}, {"done": ({"thread": 0},)},
            done(1, value=7))  # fmt: skip


@pytest.mark.parametrize(
    ("does", "answers", "seen", "right"),
    [
        ("begin 0 | t0 read 0", ({}, done(0, refused=True)), "refused",
         "thread 0: read of page 0 finds 0"),
        ("begin 0 | t0 munmap 0 | t0 read 0", ({}, done(0, result=0), done(0, value=0)), "value 0",
         "thread 0: read of page 0 ends with refused"),
        ("begin 0 | t0 clone", ({}, done(0, result=-11)), "result -11",
         "thread 0: clone returns 1"),
        ("begin 0 | t0 clone", ({}, done(0)), "is through", "thread 0: clone returns 1"),
        ("begin 0 | t0 mmap", ({}, done(0, result=0)), "result 0",
         "thread 0: mmap ends with an error: its result is a negative number"),
        ("begin 0 | t0 mmap", ({}, done(0)), "is through",
         "thread 0: mmap ends with an error: its result is a negative number"),
        ("begin 0 | t0 mmap", ({}, done(0, refused=True)), "refused",
         "thread 0: mmap ends with an error: its result is a negative number"),
        ("begin 0 | t0 futex_wait 0 0 | drain", ({}, done(0, result=0)), "result 0",
         "thread 0 is still at it"),
        ("begin 0 | t0 futex_wake 0", ({}, done(0, result=1)), "result 1",
         "thread 0: futex_wake of page 0 returns 0"),
        ("begin 0 | t0 forbid 0 | t0 munmap 1 | t0 mremap 0 | t0 write 1 6",
         ({}, done(0), done(0), done(0, result=1), done(0)), "thread 0 is through",
         "thread 0: write of page 1 ends with refused"),
        ("begin 0 | t0 clone | t0 clone | t1 futex_wait 0 0 | t2 futex_wait 1 0 | t0 futex_wake 1",
         ({}, done(0, result=1), done(0, result=2), {}, {}, done(1)), "thread 1 is through",
         "thread 1 is still at it"),
        ("begin 0 | t0 clone | t0 clone | t1 futex_wait 0 0 | t2 futex_wait 0 0 | t0 futex_wake 0",
         ({}, done(0, result=1), done(0, result=2), {}, {}, done(0, result=2)), "result 2",
         "thread 0: futex_wake of page 0 returns 1"),
        ("begin 0", (done(2),), "thread 2 is through", "thread 2 is at nothing"),
        ("begin 0", (done(9),), "thread 9 is through", "there is no such thread"),
        ("begin 0 | t0 other | drain", ({}, {"over": True}), "the program is over",
         "it goes on: nobody has ended it"),
        ("begin 0 | t0 other | drain", (), "thread 0 is never through",
         "thread 0: other is through"),
        ("begin 0 | t0 exit | drain", (), "the program is not over", "it is: it has been ended"),
        ("begin 0 | kill | drain", (), "the program is not over", "it is: it has been ended"),
    ],
)  # fmt: skip
def test_what_no_kernel_would_show_is_told(
    does: str, answers: tuple[Mapping[str, Any], ...], seen: str, right: str
) -> None:
    with pytest.raises(Departure) as found:
        run_told(does, *answers)
    assert seen in found.value.seen
    assert right in found.value.right


def test_time_passes_as_often_as_is_said_whatever_comes_of_it() -> None:
    session = run_told("begin 0 | t0 write 0 5 | tick 3 | t0 other | drain",
                       {}, {}, {}, done(0), {}, {}, done(0))  # fmt: skip
    told = [order.__struct_config__.tag for order, _ in session.log]
    assert told == ["reset", "run", "do", "tick", "tick", "tick", "do", "tick"]
    assert not session.judge.is_busy


def test_what_cannot_be_observed_may_be_left_out() -> None:
    session = run_told("begin 0 | t0 write 0 5 | t0 read 0", {}, done(0), done(0))
    assert session.judge.can_begin(0)


def test_a_result_that_is_left_out_is_0_and_an_error_is_any_negative_one() -> None:
    run_told("begin 0 | t0 munmap 0 | t0 munmap 0", {}, done(0), done(0, result=0))
    run_told("begin 0 | t0 mmap", {}, done(0, result=-12))
    full = "begin 0 | t0 clone | t0 clone | t0 clone"
    run_told(full, {}, done(0, result=1), done(0, result=2), done(0, result=-1))
    for failed in (done(0), done(0, result=0), done(0, refused=True)):
        with pytest.raises(Departure) as found:
            run_told(full, {}, done(0, result=1), done(0, result=2), failed)
        assert found.value.right == (
            "thread 0: clone ends with an error: its result is a negative number",
        )


@pytest.mark.parametrize("call", ["forbid", "allow"])
def test_mprotect_of_what_is_not_mapped_may_fail_and_maps_nothing(call: str) -> None:
    unmapped = f"begin 0 | t0 munmap 0 | t0 {call} 0 | t0 read 0"
    for result in (0, -12):
        run_told(unmapped, {}, done(0), done(0, result=result), done(0, refused=True))
        with pytest.raises(Departure, match="value 0"):
            run_told(unmapped, {}, done(0), done(0, result=result), done(0, value=0))
    with pytest.raises(Departure, match="result -12"):
        run_told(f"begin 0 | t0 {call} 0", {}, done(0, result=-12))


@pytest.mark.parametrize(
    ("does", "why"),
    [
        ("begin 0 | t1 read 0", "thread 1 is not sure to run"),
        ("begin 0 | t0 other | t0 other", "thread 0 is not sure to run"),
        ("begin 0 | t0 migrate 0", "thread 0 is there already"),
        ("begin 0 | deliver 0>1", "a program cannot do that"),
        ("begin 0 | tick 2 | t0 migrate 0", "thread 0 is there already"),
        ("begin 0 | t0 look 0", "a program does not say that"),
    ],
)
def test_what_a_program_cannot_do_is_told(does: str, why: str) -> None:
    with pytest.raises(NotNow, match=why):
        run_told(does)
