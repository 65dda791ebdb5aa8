"""Total tables are refused unless they have each cell exactly once."""

from __future__ import annotations

from enum import Enum

import pytest

from popcorn_model.language import ModelError
from popcorn_model.language.totals import total


class Lamp(Enum):
    """A lamp."""

    OFF = "dark"
    ON = "lit"


class Hand(Enum):
    """What a hand does."""

    PUSH = "pushes the button"


def test_a_total_table_keeps_its_cells_in_order() -> None:
    table = total((Lamp, Hand), {(Lamp.ON, Hand.PUSH): Lamp.OFF, (Lamp.OFF, Hand.PUSH): Lamp.ON})
    assert list(table) == [(Lamp.OFF, Hand.PUSH), (Lamp.ON, Hand.PUSH)]
    assert table[Lamp.ON, Hand.PUSH] is Lamp.OFF


def test_a_missing_cell_is_named() -> None:
    with pytest.raises(ModelError, match=r"of 2 cells lacks \(ON, PUSH\)"):
        total((Lamp, Hand), {(Lamp.OFF, Hand.PUSH): Lamp.ON})


def test_a_cell_of_no_axis_is_named() -> None:
    cells: dict[tuple[Enum, ...], int] = {(Lamp.OFF,): 0, (Lamp.ON,): 1, (Hand.PUSH,): 2}
    with pytest.raises(ModelError, match=r"has the cell \(PUSH\)"):
        total((Lamp,), cells)
