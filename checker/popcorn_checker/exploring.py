"""One face for all engines: what an exploration found, whichever engine made it.

States are numbers here, in the order of discovery; `Exploration.run` leads from a number back to
the start as firings and states of the evaluator, from which traces are made. The plain engine is
the evaluator with a queue: slow, obviously right, and the judge of the compiled one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from popcorn_checker.errors import InternalError
from popcorn_checker.evaluate import Evaluator, Firing, State, StepFault
from popcorn_checker.scopes import Scope
from popcorn_checker.verdict import DEADLOCK_CHECK, ENGINE_CHECKS, FAULT_CHECK
from popcorn_model.language import Model, Mood

if TYPE_CHECKING:
    from popcorn_checker.explicit.search import Progress, Search

Run = list[tuple[Firing, State]]
Report = Callable[["Progress"], None]


@dataclass(frozen=True)
class Subject:
    """What is explored: a configured model at a complete scope."""

    model: Model
    scope: Scope

    @property
    def evaluator(self) -> Evaluator:
        """The oracle for this model at this scope."""
        return Evaluator(self.model, self.scope)


@dataclass(frozen=True)
class Effort:
    """How far to go, and by what engine.

    ``stop_at`` are properties and engine checks whose first violation ends the exploration; with
    ``first`` these are every `always`, a deadlock and a step without meaning.
    """

    engine: str = "explicit"
    seconds: float | None = None
    bytes_max: int = 8 << 30
    first: bool = False
    stop_at: frozenset[str] = frozenset()
    checkpoint: Path | None = None
    resume: bool = False
    report: Report | None = None


@dataclass(frozen=True)
class FaultSeen:
    """A step without meaning, first met in ``state``; ``kind`` is "empty" or "overflow"."""

    state: int
    firing: Firing
    kind: str
    text: str
    count: int


@dataclass
class Exploration:
    """What an engine found. ``levels[d]`` states end at depth ``d``; -1 stands for no state."""

    states: int
    transitions: int
    levels: list[int]
    complete: bool
    stopped: str
    seconds: float
    seen: Mapping[str, int]
    fired: Mapping[str, int]
    run: Callable[[int], Run]
    deadlock: int = -1
    deadlocks: int = 0
    fault: FaultSeen | None = None
    words: int = 0
    bits: int = 0
    search: Search | None = field(default=None, repr=False)

    @property
    def depth(self) -> int:
        """The length of the longest shortest path."""
        return len(self.levels) - 1

    @property
    def histogram(self) -> list[int]:
        """How many states lie at each depth."""
        return [b - a for a, b in zip([0, *self.levels], self.levels, strict=False)]


def explore(subject: Subject, effort: Effort) -> Exploration:
    """Explore with the engine that the effort names.

    Raises: ScopeError when the scope does not fit the engine. Cost: the reachable states.
    """
    if effort.first:
        watched = {p.name for p in subject.model.properties if p.mood is Mood.ALWAYS}
        effort = replace(effort, stop_at=effort.stop_at | watched | set(ENGINE_CHECKS))
    return ENGINES[effort.engine](subject, effort)


# --- the compiled engine ------------------------------------------------------------------------


def explore_compiled(subject: Subject, effort: Effort) -> Exploration:
    """Explore with the explicit engine. Raises: ScopeError when a message is too wide."""
    from popcorn_checker.explicit.lower import lower
    from popcorn_checker.explicit.search import Limits, Search

    program = lower(subject.model, subject.scope, subject.evaluator.initial())
    search = Search(program)
    search.reserve(max(4096, effort.bytes_max // (8 * program.layout.words + 8)))
    search.start()
    limits = Limits(effort.seconds, effort.bytes_max, effort.stop_at)
    search.run(limits, _watching(search, effort))
    return from_search(subject, search)


def _watching(search: Search, effort: Effort) -> Report:
    """The report, which also ends the search at a deadlock or a fault if the effort says so."""

    def look(now: Progress) -> None:
        first_stuck, _, first_fault, *_ = (int(x) for x in search.out)
        stuck = first_stuck >= 0 and DEADLOCK_CHECK in effort.stop_at
        if stuck or (first_fault >= 0 and FAULT_CHECK in effort.stop_at):
            search.stopped = search.stopped or "found"
        if effort.report is not None:
            effort.report(now)

    return look


def from_search(subject: Subject, search: Search) -> Exploration:
    """What the explicit engine found, in the common form."""
    program, layout = search.program, search.program.layout

    def run(i: int) -> Run:
        return [
            (firing_of(search, rule), layout.decoded(search.row(state)))
            for rule, state in search.path(i)
        ]

    return Exploration(
        states=search.states,
        transitions=search.transitions,
        levels=list(search.levels),
        complete=search.complete,
        stopped=search.stopped,
        seconds=search.seconds,
        seen={name: state for name, (state, _) in search.first_seen().items() if name},
        fired=search.fired_by_action(),
        run=run,
        deadlock=search.deadlock,
        deadlocks=search.deadlocks,
        fault=_fault(subject, search),
        words=program.layout.words,
        bits=program.layout.bits,
        search=search,
    )


def firing_of(search: Search, rule: int) -> Firing:
    """The instance of an action that a rule of the engine is."""
    number, values = search.program.action_of(rule)
    return Firing(search.program.model.actions[number].name, values)


def _fault(subject: Subject, search: Search) -> FaultSeen | None:
    if search.fault is None:
        return None
    firing = firing_of(search, search.fault.rule)
    state = search.program.layout.decoded(search.row(search.fault.state))
    action = subject.model.action(firing.action)
    try:
        subject.evaluator.fire(state, action, firing)
    except StepFault as error:
        return FaultSeen(search.fault.state, firing, error.kind, str(error), search.fault.count)
    raise InternalError(
        f"the engine met a step without meaning, {firing.action}{firing.values} in state "
        f"{search.fault.state}, and the evaluator takes it"
    )


# --- the plain engine ---------------------------------------------------------------------------


def explore_plainly(subject: Subject, effort: Effort) -> Exploration:
    """Explore with the evaluator alone. Cost: some thousand states a second."""
    plain = _Plain(subject)
    began = time.monotonic()
    plain.stopped = plain.loop(effort, began)
    return Exploration(
        states=len(plain.log),
        transitions=plain.transitions,
        levels=plain.levels,
        complete=not plain.stopped,
        stopped=plain.stopped,
        seconds=time.monotonic() - began,
        seen=plain.seen,
        fired=plain.fired,
        run=plain.run,
        deadlock=plain.deadlock,
        deadlocks=plain.deadlocks,
        fault=plain.fault,
    )


class _Plain:
    """A breadth-first search with the evaluator; states in a list, parents beside them."""

    def __init__(self, subject: Subject) -> None:
        self.evaluator = subject.evaluator
        self.model = subject.model
        self.log: list[State] = [self.evaluator.initial()]
        self.parents: list[tuple[int, Firing] | None] = [None]
        self.number = {self.log[0]: 0}
        self.levels: list[int] = []
        self.seen: dict[str, int] = {}
        self.fired = {a.name: 0 for a in subject.model.actions}
        self.transitions = self.deadlocks = 0
        self.deadlock = -1
        self.fault: FaultSeen | None = None
        self.stopped = ""

    def loop(self, effort: Effort, began: float) -> str:
        """Expand every state; why it stopped before the last, or nothing."""
        head = 0
        while head < len(self.log):
            if not self.levels or head == self.levels[-1]:
                self.levels.append(len(self.log))
            self._look(head)
            self._expand(head)
            head += 1
            if effort.stop_at & self._known() and head < len(self.log):
                return "found"
            if effort.seconds is not None and time.monotonic() - began > effort.seconds:
                return "budget"
        return ""

    def _known(self) -> set[str]:
        """The properties seen and the engine checks that failed."""
        stuck = {DEADLOCK_CHECK} if self.deadlock >= 0 else set()
        return stuck | ({FAULT_CHECK} if self.fault else set()) | self.seen.keys()

    def _look(self, i: int) -> None:
        for prop in self.model.properties:
            if prop.name in self.seen or prop.mood is Mood.EVENTUALLY:
                continue
            if prop.mood is Mood.ALWAYS:
                hit = not self.evaluator.holds(prop, self.log[i])
            else:
                hit = self.evaluator.reaches(prop, self.log[i])
            if hit:
                self.seen[prop.name] = i

    def _expand(self, i: int) -> None:
        enabled, faults = 0, 0
        for action, firing in self.evaluator.firings():
            try:
                after = self.evaluator.fire(self.log[i], action, firing)
            except StepFault as error:
                faults += 1
                self._note_fault(FaultSeen(i, firing, error.kind, str(error), 1), faults)
                continue
            if after is not None:
                enabled += 1
                self.fired[firing.action] += 1
                self._add(after, (i, firing))
        self.transitions += enabled
        if not enabled and not faults and not self._may_end(i):
            self.deadlock = i if self.deadlock < 0 else self.deadlock
            self.deadlocks += 1

    def _note_fault(self, fault: FaultSeen, faults_here: int) -> None:
        if self.fault is None:
            self.fault = fault
        elif faults_here == 1:
            first = self.fault
            self.fault = FaultSeen(
                first.state, first.firing, first.kind, first.text, first.count + 1
            )

    def _add(self, state: State, parent: tuple[int, Firing]) -> None:
        if state not in self.number:
            self.number[state] = len(self.log)
            self.log.append(state)
            self.parents.append(parent)

    def _may_end(self, i: int) -> bool:
        ends = self.model.ends
        return ends is not None and self.evaluator.reaches(ends, self.log[i])

    def run(self, i: int) -> Run:
        """The way to a state."""
        found: Run = []
        while (parent := self.parents[i]) is not None:
            found.append((parent[1], self.log[i]))
            i = parent[0]
        return found[::-1]


ENGINES: Final[dict[str, Callable[[Subject, Effort], Exploration]]] = {
    "explicit": explore_compiled,
    "evaluator": explore_plainly,
}
