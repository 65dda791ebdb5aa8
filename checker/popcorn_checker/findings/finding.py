"""What a finding is: a claim about a protocol as built that the checker derives, never asserts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Finding:
    """One defect, with everything that is needed to derive it and to see it gone.

    ``settings`` are switches and assumptions beyond the variant; ``prop`` is the property that
    breaks, or ``deadlock`` or ``fault``; ``length`` the number of steps of a shortest trace.
    ``repair`` are the settings that remove it at the same scope. ``discovered`` marks what this
    project found and the sources do not list.
    """

    id: str
    title: str
    meaning: str
    prop: str
    length: int
    scope: str
    repair: Mapping[str, str]
    protocol: str = "popcorn-2014"
    variant: str = "as-built"
    parts: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    discovered: bool = False

    @property
    def needs(self) -> str:
        """The switches and assumptions beyond the variant, in words."""
        return ", ".join(f"{n}={v}" for n, v in self.settings.items())
