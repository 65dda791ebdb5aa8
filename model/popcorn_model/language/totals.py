"""Total tables: automata as data, in which every combination of their axes has a cell.

    CONFLICTS = total((Side, Progress, Newcomer), cells)

A table that lacks a cell, or has one too many, is refused where it is written. So "this cannot
happen" is a value that stands in the table, and properties can ask whether it is true.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from itertools import product
from types import MappingProxyType
from typing import TypeVar

from popcorn_model.language.expr import ModelError

V = TypeVar("V")
Key = tuple[Enum, ...]


def total(axes: tuple[type[Enum], ...], cells: Mapping[Key, V]) -> Mapping[Key, V]:
    """The cells, one for each combination of the axes' values, no more and no fewer.

    Raises: ModelError that names the first cell that lacks or is too many.
    """
    wanted = list(product(*axes))
    missing = [key for key in wanted if key not in cells]
    if missing:
        raise ModelError(f"a total table of {len(wanted)} cells lacks {_words(missing[0])}")
    known = set(wanted)
    beyond = [key for key in cells if key not in known]
    if beyond:
        raise ModelError(f"a table has the cell {_words(beyond[0])}, which is none of its axes'")
    return MappingProxyType({key: cells[key] for key in wanted})


def _words(key: Key) -> str:
    return "(" + ", ".join(part.name for part in key) + ")"
