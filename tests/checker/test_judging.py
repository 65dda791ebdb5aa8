"""What an exploration says: faults, what is never reached, what is not covered, exit codes."""

import pytest

from popcorn_checker.checking import Request, check
from popcorn_checker.exploring import Effort
from popcorn_checker.patience import Impatience, Patience
from popcorn_checker.report import verdict_text
from popcorn_checker.verdict import Outcome, Status, Verdict


def alive(*properties: str, engine: str = "explicit") -> Verdict:
    """The verdict on the counter's liveness when nothing else is wrong."""
    request = Request("support.counter", settings={"WAY": "stay"}, properties=properties)
    return check(request, Effort(engine=engine))


SAFE = ("low", "bright", "fault", "deadlock")


def look(way: str, *properties: str, scope: str = "", engine: str = "explicit") -> Verdict:
    """The verdict on the counter when it goes wrong in one way."""
    request = Request("support.counter", scope=scope, settings={"WAY": way}, properties=properties)
    return check(request, Effort(engine=engine), liveness=False)


def status(verdict: Verdict, name: str) -> Status:
    """What became of one property."""
    result = verdict.result(name)
    assert result is not None
    return result.status


@pytest.mark.parametrize("engine", ["explicit", "evaluator"])
def test_an_overflow_is_unknown_and_says_what_to_raise(engine: str) -> None:
    verdict = look("up", engine=engine)
    assert verdict.exit_code == 3
    assert status(verdict, "fault") is Status.OPEN
    assert status(verdict, "low") is Status.OPEN
    assert status(verdict, "bright") is Status.REACHED
    assert not verdict.covered.complete
    assert "climb() does not fit into the scope" in verdict.doubts[0]
    assert "raise levels (now 1) in --scope" in verdict.doubts[0]


def test_a_violation_stands_although_the_scope_overflows() -> None:
    verdict = look("up", scope="levels=2")
    assert verdict.exit_code == 12
    assert [r.name for r in verdict.failures] == ["low"]
    assert verdict.doubts


@pytest.mark.parametrize("engine", ["explicit", "evaluator"])
def test_a_number_below_zero_is_wrong_in_every_scope(engine: str) -> None:
    verdict = look("down", *SAFE, engine=engine)
    result = verdict.result("fault")
    assert verdict.exit_code == 12
    assert result is not None
    assert result.length == 1
    assert result.reason == (
        "The next step, fall(), has no meaning: at would become -1; this scope ends at 1."
    )


@pytest.mark.parametrize("engine", ["explicit", "evaluator"])
def test_taking_from_an_empty_queue_is_wrong(engine: str) -> None:
    result = look("empty", *SAFE, engine=engine).result("fault")
    assert result is not None
    assert result.status is Status.VIOLATED
    assert result.length == 0
    assert "took from box, which is empty" in result.reason


def test_a_fault_is_told_even_when_other_things_are_asked_for() -> None:
    verdict = look("empty", "low")
    assert [r.name for r in verdict.results] == ["fault", "low"]


def test_what_must_be_reached_and_is_not() -> None:
    verdict = look("stay", "floor")
    assert verdict.exit_code == 12
    assert status(verdict, "floor") is Status.NEVER
    assert "must be reachable, and no state of this scope has it" in verdict_text(verdict)


def test_what_cannot_be_in_so_small_a_scope() -> None:
    verdict = look("stay", "two_lamps")
    assert verdict.exit_code == 0
    assert status(verdict, "two_lamps") is Status.ABSENT
    assert status(look("stay", "two_lamps", scope="lamps=2"), "two_lamps") is Status.REACHED


def test_an_action_that_never_happens_is_no_pass() -> None:
    request = Request("support.counter", settings={"WAY": "stay"})
    verdict = check(request, Effort(), liveness=False)
    assert verdict.vacuity.unfired == ("miracle",)
    assert "miracle never happened" in verdict.doubts[0]


def test_words_of_outcomes() -> None:
    assert look("stay", "low").outcome is Outcome.HOLDS
    assert look("up", "low").outcome is Outcome.UNKNOWN
    assert look("stay", "floor").outcome is Outcome.VIOLATED
    assert "Unknown, because:" in verdict_text(look("up"))


# --- liveness ---------------------------------------------------------------------------------


def test_liveness_holds_under_its_fairness() -> None:
    verdict = alive("shines")
    assert verdict.exit_code == 0
    assert verdict.setting.fairness == {"flip": "weak"}
    assert "fair to" in verdict_text(verdict)
    assert "weakly: flip" in verdict_text(verdict)


def test_a_lasso_refutes_liveness() -> None:
    verdict = alive("stays")
    result = verdict.result("stays")
    assert verdict.exit_code == 13
    assert result is not None
    assert result.length == 3
    assert result.trace is not None
    assert result.trace.loop == 1
    assert result.trace.states[1] == result.trace.states[3]
    assert result.reason == (
        "stays fails for x=l0: after step 1 lit[x] holds: lit[l0] is true; at = 0 never comes, "
        "because the run goes round for ever."
    )


def test_a_run_that_rests_refutes_liveness() -> None:
    request = Request("support.ownership", "repaired", "kernels=3", properties=("asking_helps",))
    verdict = check(request, Effort())
    result = verdict.result("asking_helps")
    assert verdict.exit_code == 13
    assert result is not None
    assert result.trace is not None
    assert result.trace.loop == result.trace.length
    assert result.reason.endswith("because the run rests where no fair step is possible.")


def test_liveness_needs_the_explicit_engine() -> None:
    verdict = alive("shines", engine="evaluator")
    assert verdict.exit_code == 3
    assert "liveness needs --engine explicit" in verdict.doubts[0]


def test_liveness_of_an_unfinished_exploration_is_open() -> None:
    request = Request("support.counter", settings={"WAY": "up"}, properties=("shines",))
    assert status(check(request, Effort()), "shines") is Status.OPEN


def test_a_graph_that_is_too_large_is_a_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("popcorn_checker.explicit.liveness.BYTES_EDGE", 1 << 40)
    verdict = alive("shines")
    assert verdict.exit_code == 3
    assert "a smaller --scope, or --no-liveness" in verdict.doubts[0]


@pytest.mark.parametrize(
    ("trouble", "words"),
    [(Impatience, "the time budget is spent"), (KeyboardInterrupt, "it was interrupted")],
)
@pytest.mark.parametrize("pauses", [0, 1, 3])
def test_liveness_that_is_cut_short_is_a_doubt(
    monkeypatch: pytest.MonkeyPatch, trouble: type[BaseException], words: str, pauses: int
) -> None:
    left = pauses

    def pause(patience: Patience) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise trouble

    monkeypatch.setattr(Patience, "pause", pause)
    verdict = alive("bright", "shines", "stays")
    assert verdict.exit_code == 3
    assert status(verdict, "bright") is Status.REACHED
    assert status(verdict, "stays") is Status.OPEN
    assert verdict.doubts == (
        f"liveness is not decided, because {words}; --no-liveness leaves it out",
    )


def test_patience_lasts_as_long_as_it_says() -> None:
    Patience().pause()
    Patience.of(60).pause()
    with pytest.raises(Impatience):
        Patience.of(-1).pause()


def test_order_of_exit_codes() -> None:
    verdict = check(Request("support.ownership", "repaired", "kernels=3"), Effort())
    assert [r.code for r in verdict.failures] == [11, 13]
    assert verdict.exit_code == 11
