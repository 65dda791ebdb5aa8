"""What the explicit engine has found and Z3 is asked about: findings, and mutants.

A case is something to look up and not the thing itself, so that it can be handed to another
process: models are functions of Python and stay where they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Final

from popcorn_checker.checking import Request, make_subject
from popcorn_checker.engines import explore
from popcorn_checker.exploring import Effort, Subject
from popcorn_checker.findings.catalogue import find_findings
from popcorn_checker.findings.rederive import request_for
from popcorn_checker.mutants import popcorn_2014
from popcorn_checker.mutants.campaign import Campaign, run
from popcorn_checker.mutants.controls import Controls
from popcorn_checker.mutants.hunting import OVERFLOW, Base, Fate, find_failure
from popcorn_checker.mutants.listed import PLANNED
from popcorn_checker.symbolic.crosscheck import Crossed, cross
from popcorn_checker.verdict import FAULT_CHECK
from popcorn_model.language.mutate import find_alike, find_mutation

EFFORT: Final = Effort(seconds=120.0, bytes_max=4 << 30)


@dataclass(frozen=True)
class Case:
    """A name, and how to come by the subject and the property that fails there or is reached."""

    name: str
    look_up: Callable[[], tuple[Subject, str]]


def cross_case(seconds: float | None, case: Case) -> Crossed:
    """Hold the engines against each other about a case. Raises: see `crosscheck.cross`."""
    subject, prop = case.look_up()
    return cross(case.name, subject, prop, seconds)


def finding_cases(ids: Iterable[str]) -> Iterator[Case]:
    """All findings, or those of these ids. Raises: UsageError for one that does not exist."""
    for finding in find_findings(ids):
        yield Case(finding.id, partial(_finding, finding.id))


def listed_cases() -> Iterator[Case]:
    """The mutations that designs list, of those that something refutes.

    Cost: exploring each of them until it fails.
    """
    for protocol, listed in PLANNED.items():
        for planned in listed:
            if not planned.outside and _listed(protocol, planned.id)[1]:
                yield Case(planned.id, partial(_listed, protocol, planned.id))


def campaign_cases(workers: int) -> Iterator[Case]:
    """The mutants of popcorn-2014 that are refuted by a run. Cost: the campaigns."""
    for number, controls in enumerate(popcorn_2014.CONTROLS):
        for one in run(_campaign(controls), workers):
            if one.fate is Fate.REFUTED and one.length is not None:
                name = f"{'+'.join(controls.parts)}: {one.id}"
                yield Case(name, partial(_mutant, number, one.id, one.ground, _check(one.by)))


def _finding(id: str) -> tuple[Subject, str]:
    (finding,) = find_findings((id,))
    return make_subject(request_for(finding)), finding.prop


@cache
def _listed(protocol: str, id: str) -> tuple[Subject, str]:
    planned = next(p for p in PLANNED[protocol] if p.id == id)
    subject = planned.subject()
    by, length = find_failure(subject, explore(subject, replace(EFFORT, first=True)))
    return subject, _check(by) if length is not None else ""


def _campaign(controls: Controls) -> Campaign:
    request = Request(
        "popcorn-2014", controls.variant, settings=controls.settings, parts=controls.parts
    )
    return Campaign(request, controls, EFFORT)


def _mutant(number: int, id: str, ground: str, by: str) -> tuple[Subject, str]:
    campaign = _campaign(popcorn_2014.CONTROLS[number])
    bases: dict[str, Base] = {str(b.ground): b for b in campaign.bases()}
    far = campaign.far_bases().get(id)
    if far is not None and str(far.ground) == ground:
        near = find_mutation(next(iter(bases.values())).subject.model, id)
        subject, mutation = far.subject, find_alike(far.subject.model, near)
    else:
        subject = bases[ground].subject
        mutation = find_mutation(subject.model, id)
    return replace(subject, model=mutation.apply(subject.model)), by


def _check(by: str) -> str:
    """A step without meaning and one that outgrows a queue are one question to Z3."""
    return FAULT_CHECK if by == OVERFLOW else by
