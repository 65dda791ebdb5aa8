"""The evidence of a proof, and everything that is done to it and must be noticed."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from popcorn_proofs.claim import make_theory
from popcorn_proofs.claims.directory import CLAIM
from popcorn_proofs.evidence import Evidence, make_evidence, sha256, write_index
from popcorn_proofs.script import Obligation, obligations
from popcorn_proofs.solving import PROVED, REFUTED, ask_cvc5, ask_z3
from support.command import invoke
from support.evidence import judge, leave_proved, make_index


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    """The evidence of the claim about the directory example."""
    return make_evidence(make_theory(CLAIM))


@pytest.fixture
def folder(evidence: Evidence, tmp_path: Path) -> Path:
    """A folder with all files and an index in which both solvers have said unsat."""
    leave_proved(tmp_path, evidence)
    return tmp_path


def test_there_is_an_obligation_for_everything(evidence: Evidence) -> None:
    system, theory = evidence.system, evidence.theory
    actions = [a.name for a in theory.model.actions]
    wanted = [("start", p.name) for p in theory.lemmas]
    wanted += [(a, p.name) for a in actions for p in theory.lemmas]
    wanted += [("safety", p.name) for p in theory.safety]
    assert [(o.from_, o.goal) for o in obligations(system)] == wanted
    assert len(actions) == 10


def test_the_texts_are_the_same_each_time(evidence: Evidence) -> None:
    assert make_evidence(make_theory(CLAIM)).scripts == evidence.scripts


def test_evidence_that_is_in_order_is_accepted(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert judge(folder, "directory") == 0
    assert capsys.readouterr().out == "directory: complete, 178 obligations, all unsat\n"


def edit(folder: Path, change: Callable[[dict[str, object]], object]) -> None:
    """Change the index by hand."""
    path = folder / "directory.json"
    index = json.loads(path.read_text())
    change(index)
    path.write_text(json.dumps(index))


def rewrite(folder: Path, name: str, old: str, new: str) -> None:
    """Change a file by hand, and the index with it, so that the hash does not tell."""
    path = folder / "directory" / name
    text = path.read_text()
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new))
    digest = sha256(path.read_text())

    def change(index: dict[str, object]) -> None:
        if name == "system.smt2":
            index["system"] = digest
        elif name == "model.txt":
            index["model"] = digest
        rows = index["obligations"]
        assert isinstance(rows, list)
        for row in rows:
            if row["file"] == name:
                row["sha256"] = digest

    edit(folder, change)


def weaken(folder: Path) -> None:
    rewrite(folder, "receive.one_writer.smt2", "(copy! p k) Access.none", "(copy! p k) Access.read")


def weaken_everywhere(folder: Path) -> None:
    """The lemma is weakened in the system, so the files prove another one than it says."""
    rewrite(folder, "system.smt2", "(copy p j) Access.write) (not (= (copy p k) Access.none))",
            "(copy p j) Access.write) (not (= (copy p k) Access.read))")  # fmt: skip


def assume_the_goal(folder: Path) -> None:
    goal = "(assert (! (not (forall ((p Page) (k Kernel)) (or (= (copy! p k)"
    rewrite(folder, "receive.the_origin_knows.smt2", goal, "(assert (! false :named |guard:9|))\n"
            + goal)  # fmt: skip


def forget_an_action(folder: Path) -> None:
    def change(index: dict[str, list[dict[str, str]]]) -> None:
        index["obligations"] = [r for r in index["obligations"] if r["from"] != "note"]

    edit(folder, change)  # type: ignore[arg-type]


def forget_it_in_the_system_too(folder: Path) -> None:
    forget_an_action(folder)
    path = folder / "directory" / "system.smt2"
    before, _, rest = path.read_text().partition("(set-info :section |action note|)")
    path.write_text(before + "(set-info" + rest.partition("(set-info")[2])
    edit(folder, lambda index: index.update(system=sha256(path.read_text())))


def forget_a_lemma(folder: Path) -> None:
    edit(folder, lambda index: index["obligations"].pop(3))  # type: ignore[attr-defined]


def claim_less(folder: Path) -> None:
    edit(folder, lambda index: index.update(safety=["one_writer"]))


def let_a_file_be_stale(folder: Path) -> None:
    path = folder / "directory" / "start.one_writer.smt2"
    path.write_text(path.read_text() + "\n")


def let_a_solver_be_unsure(folder: Path) -> None:
    edit(folder, lambda index: index["obligations"][5]["solvers"]["cvc5"].update(  # type: ignore[index]
        verdict="unknown"))  # fmt: skip


def let_nobody_have_asked(folder: Path) -> None:
    edit(folder, lambda index: index["obligations"][5]["solvers"].pop("cvc5"))  # type: ignore[index]


def redefine(folder: Path) -> None:
    rewrite(folder, "receive.one_writer.smt2", "(= receive.k x2)) false (waits x1 x2))",
            "(= receive.k x2)) true (waits x1 x2))")  # fmt: skip


def remove_a_file(folder: Path) -> None:
    (folder / "directory" / "safety.one_writer.smt2").unlink()


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (weaken, "the goal is not that of the system"),
        (weaken_everywhere, "the goal is not that of the system"),
        (assume_the_goal, "guard:9 is not to be assumed here"),
        (forget_an_action, "note/a_grant_arrives_once is missing"),
        (forget_it_in_the_system_too, "model and system have not the same actions: note"),
        (forget_a_lemma, "start/the_writer_is_alone is missing"),
        (claim_less, "the safety properties of the system are not those of the index"),
        (let_a_file_be_stale, "its hash is another"),
        (let_a_solver_be_unsure, "cvc5 says unknown, not unsat"),
        (let_nobody_have_asked, "cvc5 says nothing, not unsat"),
        (redefine, "is not a piece of the system"),
        (remove_a_file, "is missing"),
    ],
    ids=lambda x: x.__name__ if callable(x) else "",
)
def test_harm_to_the_evidence_is_noticed(
    folder: Path, harm: Callable[[Path], None], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    harm(folder)
    assert judge(folder, "directory") == 12
    assert said in capsys.readouterr().out


def test_a_weakened_lemma_no_longer_carries_the_proof(evidence: Evidence) -> None:
    asked = Obligation("receive", "the_origin_knows")
    text = evidence.scripts[asked]
    known = evidence.system.lemmas["a_grant_arrives_once"]
    weaker = text.replace(known, known.replace("(holder p k)", "true"))
    assert weaker != text
    for ask in (ask_z3, ask_cvc5):
        assert ask(text, 20).verdict == PROVED
    assert ask_z3(weaker, 20).verdict == REFUTED


def test_the_ledger_is_of_this_model() -> None:
    done = invoke("prove", "--claim", "directory", "--only", "start")
    assert done.code == 0
    assert "16 of 16 proved" in done.out
    assert "stale" not in done.out


def test_a_stale_ledger_is_refused(evidence: Evidence, tmp_path: Path) -> None:
    lemmas = evidence.theory.lemmas[:-1]
    other = make_evidence(replace(evidence.theory, lemmas=lemmas))
    write_index(make_index(other), tmp_path)
    done = invoke("prove", "--recheck", "--claim", "directory", "--ledger", tmp_path)
    assert done.code == 12
    assert "REFUSED: the hash of the model is another" in done.out
