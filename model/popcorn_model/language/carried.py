"""Which kinds of messages each queue can ever hold, and what follows from that.

A queue needs room for what is sent to it, not for every kind that its sort knows. A push of a
message made on the spot adds its kind; a push of another queue's item adds whatever that queue
can hold, so the answer is the least one that is closed under the pushes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from popcorn_model.language import expr as e
from popcorn_model.language.actions import Action
from popcorn_model.language.simplify import simplify
from popcorn_model.language.walk import every_node, rebuild, rebuild_update

Carried = dict[e.QueueInfo, frozenset[e.MessageKind]]
Facts = tuple[e.Expr, ...]


def kinds_carried(queues: tuple[e.QueueInfo, ...], actions: tuple[Action, ...]) -> Carried:
    """The kinds that each message queue can hold when these are the actions."""
    made: dict[e.QueueInfo, set[e.MessageKind]] = {q: set() for q in queues}
    moved: set[tuple[e.QueueInfo, e.QueueInfo, frozenset[e.MessageKind] | None]] = set()
    for action in actions:
        for push, facts in _pushes(action.updates, action.guards):
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
    return {queue: frozenset(kinds) for queue, kinds in made.items()}


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


def without_the_impossible(
    queues: tuple[e.QueueInfo, ...], actions: tuple[Action, ...]
) -> tuple[Action, ...]:
    """The actions without those that can never be taken.

    A queue never offers a kind that nobody sends to it; an action with a guard that is false, as
    written or for that reason, does not exist. Both are repeated until nothing changes.
    """
    while True:
        carried = kinds_carried(queues, actions)
        kept = [_resolved(a, carried) for a in actions]
        result = tuple(a for a in kept if e.NO not in a.guards)
        if result == actions:
            return result
        actions = result


def _resolved(action: Action, carried: Carried) -> Action:
    def on(node: e.Expr) -> e.Expr:
        match node:
            case e.Matches(_, e.Item(_, ref, _), kind, _) if kind not in carried[ref.queue]:
                return e.NO
        return rebuild(node, on)

    def folded(node: e.Expr) -> e.Expr:
        return simplify(on(node))

    guards = tuple(folded(g) for g in action.guards)
    updates = tuple(rebuild_update(u, folded) for u in action.updates)
    return replace(action, guards=guards, updates=updates)
