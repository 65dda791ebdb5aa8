"""The table of what is proved, made from the ledger: claim, sizes, lemmas, time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from popcorn_proofs.claims.catalogue import CLAIMS
from popcorn_proofs.evidence import LEDGER, LedgerError, read_index

PAGES: Final = ("README.md", "docs/proofs.md")
BEGIN: Final = "<!-- table of proofs: python -m popcorn_proofs -->"
END: Final = "<!-- end of the table of proofs -->"


def table(ledger: Path = LEDGER) -> str:
    """The table in Markdown. Raises: LedgerError for a claim without an index."""
    head = "| claim | what is proved | for any number of | lemmas | obligations | Z3 | cvc5 |"
    lines = [head, "|---|---|---|---|---|---|---|"]
    for claim in CLAIMS:
        index = read_index(ledger, claim.id)
        if index is None:
            raise LedgerError(f"the ledger has no index of {claim.id}; renew it with prove --write")
        lines.append(f"| {' | '.join(_cells(index))} |")
    return "\n".join(lines)


def _cells(index: dict[str, Any]) -> Iterator[str]:
    rows = index["obligations"]
    yield f"`{index['claim']}`"
    settings = ", ".join(f"{n}={v}" for n, v in index["settings"].items())
    name = index["protocol"].rpartition(".")[2]
    about = ", ".join(filter(None, (name, index["variant"], settings)))
    left_out = "".join(f", without {name}" for name in index["left_out"])
    rests_on = f"; rests on `{index['rests_on']}`" if index["rests_on"] else ""
    yield f"{index['sentence']} ({about}: {' + '.join(index['parts'])}{left_out}{rests_on})"
    yield ", ".join(index["any_number_of"])
    yield str(len(index["lemmas"]))
    yield str(len(rows))
    for solver in ("z3", "cvc5"):
        seconds = sum(row["solvers"].get(solver, {}).get("seconds", 0.0) for row in rows)
        yield f"{seconds:.0f} s"


def with_table(page: str, ledger: Path = LEDGER) -> str:
    """The page with the table of the ledger between its marks. Raises: ValueError."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no {BEGIN} with a {END} behind it")
    return f"{before}{BEGIN}\n{table(ledger)}\n{END}{after}"
