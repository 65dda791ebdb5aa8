"""Scopes: what can be written, and budgets without bound."""

import pytest

from popcorn_checker.checking import Request, check, make_subject
from popcorn_checker.engines import explore
from popcorn_checker.exploring import Effort
from popcorn_checker.replaying import replay
from popcorn_checker.scopes import ScopeError, parse_scope, show_scope
from popcorn_checker.show.itf import from_itf, to_itf
from popcorn_model.language.unbounded import ANY


def test_what_is_written_is_what_is_shown() -> None:
    text = "kernels=2,hops=any,clones=0"
    assert parse_scope(text) == {"kernels": 2, "hops": ANY, "clones": 0}
    assert show_scope(parse_scope(text)) == text


@pytest.mark.parametrize(
    ("scope", "complaint"),
    [
        ("kernels", "'kernels' is not of the form name=number"),
        ("kernels=two", "'kernels=two' is not of the form name=number"),
        ("kernels=2,kernels=3", "kernels is given twice"),
        ("kernels=any", "kernels=any: only a budget can be without bound: "),
        ("ring_slots=any", "ring_slots=any: only a budget can be without bound: "),
        ("kernels=0", "kernels=0: a sort needs at least one member"),
        ("colours=3", "scope has no entry colours; legal entries: "),
    ],
)
def test_a_bad_scope_is_refused(scope: str, complaint: str) -> None:
    with pytest.raises(ScopeError, match=complaint):
        make_subject(Request("popcorn-2014", scope=scope, parts=("threads",)))


THREADS = Request("popcorn-2014", "as-built", parts=("threads",))


def states(hops: str) -> int:
    scope = f"kernels=2,tasks=2,hops={hops}"
    request = Request("popcorn-2014", "repaired", scope, ("threads",))
    found = {engine: explore(make_subject(request), Effort(engine=engine)) for engine in
             ("explicit", "evaluator")}  # fmt: skip
    assert found["explicit"].complete
    assert found["explicit"].states == found["evaluator"].states
    return found["explicit"].states


@pytest.mark.rest  # about 12 s: the evaluator visits every state, for several bounds
def test_without_bound_the_states_are_those_that_bounds_approach() -> None:
    """What is left of a budget does not tell states apart, so there are fewer in all."""
    assert [states(n) for n in ("1", "5", "any")] == [109, 1_295, 591]


def test_a_trace_of_an_unbounded_scope_can_be_replayed() -> None:
    scope = "kernels=2,tasks=2,hops=any,clones=0"
    verdict = check(
        Request("popcorn-2014", "as-built", scope, ("threads",), {"stray_wake_ups": "possible"}),
        Effort(), liveness=False,
    )  # fmt: skip
    assert verdict.to_json()["scope"]["hops"] == "any"  # type: ignore[index]
    assert verdict.shown is not None
    again = from_itf(to_itf(verdict.shown))
    assert again.scope["hops"] == ANY
    assert replay(again).trace.length == verdict.shown.length
