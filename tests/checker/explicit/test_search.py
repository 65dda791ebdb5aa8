"""Searches stop where they are told to, go on from there, and give shortest paths."""

import os
import signal
from collections.abc import Callable

import numpy as np
import pytest

from popcorn_checker.explicit import kernel
from popcorn_checker.explicit import search as engine
from popcorn_checker.explicit.search import Limits, Progress, Search
from support import corners
from support.oracle import Case, summarise_search

LARGE = "desk_slots=2,stamps=2"  # of clerk: 24,655 states


@pytest.fixture(scope="module")
def ring() -> tuple[Case, Search]:
    """A finished search of some size."""
    case = Case.of(corners.ring)
    return case, case.search()


def replay(case: Case, path: list[tuple[int, int]]) -> list[object]:
    """The states of a path, as the evaluator finds them by firing the path's rules."""
    state = case.evaluator.initial()
    states: list[object] = []
    for rule, _ in path:
        after = case.fire(rule, state)
        assert after is not None
        state = after
        states.append(state)
    return states


def test_paths_are_shortest_and_replay(ring: tuple[Case, Search]) -> None:
    case, search = ring
    for i in [*range(0, search.states, 331), search.states - 1]:
        path = search.path(i)
        assert len(path) == search.depth_of(i)
        assert replay(case, path) == [case.decoded(search, k) for _, k in path]


def test_paths_are_found_where_a_search_stopped_between_blocks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine, "CHUNK", 1)
    search = Search(Case.of(corners.ring).program)
    search.reserve(1 << 14)
    search.start()
    while search.expanded < 2 * kernel.BLOCK:
        search._chunk()
    assert search.expanded % kernel.BLOCK == 0
    for i in range(0, search.states, 61):
        assert len(search.path(i)) == search.depth_of(i)


@pytest.mark.parametrize("chunk", [1, 7, 256, 1000])
def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    case = Case.of(corners.post, "calls=2")
    whole = case.search()
    monkeypatch.setattr(engine, "CHUNK", chunk)
    pieces = case.search()
    assert summarise_search(pieces) == summarise_search(whole)
    assert np.array_equal(pieces.log[: whole.states * whole.words],
                          whole.log[: whole.states * whole.words])  # fmt: skip
    last = pieces.states - 1
    assert pieces.path(last) == whole.path(last)


def interrupt(progress: Progress) -> None:
    """Press Ctrl-C."""
    os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize(
    ("limits", "progress", "why"),
    [(Limits(seconds=0), None, "budget"), (Limits(), interrupt, "interrupted")],
    ids=["budget", "interrupted"],
)
def test_a_stopped_search_goes_on(
    monkeypatch: pytest.MonkeyPatch,
    limits: Limits,
    progress: Callable[[Progress], None] | None,
    why: str,
) -> None:
    monkeypatch.setattr(engine, "CHUNK", 5000)
    case = Case.of(corners.clerk, LARGE)
    search = engine.explore(case.program, limits, progress)
    assert (search.complete, search.stopped) == (False, why)
    assert 0 < search.expanded < search.states
    search.run(Limits())
    assert search.complete
    assert summarise_search(search) == summarise_search(case.search())


@pytest.mark.parametrize("chunk", [1, 1 << 17])
def test_a_search_stops_at_a_depth(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(engine, "CHUNK", chunk)
    case = Case.of(corners.post, "calls=2")
    whole = case.search()
    for depth in range(len(whole.levels) - 1):
        search = case.search(Limits(depth=depth))
        assert (search.complete, search.stopped) == (False, "depth")
        assert search.expanded == whole.levels[depth]
        assert search.levels == whole.levels[: depth + 1]
    assert case.search(Limits(depth=len(whole.levels))).complete


def test_memory_stops_a_search_with_whole_counts() -> None:
    case = Case.of(corners.clerk, LARGE)
    search = case.search(Limits(bytes_max=1 << 18))
    assert (search.complete, search.stopped) == (False, "memory")
    known = {row.tobytes() for row in search.log[: search.states].reshape(-1, search.words)}
    assert len(known) == search.states
    found = [w.tobytes() for i in range(search.expanded) for _, w in search.successors(i)]
    assert len(found) == search.transitions
    assert known.issuperset(found)


def test_memory_is_never_exceeded_and_used_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "CHUNK", 500)
    case = Case.of(corners.clerk, LARGE)
    whole = case.search()
    reached = []
    for kilobytes in range(256, 1024, 64):
        limit = kilobytes << 10
        search = Search(case.program)
        search.reserve(1 << 16)
        search.start()
        looks: list[Progress] = []
        search.run(Limits(bytes_max=limit), looks.append)
        assert max(now.bytes_used for now in looks) <= limit
        reached.append(search.states)
        if search.complete:
            assert summarise_search(search) == summarise_search(whole)
    assert reached == sorted(reached), "more memory, more states"
    assert reached[0] < whole.states == reached[-1]


def test_what_the_process_holds_counts_as_memory() -> None:
    search = Search(Case.of(corners.clerk, LARGE).program)
    search.reserve(1 << 16)
    search.start()
    search.bytes_before = 1 << 30
    search.run(Limits(bytes_max=1 << 30))
    assert (search.states, search.stopped) == (1, "memory")


def test_a_second_interrupt_does_not_wait_for_the_chunk() -> None:
    def impatient(now: Progress) -> None:
        interrupt(now)
        with pytest.raises(KeyboardInterrupt):
            interrupt(now)

    before = signal.getsignal(signal.SIGINT)
    search = engine.explore(Case.of(corners.ring).program, progress=impatient)
    assert search.stopped in ("interrupted", "")
    assert signal.getsignal(signal.SIGINT) is before


def test_a_search_stops_at_what_it_was_told_to_find(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "CHUNK", 64)
    case = Case.of(corners.ring)
    search = case.search(Limits(stop_at=frozenset({"visits_are_few"})))
    assert (search.complete, search.stopped) == (False, "found")
    state, _ = search.first_seen()["visits_are_few"]
    assert search.depth_of(state) == 4
    assert not case.evaluator.holds(
        case.program.model.property("visits_are_few"), case.decoded(search, state)
    )


def test_edges_are_the_successors(ring: tuple[Case, Search]) -> None:
    _, search = ring
    target, rule = np.zeros((2, search.transitions), dtype=np.int32)
    offset = np.zeros(search.states + 1, dtype=np.int64)
    count = kernel.edges(
        search.program.tables, search.space, search.scratch(), (0, search.states),
        (target, rule, offset),
    )  # fmt: skip
    assert count == search.transitions == offset[-1]
    for i in range(0, search.states, 101):
        mine = [
            (int(r), search.row(int(t)).tolist())
            for r, t in zip(rule[offset[i] : offset[i + 1]], target[offset[i] : offset[i + 1]],
                            strict=True)
        ]  # fmt: skip
        assert mine == [(r, words.tolist()) for r, words in search.successors(i)]


def test_edges_refuse_an_unfinished_search_and_leave_it_alone() -> None:
    case = Case.of(corners.clerk, LARGE)
    search = case.search(Limits(bytes_max=1 << 18))
    before = search.table.copy()
    target, rule = np.zeros((2, 10 * search.transitions), dtype=np.int32)
    offset = np.zeros(search.states + 1, dtype=np.int64)
    count = kernel.edges(
        search.program.tables, search.space, search.scratch(), (0, search.states),
        (target, rule, offset),
    )  # fmt: skip
    assert count == -1
    assert np.array_equal(search.table, before)
