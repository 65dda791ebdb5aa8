"""Bounded model checking finds what the explicit engine finds, at the same distance."""

import pytest

from popcorn_checker.engines import explore
from popcorn_checker.exploring import Effort, Subject
from popcorn_checker.patience import SPENT, Patience
from popcorn_checker.symbolic.answers import Task
from popcorn_checker.symbolic.bmc import unroll
from popcorn_checker.verdict import DEADLOCK_CHECK, FAULT_CHECK
from popcorn_model.examples import directory
from popcorn_model.language import Model, Protocol
from support import corners, oddities, protocols
from support.command import invoke
from support.subjects import at_scope

DIRECTORY = "popcorn_model.examples.directory"


def task(depth: int, *only: str, seconds: float | None = None) -> Task:
    return Task(depth, Patience.of(seconds), frozenset(only))


def distances(case: Subject) -> dict[str, int]:
    """How far away the explicit engine finds each thing."""
    found = explore(case, Effort())
    assert found.complete
    states = dict(found.seen)
    if found.deadlock >= 0:
        states[DEADLOCK_CHECK] = found.deadlock
    if found.fault is not None:
        states[FAULT_CHECK] = found.fault.state
    return {n: sum(1 for end in found.levels if end <= state) for n, state in states.items()}


@pytest.mark.parametrize(
    ("protocol", "scope"),
    [
        (directory.PROTOCOL.configured("as-built"), "kernels=3"),
        (corners.ring, "kernels=2"),
        (corners.post, "calls=2"),
        (corners.clerk, "flag_slots=0"),
        *((p, "") for p in (*protocols.SMALL, protocols.leaky, *oddities.ODD)),
        *((oddities.make_stumble(step), "") for step in oddities.STUMBLES),
    ],
    ids=lambda x: getattr(x, "name", getattr(x, "protocol", x)),
)
def test_what_is_found_is_as_far_away(protocol: Protocol | Model, scope: str) -> None:
    case, depth = at_scope(protocol, scope), 7
    expected = {name: n for name, n in distances(case).items() if n <= depth}
    found = unroll(case, task(depth))
    assert {name: len(run) for name, run in found.runs.items()} == expected
    assert not found.stopped


def test_a_search_that_reaches_the_end_of_all_runs_decides_everything() -> None:
    case = at_scope(protocols.tolls)
    longest = max(distances(case).values(), default=0)
    found = unroll(case, task(40))
    assert found.refuted >= longest
    assert FAULT_CHECK in found.never
    assert set(found.never).isdisjoint(found.runs)


def test_a_budget_ends_the_search_where_it_is() -> None:
    found = unroll(at_scope(directory.PROTOCOL.configured("repaired")), task(60, seconds=1.5))
    assert found.stopped == SPENT
    assert 0 <= found.refuted < 60


def test_the_command_says_how_deep_it_looked_and_that_this_decides_nothing() -> None:
    done = invoke("check", DIRECTORY, "--variant", "repaired", "--engine", "bmc", "--depth", "3")
    assert done.code == 3
    assert "all runs of up to 3 steps" in done.out
    assert "no run of up to 3 steps decides fault, deadlock, one_writer" in done.out


def test_a_counterexample_is_a_trace_like_any_other() -> None:
    ask = ("check", DIRECTORY, "--variant", "as-built", "--property", "the_origin_knows")
    explicit = invoke(*ask)
    bounded = invoke(*ask, "--engine", "bmc", "--depth", "12")
    assert explicit.code == bounded.code == 12
    for done in (explicit, bounded):
        assert "violated in 12 steps  the_origin_knows" in done.out
        assert "  12  " in done.out


@pytest.mark.parametrize(
    "misfit",
    [
        ("--symmetry", "all"), ("--checkpoint", "saved"), ("--resume",), ("--memory", "1G"),
        ("--vacuity", "strict"), ("--explain-growth",),
    ],
)  # fmt: skip
def test_what_is_about_visited_states_is_refused(misfit: tuple[str, ...]) -> None:
    done = invoke("check", DIRECTORY, "--engine", "bmc", *misfit)
    assert done.code == 2
    assert misfit[0] in done.err
    assert "visits none" in done.err


def test_a_depth_is_refused_where_all_states_are_visited() -> None:
    done = invoke("check", DIRECTORY, "--depth", "3")
    assert done.code == 2
    assert "--depth is for bmc, induction, pdr" in done.err
