"""What a claim is: a scope at which everything holds, and how large its state graph is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Claim:
    """All of safety holds at a scope, without deadlock, after so many states.

    That every action happens and everything that must be reachable is reached is not part of it:
    a small scope cannot show all of that, and other tests do.
    ``settings`` are switches and assumptions beyond the variant. With ``liveness`` every
    `eventually` of the parts holds as well. ``seconds`` is what one run took when it was pinned,
    compilation included; tests take the short ones and leave the rest to ``make long``. With
    ``symmetry`` the counts are those of states that no exchange of these members makes equal.
    """

    parts: tuple[str, ...]
    scope: str
    states: int
    transitions: int
    depth: int
    seconds: float
    protocol: str = "popcorn-2014"
    variant: str = "repaired"
    settings: Mapping[str, str] = field(default_factory=dict)
    liveness: bool = False
    symmetry: tuple[str, ...] = ()

    def __str__(self) -> str:
        what = "+".join(self.parts) or "all parts"
        beyond = [f"{n}={v}" for n, v in self.settings.items()]
        beyond += [f"symmetry of {', '.join(self.symmetry)}"] if self.symmetry else []
        return "; ".join([f"{self.protocol} {self.variant}, {what}", self.scope, *beyond])
