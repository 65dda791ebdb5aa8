"""The compiled engine says what the plain evaluator says, about every step of every state."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from popcorn_checker.checking import Request, make_subject
from popcorn_checker.explicit.search import Limits
from popcorn_model.language import Protocol
from popcorn_model.language import expr as e
from popcorn_model.language.mutate import all_update_drops
from popcorn_model.language.walk import every_node, update_expressions
from support import corners, oddities, protocols, random_models
from support.oracle import Case, get_engine_steps, get_steps, summarise, summarise_search

STATES_COMPARED = 60  # per random model

CASES = [
    (corners.ring, ""),
    (corners.ring, "kernels=2,hops=0"),
    (corners.ring, "kernels=1"),
    (corners.post, "calls=2"),
    (corners.post, "kernels=1"),
    (corners.post, "kernels=3,pages=1,slots=2"),
    (corners.clerk, "stamps=2,tray_slots=1"),
    (corners.clerk, "kernels=1"),
    (corners.clerk, "stamps=1"),
    (corners.clerk, "flag_slots=0"),
    (corners.clerk, "desk_slots=0"),
    *((protocol, "") for protocol in (*protocols.SMALL, protocols.leaky, *oddities.ODD)),
    *((oddities.make_stumble(step), "") for step in oddities.STUMBLES),
]


@pytest.mark.parametrize(("protocol", "scope"), CASES, ids=lambda x: getattr(x, "name", x))
def test_whole_graphs_agree(protocol: Protocol, scope: str) -> None:
    case = Case.of(protocol, scope)
    search = case.search()
    expected, depth = summarise(case.evaluator)
    assert search.complete
    assert summarise_search(search) == expected
    for i in range(search.states):
        assert depth[case.decoded(search, i)] == search.depth_of(i)


def test_a_repaired_variant_agrees() -> None:
    case = Case.of(corners.ring.configured(settings={"warm": "on"}), "kernels=2")
    assert summarise_search(case.search()) == summarise(case.evaluator)[0]


def test_a_guard_may_ask_for_a_message_that_nobody_sends() -> None:
    """No slot has room for such a message, as in a mutant that no longer forwards."""
    model = make_subject(Request("popcorn-2014", "repaired", parts=("transport",))).model
    forwards = [m for m in all_update_drops(model) if m.action == "send_next"]
    assert forwards
    for mutation in forwards:
        case = Case.of(mutation.apply(model), "kernels=2,tasks=3,sends=1")
        search = case.search(Limits(stop_at=frozenset(("nothing_is_lost",))))
        assert search.states > 1
        for i in range(0, search.states, max(1, search.states // STATES_COMPARED)):
            after = get_steps(case.evaluator, case.decoded(search, i)).after
            assert get_engine_steps(case, search, i) == after


def test_the_small_protocols_use_the_whole_language() -> None:
    used = {
        type(node).__name__
        for protocol in (corners.ring, corners.post, corners.clerk)
        for part in protocol.parts
        for action in part.actions
        for x in (*action.guards, *(y for u in action.updates for y in update_expressions(u)))
        for node in every_node(x)
    }
    in_lemmas_only = {"Ahead"}  # no action asks in which order items wait
    assert used == {node.__name__ for node in e.Expr.__subclasses__()} - in_lemmas_only
    kinds = {
        type(update).__name__
        for protocol in (corners.ring, corners.post, corners.clerk)
        for part in protocol.parts
        for action in part.actions
        for top in action.updates
        for update in every_update(top)
    }
    assert kinds == {update.__name__ for update in e.Update.__subclasses__()}


def every_update(update: e.Update) -> list[e.Update]:
    """An update and all inside it."""
    match update:
        case e.When(_, inner, _) | e.Each(_, inner, _):
            return [update, *(x for u in inner for x in every_update(u))]
        case e.Alternative(_, cases, _):
            return [update, *(x for _, inner in cases for u in inner for x in every_update(u))]
    return [update]


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])
@given(drawn=random_models.models(), scope=st.sampled_from(random_models.SCOPES))
def test_random_models_agree(drawn: random_models.Drawn, scope: str) -> None:
    case = Case.of(drawn.model, scope)
    search = case.search(Limits(bytes_max=1 << 19))
    evaluator = case.evaluator
    assert case.decoded(search, 0) == evaluator.initial()
    states = [case.decoded(search, i) for i in range(min(search.states, STATES_COMPARED))]
    assert len(set(states)) == len(states)
    faulty = []
    for i, state in enumerate(states):
        expected = get_steps(evaluator, state)
        assert get_engine_steps(case, search, i) == expected.after
        faulty += [i] * bool(expected.faults)
    if search.complete and search.states < STATES_COMPARED:
        assert summarise_search(search) == summarise(evaluator)[0]
    elif faulty:
        assert search.fault is not None
        assert search.fault.state == faulty[0]
