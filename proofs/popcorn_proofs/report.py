"""Proofs as text for people: one table for each claim, and what failed below it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from popcorn_checker.show.story import get_first_sentence
from popcorn_model.language.tables import columns
from popcorn_proofs.proving import Answer, Proof
from popcorn_proofs.script import MEANING, SAFETY, START
from popcorn_proofs.solving import PROVED

_WORDS = {"unsat": "proved", "sat": "FAILS", "unknown": "OPEN"}


def proof_text(proof: Proof) -> str:
    """What became of a claim: each lemma and property with its obligations and their time."""
    theory = proof.evidence.theory
    claim = theory.claim
    word = {0: "is proved", 12: "is not proved", 3: "is open"}[proof.exit_code]
    if proof.part and not proof.exit_code:
        word = "is proved as far as asked"
    lines = [f"{claim.id} {word}: {claim.doc}"]
    sizes = ", ".join(s.name for s in theory.members)
    rows = [("protocol", f"{claim.protocol} ({claim.variant})")]
    if claim.parts:
        rows.append(("parts", ", ".join(theory.model.parts)))
    if claim.rests_on is not None:
        rows.append(("rests on", f"{claim.rests_on.id}, whose lemmas are taken as known"))
    if claim.settings:
        rows.append(("set", ", ".join(f"{n}={v}" for n, v in claim.settings.items())))
    rows += [("assumes", ", ".join(f"{n}={v}" for n, v in theory.model.assumptions.items()))] * (
        bool(theory.model.assumptions)
    )
    rows += [
        ("for any number", f"of {sizes}"),
        ("obligations", f"{_proved(proof)} of {len(proof.answers)} proved"),
        ("cost", f"{proof.seconds:.1f} s of solvers"),
    ]
    lines += [f"  {row}" for row in columns(rows)]
    lines += ["", *(f"  {row}" for row in columns(_goals(proof)))]
    lines += [f"  {line}" for a in (*proof.failed, *proof.open) for line in _failure(a)]
    return "\n".join(lines) + "\n"


def _proved(proof: Proof) -> int:
    return sum(a.verdict == PROVED for a in proof.answers)


def _goals(proof: Proof) -> Iterator[tuple[str, ...]]:
    theory = proof.evidence.theory
    docs = {p.name: p.doc for p in (*theory.lemmas, *theory.safety)}
    docs[MEANING] = "No action takes from an empty queue."
    for goal, answers in proof.by_goal.items():
        groups = [[a for a in answers if a.obligation.from_ != SAFETY],
                  [a for a in answers if a.obligation.from_ == SAFETY]]  # fmt: skip
        for kind, group in zip(("lemma", "safety"), groups, strict=True):
            if group:
                seconds = sum(a.seconds for a in group)
                told = (f"{len(group)}", f"{seconds:.2f} s", get_first_sentence(docs[goal]))
                yield (kind, goal, _word(group), *told)


def _word(answers: list[Answer]) -> str:
    verdicts = {a.verdict for a in answers}
    return next(_WORDS[v] for v in ("sat", "unknown", "unsat") if v in verdicts)


def _failure(answer: Answer) -> Iterator[str]:
    said = "; ".join(f"{o.solver} {o.version}: {o.verdict} after {o.seconds} s"
                     for o in answer.opinions)  # fmt: skip
    obligation = answer.obligation
    what = {
        START: f"{obligation.goal} does not hold at the start",
        SAFETY: f"{obligation.goal} does not follow from the lemmas",
    }.get(obligation.from_, f"{obligation.from_} does not keep {obligation.goal}")
    if answer.verdict != "sat":
        what = f"nobody knows {obligation.id}"
    yield f"{what} ({said})"


def proof_json(proof: Proof, index: Mapping[str, Any]) -> dict[str, Any]:
    """A proof as plain data: the index, with the outcome."""
    return {
        "outcome": {0: "proved", 12: "fails", 3: "unknown"}[proof.exit_code],
        "exit_code": proof.exit_code,
        "part": proof.part,
        **index,
        "failed": [a.obligation.id for a in proof.failed],
        "open": [a.obligation.id for a in proof.open],
    }
