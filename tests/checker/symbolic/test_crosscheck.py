"""The explicit engine's traces are runs for Z3, and a run that is none is not accepted."""

from dataclasses import replace

import pytest

from popcorn_checker.checking import make_subject
from popcorn_checker.findings.catalogue import find_findings
from popcorn_checker.findings.rederive import request_for
from popcorn_checker.ground import Grounder
from popcorn_checker.mutants import popcorn_2014
from popcorn_checker.mutants.controls import Ground
from popcorn_checker.mutants.listed import PLANNED
from popcorn_checker.symbolic.__main__ import line, main
from popcorn_checker.symbolic.cases import (
    _mutant,
    campaign_cases,
    finding_cases,
    listed_cases,
)
from popcorn_checker.symbolic.crosscheck import accepts, cross, explicit_run
from popcorn_checker.symbolic.finite.steps import relate
from popcorn_checker.symbolic.questions import ask

LISTED = [
    ("X1", "sharers_include_origin", 11),
    ("X36", "deadlock", 14),
    ("X43", "links_are_of_tasks", 11),
]


def test_short_findings_have_no_shorter_trace(capsys) -> None:  # type: ignore[no-untyped-def]
    assert main(["W12", "W16", "W26", "--workers", "2"]) == 0
    told = capsys.readouterr().out
    assert told.count("| yes | proved |") == 3
    assert "3 of 3 agreed; 0 disagreements." in told


def test_an_unknown_finding_is_told(capsys) -> None:  # type: ignore[no-untyped-def]
    assert main(["W999"]) == 2
    assert "there is no finding W999: legal are W1" in capsys.readouterr().err


def test_a_finding_of_2020_is_accepted() -> None:
    (case,) = finding_cases(("C3",))
    row = cross(case.name, *case.look_up(), seconds=20)
    assert (row.name, row.prop, row.length) == ("C3", "registers_are_kept", 11)
    assert row.accepted
    assert row.shortest


@pytest.mark.parametrize(("id", "prop", "length"), LISTED)
def test_a_listed_mutation_is_accepted(
    id: str, prop: str, length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    (chosen,) = (p for p in PLANNED["popcorn-2020"] if p.id == id)
    outside = replace(chosen, id="out", outside="the model does not say it")
    monkeypatch.setitem(PLANNED, "popcorn-2020", (chosen, outside))
    (case,) = listed_cases()
    row = cross(case.name, *case.look_up(), seconds=0)
    assert (row.name, row.prop, row.length) == (id, prop, length)
    assert row.accepted


def test_mutants_are_accepted_near_and_far(monkeypatch: pytest.MonkeyPatch) -> None:
    near = popcorn_2014.CONTROLS[0]
    some = replace(
        near, actions=("pair",), grounds=near.grounds[:1],
        far={"pair/guard2": Ground("kernels=2,tasks=1,hops=2", parts=("threads",))},
    )  # fmt: skip
    monkeypatch.setattr(popcorn_2014, "CONTROLS", (some,))
    cases = list(campaign_cases(1))
    assert {c.name.partition(": ")[0] for c in cases} == {"threads+lifetime"}
    for case in cases:
        subject, prop = case.look_up()
        assert cross(case.name, subject, prop, seconds=0).accepted, case.name
    far = _mutant(0, "pair/guard2", str(some.far["pair/guard2"]), "deadlock")[0]
    assert far.scope.entries["hops"] == 2
    assert "lifetime" not in far.model.parts


def test_an_endless_finding_is_accepted_step_by_step() -> None:
    (finding,) = find_findings(("W8a",), None)
    row = cross("W8a", make_subject(request_for(finding)), finding.prop, seconds=1)
    assert (row.accepted, row.endless, row.length) == (True, True, finding.length)
    assert row.refuted < finding.length
    assert row.agreed
    assert f"refuted up to {row.refuted}" in line(row)


def test_a_run_with_a_wrong_state_or_end_is_not_accepted() -> None:
    (finding,) = find_findings(("W16",), None)
    subject = make_subject(request_for(finding))
    run = explicit_run(subject, finding.prop)
    assert run is not None
    relation = relate(Grounder(subject.model, subject.scope))
    (question,) = ask(
        Grounder(subject.model, subject.scope), relation, frozenset((finding.prop,))
    )
    assert accepts(relation, subject, run, question)
    assert not accepts(relation, subject, run[:-1], question)
    firing, _ = run[1]
    assert not accepts(relation, subject, [run[0], (firing, run[0][1]), *run[2:]], None)
