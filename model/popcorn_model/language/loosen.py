"""Counters taken out of a model: what they decided may then go either way.

Over sorts of any size a number of members is no term, so a counter that is compared with one has
no first-order form. Where what is claimed does not depend on the counter it is left out: wherever
a guard asks it, the answer is the one with which more may happen. Every run of the model, without
the counter, is a run of what is left; so what always holds of that holds of the model.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from popcorn_model.language import expr as e
from popcorn_model.language.actions import Action
from popcorn_model.language.expr import ModelError
from popcorn_model.language.properties import Property
from popcorn_model.language.protocol import Model
from popcorn_model.language.simplify import simplify
from popcorn_model.language.walk import every_node, update_expressions


def without_counters(model: Model, names: Collection[str]) -> Model:
    """The model without the state variables of these names, and looser for it.

    Properties that read one of them are left out too. Raises: ModelError when there is no such
    variable, or when one decides what is written.
    """
    known = {s.name: s for s in model.states}
    for name in names:
        if name not in known:
            legal = ", ".join(known)
            raise ModelError(f"model {model.protocol} has no state variable {name}; it has {legal}")
    gone = frozenset(known[name] for name in names)
    return replace(
        model,
        states=tuple(s for s in model.states if s not in gone),
        actions=tuple(_loosened(a, gone) for a in model.actions),
        properties=tuple(p for p in model.properties if not _asks(p, gone)),
    )


def _asks(prop: Property, gone: frozenset[e.StateInfo]) -> bool:
    return _reads(prop.body, gone) or _reads(prop.trigger, gone)


def _reads(node: e.Expr, gone: frozenset[e.StateInfo]) -> bool:
    return any(isinstance(x, e.Read) and x.state in gone for x in every_node(node))


def _loosened(action: Action, gone: frozenset[e.StateInfo]) -> Action:
    guards = tuple(simplify(_possible(g, gone, True)) for g in action.guards)
    updates = _kept(action, action.updates, gone)
    return replace(action, guards=tuple(g for g in guards if g != e.YES), updates=updates)


def _kept(
    action: Action, updates: tuple[e.Update, ...], gone: frozenset[e.StateInfo]
) -> tuple[e.Update, ...]:
    """The updates without those of what is gone, which no other may read. Raises: ModelError."""
    found: list[e.Update] = []
    for update in updates:
        match update:
            case e.Put(target) if target.state in gone:
                continue
            case e.When(test, inner, line) if not _reads(test, gone):
                kept = _kept(action, inner, gone)
                found += [e.When(test, kept, line)] if kept else []
            case e.Each(var, inner, line):
                kept = _kept(action, inner, gone)
                found += [e.Each(var, kept, line)] if kept else []
            case _ if any(_reads(x, gone) for x in update_expressions(update)):
                names = ", ".join(sorted(s.name for s in gone))
                raise ModelError(
                    f"action {action.name} writes what depends on a counter that is to be left "
                    f"out ({names}); only guards may ask it"
                )
            case _:
                found.append(update)
    return tuple(found)


def _possible(node: e.Expr, gone: frozenset[e.StateInfo], wanted: bool) -> e.Expr:
    """The formula with each comparison that reads what is gone as the answer that is wanted.

    ``wanted`` is whether the formula is to be as weak as possible, or as strong.
    """
    if not _reads(node, gone):
        return node
    match node:
        case e.Not(sort, arg):
            return e.Not(sort, _possible(arg, gone, not wanted))
        case e.And(sort, args):
            return e.And(sort, tuple(_possible(x, gone, wanted) for x in args))
        case e.Or(sort, args):
            return e.Or(sort, tuple(_possible(x, gone, wanted) for x in args))
        case e.Quantified(sort, universal, var, body):
            return e.Quantified(sort, universal, var, _possible(body, gone, wanted))
    return e.YES if wanted else e.NO
