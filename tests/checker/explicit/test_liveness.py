"""Liveness: known answers under each fairness, and agreement with a plain second opinion."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import networkx as nx
import pytest

from popcorn_checker.evaluate import Evaluator, State
from popcorn_checker.explicit.liveness import Lasso, StateGraph, refute
from popcorn_checker.scopes import make_scope
from popcorn_model.language import Fair, Model
from popcorn_model.language.properties import Property
from support.chair import CASES, Mood, chair
from support.oracle import Case

if TYPE_CHECKING:
    Graph = nx.MultiDiGraph[State]


def judged(model: Model) -> tuple[Lasso | None, StateGraph]:
    """What liveness says about the model's only property."""
    graph = StateGraph(Case.of(model).search())
    return refute(graph, model.properties[0]), graph


@pytest.mark.parametrize(("sitting", "rising", "people", "holds"), CASES)
def test_a_chair_needs_strong_fairness_once_it_is_shared(
    sitting: Fair, rising: Fair, people: int, holds: bool
) -> None:
    lasso, _ = judged(chair(sitting, rising, people))
    assert (lasso is None) == holds


def test_weak_fairness_leaves_a_cycle_on_which_one_starves() -> None:
    lasso, graph = judged(chair(Fair.WEAK, Fair.WEAK))
    assert lasso is not None
    assert lasso.cycle
    states = [i for _, i in lasso.cycle]
    assert states[-1] == (lasso.stem[-1][1] if lasso.stem else 0)
    layout = graph.search.program.layout
    starved = [layout.decoded(graph.search.row(i))[lasso.values[0]] for i in states]
    assert set(starved) == {Mood.info.labels.index("waiting")}


def test_without_fairness_a_run_may_rest_at_once() -> None:
    lasso, _ = judged(chair(Fair.NONE, Fair.NONE, 1))
    assert lasso is not None
    assert (len(lasso.stem), lasso.cycle) == (1, [])


@pytest.mark.parametrize("sitting", list(Fair))
@pytest.mark.parametrize("rising", list(Fair))
@pytest.mark.parametrize("people", [1, 2, 3])
def test_a_second_opinion_agrees(sitting: Fair, rising: Fair, people: int) -> None:
    model = chair(sitting, rising, people)
    lasso, _ = judged(model)
    assert (lasso is not None) == refuted_plainly(model, model.properties[0])


# --- the second opinion: sets of states and networkx, no fairness but by definition -------------


def refuted_plainly(model: Model, prop: Property) -> bool:
    """Whether some fair run refutes the property, by trying every sub-component."""
    scope = make_scope(model)
    oracle = Evaluator(model, scope)
    graph: Graph = nx.MultiDiGraph()
    todo = [oracle.initial()]
    graph.add_node(todo[0])
    for here in todo:
        for firing, after in oracle.successors(here):
            if after not in graph:
                todo.append(after)
            graph.add_edge(here, after, rule=firing)
    fairness = {a.name: a.fair for a in model.actions}
    for env in oracle.instances(prop):
        waiting = {s for s in graph if not oracle.value(prop.body, s, env)}
        begin = {s for s in waiting if oracle.value(prop.trigger, s, env)}
        inside = graph.subgraph(waiting)
        region = set().union(begin, *(nx.descendants(inside, s) for s in begin))
        if any(fair_set(graph, c, fairness) for c in candidates(inside.subgraph(region))):
            return True
    return False


def candidates(graph: Graph) -> Iterator[set[State]]:
    """Every strongly connected set of states: a run may stay in it for ever (small graphs)."""
    for part in nx.strongly_connected_components(graph):
        members = sorted(part)
        for chosen in range(1, 1 << len(members)):
            some = {m for n, m in enumerate(members) if chosen >> n & 1}
            if nx.is_strongly_connected(graph.subgraph(some)):
                yield some


def fair_set(graph: Graph, inside: set[State], fairness: dict[str, Fair]) -> bool:
    """A run that goes on through exactly these states, or rests in the only one, is fair."""
    enabled: dict[object, set[State]] = {}
    taken = set()
    for here in inside:
        for _, after, data in graph.out_edges(here, data=True):
            enabled.setdefault(data["rule"], set()).add(here)
            if after in inside:
                taken.add(data["rule"])
    for rule, where in enabled.items():
        fair = fairness[rule.action]  # type: ignore[attr-defined]
        if rule in taken or fair is Fair.NONE:
            continue
        if fair is Fair.STRONG or where == inside:
            return False
    return True
