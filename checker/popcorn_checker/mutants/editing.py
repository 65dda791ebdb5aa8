"""Edits of one protocol into a wrong one: for mutations that somebody has thought of and named.

Dropping each guard and each update in turn needs no thought; the mutations that a design lists do:
another value, a cell of a table, an answer that comes too early. Each is an edit of the protocol's
data here, before its switches are set, so what is not edited is not written twice. An edit that
finds nothing to change is refused: the protocol has moved on, and the mutation with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, TypeVar

from popcorn_model.language import Action, Bool, ModelError, Protocol, Term
from popcorn_model.language import expr as e
from popcorn_model.language.state import StateMap
from popcorn_model.language.walk import every_node, rebuild, rebuild_update

T = TypeVar("T", bound=Term)
Edit = Callable[[Protocol], Protocol]
Change = Callable[[Action], Action]


def edits(*parts: Edit) -> Edit:
    """One edit after the other."""

    def edit(protocol: Protocol) -> Protocol:
        for part in parts:
            protocol = part(protocol)
        return protocol

    return edit


def edit_action(name: str, change: Change) -> Edit:
    """An edit of the action of that name. Raises: ModelError when nothing is changed."""

    def edit(protocol: Protocol) -> Protocol:
        return _edited(protocol, lambda a: change(a) if a.name == name else a, name)

    return edit


def edit_all(change: Change) -> Edit:
    """An edit of every action that it changes. Raises: ModelError when it changes none."""
    return lambda protocol: _edited(protocol, change, "any action")


def add_action(after: str, made: Action) -> Edit:
    """One more action, beside one that is there. Raises: ModelError when that is not."""

    def edit(protocol: Protocol) -> Protocol:
        parts = tuple(
            replace(p, actions=(*p.actions, made)) if after in {a.name for a in p.actions} else p
            for p in protocol.parts
        )
        if parts == protocol.parts:
            raise ModelError(f"protocol {protocol.name} has no action {after} to add one beside")
        return replace(protocol, parts=parts)

    return edit


def add_state(part: str, made: StateMap[Any]) -> Edit:
    """One more state variable of a part: what wrong actions remember. Raises: ModelError."""

    def edit(protocol: Protocol) -> Protocol:
        owner = protocol.part(part)
        more = replace(owner, states=(*owner.states, made))
        return replace(protocol, parts=tuple(more if p is owner else p for p in protocol.parts))

    return edit


def remove_action(name: str) -> Edit:
    """An edit that leaves an action out. Raises: ModelError when there is none."""

    def edit(protocol: Protocol) -> Protocol:
        parts = tuple(
            replace(p, actions=tuple(a for a in p.actions if a.name != name))
            for p in protocol.parts
        )
        if parts == protocol.parts:
            raise ModelError(f"protocol {protocol.name} has no action {name}")
        return replace(protocol, parts=parts)

    return edit


def _edited(protocol: Protocol, change: Change, what: str) -> Protocol:
    parts = tuple(replace(p, actions=tuple(map(change, p.actions))) for p in protocol.parts)
    if all(a.actions == b.actions for a, b in zip(parts, protocol.parts, strict=True)):
        raise ModelError(f"a mutation finds nothing to change in {what} of {protocol.name}")
    return replace(protocol, parts=parts)


# --- changes of an action ----------------------------------------------------------------------


def param(action: Action, sort: type[T], number: int = 0) -> T:
    """The parameter of that sort, or the first, second and so on of several."""
    found = [var for var in action.params if var.sort is sort.info]
    return sort(found[number])


def without_guard(state: str) -> Change:
    """The action without the guards that read this state variable."""

    def reads(guard: e.Expr) -> bool:
        return any(isinstance(n, e.Read) and n.state.name == state for n in every_node(guard))

    return lambda a: replace(a, guards=tuple(g for g in a.guards if not reads(g)))


def instead_of_guard(state: str, build: Callable[[Action], Bool]) -> Change:
    """The action with another guard in place of those that read this state variable."""

    def change(action: Action) -> Action:
        kept = without_guard(state)(action).guards
        return replace(action, guards=(*kept, build(action).expr))

    return change


def with_guard(build: Callable[[Action], Bool]) -> Change:
    """The action with one more guard."""
    return lambda a: replace(a, guards=(*a.guards, build(a).expr))


def widened(build: Callable[[Action], Bool], state: str) -> Change:
    """The action that may also be taken where ``build`` holds, whatever its guards on a state."""

    def reads(guard: e.Expr) -> bool:
        return any(isinstance(n, e.Read) and n.state.name == state for n in every_node(guard))

    def change(action: Action) -> Action:
        also = build(action).expr
        guards = (e.Or(e.TRUTH, (g, also)) if reads(g) else g for g in action.guards)
        return replace(action, guards=tuple(guards))

    return change


def without_put(*states: str) -> Change:
    """The action that leaves these state variables as they are."""
    return lambda a: replace(a, updates=tuple(_without(a.updates, set(states))))


def _without(updates: Iterable[e.Update], states: set[str]) -> Iterable[e.Update]:
    for update in updates:
        match update:
            case e.Put(target, _, _) if target.state.name in states:
                continue
            case e.When(_, inner, _) | e.Each(_, inner, _):
                kept = tuple(_without(inner, states))
                if kept:
                    yield replace(update, updates=kept)
            case _:
                yield update


def _any(_: e.Read) -> bool:
    return True


def with_value(
    state: str, build: Callable[[Action], Term], where: Callable[[e.Read], bool] = _any
) -> Change:
    """The action that gives a cell of this state variable another value, where it gives it one.

    What it does for each of many is left as it is.
    """

    def change(action: Action) -> Action:
        value = build(action).expr

        def on(update: e.Update) -> e.Update:
            match update:
                case e.Put(target, _, line) if target.state.name == state and where(target):
                    return e.Put(target, value, line)
                case e.When(_, inner, _):
                    return replace(update, updates=tuple(map(on, inner)))
            return update

        return replace(action, updates=tuple(map(on, action.updates)))

    return change


def with_more(build: Callable[[Action], tuple[e.Update, ...]]) -> Change:
    """The action with some updates more."""
    return lambda a: replace(a, updates=(*a.updates, *build(a)))


def with_updates(build: Callable[[Action], tuple[e.Update, ...]]) -> Change:
    """The action with other updates."""
    return lambda a: replace(a, updates=build(a))


def rewritten(change: Callable[[e.Expr], e.Expr]) -> Change:
    """The action whose updates have every expression changed, outermost first."""

    def on(node: e.Expr) -> e.Expr:
        return rebuild(change(node), on)

    return lambda a: replace(a, updates=tuple(rebuild_update(u, on) for u in a.updates))
