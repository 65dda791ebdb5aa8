"""The mutations that the design lists for threads, areas and futexes: each refuted.

The right protocol holds on the same grounds, with the same assumptions.
"""

from __future__ import annotations

from typing import Final

import pytest

from popcorn_checker.exploring import Effort
from popcorn_checker.mutants.hunting import Fate
from popcorn_checker.mutants.planned import Planned, find_wrong_grounds, meet
from popcorn_checker.mutants.tasks_2020 import PLANNED

EFFORT: Final = Effort(seconds=120, bytes_max=2 << 30)

LENGTH: Final = {
    "X41": 8, "X42": 8, "X43": 11, "X45": 11, "X47": 8, "X51": 22, "X52": 17, "X53": 17,
    "X57": 22, "X59": 4, "X60": 8, "X61": 8, "X62": 3, "X65b": 3,
}  # fmt: skip


@pytest.mark.parametrize("planned", PLANNED, ids=lambda planned: planned.id)
def test_each_listed_mutation_is_refuted(planned: Planned) -> None:
    met = meet(planned, EFFORT)
    assert (met.fate, met.by) == (Fate.REFUTED.value, *planned.asks)
    assert met.length == LENGTH[planned.id]


def test_the_right_protocol_holds_where_they_are_hunted() -> None:
    assert find_wrong_grounds(PLANNED, EFFORT) == ()
