"""The model at a scope, and moments of it: what a state says, and what its pages hold."""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

from popcorn_checker.checking import Request
from popcorn_checker.conform.scoped import Scoped
from popcorn_checker.evaluate import State
from popcorn_model.popcorn import sorts

PARTS: Final = ("threads", "pages", "areas", "futex", "fork", "services")
ACCESS: Final = {name: number for number, name in enumerate(sorts.Access.info.labels)}
ACCESSES: Final = sorts.Access.info.labels
CALLS: Final = sorts.Call.info.labels
PARCELS: Final = sorts.Parcel.info.labels
ORIGIN: Final = 0
REFUSED: Final = "refused"
FORKED: Final = "the number of a process"


class Child(NamedTuple):
    """A thread begins where another goes on, with the context of that."""

    parent: int


Result = int | str | Child | None
"""What comes of a call: a number, `REFUSED` for a fault, `FORKED`, or None for anything."""

Returned = tuple[tuple[int, Result], ...]
"""Which threads were answered, and with what."""


class Moment(NamedTuple):
    """A state of the model, what each page holds, and what was returned since the last order."""

    state: State
    pages: tuple[int, ...]
    returned: Returned = ()


class World(Scoped):
    """The model `popcorn`."""

    def __init__(self, kernels: int, threads: int, pages: int) -> None:
        """Configure it. Cost: tens of milliseconds."""
        scope = f"kernels={kernels},tasks={threads},pages={pages}"
        super().__init__(Request("popcorn", None, scope, PARTS))
        self.kernels, self.threads, self.pages = kernels, threads, pages

    def start(self) -> Moment:
        """Nothing has happened, and all pages hold 0."""
        return Moment(self.evaluator.initial(), (0,) * self.pages)

    def call(self, state: State, thread: int) -> str:
        """What a thread asks for."""
        return str(CALLS[self.get(state, "call", thread)])

    def place(self, state: State, thread: int) -> int | None:
        """The kernel on which a thread runs, if it runs anywhere."""
        return next((k for k in range(self.kernels) if self.get(state, "here", thread, k)), None)

    def wants(self, state: State, thread: int) -> dict[int, str]:
        """The pages that a thread's question, or its answer, is about."""
        found = {p: self.get(state, "wants", thread, p) for p in range(self.pages)}
        return {p: ACCESSES[a] for p, a in found.items() if a}


@cache
def make_world(kernels: int, threads: int, pages: int) -> World:
    """The same world for the same sizes."""
    return World(kernels, threads, pages)
