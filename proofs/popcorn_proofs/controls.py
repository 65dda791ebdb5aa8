"""The prover's own controls: wrong protocols for which a proof must fail.

Each control breaks one action and names a lemma that the action then does not keep. That is shown
by a structure, which the evaluator confirms: a solver that merely does not answer shows nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import Final

from popcorn_checker.errors import HOLDS, SAFETY
from popcorn_proofs.claim import Claim, Theory, make_theory
from popcorn_proofs.claims.catalogue import find_claims
from popcorn_proofs.evidence import make_evidence
from popcorn_proofs.proving import Effort
from popcorn_proofs.script import Obligation
from popcorn_proofs.solving import PROVED, ask_z3
from popcorn_proofs.structures import Finder

LEAST: Final = 10
"""So many controls has every claim."""


@dataclass(frozen=True)
class Control:
    """One wrong protocol of one claim, and the lemma that cannot be proved of it."""

    claim: str
    mutation: str
    lemma: str


def controls_of(claims: Iterable[Claim]) -> Iterator[Control]:
    """All controls of some claims."""
    for claim in claims:
        for mutation, lemma in claim.controls.items():
            yield Control(claim.id, mutation, lemma)


def run_controls(claims: Iterable[Claim], effort: Effort, told: Callable[[str], None]) -> int:
    """Break the protocol of each claim in every listed way; 12 if a proof does not fail.

    Cost: one obligation for each control, and its structure.
    """
    code, count = HOLDS, 0
    for control, sizes in _refuted(tuple(controls_of(claims)), effort):
        count += 1
        members = ", ".join(f"{n} {name}" for name, n in (sizes or {}).items())
        how = f"fails with {members}" if sizes else "IS NOT REFUTED"
        told(f"{control.claim}: {control.mutation}: {control.lemma} {how}")
        code = code if sizes else SAFETY
    told(f"{count} wrong protocols" + (", each of them noticed" if code == HOLDS else ""))
    return code


def _refuted(
    listed: tuple[Control, ...], effort: Effort
) -> Iterator[tuple[Control, dict[str, int] | None]]:
    seconds = [effort.seconds] * len(listed)
    if effort.workers == 1:
        yield from zip(listed, map(refute, listed, seconds), strict=True)
        return
    with ProcessPoolExecutor(effort.workers, mp_context=get_context("spawn")) as pool:
        yield from zip(listed, pool.map(refute, listed, seconds), strict=True)


def refute(control: Control, seconds: float) -> dict[str, int] | None:
    """The sizes of a structure in which a lemma is not kept; None where there is none.

    Raises: UsageError or ModelError for a control of what does not exist.
    """
    claim = find_claims(ids=[control.claim])[0]
    theory = make_theory(claim, control.mutation)
    asked = Obligation(control.mutation.partition("/")[0], control.lemma)
    text = make_evidence(_only(asked.from_, theory)).scripts[asked]
    if ask_z3(text, min(seconds, 1.0)).verdict == PROVED:
        return None
    goal = next(p for p in theory.lemmas if p.name == control.lemma)
    found = Finder(theory, seconds).find_small(asked, goal, theory.lemmas)
    return found.sizes if found is not None else None


def _only(action: str, theory: Theory) -> Theory:
    """The theory of a protocol that has no other action: there is less to write down."""
    return replace(theory, model=replace(theory.model, actions=(theory.model.action(action),)))
