"""A second opinion on evidence: hashes against the ledger, cvc5, and the independent checker."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from popcorn_checker.errors import HOLDS, SAFETY, UNKNOWN
from popcorn_proofs import independent
from popcorn_proofs.claim import Claim, make_theory
from popcorn_proofs.evidence import (
    Evidence,
    Index,
    ledger_path,
    make_evidence,
    read_index,
    write_index,
)
from popcorn_proofs.proving import Effort, prove
from popcorn_proofs.solving import PROVED, REFUTED

SOLVER = "cvc5"


def recheck(
    claims: tuple[Claim, ...], files: Path | None, ledger: Path, effort: Effort, write: bool
) -> int:
    """Check the ledger's evidence for some claims again, and say what came of it.

    With ``write`` what cvc5 says goes into the ledger. Raises: LedgerError for an index that is
    none; UsageError for a folder that cannot be written. Cost: one query for each obligation.
    """
    if files is None:
        with tempfile.TemporaryDirectory() as place:
            return recheck(claims, Path(place), ledger, effort, write)
    codes = [_claim(_written(c, files), ledger, (effort, write)) for c in claims]
    sound = [c for c, code in zip(claims, codes, strict=True) if not code]
    if sound:
        bases = {c.rests_on.id: c.rests_on for c in sound if c.rests_on is not None}
        for unasked in bases.keys() - {c.id for c in claims}:
            _written(bases[unasked], files)
        ids = dict.fromkeys((*(c.id for c in sound), *bases))
        codes.append(_independently(files, [ledger_path(ledger, claim) for claim in ids]))
    return next((c for c in (SAFETY, UNKNOWN) if c in codes), HOLDS)


def _written(claim: Claim, files: Path) -> Evidence:
    """The evidence of a claim, whose files are there now."""
    evidence = make_evidence(make_theory(claim))
    evidence.write(files)
    return evidence


def _claim(evidence: Evidence, ledger: Path, how: tuple[Effort, bool]) -> int:
    effort, write = how
    claim = evidence.theory.claim.id
    written = read_index(ledger, claim)
    stale = Index(evidence).stale(written)
    if written is None or stale:
        for sentence in stale:
            _say(f"{claim}: REFUSED: {sentence}; the evidence is not about this model: prove it "
                 "anew, with --write")  # fmt: skip
        return SAFETY
    asked = Effort(effort.seconds, effort.workers, (SOLVER,))
    proof = prove(evidence, asked)
    counts = {v: sum(a.verdict == v for a in proof.answers) for v in (PROVED, REFUTED)}
    name = f"{SOLVER} {proof.answers[0].opinions[0].version}"
    _say(f"{claim}: {name} finds {counts[PROVED]} of {len(proof.answers)} unsatisfiable, in "
         f"{proof.seconds:.1f} s")  # fmt: skip
    for answer in (*proof.failed, *proof.open):
        _say(f"{claim}: {SOLVER} says {answer.verdict} to {answer.obligation.id}")
    if write:
        said = {a.obligation.id: a.opinions[0] for a in proof.answers}
        for row in written["obligations"]:
            row["solvers"][SOLVER] = said[f"{row['from']}/{row['goal']}"].to_json()
        write_index(written, ledger)
    return proof.exit_code


def _independently(files: Path, indexes: list[Path]) -> int:
    """The checker that shares no code, in a process of its own."""
    command = [sys.executable, "-I", independent.__file__, str(files), *map(str, indexes)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    _say((done.stdout + done.stderr).strip())
    return HOLDS if done.returncode == 0 else SAFETY


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


