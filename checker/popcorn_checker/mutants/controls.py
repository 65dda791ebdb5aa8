"""Where mutants of a protocol are hunted, and which of them are known to be harmless, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Ground:
    """One configuration in which mutants are hunted. Cheap grounds come first."""

    scope: str = ""
    parts: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        words = [self.scope or "the default scope", *self.parts]
        return "; ".join([words[0], ", ".join(words[1:])] if self.parts else words)


@dataclass(frozen=True)
class Controls:
    """The hunting grounds of a protocol, and its waivers.

    A waiver maps the id of a mutation to the reason why it changes nothing that matters.
    """

    variant: str | None = None
    grounds: tuple[Ground, ...] = (Ground(),)
    waivers: Mapping[str, str] = field(default_factory=dict)
