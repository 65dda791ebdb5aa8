"""At a scope, Z3 takes exactly the steps that the evaluator takes, and sees the same faults."""

from collections import Counter

import pytest
import z3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from popcorn_checker.checking import Request, make_subject
from popcorn_checker.evaluate import State
from popcorn_checker.exploring import Subject
from popcorn_checker.ground import Grounder
from popcorn_checker.symbolic.finite.steps import Relation, relate
from popcorn_model.examples import directory
from popcorn_model.language import Protocol
from support import corners, oddities, protocols, random_models
from support.oracle import get_steps
from support.subjects import at_scope

Steps = Counter[tuple[str, tuple[int, ...], State]]


class Enumerating:
    """All steps from a state, by asking Z3 for one after the other."""

    def __init__(self, subject: Subject) -> None:
        self.relation: Relation = relate(Grounder(subject.model, subject.scope))
        self.subject = subject
        self.solver = z3.SolverFor("QF_FD")
        self.solver.add(*self.relation.formulas)

    def steps(self, state: State) -> Steps:
        relation, found = self.relation, Steps()
        self.solver.push()
        constants = relation.bits.constants(state)
        pairs = zip(relation.now.variables, constants, strict=True)
        self.solver.add(*(a == b for a, b in pairs))
        while self.solver.check() == z3.sat:
            model = self.solver.model()
            values = [model.eval(v, True) for v in relation.then.variables]
            taken = [n for n, c in enumerate(relation.choosers) if z3.is_true(model.eval(c))]
            (number,) = taken
            rule = relation.rules[number]
            name = self.subject.model.actions[rule.action].name
            found[name, rule.values, relation.bits.decoded(values)] += 1
            self.solver.add(z3.Not(relation.choosers[number]))
        self.solver.pop()
        return found

    def is_faulty(self, state: State) -> bool:
        relation = self.relation
        pairs = list(zip(relation.now.variables, relation.bits.constants(state), strict=True))
        faults = (z3.simplify(z3.substitute(f, *pairs)) for f in relation.faulty)
        return any(z3.is_true(f) for f in faults)


def compare(subject: Subject, limit: int) -> int:
    """Hold Z3 against the evaluator in the first states; how many those were."""
    evaluator, z3_engine = subject.evaluator, Enumerating(subject)
    found = {evaluator.initial(): None}
    queue = list(found)
    for state in queue:
        expected = get_steps(evaluator, state)
        assert z3_engine.steps(state) == expected.after
        assert z3_engine.is_faulty(state) == bool(expected.faults)
        for _, _, after in expected.after:
            if after not in found and len(found) < limit:
                found[after] = None
                queue.append(after)
    return len(queue)


CASES = [
    (directory.PROTOCOL, "kernels=2"),
    (corners.ring, ""),
    (corners.ring, "kernels=1"),
    (corners.post, "calls=2"),
    (corners.post, "kernels=3,pages=1,slots=2"),
    (corners.clerk, "stamps=2,tray_slots=1"),
    (corners.clerk, "flag_slots=0"),
    (corners.clerk, "desk_slots=0"),
    *((protocol, "") for protocol in (*protocols.SMALL, protocols.leaky, *oddities.ODD)),
    *((oddities.make_stumble(step), "") for step in oddities.STUMBLES),
]


@pytest.mark.parametrize(("protocol", "scope"), CASES, ids=lambda x: getattr(x, "name", x))
def test_steps_agree(protocol: Protocol, scope: str) -> None:
    assert compare(at_scope(protocol, scope), 25)


@pytest.mark.parametrize(
    ("parts", "scope", "states"),
    [
        (("threads", "lifetime"), "kernels=2,tasks=2,pages=1,hops=1", 6),
        (("memory",), "kernels=2,tasks=1,pages=1,vma_ops=1", 4),
        (("locks",), "kernels=2,tasks=2,pages=1,lock_rounds=1", 8),
    ],
)
def test_steps_of_popcorn_agree(parts: tuple[str, ...], scope: str, states: int) -> None:
    subject = make_subject(Request("popcorn-2014", "as-built", scope, parts))
    assert compare(subject, states) == states


@settings(
    max_examples=12,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example],
)
@given(drawn=random_models.models(), scope=st.sampled_from(random_models.SCOPES[:3]))
def test_steps_of_random_models_agree(drawn: random_models.Drawn, scope: str) -> None:
    assert compare(at_scope(drawn.model, scope), 5)
