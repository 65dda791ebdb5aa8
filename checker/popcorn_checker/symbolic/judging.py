"""Verdicts of the symbolic engines: what was found, what was proved, and what stays open.

They visit no states, so that there is no ledger of what was never exercised, and what they prove
may be about steps that never happen: the `sometimes` properties say whether they do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from popcorn_checker import explain
from popcorn_checker.evaluate import Evaluator, State, StepFault
from popcorn_checker.exploring import Effort, Run, Subject
from popcorn_checker.judging import Judging, claim_about, why_faulty
from popcorn_checker.symbolic.answers import Answers, Task
from popcorn_checker.symbolic.bmc import unroll
from popcorn_checker.symbolic.induction import induct
from popcorn_checker.symbolic.names import DEPTH, SYMBOLIC
from popcorn_checker.symbolic.pdr import direct
from popcorn_checker.trace import Trace
from popcorn_checker.tracing import make_trace
from popcorn_checker.verdict import (
    DEADLOCK_CHECK,
    ENGINE_CHECKS,
    FAULT_CHECK,
    Covered,
    Result,
    Searched,
    Status,
    Vacuity,
    Verdict,
)
from popcorn_model.language import Mood, Property

_ENGINES: Final[Mapping[str, Callable[[Subject, Task], Answers]]] = {
    "bmc": unroll,
    "induction": induct,
    "pdr": direct,
}
assert tuple(_ENGINES) == SYMBOLIC


def search(subject: Subject, effort: Effort, judging: Judging) -> Verdict:
    """Run a symbolic engine and judge what it says.

    Raises: InternalError when the evaluator does not take a step that Z3 takes.
    """
    report = effort.report
    task = Task(
        depth=DEPTH if effort.depth is None else effort.depth,
        patience=judging.patience,
        only=judging.asked,
        liveness=judging.liveness,
        first=effort.first,
        tell=(lambda text: None) if report is None else report,
    )
    answers = _ENGINES[effort.engine](subject, task)
    return _Bench(subject, answers, judging).verdict()


class _Bench:
    """Judges what one engine found out."""

    def __init__(self, subject: Subject, answers: Answers, judging: Judging) -> None:
        self.subject, self.answers, self.judging = subject, answers, judging
        self.model = subject.model
        self.evaluator: Evaluator = subject.evaluator

    def verdict(self) -> Verdict:
        """The verdict, with a doubt for whatever is open."""
        answers, judging = self.answers, self.judging
        asked = judging.asked
        checks = [n for n in ENGINE_CHECKS if not asked or n in asked or n in answers.runs]
        results = (*map(self._check, checks), *map(self._of, self.model.properties))
        left = [r for r in results if r.status is Status.OPEN]
        covered = Covered(
            engine=judging.engine,
            states=0,
            transitions=0,
            histogram=(),
            seconds=answers.seconds,
            words=0,
            bits=0,
            complete=not left,
            stopped=answers.stopped,
            searched=Searched(
                answers.refuted, answers.rules, answers.variables, dict(answers.never)
            ),
        )
        doubts = tuple(self._doubts(left))
        return Verdict(judging.setting, covered, results, Vacuity(), doubts)

    def _doubts(self, open_results: list[Result]) -> Iterator[str]:
        answers, engine = self.answers, self.judging.engine
        if answers.stopped:
            yield f"the search ended because {answers.stopped}; give a larger --budget"
        endless = [r.name for r in open_results if r.mood == Mood.EVENTUALLY.value]
        if endless and engine == "bmc":
            yield (
                f"no endless run of up to {answers.refuted_endless} steps refutes "
                f"{', '.join(endless)}; give a larger --depth, or take --engine explicit"
            )
        elif endless:
            yield (
                f"the {engine} engine does not look at endless runs, so {', '.join(endless)} is "
                "not decided; take --engine explicit, or --no-liveness to leave liveness out"
            )
        left = [r.name for r in open_results if r.name not in endless]
        if not left:
            return
        what = ", ".join(left)
        if answers.refuted < 0:
            yield f"not even the start was looked at for {what}"
            return
        way = (
            "give a larger --depth, or take an engine that can prove it: explicit, induction or pdr"
            if engine == "bmc"
            else "give a larger --depth, or take --engine explicit"
        )
        yield f"no run of up to {answers.refuted} steps decides {what}; {way}"

    # --- results -----------------------------------------------------------------------------

    def _check(self, name: str) -> Result:
        answers = self.answers
        if name not in answers.runs:
            status = Status.HELD if name in answers.never else Status.OPEN
            return Result(name, "engine", status, reason=answers.never.get(name, ""))
        run = answers.runs[name]
        last = self._last(run)
        reason = (
            explain.why_stuck(self.evaluator, self.model.ends, last)
            if name == DEADLOCK_CHECK
            else self._fault(last)
        )
        trace = self._trace(run, name, reason)
        return Result(name, "engine", Status.VIOLATED, None, trace.length, reason, trace)

    def _of(self, prop: Property) -> Result:
        answers, mood = self.answers, prop.mood.value
        if prop.mood is Mood.EVENTUALLY:
            return self._eventually(prop)
        reached = prop.mood is Mood.SOMETIMES
        if prop.name in answers.never:
            status = Status.NEVER if reached else Status.HELD
            reason = answers.never[prop.name]
            if reached:
                reason = f"{prop.name} must be reachable, and it is not: {reason}."
            return Result(prop.name, mood, status, prop.number, reason=reason)
        if prop.name not in answers.runs:
            return Result(prop.name, mood, Status.OPEN, prop.number)
        run = answers.runs[prop.name]
        if reached and prop.name not in self.judging.asked:
            return Result(prop.name, mood, Status.REACHED, prop.number, len(run))
        shown, reason = self.judging.told(self.evaluator, prop, run)
        status = Status.REACHED if reached else Status.VIOLATED
        trace = self._trace(shown, prop.name, reason)
        trace = replace(trace, meta={**trace.meta, "outcome": status.value})
        return Result(prop.name, mood, status, prop.number, len(run), reason, trace)

    def _eventually(self, prop: Property) -> Result:
        answers, mood = self.answers, prop.mood.value
        if not self.judging.liveness:
            return Result(prop.name, mood, Status.SKIPPED, prop.number)
        if prop.name in answers.never:
            reason = answers.never[prop.name]
            return Result(prop.name, mood, Status.HELD, prop.number, reason=reason)
        if prop.name not in answers.lassos:
            return Result(prop.name, mood, Status.OPEN, prop.number)
        found = answers.lassos[prop.name]
        trace = self._trace(found.run, prop.name, found.reason, found.loop)
        status = Status.VIOLATED
        return Result(prop.name, mood, status, prop.number, trace.length, found.reason, trace)

    # --- runs --------------------------------------------------------------------------------

    def _last(self, run: Run) -> State:
        return run[-1][1] if run else self.evaluator.initial()

    def _trace(self, run: Run, name: str, reason: str, loop: int | None = None) -> Trace:
        claim = claim_about(self.model, name, reason, self.judging)
        return make_trace(self.evaluator, run, replace(claim, loop=loop))

    def _fault(self, last: State) -> str:
        for action, firing in self.evaluator.firings:
            try:
                self.evaluator.fire(last, action, firing)
            except StepFault as fault:
                return why_faulty(self.subject, firing, str(fault))
        raise AssertionError(f"{FAULT_CHECK} without a faulty step")
