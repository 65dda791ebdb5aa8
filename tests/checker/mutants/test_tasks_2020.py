"""The mutations that the design lists for threads, areas and futexes: each refuted, but for one.

The right protocol holds on the same grounds, with the same assumptions.
"""

from __future__ import annotations

from typing import Final

import pytest

from popcorn_checker.exploring import Effort
from popcorn_checker.lookup import find_protocol
from popcorn_checker.mutants.editing import add_state
from popcorn_checker.mutants.hunting import Fate
from popcorn_checker.mutants.listed import PLANNED as LISTED
from popcorn_checker.mutants.planned import Planned, find_wrong_grounds, meet
from popcorn_checker.mutants.tasks_2020 import PLANNED, looked
from popcorn_model.language import ModelError

EFFORT: Final = Effort(seconds=120, bytes_max=2 << 30)

LENGTH: Final = {
    "X41": 8, "X42": 8, "X43": 11, "X45": 11, "X46": 9, "X47": 8, "X48": 10, "X50": 10, "X51": 22,
    "X52": 17, "X53": 17, "X55": 35, "X56": 16, "X57": 22, "X58": 3, "X59": 4, "X60": 8, "X61": 8,
    "X62": 3, "X64": 9, "X65b": 3,
}  # fmt: skip

DESIGNED: Final = (
    1, 2, 4, 5, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17, 18, 19, 20, 22, 23, 24, 25, 26, 28, 29, 30,
    31, 32, 34, 35, 36, 37, 38, 39, 41, 42, 43, 45, 46, 47, 48, 50, 51, 52, 53, 55, 56, 57, 58,
    59, 60, 61, 62, 63, 64, 65,
)  # fmt: skip
"""The numbers of the design's list, which are not contiguous."""

HUNTED: Final = [p for p in PLANNED if not p.outside]


@pytest.mark.parametrize("planned", HUNTED, ids=lambda planned: planned.id)
def test_each_listed_mutation_is_refuted(planned: Planned) -> None:
    met = meet(planned, EFFORT)
    assert (met.fate, met.by) == (Fate.REFUTED.value, *planned.asks)
    assert met.length == LENGTH[planned.id]


def test_an_edit_that_finds_nothing_to_change_is_refused() -> None:
    with pytest.raises(ModelError, match="no_such_part"):
        add_state("no_such_part", looked)(find_protocol("popcorn-2020"))


def test_no_listed_mutation_is_forgotten() -> None:
    ids = [p.id for p in LISTED["popcorn-2020"]]
    assert len(ids) == len(set(ids))
    assert {id.rstrip("b") for id in ids} == {f"X{number}" for number in DESIGNED}
    assert sum(bool(p.outside) for p in LISTED["popcorn-2020"]) <= 8


def test_the_right_protocol_holds_where_they_are_hunted() -> None:
    assert find_wrong_grounds(PLANNED, EFFORT) == ()
