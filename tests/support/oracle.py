"""Exhausting a small model with the plain evaluator, and holding a compiled search against it."""

from collections import Counter
from dataclasses import dataclass, field

from popcorn_checker.evaluate import Evaluator, Firing, State, StepFault
from popcorn_checker.explicit.lower import Program, lower
from popcorn_checker.explicit.search import Limits, Search, explore
from popcorn_model.language import Model, Mood, Protocol
from support.subjects import at_scope


@dataclass
class Case:
    """A model at a scope, read by the evaluator and lowered for the engine."""

    evaluator: Evaluator
    program: Program

    @classmethod
    def of(cls, model: Model | Protocol, scope: str = "") -> "Case":
        """The default variant of a protocol, or a model, at a scope."""
        subject = at_scope(model, scope)
        evaluator = subject.evaluator
        return cls(evaluator, lower(subject.model, subject.scope, evaluator.initial()))

    def search(self, limits: Limits | None = None) -> Search:
        """The engine's search."""
        return explore(self.program, limits)

    def fire(self, rule: int, state: State) -> State | None:
        """What the evaluator makes of a rule of the engine; None if it is not enabled."""
        number, values = self.program.action_of(rule)
        action = self.program.model.actions[number]
        return self.evaluator.fire(state, action, Firing(action.name, values))

    def decoded(self, search: Search, i: int) -> State:
        """State ``i`` of a search as the evaluator would write it."""
        return self.program.layout.decoded(search.row(i))


@dataclass
class Steps:
    """What the evaluator says about one state."""

    after: Counter[tuple[str, tuple[int, ...], State]] = field(default_factory=Counter)
    faults: list[Firing] = field(default_factory=list)


def get_steps(evaluator: Evaluator, state: State) -> Steps:
    """All steps from a state, faulty ones apart."""
    steps = Steps()
    for action, firing in evaluator.firings:
        try:
            after = evaluator.fire(state, action, firing)
        except StepFault:
            steps.faults.append(firing)
            continue
        if after is not None:
            steps.after[firing.action, firing.values, after] += 1
    return steps


def get_engine_steps(case: Case, search: Search, i: int) -> Counter[object]:
    """All steps that the engine takes from state ``i``."""
    found: Counter[object] = Counter()
    for rule, words in search.successors(i):
        number, values = case.program.action_of(rule)
        name = case.program.model.actions[number].name
        found[name, values, case.program.layout.decoded(words)] += 1
    return found


@dataclass
class Summary:
    """The totals of a whole state graph, from either engine."""

    states: int = 0
    transitions: int = 0
    histogram: tuple[int, ...] = ()
    fired: dict[str, int] = field(default_factory=dict)
    deadlocks: int = 0
    deadlock_depth: int | None = None
    faulty: int = 0
    fault_depth: int | None = None
    seen: dict[str, int] = field(default_factory=dict)


def summarise(evaluator: Evaluator) -> tuple[Summary, dict[State, int]]:
    """Exhaust the model with the evaluator: totals, and the depth of every state."""
    total = Summary(fired={a.name: 0 for a in evaluator.model.actions})
    depth = {evaluator.initial(): 0}
    queue = list(depth)
    for state in queue:
        steps = get_steps(evaluator, state)
        for (action, _, after), times in steps.after.items():
            total.transitions += times
            total.fired[action] += times
            if after not in depth:
                depth[after] = depth[state] + 1
                queue.append(after)
        _note(total, evaluator, state, (depth[state], steps))
    total.states = len(depth)
    total.histogram = tuple(n for _, n in sorted(Counter(depth.values()).items()))
    return total, depth


def _note(total: Summary, evaluator: Evaluator, state: State, at: tuple[int, Steps]) -> None:
    depth, steps = at
    model = evaluator.model
    ended = model.ends is not None and evaluator.reaches(model.ends, state)
    if steps.faults:
        total.faulty += 1
        total.fault_depth = depth if total.fault_depth is None else total.fault_depth
    elif not steps.after and not ended:
        total.deadlocks += 1
        total.deadlock_depth = depth if total.deadlock_depth is None else total.deadlock_depth
    for prop in model.properties:
        broken = prop.mood is Mood.ALWAYS and not evaluator.holds(prop, state)
        reached = prop.mood is Mood.SOMETIMES and evaluator.reaches(prop, state)
        if broken or reached:
            total.seen.setdefault(prop.name, depth)


def summarise_search(search: Search) -> Summary:
    """The same totals from a finished search of the engine."""
    ends = [0, *search.levels]
    return Summary(
        states=search.states,
        transitions=search.transitions,
        histogram=tuple(b - a for a, b in zip(ends, search.levels, strict=False)),
        fired=search.fired_by_action(),
        deadlocks=search.deadlocks,
        deadlock_depth=search.depth_of(search.deadlock) if search.deadlocks else None,
        faulty=search.fault.count if search.fault else 0,
        fault_depth=search.depth_of(search.fault.state) if search.fault else None,
        seen={n: search.depth_of(i) for n, (i, _) in search.first_seen().items() if n},
    )
