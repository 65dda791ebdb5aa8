"""From an engine's path to a trace that people read, replayed before anybody sees it.

An engine hands in firings and states as the evaluator has them. Here they get stable names, the
messages that each step sent and took, and the sentences of the actions. Every step is taken again
by the evaluator; where the engine and the evaluator disagree, that is our bug and no trace.
Budgets bound the scope and are no part of the system, so traces leave them out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from popcorn_checker.errors import InternalError
from popcorn_checker.evaluate import Environment, Evaluator, Firing, State
from popcorn_checker.explain import cell_name, member, words
from popcorn_checker.trace import Event, Trace, TraceStep
from popcorn_model.language import Action
from popcorn_model.language import expr as e

Run = Sequence[tuple[Firing, State]]


@dataclass(frozen=True)
class Claim:
    """What a trace shows: the property, its sentence, why the last state decides it."""

    property: str = ""
    doc: str = ""
    reason: str = ""
    loop: int | None = None
    meta: dict[str, object] = field(default_factory=dict)


def make_trace(
    evaluator: Evaluator, run: Run, claim: Claim, start: State | None = None
) -> Trace:
    """The trace of a run, from the start state or from another.

    Raises: InternalError when the evaluator does not take the steps that the engine took.
    """
    model, scope = evaluator.model, evaluator.scope
    actions = {a.name: a for a in model.actions}
    states = [evaluator.initial() if start is None else start]
    steps = []
    for number, (firing, after) in enumerate(run, start=1):
        action = actions[firing.action]
        if evaluator.fire(states[-1], action, firing) != after:
            raise InternalError(
                f"step {number} of a trace, {firing.action}{firing.values}, does not lead where "
                "the engine says: the engine and the evaluator disagree"
            )
        steps.append(make_step(evaluator, states[-1], action, firing))
        states.append(after)
    if claim.loop is not None and states[-1] != states[claim.loop]:
        raise InternalError(f"the trace of {claim.property} does not close its loop")
    view = model.view
    return Trace(
        protocol=model.protocol,
        variant=model.variant,
        scope=dict(scope.entries),
        settings=dict(model.settings),
        states=tuple(readable(evaluator, s) for s in states),
        steps=tuple(steps),
        sorts={s.name: scope.members(s) for s in _member_sorts(evaluator)},
        property=claim.property,
        property_doc=claim.doc,
        reason=claim.reason,
        loop=claim.loop,
        lanes=view.lanes.info.name if view else "",
        tokens=view.tokens.info.name if view and view.tokens else "",
        where=_known(evaluator, view.where) if view and view.where is not None else "",
        pages=tuple(filter(None, (_known(evaluator, p) for p in view.pages))) if view else (),
        meta=claim.meta,
    )


def _known(evaluator: Evaluator, variable: Any) -> str:
    """The variable's name, or nothing when its part is left out of the model."""
    return str(variable.info.name) if variable.info in evaluator.model.states else ""


def _member_sorts(evaluator: Evaluator) -> Iterator[e.SortInfo]:
    model = evaluator.model
    found: dict[e.SortInfo, None] = {}

    def note(sort: e.SortInfo) -> None:
        if sort.kind is e.SortKind.MEMBERS:
            found[sort] = None
        for inner in (sort.of, *(s for k in sort.kinds for _, s in k.fields)):
            if inner is not None:
                note(inner)

    families: list[e.StateInfo | e.QueueInfo] = [*model.states, *model.queues]
    for family in families:
        for sort in (*family.index, family.sort):
            note(sort)
    for action in model.actions:
        for var in action.params:
            note(var.sort)
    yield from found


def readable(evaluator: Evaluator, state: State) -> dict[str, object]:
    """A state as a trace has it: cells by name, queues as tuples of items, budgets left out."""
    scope, model = evaluator.scope, evaluator.model
    cells: dict[str, object] = {}
    families: list[e.StateInfo | e.QueueInfo] = [*model.states, *model.queues]
    for family in families:
        for index in product(*(range(scope.size(s)) for s in family.index)):
            raw = state[evaluator.slot[family, index]]
            if isinstance(family, e.QueueInfo):
                value: object = tuple(member(scope, family.sort, x) for x in raw)
            else:
                value = member(scope, family.sort, raw)
            cells[cell_name(scope, family, index)] = value
    return cells


def make_step(evaluator: Evaluator, state: State, action: Action, firing: Firing) -> TraceStep:
    """One step from a state, with the messages that it takes and sends."""
    env = dict(zip(action.params, firing.values, strict=True))
    params = tuple(
        (v.name, words(member(evaluator.scope, v.sort, x)))
        for v, x in zip(action.params, firing.values, strict=True)
    )
    found = list(_events(evaluator, state, action.updates, env))
    found.sort(key=lambda event: event.what == "send")  # in one step a queue is taken from first
    return TraceStep(
        action.name, params, action.doc, action.source, action.tag.value, tuple(found)
    )


def _events(
    evaluator: Evaluator, state: State, updates: tuple[e.Update, ...], env: Environment
) -> Iterator[Event]:
    for update in updates:
        match update:
            case e.When(test, inner, _):
                if evaluator.value(test, state, env):
                    yield from _events(evaluator, state, inner, env)
            case e.Each(var, inner, _):
                for m in range(evaluator.scope.size(var.sort)):
                    yield from _events(evaluator, state, inner, {**env, var: m})
            case e.Push(ref, item, _):
                raw = evaluator.value(item, state, env)
                yield _event(evaluator, "send", ref, evaluator.index(ref.index, state, env), raw)
            case e.Pop(ref, _):
                raw = evaluator.items(ref, state, env)[0]
                yield _event(evaluator, "take", ref, evaluator.index(ref.index, state, env), raw)


def _event(
    evaluator: Evaluator, what: str, ref: e.QueueRef, index: tuple[int, ...], raw: Any
) -> Event:
    scope, queue = evaluator.scope, ref.queue
    names = (str(member(scope, s, i)) for s, i in zip(queue.index, index, strict=True))
    return Event(what, queue.name, tuple(names), member(scope, queue.sort, raw))
