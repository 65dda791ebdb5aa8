"""How often simulated consoles are explained, and how often one wrong field in them is found.

PYTHONPATH=tests python -m support.console_rates [RUNS_OF_TWO [RUNS_OF_THREE [DRAWS]]]
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from popcorn_checker.consoles.altering import alter
from popcorn_checker.consoles.behaviour import take_again
from popcorn_checker.consoles.look import Look, Setting
from popcorn_checker.consoles.naming import make_names
from popcorn_checker.consoles.reading import read_consoles
from popcorn_checker.consoles.running import Verdict, validate
from popcorn_checker.dmesg.reading import Line
from popcorn_checker.dmesg.rendering import render
from support.consoles import Run, simulate

STEPS: Final = 200
SECONDS: Final = 20.0
"""Units: seconds of the processor, for each console."""
SIZES: Final = {n: {"kernels": n, "tasks": 3, "pages": 2} for n in (2, 3)}
NODES: Final = ((0,), (1,), (0, 1), (0, 1, 2))
VARIANT: Final = "as-built-5.2"


def main(runs_of_two: int = 60, runs_of_three: int = 40, draws: int = 20) -> None:
    """Print the rates. Cost: about a second a console, and up to twenty a draw."""
    print(f"runs of {STEPS} steps each, consoles complete")
    with tempfile.TemporaryDirectory() as folder:
        for nodes in NODES:
            size = SIZES[max(2, len(nodes))]
            runs = runs_of_three if len(nodes) == 3 else runs_of_two
            found = Counter(
                get_word(judge(simulate(seed, STEPS, size), nodes, Path(folder)))
                for seed in range(runs)
            )
            print(f"consoles of {', '.join(map(str, nodes))}: {dict(found)}")
        spoilt = Counter(spoil(seed, Path(folder)) for seed in range(draws))
        print(f"one field wrong, both consoles of two nodes: {dict(spoilt)}")


def judge(run: Run, nodes: Sequence[int], folder: Path) -> Verdict | None:
    """What is said of the consoles of some nodes; nothing if they are empty."""
    paths, printing = [], [node for node in nodes if run.console(node)]
    for node in printing:
        paths.append(folder / f"{node}.log")
        paths[-1].write_text("\n".join(run.console(node)) + "\n")
    return look(paths, printing) if paths else None


def look(paths: Sequence[Path], nodes: Sequence[int], seconds: float = SECONDS) -> Verdict:
    """What is said of some files in the time that there is."""
    end = time.process_time() + seconds
    setting = Setting(VARIANT, is_complete=True, keeps_past=True,
                      is_late=lambda: time.process_time() > end)  # fmt: skip
    return validate(paths, setting, nodes)


def get_word(verdict: Verdict | None) -> str:
    """The answer in a word."""
    if verdict is None:
        return "empty"
    if verdict.is_explained:
        return "explained"
    return "not explained" if verdict.is_decided else "not decided"


def spoil(seed: int, folder: Path, seconds: float = SECONDS) -> str:
    """Put another value into a field of a line, both drawn, and look where that is noticed."""
    run, draw = simulate(seed, STEPS, SIZES[2]), random.Random(seed)
    paths = [folder / f"{node}.log" for node in (0, 1)]
    for node, path in enumerate(paths):
        path.write_text("\n".join(run.console(node)) + "\n")
    if not all(path.stat().st_size > 1 for path in paths):
        return "empty"
    consoles = read_consoles(paths, (0, 1))
    (queue0, queue1) = Look(Setting(VARIANT), make_names(consoles), consoles.windows).queues
    entry = draw.choice([*queue0, *queue1])
    wrong = [changed for _, _, changed in alter(make_names(consoles), entry)]
    if not wrong:
        return "nothing to change"
    line: Line = draw.choice(wrong).content["line"]
    path = paths[entry.content["kernel"]]
    lines = path.read_text().splitlines()
    assert line.kind is not None
    text = render(line.kind, line.fields).splitlines()[-1]
    lines[entry.place - 1] = f"[{line.caller:>6}] {text}"
    path.write_text("\n".join(lines) + "\n")
    verdict = look(paths, (0, 1), seconds)
    diagnosis = verdict.outcomes[-1].diagnosis
    if verdict.is_explained:
        take_again(verdict.looks[0])  # the evaluator takes every step, so the log is legal
        return "legal"
    if diagnosis is None:
        return "not decided"
    named = [diagnosis.entry, *([diagnosis.repair.entry] if diagnosis.repair else [])]
    told = [n.place for n in named if n.source == path.name]
    return "found there" if any(abs(n - entry.place) <= 2 for n in told) else "found elsewhere"


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
