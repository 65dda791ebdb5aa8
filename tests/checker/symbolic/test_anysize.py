"""The first-order reading has every step that the evaluator takes, and proves what is inductive."""

import random
from collections.abc import Callable

import pytest
import z3

from popcorn_checker.checking import Request, make_subject
from popcorn_checker.evaluate import Firing, State
from popcorn_checker.exploring import Subject
from popcorn_checker.symbolic.anysize import AnySize
from popcorn_checker.symbolic.terms import NoReading
from popcorn_model.examples import directory
from popcorn_model.language import Action, Mood, Protocol
from popcorn_model.language import expr as e
from popcorn_model.language.loosen import without_counters
from popcorn_model.language.properties import Property
from support import corners, protocols
from support.anysize import Concrete, allows, allows_more
from support.oracle import get_steps
from support.subjects import at_scope

SEED = 7
LOOKED_AT = 3  # states of each case
LIMIT = 200  # states that are reached to choose from


def subject(protocol: Protocol, scope: str = "") -> Subject:
    model = protocol.configured()
    model = model.with_actions(a for a in model.actions if is_read(AnySize(model), a))
    return at_scope(model, scope)


def is_read(reading: AnySize, action: Action) -> bool:
    """The reading has a form for the action: for all that do not look past the oldest item."""
    try:
        reading.step(action, reading.moment(), reading.moment("'"))
    except NoReading:
        return False
    return True


def popcorn(scope: str, *parts: str) -> Subject:
    return make_subject(Request("popcorn-2014", "repaired", scope, parts))


CASES = {
    "directory": lambda: subject(directory.PROTOCOL, "kernels=2"),
    "swap": lambda: subject(protocols.swap),
    "parcels": lambda: subject(protocols.parcels),
    "gates": lambda: subject(protocols.gates),
    "ring": lambda: subject(corners.ring, "kernels=2"),
    "locks": lambda: popcorn("kernels=2,tasks=2,pages=1,lock_rounds=1", "locks"),
}


def some_states(case: Subject) -> list[State]:
    """States all over the first ones that are reached, always the same."""
    evaluator = case.evaluator
    found = {evaluator.initial(): None}
    queue = list(found)
    for now in queue:
        for _, _, after in get_steps(evaluator, now).after:
            if after not in found and len(found) < LIMIT:
                found[after] = None
                queue.append(after)
    return random.Random(SEED).sample(queue, min(LOOKED_AT, len(queue)))


@pytest.mark.parametrize("name", CASES)
def test_every_step_of_the_evaluator_is_one_of_the_reading(name: str) -> None:
    case = CASES[name]()
    reading, evaluator = AnySize(case.model), case.evaluator
    for now in some_states(case):
        steps = list(get_steps(evaluator, now).after)
        for action, values, after in steps[:2]:
            concrete = Concrete(reading, evaluator, (now, after))
            assert allows(concrete, Firing(action, values), now, after)


@pytest.mark.parametrize("name", ["directory", "swap"])
def test_no_other_step_is_one_of_the_reading(name: str) -> None:
    """Where nothing is read more widely: no other outcome, and no step that is not possible."""
    case, generator = CASES[name](), random.Random(SEED)
    reading, evaluator = AnySize(case.model), case.evaluator
    states = some_states(case)
    for now in states:
        possible = {(a, v): after for a, v, after in get_steps(evaluator, now).after}
        firings = [f for _, f in evaluator.firings]
        for firing in generator.sample(firings, min(3, len(firings))):
            after = possible.get((firing.action, firing.values))
            other = generator.choice([s for s in states if s != after])
            concrete = Concrete(reading, evaluator, (now, other))
            assert not allows(concrete, firing, now, other)


def pages(scope: str) -> Subject:
    """The pages of popcorn-2020, which are proved without a counter."""
    parts = ("tasks", "placement", "pages")
    whole = make_subject(Request("popcorn-2020", "repaired", "", parts)).model
    model = without_counters(whole, ("joined",))
    return at_scope(model, scope)


EXITS = "kernels=1,tasks=2,groups=1,replicas=1,hops=any,clones=any,group_exits=any"

GRAPHS: dict[str, tuple[Callable[[], Subject], int]] = {
    "threads": (lambda: popcorn("kernels=2,tasks=1,groups=1,replicas=1,hops=any", "threads"), 25),
    "exits": (lambda: popcorn(EXITS, "threads", "lifetime"), 17),
    "locks": (lambda: popcorn("kernels=2,tasks=1,pages=1,lock_rounds=any", "locks"), 27),
    "pages": (lambda: pages("kernels=1,tasks=2,pages=1"), 45),
}
"""Small scopes with the number of their states. Budgets bound nothing there, as in the reading."""


def reachable(case: Subject) -> dict[State, dict[Firing, State]]:
    """The state graph: from each state the instances that are possible, and where they lead."""
    graph: dict[State, dict[Firing, State]] = {}
    queue = [case.evaluator.initial()]
    for now in queue:
        if now not in graph:
            after = get_steps(case.evaluator, now).after
            graph[now] = {Firing(a, v): then for a, v, then in after}
            queue += graph[now].values()
    return graph


@pytest.mark.rest
@pytest.mark.parametrize("name", GRAPHS)
def test_both_readings_have_the_same_graph(name: str) -> None:
    """From each state each instance leads to where the evaluator says, and to no other state."""
    make, size = GRAPHS[name]
    case = make()
    reading, evaluator, graph = AnySize(case.model), case.evaluator, reachable(case)
    assert len(graph) == size
    concrete = Concrete(reading, evaluator, graph)
    for now, possible in graph.items():
        for action in case.model.actions:
            known = [f for f in possible if f.action == action.name]
            assert not allows_more(concrete, action.name, now, known)
        for firing, then in possible.items():
            assert allows(concrete, firing, now, then), firing
            others = [s for s in graph if s != then]
            assert not allows(concrete, firing, now, *others), firing


def test_a_whole_protocol_has_this_reading() -> None:
    model = make_subject(Request("popcorn-2014", "repaired")).model
    reading = AnySize(model)
    now, then = reading.moment(), reading.moment("'")
    for action in model.actions:
        assert reading.step(action, now, then).formulas
    for prop in model.properties:
        assert z3.is_bool(reading.claim(prop, now))
    solver = z3.Solver(ctx=reading.ctx)
    solver.add(*reading.axioms(now), *reading.initial(now))
    assert solver.check() == z3.sat


def holds_inductively(reading: AnySize, claims: list[Property]) -> set[tuple[str, str]]:
    """The actions and claims for which a step may lead out of the claims."""
    now, broken = reading.moment(), set()
    for action in reading.model.actions:
        then = reading.moment("'", reading.changed_by(action), now)
        step = reading.step(action, now, then)
        for claim in claims:
            solver = z3.Solver(ctx=reading.ctx)
            solver.add(*reading.axioms(now, then), *step.formulas)
            solver.add(*(reading.claim(c, now) for c in claims))
            solver.add(z3.Not(reading.claim(claim, then)))
            if solver.check() != z3.unsat:
                broken.add((action.name, claim.name))
    return broken


def test_the_directory_is_not_inductive_by_itself_and_the_actions_at_fault_are_named() -> None:
    model = directory.PROTOCOL.configured("repaired")
    claims = [p for p in model.properties if p.mood is Mood.ALWAYS]
    assert holds_inductively(AnySize(model), claims) == {
        ("give_up", "one_writer"),
        ("give_up", "the_origin_knows"),
        ("note", "the_origin_knows"),
        ("receive", "one_writer"),
        ("receive", "the_origin_knows"),
    }


def test_what_has_no_reading_is_refused_with_what_would_have_one() -> None:
    reading = AnySize(protocols.swap.configured())
    now, seat = reading.moment(), protocols.Seat.info
    with pytest.raises(NoReading, match=r"has no name.*Seat.named"):
        reading.formula(e.Const(seat, 1), now)
    with pytest.raises(NoReading, match="only a comparison with a constant"):
        reading.formula(e.Count(e.NATURAL, e.Var(seat, "s", 1), e.YES), now)
    counts = e.Count(e.NATURAL, e.Var(seat, "s", 1), e.YES)
    with pytest.raises(NoReading, match="compared with another number"):
        reading.formula(e.Less(e.TRUTH, counts, counts, strict=True), now)
    parcels = AnySize(protocols.parcels.configured())
    with pytest.raises(NoReading, match="item 1 of heap"):
        parcels.step("deliver", parcels.moment(), parcels.moment("'"))


def test_counts_are_compared_by_witnesses() -> None:
    reading = AnySize(protocols.swap.configured())
    seat, now = protocols.Seat.info, reading.moment()
    var = e.Var(seat, "s", 1)
    seats = e.Count(e.NATURAL, var, e.YES)
    both = e.Plus(e.NATURAL, (seats, seats, e.Const(e.NATURAL, -1)))

    def valid(*exprs: e.Expr) -> bool:
        solver = z3.Solver(ctx=reading.ctx)
        solver.add(z3.Not(z3.And([reading.formula(x, now) for x in exprs])))
        return bool(solver.check() == z3.unsat)

    def number(value: int) -> e.Expr:
        return e.Const(e.NATURAL, value)

    two = e.Less(e.TRUTH, number(2), seats, strict=False)
    three = e.Less(e.TRUTH, number(2), seats, strict=True)
    assert valid(e.Or(e.TRUTH, (e.Not(e.TRUTH, three), two)))
    assert not valid(e.Or(e.TRUTH, (e.Not(e.TRUTH, two), three)))
    assert valid(e.Equal(e.TRUTH, two, e.Less(e.TRUTH, number(3), both, strict=False)))
    exactly = e.Equal(e.TRUTH, seats, number(2))
    assert valid(e.Equal(e.TRUTH, exactly, e.And(e.TRUTH, (two, e.Not(e.TRUTH, three)))))
