"""All programs on all kinds of kernels: the whole matrix of which `make test` runs a sample.

Usage: PYTHONPATH=tests python -m support.matrix [program ...]

Seeds and quanta go round, so that each is met with many others; all else is tried with all else.
That is 3,105 runs, which took 19 min on two cores on 2026-11-28, all with the same result as Linux.
Ends with 0 if every run did what Linux does, and 12 if not.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from itertools import cycle, product
from typing import Final

from popcorn_reference.drivers.simulation import POLICIES, Settings
from popcorn_reference.faults import GuestError
from support.guests import BUDGET, DRIVERS, GUESTS, PROCESSORS, build, run_natively

KERNELS: Final = (1, 2, 3, 4, 5)
SEEDS: Final = tuple(range(100, 107))
FACTORS: Final = (1, 3, 30, 1000)
"""A quantum is the least that a program needs, so many times."""
OF_PROCESSES: Final = 1000
SAME, DIFFERENT = 0, 12

Row = tuple[str, str, str, str, Settings]


def get_rows(programs: Sequence[str]) -> Iterator[Row]:
    """Every run of the matrix."""
    seeds, factors = cycle(SEEDS), cycle(FACTORS)
    for name, driver, processors, policy, kernels in product(
        programs, DRIVERS, PROCESSORS, POLICIES, KERNELS
    ):
        least = GUESTS[name] * (10 if policy == "always" and GUESTS[name] > 1 else 1)
        least = max(least, OF_PROCESSES if driver != "simulation" else 1)
        settings = Settings(kernels, next(seeds), least * next(factors), policy, BUDGET)
        yield name, driver, processors, policy, settings


def main(arguments: Sequence[str]) -> int:
    """Run all, and say what went otherwise."""
    started, count, wrong = time.monotonic(), 0, 0
    for name, driver, processors, _, settings in get_rows(arguments or tuple(GUESTS)):
        program = build(name)
        native = run_natively(program)
        try:
            found = str(DRIVERS[driver](program, settings, processors))
        except GuestError as error:
            found = str(error)
        count += 1
        if found != str(native):
            wrong += 1
            print(f"{name} {driver} {processors} {settings}: {found}; natively {native}")
    seconds = time.monotonic() - started
    print(f"{count} runs, {wrong} of which did not do what Linux does, in {seconds:.0f} s")
    return DIFFERENT if wrong else SAME


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
