"""What a proof leaves behind: the model's text, the files of all obligations, and their index.

The files can be made again at any time and are the same to the byte; the index, with a hash for
each of them and what the solvers said, is kept in the ledger.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from popcorn_checker.errors import UsageError
from popcorn_model.language.prose import action_text, property_text
from popcorn_model.language.tables import state_lines
from popcorn_proofs.claim import Theory
from popcorn_proofs.script import Obligation, System, obligations, script
from popcorn_proofs.solving import Opinion
from popcorn_proofs.systems import Reader

LEDGER: Final = Path(__file__).resolve().parents[1] / "ledger"
MODEL_FILE: Final = "model.txt"
SYSTEM_FILE: Final = "system.smt2"


class LedgerError(Exception):
    """An index of the ledger cannot be read, or is not one."""


def model_text(theory: Theory) -> str:
    """The model that a claim is about, its properties and its lemmas, as people read them."""
    claim, model = theory.claim, theory.model
    lines = [f"{claim.id}: {claim.doc}", f"protocol {claim.protocol}, variant {claim.variant}"]
    lines.append(f"parts: {', '.join(model.parts)}")
    lines += (f"    {name} = {value}" for name, value in model.settings.items())
    lines += ["", "STATE", *state_lines(model), "", "ACTIONS"]
    lines += [action_text(a) for a in model.actions]
    lines += ["PROPERTIES", *map(property_text, theory.safety)]
    lines += ["LEMMAS", *map(property_text, theory.lemmas)]
    if claim.rests_on is not None:
        lines += [f"KNOWN, AS CLAIM {claim.rests_on.id}", *map(property_text, theory.known)]
    return "\n".join(lines)


def sha256(text: str) -> str:
    """The hash of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Evidence:
    """The texts of one claim. ``scripts`` maps each obligation to its file's text."""

    theory: Theory
    model: str
    system: System
    scripts: Mapping[Obligation, str]

    def write(self, folder: Path) -> None:
        """Write all files into a folder named after the claim. Raises: UsageError."""
        place = folder / self.theory.claim.id
        try:
            place.mkdir(parents=True, exist_ok=True)
            for old in place.glob("*.smt2"):
                old.unlink()
            for name, text in self.files():
                (place / name).write_text(text, encoding="utf-8")
        except OSError as error:
            raise UsageError(f"{place} cannot be written: {error.strerror or error}") from None

    def files(self) -> Iterator[tuple[str, str]]:
        """Every file's name and text."""
        yield MODEL_FILE, self.model
        yield SYSTEM_FILE, self.system.text()
        for obligation, text in self.scripts.items():
            yield obligation.file, text


def make_evidence(theory: Theory) -> Evidence:
    """The texts of a claim. Raises: NoReading. Cost: one formula for each lemma and action."""
    system = Reader(theory).system()
    by = theory.claim.by
    scripts = {o: script(system, o, by.get(o.id, by.get(o.goal))) for o in obligations(system)}
    return Evidence(theory, model_text(theory), system, scripts)


# --- the index ------------------------------------------------------------------------------------


@dataclass
class Index:
    """The index of one claim: hashes, and by obligation what each solver said."""

    evidence: Evidence
    opinions: dict[Obligation, dict[str, Opinion]] = field(default_factory=dict)

    def note(self, obligation: Obligation, opinion: Opinion) -> None:
        """Keep what a solver said."""
        self.opinions.setdefault(obligation, {})[opinion.solver] = opinion

    def to_json(self) -> dict[str, Any]:
        """The index as plain data."""
        theory, evidence = self.evidence.theory, self.evidence
        claim, model = theory.claim, theory.model
        return {
            "claim": claim.id,
            "sentence": claim.doc,
            "protocol": claim.protocol,
            "variant": claim.variant,
            "parts": list(model.parts),
            "settings": dict(claim.settings),
            "left_out": list(claim.counters),
            "rests_on": claim.rests_on.id if claim.rests_on is not None else None,
            "assumptions": dict(model.assumptions),
            "any_number_of": [s.name for s in theory.members],
            "model": sha256(evidence.model),
            "system": sha256(evidence.system.text()),
            "safety": list(evidence.system.safety),
            "lemmas": {p.name: p.doc for p in theory.lemmas},
            "obligations": [self._row(o, text) for o, text in evidence.scripts.items()],
        }

    def _row(self, obligation: Obligation, text: str) -> dict[str, Any]:
        said = self.opinions.get(obligation, {})
        return {
            "from": obligation.from_,
            "goal": obligation.goal,
            "file": obligation.file,
            "sha256": sha256(text),
            "solvers": {name: said[name].to_json() for name in sorted(said)},
        }

    def stale(self, written: Mapping[str, Any] | None) -> tuple[str, ...]:
        """How a written index differs from these texts: a sentence each, none if it does not."""
        if written is None:
            return ("the ledger has no index of this claim",)
        ours = self.to_json()
        found = [
            f"the hash of the {what} is another"
            for what in ("model", "system") if ours[what] != written.get(what)
        ]  # fmt: skip
        hashes = {row["file"]: row["sha256"] for row in ours["obligations"]}
        theirs = {row["file"]: row["sha256"] for row in written.get("obligations", ())}
        odd = sorted(set(hashes.items()) ^ set(theirs.items()))
        names = list(dict.fromkeys(name for name, _ in odd))
        if names:
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            found.append(f"the hash of {', '.join(names[:3])}{more} is another")
        return tuple(found)


def ledger_path(ledger: Path, claim: str) -> Path:
    """Where the index of a claim is kept."""
    return ledger / f"{claim}.json"


def read_index(ledger: Path, claim: str) -> dict[str, Any] | None:
    """The written index of a claim; None when there is none. Raises: LedgerError."""
    path = ledger_path(ledger, claim)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise LedgerError(f"{path} is no index: {error}; renew it with prove --write") from None
    if not isinstance(found, dict):
        raise LedgerError(f"{path} is no index: it must hold an object; renew it with --write")
    return found


def write_index(index: Mapping[str, Any], ledger: Path) -> None:
    """Write an index into the ledger. Raises: UsageError."""
    path = ledger_path(ledger, index["claim"])
    rows = ",\n".join(f"  {json.dumps(row)}" for row in index["obligations"])
    rest = {k: v for k, v in index.items() if k != "obligations"}
    head = json.dumps(rest, indent=1, ensure_ascii=False).removesuffix("\n}")
    try:
        ledger.mkdir(parents=True, exist_ok=True)
        path.write_text(f'{head},\n "obligations": [\n{rows}\n ]\n}}\n', encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from None
