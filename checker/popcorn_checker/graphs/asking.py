"""Questions to a state graph: where something holds, how to get there, from where one can."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from popcorn_checker.evaluate import Firing
from popcorn_checker.exploring import Subject
from popcorn_checker.graphs.predicates import parse_predicate
from popcorn_checker.trace import Trace
from popcorn_checker.tracing import Claim, make_trace
from popcorn_checker.verdict import DEADLOCK_CHECK

if TYPE_CHECKING:
    from networkx import MultiDiGraph

    Graph = MultiDiGraph[int]

Edge = tuple[int, int, Firing]
Predicate = str | Callable[[Mapping[str, object]], bool]


def states_where(graph: Graph, predicate: Predicate) -> list[int]:
    """The states that have the predicate, nearest to the protocol's start first.

    Raises: UsageError for a text that is no predicate. Cost: one evaluation a state.
    """
    return sorted(_hits(graph, predicate))


def _hits(graph: Graph, predicate: Predicate) -> Iterator[int]:
    if callable(predicate):
        yield from (i for i in graph if predicate(graph.nodes[i]["state"]))
        return
    if predicate == DEADLOCK_CHECK:
        yield from (i for i in graph if graph.nodes[i]["deadlock"])
        return
    subject: Subject = graph.graph["subject"]
    formula = parse_predicate(predicate, subject.model, subject.scope)
    evaluator = subject.evaluator
    for i in graph:
        if evaluator.value(formula, graph.nodes[i]["state"].raw, {}):
            yield i


def shortest_path_to(graph: Graph, predicate: Predicate) -> list[Edge] | None:
    """A shortest way from the graph's start to a state that has the predicate.

    Edges as networkx names them: from, to, key. Of equally short ways it is the first by the
    numbers of states. None when no such state can be reached. Raises and cost: as `states_where`.
    """
    return _path(graph, set(_hits(graph, predicate)))


def path_to(graph: Graph, i: int) -> list[Edge]:
    """A shortest way from the graph's start to a state that can be reached from it."""
    path = _path(graph, {i})
    assert path is not None, f"state {i} cannot be reached"
    return path


def _path(graph: Graph, targets: set[int]) -> list[Edge] | None:
    start: int = graph.graph["start"]
    came: dict[int, Edge | None] = {start: None}
    queue = deque([start])
    while queue:
        i = queue.popleft()
        if i in targets:
            return _back(came, i)
        for edge in sorted(graph.out_edges(i, keys=True), key=lambda edge: edge[1]):
            if edge[1] not in came:
                came[edge[1]] = edge
                queue.append(edge[1])
    return None


def _back(came: Mapping[int, Edge | None], i: int) -> list[Edge]:
    path: list[Edge] = []
    while (edge := came[i]) is not None:
        path.append(edge)
        i = edge[0]
    return path[::-1]


def predecessors_of(graph: Graph, predicate: Predicate) -> dict[int, int]:
    """All states from which one with the predicate can be reached, and in how few steps.

    The states that have it count too, with 0. Raises and cost: as `states_where`.
    """
    distance = dict.fromkeys(sorted(_hits(graph, predicate)), 0)
    queue = deque(distance)
    while queue:
        i = queue.popleft()
        for j in sorted(graph.predecessors(i)):
            if j not in distance:
                distance[j] = distance[i] + 1
                queue.append(j)
    return distance


def part_of(
    graph: Graph, nodes: Iterable[int], edges: Iterable[Edge] | None = None
) -> Graph:
    """A graph of these states and of these steps, or of all steps between them.

    Unlike a view of networkx it has its states in order, so that a file of it is always the same.
    """
    chosen = sorted(set(nodes))
    inside = set(chosen)
    part: Graph = graph.__class__(**graph.graph)
    part.add_nodes_from((i, graph.nodes[i]) for i in chosen)
    every = (e for i in chosen for e in graph.out_edges(i, keys=True)) if edges is None else edges
    for i, j, key in every:
        if j in inside:
            part.add_edge(i, j, key=key, **graph.edges[i, j, key])
    return part


def trace_of(graph: Graph, path: Sequence[Edge], reason: str = "") -> Trace:
    """A path from the graph's start as a trace, which always begins where the protocol does.

    Raises: InternalError when the evaluator does not take the path's steps.
    """
    subject: Subject = graph.graph["subject"]
    run = [*graph.graph["way"]]
    run += [(firing, graph.nodes[j]["state"].raw) for _, j, firing in path]
    return make_trace(subject.evaluator, run, Claim(reason=reason))
