"""Journals of real runs are explained: whole, one file for each kernel, and with lines lost."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from popcorn_checker.validating.case import Plan
from popcorn_checker.validating.files import validate
from popcorn_checker.validating.validator import Outcome, Validator
from support.logs import drop, get_log, is_legal, split, write
from support.programs_mini import PROGRAMS

NAMES: Final = tuple(program.name for program in PROGRAMS)
LOST: Final = 0.1


def hold(
    lines: Sequence[str], folder: Path, *, is_complete: bool = False, is_split: bool = False
) -> tuple[Validator, Outcome]:
    """What is said of a log, with the behaviour kept."""
    paths = split(lines, folder) if is_split else [write(lines, folder / "run.ndjson")]
    return validate(paths, Plan(0, is_complete, keeps_past=True))


@pytest.mark.parametrize("is_split", [False, True], ids=["one file", "a file for each kernel"])
@pytest.mark.parametrize("name", NAMES)
def test_whole_journals_are_explained_by_nothing_but_their_lines(
    name: str, is_split: bool, tmp_path: Path
) -> None:
    for policy in ("always", "random"):
        for is_complete in (True, False):
            lines = get_log(name, policy)
            validator, outcome = hold(
                lines, tmp_path, is_complete=is_complete, is_split=is_split
            )
            assert outcome.is_explained
            assert (outcome.lines, outcome.silent, outcome.reordered) == (len(lines) - 1, 0, 0)
            assert not outcome.duties
            assert not any(case.search.threads[0].cost for case in validator.cases.values())
    assert is_legal(validator)


@pytest.mark.parametrize("name", NAMES)
def test_a_tenth_of_the_lines_may_be_lost(name: str, tmp_path: Path) -> None:
    for policy, seed in (("always", 2), ("random", 3)):
        lines = drop(get_log(name, policy, seed), LOST, seed)
        validator, outcome = hold(lines, tmp_path)
        assert outcome.is_explained, (policy, seed)
        assert 0 < outcome.silent < 2 * LOST * len(lines)
        assert is_legal(validator)


def test_who_has_a_page_that_another_line_takes_has_finished_before(tmp_path: Path) -> None:
    """Of a thread and a kernel that no line near it names; others are like it but for the page."""
    validator, outcome = hold(drop(get_log("count", "random", 0), LOST, 0), tmp_path)
    assert outcome.is_explained
    assert is_legal(validator)


@pytest.mark.rest  # about 8 s: an emulated program with threads, 5,686 lines
def test_a_tenth_of_a_long_journal_may_be_lost(tmp_path: Path) -> None:
    _, outcome = hold(drop(get_log("sums"), LOST, 1), tmp_path)
    assert outcome.is_explained
    assert outcome.lines == 5111


def test_what_a_fork_takes_need_not_be_wanted_before(tmp_path: Path) -> None:
    lines = get_log("family", "random", 1)
    lost = next(n for n, line in enumerate(lines) if '"want"' in line)
    validator, outcome = hold([*lines[:lost], *lines[lost + 1 :]], tmp_path)
    assert outcome.is_explained
    assert outcome.silent == 1
    assert is_legal(validator)


@pytest.mark.parametrize("name", ["family", "visit", "copy", "unmap"])
def test_lines_may_be_lost_from_files_of_each_kernel(name: str, tmp_path: Path) -> None:
    validator, outcome = hold(drop(get_log(name), LOST, 1), tmp_path, is_split=True)
    assert outcome.is_explained
    assert outcome.silent
    assert is_legal(validator)


def test_the_beginning_may_be_lost(tmp_path: Path) -> None:
    lines = get_log("visit")
    for lost in (10, 40, 70):
        validator, outcome = hold([lines[0], *lines[lost:]], tmp_path)
        assert outcome.is_explained, lost
        assert is_legal(validator)


def test_each_process_of_a_log_is_explained(tmp_path: Path) -> None:
    validator, outcome = hold(get_log("family"), tmp_path, is_complete=True)
    assert outcome.is_explained
    assert len(validator.cases) > 1
    for process in validator.cases:
        assert validator.steps(process)[-1].firing.action == "close"


def test_files_of_each_kernel_with_lines_lost_are_not_said_to_be_wrong(tmp_path: Path) -> None:
    lines = [line.replace('"event":"step"', '"event":"end"') for line in get_log("copy")]
    _, outcome = hold(lines, tmp_path, is_split=True)
    assert not outcome.is_explained
    assert not outcome.is_decided
