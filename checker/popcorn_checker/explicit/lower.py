"""Lowering: ground rules become rows, and rows the tables that the kernel reads.

Models that differ in some actions only share most of that work: their groundwork.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from popcorn_checker.explicit import kernel
from popcorn_checker.explicit.layout import Layout
from popcorn_checker.explicit.packing import Once, Packer
from popcorn_checker.explicit.rows import Literals, Row
from popcorn_checker.explicit.tables import Space, Tables, make_work
from popcorn_checker.ground import Grounder
from popcorn_checker.scopes import Scope
from popcorn_model.language import Action, Model, Mood
from popcorn_model.language import expr as e
from popcorn_model.language.carried import kinds_carried

Words = NDArray[np.int64]

WALK = 2048  # states that are looked at to see which fields tell rules apart
WALK_LENGTH = 128  # steps until a walk begins anew
WALK_RULES = 64  # a model of fewer rules is fast anyway


@dataclass(frozen=True)
class Watch:
    """What a watch stands for: a property's name and the instance's parameters."""

    name: str
    values: tuple[int, ...]


@dataclass
class Program:
    """A model at a scope, ready for the kernel. ``rows`` are the rules in the kernel's order."""

    model: Model
    scope: Scope
    layout: Layout
    rows: list[Row]
    watches: list[Watch]
    tables: Tables
    initial: Words

    def action_of(self, rule: int) -> tuple[int, tuple[int, ...]]:
        """Action number and parameter values of a rule."""
        return self.rows[rule].action, self.rows[rule].values


class Groundwork:
    """What is lowered once for all models that differ from one in some actions only."""

    def __init__(self, model: Model, scope: Scope, initial: Any) -> None:
        """Lower a model's properties. Raises: ScopeError when a queue's item needs too many bits.
        """
        self.model = model
        self.scope = scope
        self.layout = Layout(model, scope)
        self.start = self.layout.encode(initial)
        self._grounder = Grounder(model, scope)
        self._literals = Literals(self.layout)
        self._rows = Once(self._rows_of)
        self.watches: list[Watch] = []
        watched: list[Row] = []
        for watch, formula in _watched(model, self._grounder):
            if (row := self._literals.watch_row(formula)) is not None:
                self.watches.append(watch)
                watched.append(row)
        goals = self._grounder.goals(model.ends) if model.ends else ()
        ends = [row for _, x in goals if (row := self._literals.watch_row(x)) is not None]
        self._packer = Packer(self.layout, self.start.reshape(1, -1), watched, ends)
        self._has_walked = False

    def fits(self, model: Model, scope: Scope) -> bool:
        """Whether the model has the same states and properties, and differs in actions at most."""
        mine = self.model
        return (
            scope == self.scope
            and [a.name for a in model.actions] == [a.name for a in mine.actions]
            and (model.states, model.queues, model.budgets) == (
                mine.states, mine.queues, mine.budgets)
            and all(a is b for a, b in zip(model.properties, mine.properties, strict=False))
            and len(model.properties) == len(mine.properties)
            and model.ends is mine.ends
            and kinds_carried(model.queues, model.actions) == self.layout.carried
        )  # fmt: skip

    def lower(self, model: Model) -> Program:
        """A model that fits, lowered. Cost: as its actions that no model before it had."""
        rows = [row for action in model.actions for row in self._rows(action)]
        tables = self._packer.tables(rows)
        if not self._has_walked and len(rows) >= WALK_RULES:
            self._has_walked = True
            self._packer.learn(_walk(tables, self.start))
            tables = tables._replace(**self._packer.filed(rows))
        return Program(model, self.scope, self.layout, rows, self.watches, tables, self.start)

    def _rows_of(self, action: Action) -> list[Row]:
        number = [a.name for a in self.model.actions].index(action.name)
        ground = self._grounder.rules_of(number, action)
        return [row for rule in ground if (row := self._literals.action_row(rule)) is not None]


def lower(
    model: Model, scope: Scope, initial: Any, kept: list[Groundwork] | None = None
) -> Program:
    """Ground and lower a model; ``initial`` is the evaluator's start state.

    ``kept`` is where groundwork is taken from if there is some that fits, and is left if there is
    none. Raises: ScopeError when an item of a queue does not fit a word. Cost: proportional to the
    number of ground rules times their size.
    """
    for groundwork in kept or ():
        if groundwork.fits(model, scope):
            return groundwork.lower(model)
    groundwork = Groundwork(model, scope, initial)
    if kept is not None and not kept:
        kept.append(groundwork)
    return groundwork.lower(model)


def _walk(tables: Tables, start: Words) -> Words:
    """States that a walk at random comes to; the same ones each time."""
    chance = random.Random(0)
    rows = tables.rules.shape[0]
    work = make_work(rows, start.shape[0])
    states = np.tile(start, (WALK, 1))
    for n in range(1, WALK):
        space = Space(states[n - 1], start.shape[0], np.zeros(1, dtype=np.int64))
        found, _, _ = kernel.expand(tables, space, work, 0, 0)
        if found and n % WALK_LENGTH:
            states[n] = work.buf.reshape(-1, start.shape[0])[chance.randrange(found)]
    return states


def _watched(model: Model, grounder: Grounder) -> list[tuple[Watch, e.Expr]]:
    found: list[tuple[Watch, e.Expr]] = []
    for prop in model.properties:
        if prop.mood is Mood.ALWAYS:
            ways = grounder.violations(prop)
        elif prop.mood is Mood.SOMETIMES:
            ways = grounder.goals(prop)
        else:
            continue
        found += [(Watch(prop.name, values), formula) for values, formula in ways]
    return found
