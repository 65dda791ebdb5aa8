"""A model that takes one step at a time, and how its states look to a program.

What its kernels do by themselves are the actions that fair runs owe it. All others are begun by a
thread, or are mishaps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any, Final, NamedTuple

from popcorn_checker.checking import Request, refinement_of
from popcorn_checker.evaluate import Evaluator, Firing, State
from popcorn_checker.exploring import Subject
from popcorn_checker.lookup import find_protocol, pick
from popcorn_checker.refining import looks_of, with_looks
from popcorn_checker.scopes import make_scope
from popcorn_model.language import Fair, Model
from popcorn_model.language import expr as e
from popcorn_model.language.actions import Action
from popcorn_model.language.refinement import Shown
from popcorn_model.language.walk import free_variables

LOOKS_LIKE: Final = "smp"


class Step(NamedTuple):
    """An instance of an action, and the states around it."""

    before: State
    firing: Firing
    after: State


@dataclass(frozen=True)
class Staged:
    """An action, with its guards sorted by the parameters that have to be known to look at them."""

    action: Action
    guards: tuple[tuple[e.Expr, ...], ...]

    @classmethod
    def of(cls, action: Action) -> Staged:
        """The same action."""
        stages: list[list[e.Expr]] = [[] for _ in range(len(action.params) + 1)]
        for guard in action.guards:
            for part in guard.args if isinstance(guard, e.And) else (guard,):
                wanted = free_variables(part)
                known = [n for n, p in enumerate(action.params, 1) if p in wanted]
                stages[max(known, default=0)].append(part)
        return cls(action, tuple(map(tuple, stages)))


class Configured(NamedTuple):
    """A variant of a protocol, with how it looks, and all its variables, constant or not."""

    model: Model
    looks: tuple[Shown, ...]
    states: tuple[e.StateInfo, ...]


@cache
def configure(protocol: str, variant: str, settings: tuple[tuple[str, str], ...]) -> Configured:
    """The variant of these names, with some switches set otherwise.

    Raises: UsageError for a name that does not exist, or a protocol that does not say how it
    looks; ModelError. Cost: some tenths of a second.
    """
    refinement = refinement_of(Request(protocol, refines=LOOKS_LIKE))
    whole = with_looks(find_protocol(protocol), refinement)
    pick("variant", (variant,), whole.variants)
    model = whole.configured(variant, dict(settings))
    states = tuple(state.info for part in whole.parts for state in part.states)
    return Configured(model, looks_of(model, refinement), states)


class Machine:
    """A variant of a protocol at a scope."""

    def __init__(self, configured: Configured, scope: str) -> None:
        """Lay it out. Raises: ScopeError."""
        model = configured.model
        self.evaluator: Evaluator = Subject(model, make_scope(model, scope)).evaluator
        self.looks = {shown.state.name: shown for shown in configured.looks}
        self._actions = {a.name: Staged.of(a) for a in self.evaluator.model.actions}
        self._states = {state.name: state for state in configured.states}

    @property
    def own(self) -> tuple[str, ...]:
        """The actions that kernels do by themselves."""
        return tuple(n for n, s in self._actions.items() if s.action.fair is not Fair.NONE)

    def has(self, action: str) -> bool:
        """Whether there is such an action in this variant."""
        return action in self._actions

    def size(self, name: str) -> int:
        """A size of the scope."""
        return self.evaluator.scope.entries[name]

    # --- states ----------------------------------------------------------------------------------

    def get(self, state: State, name: str, *index: int) -> Any:
        """A cell of a state; of an enumeration the name of its label."""
        family = self._states[name]
        place = self.evaluator.slot.get((family, index))
        if place is None:  # it never changes here
            env = dict(zip(family.params, index, strict=True))
            return _named(family.sort, self.evaluator.value(family.start, (), env))
        return _named(family.sort, state[place])

    def look(self, state: State, name: str, *index: int) -> Any:
        """What a program sees of a state: a cell of the simpler model."""
        shown = self.looks[name]
        env = dict(zip(shown.params, index, strict=True))
        found = self.evaluator.value(shown.value, state, env)
        labels = shown.state.sort.labels
        return _named(shown.value.sort, found) if labels else found

    # --- steps -----------------------------------------------------------------------------------

    def find(
        self, state: State, action: str, bound: Mapping[str, int | str], draw: Random
    ) -> Iterator[Step]:
        """The instances of an action that are possible, in an order that is drawn.

        ``bound`` are values of parameters by name, where they are not free; labels by their names.
        """
        staged = self._actions.get(action)
        if staged is None:
            return
        for values in self._instances(staged, state, bound, draw):
            firing = Firing(action, values)
            after = self.evaluator.fire(state, staged.action, firing)
            if after is not None:
                yield Step(state, firing, after)

    def _instances(
        self, staged: Staged, state: State, bound: Mapping[str, int | str], draw: Random
    ) -> Iterator[tuple[int, ...]]:
        params = staged.action.params

        def bind(known: dict[e.Var, int]) -> Iterator[tuple[int, ...]]:
            here = staged.guards[len(known)]
            if not all(self.evaluator.value(guard, state, known) for guard in here):
                return
            if len(known) == len(params):
                yield tuple(known.values())
                return
            param = params[len(known)]
            values = list(range(self.evaluator.scope.size(param.sort)))
            draw.shuffle(values)
            if param.name in bound:
                values = [_number(param.sort, bound[param.name])]
            for value in values:
                yield from bind({**known, param: value})

        return bind({})

    def values(self, firing: Firing) -> dict[str, int]:
        """The parameters of an instance, by name."""
        params = self._actions[firing.action].action.params
        return dict(zip((p.name for p in params), firing.values, strict=True))


def _named(sort: e.SortInfo, value: Any) -> Any:
    return sort.labels[value] if sort.labels else value


def _number(sort: e.SortInfo, value: int | str) -> int:
    return sort.labels.index(value) if isinstance(value, str) else value
