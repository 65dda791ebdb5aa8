"""History: state that records what has happened, for properties to read, and that steers nothing.

A protocol would take the same steps without it. So no guard may read it, nor what is written to
other state or sent, nor a condition around such a write; a step that does is refused.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypeVar

from popcorn_model.language import expr as e
from popcorn_model.language.expr import ModelError
from popcorn_model.language.state import StateMap
from popcorn_model.language.walk import every_node, flat_updates, update_expressions

M = TypeVar("M", bound=StateMap[Any])


def history(variable: M) -> M:
    """Declare a state variable to be history: ``seen = history(state("seen", of=Bool, ...))``."""
    made = copy.copy(variable)
    made.info = replace(variable.info, history=True)
    return made


def is_record(update: e.Update) -> bool:
    """The leaf update writes history and nothing else."""
    return isinstance(update, e.Put) and update.target.state.history


def refuse_dependence(guards: tuple[e.Expr, ...], updates: tuple[e.Update, ...]) -> None:
    """Raises: ModelError when a step would be another one if history were different."""
    _refuse(guards, "a guard")
    _refuse_in(updates)


def _refuse_in(updates: tuple[e.Update, ...]) -> None:
    for update in updates:
        match update:
            case e.When(test, inner, _):
                if not all(map(is_record, flat_updates(inner))):
                    _refuse([test], "a condition")
                _refuse_in(inner)
            case e.Each(_, inner, _):
                _refuse_in(inner)
            case e.Alternative(_, cases, _):
                for _, inner in cases:
                    _refuse_in(inner)
            case _ if not is_record(update):
                _refuse(update_expressions(update), "an update of what is no history")


def _refuse(nodes: Iterable[e.Expr], where: str) -> None:
    for node in nodes:
        for part in every_node(node):
            if isinstance(part, e.Read) and part.state.history:
                raise ModelError(
                    f"{part.state.name} is history, which properties and other history may read, "
                    f"and {where} reads it; declare it without history(...) if steps depend on it"
                )
