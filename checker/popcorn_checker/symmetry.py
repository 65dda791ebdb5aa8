"""Symmetry: states that differ only in which member is which are explored once.

The members of a sort that nothing tells apart may change places: whatever happens to one of two
such states happens to the other, with the names exchanged, and every property says the same of
both. A group of exchanges therefore divides the states into orbits, and one state of each is
enough. A protocol declares the sorts; a sort is used only if its model is seen to treat all its
members alike (``equivariance.py``), and a declared sort that is not is left out with a reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations, permutations, product
from math import factorial, prod
from typing import Final

from popcorn_checker.equivariance import get_named, get_obstacles
from popcorn_checker.errors import UsageError
from popcorn_checker.lookup import pick
from popcorn_checker.scopes import Scope, size_name
from popcorn_model.language import Model
from popcorn_model.language import expr as e
from popcorn_model.language.carried import kinds_carried

ALL: Final = "all"
AUTO: Final = "auto"
EXACT_MAX: Final = 1000  # exchanges that are tried on each state: each costs about 10 ns
RENAMED_MIN: Final = 3  # members of a sort that are named in the order of use: two are tried faster

Exchange = Mapping[e.SortInfo, tuple[int, ...]]
"""Where each member of a sort goes; sorts that are not in it stay as they are."""


@dataclass(frozen=True)
class Symmetry:
    """A group of exchanges: all those of the ``free`` members of each sort among themselves.

    ``refused`` says of each other declared sort why it is not used. The members of ``renamed`` get
    new names in the order in which a state uses them, so that no exchange of them need be tried.
    Up to EXACT_MAX exchanges of the others a search tries them all and so counts orbits; beyond
    that it tries only exchanges of two, one after the other, and may count an orbit more than once.
    """

    free: Mapping[e.SortInfo, tuple[int, ...]]
    sizes: Mapping[e.SortInfo, int]
    refused: Mapping[str, str] = field(default_factory=dict)
    renamed: e.SortInfo | None = None

    @property
    def order(self) -> int:
        """How many exchanges there are: no orbit has more states."""
        return prod(factorial(len(members)) for members in self.free.values())

    @property
    def exact(self) -> bool:
        """The search counts each orbit once."""
        return prod(factorial(len(self.free[s])) for s in self._tried) <= EXACT_MAX

    @property
    def _tried(self) -> list[e.SortInfo]:
        return [sort for sort in self.free if sort is not self.renamed]

    def exchanges(self) -> Iterator[Exchange]:
        """The exchanges that a search tries; not the one that changes nothing."""
        if not self.exact:
            yield from (x for x in self.pairs() if self.renamed not in x)
            return
        sorts = self._tried
        for choice in product(*(permutations(self.free[s]) for s in sorts)):
            if any(self.free[s] != to for s, to in zip(sorts, choice, strict=True)):
                yield {s: self._whole(s, to) for s, to in zip(sorts, choice, strict=True)}

    def pairs(self) -> Iterator[Exchange]:
        """Exchanges of two members of one sort; all others are made of these."""
        for sort, members in self.free.items():
            for one, other in combinations(members, 2):
                swapped = {one: other, other: one}
                yield {sort: self._whole(sort, tuple(swapped.get(m, m) for m in members))}

    def _whole(self, sort: e.SortInfo, to: tuple[int, ...]) -> tuple[int, ...]:
        moved = dict(zip(self.free[sort], to, strict=True))
        return tuple(moved.get(m, m) for m in range(self.sizes[sort]))

    def to_json(self) -> dict[str, object]:
        """The group as plain data."""
        return {
            "sorts": {size_name(s): len(members) for s, members in self.free.items()},
            "factor": self.order,
            "exact": self.exact,
            "refused": dict(self.refused),
        }

    def __str__(self) -> str:
        names = ", ".join(size_name(s) for s in self.free)
        text = f"{names} (factor up to {self.order:,})" if names else "none that makes a difference"
        if not self.exact:
            text += "; some states are explored in several forms"
        left_out = (f"not {name}, since {why}" for name, why in self.refused.items())
        return "; ".join((text, *left_out))


def find_symmetry(model: Model, scope: Scope, wanted: tuple[str, ...] = (ALL,)) -> Symmetry:
    """The symmetry of a model at a scope over the wanted sorts, given by their scope entries.

    Raises: UsageError for a sort that is not declared interchangeable, or whose members the model
    tells apart. With `ALL` such a sort is left out.
    """
    declared = {size_name(s): s for s in model.interchangeable}
    asked = declared if wanted == (ALL,) else pick("interchangeable sort", wanted, declared)
    obstacles, named, stored = get_obstacles(model), get_named(model), _stored_sorts(model)
    free, refused = {}, {}
    for name in dict.fromkeys(asked):
        sort = declared[name]
        if sort not in stored:
            continue
        members = tuple(m for m in range(scope.size(sort)) if m not in named.get(sort, ()))
        if len(members) > 1 and sort in obstacles:
            refused[name] = obstacles[sort]
        elif len(members) > 1:
            free[sort] = members
    if refused and wanted != (ALL,):
        name, why = next(iter(refused.items()))
        raise UsageError(f"--symmetry {name}: the {name} are not interchangeable, since {why}")
    sizes = {s: scope.size(s) for s in free}
    return Symmetry(free, sizes, refused, _find_renamed(model, free, sizes))


def _find_renamed(
    model: Model, free: Mapping[e.SortInfo, tuple[int, ...]], sizes: Mapping[e.SortInfo, int]
) -> e.SortInfo | None:
    """The largest sort whose members can be named in the order of use, if that saves something.

    What a state says of each member may not name members itself, and none may have a fixed name.
    """
    families: tuple[e.StateInfo | e.BudgetInfo, ...] = (*model.states, *model.budgets)
    queues = {sort for queue in model.queues for sort in queue.index}

    def may_be(sort: e.SortInfo) -> bool:
        about = [family for family in families if sort in family.index]
        apart = all(f.index.count(sort) == 1 and sort not in _held(f) for f in about)
        return apart and sort not in queues and RENAMED_MIN <= len(free[sort]) == sizes[sort]

    return max(filter(may_be, free), key=lambda sort: sizes[sort], default=None)


def _held(family: e.StateInfo | e.BudgetInfo) -> set[e.SortInfo]:
    """The sorts whose members stand in a variable."""
    if isinstance(family, e.BudgetInfo):
        return set()
    inner = [s for kind in family.sort.kinds for _, s in kind.fields]
    return {s.of or s for s in (family.sort, *inner)}


def _stored_sorts(model: Model) -> set[e.SortInfo]:
    """The sorts that index a state, or whose members stand in one: no other makes a difference."""
    held = [s.sort for s in model.states] + [q.sort for q in model.queues]
    families: tuple[e.StateInfo | e.QueueInfo | e.BudgetInfo, ...] = (
        *model.states, *model.queues, *model.budgets,
    )  # fmt: skip
    held += [s for family in families for s in family.index]
    for kinds in kinds_carried(model.queues, model.actions).values():
        held += [s for kind in kinds for _, s in kind.fields]
    return {s.of or s for s in held}
