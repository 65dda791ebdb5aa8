"""The vacuity ledger is what looking at every state with the plain evaluator says."""

from collections.abc import Iterator
from itertools import product

import pytest

from popcorn_checker.checking import Request, check, configure
from popcorn_checker.evaluate import Evaluator, State
from popcorn_checker.explicit import sweep
from popcorn_checker.explicit.search import Search
from popcorn_checker.explicit.sweep import unanswered
from popcorn_checker.exploring import Effort
from popcorn_checker.lookup import find_protocol
from popcorn_checker.patience import Impatience, Patience
from popcorn_checker.scopes import make_scope
from popcorn_checker.vacuity import condition_questions, conditions, guard_questions
from popcorn_checker.waivers import WAIVERS, Within
from popcorn_model.language import Action, Model, Mood, Property, Protocol
from popcorn_model.language import expr as e
from popcorn_model.language.mutate import all_guard_drops
from support import corners, counter, idle, ownership
from support.command import invoke
from support.oracle import Case

OWN = "support.ownership"

CASES = [
    (corners.ring, "kernels=2"),
    (corners.ring, "kernels=2,hops=0"),
    (corners.post, "kernels=1"),
    (corners.clerk, "stamps=2,tray_slots=1"),
    (corners.clerk, "kernels=1"),
    (ownership.PROTOCOL, ""),
    (ownership.PROTOCOL, "kernels=3"),
    (ownership.PROTOCOL.configured("repaired"), ""),
    (idle.PROTOCOL, ""),
    (counter.PROTOCOL.configured(settings={"WAY": "stay"}), ""),
]


def named(value: Protocol | Model) -> str:
    """The name of a protocol in a test's id."""
    return value.name if isinstance(value, Protocol) else f"{value.protocol} {value.variant}"


@pytest.fixture(
    scope="module", params=CASES, ids=lambda case: f"{named(case[0])} {case[1]}".strip()
)
def explored(request: pytest.FixtureRequest) -> tuple[Case, Search, list[State]]:
    """A protocol with all its states, the engine's and the evaluator's."""
    case = Case.of(*request.param)
    search = case.search()
    assert search.complete
    return case, search, [case.decoded(search, i) for i in range(search.states)]


def truths(evaluator: Evaluator, action: Action, state: State) -> Iterator[list[bool]]:
    """The guards of each instance of an action."""
    for values in product(*(range(evaluator.scope.size(p.sort)) for p in action.params)):
        env = dict(zip(action.params, values, strict=True))
        yield [bool(evaluator.value(g, state, env)) for g in action.guards]


def test_guards_that_matter(explored: tuple[Case, Search, list[State]]) -> None:
    case, search, states = explored
    model, scope = case.program.model, case.program.scope
    questions = list(guard_questions(model, scope, ()))
    idle = {q.id for q in unanswered(search, questions, lambda: None)}
    expected = {q.id for q in questions}
    for action in model.actions:
        for state in states:
            for guards in truths(case.evaluator, action, state):
                if guards.count(False) == 1:
                    expected.discard(f"{action.name}/guard{guards.index(False) + 1}")
    assert idle == expected


def test_guards_that_are_not_asked_about_are_constant(
    explored: tuple[Case, Search, list[State]],
) -> None:
    case, _, states = explored
    model = case.program.model
    asked = {q.id for q in guard_questions(model, case.program.scope, ())}
    assert asked <= {m.id for m in all_guard_drops(model)}, "rows have the names of mutations"
    for action in model.actions:
        first = list(truths(case.evaluator, action, states[0]))
        for state in states:
            for one, two in zip(first, truths(case.evaluator, action, state), strict=True):
                differ = {n for n, (a, b) in enumerate(zip(one, two, strict=True)) if a != b}
                assert {f"{action.name}/guard{n + 1}" for n in differ} <= asked


def test_conditions_that_hold(explored: tuple[Case, Search, list[State]]) -> None:
    case, search, states = explored
    model, scope, evaluator = case.program.model, case.program.scope, case.evaluator
    questions = list(condition_questions(model, scope))
    unmet = {q.id for q in unanswered(search, questions, lambda: None)}
    expected = set()
    for prop in model.properties:
        found = list(conditions(prop))
        for n, (variables, condition) in enumerate(found, start=1):
            params = (*prop.params, *variables)
            choices = list(product(*(range(scope.size(p.sort)) for p in params)))
            if not any(
                evaluator.value(condition, state, dict(zip(params, values, strict=True)))
                for state in states
                for values in choices
            ):
                expected.add(prop.name if len(found) == 1 else f"{prop.name}/condition{n}")
    assert unmet == expected


@pytest.mark.parametrize("samples", [(), (1,), (7, 50)])
def test_samples_change_nothing(
    monkeypatch: pytest.MonkeyPatch, samples: tuple[int, ...]
) -> None:
    case = Case.of(idle.PROTOCOL, "lamps=6")  # 729 states
    search = case.search()
    model, scope = case.program.model, case.program.scope
    questions = [*guard_questions(model, scope, ()), *condition_questions(model, scope)]
    monkeypatch.setattr(sweep, "SAMPLES", samples)
    monkeypatch.setattr(sweep, "PIECE", 100)
    found = unanswered(search, questions, lambda: None)
    assert [q.id for q in found] == ["heat_up/guard1", "dark_heat_is_brief"]


# --- conditions -------------------------------------------------------------------------------

V = e.Var(ownership.Kernel.info, "k")
A, B, C = (e.Equal(e.TRUTH, V, e.Named(ownership.Kernel.info, "home", n)) for n in range(3))


def no(x: e.Expr) -> e.Expr:
    """Not x."""
    return e.Not(e.TRUTH, x)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (A, []),
        (no(A), []),
        (e.Or(e.TRUTH, (A, B)), []),
        (e.Or(e.TRUTH, (no(A), B)), [A]),
        (e.Or(e.TRUTH, (no(A), no(B))), [A]),
        (e.Or(e.TRUTH, (no(A), no(B), C)), [e.And(e.TRUTH, (A, B))]),
        (e.And(e.TRUTH, (e.Or(e.TRUTH, (no(A), B)), e.Or(e.TRUTH, (no(C), B)))), [A, C]),
        (e.Quantified(e.TRUTH, True, V, e.Or(e.TRUTH, (no(A), B))), [A]),
        (e.Quantified(e.TRUTH, False, V, e.Or(e.TRUTH, (no(A), B))), []),
    ],
)
def test_what_the_condition_of_an_always_is(body: e.Expr, expected: list[e.Expr]) -> None:
    prop = Property("claim", Mood.ALWAYS, (V,), body)
    assert [condition for _, condition in conditions(prop)] == expected


# --- verdicts ---------------------------------------------------------------------------------

LAMPS = "support.idle"
IDLE = "heat_up/guard1 (lit[x])"
UNMET = "dark_heat_is_brief (heat[x] = hot and not lit[x])"


def test_idle_rows_are_noted_and_the_verdict_holds() -> None:
    result = invoke("check", LAMPS)
    assert result.code == 0
    assert f"- 1 of 4 guards never mattered in this scope: {IDLE}" in result.line
    assert f"- 1 of 2 conditions of properties never held in this scope: {UNMET}" in result.line


def test_the_ledger_as_data() -> None:
    assert invoke("check", LAMPS, "--json").data["vacuity"] == {
        "unfired": [],
        "unoffered": {},
        "idle_guards": {"heat_up/guard1": "lit[x]"},
        "idle_antecedents": {"dark_heat_is_brief": "heat[x] = hot and not lit[x]"},
        "waived": {},
        "guards": 4,
        "antecedents": 2,
        "undrawn": "",
    }


def test_a_strict_ledger_makes_the_verdict_unknown() -> None:
    result = invoke("check", LAMPS, "--vacuity", "strict")
    assert result.code == 3
    assert "has 2 idle rows without a reason, the first of them heat_up/guard1" in result.line
    assert invoke("check", OWN, "--variant", "repaired", "--vacuity", "strict").code == 0


def test_no_ledger() -> None:
    result = invoke("check", LAMPS, "--vacuity", "off")
    assert result.code == 0
    assert "mattered" not in result.out
    complaint = invoke("check", LAMPS, "--vacuity", "none").complaint
    assert "there is no vacuity ledger none: did you mean note?" in complaint


def test_a_reason_makes_a_row_as_it_should_be(monkeypatch: pytest.MonkeyPatch) -> None:
    reasons = {"heat_up/guard1": "warm lamps are on", "dark_heat_is_brief": "a control"}
    monkeypatch.setattr("popcorn_checker.waivers.WAIVERS", {LAMPS: {**reasons, "turn_on": "no"}})
    result = invoke("check", LAMPS, "--vacuity", "strict")
    assert result.code == 0
    assert "heat_up/guard1 is idle, as it should be: warm lamps are on" in result.out
    data = invoke("check", LAMPS, "--json").data["vacuity"]
    assert data["waived"] == reasons, "a reason for what is not idle says nothing"
    assert data["idle_guards"] == data["idle_antecedents"] == {}


def test_a_reason_for_an_action_that_never_fires(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = ("check", OWN, "--parts", "pages", "--scope", "kernels=1")
    assert invoke(*alone).code == 3
    monkeypatch.setattr(
        "popcorn_checker.waivers.WAIVERS", {OWN: dict.fromkeys(("let_go", "hear"), "one kernel")}
    )
    result = invoke(*alone)
    assert result.code == 0
    assert "let_go is idle, as it should be: one kernel" in result.out


def test_another_engine_says_that_it_draws_none() -> None:
    result = invoke("check", LAMPS, "--engine", "evaluator")
    assert result.code == 0
    assert "guards that never mattered are not listed: that needs --engine explicit" in result.out
    assert invoke("check", LAMPS, "--engine", "evaluator", "--vacuity", "strict").code == 3


@pytest.mark.parametrize(
    ("trouble", "words"),
    [(Impatience, "the time budget is spent"), (KeyboardInterrupt, "it was interrupted")],
)
def test_a_ledger_that_is_cut_short_says_so(
    monkeypatch: pytest.MonkeyPatch, trouble: type[BaseException], words: str
) -> None:
    def pause(patience: Patience) -> None:
        raise trouble

    monkeypatch.setattr(Patience, "pause", pause)
    result = invoke("check", LAMPS)
    assert result.code == 0
    assert f"guards that never mattered are not listed: {words}" in result.out
    assert invoke("check", LAMPS, "--vacuity", "strict").code == 3


def test_nothing_is_asked_where_something_is_refuted() -> None:
    assert invoke("check", OWN, "--variant", "as-built", "--json").data["vacuity"]["guards"] == 0


def test_waivers_name_what_there_is() -> None:
    for protocol, reasons in WAIVERS.items():
        variant = max(find_protocol(protocol).variants, key=lambda name: name == "repaired")
        model = configure(Request(protocol, variant))
        known = {a.name for a in model.actions} | {p.name for p in model.properties}
        known |= {m.id for m in all_guard_drops(model)}
        assert {name.partition("/condition")[0] for name in reasons} <= known
        scope = make_scope(model)
        for reason in reasons.values():
            told = reason.reason if isinstance(reason, Within) else reason
            assert told.strip()
            assert not isinstance(reason, Within) or reason.entries.keys() <= scope.entries.keys()


def test_what_follows_only_from_what_the_scope_does_not_offer_is_not_offered_either() -> None:
    request = Request("popcorn-2014", "repaired", "kernels=2,tasks=2,pages=1,vma_ops=1",
                      ("memory",))  # fmt: skip
    unoffered = check(request, Effort(), liveness=False).vacuity.unoffered
    assert unoffered["call_mremap"] == "no choice of members fits its guards"
    assert unoffered["pull_page"] == "what must come before it is not offered"
    assert unoffered["touch_to_read"] == "the scope has reads=0"
    assert "call_munmap" not in unoffered
