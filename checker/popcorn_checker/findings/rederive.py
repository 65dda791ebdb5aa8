"""Deriving a finding again: the defect by search, with a shortest trace, and its absence repaired.

The first exploration ends at the first state in which the property fails, which breadth-first is
a nearest one; a liveness property needs the whole graph. The second explores the same scope with
the repair on, to the end. A trace of another length than the pinned one means that the model has
changed, so it does not count as derived.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from popcorn_checker.checking import Request, check, configure
from popcorn_checker.exploring import Effort
from popcorn_checker.findings.finding import Finding
from popcorn_checker.symmetry import ALL
from popcorn_checker.trace import Trace
from popcorn_checker.verdict import Status, Verdict
from popcorn_model.language.tables import diff_models
from popcorn_model.language.unbounded import ANY


@dataclass(frozen=True)
class Rederived:
    """What became of a finding. ``problems`` say why it does not count, if it does not."""

    finding: Finding
    scope: Mapping[str, int]
    assumptions: Mapping[str, str]
    length: int | None
    states: int
    seconds: float
    repaired: bool
    repaired_states: int
    repaired_seconds: float
    reason: str
    problems: tuple[str, ...] = ()
    decided: bool = True
    trace: Trace | None = field(default=None, repr=False, compare=False)

    @property
    def derived(self) -> bool:
        """The defect is there at the pinned length, and its repair removes it."""
        return not self.problems

    def to_json(self) -> dict[str, object]:
        """The result as plain data."""
        finding = self.finding
        return {
            "id": finding.id,
            "title": finding.title,
            "meaning": finding.meaning,
            "protocol": finding.protocol,
            "variant": finding.variant,
            "parts": list(finding.parts),
            "scope": {n: "any" if v == ANY else v for n, v in self.scope.items()},
            "settings": dict(finding.settings),
            "assumptions": dict(self.assumptions),
            "property": finding.prop,
            "length": self.length,
            "pinned": finding.length,
            "states": self.states,
            "seconds": round(self.seconds, 3),
            "repair": dict(finding.repair),
            "repaired": self.repaired,
            "repaired_states": self.repaired_states,
            "repaired_seconds": round(self.repaired_seconds, 3),
            "discovered": finding.discovered,
            "symmetry": finding.symmetry,
            "derived": self.derived,
            "decided": self.decided,
            "problems": list(self.problems),
            "reason": self.reason,
        }


def request_for(finding: Finding, repaired: bool = False) -> Request:
    """What to check for a finding: as it was built, or with the repair on."""
    return Request(
        protocol=finding.protocol,
        variant=finding.variant,
        scope=finding.scope,
        parts=finding.parts,
        settings={**finding.settings, **(finding.repair if repaired else {})},
        properties=(finding.prop,),
    )


def rederive(finding: Finding, effort: Effort | None = None) -> Rederived:
    """Derive a finding and check its repair.

    Raises: UsageError, ModelError or ScopeError when the finding names what is not there. Cost:
    the states up to the defect, then all states of the repaired scope.
    """
    effort = effort or Effort()
    if finding.symmetry:
        effort = replace(effort, symmetry=(ALL,))
    found = check(request_for(finding), replace(effort, stop_at=frozenset((finding.prop,))))
    mended = check(request_for(finding, repaired=True), effort)
    broken, whole = found.result(finding.prop), mended.result(finding.prop)
    assert broken is not None, "a property that was asked for has a result"
    assert whole is not None, "a property that was asked for has a result"
    open_ends = [r for r in (broken, whole) if r.status is Status.OPEN]
    return Rederived(
        finding=finding,
        scope=found.setting.scope,
        assumptions=found.setting.assumptions,
        length=broken.length if broken.failed else None,
        states=found.covered.states,
        seconds=found.covered.seconds,
        repaired=whole.status in (Status.HELD, Status.REACHED),
        repaired_states=mended.covered.states,
        repaired_seconds=mended.covered.seconds,
        reason=broken.reason,
        problems=tuple(_problems(finding, found, mended)),
        decided=not open_ends,
        trace=broken.trace,
    )


def _problems(finding: Finding, found: Verdict, mended: Verdict) -> list[str]:
    broken, whole = found.result(finding.prop), mended.result(finding.prop)
    assert broken is not None and whole is not None  # noqa: PT018 - one fact: both were asked for
    problems = []
    if not broken.failed:
        problems.append(f"{finding.prop} is {broken.status.value} as built")
        problems += found.doubts
    elif broken.length is not None and broken.length != finding.length:
        problems.append(f"the trace has {broken.length} steps, and {finding.length} are pinned")
    if whole.status not in (Status.HELD, Status.REACHED):
        problems.append(f"with the repair {finding.prop} is {whole.status.value}")
        problems += mended.doubts
    return problems


def diff(finding: Finding) -> str:
    """How the repair changes the actions and properties of the model, as text."""
    before = configure(request_for(finding))
    after = configure(request_for(finding, repaired=True))
    repair = ",".join(f"{n}={v}" for n, v in finding.repair.items())
    return diff_models(before, replace(after, variant=f"{after.variant} with {repair}"))
