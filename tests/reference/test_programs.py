"""Programs do here what Linux has them do, however they are cut into slices and moved about."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from popcorn_model.vocabulary import Access
from popcorn_reference.drivers.simulation import POLICIES, Settings
from support.coherence import Coherence
from support.guests import BUDGET, DRIVERS, GUESTS, PROCESSORS, Run, build, run_natively
from support.pairwise import make_sample
from support.tools import require_native

pytestmark = pytest.mark.tool("musl-gcc")

VALUES: Final[Mapping[str, tuple[object, ...]]] = {
    "program": tuple(GUESTS),
    "seed": (0, 1, 2, 3, 4, 5),
    "kernels": (1, 2, 3, 4, 5),
    "quantum": (1, 7, 100, 3000, 50_000),
    "policy": tuple(POLICIES),
    "processors": tuple(PROCESSORS),
    "driver": tuple(DRIVERS),
}
RUNS_MAX: Final = 150
LEAST_OF_PROCESSES: Final = 1000
"""Units: instructions. With shorter slices processes do little but talk to each other."""
COHERENT: Final = ("counter", "rwlock", "mapping", "forkwait", "allocator", "hopping", "forking")
ROOT: Final = Path(__file__).resolve().parents[2]


def is_short(row: Mapping[str, Any]) -> bool:
    """Whether a run is over soon: with short slices, and a move after each, few programs are."""
    least = GUESTS[row["program"]] if "program" in row else min(GUESTS.values())
    if row.get("policy") == "always" and row.get("kernels", 2) > 1 and least > 1:
        least *= 10
    if row.get("driver", "simulation") != "simulation":
        least = max(least, LEAST_OF_PROCESSES)
    return bool(row.get("quantum", least) >= least)


SAMPLE: Final = make_sample(VALUES, is_short)


def test_the_sample_is_small() -> None:
    assert len(SAMPLE) <= RUNS_MAX


@pytest.mark.parametrize("row", SAMPLE, ids=lambda row: "-".join(map(str, row.values())))
def test_a_program_does_what_it_does_natively(row: Mapping[str, Any]) -> None:
    if row["processors"] != "emulated":
        require_native()
    program = build(row["program"])
    settings = Settings(row["kernels"], row["seed"], row["quantum"], row["policy"], BUDGET)
    result = DRIVERS[row["driver"]](program, settings, row["processors"])
    native = run_natively(program)
    assert result == native, f"{result}; natively {native}"


@pytest.mark.parametrize("name", GUESTS)
def test_each_program_does_what_it_does_natively(name: str) -> None:
    program = build(name)
    with Run(program, Settings(seed=5, budget=BUDGET)) as run:
        result = run.finish()
        assert result == run_natively(program), run.reports
    assert run.simulation.nodes[0].counts.migrations > 0


@pytest.mark.tool("gcc")
@pytest.mark.parametrize("name", ["hello", "counter", "forkwait", "once_tls"])
def test_programs_of_another_library(name: str) -> None:
    program = build(name, "gcc")
    with Run(program, Settings(seed=1, budget=BUDGET)) as run:
        result, native = run.finish(), run_natively(program)
    assert result == native, run.reports


# --- the same again ------------------------------------------------------------------------------


def trace(seed: int) -> str:
    """The hash of a run."""
    with Run(build("counter"), Settings(seed=seed, quantum=300)) as run:
        run.finish()
        return run.simulation.trace_hash


def test_a_run_is_repeated_by_its_seed() -> None:
    assert trace(3) == trace(3)


def test_another_seed_is_another_run() -> None:
    assert len({trace(seed) for seed in range(4)}) == 4


def test_a_run_is_the_same_in_any_process() -> None:
    code = (
        "from support.guests import Run, build\n"
        "from popcorn_reference.drivers.simulation import Settings\n"
        "with Run(build('counter'), Settings(seed=3, quantum=300)) as run:\n"
        "    run.finish()\n"
        "    print(run.simulation.trace_hash)\n"
    )
    paths = [str(ROOT / each) for each in ("model", "reference", "tests")]
    for number in ("0", "1", "77"):
        environment = {
            **os.environ, "PYTHONHASHSEED": number, "PYTHONPATH": os.pathsep.join(paths)
        }  # fmt: skip
        output = subprocess.check_output([sys.executable, "-c", code], env=environment, text=True)
        assert output.strip() == trace(3)


# --- copies --------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["random", "always"])
@pytest.mark.parametrize("name", COHERENT)
def test_copies_agree_after_every_step(name: str, policy: str) -> None:
    settings = Settings(kernels=4, seed=9, quantum=2000, policy=policy, budget=BUDGET)
    with Run(build(name), settings) as run:
        watch = Coherence(run.simulation)
        run.finish()
    assert watch.compared > 100
    assert len(watch.writers) > 1


def test_a_copy_that_differs_is_noticed() -> None:
    with Run(build("counter"), Settings(kernels=3, seed=1, budget=BUDGET)) as run:
        watch = Coherence(run.simulation)
        while watch.compared < 50:
            run.simulation.step()
        members = [node.kernel.members[1] for node in run.simulation.nodes[:2]]
        both = members[0].copies.keys() & members[1].copies.keys()
        members[1].memory.page(min(both))[0] ^= 1
        with pytest.raises(AssertionError, match="differ"):
            run.finish()


def test_a_writer_too_many_is_noticed() -> None:
    with Run(build("counter"), Settings(kernels=3, seed=1, budget=BUDGET)) as run:
        watch = Coherence(run.simulation)
        while not watch.writers - {0}:
            run.simulation.step()
        copies = [node.kernel.members[1].copies for node in run.simulation.nodes[:2]]
        for page in copies[1]:
            copies[0][page] = copies[1][page] = Access.WRITE
        with pytest.raises(AssertionError, match="may write what kernels"):
            run.finish()
