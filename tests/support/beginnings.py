"""How many logs without their beginning are explained: `python -m support.beginnings`, from tests.

Each program's journal is cut off before every so many lines, and what is left is held against the
model, as one log or as one file for each kernel, with more lines lost if that is asked for. The
evaluator takes every step of each explanation.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from popcorn_checker.validating.case import Plan
from popcorn_checker.validating.files import validate
from support.logs import drop, get_log, is_legal, split, write
from support.programs_mini import PROGRAMS

BUDGET: Final = 60.0
"""Units: seconds of the processor, for each log."""


def cut(lines: Sequence[str], lost: int) -> list[str]:
    """A log without so many of its first lines; the one that says what was run stays."""
    return [lines[0], *lines[1 + lost :]]


def judge(lines: Sequence[str], is_split: bool, budget: float = BUDGET) -> str:
    """What is said of a log, in a word; the explanation is one that the evaluator takes."""
    end = time.process_time() + budget
    plan = replace(Plan(0, keeps_past=True), is_late=lambda: time.process_time() > end)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = split(lines, folder) if is_split else [write(lines, folder / "run.ndjson")]
        validator, outcome = validate(paths, plan)
    if outcome.is_explained:
        assert is_legal(validator)
        return "explained"
    return "wrong" if outcome.is_decided else "undecided"


def measure(program: str, asked: argparse.Namespace) -> tuple[int, int]:
    """Of how many logs of a program how many are explained; the others are printed."""
    lines = get_log(program, asked.policy, asked.seed)
    places = range(asked.every, len(lines) - 1, asked.every)
    good = 0
    for place in places:
        begun = time.process_time()
        rest = drop(cut(lines, place), asked.lost, asked.seed)
        said = judge(rest, asked.split, asked.budget)
        good += said == "explained"
        if said != "explained":
            print(f"  {program} cut before {place}: {said}, {time.process_time() - begun:.1f} s")
    return good, len(places)


def main() -> None:
    """Measure all programs, and print what was found."""
    parser = argparse.ArgumentParser(prog="python -m support.beginnings", description=__doc__)
    parser.add_argument("--every", type=int, default=5, metavar="LINES")
    parser.add_argument("--lost", type=float, default=0, metavar="SHARE")
    parser.add_argument("--split", action="store_true", help="one file for each kernel")
    parser.add_argument("--policy", default="always")
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--budget", type=float, default=BUDGET, metavar="SECONDS")
    parser.add_argument("--program", action="append", help="only these")
    asked = parser.parse_args()
    total = [0, 0]
    for program in asked.program or [each.name for each in PROGRAMS]:
        good, count = measure(program, asked)
        total = [total[0] + good, total[1] + count]
        print(f"{program:10} {good} of {count}", flush=True)
    print(f"{'all':10} {total[0]} of {total[1]}")


if __name__ == "__main__":
    main()
