"""How a protocol looks to those who know only a simpler one: a value for each of its variables.

A protocol *refines* another one if every run of it, looked at in this way, is a run of the other.
The sorts of the simpler one are read as sorts of the protocol, enumerations by the names of their
labels, of which the protocol's may have more. Variables that are *free* may change at any step, as
the simpler protocol's `always` properties allow; all others change only as its actions change
them, one or several in a row, or stand still.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from popcorn_model.language import expr as e
from popcorn_model.language.expr import ModelError
from popcorn_model.language.protocol import Protocol
from popcorn_model.language.state import StateMap
from popcorn_model.language.terms import Sort, Term, coerce


@dataclass(frozen=True)
class Shown:
    """One variable of the simpler protocol: what ``params``, its index, stand for here, and the
    value."""

    state: e.StateInfo
    params: tuple[e.Var, ...]
    value: e.Expr


SOMEBODY = "?"


@dataclass(frozen=True)
class One:
    """One step of the simpler protocol: its name, and what its parameters are, by name: parameters
    of the action, labels, or, after a question mark, any member for which the step is possible."""

    name: str
    args: tuple[str, ...]


@dataclass(frozen=True)
class Does:
    """The steps of the simpler protocol, in a row, that one of ours is."""

    row: tuple[One, ...]

    def then(self, name: str, *args: str) -> Does:
        """And after them this one, before anybody looks."""
        return Does((*self.row, One(name, args)))


def does(name: str, *args: str) -> Does:
    """An action is this step of the simpler protocol."""
    return Does((One(name, args),))


@dataclass(frozen=True)
class Refinement:
    """``of`` is the simpler protocol; ``sorts`` reads its sorts as ours.

    Variables that are ``given`` may begin with any value. ``steps`` says which steps of it an
    action is, or may be, where it is any; all other actions must not be seen. The refinement is
    meant for our protocol with all of ``parts``.
    """

    of: Protocol
    sorts: Mapping[type[Term], type[Term]]
    shown: tuple[Shown, ...]
    free: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()
    steps: Mapping[str, tuple[Does, ...]] = field(default_factory=dict)
    parts: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Raises: ModelError for a variable that is shown twice, or not at all, or a label that our
        enumeration lacks."""
        names = [s.state.name for s in self.shown]
        wanted = [s.info.name for part in self.of.parts for s in part.states]
        for name in wanted:
            if names.count(name) != 1:
                raise ModelError(
                    f"a refinement of {self.of.name} shows {name} {names.count(name)} times"
                )
        for simple, ours in self.sorts.items():
            if lacking := sorted({*simple.info.labels} - {*ours.info.labels}):
                raise ModelError(f"{ours.__name__} has no {lacking[0]}, as {simple.__name__} has")
        if unknown := sorted({*names, *self.free, *self.given} - {*wanted}):
            raise ModelError(f"{self.of.name} has no variable {unknown[0]}")


def shows(
    cells: StateMap[Any], *over: type[Sort], of: type[Term] | None = None
) -> Callable[[Callable[..., Term]], Shown]:
    """For one variable of the simpler protocol: ``over`` are our sorts for its index, and ``of``
    is ours for its values, if it is another."""

    def make(body: Callable[..., Term]) -> Shown:
        info = cells.info
        names = body.__code__.co_varnames[: body.__code__.co_argcount]
        params = tuple(e.Var(s.info, n) for s, n in zip(over, names, strict=True))
        made = body(*(s(v) for s, v in zip(over, params, strict=True)))
        return Shown(info, params, coerce(of or cells.of, made).expr)

    return make
