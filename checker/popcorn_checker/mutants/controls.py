"""Where mutants of a protocol are hunted, and which of them are known to be harmless, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Ground:
    """One configuration in which mutants are hunted. Cheap grounds come first."""

    scope: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.scope or "the default scope"


@dataclass(frozen=True)
class Controls:
    """The hunting grounds of some parts of a protocol, and their waivers.

    All grounds have these parts and settings, since a guard's number is its place in the configured
    model. ``lifted`` are assumptions with the values under which the protocol must hold as well;
    guards that are not there then belong to the assumption and are no mutants (`assumed.py`). Only
    mutants of ``actions`` are hunted, if any are named. A waiver maps the id of a mutation to the
    reason why it changes nothing that matters.
    """

    variant: str | None = None
    parts: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    lifted: Mapping[str, str] = field(default_factory=dict)
    actions: tuple[str, ...] = ()
    grounds: tuple[Ground, ...] = (Ground(),)
    waivers: Mapping[str, str] = field(default_factory=dict)
