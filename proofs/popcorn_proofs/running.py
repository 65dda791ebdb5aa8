"""What the verb ``prove`` does: proofs of claims, controls, and evidence checked again."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Final

from popcorn_checker.errors import HOLDS, SAFETY, UNKNOWN, UsageError
from popcorn_checker.options import parse_seconds
from popcorn_checker.writing import print_json
from popcorn_proofs.claim import Claim, Theory, make_theory
from popcorn_proofs.claims.catalogue import find_claims
from popcorn_proofs.controls import run_controls
from popcorn_proofs.evidence import (
    LEDGER,
    Evidence,
    Index,
    make_evidence,
    read_index,
    write_index,
)
from popcorn_proofs.options import Options
from popcorn_proofs.proving import Effort, prove
from popcorn_proofs.recheck import recheck
from popcorn_proofs.report import proof_json, proof_text
from popcorn_proofs.script import Obligation

SECONDS_DEFAULT: Final = 30.0


def run(options: Options) -> int:
    """Do what is asked for; the exit code.

    Raises: UsageError for options that do not go together or a claim that does not exist;
    LedgerError for an index that is none. Cost: one query for each obligation and solver.
    """
    _refuse_odd(options)
    effort, ledger = _effort(options), options.ledger or LEDGER
    claims = find_claims(options.protocol, options.claim or ())
    if options.controls:
        return run_controls(claims, effort, print)
    if options.recheck:
        return recheck(claims, options.files, ledger, effort, options.write)
    codes, told = [], []
    for claim in claims:
        code, data = _prove(claim, options)
        codes.append(code)
        told.append(data)
    if options.json:
        print_json(told)
    return next((c for c in (SAFETY, UNKNOWN) if c in codes), HOLDS)


def _effort(options: Options) -> Effort:
    """How hard the solvers try."""
    return Effort(parse_seconds(options.budget) or SECONDS_DEFAULT, options.workers)


def _prove(claim: Claim, options: Options) -> tuple[int, dict[str, object]]:
    theory = make_theory(claim, options.mutate)
    if options.strengthen:
        theory = _strengthened(theory, options)
    evidence = make_evidence(theory)
    if options.files is not None:
        evidence.write(options.files)
    proof = prove(evidence, _effort(options), options.only)
    index = Index(evidence)
    for answer in proof.answers:
        for opinion in answer.opinions:
            index.note(answer.obligation, opinion)
    if not options.json:
        sys.stdout.write(proof_text(proof))
        if not (options.mutate or options.strengthen):
            sys.stdout.write(_beside(index, options))
        sys.stdout.flush()
        if proof.failed and options.explain:
            _explain(evidence, proof.failed[0].obligation)
    if options.write:
        write_index(index.to_json(), options.ledger or LEDGER)
    return proof.exit_code, proof_json(proof, index.to_json())


def _strengthened(theory: Theory, options: Options) -> Theory:
    """The claim with lemmas that were found, of which every one is needed."""
    from popcorn_proofs.strengthen import strengthen

    quiet = options.json
    search = strengthen(theory, lambda line: None if quiet else print(line, flush=True))
    lemmas = search.needed() if search.succeeded else tuple(search.lemmas.values())
    if not quiet:
        what = f"{len(lemmas)} lemmas" if search.succeeded else "no inductive invariant"
        print(f"tried: {search.summary}\n{what}\n", flush=True)
    found = replace(theory.claim, by={})
    return replace(theory.with_lemmas(lemmas), claim=found)


def _explain(evidence: Evidence, failed: Obligation) -> None:
    """What there is to say about one failure."""
    from popcorn_proofs.explaining import Explainer

    sys.stdout.write(f"{failed.id} fails:\n")
    Explainer(evidence.theory, lambda text: print(text, flush=True)).explain(failed)


def _beside(index: Index, options: Options) -> str:
    """What the ledger says."""
    if options.write:
        return "\n"
    stale = index.stale(read_index(options.ledger or LEDGER, index.evidence.theory.claim.id))
    told = "".join(f"  the ledger is stale: {sentence}\n" for sentence in stale)
    return f"{told}\n"


def _refuse_odd(options: Options) -> None:
    """Raises: UsageError for options that do not go together."""
    odd = options.only or options.mutate or options.strengthen
    if options.write and odd:
        raise UsageError("--write is for whole proofs of protocols as they are: leave out --only, "
                         "--mutate and --strengthen")  # fmt: skip
    if (options.recheck or options.controls) and (odd or options.json):
        raise UsageError("--recheck and --controls look at whole claims, and print text: leave "
                         "out --only, --mutate, --strengthen and --json")  # fmt: skip
    if (options.mutate or options.strengthen) and len(options.claim or ()) != 1:
        raise UsageError("--mutate and --strengthen need one --claim")
