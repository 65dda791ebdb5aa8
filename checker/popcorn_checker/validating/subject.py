"""What the search is about, for whoever says in words what it has found.

Both kinds of logs, our own and the consoles of real kernels, name threads and pages in their own
way, and say different things of them. Here is what they have in common.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from popcorn_checker.validating.moving import Machine
from popcorn_checker.validating.observing import Entry
from popcorn_checker.validating.searching import Search
from popcorn_checker.validating.world import World


class Subject(Protocol):
    """One process, as some log tells of it."""

    machine: Machine
    search: Search

    @property
    def silent(self) -> int:
        """How many steps in a row may be missing. Units: steps."""

    @property
    def is_late(self) -> Callable[[], bool]:
        """Whether the time for the search is over."""

    def show_own(self, name: str, cell: int) -> str:
        """What a cell of the observer's own is about."""

    def make_search(self, is_complete: bool) -> Search:
        """A search from the start, where lines may be missing or none is."""

    def alter(self, entry: Entry) -> Iterator[tuple[str, Any, Entry]]:
        """Each field of a line that may be wrong, another value, and the line with it."""

    def says(self, entry: Entry) -> Mapping[str, Any]:
        """The fields of a line, by name."""

    def show_member(self, sort: str, number: int) -> str:
        """A thread, a page or a kernel as the log names it; nothing for other sorts."""

    def about(self, entry: Entry) -> frozenset[tuple[str, int]]:
        """Members that a line is about, each with its sort."""

    def cells_about(self, world: World, thread: int) -> Iterator[int]:
        """Where a thread is, and what it does."""
