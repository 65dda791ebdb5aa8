"""Judging: what an exploration says about each property, and what it leaves open.

An exploration is *closed* when every reachable state of the scope was expanded and no step
overflowed. Only then does a property hold, and only then can something be said never to happen.
A violation stands whether the exploration is closed or not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from popcorn_checker import explain
from popcorn_checker.endless import Liveness
from popcorn_checker.evaluate import Evaluator, Firing
from popcorn_checker.exploring import Exploration, FaultSeen, Run, Subject
from popcorn_checker.ground import Grounder
from popcorn_checker.growth import Growth
from popcorn_checker.ledger import OFF, STRICT, draw_actions, draw_rest
from popcorn_checker.missed import Missed
from popcorn_checker.patience import INTERRUPTED, SPENT, Impatience, Patience
from popcorn_checker.scopes import ScopeError, size_name
from popcorn_checker.trace import Trace
from popcorn_checker.tracing import Claim, make_trace
from popcorn_checker.verdict import (
    DEADLOCK_CHECK,
    FAULT_CHECK,
    Covered,
    CoveredBriefly,
    Result,
    Setting,
    Status,
    Vacuity,
    Verdict,
)
from popcorn_model.language import Model, Mood, Property

_STOPPED = {
    "budget": "the time budget is spent; give a larger --budget or a smaller --scope",
    "memory": "the memory limit is reached; give a larger --memory or a smaller --scope",
    "interrupted": "it was interrupted",
    "found": "something is wrong; --all explores the rest",
}
_LIMITS = ("budget", "memory")


@dataclass(frozen=True)
class Brief:
    """The same model at a scope that is small enough for liveness; explored when that is needed.

    ``entries`` are those in which the scope is smaller.
    """

    entries: Mapping[str, int]
    explore: Callable[[], tuple[Subject, Exploration]]


@dataclass(frozen=True)
class Judging:
    """What a verdict needs to know beside the exploration; ``asked`` are properties by name."""

    setting: Setting
    engine: str = "explicit"
    asked: frozenset[str] = frozenset()
    liveness: bool = True
    ledger: str = OFF
    growth: bool = False
    waivers: Mapping[str, str] = field(default_factory=dict)
    patience: Patience = field(default_factory=Patience)
    meta: dict[str, object] = field(default_factory=dict)
    brief: Brief | None = None
    missed: Missed | None = None

    def told(self, evaluator: Evaluator, prop: Property, run: Run) -> tuple[Run, str]:
        """The run that shows what became of a property, and why its last state decides that."""
        last = run[-1][1] if run else evaluator.initial()
        if prop.mood is Mood.SOMETIMES:
            return run, explain.why_reached(evaluator, prop, last)
        reason = explain.why_violated(evaluator, prop, last)
        if self.missed is None:
            return run, reason
        return self.missed.told(evaluator, prop, run, reason)


def judge(subject: Subject, found: Exploration, judging: Judging) -> Verdict:
    """The verdict on an exploration.

    Raises: InternalError when a trace cannot be replayed. Cost: one short search per trace, and
    the strongly connected components of the state graph for liveness.
    """
    bench = Bench(subject, found, judging)
    results = (*bench.engine_checks(), *map(bench.of, subject.model.properties))
    covered = Covered(
        engine=judging.engine,
        states=found.states,
        transitions=found.transitions,
        histogram=tuple(found.histogram),
        seconds=found.seconds,
        words=found.words,
        bits=found.bits,
        complete=bench.closed,
        stopped=found.stopped,
        symmetry=found.symmetry,
        brief=bench.covered_briefly(),
    )
    vacuity = bench.vacuity(any(r.failed for r in results))
    doubts = tuple(bench.doubts(vacuity))
    return Verdict(judging.setting, covered, results, vacuity, doubts, bench.growth())


def claim_about(model: Model, name: str, reason: str, judging: Judging) -> Claim:
    """What a trace shows of a property or an engine check."""
    docs = {p.name: p.doc for p in model.properties}
    return Claim(name, docs.get(name, _DOCS.get(name, "")), reason, meta=judging.meta)


def call_of(subject: Subject, firing: Firing) -> str:
    """A step as people write it: the action with its members."""
    action = subject.model.action(firing.action)
    return explain.call_name(subject.scope, action, firing.values)


def why_faulty(subject: Subject, firing: Firing, text: str) -> str:
    """The step that has no meaning, and why."""
    return f"The next step, {call_of(subject, firing)}, has no meaning: {text}."


class Bench:
    """Judges the properties of one exploration one by one."""

    def __init__(self, subject: Subject, found: Exploration, judging: Judging) -> None:
        """Nothing is computed until asked for."""
        self.subject = subject
        self.model = subject.model
        self.found = found
        self.judging = judging
        self.evaluator: Evaluator = subject.evaluator
        self.too_large = ""
        self.cut = ""
        self.undecided = False

    @property
    def overflow(self) -> FaultSeen | None:
        """The step that did not fit into the scope, if there is one."""
        fault = self.found.fault
        if fault is None or fault.kind != "overflow":
            return None
        return fault if _too_large(fault) else None

    @property
    def closed(self) -> bool:
        """Everything that the scope allows was explored."""
        return self.found.complete and self.overflow is None

    def trace(self, run: Run, name: str, reason: str, loop: int | None = None) -> Trace:
        """The trace of a run, replayed. Raises: InternalError when it cannot be replayed."""
        claim = claim_about(self.model, name, reason, self.judging)
        return make_trace(self.evaluator, run, replace(claim, loop=loop))

    def depth(self, state: int) -> int:
        """The length of a shortest way to a state."""
        return sum(1 for end in self.found.levels if end <= state)

    # --- engine checks ------------------------------------------------------------------------

    def engine_checks(self) -> Iterator[Result]:
        """Steps without meaning and states without a step, unless only others are asked for."""
        asked = self.judging.asked
        if not asked or FAULT_CHECK in asked or self.found.fault is not None:
            yield self._fault()
        if not asked or DEADLOCK_CHECK in asked:
            yield self._deadlock()

    def _fault(self) -> Result:
        fault = self.found.fault
        if fault is None:
            return self._engine(FAULT_CHECK, Status.HELD if self.closed else Status.OPEN)
        if self.overflow is not None:
            return self._engine(FAULT_CHECK, Status.OPEN)
        reason = why_faulty(self.subject, fault.firing, fault.text)
        return self._broken(FAULT_CHECK, fault.state, reason)

    def _deadlock(self) -> Result:
        state = self.found.deadlock
        if state < 0:
            return self._engine(DEADLOCK_CHECK, Status.HELD if self.closed else Status.OPEN)
        last = self.found.run(state)[-1][1] if state else self.evaluator.initial()
        return self._broken(
            DEADLOCK_CHECK, state, explain.why_stuck(self.evaluator, self.model.ends, last)
        )

    def _engine(self, name: str, status: Status, reason: str = "") -> Result:
        return Result(name, "engine", status, reason=reason)

    def _broken(self, name: str, state: int, reason: str) -> Result:
        trace = self.trace(self.found.run(state), name, reason)
        return Result(name, "engine", Status.VIOLATED, None, trace.length, reason, trace)

    # --- properties -----------------------------------------------------------------------------

    def of(self, prop: Property) -> Result:
        """What became of one property."""
        if prop.mood is Mood.EVENTUALLY:
            return self._eventually(prop)
        state = self.found.seen.get(prop.name)
        if state is not None:
            return self._seen(prop, state)
        if not self.closed:
            return self._result(prop, Status.OPEN)
        if prop.mood is Mood.ALWAYS:
            return self._result(prop, Status.HELD)
        if not any(True for _ in Grounder(self.model, self.subject.scope).goals(prop)):
            reason = "nothing in this configuration can make it true."
            return self._result(prop, Status.ABSENT, reason)
        missed = f"{prop.name} must be reachable, and no state of this scope has it."
        return self._result(prop, Status.NEVER, missed)

    def _result(self, prop: Property, status: Status, reason: str = "") -> Result:
        return Result(prop.name, prop.mood.value, status, prop.number, reason=reason)

    def _seen(self, prop: Property, state: int) -> Result:
        mood, length = prop.mood.value, self.depth(state)
        reached = prop.mood is Mood.SOMETIMES
        if reached and prop.name not in self.judging.asked:
            return Result(prop.name, mood, Status.REACHED, prop.number, length)
        run = self.found.run(state)
        run, reason = self.judging.told(self.evaluator, prop, run)
        status = Status.REACHED if reached else Status.VIOLATED
        trace = self.trace(run, prop.name, reason)
        trace = replace(trace, meta={**trace.meta, "outcome": status.value})
        return Result(prop.name, mood, status, prop.number, length, reason, trace)

    def _eventually(self, prop: Property) -> Result:
        if not self.judging.liveness:
            return self._result(prop, Status.SKIPPED)
        if self.liveness is None or self.too_large or self.cut:
            return self._briefly(prop)
        try:
            endless = self.liveness.refute(prop)
        except ScopeError as error:
            self.too_large = str(error)
        except Impatience:
            self.cut = SPENT
        except KeyboardInterrupt:
            self.cut = INTERRUPTED
        if self.too_large or self.cut:
            return self._briefly(prop)
        if endless is None:
            return self._result(prop, Status.HELD)
        trace = self.trace(endless.run, prop.name, endless.reason, endless.loop)
        return Result(prop.name, prop.mood.value, Status.VIOLATED, prop.number, trace.length,
                      endless.reason, trace)  # fmt: skip

    @cached_property
    def liveness(self) -> Liveness | None:
        """The judge of liveness; None when the exploration cannot tell."""
        search = self.found.search
        if search is None or search.quotient is not None or not self.closed:
            return None
        return Liveness(self.subject, search, self.judging.patience.pause)

    def _briefly(self, prop: Property) -> Result:
        """What becomes of an `eventually` at the brief scope, if there is one."""
        if self.cut or not self.closed or self.brief is None:
            self.undecided = True
            return self._result(prop, Status.OPEN)
        result = self.brief.of(prop)
        self.cut = self.brief.cut
        self.undecided = self.undecided or result.status is Status.OPEN
        return replace(result, brief=True)

    @cached_property
    def brief(self) -> Bench | None:
        """The bench of the brief scope; None when there is none, or when that is too much too."""
        brief = self.judging.brief
        if brief is None:
            return None
        bench = Bench(*brief.explore(), replace(self.judging, brief=None))
        return bench if bench.liveness is not None else None

    def covered_briefly(self) -> CoveredBriefly | None:
        """What was explored at the brief scope, if anything was."""
        if "brief" not in self.__dict__ or self.brief is None or self.judging.brief is None:
            return None
        found = self.brief.found
        return CoveredBriefly(self.judging.brief.entries, found.states, found.transitions)

    # --- what is not covered ----------------------------------------------------------------------

    def vacuity(self, refuted: bool) -> Vacuity:
        """What was never exercised; empty unless the exploration is closed.

        Guards and conditions are asked about if that is wanted and nothing is refuted.
        """
        judging, subject, found = self.judging, self.subject, self.found
        if not self.closed:
            return Vacuity()
        drawn = draw_actions(subject, found, judging.waivers)
        if judging.ledger == OFF or judging.asked or refuted:
            return drawn
        try:
            return draw_rest(drawn, subject, found, judging.waivers, judging.patience)
        except ScopeError as error:
            return replace(drawn, undrawn=str(error))
        except Impatience:
            return replace(drawn, undrawn=SPENT)
        except KeyboardInterrupt:
            return replace(drawn, undrawn=INTERRUPTED)

    def growth(self) -> Growth | None:
        """What makes the state space large, if that was asked or if that is why it ended early."""
        search = self.found.search
        if search is None or not (self.judging.growth or self.found.stopped in _LIMITS):
            return None
        from popcorn_checker.explicit.growth import measure

        return measure(search)

    def doubts(self, vacuity: Vacuity) -> Iterable[str]:
        """Why the verdict is unknown, if nothing is refuted; each with the way out."""
        found = self.found
        if not found.complete:
            yield (
                f"the search ended after {found.states:,} states because "
                f"{_STOPPED.get(found.stopped, found.stopped)}"
            )
        if self.overflow is not None:
            entry = self._entry(self.overflow)
            step = call_of(self.subject, self.overflow.firing)
            yield (
                f"{step} does not fit into the scope: {self.overflow.text}; "
                f"raise {entry} in --scope, or repair the model"
            )
        if self.undecided and self.closed:
            yield self._why_undecided()
        if vacuity.unfired and not self.judging.asked:
            yield (
                f"{_list(vacuity.unfired)} never happened, so nothing is known about what follows; "
                "give a --scope in which it can happen, or repair its guards"
            )
        if self.judging.ledger == STRICT:
            yield from _strictly(vacuity)

    def _why_undecided(self) -> str:
        """Why liveness is not decided though everything was explored."""
        if self.cut:
            return f"liveness is not decided, because {self.cut}; --no-liveness leaves it out"
        if self.too_large:
            return self.too_large
        return f"{_NEEDS[self.found.search is None]}; --no-liveness leaves liveness out"

    def _entry(self, fault: FaultSeen) -> str:
        """The scope entry that bounds what overflowed."""
        name = fault.text.split()[0]
        for queue in self.model.queues:
            if queue.name == name:
                return f"{queue.slots} (now {self.subject.scope.entries[queue.slots]})"
        sort = next(s.sort for s in self.model.states if s.name == name)
        return f"{size_name(sort)} (now {self.subject.scope.entries[size_name(sort)]})"


_NEEDS = {
    True: "liveness needs --engine explicit",
    False: "liveness needs a search without symmetry, which forgets whose turn it is: give "
    "--symmetry none, or a smaller scope",
}
_DOCS = {
    FAULT_CHECK: "Every step that the model allows has a meaning.",
    DEADLOCK_CHECK: "A run ends only where the protocol says that it may.",
}


def _too_large(fault: FaultSeen) -> bool:
    """The step overflowed; a number that would fall below zero is wrong in every scope."""
    return re.search(r"would become -", fault.text) is None


def _strictly(vacuity: Vacuity) -> Iterator[str]:
    """What a strict ledger doubts beside actions that never fired."""
    idle = (*vacuity.idle_guards, *vacuity.idle_antecedents)
    if vacuity.undrawn:
        yield f"whether every guard matters is not known, because {vacuity.undrawn}"
    if idle:
        yield (
            f"the strict ledger has {len(idle)} idle rows without a reason, the first of them "
            f"{idle[0]}; give a --scope in which they matter, remove them, or say why they stand"
        )


def _list(names: Iterable[str]) -> str:
    listed = list(names)
    return listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} and {listed[-1]}"
