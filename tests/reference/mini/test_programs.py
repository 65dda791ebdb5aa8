"""Whole programs do the same on the small machine wherever their threads are."""

import pytest

from popcorn_reference.drivers.simulation import Settings
from support.programs_mini import PROGRAMS
from support.programs_mini.running import Program, run
from support.programs_mini.threads import COUNT, MUTEX


@pytest.mark.parametrize("kernels", [1, 3])
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_a_program_does_the_same_wherever_its_threads_are(program: Program, kernels: int) -> None:
    for seed in range(6):
        policy = ("random", "always", "never")[seed % 3]
        settings = Settings(kernels, seed, quantum=40, policy=policy, budget=100_000)
        result = run(program.text, settings)
        assert (result.status, result.output) == (program.status, program.output), settings


@pytest.mark.parametrize(
    ("program", "right", "careless"),
    [
        (COUNT, "xadd8 r4, [r2]", "ld8 r4, [r2]\n addi r4, r4, 1\n st8 r4, [r2]"),
        (MUTEX, "cmpxchg4 r4, r5, [r10]", "movi r4, 0"),
    ],
    ids=["count", "mutex"],
)
def test_a_careless_program_is_found_out(program: Program, right: str, careless: str) -> None:
    assert right in program.text
    text = program.text.replace(right, careless)
    outputs = {run(text, Settings(seed=seed, quantum=40)).output for seed in range(6)}
    assert outputs - {program.output}


def test_a_run_can_be_repeated() -> None:
    first, second, other = (run(MUTEX.text, Settings(seed=seed)).trace_hash for seed in (1, 1, 2))
    assert first == second != other
