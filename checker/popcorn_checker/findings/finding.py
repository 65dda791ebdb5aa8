"""What a finding is: a claim about a protocol as built that the checker derives, never asserts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

AS_BUILT: Final = "as-built"


@dataclass(frozen=True)
class Finding:
    """One defect, with everything that is needed to derive it and to see it gone.

    ``settings`` are switches and assumptions beyond the variant; ``prop`` is the property that
    breaks, or ``deadlock`` or ``fault``; ``length`` the number of steps of a shortest trace.
    ``repair`` are the settings that remove it at the same scope. ``discovered`` marks what this
    project found and the sources do not list. With ``symmetry`` both explorations are up to
    exchanges of members, and so are their counts of states.
    """

    id: str
    title: str
    meaning: str
    prop: str
    length: int
    scope: str
    repair: Mapping[str, str]
    protocol: str = "popcorn-2014"
    variant: str = AS_BUILT
    parts: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    discovered: bool = False
    symmetry: bool = False

    @property
    def needs(self) -> str:
        """The variant, if it is not the protocol as built, and what is set beyond it, in words."""
        other = [] if self.variant == AS_BUILT else [f"variant {self.variant}"]
        return ", ".join([*other, *(f"{n}={v}" for n, v in self.settings.items())])
