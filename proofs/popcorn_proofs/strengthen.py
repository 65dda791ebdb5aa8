"""Automatic strengthening: an inductive invariant from the safety properties alone.

The search goes round: where the invariant so far is not inductive, there is a small structure that
shows it; among the clauses over the model's atoms that hold in every small reachable state, the
shortest that this structure violates joins the invariant. A clause whose own structures nothing
violates was true by accident of the small scopes: it goes, and does not come back. When no small
structure is left, the obligations are proved for all sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from popcorn_checker.errors import InternalError, UsageError
from popcorn_model.language import Property
from popcorn_model.language.prose import expression
from popcorn_proofs.atoms import widths
from popcorn_proofs.claim import Theory
from popcorn_proofs.mining import Cube, Mine, candidates, make_lemma, open_mines
from popcorn_proofs.population import Population, populate
from popcorn_proofs.script import Obligation
from popcorn_proofs.structures import Finder, Structure

ROUNDS_MAX: Final = 200
WIDTH: Final = 60  # candidates of one structure that are compared
STATES_MAX: Final = 5_000  # states of a scope that is mined


@dataclass
class Search:
    """One search: what is known so far, and what was tried.

    ``kept`` are the obligations that have no small structure against them.
    """

    theory: Theory
    mines: tuple[Mine, ...]
    finder: Finder
    lemmas: dict[str, Property]
    told: Callable[[str], None]
    cubes: dict[str, Cube] = field(default_factory=dict)
    banned: set[Cube] = field(default_factory=set)
    structures: list[Structure] = field(default_factory=list)
    kept: set[Obligation] = field(default_factory=set)
    candidates: int = 0
    dropped: int = 0
    succeeded: bool = False

    @property
    def summary(self) -> str:
        """What was tried."""
        tried = sum(m.tried for m in self.mines)
        return (f"{len(self.structures)} structures, {tried:,} sets of facts looked at, "
                f"{self.candidates:,} candidates compared, {len(self.cubes)} found, "
                f"{self.dropped} given up")  # fmt: skip

    def run(self) -> bool:
        """Search until nothing small is left; whether that succeeded."""
        for _ in range(ROUNDS_MAX):
            found = self._structure()
            if found is None:
                return True
            if not self._exclude(found):
                return False
        return False

    def needed(self) -> tuple[Property, ...]:
        """The lemmas that the safety properties need, and those that these need, and so on.

        Together they are an inductive invariant without the others. Raises: InternalError.
        """
        lemmas, wanted = tuple(self.lemmas.values()), list(self.theory.safety)
        found: dict[str, Property] = {p.name: p for p in wanted}
        while wanted:
            lemma = wanted.pop()
            for action in self.theory.model.actions:
                names = self.finder.used(Obligation(action.name, lemma.name), lemma, lemmas)
                if names is None:
                    raise InternalError(f"{lemma.name} was kept by {action.name}, and is not now")
                for name in sorted(names - found.keys()):
                    found[name] = self.lemmas[name]
                    wanted.append(found[name])
        return tuple(p for p in lemmas if p.name in found)

    def _structure(self) -> Structure | None:
        """A small structure that shows that the invariant is not inductive yet."""
        lemmas = tuple(self.lemmas.values())
        for lemma in lemmas:
            for action in self.theory.model.actions:
                asked = Obligation(action.name, lemma.name)
                if asked in self.kept:
                    continue
                structure = self.finder.find(asked, lemma, lemmas)
                if structure is not None:
                    return structure
                self.kept.add(asked)
        return None

    def _exclude(self, structure: Structure) -> bool:
        self.structures.append(structure)
        best: tuple[tuple[int, int], Cube] | None = None
        for number, cube in enumerate(candidates(self.mines, structure)):
            if number >= WIDTH or (best is not None and len(cube) > best[0][0]):
                break
            if cube in self.banned:
                continue
            self.candidates += 1
            lemma = make_lemma(cube, "candidate")
            score = (len(cube), sum(s.evaluator.holds(lemma, s.state) for s in self.structures))
            if best is None or score < best[0]:
                best = (score, cube)
        if best is None:
            return self._drop(structure)
        name = f"found_{len(self.cubes) + self.dropped + 1}"
        self.cubes[name] = best[1]
        self.lemmas[name] = make_lemma(best[1], name)
        self.told(f"{structure.obligation.id} fails in a structure of "
                  f"{_show(structure.sizes)}; {name}: {_body(self.lemmas[name])}")  # fmt: skip
        return True

    def _drop(self, structure: Structure) -> bool:
        """A found clause that cannot be kept goes; a safety property cannot."""
        goal = structure.obligation.goal
        if goal not in self.cubes:
            self.told(f"{structure.obligation.id} fails, and no candidate excludes the structure")
            return False
        self.told(f"{goal} goes: no candidate excludes a structure in which it is not kept")
        self.banned.add(self.cubes.pop(goal))
        del self.lemmas[goal]
        self.dropped += 1
        self.kept.clear()
        return True


def _show(sizes: Mapping[str, int]) -> str:
    return ", ".join(f"{n} {name}" for name, n in sizes.items())


def _body(lemma: Property) -> str:
    return expression(lemma.body)


def strengthen(theory: Theory, told: Callable[[str], None]) -> Search:
    """Search for an inductive invariant, from the safety properties of a claim alone.

    The lemmas of the claim are not looked at. Raises: UsageError when no probe of the claim is
    small. Cost: one query for each lemma and action in each round, and the atoms in each state.
    """
    bare = theory.with_lemmas(theory.safety)
    small = [p for p in (populate(bare, scope) for scope in theory.claim.probes) if _is_small(p)]
    if not small:
        raise UsageError(f"claim {theory.claim.id} names no scope that is small enough to mine")
    mines = open_mines(bare, widths(bare), small)
    told(f"reached: {'; '.join(f'{len(p.states):,} states at {p.sizes}' for p in small)}")
    for mine in mines:
        told(f"{len(mine.listed)} atoms over {', '.join(v.name for v in mine.pool)}, in "
             f"{len(mine.reached):,} combinations")  # fmt: skip
    search = Search(bare, mines, Finder(bare), {p.name: p for p in theory.safety}, told)
    search.succeeded = search.run()
    return search


def _is_small(population: Population) -> bool:
    return population.complete and population.found.states <= STATES_MAX
