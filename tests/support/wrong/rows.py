"""What a wrong implementation is: a mistake, what it takes to show it, and how it shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final
from unittest import mock

from popcorn_model.vocabulary import Call
from popcorn_reference import home as home_module
from popcorn_reference import kernel as kernel_module
from popcorn_reference.home import Home
from popcorn_reference.questions import AT_ONCE, Question
from popcorn_reference.serving import SERVES
from popcorn_reference.tables import Table

ALONE: Final = (2, 1, 1)
"""Kernels, threads, pages."""
PAIR: Final = (2, 2, 1)
TWO_PAGES: Final = (2, 1, 2)


Serve = Callable[[Home, Question], None]


@dataclass(frozen=True)
class Patch:
    """Something of the core, and what stands in its place."""

    owner: Any
    attribute: str
    value: Any


@dataclass(frozen=True)
class Hint:
    """What a search for the mistake does: at which scope, and what threads ask."""

    scope: tuple[int, int, int] = ALONE
    calls: tuple[Call, ...] = (Call.FAULT, Call.MIGRATE)
    kills: bool = False
    many: bool = False
    """Whether a fault may be about several pages."""
    reads: bool = True
    """Whether a fault may want to read."""


@dataclass(frozen=True)
class Wrong:
    """A wrong implementation."""

    name: str
    what: str
    overlooked: str
    """What its author has not thought of."""
    patches: tuple[Patch, ...]
    hint: Hint
    found: str
    """The stimuli that show it, as `compact` writes them; the last one does."""
    seen: str
    """What is seen then, as `replaying` says it."""

    @contextmanager
    def applied(self) -> Iterator[None]:
        """The core is wrong in here, and right again afterwards."""
        with ExitStack() as stack:
            for each in self.patches:
                stack.enter_context(mock.patch.object(each.owner, each.attribute, each.value))
            yield


def cells(module: Any, name: str, changed: Mapping[tuple[Any, Any], Any]) -> Patch:
    """Some cells of a table that a module uses say something else."""
    table: Table[Any, Any, Any] = getattr(module, name)
    assert set(changed) <= set(table.cells)
    return Patch(module, name, Table(table.name, {**table.cells, **changed}))


def serves(call: Call, serve: Serve, also: Mapping[Call, Serve] = MappingProxyType({})) -> Patch:
    """A call does something else when it has its pages; and perhaps others do."""
    return Patch(kernel_module, "SERVES", {**SERVES, call: serve, **also})


def at_once(call: Call) -> Patch:
    """A call takes no page."""
    return Patch(home_module, "AT_ONCE", (*AT_ONCE, call))
