"""Which kinds of messages each queue can ever hold, and what follows from that.

A queue needs room for what is sent to it, not for every kind that its sort knows. A push of a
message made on the spot adds its kind; a push of another queue's item adds whatever that queue
can hold, so the answer is the least one that is closed under the pushes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from popcorn_model.language import expr as e
from popcorn_model.language.actions import Action
from popcorn_model.language.simplify import simplify
from popcorn_model.language.walk import (
    every_node,
    flat_updates,
    rebuild,
    rebuild_update,
    substitute,
)

Carried = dict[e.QueueInfo, frozenset[e.MessageKind]]
Facts = tuple[e.Expr, ...]


def kinds_carried(queues: tuple[e.QueueInfo, ...], actions: tuple[Action, ...]) -> Carried:
    """The kinds that each message queue can hold when these are the actions."""
    made: dict[e.QueueInfo, set[e.MessageKind]] = {q: set() for q in queues}
    begun: set[e.QueueInfo] = set()
    moved: set[tuple[e.QueueInfo, e.QueueInfo, frozenset[e.MessageKind] | None]] = set()
    for action in actions:
        for push, facts in _pushes(action.updates, action.guards):
            if not _waits(push.ref, facts):
                begun.add(push.ref.queue)
            for node in every_node(push.item):
                if isinstance(node, e.Make):
                    made[push.ref.queue].add(node.kind)
                elif isinstance(node, e.Item):
                    moved.add((node.ref.queue, push.ref.queue, _known_kinds(node, facts)))
    changed = True
    while changed:
        changed = False
        for source, target, only in moved:
            coming = made[source] if only is None else made[source] & only
            if not coming <= made[target]:
                made[target] |= coming
                changed = True
    return {queue: frozenset(kinds if queue in begun else ()) for queue, kinds in made.items()}


def _waits(ref: e.QueueRef, facts: Facts) -> bool:
    """The facts say that something waits in the queue already."""
    waiting = e.Less(e.TRUTH, e.Const(e.NATURAL, 0), e.Length(e.NATURAL, ref), strict=True)
    return any(waiting in (f.args if isinstance(f, e.And) else (f,)) for f in facts)


def _pushes(updates: tuple[e.Update, ...], facts: Facts) -> Iterator[tuple[e.Push, Facts]]:
    for update in updates:
        match update:
            case e.Push():
                yield update, facts
            case e.When(test, inner, _):
                yield from _pushes(inner, (*facts, test))
            case e.Each(_, inner, _):
                yield from _pushes(inner, facts)


def _known_kinds(item: e.Item, facts: Facts) -> frozenset[e.MessageKind] | None:
    """The kinds that the item can have where the facts hold; None when they do not say."""
    for fact in facts:
        for part in fact.args if isinstance(fact, e.And) else (fact,):
            options = part.args if isinstance(part, e.Or) else (part,)
            kinds = [o.kind for o in options if isinstance(o, e.Matches) and o.message == item]
            if len(kinds) == len(options):
                return frozenset(kinds)
    return None


@dataclass(frozen=True)
class Possible:
    """The actions that can be taken, and the state that can change."""

    actions: tuple[Action, ...]
    constant: frozenset[e.StateInfo]


Labels = dict[e.StateInfo, frozenset[object]]


def labels_held(states: tuple[e.StateInfo, ...], actions: tuple[Action, ...]) -> Labels:
    """The labels that each variable of an enumeration can ever have when these are the actions.

    A variable that is given another one's value, or a message's, may have any.
    """
    values: dict[e.StateInfo, list[e.Expr]] = {
        s: [s.start] for s in states if s.sort.kind is e.SortKind.LABELS
    }
    for action in actions:
        for update in flat_updates(action.updates):
            if isinstance(update, e.Put) and update.target.state in values:
                values[update.target.state].append(update.value)
    return {
        state: frozenset(label for value in given for label in _labels(value))
        for state, given in values.items()
    }


def _labels(value: e.Expr) -> frozenset[object]:
    match value:
        case e.Const(_, label):
            return frozenset((label,))
        case e.Ite(_, _, then, other):
            return _labels(then) | _labels(other)
    return frozenset(range(len(value.sort.labels)))


def without_the_impossible(
    states: tuple[e.StateInfo, ...],
    queues: tuple[e.QueueInfo, ...],
    actions: tuple[Action, ...],
    by_label: bool = False,
) -> Possible:
    """The actions without those that can never be taken, and the states that never change.

    A queue never offers a kind that nobody sends to it; a variable to which nobody writes
    anything but its start value keeps that; an action with a guard that is false, as written or
    for one of these reasons, does not exist. All three are repeated until nothing changes. With
    ``by_label`` a variable never has a label either that nobody gives it.
    """
    while True:
        carried = kinds_carried(queues, actions)
        written = {
            u.target.state
            for a in actions
            for u in flat_updates(a.updates)
            if isinstance(u, e.Put) and not _puts_start(u)
        }
        constant = frozenset(s for s in states if s not in written)
        held = labels_held(states, actions) if by_label else {}
        kept = [_resolved(a, carried, constant, held) for a in actions]
        result = tuple(a for a in kept if e.NO not in a.guards)
        if result == actions:
            return Possible(actions, constant)
        actions = result


def ever_possible(
    states: tuple[e.StateInfo, ...],
    queues: tuple[e.QueueInfo, ...],
    actions: tuple[Action, ...],
) -> frozenset[str]:
    """The names of the actions that these may ever lead to.

    An action that only puts a variable back to its start does not make possible what it cleans up
    after.
    """
    possible = without_the_impossible(states, queues, actions, by_label=True)
    return frozenset(a.name for a in possible.actions)


def _puts_start(put: e.Put) -> bool:
    """The update writes the value that every cell of the variable starts with."""
    return isinstance(put.value, e.Const) and put.value == put.target.state.start


def with_constants(node: e.Expr, constant: frozenset[e.StateInfo]) -> e.Expr:
    """The expression with variables that never change replaced by their start values."""

    def on(inner: e.Expr) -> e.Expr:
        match inner:
            case e.Read(_, state, index) if state in constant:
                values = dict(zip(state.params, map(on, index), strict=True))
                return substitute(state.start, values)
        return rebuild(inner, on)

    return simplify(on(node))


def _resolved(
    action: Action, carried: Carried, constant: frozenset[e.StateInfo], held: Labels
) -> Action:
    def on(node: e.Expr) -> e.Expr:
        match node:
            case e.Equal(_, e.Read(_, state, _), e.Const(_, label)) if (
                state in held and label not in held[state]
            ):
                return e.NO
            case e.Matches(_, e.Item(_, ref, _), kind, _) if kind not in carried[ref.queue]:
                return e.NO
            case e.Length(sort, ref) if ref.queue.sort.kinds and not carried[ref.queue]:
                return e.Const(sort, 0)
        return rebuild(node, on)

    def folded(node: e.Expr) -> e.Expr:
        return with_constants(on(node), constant)

    guards = tuple(g for g in map(folded, action.guards) if g != e.YES)
    updates = tuple(_tidy(rebuild_update(u, folded), constant) for u in action.updates)
    kept = tuple(u for group in updates for u in group)
    return replace(action, guards=tuple(dict.fromkeys(guards)), updates=kept)


def _tidy(update: e.Update, constant: frozenset[e.StateInfo]) -> tuple[e.Update, ...]:
    """The update without conditions that are constant, and without writes that change nothing."""
    match update:
        case e.When(test, inner, line):
            kept = tuple(u for one in inner for u in _tidy(one, constant))
            if test == e.YES:
                return kept
            return (e.When(test, kept, line),) if kept and test != e.NO else ()
        case e.Each(var, inner, line):
            kept = tuple(u for one in inner for u in _tidy(one, constant))
            return (e.Each(var, kept, line),) if kept else ()
        case e.Put(target) if target.state in constant:
            return ()
    return (update,)
