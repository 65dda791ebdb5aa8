"""What a formula that is not so lacks: cells, and what would have to be in them.

Each wish is about one cell. Where all parts of a formula are needed, only the first that is not so
is looked at: what comes after it is wished when it is reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from popcorn_checker.validating.moving import Cells, Machine
from popcorn_model.language import expr as e

Env = Mapping[e.Var, Any]
Fits = Callable[[Any], bool]


class Wish(NamedTuple):
    """A cell is to have a value that fits."""

    cell: int
    fits: Fits
    item: Fits | None = None
    """Of a queue: which item is to be the oldest. Where one waits, those before it have to go."""

    def is_nearer(self, value: Any) -> bool:
        """Whether a value fits, or is a queue in which the item waits."""
        return self.fits(value) or (self.item is not None and any(map(self.item, value)))


class Look(NamedTuple):
    """A state that is looked at, and what variables are there."""

    machine: Machine
    cells: Cells
    env: Env

    def value(self, node: e.Expr) -> Any:
        """What a formula is."""
        return self.machine.value(node, self.cells, self.env)

    def each(self, var: e.Var) -> list[Look]:
        """The same for each member that a variable may be."""
        members = range(self.machine.size(var.sort))
        return [self._replace(env={**self.env, var: member}) for member in members]


def get_wishes(look: Look, node: e.Expr, want: bool) -> Iterator[Wish]:
    """Changes of one cell, each of which brings a formula nearer to what is wanted of it."""
    match node:
        case e.Not(_, inner):
            yield from get_wishes(look, inner, not want)
        case e.And(_, args) | e.Or(_, args):
            parts = [(look, x) for x in args]
            yield from _of_parts(parts, want, isinstance(node, e.And) is want)
        case e.Quantified(_, universal, var, body):
            parts = [(each, body) for each in look.each(var)]
            yield from _of_parts(parts, want, universal is want)
        case e.Ite(_, test, then, other):
            yield from get_wishes(look, then if look.value(test) else other, want)
        case e.Read():
            cell = look.machine.read(node, look.cells, look.env)
            yield Wish(cell, lambda value: bool(value) is want)
        case e.Equal(_, left, right):
            yield from _of_sides(look, (left, right), want)
        case e.Matches(_, e.Item(_, ref, 0), kind, fields) if want:
            item = _is_message(kind, {name: look.value(x) for name, x in fields})
            cell = look.machine.queue(ref, look.cells, look.env)
            yield Wish(cell, lambda items: bool(items) and item(items[0]), item)
        case e.Less(_, e.Const(_, 0), e.Length(_, ref), True):
            cell = look.machine.queue(ref, look.cells, look.env)
            yield Wish(cell, lambda items: bool(items) is want)
        case e.Less(_, e.Count(_, var, body), _, _):
            yield from _of_parts([(each, body) for each in look.each(var)], not want, False)


def _of_parts(parts: list[tuple[Look, e.Expr]], want: bool, is_all: bool) -> Iterator[Wish]:
    """Of parts that all must be so, the first that is not; else any of them."""
    for look, body in parts:
        if bool(look.value(body)) is not want:
            yield from get_wishes(look, body, want)
            if is_all:
                return


def _of_sides(look: Look, sides: tuple[e.Expr, e.Expr], want: bool) -> Iterator[Wish]:
    for side, other in (sides, sides[::-1]):
        while isinstance(side, e.Some):
            side = side.member
        if isinstance(side, e.Read):
            cell = look.machine.read(side, look.cells, look.env)
            yield Wish(cell, _is(look.value(other), want))
        elif isinstance(side, e.Ite):
            chosen = side.then if look.value(side.test) else side.other
            yield from _of_sides(look, (chosen, other), want)


def _is_message(kind: e.MessageKind, given: Mapping[str, Any]) -> Fits:
    """A message is of a kind and has some fields."""
    places = [(n, given[name]) for n, (name, _) in enumerate(kind.fields) if name in given]
    return lambda found: found[0] == kind.name and all(found[1][n] == x for n, x in places)


def _is(value: Any, want: bool) -> Fits:
    return lambda found: (found == value) is want
