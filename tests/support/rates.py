"""How many corrupted logs are found out, and where: `python -m support.rates`, from tests.

Of each program's journal one thing is made wrong, drawn uniformly: a kernel, a page, a thread, a
result, or the order of two lines. What the model can do all the same is counted apart, after the
evaluator has taken every step of it.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from support.logs import Rate, corrupt, drop, get_log, judge
from support.programs_mini import PROGRAMS

RUN_SEED: Final = 2


def measure(program: str, draws: int, seed: int, lost: float = 0) -> Rate:
    """What becomes of so many corrupted logs of a program, of which a share may be lost before."""
    lines: Sequence[str] = get_log(program, seed=RUN_SEED)
    if lost:
        lines = drop(lines, lost, seed)
    draw, rate = random.Random(seed), Rate()
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(draws):
            rate.note(judge(corrupt(lines, draw), not lost, Path(folder)))
    return rate


def main() -> None:
    """Measure all programs, and print what was found."""
    parser = argparse.ArgumentParser(prog="python -m support.rates", description=__doc__)
    parser.add_argument("--draws", type=int, default=40, metavar="N", help="of each program")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lost", type=float, default=0, metavar="SHARE")
    asked = parser.parse_args()
    total = Rate()
    for program in PROGRAMS:
        rate = measure(program.name, asked.draws, asked.seed, asked.lost)
        print(f"{program.name:10} {rate}")
        total += rate
    print(f"{'all':10} {total}")


if __name__ == "__main__":
    main()
