"""Budgets taken out of a model: what they bounded may then happen any number of times.

A budget stands outside the modelled system, so a model without it is the system itself in that
respect. Where its states are finitely many all the same, that says more than any number would, and
it is often less to explore: what is left of a budget no longer tells states apart.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from popcorn_model.language import expr as e
from popcorn_model.language.protocol import Model

ANY: Final = -1
"""The units of a budget that is without bound; written ``any``, and -1 in files of traces."""


def without_budgets(model: Model, names: Collection[str]) -> Model:
    """The model without the budgets of these names, and without the updates that spend them."""
    if all(b.name not in names for b in model.budgets):
        return model
    actions = (replace(a, updates=_without(a.updates, names)) for a in model.actions)
    left = tuple(b for b in model.budgets if b.name not in names)
    return replace(model, actions=tuple(actions), budgets=left)


def _without(updates: tuple[e.Update, ...], names: Collection[str]) -> tuple[e.Update, ...]:
    return tuple(one for u in updates if (one := _kept(u, names)) is not None)


def _kept(update: e.Update, names: Collection[str]) -> e.Update | None:
    match update:
        case e.Spend(budget, _, _):
            return None if budget.name in names else update
        case e.When(test, inner, line):
            return e.When(test, _without(inner, names), line)
        case e.Each(var, inner, line):
            return e.Each(var, _without(inner, names), line)
    return update
