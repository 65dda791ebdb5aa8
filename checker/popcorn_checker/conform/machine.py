"""The model `smp` at a scope, and moments of it: its state, its pages, and what threads are at."""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

from popcorn_checker.checking import Request
from popcorn_checker.conform import wire
from popcorn_checker.conform.scoped import Scoped
from popcorn_checker.evaluate import State
from popcorn_model.smp import sorts

CALLS: Final = sorts.Call.info.labels
LIVES: Final = sorts.Life.info.labels
REFUSED: Final = "refused"
ANY_ERROR: Final = "an error"

Result = int | str | None
"""What comes of it: a number, `REFUSED`, an error, or None for nothing that can be seen."""


class Pending(NamedTuple):
    """What a thread is at: not done yet, asleep, or done with this result."""

    op: wire.Do
    stage: str = "begun"
    result: Result = None


class Moment(NamedTuple):
    """A state of `smp`, what each page holds, and what each thread is at."""

    state: State
    pages: tuple[int, ...]
    threads: tuple[Pending | None, ...]


class Machine(Scoped):
    """The model `smp`."""

    def __init__(self, threads: int, pages: int) -> None:
        """Configure it. Cost: tens of milliseconds."""
        super().__init__(Request("smp", None, f"tasks={threads},pages={pages}"))
        self.threads, self.pages = threads, pages

    def start(self) -> Moment:
        """Nothing has happened, and all pages hold 0."""
        return Moment(self.evaluator.initial(), (0,) * self.pages, (None,) * self.threads)

    def is_alive(self, state: State, thread: int) -> bool:
        """Whether a thread exists."""
        return bool(LIVES[self.get(state, "life", thread)] == "alive")

    def is_unborn(self, state: State, thread: int) -> bool:
        """Whether a thread can still be created."""
        return bool(LIVES[self.get(state, "life", thread)] == "unborn")

    def rights(self, state: State, page: int) -> str:
        """What a page is mapped for."""
        return str(sorts.Rights.info.labels[self.get(state, "mapped", page)])


@cache
def make_machine(threads: int, pages: int) -> Machine:
    """The same machine for the same sizes."""
    return Machine(threads, pages)
