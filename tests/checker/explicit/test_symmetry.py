"""A search with symmetry explores one state of each orbit, and finds what a whole search finds."""

from dataclasses import replace
from math import factorial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from popcorn_checker import symmetry as groups
from popcorn_checker.checking import Request, check
from popcorn_checker.errors import UsageError
from popcorn_checker.evaluate import State
from popcorn_checker.explicit.checkpoint import CheckpointError, keeping
from popcorn_checker.explicit.search import Limits, Search
from popcorn_checker.exploring import Effort
from popcorn_checker.lookup import find_protocol
from popcorn_checker.report import verdict_text
from popcorn_checker.symmetry import Symmetry, find_symmetry
from popcorn_checker.verdict import Status, Verdict
from popcorn_model.language import Model, Protocol
from support import corners, oddities, ownership, protocols, random_models
from support.oracle import Case, get_steps, summarise_search
from support.orbits import Quotients, breaches, every_exchange, exchanged, wander

POPCORN = find_protocol("popcorn-2014")
MEMORY = POPCORN.configured("repaired", parts=["memory"])
CASES = [
    (corners.ring, "kernels=3,hops=1"),
    (corners.post, "kernels=3,pages=2,slots=1"),
    (corners.clerk, "kernels=2,stamps=1,tray_slots=1"),
    (protocols.swap, "seats=3"),
    (protocols.leaky, ""),
    (oddities.tickets, "seats=3,tickets=1"),
    (ownership.PROTOCOL, "kernels=3,pages=2,slots=8,hops=0"),
    (POPCORN.configured("repaired", parts=["locks"]), "kernels=2,tasks=2,lock_rounds=1"),
    (POPCORN.configured("repaired", parts=["threads"]), "kernels=2,tasks=3,hops=1,frames=1"),
    (POPCORN.configured("as-built", parts=["threads", "lifetime"]), "kernels=3,tasks=1,hops=1"),
    (MEMORY, "kernels=2,tasks=1,pages=1,vma_ops=1,frames=3"),
]


def explore(quotients: Quotients, limits: Limits | None = None) -> Search:
    """A search of the quotient."""
    search = Search(quotients.case.program, quotients.quotient)
    search.reserve(1 << 20)
    search.start()
    search.run(limits or Limits())
    return search


def replayed(case: Case, search: Search, i: int) -> State:
    """The state that the walk to state ``i`` leads to, taken step by step by the evaluator."""
    state = case.evaluator.initial()
    for rule, words in search.walk(i):
        after = case.fire(rule, state)
        assert after == case.program.layout.decoded(words)
        state = after
    return state


@pytest.mark.parametrize(("model", "scope"), CASES, ids=lambda x: getattr(x, "name", ""))
def test_a_quotient_has_one_state_for_each_orbit(model: Model | Protocol, scope: str) -> None:
    quotients = Quotients.of(model, scope)
    case, symmetry = quotients.case, quotients.symmetry
    assert symmetry.order > 1
    whole, small = case.search(), explore(quotients)
    assert whole.complete
    assert small.complete
    states = [case.decoded(whole, i) for i in range(whole.states)]
    orbits = {orbit: i for i, orbit in reversed(list(enumerate(map(quotients.orbit, states))))}
    assert small.states == len(orbits) < whole.states
    forms = [case.decoded(small, i) for i in range(small.states)]
    assert {quotients.orbit(s) for s in forms} == orbits.keys()
    assert small.transitions == sum(get_steps(case.evaluator, s).after.total() for s in forms)
    assert [small.depth_of(i) for i in range(small.states)] == [
        whole.depth_of(orbits[quotients.orbit(s)]) for s in forms
    ]
    expected, found = summarise_search(whole), summarise_search(small)
    assert found.seen == expected.seen
    assert (found.deadlock_depth, found.fault_depth) == (
        expected.deadlock_depth, expected.fault_depth,
    )  # fmt: skip
    assert {n for n, k in found.fired.items() if k} == {n for n, k in expected.fired.items() if k}


@pytest.mark.parametrize(("model", "scope"), CASES[:4], ids=lambda x: getattr(x, "name", ""))
def test_a_walk_is_a_run_to_the_orbit(model: Model | Protocol, scope: str) -> None:
    quotients = Quotients.of(model, scope)
    case, small = quotients.case, explore(quotients)
    for i in range(0, small.states, max(1, small.states // 40)):
        end = replayed(case, small, i)
        assert len(small.walk(i)) == small.depth_of(i)
        assert quotients.orbit(end) == quotients.orbit(case.decoded(small, i))


@pytest.mark.parametrize(
    ("model", "scope"),
    [
        (corners.post, "kernels=4,pages=3,slots=7"),
        (oddities.tickets, "seats=5,tickets=3"),
        pytest.param(  # 10 and 20 s: many renamings of large states
            POPCORN.configured("repaired", parts=["threads", "lifetime"]),
            "kernels=3,tasks=3",
            marks=pytest.mark.rest,
        ),
        pytest.param(MEMORY, "kernels=2,tasks=1,pages=2", marks=pytest.mark.rest),
    ],
    ids=["post", "tickets", "lifetime", "memory"],
)
def test_all_forms_of_a_state_have_one_form(model: Model | Protocol, scope: str) -> None:
    quotients = Quotients.of(model, scope)
    case, layout = quotients.case, quotients.case.program.layout
    exchanges = list(every_exchange(quotients.symmetry))
    for number, (words, _) in enumerate(wander(case, 80)):
        state = layout.decoded(words)
        some = exchanges[number % 11 :: 11]
        mine = [exchanged(case.evaluator, state, x) for x in some]
        assert len(set(quotients.forms([state, *mine]))) == 1
        assert quotients.forms([state])[0] in quotients.orbit(state)


# --- members that get names in the order of use --------------------------------------------------


@pytest.mark.parametrize(
    ("model", "scope", "renamed"),
    [
        (corners.post, "kernels=2,pages=3,slots=1", "Page"),
        (protocols.leaky, "", "Guest"),
        (ownership.PROTOCOL, "kernels=3,pages=2,slots=8,hops=0", "Page"),
        (protocols.swap, "seats=3", None),
        (corners.ring, "kernels=3,hops=1", None),
        pytest.param(  # 15 s: the evaluator visits every state
            MEMORY, "kernels=2,tasks=2,pages=1,vma_ops=1,frames=3", "Frame",
            marks=pytest.mark.rest,
        ),
    ],
    ids=lambda x: getattr(x, "name", ""),
)
def test_names_in_the_order_of_use_find_the_same_orbits(
    model: Model | Protocol, scope: str, renamed: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sort is named so unless its members are told of members of their own sort."""
    monkeypatch.setattr(groups, "RENAMED_MIN", 100)
    tried = Quotients.of(model, scope)
    monkeypatch.setattr(groups, "RENAMED_MIN", 2)
    named = Quotients.of(model, scope)
    assert tried.symmetry.renamed is None
    assert getattr(named.symmetry.renamed, "name", None) == renamed
    assert summarise_search(explore(named)) == summarise_search(explore(tried))


def test_a_sort_of_many_members_is_exact_if_it_is_named() -> None:
    symmetry = Quotients.of(corners.post, "kernels=3,pages=9").symmetry
    assert symmetry.order == 2 * factorial(9) > groups.EXACT_MAX
    assert symmetry.exact
    assert len(list(symmetry.exchanges())) == 1


# --- random models ------------------------------------------------------------------------------


@pytest.mark.rest  # about 30 s: a hundred models, each explored twice
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])
@given(drawn=random_models.models(), scope=st.sampled_from(random_models.SCOPES[1:]))
def test_random_models_are_symmetric_where_they_seem_so(
    drawn: random_models.Drawn, scope: str
) -> None:
    quotients = Quotients.of(drawn.model, scope)
    symmetry, case = quotients.symmetry, quotients.case
    assume(symmetry.order > 1)
    small = explore(quotients, Limits(bytes_max=1 << 19))
    states = [case.decoded(small, i) for i in range(min(small.states, 8))]
    for number, state in enumerate(states):
        exchange = list(symmetry.pairs())[number % len(list(symmetry.pairs()))]
        assert breaches(case.evaluator, state, exchange) == []
        other = exchanged(case.evaluator, state, exchange)
        assert quotients.forms([other]) == quotients.forms([state]) == [state]


# --- groups too large to try all of -------------------------------------------------------------


def test_a_large_group_is_sound_and_says_that_it_counts_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scope = "kernels=3,pages=2,slots=1"
    exact = explore(Quotients.of(corners.post, scope))
    monkeypatch.setattr(groups, "EXACT_MAX", 1)
    quotients = Quotients.of(corners.post, scope)
    case, rough = quotients.case, explore(quotients)
    assert not quotients.symmetry.exact
    assert "some states are explored in several forms" in str(quotients.symmetry)
    whole = case.search()
    assert exact.states <= rough.states < whole.states
    assert summarise_search(rough).seen == summarise_search(whole).seen
    end = replayed(case, rough, rough.states - 1)
    assert quotients.orbit(end) == quotients.orbit(case.decoded(rough, rough.states - 1))


# --- verdicts -----------------------------------------------------------------------------------


def ask(symmetry: str, variant: str = "repaired", liveness: bool = False) -> Verdict:
    """A verdict on the small protocol, over these sorts."""
    effort = Effort(symmetry=tuple(filter(None, symmetry.split(","))))
    request = Request("support.ownership", variant, "tasks=2,slots=8,pages=2")
    return check(request, effort, liveness)


def test_a_verdict_says_over_which_sorts_it_was_reduced() -> None:
    whole, small = ask("", "as-built"), ask("all", "as-built")
    assert whole.covered.symmetry is None
    assert small.covered.symmetry is not None
    assert small.covered.symmetry.to_json() == {
        "sorts": {"pages": 2, "tasks": 2}, "factor": 4, "exact": True, "refused": {},
    }  # fmt: skip
    assert "  symmetry         pages, tasks (factor up to 4)\n" in verdict_text(small)
    assert (whole.covered.states, small.covered.states) == (484, 183)
    assert [(r.name, r.status, r.length) for r in small.results] == [
        (r.name, r.status, r.length) for r in whole.results
    ]


def test_one_sort_alone_can_be_asked_for() -> None:
    found = ask("tasks").covered.symmetry
    assert found is not None
    assert str(found) == "tasks (factor up to 2)"


def test_liveness_is_left_open_and_the_verdict_says_why() -> None:
    found = ask("all", liveness=True)
    result = found.result("asking_helps")
    assert result is not None
    assert result.status is Status.OPEN
    assert (
        "liveness needs a search without symmetry, which forgets whose turn it is: give --symmetry "
        "none, or a smaller scope; --no-liveness leaves liveness out"
    ) in found.doubts


def test_a_fault_is_told_in_the_names_of_its_trace() -> None:
    protocol = replace(oddities.make_stumble(oddities.heap_up), interchangeable=())
    case = Quotients.of(protocol, "guests=3,shelf_slots=1")
    search = explore(case)
    assert search.fault is not None
    from_engine = replayed(case.case, search, search.fault.state)
    assert get_steps(case.case.evaluator, from_engine).faults


def test_only_the_explicit_engine_knows_symmetry() -> None:
    with pytest.raises(UsageError, match="the networkx engine explores every state"):
        check(Request("support.ownership"), Effort("networkx", symmetry=("all",)))


def test_a_checkpoint_does_not_go_on_with_another_symmetry(tmp_path: Path) -> None:
    quotients = Quotients.of(corners.ring, "kernels=3")
    search = Search(quotients.case.program, quotients.quotient)
    search.reserve(1 << 16)
    search.start()
    with keeping(search, tmp_path, False):
        search.run(Limits(seconds=0))
    plain = Search(quotients.case.program)
    plain.reserve(1 << 16)
    plain.start()
    with pytest.raises(CheckpointError, match="symmetry"), keeping(plain, tmp_path, True):
        pass
    again = Search(quotients.case.program, quotients.quotient)
    again.reserve(1 << 16)
    again.start()
    with keeping(again, tmp_path, True):
        again.run(Limits())
    assert summarise_search(again) == summarise_search(explore(quotients))


def test_a_symmetry_over_nothing_changes_nothing() -> None:
    model = corners.ring.configured()
    case = Case.of(model, "kernels=2")
    assert find_symmetry(model, case.evaluator.scope) == Symmetry({}, {})
