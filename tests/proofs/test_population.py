"""Lemmas in the states that can be reached at a small scope, by engine and evaluator alike."""

from popcorn_model.language import Bool, Mood, Property, always
from popcorn_model.language import expr as e
from popcorn_model.language.order import Ahead
from popcorn_model.language.prose import expression
from popcorn_model.language.walk import every_node
from popcorn_model.popcorn_2014.messages import Wire
from popcorn_model.popcorn_2014.sorts import Kernel, Task
from popcorn_model.popcorn_2014.transport import ring
from popcorn_proofs.claim import make_theory
from popcorn_proofs.claims import closure, threads
from popcorn_proofs.claims.locks_2014 import CLAIMS
from popcorn_proofs.population import populate

SECONDS = 120.0
LEMMA = "a_reply_comes_after_earlier_requests"


def test_the_lemmas_of_the_locks_hold_and_the_order_of_messages_matters() -> None:
    theory = make_theory(CLAIMS[0])
    lemma = next(p for p in theory.lemmas if p.name == LEMMA)
    order = next(n for n in every_node(lemma.body) if isinstance(n, Ahead))
    assert expression(order).startswith("in clone_work[k] there is lock_request(task=u, ...) ahead")
    never = Property("never", Mood.ALWAYS, lemma.params, e.Not(e.TRUTH, order))
    found = populate(theory.with_lemmas((*theory.lemmas, never)), CLAIMS[0].probes[0], SECONDS)
    assert [p.name for p in theory.lemmas if found.failing(p.name) is not None] == []
    number = found.failing("never")
    assert number is not None
    evaluator = found.evaluator
    assert not evaluator.holds(never, found.states[number])
    assert all(evaluator.holds(never, state) for state in found.states[:number])
    assert all(evaluator.holds(lemma, state) for state in found.states[::50])


@always()
def nobody_answers(t: Task, p: Task, k: Kernel) -> Bool:
    """No birth is ever counted."""
    return ~ring[k].holds(Wire.born_ack(task=t, parent=p))


def test_the_lemmas_of_the_threads_hold_while_births_are_counted() -> None:
    theory = make_theory(threads.CLAIM)
    scope = threads.CLAIM.probes[1]
    found = populate(theory.with_lemmas((*theory.lemmas, nobody_answers)), scope, SECONDS)
    claimed = (*theory.lemmas, *theory.safety)
    assert [p.name for p in claimed if found.failing(p.name) is not None] == []
    assert found.found.complete
    assert found.failing("nobody_answers") is not None


def test_the_lemmas_of_the_closure_hold_where_there_are_two_groups() -> None:
    theory = make_theory(closure.CLAIM)
    found = populate(theory, "kernels=2,tasks=2,groups=2,replicas=2", SECONDS)
    claimed = (*theory.lemmas, *theory.safety)
    assert [p.name for p in claimed if found.failing(p.name) is not None] == []
    assert found.found.complete
    assert found.found.states == 956_613
