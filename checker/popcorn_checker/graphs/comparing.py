"""What one variant of a protocol can do and another cannot: states and steps, nearest first.

Two states are the same when all their cells are; how much of a budget is left does not matter.
A cell that nothing writes in one of the variants counts there with its start value. A step is the
same when it leads between the same states by the same action with the same parameters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from popcorn_checker.errors import UsageError
from popcorn_checker.evaluate import Evaluator, State
from popcorn_checker.exploring import Subject
from popcorn_checker.graphs.asking import Edge
from popcorn_checker.graphs.cells import Family, families_of
from popcorn_model.language import expr as e

if TYPE_CHECKING:
    from networkx import MultiDiGraph

    Graph = MultiDiGraph[int]

@dataclass(frozen=True)
class Difference:
    """What the first graph has and the second lacks, nearest first.

    ``partings`` are the steps among ``steps`` that leave a state which both have.
    """

    states: tuple[int, ...]
    steps: tuple[Edge, ...]
    partings: tuple[Edge, ...]


def difference(graph: Graph, other: Graph) -> Difference:
    """The states and steps of one graph that the other lacks.

    Raises: UsageError when the graphs are of different protocols or scopes. Cost: both graphs.
    """
    one, two = (_subject(g).evaluator for g in (graph, other))
    if one.model.protocol != two.model.protocol or dict(one.scope.entries) != dict(
        two.scope.entries
    ):
        raise UsageError(
            f"{one.model.protocol} at {one.scope} and {two.model.protocol} at {two.scope} cannot "
            "be compared: protocol and scope must be the same"
        )
    families = _families((one, two))
    here, there = _states(graph, one, families), _states(other, two, families)
    known = set(there.values())
    taken = {
        (there[i], firing, there[j]) for i, j, firing in other.edges(keys=True)
    }  # fmt: skip
    edges: list[Edge] = sorted(graph.edges(keys=True), key=lambda edge: edge[:2])
    steps = [
        (i, j, firing) for i, j, firing in edges if (here[i], firing, here[j]) not in taken
    ]  # fmt: skip
    return Difference(
        tuple(i for i in sorted(graph) if here[i] not in known),
        tuple(steps),
        tuple(edge for edge in steps if here[edge[0]] in known),
    )


def _subject(graph: Graph) -> Subject:
    subject: Subject = graph.graph["subject"]
    return subject


def _families(evaluators: Iterable[Evaluator]) -> dict[str, Family]:
    """The state variables and queues that either model has, by name."""
    return {f.name: f for ev in evaluators for f in families_of(ev.model)}


def _states(
    graph: Graph, evaluator: Evaluator, families: Mapping[str, Family]
) -> dict[int, State]:
    """For each node the values of all cells of these families, in one order for both graphs."""
    own = _families([evaluator])
    places = list(_places(evaluator, own, families))
    raws = ((i, graph.nodes[i]["state"].raw) for i in graph)
    return {
        i: tuple(raw[place] if place >= 0 else value for place, value in places)
        for i, raw in raws
    }  # fmt: skip


def _places(
    evaluator: Evaluator, own: Mapping[str, Family], families: Mapping[str, Family]
) -> Iterator[tuple[int, Any]]:
    """For each cell its place, or -1 and the value that it keeps here."""
    for name, family in sorted(families.items()):
        mine = own.get(name)
        for index in product(*(range(evaluator.scope.size(s)) for s in family.index)):
            if mine is not None:
                yield evaluator.slot[mine, index], None
            elif isinstance(family, e.QueueInfo):
                yield -1, ()
            else:
                env = dict(zip(family.params, index, strict=True))
                yield -1, evaluator.value(family.start, (), env)
