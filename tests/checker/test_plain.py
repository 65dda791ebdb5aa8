"""The networkx engine counts and finds what the explicit engine does, on every small scope."""

from typing import Any

import networkx as nx
import pytest

from popcorn_checker.checking import Request, check
from popcorn_checker.engines import ENGINES, explore
from popcorn_checker.exploring import Effort, Exploration
from popcorn_model.language import Model, Protocol
from popcorn_model.popcorn_2014 import PROTOCOL as POPCORN_2014
from support import corners, counter, oddities, ownership, protocols
from support.subjects import at_scope


def summary(found: Exploration) -> dict[str, object]:
    """Everything that engines must agree on; properties and faults by their depth."""

    def depth(state: int) -> int:
        return sum(1 for end in found.levels if end <= state)

    return {
        "states": found.states,
        "transitions": found.transitions,
        "histogram": found.histogram,
        "complete": found.complete,
        "seen": {name: depth(state) for name, state in found.seen.items()},
        "fired": dict(found.fired),
        "deadlocks": (found.deadlocks, depth(found.deadlock)),
        "fault": found.fault and (found.fault.kind, depth(found.fault.state), found.fault.count),
    }


def popcorn(parts: str, **settings: str) -> Model:
    """Parts of popcorn-2014 with every repair, then with other switches."""
    return POPCORN_2014.configured("repaired", settings, parts.split(","))


CASES: list[Any] = [
    (corners.ring, "kernels=2"),
    (corners.ring, "kernels=2,hops=0"),
    (corners.post, ""),
    (corners.clerk, "stamps=1"),
    (corners.clerk, "desk_slots=0"),
    *((p, "") for p in (*protocols.SMALL, protocols.leaky, *oddities.ODD)),
    *((oddities.make_stumble(step), "") for step in oddities.STUMBLES),
    *((counter.PROTOCOL.configured(settings={"WAY": way}), "") for way in counter.WAY.values),
    (ownership.PROTOCOL.configured("as-built"), ""),
    (ownership.PROTOCOL.configured("repaired"), ""),
    (popcorn("threads"), "kernels=2,tasks=1,pages=1"),
    (popcorn("threads"), "kernels=2,tasks=2,pages=1,hops=2"),
    (popcorn("threads,lifetime"), "kernels=2,tasks=1,pages=1,hops=2"),
    (popcorn("memory"), "kernels=2,tasks=1,pages=1,vma_ops=0"),
    (popcorn("locks"), "kernels=2,tasks=1,pages=1,lock_rounds=1"),
]


@pytest.mark.parametrize(("model", "scope"), CASES)
def test_engines_agree(model: Protocol | Model, scope: str) -> None:
    subject = at_scope(model, scope)
    drawn = explore(subject, Effort(engine="networkx"))
    assert summary(drawn) == summary(explore(subject, Effort()))
    assert drawn.graph is not None
    assert len(drawn.graph) == drawn.states
    assert drawn.graph.number_of_edges() == drawn.transitions


def test_the_graph_is_that_of_the_evaluator() -> None:
    subject = at_scope(ownership.PROTOCOL.configured("as-built"))
    graph = explore(subject, Effort(engine="networkx")).graph
    assert graph is not None
    assert isinstance(graph, nx.DiGraph)
    for node, data in graph.nodes(data=True):
        expected = set(subject.evaluator.successors(data["state"]))
        steps = {(firing, graph.nodes[j]["state"]) for _, j, firing in graph.edges(node, keys=True)}
        assert steps == expected


def test_parallel_steps_are_transitions_of_their_own() -> None:
    found = explore(at_scope(protocols.swap), Effort(engine="networkx"))
    assert found.graph is not None
    assert nx.DiGraph(found.graph).number_of_edges() < found.transitions


def test_a_verdict_by_any_engine_is_the_same() -> None:
    request = Request("support.ownership", "as-built")
    verdicts = [check(request, Effort(engine=name), liveness=False) for name in ENGINES]
    assert {v.exit_code for v in verdicts} == {12}
    assert len({v.results for v in verdicts}) == 1


# --- limits -------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["evaluator", "networkx"])
def test_limits_end_in_an_honest_unknown(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("popcorn_checker.plain.LOOK", 1)
    request = Request("support.ownership", "repaired")
    spent = check(request, Effort(engine=engine, seconds=0.0), liveness=False)
    assert spent.covered.stopped == "budget"
    small = check(request, Effort(engine=engine, bytes_max=-1), liveness=False)
    assert small.covered.stopped == "memory"
    assert spent.exit_code == small.exit_code == 3


def test_progress_is_reported_and_may_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("popcorn_checker.plain.LOOK", 10)
    seen = []

    def report(now: Any) -> None:
        seen.append((now.expanded, now.states, now.depth))
        if len(seen) == 3:
            raise KeyboardInterrupt

    verdict = check(
        Request("support.ownership", "repaired"), Effort("networkx", report=report), False
    )
    assert [expanded for expanded, _, _ in seen] == [10, 20, 30]
    assert verdict.covered.stopped == "interrupted"
    assert verdict.exit_code == 3
