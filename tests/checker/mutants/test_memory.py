"""A call that ends while its kernel still sends something else needs three threads to do harm.

The grounds of the memory are smaller than that, so the run stands here step by step.
"""

from collections.abc import Iterator

import pytest

from popcorn_checker.checking import Request, make_subject
from popcorn_checker.evaluate import Evaluator, Firing, State, StepFault
from popcorn_model.language.mutate import find_mutation

SCOPE = "kernels=2,tasks=3,pages=2,vma_ops=1"

FOREIGN_FRAME = """
    place t0 k0 g0 r0 | place t1 k0 g0 r0 | place t2 k1 g0 r0 | grow t1 k0 r0 p1 | CALL t1 k0 p1
    lock_stack t2 k1 p0 | grant_lock t2 k1 | lock_stack t0 k0 p0 | ask_for_stack t2 k1 p0
    send_next k1 k0 | answer_with_area k0 t2 k1 r0 p0 | hear_of_nothing k1 t2 k0 p0
    map_stack t2 k1 r0 p0 | take_lock_back t2 | grant_lock t0 k0
    touch_to_write t2 k1 r0 p1 | grant_lock t2 k1 | ask_for_page t2 k1 r0 p1 | send_next k1 k0
    answer_with_area k0 t2 k1 r0 p1 | hear_of_page k1 t2 k0 p1 | find_page_nowhere t2 k1 r0 p1
    fill_page t2 k1 r0 p1 f0 | take_lock_back t2 | grant_lock t1 k0
"""
"""Thread t2 on kernel k1 writes to the page that t1 on k0 is about to unmap or to map anew."""

UNMAP = """
    unmap_here t1 k0 r0 p1 | send_next k0 k1 | unmap_there k1 t1 k0 | hear_of_unmap k0 t1 k1
    ask_for_stack t0 k0 p0
"""
MAP_ANEW = UNMAP.replace("unmap_here t1 k0 r0 p1", "clear_place t1 k0 p1")


def firings(run: str) -> Iterator[Firing]:
    """The steps of a run, one after the other."""
    for step in run.replace("\n", "|").split("|"):
        if step.strip():
            action, *members = step.split()
            yield Firing(action, tuple(int(m[1:]) for m in members))


def walk(evaluator: Evaluator, run: str) -> State:
    """The state after the run; every step must be possible."""
    state = evaluator.initial()
    for firing in firings(run):
        after = evaluator.fire(state, evaluator.model.action(firing.action), firing)
        assert after is not None, firing
        state = after
    return state


@pytest.mark.parametrize(
    ("mutation", "call", "rest", "last"),
    [
        ("return_from_munmap/guard4", "call_munmap", UNMAP, "return_from_munmap t1 k0"),
        ("map_here/guard4", "call_mmap_at", MAP_ANEW, "map_here t1 k0 r0"),
    ],
)
def test_a_call_that_does_not_wait_to_send_overflows(
    mutation: str, call: str, rest: str, last: str
) -> None:
    request = Request("popcorn-2014", "repaired", SCOPE, ("memory",), {"lock": "light"})
    right = make_subject(request)
    state = walk(right.evaluator, FOREIGN_FRAME.replace("CALL", call) + rest)
    (firing,) = firings(last)
    assert right.evaluator.fire(state, right.model.action(firing.action), firing) is None
    wrong = find_mutation(right.model, mutation).apply(right.model)
    with pytest.raises(StepFault, match="outbox holds 1"):
        Evaluator(wrong, right.scope).fire(state, wrong.action(firing.action), firing)
