"""The mutations that the design of popcorn-2020 lists for its pages, and the edits behind them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from popcorn_checker.exploring import Effort
from popcorn_checker.lookup import find_protocol
from popcorn_checker.mutants.editing import (
    Edit,
    add_action,
    edit_action,
    edit_all,
    remove_action,
    without_guard,
    without_put,
)
from popcorn_checker.mutants.hunting import Fate
from popcorn_checker.mutants.listed import meet_planned
from popcorn_checker.mutants.pages_2020 import PLANNED, map_too_early
from popcorn_checker.mutants.planned import (
    OUTSIDE,
    Planned,
    find_wrong_grounds,
    is_same,
    meet,
)
from popcorn_model.language import ModelError

EFFORT = Effort(seconds=120, bytes_max=2 << 30)
EQUIVALENT = {"X19", "X20"}


# The equivalent ones take 15 s each, since both state graphs are compared step by step.
@pytest.mark.parametrize(
    "planned",
    [
        pytest.param(p, id=p.id, marks=pytest.mark.rest if p.id in EQUIVALENT else [])
        for p in PLANNED
    ],
)
def test_each_listed_mutation_is_explained(planned: Planned) -> None:
    met = meet(planned, EFFORT)
    expected = OUTSIDE if planned.outside else Fate.REFUTED.value
    assert met.fate == (Fate.EQUIVALENT.value if planned.id in EQUIVALENT else expected), met.by


@pytest.mark.rest  # about 25 s: every ground anew
def test_the_right_protocol_holds_where_they_are_hunted() -> None:
    assert find_wrong_grounds(PLANNED, EFFORT) == ()


def test_the_comparison_tells_a_wrong_protocol_apart() -> None:
    wrong = next(p for p in PLANNED if p.id == "X2")
    small = replace(wrong, same_at="kernels=2,tasks=1,pages=1")
    assert not is_same(small)
    assert is_same(replace(small, edit=lambda protocol: protocol))


@pytest.mark.parametrize(
    "edit",
    [
        edit_action("invalidate", without_guard("fresh")),
        edit_action("no_such_action", without_put("pte")),
        edit_all(without_put("no_such_state")),
        remove_action("no_such_action"),
        add_action("no_such_action", map_too_early),
    ],
)
def test_an_edit_that_finds_nothing_is_refused(edit: Edit) -> None:
    with pytest.raises(ModelError):
        edit(find_protocol("popcorn-2020"))


def test_the_table_says_what_became_of_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert meet_planned("popcorn-2020", ["X2", "X34"], EFFORT, json=False) == 0
    out = capsys.readouterr().out
    assert "refuted by acknowledged_is_dropped in 10 steps" in out
    assert "2 listed mutations: 1 refuted, 1 outside the model" in out
