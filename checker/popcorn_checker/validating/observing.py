"""What a log says, in terms of a model and of no format: the interface between logs and search.

A front end reads a format and says of each line in which ways a model may do what it says. A way is
steps to be taken, some of whose parameters the line does not name, and cells that must have some
value, in this order. Several ways are alternatives. A front end may keep cells of its own beside
the model's, which go with each state, such as which threads it knows to be in a system call.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Get = Callable[..., Any]
"""Reads a cell of a state by name and index."""


@dataclass(frozen=True)
class Take:
    """A step of the model; a value that the line does not say is None."""

    action: str
    values: tuple[int | None, ...]


@dataclass(frozen=True)
class Need:
    """A cell must have one of some values."""

    name: str
    index: tuple[int, ...]
    values: Container[Any]


@dataclass(frozen=True)
class Keep:
    """A cell of the front end's own gets a value."""

    name: str
    index: tuple[int, ...]
    value: Any


Item = Take | Need | Keep


@dataclass(frozen=True)
class Way:
    """One way to do what a line says; `lost` says how many lines must be missing for it."""

    items: tuple[Item, ...]
    lost: int = 0
    before: int = 0
    """How many of its first items no line tells of: they may come before any other line."""


@dataclass(frozen=True)
class Entry:
    """A line of a log: where it stands, which kernel has written it, and what it says."""

    place: int
    """Its number in its file, from 1."""
    source: str
    """The name of its file."""
    kernel: int
    content: Mapping[str, Any]
    text: str = ""
    """What it says, where its content does not say it best."""

    def __str__(self) -> str:
        return f"{self.source}:{self.place}" if self.source else f"line {self.place}"


class Observer(Protocol):
    """A front end: what lines say."""

    @property
    def own(self) -> Sequence[str]:
        """Cells of its own, by name; nothing is in them at first, and they have what index it
        likes."""

    @property
    def unlikely(self) -> Mapping[str, int]:
        """Actions that a log seldom lacks, and by how many steps each counts more than others."""

    @property
    def duties(self) -> Mapping[str, str]:
        """Cells that are to become again what they were at the start: what is open till then."""

    def ways(self, entry: Entry, get: Get) -> list[Way] | str:
        """What a line may be in a state; or why it can be nothing, whatever the state."""

    def receipts(self, get: Get) -> Iterable[Take]:
        """Steps that no line ever tells of, and that are taken as soon as they are possible."""
