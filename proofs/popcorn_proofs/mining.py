"""Candidates for lemmas: clauses over the model's atoms that every small reachable state satisfies.

A clause that some structure violates is a set of facts that hold together there and never together
in any state that was reached. The smallest such sets are found by adding one fact after the other
and looking at which states are left. All variables of a clause are universal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Final

from popcorn_model.language import Mood, Property
from popcorn_model.language import expr as e
from popcorn_model.language.prose import expression
from popcorn_model.language.simplify import disjoin, negate
from popcorn_model.language.walk import free_variables
from popcorn_proofs.atoms import Looker, atoms, variables
from popcorn_proofs.claim import Theory
from popcorn_proofs.population import Population
from popcorn_proofs.structures import Structure

LITERALS_MAX: Final = 4
CUBES_MAX: Final = 400_000

Cube = frozenset[tuple[e.Expr, bool]]  # atoms, and whether they hold


@dataclass
class Mine:
    """Atoms over a pool of variables, and what reachable states say about them.

    ``tried`` counts the sets of facts that were looked at.
    """

    theory: Theory
    pool: tuple[e.Var, ...]
    listed: tuple[e.Expr, ...]
    reached: list[int] = field(default_factory=list)
    tried: int = 0

    def __post_init__(self) -> None:
        """Nothing is reached yet."""
        self._columns: list[int] = []

    def learn(self, populations: Iterable[Population]) -> None:
        """Take in all the states of some populations. Cost: the atoms, for each assignment."""
        seen: dict[int, None] = {}
        for population in populations:
            looker = Looker(population.evaluator, self.listed, self.pool)
            for state in population.states:
                for row in looker.rows(state):
                    seen.setdefault(row)
        self.reached = list(seen)
        self._columns = [0] * len(self.listed)
        for n, row in enumerate(self.reached):
            for atom in range(len(self.listed)):
                if row >> atom & 1:
                    self._columns[atom] |= 1 << n

    def views(self, structure: Structure) -> tuple[int, ...]:
        """What holds in a structure, for each assignment; nothing if it has too few members."""
        looker = Looker(structure.evaluator, self.listed, self.pool)
        return tuple(dict.fromkeys(looker.rows(structure.state)))

    def cubes(self, structure: Structure, size: int) -> Iterator[Cube]:
        """The sets of so many facts of a structure that no reached state has."""
        everywhere = (1 << len(self.reached)) - 1
        for view in self.views(structure):
            for grown in self._grown(view, size, (everywhere, 0)):
                yield frozenset((self.listed[a], holds) for a, holds in grown)

    def _grown(
        self, view: int, size: int, left: tuple[int, int]
    ) -> Iterator[frozenset[tuple[int, bool]]]:
        """Sets of exactly ``size`` facts of a view that leave no state, from an atom onwards."""
        states, first = left
        self.tried += 1
        if self.tried > CUBES_MAX:
            return
        for atom in range(first, len(self.listed)):
            column = self._columns[atom]
            holds = bool(view >> atom & 1)
            kept = states & column if holds else states & ~column
            if kept == states:
                continue
            if size == 1:
                if not kept:
                    yield frozenset(((atom, holds),))
            elif kept:
                for rest in self._grown(view, size - 1, (kept, atom + 1)):
                    yield rest | {(atom, holds)}


def candidates(
    mines: Iterable[Mine], structure: Structure, literals_max: int = LITERALS_MAX
) -> Iterator[Cube]:
    """The smallest sets of facts of a structure that no reached state has, smallest first."""
    found: list[Cube] = []
    for size in range(1, literals_max + 1):
        for mine in mines:
            for cube in mine.cubes(structure, size):
                if not any(smaller <= cube for smaller in found):
                    found.append(cube)
                    yield cube


def make_lemma(cube: Cube, name: str) -> Property:
    """That the facts of a cube never hold together."""
    facts = sorted(cube, key=lambda fact: expression(fact[0]))
    body = disjoin(tuple(negate(atom) if holds else atom for atom, holds in facts))
    used = sorted(free_variables(body), key=lambda v: (v.sort.name, v.name))
    apart = [
        e.Equal(e.TRUTH, a, b) for i, a in enumerate(used) for b in used[i + 1 :]
        if a.sort is b.sort
    ]  # fmt: skip
    whole = disjoin((body, *apart))
    sentence = f"Found by the search: {expression(whole)}."
    return Property(name, Mood.ALWAYS, tuple(used), whole, doc=sentence)


def open_mines(
    theory: Theory, sizes: Mapping[str, int], populations: Iterable[Population]
) -> tuple[Mine, ...]:
    """Mines with one variable of each sort, and with up to so many. Cost: as `Mine.learn`."""
    names = [s.name for s in theory.members]
    ways = product(*(range(1, sizes.get(name, 1) + 1) for name in names))
    mines = []
    for counts in sorted(ways, key=sum):
        pool = variables(theory, dict(zip(names, counts, strict=True)))
        mine = Mine(theory, pool, atoms(theory, pool))
        mine.learn(populations)
        mines.append(mine)
    return tuple(mines)
