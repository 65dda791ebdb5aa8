"""Replaying a trace from a file against the model, to see whether it takes these steps.

The trace says which protocol, parts, switches, scope and mutation it is about. Every step must be
enabled and lead to the state that stands in the file. Where it does not, the answer names the
step, the guard that forbids it with the cells that it reads, and what would have been possible.
What the trace says of its property is judged anew, and never taken from the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from popcorn_checker import explain
from popcorn_checker.checking import Request, make_subject
from popcorn_checker.evaluate import Evaluator, Firing, State, StepFault
from popcorn_checker.explain import Explainer
from popcorn_checker.exploring import Subject
from popcorn_checker.scopes import show_scope
from popcorn_checker.show.place import TraceError
from popcorn_checker.trace import Trace, TraceStep
from popcorn_checker.tracing import readable
from popcorn_checker.verdict import DEADLOCK_CHECK, FAULT_CHECK
from popcorn_model.language import Action, Mood, Property
from popcorn_model.language import expr as e
from popcorn_model.language.prose import guard_lines

ALTERNATIVES_MAX: Final = 12


class Rejected(Exception):
    """The model does not take a step of the trace; ``step`` counts from 1, 0 is the start.

    Without a step it takes them all, and the property is not what the trace says it is.
    """

    def __init__(self, step: int | None, text: str) -> None:
        """``text`` says why, and what would have been possible."""
        super().__init__(text)
        self.step = step


@dataclass(frozen=True)
class Replayed:
    """A trace that the model explains, and what the model says about its last state."""

    trace: Trace
    sentence: str


def request_of(trace: Trace) -> Request:
    """What a trace says it is a trace of. Raises: TraceError when it does not say."""
    module = trace.meta.get("module", trace.protocol)
    if not isinstance(module, str) or not module:
        raise TraceError("the trace does not say which protocol it is of; legal: a trace of ours")
    parts, mutation = trace.meta.get("parts", ()), trace.meta.get("mutation", "")
    return Request(
        protocol=module,
        variant=None if trace.variant in ("", "default") else trace.variant,
        scope=show_scope(trace.scope),
        parts=tuple(map(str, parts)) if isinstance(parts, list | tuple) else (),
        settings=dict(trace.settings),
        mutation=str(mutation),
    )


def replay(trace: Trace) -> Replayed:
    """Take every step of a trace with the evaluator.

    Raises: Rejected when the model does not take one; TraceError, UsageError, ModelError or
    ScopeError when the trace names what the model does not have. Cost: one evaluation a step.
    """
    subject = make_subject(request_of(trace))
    evaluator = subject.evaluator
    state = evaluator.initial()
    _compare(evaluator, state, trace, 0)
    states = [state]
    for number, step in enumerate(trace.steps, start=1):
        action = _action(subject, step, number)
        firing = Firing(action.name, _values(evaluator, action, step, number))
        state = _take(evaluator, state, (action, firing), number)
        _compare(evaluator, state, trace, number)
        states.append(state)
    if trace.loop is not None and states[trace.loop] != state:
        raise Rejected(trace.length, f"the last state is not that of step {trace.loop}: no loop")
    return Replayed(trace, _sentence(subject, trace, state))


def _action(subject: Subject, step: TraceStep, number: int) -> Action:
    known = {a.name: a for a in subject.model.actions}
    if step.action not in known:
        raise TraceError(f"step {number}: the model has no action {step.action}")
    return known[step.action]


def _values(
    evaluator: Evaluator, action: Action, step: TraceStep, number: int
) -> tuple[int, ...]:
    given = dict(step.params)
    names = [v.name for v in action.params]
    if list(given) != names:
        raise TraceError(
            f"step {number}: {action.name} has the parameters {', '.join(names) or 'none'}, "
            f"not {', '.join(given) or 'none'}"
        )
    return tuple(_member(evaluator, v, given[v.name], number) for v in action.params)


def _member(evaluator: Evaluator, var: e.Var, name: str, number: int) -> int:
    scope = evaluator.scope
    values = (explain.member(scope, var.sort, x) for x in range(scope.size(var.sort)))
    members = [explain.words(value) for value in values]
    if name not in members:
        raise TraceError(f"step {number}: {var.name}={name} is none of {', '.join(members)}")
    return members.index(name)


def _take(
    evaluator: Evaluator, state: State, step: tuple[Action, Firing], number: int
) -> State:
    action, firing = step
    try:
        after = evaluator.fire(state, action, firing)
    except StepFault as fault:
        raise Rejected(number, f"{action.name} has no meaning here: {fault}") from None
    if after is not None:
        return after
    raise Rejected(
        number,
        f"{_show(evaluator, firing)} is not possible here{_forbidden(evaluator, state, step)}; "
        f"possible are: {_possible(evaluator, state)}",
    )


def _forbidden(evaluator: Evaluator, state: State, step: tuple[Action, Firing]) -> str:
    action, firing = step
    env = dict(zip(action.params, firing.values, strict=True))
    for guard, text in zip(action.guards, guard_lines(action), strict=True):
        if not evaluator.value(guard, state, env):
            cells = Explainer(evaluator, state).cells(guard, env)
            return f", because not: {text}{explain.because(cells)}"
    return ", because a budget of the scope is spent or a queue is full"


def _possible(evaluator: Evaluator, state: State) -> str:
    found = []
    for action, firing in evaluator.firings:
        try:
            if evaluator.fire(state, action, firing) is not None:
                found.append(_show(evaluator, firing))
        except StepFault:
            continue
    more = len(found) - ALTERNATIVES_MAX
    listed = found[:ALTERNATIVES_MAX] + ([f"{more} more"] if more > 0 else [])
    return ", ".join(listed) or "no steps at all"


def _show(evaluator: Evaluator, firing: Firing) -> str:
    params = evaluator.model.action(firing.action).params
    values = (
        f"{v.name}={explain.words(explain.member(evaluator.scope, v.sort, x))}"
        for v, x in zip(params, firing.values, strict=True)
    )
    return f"{firing.action}({', '.join(values)})"


def _compare(evaluator: Evaluator, state: State, trace: Trace, number: int) -> None:
    """The state is the one of the file, cell by cell. Raises: Rejected."""
    ours, theirs = readable(evaluator, state), trace.states[number]
    if ours.keys() != theirs.keys():
        odd = ", ".join(sorted(ours.keys() ^ theirs.keys())[:4])
        raise TraceError(f"state {number}: the model and the trace have different cells: {odd}")
    wrong = {n: (theirs[n], x) for n, x in ours.items() if not _same(theirs[n], x)}
    if wrong:
        told = ", ".join(
            f"{n} is {explain.words(there)} in the trace and {explain.words(here)} in the model"
            for n, (there, here) in list(wrong.items())[:4]
        )
        raise Rejected(number, f"the state is another: {told}")


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _sentence(subject: Subject, trace: Trace, last: State) -> str:
    """What the model says about the property that the trace claims to decide."""
    if not trace.property:
        return ""
    if trace.property == DEADLOCK_CHECK:
        return _stuck(subject, last)
    if trace.property == FAULT_CHECK:
        return _faulty(subject, last)
    known: dict[str, Property] = {p.name: p for p in subject.model.properties}
    prop, evaluator = known.get(trace.property), subject.evaluator
    if prop is None:
        raise TraceError(
            f"the model has no property {trace.property}; legal: {', '.join(known)}, "
            f"{FAULT_CHECK}, {DEADLOCK_CHECK}"
        )
    if prop.mood is Mood.EVENTUALLY:
        return (
            f"Whether a fair run may go on like that for ever, which is what refutes {prop.name}, "
            "is for popcorn-spec check to say."
        )
    if prop.mood is Mood.ALWAYS:
        if evaluator.holds(prop, last):
            raise Rejected(None, f"{prop.name} does not fail in the last state")
        return explain.why_violated(evaluator, prop, last)
    if not evaluator.reaches(prop, last):
        raise Rejected(None, f"{prop.name} is not reached in the last state")
    return explain.why_reached(evaluator, prop, last)


def _stuck(subject: Subject, last: State) -> str:
    evaluator, ends = subject.evaluator, subject.model.ends
    if any(True for _ in evaluator.successors(last)):
        raise Rejected(
            None, f"in the last state steps are possible: {_possible(evaluator, last)}"
        )
    if ends is not None and evaluator.reaches(ends, last):
        raise Rejected(None, f"a run may end in the last state: {ends.name} holds")
    return explain.why_stuck(evaluator, ends, last)


def _faulty(subject: Subject, last: State) -> str:
    evaluator = subject.evaluator
    for action, firing in evaluator.firings:
        try:
            evaluator.fire(last, action, firing)
        except StepFault as fault:
            return f"{_show(evaluator, firing)} has no meaning in the last state: {fault}."
    raise Rejected(None, "in the last state every step has a meaning")
