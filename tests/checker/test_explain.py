"""Why a formula has its value: the cells that decide it, and no others."""

from popcorn_checker.evaluate import Evaluator, Firing
from popcorn_checker.explain import (
    Explainer,
    because,
    cell_name,
    member,
    why_reached,
    why_stuck,
    why_violated,
    words,
)
from popcorn_checker.scopes import make_scope
from popcorn_checker.trace import Letter
from popcorn_model.language import Bool, Term, count, every, ite, maybe, some
from popcorn_model.language import expr as e
from support.ownership import (
    HOME,
    PROTOCOL,
    Hold,
    Kernel,
    Page,
    Task,
    Wire,
    at,
    hold,
    inbox,
    serving,
    waits,
)

MODEL = PROTOCOL.configured("repaired")
EVALUATOR = Evaluator(MODEL, make_scope(MODEL, "kernels=3"))
START = EVALUATOR.initial()
SCOPE = EVALUATOR.scope

p = Page(e.Var(Page.info, "p"))
t = Task(e.Var(Task.info, "t"))
ENV = {e.Var(Page.info, "p"): 0, e.Var(Task.info, "t"): 0}


def after(*firings: tuple[str, tuple[int, ...]]) -> tuple[object, ...]:
    """The state after some steps."""
    state = START
    for name, values in firings:
        found = EVALUATOR.fire(state, MODEL.action(name), Firing(name, values))
        assert found is not None
        state = found
    return state


def cells(term: Term, state: tuple[object, ...] = START) -> dict[str, object]:
    """The cells that decide a term."""
    return Explainer(EVALUATOR, state).cells(term.expr, ENV)


def test_values_have_names() -> None:
    assert member(SCOPE, Kernel.info, 2) == "k2"
    assert member(SCOPE, Hold.info, 1) == "asked"
    assert member(SCOPE, maybe(Kernel).info, None) is None
    assert member(SCOPE, maybe(Kernel).info, 1) == "k1"
    assert member(SCOPE, Wire.info, ("ask", (0, 2))) == Letter(
        "ask", (("page", "p0"), ("source", "k2"))
    )
    assert member(SCOPE, Bool.info, True) is True
    assert cell_name(SCOPE, hold.info, (0, 1)) == "hold[p0,k1]"


def test_values_in_sentences() -> None:
    assert words(None) == "nothing"
    assert words(True) == "true"
    assert words(()) == "empty"
    assert words((Letter("grant", (("page", "p0"),)), 3)) == "[grant(page=p0), 3]"


def test_one_failing_part_of_a_conjunction_is_enough() -> None:
    assert cells(every(Kernel, lambda k: at[t, k])) == {"at[t0,k1]": False}


def test_all_parts_of_a_failing_disjunction_count() -> None:
    assert cells(some(Kernel, lambda k: waits[p, k])) == {
        "waits[p0,k0]": False,
        "waits[p0,k1]": False,
        "waits[p0,k2]": False,
    }


def test_one_true_part_of_a_disjunction_is_enough() -> None:
    assert cells(some(Kernel, lambda k: at[t, k])) == {"at[t0,k0]": True}


def test_counts_choices_and_queues() -> None:
    assert cells(count(Kernel, lambda k: at[t, k]) == 1) == {"at[t0,k0]": True}
    chosen = ite(at[t, HOME], hold[p, HOME], Hold.asked)
    assert cells(chosen == Hold.none) == {"at[t0,k0]": True, "hold[p0,k0]": "none"}
    state = after(("ask", (0, 1)))
    letter = Letter("ask", (("page", "p0"), ("source", "k1")))
    assert cells(inbox[HOME].holds(Wire.ask), state) == {"inbox[k0]": (letter,)}
    assert cells(inbox[HOME].head.get(Wire.ask, "page", Page) == p, state)
    assert cells(serving[p] == HOME) == {"serving[p0]": None}


def test_sentences() -> None:
    assert because({}) == ""
    assert because({"a": 1}) == ": a is 1"
    assert because({"a": 1, "b": None, "c": ()}) == ": a is 1, b is nothing and c is empty"
    long = because({f"c{n}": n for n in range(14)})
    assert long.endswith("c9 is 9 and 4 cells more")


def test_which_instance_and_why() -> None:
    moved = after(("hop", (0, 0, 1)))
    sentence = why_reached(EVALUATOR, MODEL.property("away"), moved)
    assert sentence == "away holds for t=t0: at[t0,k0] is false."
    place = EVALUATOR.slot[at.info, (0, 0)]
    lost = tuple(False if n == place else x for n, x in enumerate(START))
    assert why_violated(EVALUATOR, MODEL.property("one_place"), lost) == (
        "one_place fails for t=t0: at[t0,k0] is false, at[t0,k1] is false and at[t0,k2] is false."
    )
    asked = after(("ask", (0, 1)))
    assert "where quiet fails: inbox[k0] is [ask(page=p0, source=k1)]." in why_stuck(
        EVALUATOR, MODEL.ends, asked
    )
    assert "names no state in which it may end" in why_stuck(EVALUATOR, None, asked)
