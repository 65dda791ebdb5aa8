"""Traces made of an engine's path: readable, complete, and replayed before anybody sees them."""

import pytest

from popcorn_checker.errors import InternalError
from popcorn_checker.evaluate import Evaluator, Firing
from popcorn_checker.scopes import make_scope
from popcorn_checker.show.itf import from_itf, to_itf
from popcorn_checker.trace import Event, Letter
from popcorn_checker.tracing import Claim, Run, make_trace, readable
from popcorn_model.language import Model
from support.ownership import PROTOCOL
from support.protocols import swap


def walk(model: Model, *steps: tuple[str, tuple[int, ...]]) -> tuple[Evaluator, Run]:
    """A run of a model, taken with the evaluator."""
    evaluator = Evaluator(model, make_scope(model))
    state, run = evaluator.initial(), []
    for name, values in steps:
        firing = Firing(name, values)
        found = evaluator.fire(state, model.action(name), firing)
        assert found is not None
        state = found
        run.append((firing, state))
    return evaluator, run


def test_truths_among_the_parameters_are_words() -> None:
    evaluator, run = walk(swap.configured(), ("repaint", (1, 0)), ("trade", (0, 1)))
    assert str(make_trace(evaluator, run, Claim()).steps[0]) == "repaint(h=green, on=false)"
    reply = to_itf(make_trace(evaluator, run, Claim()))
    assert from_itf(reply).steps[0].params == (("h", "green"), ("on", "false"))


SERVED = (("ask", (0, 1)), ("serve", (0, 1)), ("give", (0, 1)), ("get", (0, 1)), ("ask", (0, 0)),
          ("serve", (0, 0)))  # fmt: skip


def test_names_docs_and_events() -> None:
    evaluator, run = walk(PROTOCOL.configured("repaired"), *SERVED)
    trace = make_trace(evaluator, run, Claim("held", "A sentence.", "Because."))
    assert str(trace.steps[0]) == "ask(p=p0, k=k1)"
    assert trace.steps[0].doc.startswith("A kernel without the page")
    assert trace.steps[0].source == "example:ask"
    assert trace.steps[0].tag == "claimed"
    ask = Letter("ask", (("page", "p0"), ("source", "k0")))
    assert trace.steps[5].events == (
        Event("take", "inbox", ("k0",), ask),
        Event("send", "inbox", ("k1",), Letter("revoke", (("page", "p0"),))),
    )
    assert trace.changes(3) == {
        "hold[p0,k1]": ("asked", "owned"),
        "inbox[k1]": ((Letter("grant", (("page", "p0"),)),), ()),
    }
    assert (trace.property, trace.property_doc, trace.reason) == ("held", "A sentence.", "Because.")
    assert trace.sorts == {"Page": ("p0",), "Kernel": ("k0", "k1"), "Task": ("t0",)}
    assert (trace.lanes, trace.tokens, trace.where, trace.pages) == (
        "Kernel",
        "Task",
        "at",
        ("hold",),
    )


def test_what_a_part_leaves_out_is_not_drawn() -> None:
    evaluator, run = walk(PROTOCOL.configured("repaired", parts=["pages"]), *SERVED)
    trace = make_trace(evaluator, run, Claim())
    assert trace.where == ""
    assert trace.pages == ("hold",)
    assert "Task" not in trace.sorts


def test_budgets_are_no_part_of_the_system() -> None:
    evaluator, _ = walk(PROTOCOL.configured("repaired"))
    names = readable(evaluator, evaluator.initial())
    assert not any(name.startswith(("wishes", "hops")) for name in names)


def test_a_path_that_the_evaluator_does_not_take_is_our_bug() -> None:
    evaluator, run = walk(PROTOCOL.configured("repaired"), *SERVED)
    wrong = [*run[:2], (run[2][0], run[0][1])]
    with pytest.raises(InternalError, match="step 3 of a trace, give"):
        make_trace(evaluator, wrong, Claim())
    with pytest.raises(InternalError, match="step 1 of a trace, get"):
        make_trace(evaluator, [(Firing("get", (0, 1)), run[0][1])], Claim())


def test_a_loop_must_close() -> None:
    evaluator, run = walk(PROTOCOL.configured("repaired"), *SERVED)
    with pytest.raises(InternalError, match="does not close its loop"):
        make_trace(evaluator, run, Claim("asking_helps", loop=1))
