"""No kernel lets a program see what the shared memory of one machine would not have shown it.

What x86-TSO forbids is never seen. Nor is what it allows beyond sequential consistency, although a
machine with several processors shows that: one that runs threads of one kernel one at a time, and
takes a page from all others before it writes to it, has nothing left that could be late.
"""

import os
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

import pytest

from popcorn_model.vocabulary import Access, Parcel
from popcorn_reference.drivers import processes
from popcorn_reference.drivers.simulation import Settings
from popcorn_reference.member import Member
from popcorn_reference.messages import Gave, Recall
from popcorn_reference.outputs import Note, Output, Send
from popcorn_reference.running import Job
from support.guests import BUDGET, Run
from support.litmus import TESTS, Litmus, Outcome, explore, spread
from support.litmus_programs import (
    LAYOUTS,
    Rounds,
    build,
    read_histogram,
    read_rounds,
    write_assembly,
)
from support.programs_mini import running
from support.tools import require_native

ROUNDS: Final = 100
SETTINGS: Final = tuple(
    Settings(kernels, seed, quantum, policy, budget=1_000_000)
    for seed, (kernels, quantum, policy) in enumerate(
        ((2, 20, "always"), (3, 7, "random"), (4, 1, "random"), (3, 3, "always"), (4, 20, "never"))
    )
)
"""At least a thousand rounds: each of them with each layout."""
NATIVE_ROUNDS: Final = 150
NATIVE_HOPPING_ROUNDS: Final = 50
EMULATED_ROUNDS: Final = 60
PIPE_BYTES: Final = 1 << 16

STALE: Final = ("MP", "SB-fences", "SB-locked", "IRIW", "CoRR", "CoWW")
"""Tests in which a reader that keeps its copy is found out."""
LOST: Final = ("2+2W", "CoRW", "increments")
"""Tests in which a writer that keeps its copy is found out."""
RELAXED: Final = ("SB", "forwarding")
"""Tests with an outcome that x86 allows and sequential consistency does not."""

each_test = pytest.mark.parametrize("test", TESTS, ids=lambda test: test.name)


def simulate(
    test: Litmus, prepare: Callable[[Rounds], None] = lambda rounds: None
) -> Iterator[Counter[Outcome]]:
    """How often the small machine has each outcome, wherever variables and threads are."""
    for layout in LAYOUTS:
        rounds = Rounds(test, ROUNDS, layout)
        prepare(rounds)
        for settings in SETTINGS:
            result = running.run(write_assembly(rounds, settings.kernels), settings)
            assert result.status == 0, result.reports
            yield read_rounds(rounds, result.output)


def judge(test: Litmus, found: Counter[Outcome], rounds: int) -> None:
    """Fails if something was seen that sequential consistency does not permit."""
    seen = {test.say(outcome): times for outcome, times in found.items()}
    assert found.total() == rounds
    assert not [o for o in found if test.matches(o, test.forbidden)], seen
    assert not [o for o in found if test.matches(o, test.relaxed)], seen
    assert found.keys() <= explore(test, is_buffered=False), seen


def find(name: str) -> Litmus:
    """A test by its name."""
    return next(test for test in TESTS if test.name == name)


# --- what is stated ------------------------------------------------------------------------------


@each_test
def test_what_is_stated_is_what_the_models_permit(test: Litmus) -> None:
    sequential, total = explore(test, is_buffered=False), explore(test, is_buffered=True)
    assert sequential <= total
    assert not [o for o in total if test.matches(o, test.forbidden)]
    assert total - sequential == {o for o in total if test.matches(o, test.relaxed)}
    assert all(test.matches(o, test.allowed) for o in sequential)
    for statement in (*test.allowed, *test.relaxed):
        assert [o for o in total if test.matches(o, (statement,))], statement


def test_x86_allows_more_than_sequential_consistency_in_two_tests() -> None:
    assert [test.name for test in TESTS if test.relaxed] == list(RELAXED)


# --- what is seen --------------------------------------------------------------------------------


@pytest.mark.slow    # 2 s each: a thousand rounds in Python
@each_test
def test_the_small_machine_is_sequentially_consistent(test: Litmus) -> None:
    found = sum(simulate(test), Counter[Outcome]())
    judge(test, found, ROUNDS * len(SETTINGS) * len(LAYOUTS))
    assert found.keys() == explore(test, is_buffered=False)


@pytest.mark.tool("musl-gcc")
@each_test
def test_emulated_processors_are_sequentially_consistent(test: Litmus) -> None:
    found: Counter[Outcome] = Counter()
    for seed, (layout, each) in enumerate(zip(LAYOUTS, (test, spread(test)), strict=True)):
        rounds = Rounds(each, EMULATED_ROUNDS, layout)
        settings = Settings(kernels=3, seed=seed, quantum=200, budget=BUDGET)
        with Run(build(rounds), settings) as run:
            found.update(read_histogram(rounds, run.finish().output))
    judge(test, found, EMULATED_ROUNDS * len(LAYOUTS))
    assert len(found) > 1


@pytest.mark.rest  # up to 3 s each
@pytest.mark.tool("musl-gcc")
@each_test
def test_native_processors_are_sequentially_consistent(test: Litmus) -> None:
    judge_natively(test, NATIVE_ROUNDS, NATIVE_HOPPING_ROUNDS)


@pytest.mark.rest    # about 25 s each
@pytest.mark.tool("musl-gcc")
@each_test
def test_native_processors_are_so_thousands_of_times(test: Litmus) -> None:
    judge_natively(test, 10 * NATIVE_ROUNDS, 10 * NATIVE_HOPPING_ROUNDS)


def judge_natively(test: Litmus, staying: int, hopping: int) -> None:
    """So many rounds of threads that stay where they are, and of threads that change places."""
    require_native()
    found: Counter[Outcome] = Counter()
    for kernels, rounds in (
        (2, Rounds(test, staying, LAYOUTS[1])),
        (3, Rounds(spread(test), hopping, LAYOUTS[0])),
    ):
        found.update(read_histogram(rounds, run_natively(rounds, kernels)))
    judge(test, found, staying + hopping)
    assert len(found) > 1


def run_natively(rounds: Rounds, kernels: int) -> bytes:
    """What the program in C prints on native processors, each in a process of its own."""
    job = Job(build(rounds), kernels=kernels, quantum=1000, policy="never", processor="native")
    end, start = os.pipe()
    try:
        ended = processes.run(job, "unix", (start, None))
    finally:
        os.close(start)
        with open(end, "rb") as file:
            printed = file.read(PIPE_BYTES)
    assert ended.status == 0, ended.reports
    assert sum(counts.messages for counts in ended.counts) > 10 * rounds.rounds
    return printed


@pytest.mark.tool("musl-gcc")
@each_test
def test_linux_itself_stays_within_the_model_of_x86(test: Litmus) -> None:
    rounds = Rounds(test, NATIVE_ROUNDS)
    run = subprocess.run([build(rounds)], check=True, capture_output=True, timeout=60)
    found = read_histogram(rounds, run.stdout)
    assert found.total() == NATIVE_ROUNDS
    assert found.keys() <= explore(test, is_buffered=True)


# --- what wrong kernels show ---------------------------------------------------------------------

Hear = Callable[[Member, Recall], Iterator[Output]]


def keep(access: Access, pages: range) -> Hear:
    """A kernel that says that it has given way on some pages, and keeps its copy as it is."""
    right = Member.hear_recall

    def hear(self: Member, recall: Recall) -> Iterator[Output]:
        if recall.page not in pages or self.access(recall.page) is not access:
            yield from right(self, recall)
            return
        data = b""
        if access is Access.WRITE and not self.is_origin:
            data = bytes(self.memory.page(recall.page))
        yield Note("give", (("process", self.process), ("page", recall.page)))
        parcel = Parcel.DATA if data else Parcel.EMPTY
        yield Send(self.origin, Gave(self.process, recall.page, parcel, data))

    return hear


def is_seen(statements: tuple[str, ...], test: Litmus, wrong: Access) -> bool:
    """Whether kernels that do not give way on the pages of variables show what is stated."""
    with pytest.MonkeyPatch.context() as patch:

        def prepare(rounds: Rounds) -> None:
            patch.undo()
            patch.setattr(Member, "hear_recall", keep(wrong, rounds.variable_pages))

        return any(
            test.matches(outcome, statements)
            for found in simulate(test, prepare)
            for outcome in found
        )


@pytest.mark.parametrize("name", STALE)
def test_readers_that_keep_their_copy_are_found_out(name: str) -> None:
    test = find(name)
    assert is_seen(test.forbidden, test, Access.READ)


@pytest.mark.parametrize("name", LOST)
def test_writers_that_keep_their_copy_are_found_out(name: str) -> None:
    test = find(name)
    assert is_seen(test.forbidden, test, Access.WRITE)


@pytest.mark.parametrize("name", RELAXED)
def test_stale_copies_look_like_what_only_x86_allows(name: str) -> None:
    test = find(name)
    assert is_seen(test.relaxed, test, Access.READ)
