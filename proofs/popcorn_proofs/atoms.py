"""The facts that a model itself can tell apart, about a few members: what lemmas are mined from.

Nothing here knows a protocol. An atom is a cell of the state compared with a value that it can
have, or a member compared with a distinguished one, or a quantified or counting condition that
stands in the model's own guards and properties, about variables of the right sorts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import permutations, product
from typing import Any, Final

from popcorn_checker.evaluate import Environment, Evaluator, State
from popcorn_model.language import expr as e
from popcorn_model.language.simplify import simplify
from popcorn_model.language.walk import (
    every_node,
    free_variables,
    substitute,
    update_expressions,
)
from popcorn_proofs.claim import Theory
from popcorn_proofs.structures import named_members

CONDITIONS_MAX: Final = 40
WIDTH_MAX: Final = 2


def widths(theory: Theory) -> dict[str, int]:
    """How many variables of each sort to speak about: as many as an action or a property has."""
    found: dict[str, int] = {}
    lists = [a.params for a in theory.model.actions] + [p.params for p in theory.safety]
    for params in lists:
        for var in params:
            count = sum(v.sort is var.sort for v in params)
            found[var.sort.name] = min(WIDTH_MAX, max(count, found.get(var.sort.name, 1)))
    return found


def variables(theory: Theory, sizes: Mapping[str, int]) -> tuple[e.Var, ...]:
    """So many variables of each sort; those of one sort stand for different members."""
    return tuple(
        e.Var(sort, f"{sort.name[0].lower()}{n + 1}")
        for sort in theory.members for n in range(sizes.get(sort.name, 1))
    )  # fmt: skip


def atoms(theory: Theory, pool: tuple[e.Var, ...]) -> tuple[e.Expr, ...]:
    """Every atom over these variables, in a stable order."""
    found: dict[e.Expr, None] = {}
    for state in theory.model.states:
        for index in product(*(tuple(v for v in pool if v.sort is s) for s in state.index)):
            cell = e.Read(state.sort, state, index)
            for atom in _about(cell, pool):
                found.setdefault(atom)
    for named in sorted(named_members(theory), key=lambda n: (n.sort.name, n.position)):
        for var in pool:
            if var.sort is named.sort:
                found.setdefault(e.Equal(e.TRUTH, var, named))
    for condition in _conditions(theory):
        for atom in _applied(condition, pool):
            found.setdefault(atom)
    return tuple(found)


def _about(cell: e.Read, pool: tuple[e.Var, ...]) -> Iterator[e.Expr]:
    """What can be said of one cell."""
    sort = cell.sort
    match sort.kind:
        case e.SortKind.TRUTH:
            yield cell
        case e.SortKind.LABELS:
            for label in range(len(sort.labels)):
                yield e.Equal(e.TRUTH, cell, e.Const(sort, label))
        case e.SortKind.MEMBERS:
            for var in pool:
                if var.sort is sort:
                    yield e.Equal(e.TRUTH, cell, var)
        case e.SortKind.MAYBE:
            yield e.Equal(e.TRUTH, cell, e.Const(sort, None))
            for var in pool:
                if var.sort is sort.of:
                    yield e.Equal(e.TRUTH, cell, e.Some(sort, var))


def _conditions(theory: Theory) -> tuple[e.Expr, ...]:
    """The quantified and counting conditions of the model's guards, updates and properties."""
    exprs: list[e.Expr] = []
    for action in theory.model.actions:
        exprs += [*action.guards, *(x for u in action.updates for x in update_expressions(u))]
    exprs += [p.body for p in theory.safety]
    found: dict[e.Expr, None] = {}
    for expr in exprs:
        for node in every_node(simplify(expr)):
            counts = isinstance(node, e.Less | e.Equal) and any(
                isinstance(x, e.Count | e.Tally | e.Length) for x in (node.left, node.right)
            )
            if isinstance(node, e.Quantified) or counts:
                found.setdefault(node)
    return tuple(found)[:CONDITIONS_MAX]


def _applied(condition: e.Expr, pool: tuple[e.Var, ...]) -> Iterator[e.Expr]:
    """The condition about every choice of the variables for its parameters."""
    free = sorted(free_variables(condition), key=lambda v: (v.level, v.name, v.sort.name))
    choices = (tuple(v for v in pool if v.sort is f.sort) for f in free)
    for chosen in product(*choices):
        yield substitute(condition, dict(zip(free, chosen, strict=True)))


def assignments(evaluator: Evaluator, pool: tuple[e.Var, ...]) -> Iterator[dict[e.Var, int]]:
    """Every way to let the variables stand for members, different ones for each of a sort."""
    sorts = list(dict.fromkeys(v.sort for v in pool))
    ways = []
    for sort in sorts:
        count = sum(v.sort is sort for v in pool)
        ways.append(tuple(permutations(range(evaluator.scope.size(sort)), count)))
    order = [v for s in sorts for v in pool if v.sort is s]
    for chosen in product(*ways):
        yield dict(zip(order, (m for group in chosen for m in group), strict=True))


class Looker:
    """Tells which atoms hold in a state, for each way to let the variables stand for members."""

    def __init__(
        self, evaluator: Evaluator, listed: tuple[e.Expr, ...], pool: tuple[e.Var, ...]
    ) -> None:
        """Cells are looked up once, here: most atoms compare one with a value."""
        self._evaluator = evaluator
        self._views = [
            (env, [self._cell(atom, env) for atom in listed], listed)
            for env in assignments(evaluator, pool)
        ]

    def _cell(self, atom: e.Expr, env: Environment) -> tuple[int, Any] | None:
        """The cell that an atom asks about and what it must hold; None for other atoms."""
        match atom:
            case e.Read():
                cell, value = atom, True
            case e.Equal(_, e.Read() as cell, e.Const() | e.Some() | e.Var() as wanted):
                value = self._evaluator.value(wanted, (), env)
            case _:
                return None
        index = self._evaluator.index(cell.index, (), env)
        return self._evaluator.slot[cell.state, index], value

    def rows(self, state: State) -> Iterator[int]:
        """For each assignment which atoms hold, as the bits of a number."""
        for env, cells, listed in self._views:
            bits = 0
            for n, cell in enumerate(cells):
                if cell is None:
                    holds = bool(self._evaluator.value(listed[n], state, env))
                else:
                    holds = state[cell[0]] == cell[1]
                if holds:
                    bits |= 1 << n
            yield bits
