"""The search for an inductive invariant, from safety properties alone."""

import pytest

from popcorn_proofs.claim import make_theory
from popcorn_proofs.claims.directory import CLAIM
from popcorn_proofs.evidence import make_evidence
from popcorn_proofs.proving import Effort, prove
from popcorn_proofs.strengthen import strengthen


@pytest.mark.rest  # about 30 s: a search through some fifty structures
def test_the_invariant_of_page_ownership_is_found() -> None:
    theory = make_theory(CLAIM)
    told: list[str] = []
    search = strengthen(theory, told.append)
    assert search.succeeded
    lemmas = search.needed()
    found = [p for p in lemmas if p.name.startswith("found_")]
    assert len(found) >= 3
    assert {p.name for p in lemmas} - {p.name for p in found} == set(CLAIM.safety)
    proof = prove(make_evidence(theory.with_lemmas(lemmas)), Effort())
    assert proof.exit_code == 0
    assert not proof.part
    assert sum("fails in a structure" in line for line in told) == len(search.structures)
