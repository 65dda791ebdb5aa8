"""Verdicts: holds, violated or unknown, with everything that the word stands on.

A verdict names its scope, its settings and its assumptions, says of every property what became of
it, and lists why it is unknown or what "holds" does not cover. The exit code follows from it and
from nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from popcorn_checker.errors import DEADLOCK, HOLDS, LIVENESS, SAFETY, UNKNOWN
from popcorn_checker.growth import Growth
from popcorn_checker.symmetry import Symmetry
from popcorn_checker.trace import Trace
from popcorn_model.language.unbounded import ANY


class Outcome(Enum):
    """The one word of a verdict."""

    HOLDS = "holds"
    VIOLATED = "violated"
    UNKNOWN = "unknown"


class Status(Enum):
    """What became of one property or engine check."""

    HELD = "held"
    VIOLATED = "violated"
    REACHED = "reached"
    NEVER = "never reached"
    OPEN = "not decided"
    SKIPPED = "not asked for"
    ABSENT = "cannot be here"


DEADLOCK_CHECK = "deadlock"
FAULT_CHECK = "fault"
ENGINE_CHECKS = (FAULT_CHECK, DEADLOCK_CHECK)
"""The names of the checks that no property states: a step without meaning, and no step at all."""


@dataclass(frozen=True)
class Result:
    """What became of one property. ``length`` is how far away that is: a shortest way for safety.

    The trace is there for whatever failed, and for what was reached when it was asked for by name.
    ``brief`` says that it was asked at the brief scope: see `CoveredBriefly`.
    """

    name: str
    mood: str
    status: Status
    number: int | str | None = None
    length: int | None = None
    reason: str = ""
    trace: Trace | None = field(default=None, repr=False, compare=False)
    brief: bool = False

    @property
    def failed(self) -> bool:
        """The property is refuted."""
        return self.status in (Status.VIOLATED, Status.NEVER)

    @property
    def code(self) -> int:
        """The exit code that this failure asks for."""
        if self.name == DEADLOCK_CHECK and self.mood == "engine":
            return DEADLOCK
        return LIVENESS if self.mood == "eventually" else SAFETY

    def to_json(self) -> dict[str, object]:
        """The result as plain data."""
        return {
            "name": self.name,
            "mood": self.mood,
            "number": self.number,
            "status": self.status.value,
            "length": self.length,
            "reason": self.reason,
            "brief": self.brief,
        }


@dataclass(frozen=True)
class Vacuity:
    """What the exploration never exercised. Only a complete one can say so.

    ``unfired`` are actions that could have been taken in this scope and never were. ``unoffered``
    are those that have no instance or no budget here, with the reason. ``idle_guards`` never were
    the only thing that kept a step from being taken; ``idle_antecedents`` are properties whose
    condition never held; both with their text, out of ``guards`` and ``antecedents`` that were
    asked about. ``waived`` are rows with a reason why they are idle. ``undrawn`` says why there is
    nothing about guards and antecedents, if there is not.
    """

    unfired: tuple[str, ...] = ()
    unoffered: Mapping[str, str] = field(default_factory=dict)
    idle_guards: Mapping[str, str] = field(default_factory=dict)
    idle_antecedents: Mapping[str, str] = field(default_factory=dict)
    waived: Mapping[str, str] = field(default_factory=dict)
    guards: int = 0
    antecedents: int = 0
    undrawn: str = ""

    def to_json(self) -> dict[str, object]:
        """The ledger as plain data."""
        return {
            "unfired": list(self.unfired),
            "unoffered": dict(self.unoffered),
            "idle_guards": dict(self.idle_guards),
            "idle_antecedents": dict(self.idle_antecedents),
            "waived": dict(self.waived),
            "guards": self.guards,
            "antecedents": self.antecedents,
            "undrawn": self.undrawn,
        }


@dataclass(frozen=True)
class CoveredBriefly:
    """What was explored for `eventually` properties where the graph of the scope is not kept.

    ``entries`` are those of the scope that were smaller.
    """

    entries: Mapping[str, int]
    states: int
    transitions: int

    def to_json(self) -> dict[str, object]:
        """What was explored as plain data."""
        return {
            "entries": dict(self.entries),
            "states": self.states,
            "transitions": self.transitions,
        }


@dataclass(frozen=True)
class Searched:
    """What a symbolic engine did instead of visiting states.

    No run of at most ``depth`` steps decides what is left open, and nothing is known of longer
    ones; -1 where not even the start was looked at. The formulas have ``rules`` steps to choose
    from and ``variables`` for a state. ``proved`` says of what holds how that was proved.
    """

    depth: int
    rules: int
    variables: int
    proved: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """The search as plain data."""
        return {
            "depth": self.depth,
            "rules": self.rules,
            "variables": self.variables,
            "proved": dict(self.proved),
        }


@dataclass(frozen=True)
class Covered:
    """What was explored, and at what cost; ``searched`` is for engines that visit no states."""

    engine: str
    states: int
    transitions: int
    histogram: tuple[int, ...]
    seconds: float
    words: int
    bits: int
    complete: bool
    stopped: str
    symmetry: Symmetry | None = None
    brief: CoveredBriefly | None = None
    searched: Searched | None = None

    @property
    def depth(self) -> int:
        """The greatest distance of a state from the start."""
        return max(0, len(self.histogram) - 1)

    @property
    def rate(self) -> int:
        """States a second."""
        return round(self.states / self.seconds) if self.seconds > 0 else 0

    def to_json(self) -> dict[str, object]:
        """What was explored as plain data."""
        return {
            "engine": self.engine,
            "states": self.states,
            "transitions": self.transitions,
            "depth": self.depth,
            "histogram": list(self.histogram),
            "seconds": round(self.seconds, 3),
            "states_per_second": self.rate,
            "words_per_state": self.words,
            "bits_per_state": self.bits,
            "complete": self.complete,
            "stopped": self.stopped,
            "symmetry": self.symmetry.to_json() if self.symmetry else None,
            "brief": self.brief.to_json() if self.brief else None,
            "searched": self.searched.to_json() if self.searched else None,
        }


@dataclass(frozen=True)
class Setting:
    """What was checked: the protocol with its variant, parts, scope, switches and mutation."""

    protocol: str
    variant: str
    parts: tuple[str, ...]
    scope: Mapping[str, int]
    settings: Mapping[str, str]
    assumptions: Mapping[str, str]
    mutation: str = ""
    refines: str = ""
    fairness: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """The setting as plain data."""
        return {
            "protocol": self.protocol,
            "variant": self.variant,
            "parts": list(self.parts),
            "scope": {n: "any" if v == ANY else v for n, v in self.scope.items()},
            "settings": dict(self.settings),
            "assumptions": dict(self.assumptions),
            "fairness": dict(self.fairness),
            "mutation": self.mutation,
            "refines": self.refines,
        }


@dataclass(frozen=True)
class Verdict:
    """The answer to one check. ``doubts`` are sentences, each a reason why it is unknown."""

    setting: Setting
    covered: Covered
    results: tuple[Result, ...]
    vacuity: Vacuity
    doubts: tuple[str, ...] = ()
    growth: Growth | None = None

    @property
    def failures(self) -> tuple[Result, ...]:
        """Everything that was refuted, in the order in which exit codes apply."""
        order = (SAFETY, DEADLOCK, LIVENESS)
        failed = [r for r in self.results if r.failed]
        return tuple(sorted(failed, key=lambda r: order.index(r.code)))

    @property
    def exit_code(self) -> int:
        """The first that applies of 12, 11 and 13; then 3 for a doubt; then 0."""
        if self.failures:
            return self.failures[0].code
        return UNKNOWN if self.doubts else HOLDS

    @property
    def outcome(self) -> Outcome:
        """The one word."""
        words = {HOLDS: Outcome.HOLDS, UNKNOWN: Outcome.UNKNOWN}
        return words.get(self.exit_code, Outcome.VIOLATED)

    @property
    def shown(self) -> Trace | None:
        """The trace to show: of the failure that gives the exit code, or of what was asked for."""
        traces = [r.trace for r in (*self.failures, *self.results) if r.trace is not None]
        return traces[0] if traces else None

    def result(self, name: str) -> Result | None:
        """What became of one property or engine check."""
        return next((r for r in self.results if r.name == name), None)

    def to_json(self) -> dict[str, object]:
        """The verdict as plain data."""
        return {
            "outcome": self.outcome.value,
            "exit_code": self.exit_code,
            **self.setting.to_json(),
            **self.covered.to_json(),
            "results": [r.to_json() for r in self.results],
            "vacuity": self.vacuity.to_json(),
            "doubts": list(self.doubts),
            "growth": self.growth.to_json() if self.growth else None,
        }
