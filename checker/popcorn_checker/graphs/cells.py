"""States as mappings from cell names to values, each computed only when somebody asks for it.

A state graph has many states and people look at few of their cells. So a node keeps the state as
the evaluator has it, and this view shows it as a trace would: ``state["hold[p0,k1]"]``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

from popcorn_checker.evaluate import Evaluator, State
from popcorn_checker.explain import cell_name, member
from popcorn_model.language import Model
from popcorn_model.language import expr as e

Family = e.StateInfo | e.QueueInfo


def families_of(model: Model) -> tuple[Family, ...]:
    """The state variables of a model, then its queues: whatever has cells."""
    return (*model.states, *model.queues)


class CellNames:
    """Where each cell of a model's state lies, by its name; budgets are no part of a state."""

    def __init__(self, evaluator: Evaluator) -> None:
        """Cost: one entry for each cell of the scope."""
        self.scope = evaluator.scope
        self.places: dict[str, tuple[Family, int]] = {}
        for family in families_of(evaluator.model):
            for index in product(*(range(self.scope.size(s)) for s in family.index)):
                name = cell_name(self.scope, family, index)
                self.places[name] = family, evaluator.slot[family, index]

    def show(self, state: State, name: str) -> object:
        """What is in one cell. Raises: KeyError when there is no such cell."""
        family, place = self.places[name]
        if isinstance(family, e.QueueInfo):
            return tuple(member(self.scope, family.sort, item) for item in state[place])
        return member(self.scope, family.sort, state[place])


class Cells(Mapping[str, object]):
    """One state. ``raw`` is the same state as the evaluator has it."""

    __slots__ = ("names", "raw")

    def __init__(self, names: CellNames, raw: State) -> None:
        """A view; nothing is copied."""
        self.names = names
        self.raw = raw

    def __getitem__(self, name: str) -> object:
        return self.names.show(self.raw, name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names.places)

    def __len__(self) -> int:
        return len(self.names.places)

    def __repr__(self) -> str:
        return f"Cells({dict(self)!r})"
