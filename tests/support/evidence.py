"""Evidence of a claim as if both solvers had proved everything, and what is made of it."""

from __future__ import annotations

from pathlib import Path

from popcorn_proofs import independent
from popcorn_proofs.evidence import Evidence, Index, write_index
from popcorn_proofs.solving import PROVED, Opinion


def make_index(evidence: Evidence) -> dict[str, object]:
    """An index in which both solvers have said unsat to every obligation."""
    index = Index(evidence)
    for obligation in evidence.scripts:
        for solver in ("z3", "cvc5"):
            index.note(obligation, Opinion(solver, "1", PROVED, 0.0))
    return index.to_json()


def leave_proved(folder: Path, evidence: Evidence) -> None:
    """The files of a claim, and such an index beside them."""
    evidence.write(folder)
    write_index(make_index(evidence), folder)


def judge(folder: Path, *claims: str) -> int:
    """What the independent checker makes of some claims."""
    return independent.main([str(folder), *(str(folder / f"{c}.json") for c in claims)])
