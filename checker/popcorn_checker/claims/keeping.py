"""Whether a claim is kept: the verdict holds, and the counts are the pinned ones.

A count that differs means that the model or an engine has changed, also where the verdict is the
same; whoever changed it on purpose pins the new one and says why.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from popcorn_checker.checking import Request, check
from popcorn_checker.claims.claim import Claim
from popcorn_checker.errors import HOLDS, SAFETY, UNKNOWN
from popcorn_checker.exploring import Effort
from popcorn_checker.verdict import Result, Status, Verdict
from popcorn_model.language import Mood


@dataclass(frozen=True)
class Kept:
    """What became of a claim. ``problems`` say why it is not kept, if it is not."""

    claim: Claim
    verdict: Verdict
    problems: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 kept; 12 broken; 3 when the search ended before anything was decided."""
        if not self.problems:
            return HOLDS
        return SAFETY if self.verdict.failures or self.verdict.covered.complete else UNKNOWN


def keep(claim: Claim, effort: Effort | None = None) -> Kept:
    """Check a claim.

    Raises: UsageError, ModelError or ScopeError when the claim names what is not there. Cost: the
    reachable states of its scope, and their graph if it is about liveness.
    """
    request = Request(
        protocol=claim.protocol,
        variant=claim.variant,
        scope=claim.scope,
        parts=claim.parts,
        settings=claim.settings,
    )
    effort = replace(effort or Effort(), symmetry=claim.symmetry)
    verdict = check(request, effort, liveness=claim.liveness)
    return Kept(claim, verdict, tuple(_problems(claim, verdict)))


def _problems(claim: Claim, verdict: Verdict) -> list[str]:
    covered = verdict.covered
    if not covered.complete:
        return [f"not decided: {' '.join(verdict.doubts)}"]
    problems = [
        f"{result.name} is {result.status.value}"
        for result in verdict.results
        if result.status is Status.VIOLATED or (claim.liveness and _is_open(result))
    ]
    counts = {
        "states": (covered.states, claim.states),
        "transitions": (covered.transitions, claim.transitions),
        "depth": (covered.depth, claim.depth),
    }
    problems += [
        f"{found:,} {name}, and {pinned:,} are pinned"
        for name, (found, pinned) in counts.items()
        if found != pinned
    ]
    return problems


def _is_open(result: Result) -> bool:
    return result.mood == Mood.EVENTUALLY.value and result.status is Status.OPEN
