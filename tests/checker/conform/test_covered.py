"""The cases that cover transitions do so, and the reference takes them all."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from popcorn_checker.conform.case import Case
from popcorn_checker.conform.cases import CASES, find_cases
from popcorn_checker.conform.covered import PATH, covering_cases
from support.covering_cases import GROUNDS, derive
from support.inside import drive, failing
from support.wrong.catalogue import ALL

COUNTS = {"threads": 72, "pages": 559, "all": 126}

NOT_TAKEN = {
    "store", "close", "wake", "serve_mmap", "serve_mremap", "refuse_fault", "miss_word"
}  # fmt: skip
"""What no message shows, and what the origin does by itself: that is not looked for here, and the
cases that were written take it."""


def get_group(case: Case) -> str:
    return case.id.split("/")[1]


def test_there_are_as_many_as_were_derived() -> None:
    assert Counter(map(get_group, covering_cases())) == COUNTS
    assert COUNTS.keys() == GROUNDS.keys()


@pytest.mark.rest    # 25 s: the graphs, the ways through them, and a choice of those
def test_they_are_what_is_derived() -> None:
    assert PATH.read_text() == "\n".join(derive()) + "\n"


def test_the_reference_takes_all_of_them_and_every_action_that_messages_show() -> None:
    taken: set[str] = set()
    actions: set[str] = set()
    for case in covering_cases():
        session = drive(case)
        taken |= {firing.action for firing, _ in session.judge.behaviour()}
        actions |= {action.name for action in session.world.evaluator.model.actions}
    assert actions - taken == NOT_TAKEN


def test_they_find_a_mistake_that_only_one_transition_shows() -> None:
    (wrong,) = (w for w in ALL if w.name == "the writer is sent old data")
    with wrong.applied():
        found = list(failing(covering_cases()))
    assert len(found) < len(covering_cases()) / 4


def test_they_are_run_when_they_are_asked_for() -> None:
    assert find_cases() == CASES
    assert find_cases(every=True) == (*CASES, *covering_cases())
    assert len(find_cases(("cover/all",))) == COUNTS["all"]
    assert replace(find_cases(("cover/all/3",))[0], does="").id == "cover/all/3"
