"""Samples of settings in which every two values that may stand together do so at least once.

Most of what is wrong shows with one value or with two together, so such a sample finds it with far
fewer runs than all combinations would take.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations

Row = Mapping[str, object]
Pair = tuple[tuple[str, object], tuple[str, object]]
Rule = Callable[[Row], bool]
"""Says whether values may stand together; asked of incomplete rows too, where it may only refuse
what no other value can mend."""

_TRIES = 20


def anything(row: Row) -> bool:
    """All values may stand together."""
    return True


def make_sample(
    values: Mapping[str, Sequence[object]], may: Rule = anything, seed: int = 0
) -> list[dict[str, object]]:
    """Rows that cover all pairs; the same on every machine."""
    draw = random.Random(seed)
    left = dict.fromkeys(find_pairs(values, may))
    rows: list[dict[str, object]] = []
    while left:
        tries = [_make_row(values, may, left, draw) for _ in range(_TRIES)]
        row = max(tries, key=lambda each: _count(each, left))
        for pair in get_pairs(row):
            left.pop(pair, None)
        rows.append(row)
    return rows


def find_pairs(values: Mapping[str, Sequence[object]], may: Rule = anything) -> Iterator[Pair]:
    """The pairs that some whole row has."""
    for one, other in combinations(values, 2):
        for first in values[one]:
            for second in values[other]:
                if complete({one: first, other: second}, values, may) is not None:
                    yield (one, first), (other, second)


def complete(
    row: dict[str, object], values: Mapping[str, Sequence[object]], may: Rule
) -> dict[str, object] | None:
    """A whole row with what is given; None if there is none."""
    if not may(row):
        return None
    name = next((each for each in values if each not in row), None)
    if name is None:
        return row
    found = (complete({**row, name: value}, values, may) for value in values[name])
    return next((each for each in found if each is not None), None)


def get_pairs(row: Row) -> Iterator[Pair]:
    """All pairs of a row."""
    return combinations(row.items(), 2)


def _make_row(
    values: Mapping[str, Sequence[object]],
    may: Rule,
    left: Mapping[Pair, None],
    draw: random.Random,
) -> dict[str, object]:
    """A row that begins with a pair that is left, each further value covering the most it can."""
    row: dict[str, object] = dict(draw.choice(list(left)))
    for name in draw.sample(sorted(values), len(values)):
        if name not in row:
            choices = draw.sample(list(values[name]), len(values[name]))
            allowed = [c for c in choices if complete({**row, name: c}, values, may) is not None]
            row[name] = max(allowed, key=lambda choice: _gain(row, (name, choice), left))
    return {name: row[name] for name in values}


def _gain(row: Row, added: tuple[str, object], left: Mapping[Pair, None]) -> int:
    return sum((each, added) in left or (added, each) in left for each in row.items())


def _count(row: Row, left: Mapping[Pair, None]) -> int:
    return sum(pair in left for pair in get_pairs(row))
