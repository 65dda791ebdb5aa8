"""How many logs that lack lines are explained: `python -m support.losses`, from tests.

Of each program's journal, under several policies and seeds, a share of the lines is lost, drawn
several times; what is left is held against the model, as one log or as one file for each kernel.
"""

from __future__ import annotations

import argparse
import itertools
import time

from support.beginnings import BUDGET, judge
from support.logs import drop, get_log
from support.programs_mini import PROGRAMS


def main() -> None:
    """Measure all programs, and print what was found."""
    parser = argparse.ArgumentParser(prog="python -m support.losses", description=__doc__)
    parser.add_argument("--lost", type=float, default=0.1, metavar="SHARE")
    parser.add_argument("--split", action="store_true", help="one file for each kernel")
    parser.add_argument("--policies", nargs="+", default=["always", "random"], metavar="POLICY")
    parser.add_argument("--seeds", type=int, default=4, metavar="N", help="runs of each")
    parser.add_argument("--draws", type=int, default=3, metavar="N", help="of what is lost of each")
    parser.add_argument("--budget", type=float, default=BUDGET, metavar="SECONDS")
    asked = parser.parse_args()
    good, count, longest = 0, 0, 0.0
    for program in PROGRAMS:
        each = itertools.product(asked.policies, range(asked.seeds), range(asked.draws))
        for policy, seed, draw in each:
            lines = drop(get_log(program.name, policy, seed), asked.lost, draw)
            begun = time.process_time()
            said = judge(lines, asked.split, asked.budget)
            seconds = time.process_time() - begun
            good, count, longest = good + (said == "explained"), count + 1, max(longest, seconds)
            if said != "explained":
                name = f"{program.name}, {policy}, seed {seed}, draw {draw}"
                print(f"  {name}: {said}, {seconds:.1f} s", flush=True)
    print(f"{good} of {count} explained, the longest in {longest:.1f} s of the processor")


if __name__ == "__main__":
    main()
