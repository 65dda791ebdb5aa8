"""Where the actions of a model give a cell a value, which one, and when.

That is what a plan is made of: what is wished of a cell is looked for among these places.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from popcorn_checker.validating.moving import Count, Machine, reads, variables
from popcorn_checker.validating.wishing import Env
from popcorn_model.language import Action
from popcorn_model.language import expr as e


@dataclass(frozen=True, eq=False)
class Place:
    """A place in an update where a cell is given a value."""

    family: e.StateInfo | e.QueueInfo
    index: tuple[e.Expr, ...]
    value: e.Expr | None
    """Of a queue: what joins it; None where its oldest item leaves it."""
    tests: tuple[e.Expr, ...]
    """When it does so."""
    bound: tuple[e.Var, ...]
    """Variables of the update."""


class Leaf(NamedTuple):
    """A value that is put there and reads no cell."""

    value: e.Expr
    variables: tuple[e.Var, ...]


@dataclass(frozen=True, eq=False)
class Condition:
    """When an action does what is wanted of it; the same for all places that ask for the same."""

    tests: tuple[e.Expr, ...]
    bound: tuple[e.Var, ...]
    """Variables of the update that the tests name; the index of the cell names them, too."""
    given: tuple[e.Var, ...]
    """The action's parameters, and those."""
    count_fails: Count
    """How many of the tests do not hold; index: as `given`."""


@dataclass(frozen=True, eq=False)
class Source:
    """A place in a model where a cell is given a value: the action, and when it does so."""

    action: str
    place: Place
    condition: Condition | None
    """None if nothing is asked for."""
    leaves: tuple[Leaf, ...] | None
    """What the value may be; None if it may be anything."""
    members: tuple[e.SortInfo | None, ...]
    """The parameters' sorts if they have members, of which one is like another, and not words."""


def find_sources(machine: Machine, action: Action) -> Iterator[Source]:
    """All places where an action gives a cell a value."""
    conditions: dict[tuple[e.Expr, ...], Condition] = {}
    sorts = (var.sort for var in action.params)
    members = tuple(sort if sort.kind is e.SortKind.MEMBERS else None for sort in sorts)
    for update in action.updates:
        for place in find_places(update):
            tests = place.tests
            if tests and tests not in conditions:
                conditions[tests] = _make_condition(machine, action, place)
            leaves = None if place.value is None else _leaves(place.value)
            yield Source(action.name, place, conditions.get(tests), leaves, members)


def _make_condition(machine: Machine, action: Action, place: Place) -> Condition:
    named = {var for test in place.tests for var in variables(test)}
    bound = tuple(var for var in place.bound if var in named)
    given = (*action.params, *bound)
    return Condition(place.tests, bound, given, machine.counting(place.tests, given))


def _leaves(value: e.Expr) -> tuple[Leaf, ...] | None:
    """What a value may be; None if it may be anything, as it reads cells."""
    match value:
        case e.Ite(_, _, then, other):
            one, two = _leaves(then), _leaves(other)
            return None if one is None or two is None else one + two
        case e.Some(_, inner):
            return _leaves(inner)
    return None if reads(value) else (Leaf(value, tuple(variables(value))),)


def find_places(update: e.Update) -> Iterator[Place]:
    """The places where an update gives a cell a value."""
    def walk(
        each: e.Update, tests: tuple[e.Expr, ...], bound: tuple[e.Var, ...]
    ) -> Iterator[Place]:
        match each:
            case e.Put(target, value, _):
                yield Place(target.state, target.index, value, tests, bound)
            case e.Push(ref, item, _):
                yield Place(ref.queue, ref.index, item, tests, bound)
            case e.Pop(ref, _):
                yield Place(ref.queue, ref.index, None, tests, bound)
            case e.When(test, inner, _):
                for one in inner:
                    yield from walk(one, (*tests, test), bound)
            case e.Each(var, inner, _):
                for one in inner:
                    yield from walk(one, tests, (*bound, var))

    return walk(update, (), ())


def unify(index: tuple[e.Expr, ...], wanted: tuple[int, ...]) -> Env | None:
    """What variables must be for an index to be the one that is wanted."""
    env: dict[e.Var, Any] = {}
    for each, value in zip(index, wanted, strict=True):
        match each:
            case e.Var():
                if env.setdefault(each, value) != value:
                    return None
            case e.Named(_, _, position):
                if position != value:
                    return None
            case e.Const(_, constant):
                if constant != value:
                    return None
    return env
