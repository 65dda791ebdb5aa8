"""A claim may rest on another one, and the evidence says so, or it is refused."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from popcorn_model.language import ModelError
from popcorn_proofs.claim import Claim, make_theory
from popcorn_proofs.claims.closure import CLAIM as CLOSURE
from popcorn_proofs.claims.directory import CLAIM as DIRECTORY
from popcorn_proofs.claims.threads import CLAIM as THREADS
from popcorn_proofs.evidence import make_evidence, sha256
from popcorn_proofs.script import Obligation
from popcorn_proofs.solving import PROVED, REFUTED, ask_z3
from popcorn_proofs.structures import Finder
from support.evidence import judge, leave_proved

BASE: Final = replace(DIRECTORY, id="base", lemmas=DIRECTORY.lemmas[2:])
UPPER: Final = replace(DIRECTORY, id="upper", lemmas=DIRECTORY.lemmas[:2], rests_on=BASE)
LEAN: Final = replace(UPPER, rests_on=None)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The evidence of two claims, one of which rests on the other."""
    leave_proved(tmp_path, make_evidence(make_theory(BASE)))
    leave_proved(tmp_path, make_evidence(make_theory(UPPER)))
    return tmp_path


def test_known_lemmas_carry_a_proof_that_fails_without_them() -> None:
    asked = Obligation("receive", "one_writer")
    assert ask_z3(make_evidence(make_theory(UPPER)).scripts[asked], 20).verdict == PROVED
    assert ask_z3(make_evidence(make_theory(LEAN)).scripts[asked], 20).verdict == REFUTED
    goal = DIRECTORY.lemmas[0]
    assert goal.name == asked.goal
    for claim, fails in ((UPPER, False), (LEAN, True)):
        theory = make_theory(claim)
        found = Finder(theory).find(asked, theory.lemmas[0], theory.lemmas)
        assert (found is not None) == fails


def test_both_are_accepted_in_any_order(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert judge(folder, "upper", "base") == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.partition(",")[0] for line in said] == ["base: complete", "upper: complete"]


def test_alone_it_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert judge(folder, "upper") == 12
    assert "it rests on base, which is not in order or not checked" in capsys.readouterr().out


def rest_on_less(folder: Path) -> None:
    fewer = replace(BASE, lemmas=BASE.lemmas[:-1])
    leave_proved(folder, make_evidence(make_theory(fewer)))


def rest_on_another_protocol(folder: Path) -> None:
    leave_proved(folder, make_evidence(make_theory(BASE, "note/guard1")))


def rest_on_what_is_open(folder: Path) -> None:
    path = folder / "base.json"
    index = json.loads(path.read_text())
    index["obligations"][3]["solvers"]["z3"]["verdict"] = "unknown"
    path.write_text(json.dumps(index))


def hide_it(folder: Path) -> None:
    path = folder / "upper.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"rests_on": None}))


def know_more(folder: Path) -> None:
    """A lemma is known in a form that the base does not have."""
    system, path = folder / "upper" / "system.smt2", folder / "upper.json"
    name = ":named |known:writing_is_known|"
    text = system.read_text().replace(f" {name}))", f"\n{name}))")
    before, _, after = text.partition(f"\n{name}")
    head, bracket, formula = before.rpartition("(assert (! ")
    system.write_text(f"{head}{bracket}(and false {formula}) {name}{after}")
    index = json.loads(path.read_text())
    path.write_text(json.dumps(index | {"system": sha256(system.read_text())}))


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (rest_on_less, "readers_are_not_alone is taken as known, and base has no such lemma"),
        (rest_on_another_protocol, "it rests on base, which is about another system"),
        (rest_on_what_is_open, "it rests on base, which is not in order"),
        (hide_it, "it rests on None, which is not in order"),
        (know_more, "writing_is_known is taken as known, and base has no such lemma"),
    ],
    ids=lambda x: x.__name__ if callable(x) else "",
)
def test_what_is_not_proved_is_not_known(
    folder: Path, harm: Callable[[Path], None], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    harm(folder)
    assert judge(folder, "base", "upper") == 12
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    "wrong",
    [
        replace(BASE, variant="forgetful"),
        replace(BASE, counters=("copy",)),
        replace(UPPER, id="tower", lemmas=()),
    ],
    ids=("variant", "counters", "tower"),
)
def test_a_claim_rests_on_one_about_the_same_protocol(wrong: Claim) -> None:
    with pytest.raises(ModelError, match=f"claim upper rests on {wrong.id}, which must be about"):
        make_theory(replace(UPPER, rests_on=wrong))


def test_no_lemma_is_known_and_shown_again() -> None:
    with pytest.raises(ModelError, match="two lemmas are called one_writer"):
        make_theory(replace(UPPER, rests_on=DIRECTORY))


def test_what_a_lemma_follows_from_must_exist() -> None:
    wrong = replace(DIRECTORY, by={"one_writer": ("one_writer", "nobody_knows")})
    with pytest.raises(ModelError, match="one_writer follows from nobody_knows, no lemma"):
        make_theory(wrong)


def test_closure_rests_on_the_threads() -> None:
    assert CLOSURE.rests_on is THREADS
    theory = make_theory(CLOSURE)
    assert [p.name for p in theory.known] == [p.name for p in THREADS.lemmas]
    assert not {p.name for p in theory.known} & {p.name for p in theory.lemmas}
