"""State graphs agree with the engines, and what is asked of them with brute force."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import networkx as nx
import pytest

from popcorn_checker.checking import Request, check
from popcorn_checker.errors import InternalError, UsageError
from popcorn_checker.exploring import Effort
from popcorn_checker.graphs import (
    difference,
    part_of,
    predecessors_of,
    shortest_path_to,
    slice_around,
    state_graph,
    states_where,
    trace_of,
)
from popcorn_checker.scopes import ScopeError

Graph = Any

BUILT = Request("support.ownership", "as-built")
FIXED = Request("support.ownership", "repaired", "kernels=3")
POPCORN = Request("popcorn-2014", "as-built", "kernels=2,tasks=2,pages=1,hops=1", ("threads",))
BOTH_OWN = "some j, k in Kernel: j != k and hold[p0,j] = owned and hold[p0,k] = owned"


@pytest.fixture(scope="module")
def built() -> Graph:
    """The graph of the small protocol with its defect."""
    return state_graph(BUILT)


def describe(graph: Graph) -> tuple[set[object], set[object]]:
    """A graph without the numbers of its states, which are those of an engine."""

    def node(i: int) -> tuple[object, ...]:
        data = graph.nodes[i]
        return (data["state"].raw, data["depth"], data["initial"], data["deadlock"],
                data["violates"])  # fmt: skip

    return {node(i) for i in graph}, {
        (node(i), data["action"], data["params"], node(j)) for i, j, data in graph.edges(data=True)
    }


@pytest.mark.parametrize("request_", [BUILT, FIXED, POPCORN])
def test_both_engines_make_one_graph(request_: Request) -> None:
    graph = state_graph(request_)
    assert describe(graph) == describe(state_graph(request_, Effort("networkx")))
    verdict = check(request_, Effort(), liveness=False)
    assert (len(graph), graph.number_of_edges()) == (
        verdict.covered.states, verdict.covered.transitions,
    )  # fmt: skip
    stuck = verdict.result("deadlock")
    assert stuck is not None
    assert stuck.failed == any(data["deadlock"] for _, data in graph.nodes(data=True))
    broken = {r.name for r in verdict.results if r.failed and r.mood == "always"}
    named = {name for data in graph.nodes.values() for name in data["violates"].split(", ")}
    assert named - {""} == broken


def test_depths_are_distances(built: Graph) -> None:
    expected = nx.single_source_shortest_path_length(nx.DiGraph(built), 0)
    assert dict(built.nodes(data="depth")) == expected


def test_shortest_paths(built: Graph) -> None:
    for predicate in ("not one_holder", BOTH_OWN, "away", "at[t0,k0]", "inbox[k1] holds revoke"):
        path = shortest_path_to(built, predicate)
        assert path is not None
        assert all(built.has_edge(*edge) for edge in path)
        assert [i for i, _, _ in path[1:]] == [j for _, j, _ in path[:-1]]
        found = states_where(built, predicate)
        assert len(path) == min(built.nodes[i]["depth"] for i in found)
        assert (path[-1][1] if path else 0) in found
    assert shortest_path_to(built, "at[t0,k0] and at[t0,k1]") is None


def test_a_path_is_the_trace_of_the_verdict(built: Graph) -> None:
    path = shortest_path_to(built, "not one_holder")
    assert path is not None
    trace = trace_of(built, path, "two hold it")
    result = check(BUILT, Effort(), liveness=False).result("one_holder")
    assert result is not None
    assert (trace.length, trace.reason) == (result.length, "two hold it")
    assert trace.states[-1] == dict(built.nodes[path[-1][1]]["state"])
    with pytest.raises(InternalError):
        trace_of(built, path[1:])


def test_predecessors(built: Graph) -> None:
    for predicate in ("not one_holder", "away and hold[p0,k1] = owned", "quiet"):
        targets = set(states_where(built, predicate))
        distances = predecessors_of(built, predicate)
        expected = set(targets).union(*(nx.ancestors(built, i) for i in targets))
        assert set(distances) == expected
        for i, steps in distances.items():
            lengths = nx.single_source_shortest_path_length(built, i)
            assert steps == min(lengths[j] for j in targets if j in lengths)
    assert predecessors_of(built, "false") == {}


def test_deadlocks_can_be_asked_for() -> None:
    whole = state_graph(FIXED)
    stuck = states_where(whole, "deadlock")
    assert stuck == [i for i in whole if not whole.out_degree(i) and not ends(whole, i)]
    assert slice_around(FIXED, "deadlock", 0).graph["start"] == stuck[0]
    assert min(predecessors_of(whole, "deadlock")) == 0
    with pytest.raises(UsageError, match="has deadlock"):
        slice_around(BUILT, "deadlock", 1)


def ends(graph: Graph, i: int) -> bool:
    """A run may end in a state: nothing travels and nobody is served."""
    state = graph.nodes[i]["state"]
    waiting = any(state[f"inbox[{k}]"] for k in ("k0", "k1", "k2"))
    return state["serving[p0]"] is None and not waiting


def test_parts_are_what_networkx_says(built: Graph) -> None:
    part = part_of(built, [7, 3, 0, 1, 2])
    assert list(part) == [0, 1, 2, 3, 7]
    assert nx.utils.graphs_equal(part, built.subgraph([0, 1, 2, 3, 7]))
    path = shortest_path_to(built, "not one_holder")
    assert path is not None
    way = part_of(built, [0, *(j for _, j, _ in path)], path)
    assert nx.utils.graphs_equal(way, built.edge_subgraph(path))


# --- slices and limits --------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["explicit", "networkx"])
@pytest.mark.parametrize("radius", [0, 1, 3])
def test_slices(radius: int, engine: str) -> None:
    whole = state_graph(BUILT, Effort(engine))
    centre = states_where(whole, "away and hold[p0,k1] = owned")[0]
    after = nx.single_source_shortest_path_length(whole, centre, cutoff=radius)
    before = nx.single_source_shortest_path_length(whole.reverse(), centre, cutoff=radius)
    part = slice_around(BUILT, "away and hold[p0,k1] = owned", radius, effort=Effort(engine))
    expected = whole.subgraph({*after, *before})
    assert describe(part) == describe(expected)
    assert part.graph["start"] == centre
    assert shortest_path_to(part, "away and hold[p0,k1] = owned") == []
    assert trace_of(part, []).length == whole.nodes[centre]["depth"]
    for path in steps_from(part, centre):
        assert trace_of(part, path).length == whole.nodes[centre]["depth"] + len(path)


def steps_from(graph: Graph, i: int) -> Iterator[list[Any]]:
    """Each step from a state, as a path."""
    yield from ([edge] for edge in graph.out_edges(i, keys=True))


@pytest.mark.parametrize("engine", ["explicit", "networkx"])
def test_limits(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("popcorn_checker.plain.LOOK", 1)
    assert len(state_graph(BUILT, Effort(engine), states_max=86)) == 86
    with pytest.raises(ScopeError, match="more than 85 states, the limit of a graph") as caught:
        state_graph(BUILT, Effort(engine), states_max=85)
    assert "--around PREDICATE --radius N" in str(caught.value)
    with pytest.raises(ScopeError, match="more than 4 states lie within 3 steps"):
        slice_around(BUILT, "away", 3, 4, Effort(engine))


def test_what_makes_no_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("popcorn_checker.plain.LOOK", 1)
    with pytest.raises(ScopeError, match=r"ended after \d+ states at the limit of its time"):
        state_graph(BUILT, Effort("networkx", seconds=0.0))
    with pytest.raises(ScopeError, match="limit of its memory"):
        state_graph(BUILT, Effort("networkx", bytes_max=-1))
    with pytest.raises(UsageError, match="evaluator engine makes no graph"):
        state_graph(BUILT, Effort("evaluator"))
    with pytest.raises(UsageError, match="none of the 86 states of this scope has false"):
        slice_around(BUILT, "false", 1)


# --- differences --------------------------------------------------------------------------------


def readable(graph: Graph) -> tuple[dict[int, Any], set[Any]]:
    """States by their cells alone, and steps between such states."""
    shown = {i: tuple(sorted(map(str, data["state"].items()))) for i, data in graph.nodes.items()}
    steps = {
        (shown[i], data["action"], data["params"], shown[j])
        for i, j, data in graph.edges(data=True)
    }
    return dict(shown), steps


def test_differences(built: Graph) -> None:
    other = state_graph(Request("support.ownership", "repaired"))
    found = difference(built, other)
    (here, mine), (there, theirs) = readable(built), readable(other)
    assert set(found.states) == {i for i in here if here[i] not in set(there.values())}
    assert found.states == tuple(sorted(found.states))
    named = {
        (here[i], built.edges[i, j, key]["action"], built.edges[i, j, key]["params"], here[j])
        for i, j, key in found.steps
    }
    assert named == mine - theirs
    assert {built.edges[edge]["action"] for edge in found.partings} == {"give"}
    assert all(here[i] in set(there.values()) for i, _, _ in found.partings)
    assert set(states_where(built, "not one_holder")) <= set(found.states)
    back = difference(other, built)
    assert (back.states, back.steps) == ((), ()), "the repair only forbids"


def test_a_cell_that_one_variant_never_writes_counts_with_its_start() -> None:
    off = state_graph(POPCORN)
    on = state_graph(replace(POPCORN, settings={"member_count": "on"}))
    extra = set(on.nodes[0]["state"]) - set(off.nodes[0]["state"])
    assert extra == {f"counted[{t}]" for t in ("t0", "t1")}
    still = {i for i, data in on.nodes.items() if not any(data["state"][c] for c in extra)}
    assert 0 < len(still) < len(on)
    found = difference(on, off)
    assert set(on) - still <= set(found.states)
    assert 0 not in found.states


def test_what_cannot_be_compared(built: Graph) -> None:
    with pytest.raises(UsageError, match="protocol and scope must be the same"):
        difference(built, state_graph(FIXED))
    with pytest.raises(UsageError, match="protocol and scope must be the same"):
        difference(built, state_graph(Request("support.counter", settings={"WAY": "stay"})))
