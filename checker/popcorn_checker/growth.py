"""Which variables make a state space large, as a table for people and machines.

For each state variable, queue and budget: how many different contents it has over the states, and
how many states there are for each that would be left if it were not there. A variable that only
follows others has a factor of one however many contents it has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

TOP: Final = 10


@dataclass(frozen=True)
class Grower:
    """What one variable, queue or budget contributes, all its cells together."""

    name: str
    kind: str
    cells: int
    values: int
    factor: float

    def to_json(self) -> dict[str, object]:
        """The row as plain data."""
        return {
            "name": self.name,
            "kind": self.kind,
            "cells": self.cells,
            "values": self.values,
            "factor": round(self.factor, 3),
        }


@dataclass(frozen=True)
class Growth:
    """The rows, largest factor first, from the first ``looked`` of all ``states`` found."""

    looked: int
    states: int
    rows: tuple[Grower, ...]

    @property
    def of_what(self) -> str:
        """Which states these numbers are about."""
        if self.looked == self.states:
            return f"all {self.states:,} states"
        return f"the first {self.looked:,} of {self.states:,} states"

    def to_json(self) -> dict[str, object]:
        """The table as plain data."""
        return {
            "looked": self.looked,
            "states": self.states,
            "rows": [row.to_json() for row in self.rows],
        }
