"""Refusing a protocol whose actions or properties use what no part of it lists.

A state variable, queue or budget that stands in no part has no place in a state, and a switch that
the protocol does not list never gets a value. Each is an error of the protocol, found at import,
with the action or property that uses it and its line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from popcorn_model.language import expr as e
from popcorn_model.language.actions import Action
from popcorn_model.language.expr import ModelError
from popcorn_model.language.order import Ahead
from popcorn_model.language.properties import Property
from popcorn_model.language.walk import every_node, update_expressions

Info = e.StateInfo | e.QueueInfo | e.BudgetInfo | e.SwitchInfo


@dataclass(frozen=True)
class Listed:
    """What a protocol lists, and what it is made of."""

    known: frozenset[Info]
    actions: tuple[Action, ...]
    properties: tuple[Property, ...]


def refuse_unlisted(listed: Listed) -> None:
    """Raises: ModelError for something that is used and not listed, or a name of no action."""
    for action in listed.actions:
        used = (*_used_by(action.guards), *_used(action.updates), *(s for s, _ in action.only))
        _refuse(used, listed.known, f"action {action.name} ({action.place})")
    names = {action.name for action in listed.actions}
    for prop in listed.properties:
        who = f"property {prop.name} ({prop.place})"
        _refuse(_used_by((prop.body, prop.trigger)), listed.known, who)
        for name, _ in prop.fair:
            if name not in names:
                raise ModelError(f"{who} is fair to {name}, and there is no such action")


def _refuse(used: Iterable[Info], known: frozenset[Info], who: str) -> None:
    for info in used:
        if info in known:
            continue
        if isinstance(info, e.SwitchInfo):
            raise ModelError(f"{who} uses switch {info.name}, which the protocol does not list")
        where = "budgets" if isinstance(info, e.BudgetInfo) else "state"
        raise ModelError(f"{who} uses {info.name}, which no part of the protocol lists among its "
                         f"{where}")  # fmt: skip


def _used_by(formulas: Iterable[e.Expr]) -> Iterator[Info]:
    for node in (n for x in formulas for n in every_node(x)):
        match node:
            case e.Read(_, state, _):
                yield state
            case e.Item(_, ref, _) | e.Length(_, ref) | e.Tally(_, ref, _, _):
                yield ref.queue
            case Ahead(_, ref, _, _, _):
                yield ref.queue
            case e.Choice(_, switch, _):
                yield switch


def _used(updates: Iterable[e.Update]) -> Iterator[Info]:
    for update in updates:
        match update:
            case e.Put(target, _, _):
                yield target.state
            case e.Push(ref, _, _) | e.Pop(ref, _):
                yield ref.queue
            case e.Spend(budget, _, _):
                yield budget
            case e.Alternative(switch, cases, _):
                yield switch
                for _, inner in cases:
                    yield from _used(inner)
                continue
            case e.When(_, inner, _) | e.Each(_, inner, _):
                yield from _used(inner)
        yield from _used_by(update_expressions(update))
