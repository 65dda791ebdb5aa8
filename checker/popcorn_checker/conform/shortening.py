"""A failure is made shorter: as long as that goes, or as there is time for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from popcorn_checker.conform.case import Case
from popcorn_checker.conform.script import Step
from popcorn_checker.patience import Patience

Failure = TypeVar("Failure")

TRIES_MAX: Final = 200
"""How often a failing case is tried with fewer steps."""
SECONDS: Final = 60.0


def say_nothing(text: str) -> None:
    """For whoever does not want to be told."""


@dataclass
class Shortening:
    """How long that may take, and who is told of it. Units: seconds."""

    seconds: float = SECONDS
    tell: Callable[[str], None] = say_nothing
    is_cut: bool = False
    """Whether there was no time to go on."""
    _patience: Patience | None = None
    _started: float = field(default_factory=time.monotonic)

    def begin(self, case: Case, steps: int) -> None:
        """A case has failed, with so many steps; it is told once, of runs that are drawn."""
        if self._patience is not None:
            return
        self._patience, self._started = Patience.of(self.seconds), time.monotonic()
        if case.examples:
            self.tell(
                f"{case.id} does not go well, after {steps} steps; fewer are looked for, "
                f"{self.seconds:g} s at most"
            )

    def end(self, case: Case, steps: int) -> None:
        """So many steps are left."""
        if case.examples and self._patience is not None:
            seconds = time.monotonic() - self._started
            self.tell(f"{case.id}: {steps} steps are left, after {seconds:.0f} s")

    @property
    def is_spent(self) -> bool:
        """Whether there is no more time; that is remembered."""
        left = None if self._patience is None else self._patience.left()
        self.is_cut |= left == 0
        return left == 0


@dataclass
class Attempts(Generic[Failure]):
    """Steps that fail, and what has come of them: with fewer of them, it may be the same."""

    steps: tuple[Step, ...]
    failure: Failure

    def shorten(
        self, attempt: Callable[[tuple[Step, ...]], Failure | None], shortening: Shortening
    ) -> None:
        """Leave out steps, many at first, as long as what is left fails."""
        tries = 0
        size = max(1, len(self.steps) // 2)
        while size:
            at = 1
            while at < len(self.steps):
                if tries == TRIES_MAX or shortening.is_spent:
                    return
                tries += 1
                fewer = self.steps[:at] + self.steps[at + size :]
                failure = attempt(fewer)
                if failure is None:
                    at += size
                else:
                    self.steps, self.failure = fewer, failure
            size //= 2
