"""Which mutations change nothing is what comparing their graphs, state by state, says."""

import pytest

from popcorn_checker.checking import Request, make_subject
from popcorn_checker.engines import explore
from popcorn_checker.evaluate import Firing, State
from popcorn_checker.exploring import Effort, Subject
from popcorn_checker.mutants.idle import find_empty, find_idle
from popcorn_model.language import ModelError
from popcorn_model.language.mutate import Mutation, all_guard_drops, all_update_drops, find_mutation

OWN = "support.ownership"
LAMPS = "support.idle"
BOUNDED = {"ask", "hop"}
"""Actions with a budget: where it is spent a mutant differs by its formulas, not by its graph."""

Edges = frozenset[tuple[State, Firing, State]]


def subject(protocol: str, variant: str | None = None, scope: str = "") -> Subject:
    """A small protocol at a scope."""
    return make_subject(Request(protocol, variant, scope))


def mutations(of: Subject) -> list[Mutation]:
    """The mutations that a campaign hunts."""
    return [*all_guard_drops(of.model), *all_update_drops(of.model)]


def idle(of: Subject) -> frozenset[str]:
    """The mutations that change nothing, of all actions."""
    found = explore(of, Effort())
    return frozenset().union(*(find_idle(of, found, action) for action in of.model.actions))


def edges(of: Subject, mutation: Mutation | None = None) -> Edges | None:
    """All transitions; None when the language refuses the mutation or a step has no meaning."""
    try:
        model = of.model if mutation is None else mutation.apply(of.model)
    except ModelError:
        return None
    found = explore(Subject(model, of.scope), Effort(engine="networkx"))
    assert found.graph is not None
    if found.fault is not None:
        return None
    state = {number: node["state"] for number, node in found.graph.nodes(data=True)}
    return frozenset((state[a], key, state[b]) for a, b, key in found.graph.edges(keys=True))


@pytest.mark.parametrize(
    "of", [subject(OWN, "repaired"), subject(LAMPS)], ids=("ownership", "lamps")
)
def test_an_idle_mutation_has_the_same_graph(of: Subject) -> None:
    right = edges(of)
    same = {m.id for m in mutations(of) if edges(of, m) == right}
    assert idle(of) <= same
    assert {m for m in same - idle(of) if m.split("/")[0] not in BOUNDED} == set()


def test_the_idle_ones_of_a_protocol_that_has_them() -> None:
    of = subject(LAMPS)
    assert idle(of) == {"heat_up/guard1"}


def test_a_property_that_never_asks() -> None:
    of = subject(OWN, "repaired")
    assert find_empty(of, explore(of, Effort())) == frozenset()
    deaf = Subject(find_mutation(of.model, "ask/update1").apply(of.model), of.scope)
    assert find_empty(deaf, explore(deaf, Effort())) == {"asking_helps"}


def test_an_engine_that_keeps_no_states_knows_none() -> None:
    of = subject(LAMPS)
    found = explore(of, Effort(engine="evaluator"))
    assert find_idle(of, found, of.model.actions[0]) == frozenset()
    assert find_empty(of, found) == frozenset()
