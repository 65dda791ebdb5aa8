"""How long a check may take beside the exploration: until its budget is spent, or Ctrl-C."""

from __future__ import annotations

import time
from dataclasses import dataclass

INTERRUPTED = "it was interrupted"
SPENT = "the time budget is spent"


class Impatience(Exception):
    """The budget is spent in the middle of something."""


@dataclass
class Patience:
    """Lasts until a moment on the monotonic clock; without one, for ever."""

    until: float | None = None

    @classmethod
    def of(cls, seconds: float | None) -> Patience:
        """Patience for so long from now."""
        return cls(None if seconds is None else time.monotonic() + seconds)

    def left(self) -> float | None:
        """Seconds until then; None for ever."""
        return None if self.until is None else max(0.0, self.until - time.monotonic())

    def pause(self) -> None:
        """Called now and then by whatever takes long. Raises: Impatience."""
        if self.until is not None and time.monotonic() > self.until:
            raise Impatience
