"""One thing that is wrong in a complete log is found, where it is."""

from __future__ import annotations

import pytest

from support.logs import Rate
from support.rates import measure


@pytest.mark.parametrize(
    ("program", "rate"),
    [("visit", Rate(found=18, legal=2)), ("family", Rate(found=18, legal=2))],
)
def test_corruptions_are_found_at_the_line_or_its_neighbour(program: str, rate: Rate) -> None:
    assert measure(program, 20, seed=7) == rate
