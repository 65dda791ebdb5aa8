"""The cases say what they do, go as they should, and find what is wrong."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from popcorn_checker.conform import script
from popcorn_checker.conform.case import CALLS_OF, Case
from popcorn_checker.conform.cases import CASES, find_cases
from popcorn_checker.conform.explaining import Departure
from popcorn_checker.conform.running import Outcome, Target, run_case
from popcorn_checker.conform.talking import NotNow
from popcorn_checker.conform.wire import CAPABILITIES
from popcorn_checker.errors import UsageError
from popcorn_reference import adapter
from popcorn_reference.kernel import NoSystem
from popcorn_reference.messages import Message
from support.inside import drive, failing
from support.wrong.catalogue import ALL
from support.wrong.rows import Wrong

WRITTEN = tuple(case for case in CASES if not case.examples and case.level == "messages")
UNSEEN = {"store", "close"}
"""What no message tells: a write of who may write, and that the origin forgets a process."""

NOT_TOLD = {
    "runs before it maps": "what a kernel does before it answers has no order",
    "threads outlive their process": "nobody asks for them any more",
    "farewell is not noted": "nothing follows the last farewell",
}
"""Wrong implementations that no message gives away, and why."""


@pytest.mark.parametrize("case", WRITTEN, ids=lambda case: case.id)
def test_the_reference_conforms(case: Case) -> None:
    session = drive(case)
    assert session.judge.remarks == []
    assert session.judge.behaviour()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_case_says_what_it_is(case: Case) -> None:
    assert re.fullmatch(r"[a-z]+/[a-z]+/[1-9]", case.id)
    assert set(case.needs) <= set(CAPABILITIES)
    assert case.expects.endswith(".")
    assert case.why.endswith(".")
    assert case.source
    if not case.examples:
        assert script.show(case.steps) == " ".join(case.does.split())
        claimed = {call for need in case.needs for call in CALLS_OF[need]}
        claimed |= {"read", "write"} if case.level == "program" else set()
        assert case.calls <= claimed


def test_ids_are_used_once() -> None:
    assert [i for i, n in Counter(case.id for case in CASES).items() if n > 1] == []


def test_every_capability_is_asked_for() -> None:
    calls = {call for case in WRITTEN for call in case.calls}
    assert calls == {call for names in CALLS_OF.values() for call in names}
    assert {need for case in CASES for need in case.needs} == set(CAPABILITIES)


@pytest.mark.parametrize("wrong", ALL, ids=lambda wrong: wrong.name)
def test_every_wrong_implementation_is_found(wrong: Wrong) -> None:
    with wrong.applied():
        assert bool(list(failing(WRITTEN))) != (wrong.name in NOT_TOLD)


def test_every_action_that_is_seen_is_taken() -> None:
    taken: set[str] = set()
    for case in WRITTEN:
        session = drive(case)
        taken |= {firing.action for firing, _ in session.judge.behaviour()}
        actions = {action.name for action in session.world.evaluator.model.actions}
    assert actions - taken == UNSEEN


@pytest.mark.parametrize(
    ("does", "why"),
    [
        ("begin 0 | drain | t1 migrate 1", "t1 migrate 1: thread 1 is not sure to run anywhere"),
        ("begin 0 | drain | ring t0", "ring t0: thread 0 does not sleep"),
        ("begin 0 | drain | t0 migrate 0", "t0 migrate 0: this is no step of the model here"),
        ("begin 0 | begin 0", "begin 0: this is no step of the model here"),
        ("begin 0 | deliver 0>1", "deliver 0>1: nothing is on its way there"),
        ("begin 0 | tick 3", "tick 3: time passes where only a program is seen"),
    ],
)
def test_what_is_not_legal_is_told(does: str, why: str) -> None:
    with pytest.raises(NotNow, match=why):
        drive(replace(WRITTEN[0], does=does))


@pytest.mark.parametrize(
    "text",
    ["begin", "t0 walk", "t0 fault 1", "drain but", "t0 fill 0", "t0 migrate", "", "kill 9", "tick",
     "tick some"],
)
def test_what_is_no_script_is_told(text: str) -> None:
    with pytest.raises(script.ScriptError, match="is no step; there are: begin K, drain"):
        script.parse(text)


def test_cases_are_found_by_id_and_by_its_beginning() -> None:
    assert [c.id for c in find_cases(("pages/two/2",))] == ["pages/two/2"]
    assert len(find_cases(("pages/two",))) == 3
    assert {c.id.split("/")[0] for c in find_cases(("clone", "exit"))} == {"clone", "exit"}
    with pytest.raises(UsageError, match="pages/too"):
        find_cases(("pages/too",))


def test_the_first_thing_that_is_wrong_is_told_with_what_would_be_right() -> None:
    (wrong,) = (w for w in ALL if w.name == "nobody is waited for")
    with wrong.applied(), pytest.raises(Departure) as found:
        drive(find_cases(("pages/wait/1",))[0])
    assert "ANSWER to kernel 0: thread 0 and page 0 to write" in found.value.seen
    assert found.value.right == (
        "RECALL to kernel 1: page 0, for another to write and "
        "RECALL to kernel 2: page 0, for another to write",
    )


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        (lambda m: m | {"result": 7} if m.get("result") == 0 else m, "begins with the result 7"),
        (lambda m: {n: v for n, v in m.items() if n != "result"}, "returns 0"),
        (lambda m: m | {"context": "other"}, "with context 'other'"),
    ],
    ids=("the child's result", "no result", "the context"),
)
def test_what_an_answer_carries_is_looked_at(
    change: Callable[[dict[str, Any]], dict[str, Any]], seen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = adapter.write_message

    def write_other(message: Message) -> dict[str, Any]:
        found = write(message)
        return change(found) if found["kind"] == "ANSWER" else found

    monkeypatch.setattr(adapter, "write_message", write_other)
    with pytest.raises(Departure) as departure:
        drive(find_cases(("clone/origin/1",))[0])
    assert seen in departure.value.seen


@pytest.mark.parametrize(
    ("number", "seen"), [(0, "returns 0"), (7, "returns 7"), (-11, None)]
)
def test_who_forks_is_told_the_number_of_its_child(
    number: int, seen: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(NoSystem, "make_child", lambda *_: number)
    case = find_cases(("fork/parent/1",))[0]
    if seen is None:
        assert drive(case).judge.remarks == ["a fork fails with -11, where the model has no limit"]
        return
    with pytest.raises(Departure, match=f"the fork of thread 0 {seen}") as departure:
        drive(case)
    assert departure.value.right == ("the number of the child, above 0 and not used yet",)


def test_the_answers_of_a_clone_may_come_in_either_order(monkeypatch: pytest.MonkeyPatch) -> None:
    obey = adapter.Cluster.obey

    def obey_backwards(self: adapter.Cluster, order: Mapping[str, Any]) -> dict[str, Any]:
        said = obey(self, order)
        answers = [s for s in said["sends"] if s["message"]["kind"] == "ANSWER"]
        rest = [s for s in said["sends"] if s["message"]["kind"] != "ANSWER"]
        return said | {"sends": [*answers[::-1], *rest]}

    monkeypatch.setattr(adapter.Cluster, "obey", obey_backwards)
    assert list(failing(find_cases(("clone",)))) == []
    derived = find_cases(("cover/threads",))
    assert list(failing(derived)) != [], "they were derived with the other order"
    assert {o.grade for o in map(outcome_of, derived[:20])} == {"conforms"}


def outcome_of(case: Case) -> Outcome:
    """What becomes of a case in a process of its own, whose answers come in the other order."""
    return run_case(Target((sys.executable, "-c", BACKWARDS)), case)


BACKWARDS = """
from popcorn_reference import adapter
obey = adapter.Cluster.obey
def backwards(self, order):
    said = obey(self, order)
    answers = [s for s in said["sends"] if s["message"]["kind"] == "ANSWER"]
    rest = [s for s in said["sends"] if s["message"]["kind"] != "ANSWER"]
    return said | {"sends": [*answers[::-1], *rest]}
adapter.Cluster.obey = backwards
adapter.main()
"""
