"""The explicit engine's traces are runs for Z3, and a run that is none is not accepted."""

from popcorn_checker.checking import make_subject
from popcorn_checker.findings.catalogue import find_findings
from popcorn_checker.findings.rederive import request_for
from popcorn_checker.ground import Grounder
from popcorn_checker.symbolic.__main__ import line, main
from popcorn_checker.symbolic.crosscheck import accepts, cross, explicit_run
from popcorn_checker.symbolic.finite.steps import relate
from popcorn_checker.symbolic.questions import ask


def test_short_findings_have_no_shorter_trace(capsys) -> None:  # type: ignore[no-untyped-def]
    assert main(["W12", "W16", "W26"]) == 0
    told = capsys.readouterr().out
    assert told.count("| yes | proved |") == 3
    assert "3 of 3 agreed; 0 disagreements." in told


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
