"""The states that a model can reach at small scopes, as states of the evaluator."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import permutations, product
from typing import Any, Final

from popcorn_checker.engines import explore
from popcorn_checker.evaluate import Evaluator, State
from popcorn_checker.exploring import Effort, Exploration, Subject
from popcorn_checker.scopes import make_scope, show_scope, sorts_of
from popcorn_checker.trace import Trace
from popcorn_checker.tracing import Claim as Shown
from popcorn_checker.tracing import make_trace
from popcorn_model.language import expr as e
from popcorn_proofs.claim import Theory
from popcorn_proofs.structures import Structure, named_members

STATES_MAX: Final = 40_000
SECONDS: Final = 8.0


@dataclass
class Population:
    """Everything that can be reached at one scope, or as much of it as is looked at."""

    subject: Subject
    found: Exploration

    @property
    def sizes(self) -> str:
        """How many members each sort has."""
        names = sorts_of(self.subject.model)
        entries = self.subject.scope.entries
        return show_scope({n: v for n, v in entries.items() if n in names})

    @cached_property
    def states(self) -> list[State]:
        """The states, in the order in which they were found."""
        search = self.found.search
        assert search is not None
        count = min(self.found.states, STATES_MAX)
        return [search.program.layout.decoded(search.row(i)) for i in range(count)]

    @property
    def complete(self) -> bool:
        """All that can be reached is there."""
        return self.found.complete and self.found.states <= STATES_MAX

    @property
    def evaluator(self) -> Evaluator:
        """The oracle at this scope."""
        return self.subject.evaluator

    def failing(self, prop: str) -> int | None:
        """The first state in which a lemma or safety property fails; None if it always holds."""
        number = self.found.seen.get(prop, -1)
        return number if number >= 0 else None

    def run_to(self, number: int) -> Trace:
        """A shortest run to a state."""
        return make_trace(self.evaluator, self.found.run(number), Shown())


def populate(theory: Theory, scope: str, seconds: float = SECONDS) -> Population:
    """Explore at a scope, and watch the lemmas and safety properties of the theory there.

    Raises: ScopeError. Cost: the states, up to a limit of time.
    """
    watched = {p.name: p for p in (*theory.lemmas, *theory.safety)}
    model = replace(theory.model, properties=tuple(watched.values()), ends=None)
    subject = Subject(model, make_scope(model, scope))
    return Population(subject, explore(subject, Effort(seconds=seconds, bytes_max=2 << 30)))


def find_embedded(population: Population, structure: Structure) -> int | None:
    """The first state that looks like the structure to some of its members; None if none does.

    The distinguished members are themselves; a state that also has other members counts.
    """
    ways = list(_embeddings(population, structure))
    for number, state in enumerate(population.states):
        if any(all(state[there] == value for there, value in way) for way in ways):
            return number
    return None


Renaming = dict[e.SortInfo, tuple[int, ...]]


def _embeddings(
    population: Population, structure: Structure
) -> Iterator[list[tuple[int, Any]]]:
    """For each way to take the members for others: the cells that must agree, with values."""
    small, large = structure.evaluator, population.evaluator
    named: dict[e.SortInfo, set[int]] = {}
    for node in named_members(structure.theory):
        named.setdefault(node.sort, set()).add(node.position)
    sorts = structure.theory.members
    choices = []
    for sort in sorts:
        fixed = named.get(sort, set())
        ways = permutations(range(large.scope.size(sort)), small.scope.size(sort))
        choices.append([w for w in ways if all(w[i] == i for i in fixed if i < len(w))])
    for chosen in product(*choices):
        names: Renaming = dict(zip(sorts, chosen, strict=True))
        yield [
            (large.slot[family, _index(family, index, names)], _renamed(family, value, names))
            for (family, index), value in zip(small.slot, structure.state, strict=True)
        ]


def _index(family: Any, index: tuple[int, ...], names: Renaming) -> tuple[int, ...]:
    return tuple(
        names[s][i] if s in names else i for s, i in zip(family.index, index, strict=True)
    )


def _renamed(family: Any, value: Any, names: Renaming) -> Any:
    if isinstance(family, e.QueueInfo):
        return tuple(_value(family.sort, x, names) for x in value)
    return _value(family.sort, value, names)


def _value(sort: e.SortInfo, value: Any, names: Renaming) -> Any:
    match sort.kind:
        case e.SortKind.MEMBERS:
            return names[sort][value]
        case e.SortKind.MAYBE if value is not None and sort.of is not None:
            return _value(sort.of, value, names)
        case e.SortKind.MESSAGE if value is not None:
            kind = next(k for k in sort.kinds if k.name == value[0])
            fields = zip(kind.fields, value[1], strict=True)
            return (value[0], tuple(_value(s, x, names) for (_, s), x in fields))
    return value
