"""Runs our program on this machine's own Linux and on three kernels, and compares.

Usage: python -m popcorn_reference.programs [seed ...]
"""

import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from popcorn_reference.drivers import single
from popcorn_reference.programs import get_program
from popcorn_reference.running import Ended, Job, Streams

KERNELS: Final = 3
SEEDS: Final = (1, 2, 3)
SAME, DIFFERENT = 0, 12


def run_natively(program: Path) -> tuple[int, bytes] | None:
    """What the program does here: exit code and output; None where it cannot run."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return None
    found = subprocess.run([program], stdout=subprocess.PIPE, check=False, timeout=60)
    return found.returncode, found.stdout


def run_here(program: Path, seed: int) -> tuple[Ended, bytes]:
    """What it does on several kernels, between which its threads migrate."""
    written = bytearray()
    job = Job(program, kernels=KERNELS, seed=seed, quantum=300)
    return single.run(job, Streams(written.extend, written.extend)), bytes(written)


def main(arguments: Sequence[str]) -> int:
    """Compare, and say what came of it."""
    program = get_program()
    native = run_natively(program)
    if native is None:
        print(f"{program.name} cannot run on this machine's own Linux: nothing to compare with")
    else:
        print(f"{program.name} on this machine's own Linux: exit code {native[0]}")
        sys.stdout.write(native[1].decode())
    is_same = True
    for seed in [int(each) for each in arguments] or SEEDS:
        started = time.monotonic()
        ended, written = run_here(program, seed)
        seconds = time.monotonic() - started
        counts = ended.counts
        same = native is None or (ended.code, written) == native
        is_same = is_same and same
        print(
            f"on {KERNELS} kernels, seed {seed}: {'the same' if same else 'DIFFERENT'}; "
            f"{sum(c.migrations for c in counts)} migrations, {sum(c.faults for c in counts)} "
            f"faults, {sum(c.messages for c in counts):,} messages, {seconds:.2f} s"
        )
        if not same:
            sys.stdout.write(written.decode(errors="replace"))
    return SAME if is_same else DIFFERENT


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
