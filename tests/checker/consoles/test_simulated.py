"""Runs of the model printed as kernels would are explained, and by steps of the model."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from popcorn_checker.consoles import about_areas, about_pages, about_threads
from popcorn_checker.consoles.behaviour import take_again
from popcorn_checker.consoles.look import Setting
from popcorn_checker.consoles.running import Verdict, validate
from popcorn_checker.dmesg.reading import read
from support.console_rates import spoil
from support.consoles import Run, simulate

TWO: Final = {"kernels": 2, "tasks": 3, "pages": 2}
THREE: Final = {"kernels": 3, "tasks": 3, "pages": 2}


def look(run: Run, kernels: tuple[int, ...], folder: Path, callers: bool = True) -> Verdict:
    """What the verb says of the consoles of some nodes."""
    paths = []
    printing = [kernel for kernel in kernels if run.console(kernel, callers)]
    for kernel in printing:
        paths.append(folder / f"{kernel}.log")
        paths[-1].write_text("\n".join(run.console(kernel, callers)) + "\n")
    return validate(paths, Setting("as-built-5.2", is_complete=True, keeps_past=True), printing)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kernels", [(0,), (1,), (0, 1)])
def test_a_run_of_two_nodes_is_explained(
    seed: int, kernels: tuple[int, ...], tmp_path: Path
) -> None:
    verdict = look(simulate(seed, 120, TWO), kernels, tmp_path)
    assert verdict.is_explained
    assert take_again(verdict.looks[0])


@pytest.mark.parametrize("seed", range(3))
def test_a_run_of_three_nodes_is_explained(seed: int, tmp_path: Path) -> None:
    verdict = look(simulate(seed, 120, THREE), (0, 1, 2), tmp_path)
    assert verdict.is_explained
    assert take_again(verdict.looks[0])


@pytest.mark.parametrize(
    ("seed", "kernels"),
    [
        (11, (1,)), (12, (0, 1)), (12, (0,)), (12, (1,)), (20, (0,)), (23, (1,)), (24, (0,)),
        (26, (1,)), (32, (0,)), (40, (0,)), (51, (0,)),
    ],
)  # fmt: skip
def test_a_race_is_explained(seed: int, kernels: tuple[int, ...], tmp_path: Path) -> None:
    """Munmaps and faults whose order is told by what comes later, or by no line at all."""
    verdict = look(simulate(seed, 200, TWO), kernels, tmp_path)
    assert verdict.is_explained
    assert take_again(verdict.looks[0])


@pytest.mark.parametrize("seed", range(3))
def test_consoles_need_not_say_who_prints(seed: int, tmp_path: Path) -> None:
    assert look(simulate(seed, 120, TWO), (0, 1), tmp_path, callers=False).is_explained


def test_the_repaired_protocol_explains_its_own_runs(tmp_path: Path) -> None:
    run = simulate(1, 120, TWO, "repaired")
    paths = []
    for kernel in (0, 1):
        paths.append(tmp_path / f"{kernel}.log")
        paths[-1].write_text("\n".join(run.console(kernel)) + "\n")
    assert validate(paths, Setting("repaired", is_complete=True), (0, 1)).is_explained


@pytest.mark.parametrize(
    ("seed", "found"),
    [
        (0, "found there"), (2, "legal"),
        pytest.param(3, "found there", marks=pytest.mark.rest),  # about 6 s each
        pytest.param(6, "found there", marks=pytest.mark.rest),
    ],
)  # fmt: skip
def test_one_wrong_field_is_found(seed: int, found: str, tmp_path: Path) -> None:
    """What the model explains all the same is legal, and the evaluator takes its steps."""
    assert spoil(seed, tmp_path, seconds=600) == found


def test_every_rule_is_met() -> None:
    """Each kind of line that has a rule is in a run or in a report, but those that are named."""
    met: Counter[str] = Counter()
    for seed in range(12):
        for kernel in (0, 1):
            lines = read(simulate(seed, 200, TWO).console(kernel))
            met.update(line.kind.name for line in lines if line.kind is not None)
    for path in (Path(__file__).parents[2] / "vectors" / "dmesg").glob("*.log"):
        met.update(line.kind.name for line in read(path) if line.kind is not None)
    rules = {*about_threads.RULES, *about_areas.RULES, *about_pages.RULES}
    never = {
        "migrate_nowhere", "migrate_here", "migrate_offline", "resume", "restored_fs", "map_hole",
        "call_brk", "call_mprotect", "call_madvise", "call_mremap", "brk_reply", "read_only",
        "fixed", "fixed_perhaps", "retries", "invalidate_waits",
    }  # fmt: skip
    assert rules - met.keys() == never  # test_rules has them

