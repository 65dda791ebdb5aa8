"""Resolving switches and freezing parts that are left out.

After this pass no `Choice` and no `Alternative` is left, reads of frozen variables have become
their start values, and writes to them and messages of silent kinds are gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from popcorn_model.language import expr as e
from popcorn_model.language.actions import Action
from popcorn_model.language.expr import ModelError
from popcorn_model.language.order import Ahead
from popcorn_model.language.properties import Property
from popcorn_model.language.simplify import simplify
from popcorn_model.language.walk import rebuild, rebuild_ref, substitute


@dataclass(frozen=True)
class Settings:
    """Values of all switches, and what stands still."""

    values: Mapping[str, str]
    frozen: frozenset[e.StateInfo] = frozenset()
    silent: frozenset[e.MessageKind] = frozenset()
    closed: frozenset[e.QueueInfo] = frozenset()

    def value(self, switch: e.SwitchInfo) -> str:
        """The value of a switch. Raises: ModelError when the protocol does not list it."""
        if switch.name not in self.values:
            raise ModelError(f"switch {switch.name} is used but the protocol does not list it")
        return self.values[switch.name]


def configure_action(action: Action, settings: Settings) -> Action | None:
    """The action under these settings, or None when it does not exist there.

    Raises: ModelError when a guard is false or the action is refused under these settings.
    """
    if any(settings.value(switch) != value for switch, value in action.only):
        return None
    guards = tuple(dict.fromkeys(resolve(g, settings) for g in action.guards))
    updates = resolve_updates(action.updates, settings)
    return replace(
        action, guards=tuple(g for g in guards if g != e.YES), updates=updates, only=()
    )


def configure_property(prop: Property, settings: Settings) -> Property:
    """The property under these settings."""
    return replace(
        prop, body=resolve(prop.body, settings), trigger=resolve(prop.trigger, settings)
    )


def resolve(node: e.Expr, settings: Settings) -> e.Expr:
    """The expression with switches chosen and frozen variables replaced, simplified."""
    return simplify(_resolve(node, settings))


def _resolve(node: e.Expr, settings: Settings) -> e.Expr:
    match node:
        case e.Choice(_, switch, cases):
            return _resolve(dict(cases)[settings.value(switch)], settings)
        case e.Read(_, state, index) if state in settings.frozen:
            inner = tuple(_resolve(x, settings) for x in index)
            return substitute(state.start, dict(zip(state.params, inner, strict=True)))
        case e.Length(sort, ref) if ref.queue in settings.closed:
            return e.Const(sort, 0)
        case e.Tally(sort, ref, _, _) if ref.queue in settings.closed:
            return e.Const(sort, 0)
        case Ahead(_, ref, _, _, _) if ref.queue in settings.closed:
            return e.NO
        case e.Matches(sort, _, kind, _) if kind in settings.silent:
            return e.NO
    return rebuild(node, lambda child: _resolve(child, settings))


def resolve_updates(updates: tuple[e.Update, ...], settings: Settings) -> tuple[e.Update, ...]:
    """The updates with switches chosen, without those that touch what stands still."""
    result: list[e.Update] = []
    for update in updates:
        result += _resolve_update(update, settings)
    return tuple(result)


def _resolve_update(update: e.Update, settings: Settings) -> list[e.Update]:
    def on(node: e.Expr) -> e.Expr:
        return resolve(node, settings)

    match update:
        case e.Alternative(switch, cases, _):
            inner = dict(cases).get(settings.value(switch), ())
            return list(resolve_updates(inner, settings))
        case e.When(test, updates, line):
            condition = on(test)
            kept = resolve_updates(updates, settings)
            if condition == e.YES:
                return list(kept)
            return [e.When(condition, kept, line)] if kept and condition != e.NO else []
        case e.Each(var, updates, line):
            kept = resolve_updates(updates, settings)
            return [e.Each(var, kept, line)] if kept else []
        case e.Put(target, value, line):
            if target.state in settings.frozen:
                return []
            read = e.Read(target.sort, target.state, tuple(map(on, target.index)))
            return [e.Put(read, on(value), line)]
        case e.Push(ref, item, line):
            if ref.queue in settings.closed or _is_silent(item, settings):
                return []
            return [e.Push(rebuild_ref(ref, on), on(item), line)]
        case e.Pop(ref, line):
            return [] if ref.queue in settings.closed else [e.Pop(rebuild_ref(ref, on), line)]
        case e.Spend(budget, index, line):
            return [e.Spend(budget, tuple(map(on, index)), line)]
    raise AssertionError(f"unknown update {update!r}")


def _is_silent(item: e.Expr, settings: Settings) -> bool:
    return isinstance(item, e.Make) and item.kind in settings.silent
