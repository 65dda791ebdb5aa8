"""An answer that could be believed when it came is named where only later it is found out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from popcorn_checker.conform import script
from popcorn_checker.conform.explaining import Departure
from popcorn_checker.conform.hindsight import HINTS_MAX
from popcorn_checker.conform.program_driving import ProgramSession
from support.command import invoke
from support.told import begin_told

TWO = "begin 0 | t0 clone | drain | "
BORN: list[dict[str, Any]] = [{}, {"done": [{"thread": 0, "result": 1}]}]
LOST = (
    f"{TWO}t1 futex_wait 0 0 | drain | t0 write 0 1 | drain | t0 futex_wake 0 | drain",
    [*BORN, {}, {}, {"done": [{"thread": 0}]}, {}, {"done": [{"thread": 0, "result": 0}]}],
)
"""Of two threads one sleeps, and the other says that there is nobody to wake."""

ADAPTER = """
import json, sys
words = {}
for line in sys.stdin:
    order, done = json.loads(line), []
    if order["cmd"] == "hello":
        said = {"version": 1, "name": "sleepy", "level": "program"}
        said["capabilities"] = ["migration", "pages", "clone", "futex"]
        print(json.dumps(said), flush=True)
        continue
    if order["cmd"] == "reset":
        words = {}
    if order["cmd"] == "do" and order["op"] != "futex_wait":
        told = {"thread": order["thread"]}
        if order["op"] == "write":
            words[order["page"]] = order["value"]
        if order["op"] == "read":
            told["value"] = words.get(order["page"], 0)
        if order["op"] == "clone":
            told["result"] = 1
        done.append(told)
    if order["cmd"] != "bye":
        print(json.dumps({"seq": order["seq"], "done": done}), flush=True)
"""
"""Right as long as one thread is at something, but who sleeps is woken by nobody."""


def look_back(does: str, answers: list[dict[str, Any]]) -> tuple[Departure, list[str]]:
    """How a run departs, and what is found when it is looked at once more."""
    session = begin_told(*answers)
    with pytest.raises(Departure) as found:
        take(session, does)
    return found.value, session.find_earlier(found.value)


def take(session: ProgramSession, does: str) -> None:
    for step in script.parse(does):
        session.take(step)
    session.rest()


def test_of_a_lost_wake_up_the_wake_up_is_named() -> None:
    why, earlier = look_back(*LOST)
    assert why.seen == "thread 1 is never through"
    assert earlier == [
        "thread 1: futex_wait of page 0 returns 0, if before that thread 0: futex_wake of page 0 "
        "returns 1"
    ]
    assert not {*earlier} & {*why.right}


def test_what_was_seen_at_the_end_may_be_right_itself() -> None:
    """Two threads write at once, and two reads do not agree which of them was the last."""
    why, earlier = look_back(
        f"{TWO}t0 write 0 5 | t1 write 0 6 | drain | t0 read 0 | t1 read 0",
        [*BORN, {}, {"done": [{"thread": 0}, {"thread": 1}]},
         {"done": [{"thread": 0, "value": 6}]}, {"done": [{"thread": 1, "value": 5}]}],
    )  # fmt: skip
    assert why.right == ("thread 1: read of page 0 finds 6",)
    assert earlier == [
        "thread 1 is through with value 5, if before that thread 0: read of page 0 finds 5"
    ]


@pytest.mark.parametrize(
    ("does", "answers", "seen"),
    [
        # one thread alone: no answer could have been another
        ("begin 0 | t0 write 0 5 | t0 read 0", [{}, {"done": [{"thread": 0}]},
         {"done": [{"thread": 0, "value": 4}]}], "thread 0 is through with value 4"),
        # what is refused is no answer of a thread
        ("begin 0", [{"result": "error"}], "it refuses"),
        (f"{TWO}t1 futex_wait 0 0 | t0 futex_wake 0 | t0 other",
         [*BORN, {}, {"done": [{"thread": 0, "result": 0}]}, {"result": "error"}], "it refuses"),
        # another number of a child changes nothing at the end
        ("begin 0 | t0 clone | t0 read 0", [{}, {"done": [{"thread": 0, "result": 2}]},
         {"done": [{"thread": 0, "value": 7}]}], "thread 0 is through with value 7"),
        # nobody has ended what is over
        (f"{TWO}t0 exit | t1 exit | drain", [*BORN], "the program is not over"),
    ],
)  # fmt: skip
def test_where_no_earlier_answer_is_to_blame_none_is_named(
    does: str, answers: list[dict[str, Any]], seen: str
) -> None:
    why, earlier = look_back(does, answers)
    assert why.seen.startswith(seen)
    assert earlier == []


def test_only_the_latest_are_told() -> None:
    reads = "".join("t0 write 0 5 | t1 write 0 6 | drain | t0 read 0 | t1 read 0 | " for _ in "ab")
    both = {"done": [{"thread": 0}, {"thread": 1}]}
    agree = [{"done": [{"thread": 0, "value": 6}]}, {"done": [{"thread": 1, "value": 6}]}]
    differ = [agree[0], {"done": [{"thread": 1, "value": 5}]}]
    why, earlier = look_back(f"{TWO}{reads}drain", [*BORN, {}, both, *agree, {}, both, *differ])
    assert why.seen == "thread 1 is through with value 5"
    assert 0 < len(earlier) <= HINTS_MAX
    assert earlier[0].endswith("thread 0: read of page 0 finds 5")


def test_the_command_tells_it(tmp_path: Path) -> None:
    adapter = tmp_path / "sleepy.py"
    adapter.write_text(ADAPTER)
    hint = (
        "thread 1: futex_wait of page 0 returns 0, if before that thread 0: futex_wake of page 0 "
        "returns 1"
    )
    tried = ("conform", "--only", "program/futex/1")
    result = invoke(*tried, "--", sys.executable, str(adapter))
    assert result.code == 12
    assert f"    or: {hint}\n" in result.out
    (case,) = invoke(*tried, "--json", "--", sys.executable, str(adapter)).data["cases"]
    assert case["earlier"] == [hint]
    assert hint not in case["right"]
