"""The table of what is proved is that of the ledger, and the ledger that of the claims."""

from pathlib import Path
from typing import Final

import pytest

from popcorn_proofs.claim import Claim, make_theory
from popcorn_proofs.claims.catalogue import CLAIMS
from popcorn_proofs.evidence import LEDGER, model_text, read_index, sha256
from popcorn_proofs.table import PAGES, with_table

ROOT: Final = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("page", PAGES)
def test_the_table_is_that_of_the_ledger(page: str) -> None:
    text = (ROOT / page).read_text()
    assert with_table(text) == text, "renew it with python -m popcorn_proofs"


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_the_ledger_is_about_the_model_as_it_is(claim: Claim) -> None:
    index = read_index(LEDGER, claim.id)
    assert index is not None
    assert index["model"] == sha256(model_text(make_theory(claim))), "renew it with prove --write"
    for row in index["obligations"]:
        verdicts = {name: said["verdict"] for name, said in row["solvers"].items()}
        assert verdicts == {"z3": "unsat", "cvc5": "unsat"}, row["file"]


def test_no_index_is_left_over() -> None:
    assert {p.stem for p in LEDGER.glob("*.json")} == {c.id for c in CLAIMS}
