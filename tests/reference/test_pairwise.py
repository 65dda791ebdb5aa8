"""A pairwise sample has every pair that can be, no row that may not be, and is small."""

from collections.abc import Mapping
from itertools import product
from typing import Any, Final

import pytest

from support.pairwise import Rule, anything, find_pairs, get_pairs, make_sample

VALUES: Final = {"one": (1, 2, 3, 4), "two": ("a", "b", "c"), "three": (True, False), "four": (0,)}


def rule(row: Mapping[str, Any]) -> bool:
    """The first value rules out others, two of them only together."""
    return not (
        (row.get("one") == 1 and row.get("two") == "a")
        or (row.get("one") == 2 and row.get("two") == "b" and row.get("three") is True)
    )


@pytest.mark.parametrize("may", [anything, rule], ids=["all", "some"])
def test_every_pair_that_can_be_is_covered(may: Rule) -> None:
    rows = make_sample(VALUES, may)
    whole = [dict(zip(VALUES, each, strict=True)) for each in product(*VALUES.values())]
    expected = {pair for row in whole if may(row) for pair in get_pairs(row)}
    assert {pair for row in rows for pair in get_pairs(row)} == expected
    assert set(find_pairs(VALUES, may)) == expected
    assert all(may(row) and row.keys() == VALUES.keys() for row in rows)
    assert len(rows) <= 14


def test_a_sample_is_the_same_each_time() -> None:
    assert make_sample(VALUES) == make_sample(VALUES)
    assert make_sample(VALUES, seed=1) != make_sample(VALUES, seed=2)
