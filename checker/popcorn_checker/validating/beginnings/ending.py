"""Whether a process was ending when a log begins, and which kernels had heard of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from popcorn_model.vocabulary import Kind

ENDING: Final = ("tell", "heard", "close", "drop")
"""What the origin says only of a process that ends."""
GOING_ON: Final = (
    "exec", "ask", "turn", "want", "take", "grant", "refuse", "pass", "serve", "fail", "areas",
    "give_up", "kill",
)  # fmt: skip
"""What it says only of one that does not."""


@dataclass
class Ending:
    """What the lines say of the end of a process."""

    guests: set[int] = field(default_factory=set)
    """Kernels that are told of the end, so they have had threads."""
    is_on: bool | None = None
    """Whether it was ending; None while no line says it."""
    is_closed: bool = False
    """Whether the log tells that nothing is left of it."""
    _told: set[int] = field(default_factory=set)
    _ended: set[int] = field(default_factory=set)
    _heard: set[int] = field(default_factory=set)
    """Kernels whose farewell is sent or heard."""

    def note(self, content: Mapping[str, Any]) -> None:
        """Look at one more line."""
        event, kind = content["event"], content.get("kind")
        if self.is_on is None and (event in ENDING or kind == Kind.END):
            self.is_on = True
        elif self.is_on is None and event in GOING_ON:
            self.is_on = False
        self.is_closed |= event == "close"
        if event in ("tell", "end", "heard"):
            self.guests.add(content["kernel"])
            known = {"tell": self._told, "end": self._ended, "heard": self._heard}
            known[event].add(content["kernel"])
        elif kind == Kind.END:
            self.guests.add(content["to"])
        elif kind == Kind.FAREWELL:
            self.guests.add(content["at"])
            self._heard.add(content["at"])

    def told(self) -> set[int]:
        """Kernels that had been told when the log begins, and whose farewell was not heard."""
        return self.guests - self._told if self.is_on else set()

    def gone(self) -> set[int]:
        """Those of them that had said farewell, which the origin had not heard."""
        return (self.told() & self._heard) - self._ended
