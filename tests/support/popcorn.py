"""Checking parts of popcorn-2014 in tests: one way to ask, and what the answer says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from popcorn_checker.checking import Request, check
from popcorn_checker.exploring import Effort
from popcorn_checker.verdict import Verdict


@dataclass(frozen=True)
class Ask:
    """What to check: parts at a scope, with these switches, perhaps mutated."""

    parts: tuple[str, ...]
    scope: str
    settings: Mapping[str, str] = field(default_factory=dict)
    variant: str = "repaired"
    mutation: str = ""

    def verdict(
        self, engine: str = "explicit", stop_at: str = "", liveness: bool = False
    ) -> Verdict:
        """The verdict, after at most two minutes; it may end at one property that fails."""
        stops = frozenset(filter(None, [stop_at]))
        effort = Effort(engine=engine, seconds=120, bytes_max=1 << 30, stop_at=stops)
        request = Request(
            protocol="popcorn-2014",
            variant=self.variant,
            scope=self.scope,
            parts=self.parts,
            settings=self.settings,
            mutation=self.mutation,
        )
        return check(request, effort, liveness=liveness)


def counts(found: Verdict) -> tuple[int, int, int]:
    """States, transitions and depth."""
    return found.covered.states, found.covered.transitions, found.covered.depth


def failed(found: Verdict) -> set[str]:
    """The names of what was refuted."""
    return {result.name for result in found.failures}
