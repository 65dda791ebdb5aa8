"""Cases are run, one after the other, and each gets a verdict with what explains it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from popcorn_checker.conform import script, wire
from popcorn_checker.conform.adapter import Adapter, Broken, Limits
from popcorn_checker.conform.case import Case
from popcorn_checker.conform.driving import Session
from popcorn_checker.conform.explaining import Departure, Undecided
from popcorn_checker.conform.machine import make_machine
from popcorn_checker.conform.program_driving import ProgramSession
from popcorn_checker.conform.shortening import Attempts, Shortening
from popcorn_checker.conform.talking import Indefinite, Lax, NotNow, Talk, Unsupported, read_log
from popcorn_checker.conform.world import make_world
from popcorn_checker.trace import Trace
from popcorn_checker.tracing import Claim, make_trace

PAGES: Final = "pages"
PROGRAM: Final = "program"


class Grade(StrEnum):
    """What became of a case."""

    CONFORMS = "conforms"
    LOOSE = "non-strict"
    UNSUPPORTED = "unsupported"
    UNDECIDED = "undecided"
    FAILS = "fails"
    BROKEN = "broken"


SAYS: Final = {
    Grade.CONFORMS: "as the protocol says",
    Grade.LOOSE: "not as the protocol says, without harm",
    Grade.UNSUPPORTED: "not claimed, or refused as not supported",
    Grade.UNDECIDED: "nobody can tell",
    Grade.FAILS: "against the protocol",
    Grade.BROKEN: "no adapter any more: silent, dead, or not understood",
}


@dataclass(frozen=True)
class Outcome:
    """A verdict, and why."""

    case: Case
    grade: Grade
    seen: str = ""
    right: tuple[str, ...] = ()
    """What the model could have done where it failed."""
    earlier: tuple[str, ...] = ()
    """What would be right there besides, if an earlier answer had been another; that one, too."""
    shown: tuple[str, str, int] | None = None
    """Where the last answer shows that, as `Departure` has it."""
    does: str = ""
    """What was done: of a failure the fewest steps that show it, and of an adapter that is none any
    more the steps up to there."""
    is_cut: bool = False
    """Whether there was no time to look for fewer steps."""
    remarks: tuple[str, ...] = ()
    log: tuple[dict[str, Any], ...] = ()
    """Orders and replies; the last one has none where the adapter has broken off."""
    came: str = ""
    """What came in place of that reply, if anything."""
    trace: Trace | None = None
    """What the model explains of it, up to the failure."""
    stderr: str = ""
    seconds: float = 0.0
    seed: int | None = None
    """What has drawn the steps; none if they were written."""

    @property
    def again(self) -> str:
        """The command that tries this case again; the adapter's own is to follow."""
        drawn = "" if self.seed is None else f" --seed {self.seed}"
        return f"popcorn-spec conform --only {self.case.id}{drawn}"


@dataclass
class _Kept:
    """What is known of a run however it ends: who was in it, what was said, and what was done."""

    adapters: list[Adapter] = field(default_factory=list)
    log: list[tuple[Any, Any]] = field(default_factory=list)
    taken: list[script.Step] = field(default_factory=list)


@dataclass
class Target:
    """An implementation under test: how to start it, and how long to wait for it."""

    command: Sequence[str]
    limits: Limits = field(default_factory=Limits)
    hello: wire.HelloReply | None = None

    def greet(self) -> wire.HelloReply:
        """Who it is. Raises: Broken."""
        with Adapter(self.command, self.limits) as adapter:
            self.hello = adapter.hello()
            return self.hello


def run_case(
    target: Target, case: Case, seed: int = 0, shortening: Shortening | None = None
) -> Outcome:
    """Try one case; if it fails, find the fewest steps that show that.

    Raises: Broken if nobody has been greeted yet, and cannot be.
    """
    started = time.monotonic()
    hello = target.hello or target.greet()
    if not is_for(hello.level, case):
        seen = f"it is observed at the level {hello.level}, and this needs {case.level}"
        return Outcome(case, Grade.UNSUPPORTED, seen, does=case.does)
    lacks = [need for need in case.needs if need not in hello.capabilities]
    if lacks:
        seen = f"it does not claim {', '.join(lacks)}"
        return Outcome(case, Grade.UNSUPPORTED, seen, does=case.does)
    shortening = shortening or Shortening()
    steps = _drawn(target, case, seed, shortening) if case.examples else case.steps
    outcome = _try(target, case, steps)
    if outcome.grade is Grade.FAILS:
        outcome = _shorten(target, case, outcome, shortening)
    shortening.end(case, len(script.parse(outcome.does)) if outcome.does else 0)
    seconds = round(time.monotonic() - started, 3)
    drawn_by = seed if case.examples else None
    return replace(outcome, seconds=seconds, is_cut=shortening.is_cut, seed=drawn_by)


def _drawn(
    target: Target, case: Case, seed: int, shortening: Shortening
) -> tuple[script.Step, ...]:
    from popcorn_checker.conform.exploring import find_failing  # only here is hypothesis needed

    return find_failing(lambda: _session(target, case, _Kept()), case, seed, shortening)


@contextmanager
def _session(target: Target, case: Case, kept: _Kept) -> Iterator[Talk[Any, Any]]:
    """A run at the level of the case."""
    with ExitStack() as stack:
        _start(target, case, kept, stack)
        if case.level == PROGRAM:
            machine = make_machine(case.threads, case.pages)
            yield ProgramSession(kept.adapters[0], machine, case.kernels, kept.log)
        else:
            world = make_world(case.kernels, case.threads, case.pages)
            yield Session(kept.adapters, world, kept.log)


def is_for(level: str, case: Case) -> bool:
    """Whether a case is for implementations that are observed at a level.

    At that of pages they are driven as at that of programs, and more of them is seen.
    """
    return level == case.level or (level == PAGES and case.level == PROGRAM)


def _try(target: Target, case: Case, steps: tuple[script.Step, ...]) -> Outcome:
    """One run, in processes of its own."""
    outcome, kept = Outcome(case, Grade.CONFORMS, does=script.show(steps)), _Kept()
    with ExitStack() as stack:
        session: Talk[Any, Any] | None = None
        try:
            session = stack.enter_context(_session(target, case, kept))
            for step in steps:
                kept.taken.append(step)
                take_step(session, step, case)
            session.rest()
            if session.judge.remarks:
                seen = "; ".join(session.judge.remarks)
                outcome = replace(outcome, grade=Grade.LOOSE, seen=seen)
        except Lax as why:
            outcome = replace(outcome, grade=Grade.LOOSE, seen=str(why))
        except Departure as why:
            earlier = () if session is None else tuple(session.find_earlier(why))
            outcome = replace(
                outcome, grade=Grade.FAILS, seen=why.seen, right=why.right, earlier=earlier,
                shown=why.shown,
            )  # fmt: skip
        except Broken as why:
            does = script.show(tuple(kept.taken))
            outcome = replace(outcome, grade=Grade.BROKEN, seen=str(why), came=why.came, does=does)
        except Unsupported as why:
            outcome = replace(outcome, grade=Grade.UNSUPPORTED, seen=str(why))
        except (Indefinite, Undecided, NotNow) as why:
            outcome = replace(outcome, grade=Grade.UNDECIDED, seen=str(why))
        if session is not None:
            outcome = replace(outcome, trace=_trace_of(session, outcome))
        stderr = "".join(adapter.stderr for adapter in kept.adapters)
        return replace(outcome, log=tuple(read_log(kept.log)), stderr=stderr)


def take_step(session: Talk[Any, Any], step: script.Step, case: Case) -> None:
    """Take a step of a case. Raises: what `Talk.take` raises, but for NotNow where it may be."""
    try:
        session.take(step)
    except NotNow:
        if not case.derived:
            raise


def _start(target: Target, case: Case, kept: _Kept, stack: ExitStack) -> None:
    """Start the adapter, or one for each kernel. What breaks off at hello has that in its log."""
    assert target.hello is not None
    is_one = target.hello.kernels == "all" or case.level == PROGRAM
    for _ in range(1 if is_one else case.kernels):
        kept.adapters.append(stack.enter_context(Adapter(target.command, target.limits)))
        kept.log.append((wire.Hello(wire.VERSION), None))
        kept.adapters[-1].hello()
        kept.log.pop()


def _trace_of(session: Talk[Any, Any], outcome: Outcome) -> Trace:
    evaluator = session.evaluator
    claim = Claim(doc=f"{outcome.case.id}: {outcome.case.expects}")
    return make_trace(evaluator, session.judge.behaviour(), claim, evaluator.initial())


def _shorten(target: Target, case: Case, failed: Outcome, shortening: Shortening) -> Outcome:
    """The same failure with fewer steps."""
    attempts = Attempts(script.parse(failed.does), failed)
    shortening.begin(case, len(attempts.steps))

    def attempt(steps: tuple[script.Step, ...]) -> Outcome | None:
        tried = _try(target, case, steps)
        return tried if tried.grade is Grade.FAILS else None

    attempts.shorten(attempt, shortening)
    return attempts.failure
