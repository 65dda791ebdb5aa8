"""What does not fit has to be refused, must change nothing, and is told apart from what fits."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

from popcorn_checker.conform import script, wire
from popcorn_checker.conform.case import Case
from popcorn_checker.conform.cases import find_cases
from popcorn_checker.conform.cases_refused import MESSAGES, ORDERS, REFUSED
from popcorn_checker.conform.driving import Session
from popcorn_checker.conform.explaining import Departure
from popcorn_checker.conform.messages import End
from popcorn_checker.conform.running import Target, run_case
from popcorn_checker.conform.talking import Lax, NotNow
from popcorn_checker.conform.world import make_world
from popcorn_reference.adapter import Cluster
from popcorn_reference.roll import Roll
from support.inside import Inside, drive

CREDULOUS = """
from popcorn_reference import adapter
from popcorn_reference.roll import Roll
Roll.hear = lambda self, thread, turning, source: self.turn(thread, turning)
adapter.main()
"""
"""Believes whoever speaks for a thread."""

Change = Callable[[wire.Order, wire.Reply], wire.Reply]


class Altered(Inside):
    """The reference, whose answers to what does not fit are changed."""

    def __init__(self, change: Change) -> None:
        super().__init__()
        self._change = change

    def order(self, order: wire.Order) -> wire.Reply:
        """Have something done."""
        said = super().order(order)
        is_odd = isinstance(order, wire.Begin | wire.Stop) and order.context == "odd"
        return self._change(order, said) if is_odd else said


def drive_altered(does: str, change: Change) -> Session:
    session = Session([Altered(change)], make_world(3, 3, 2))
    for step in script.parse(does):
        session.take(step)
    session.rest()
    return session


def get_case(id_: str) -> Case:
    (case,) = find_cases((id_,))
    return case


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.id)
def test_each_asks_for_a_refusal_and_goes_on_from_there(case: Case) -> None:
    session = drive(case)
    refused = [reply for _, reply in session.log if reply is not None and reply.result == "error"]
    assert len(refused) == sum(isinstance(step, script.Refuse) for step in case.steps) > 0
    assert all(reply.text and not reply.sends for reply in refused)


def test_all_kinds_of_orders_and_messages_are_refused_once() -> None:
    odd = [step.what for c in REFUSED for step in c.steps if isinstance(step, script.Refuse)]
    assert {type(each) for each in odd} == {
        script.Begin, script.Ask, script.Ring, script.Kill, script.Forged, script.Again,
    }  # fmt: skip
    forged = {each.kind for each in odd if isinstance(each, script.Forged)}
    assert forged == script.FORGED.keys()


def test_who_carries_out_an_order_that_cannot_be_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Cluster, "_refuse_out_of_place", lambda self, order: None)
    for id_ in ("refuse/begin/1", "refuse/begin/2", "refuse/ring/1", "refuse/kill/1"):
        with pytest.raises(Departure, match="it carries out") as found:
            drive(get_case(id_))
        assert found.value.right == ("it refuses that: it cannot be done",)


def test_who_takes_a_message_that_does_not_fit_is_not_strict(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Roll, "hear", lambda self, thread, turning, _: self.turn(thread, turning))
    lax = {case.id for case in MESSAGES if is_lax(case)}
    assert lax == {f"refuse/{name}" for name in ("call/1", "call/2", "done/1", "done/2")}
    outcome = run_case(Target((sys.executable, "-c", CREDULOUS)), get_case("refuse/done/1"))
    assert outcome.grade == "non-strict"
    assert outcome.seen.startswith('it takes {"cmd":"deliver"')
    assert outcome.seen.endswith('"message":{"kind":"DONE","thread":0}}, which no kernel sends')


def is_lax(case: Case) -> bool:
    try:
        drive(case)
    except Lax:
        return True
    return False


def test_who_says_no_and_does_it_all_the_same_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Cluster, "_refuse_out_of_place", lambda self, order: None)
    with pytest.raises(Departure, match=r'it refuses \{"cmd":"deliver".*"call":"migrate"'):
        drive_altered("begin 0 | drain | refuse begin 1 | t0 migrate 1 | drain",
                      lambda order, said: wire.Reply(order.seq, "error"))  # fmt: skip


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        (lambda said: replace_reply(said, sends=(wire.Sent(0, End()),)),
         "it refuses this, and sends END"),
        (lambda said: replace_reply(said, copies=()), "page tables of kernel 1 allow nothing"),
        (lambda said: replace_reply(said, copies=(wire.Copied(0, "read"),)), None),
    ],
    ids=("it sends", "it drops a page", "it tells what is there"),
)  # fmt: skip
def test_a_refusal_is_nothing_but_one(
    change: Callable[[wire.Reply], wire.Reply], seen: str | None
) -> None:
    does = "begin 1 | drain | t0 fault r0 | drain | refuse t0 fault r0"
    if seen is None:
        drive_altered(does, lambda _, said: change(said))
        return
    with pytest.raises(Departure, match=seen):
        drive_altered(does, lambda _, said: change(said))


def replace_reply(said: wire.Reply, **changed: object) -> wire.Reply:
    return wire.Reply(said.seq, said.result, text=said.text, **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("does", "why"),
    [
        ("begin 0 | drain | refuse t0 migrate 1", "this fits, and need not be refused"),
        ("begin 0 | drain | t0 migrate 1 | refuse CALL t0 0>0", "this fits"),
        ("begin 1 | drain | t0 fault w0 | deliver 1>0 | deliver 0>1 | refuse DONE t0 1>0",
         "this fits"),
        ("begin 0 | refuse again 0>1", "nothing has arrived there yet"),
        ("begin 0 | drain | refuse t1 other", "thread 1 runs nowhere, so say `at` which kernel"),
        ("begin 0 | drain | refuse kill at 3", "there is no kernel 3 that could be told"),
    ],
)
def test_what_need_not_be_refused_is_the_mistake_of_the_script(does: str, why: str) -> None:
    with pytest.raises(NotNow, match=re.escape(why)):
        drive(replace(ORDERS[0], does=does))


@pytest.mark.parametrize(
    "text",
    ["refuse", "refuse drain", "refuse deliver 0>1", "refuse DONE 0 1>0", "refuse END t0 1>0",
     "refuse again", "refuse LATE t0 0>1", "refuse kill at", "refuse refuse kill", "DONE t0 1>0"],
)  # fmt: skip
def test_what_cannot_be_refused_is_no_step(text: str) -> None:
    with pytest.raises(script.ScriptError, match="is no step; there are: begin K, drain"):
        script.parse(text)
