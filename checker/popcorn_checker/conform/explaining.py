"""What judges have in common: moments that explain what was seen, and what does not fit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Generic, TypeVar

from popcorn_checker.evaluate import Firing, State

M = TypeVar("M")

History = tuple[Any, Firing, State] | None
"""How a moment has come about: the history before its last step, that step, and its state."""

MOMENTS_MAX: Final = 20_000
"""How many moments are looked at for one order before the judge gives up."""


class Departure(Exception):
    """The implementation has left the protocol: what was seen, and what would have been right."""

    def __init__(
        self, seen: str, right: Iterable[str], shown: tuple[str, str, int] | None = None
    ) -> None:
        """`right` are the alternatives that the model has; `shown` says where an answer shows it,
        if it is in what that tells of pages or threads, or if a thread is through that was not to
        be: in which of its lists, and about whom.
        """
        self.seen = seen
        self.shown = shown
        self.right = tuple(dict.fromkeys(right))
        super().__init__(seen)


class Undecided(Exception):
    """There is too much that could have happened."""


class Explainer(Generic[M]):
    """What can have happened in an implementation so far."""

    def __init__(self, start: M) -> None:
        """Nothing has."""
        self.moments: dict[M, History] = {start: None}
        self.remarks: list[str] = []
        """What is not as the protocol says, and does no harm."""

    def remark(self, text: str) -> None:
        """Something is not as the protocol says, and does no harm: it is told once."""
        if text not in self.remarks:
            self.remarks.append(text)

    def behaviour(self) -> list[tuple[Firing, State]]:
        """A run of the model that explains everything so far: its steps, and where they lead."""
        history = next(iter(self.moments.values()))
        run: list[tuple[Firing, State]] = []
        while history is not None:
            history, firing, state = history
            run.append((firing, state))
        return run[::-1]


def refuse_too_many(moments: int, what: str) -> None:
    """Give up where there are too many to look at. Raises: Undecided."""
    if moments > MOMENTS_MAX:
        raise Undecided(f"more than {MOMENTS_MAX:,} states {what}")
