"""Where mutants of a protocol are hunted, and which of them are known to be harmless, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Ground:
    """One configuration in which mutants are hunted. Cheap grounds come first.

    ``parts`` are given for grounds of single mutants only: see `Controls.far`.
    """

    scope: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = self.scope or "the default scope"
        return f"{where} with {', '.join(self.parts)}" if self.parts else where


@dataclass(frozen=True)
class Controls:
    """The hunting grounds of some parts of a protocol, and their waivers.

    All grounds have these parts and settings, since a guard's number is its place in the configured
    model. ``lifted`` are assumptions with the values under which the protocol must hold as well;
    guards that are not there then belong to the assumption and are no mutants (`assumed.py`). Only
    mutants of ``actions`` are hunted, if any are named. A waiver maps the id of a mutation to the
    reason why it changes nothing that matters. ``far`` maps it to a ground of its own, on which the
    right protocol has too many states to be explored for all, and perhaps other parts: there only
    a failure counts, the right protocol must not fail in as many steps, and the mutant is known by
    its sentence.
    """

    variant: str | None = None
    parts: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    lifted: Mapping[str, str] = field(default_factory=dict)
    actions: tuple[str, ...] = ()
    grounds: tuple[Ground, ...] = (Ground(),)
    waivers: Mapping[str, str] = field(default_factory=dict)
    far: Mapping[str, Ground] = field(default_factory=dict)
