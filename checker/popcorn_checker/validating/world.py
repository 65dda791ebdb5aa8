"""A state that steps change and that can be had back as it was, with where it came from.

A world has the cells of a state, a mark by which equal states are known, how many steps have been
assumed that no line tells of, and since which line each message and question has been open. It is
changed in place and undone step by step while steps are tried, and copied where ways part.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from popcorn_checker.evaluate import Firing
from popcorn_checker.validating.moving import FAMILY_SHIFT, Cells, Machine


class Spot(NamedTuple):
    """Where a line stands."""

    number: int
    source: str = ""
    """The name of its file."""


NOWHERE = Spot(0)
"""Before the first line."""


Trail = list[tuple[int, Any, Spot | None]]


class Past(NamedTuple):
    """The last step of a run, the line that it was taken for, and what was before."""

    before: Past | None
    firing: Firing
    place: Spot
    is_silent: bool


Saved = tuple[int, int, Past | None, int, int]
"""The length of the trail, the mark, the past, the cost and the silent steps."""


class Marks:
    """Numbers by which states are told apart; two that differ have the same once in 2**80."""

    def __init__(self) -> None:
        """They are the same in every run."""
        self._draw = random.Random(80)
        self._known: dict[tuple[int, Any], int] = {}

    def of(self, cell: int, value: Any) -> int:
        """The part of the mark that says what is in a cell."""
        found = self._known.get((cell, value))
        if found is None:
            found = self._known[cell, value] = self._draw.getrandbits(80)
        return found


@dataclass
class World:
    """A state of the model that may be what a log has come to."""

    machine: Machine
    marks: Marks
    cells: Cells
    watched: frozenset[int] = frozenset()
    """The families, by number, of which it is kept since when they are open."""
    mark: int = 0
    cost: int = 0
    silent: int = 0
    place: Spot = NOWHERE
    """The line that is being looked at."""
    since: dict[int, Spot] = field(default_factory=dict)
    past: Past | None = None
    keeps_past: bool = False
    trail: Trail = field(default_factory=list)

    def get(self, name: str, *index: int) -> Any:
        """What is in a cell."""
        return self.cells.get(self.machine.cell(name, *index))

    def put(self, cell: int, value: Any) -> None:
        """Change a cell."""
        old = self.cells.get(cell)
        if old == value:
            return
        self.mark ^= self.marks.of(cell, old) ^ self.marks.of(cell, value)
        self.cells[cell] = value
        since = None
        if cell >> FAMILY_SHIFT in self.watched:
            since = self.since.get(cell)
            self.since[cell] = self.place
        self.trail.append((cell, old, since))

    def fire(self, action: str, values: tuple[int, ...], is_silent: bool = False) -> None:
        """Take a step, which must be possible."""
        for cell, value in self.machine.moves[action].changes(self.cells, *values).items():
            self.put(cell, value)
        if self.keeps_past:
            self.past = Past(self.past, Firing(action, values), self.place, is_silent)

    def peek(self, action: str, values: tuple[int, ...], look: Callable[[], int]) -> int:
        """What is seen in the cells after a step, possible or not; they are as before then."""
        cells = self.cells
        changed = self.machine.moves[action].changes(cells, *values)
        before = {cell: cells.get(cell) for cell in changed}
        cells.update(changed)
        seen = look()
        cells.update(before)
        return seen

    def save(self) -> Saved:
        """What `undo` needs to come back here."""
        return len(self.trail), self.mark, self.past, self.cost, self.silent

    def undo(self, saved: Saved) -> None:
        """Come back to where `save` was called."""
        length, self.mark, self.past, self.cost, self.silent = saved
        while len(self.trail) > length:
            cell, old, since = self.trail.pop()
            self.cells[cell] = old
            if cell >> FAMILY_SHIFT in self.watched:
                if since is None:
                    self.since.pop(cell, None)
                else:
                    self.since[cell] = since

    def copy(self) -> World:
        """Another world that is the same now, and cannot be undone any further."""
        return World(
            self.machine, self.marks, dict(self.cells), self.watched, self.mark, self.cost,
            self.silent, self.place, dict(self.since), self.past, self.keeps_past,
        )  # fmt: skip

    def settle(self) -> None:
        """What was done stays done."""
        self.trail.clear()

    def grow(self, fresh: Cells) -> None:
        """More cells, as they are at the start."""
        for cell, value in fresh.items():
            self.cells.setdefault(cell, value)
