"""Mutations that a design lists: each is refuted, or changes nothing, or is outside the model.

Whoever designs a protocol knows how it could be got wrong, and writes it down. Here such a list is
kept beside the protocol: each row is an edit of its data and a ground on which it is hunted. A
mutation that nothing refutes is equivalent if it has the same states and the same steps between
them as the right protocol, on a ground where that can be seen one by one; otherwise it survives,
which is a failure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from popcorn_checker.engines import explore
from popcorn_checker.exploring import Effort, Subject
from popcorn_checker.lookup import find_protocol
from popcorn_checker.mutants.editing import Edit
from popcorn_checker.mutants.hunting import Fate, find_failure
from popcorn_checker.scopes import make_scope
from popcorn_model.language import Model, Protocol
from popcorn_model.language.mutate import find_mutation

if TYPE_CHECKING:
    from networkx import MultiDiGraph

OUTSIDE: Final = "outside the model"
Edge = tuple[object, object, object]


def _nothing(protocol: Protocol) -> Protocol:
    return protocol


@dataclass(frozen=True)
class Planned:
    """One listed mutation: an edit, a guard or update that is dropped by the id of that mutation,
    or switches that are set otherwise; and where it is hunted.

    ``ground`` changes the surroundings of the right protocol and of the wrong one alike. With
    ``outside`` the model cannot say it, for that reason. ``same_at`` is a small scope at
    which a mutation that nothing refutes is compared with the right protocol, step by step. Only
    the properties that it ``asks`` count, if any are named, and deadlock: where others only say
    how the right protocol writes its state.
    """

    id: str
    sentence: str
    edit: Edit = _nothing
    scope: str = ""
    parts: tuple[str, ...] = ()
    ground: Edit = _nothing
    settings: Mapping[str, str] = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)
    same_at: str = ""
    asks: tuple[str, ...] = ()
    outside: str = ""
    mutation: str = ""
    protocol: str = "popcorn-2020"
    variant: str = "repaired"

    def subject(self, scope: str = "", mutated: bool = True) -> Subject:
        """The wrong protocol, or the right one, at its scope or another.

        Raises: ModelError when there is nothing to change; UsageError; ScopeError.
        """
        protocol = self.ground(find_protocol(self.protocol))
        settings = {**self.settings, **self.wrong} if mutated else self.settings
        edited = self.edit(protocol) if mutated else protocol
        model: Model = edited.configured(self.variant, settings, self.parts or None)
        if mutated and self.mutation:
            model = find_mutation(model, self.mutation).apply(model)
        kept = tuple(p for p in model.properties if not self.asks or p.name in self.asks)
        return Subject(replace(model, properties=kept), make_scope(model, scope or self.scope))


@dataclass(frozen=True)
class Met:
    """What became of a listed mutation."""

    planned: Planned
    fate: str
    by: str = ""
    length: int | None = None
    states: int = 0
    seconds: float = 0.0

    @property
    def explained(self) -> bool:
        """It is refuted, or nothing is wrong with it, or the model does not speak of it."""
        return self.fate in (Fate.REFUTED.value, Fate.EQUIVALENT.value, OUTSIDE)

    def to_json(self) -> dict[str, object]:
        """The result as plain data."""
        planned = self.planned
        return {
            "id": planned.id,
            "sentence": planned.sentence,
            "fate": self.fate,
            "by": self.by,
            "length": self.length,
            "scope": planned.scope,
            "settings": {**planned.settings, **planned.wrong},
            "parts": list(planned.parts),
            "states": self.states,
            "seconds": round(self.seconds, 3),
        }


def meet(planned: Planned, effort: Effort) -> Met:
    """Hunt one listed mutation.

    Raises: ModelError, ScopeError for an edit or scope that does not fit. Cost: the states of its
    scope, and where nothing refutes it, of the small one by the slow evaluator, twice.
    """
    if planned.outside:
        return Met(planned, OUTSIDE, planned.outside)
    subject = planned.subject()
    found = explore(subject, replace(effort, first=True))
    by, length = find_failure(subject, found)
    done = (by, length, found.states, found.seconds)
    if by:
        return Met(planned, Fate.REFUTED.value, *done)
    if not found.complete:
        return Met(planned, Fate.UNDECIDED.value, found.stopped, None, *done[2:])
    if planned.same_at and is_same(planned):
        where = f"the same states and steps at {planned.same_at}"
        return Met(planned, Fate.EQUIVALENT.value, where, None, *done[2:])
    return Met(planned, Fate.SURVIVOR.value, "", None, *done[2:])


def is_same(planned: Planned) -> bool:
    """The wrong protocol has the states and steps of the right one at the scope for comparing."""
    right = planned.subject(planned.same_at, mutated=False)
    return _graph(right) == _graph(planned.subject(planned.same_at))


def _graph(subject: Subject) -> tuple[set[object], set[Edge]]:
    bare = replace(subject.model, properties=())  # only the graph is compared
    graph = explore(replace(subject, model=bare), Effort(engine="networkx")).graph
    assert graph is not None  # that engine has one
    states = {i: graph.nodes[i]["state"] for i in graph}
    return set(states.values()), {(states[i], key, states[j]) for i, j, key in _edges(graph)}


def _edges(graph: MultiDiGraph[int]) -> list[tuple[int, int, object]]:
    return list(graph.edges(keys=True))


def find_wrong_grounds(listed: Iterable[Planned], effort: Effort) -> tuple[str, ...]:
    """Where the right protocol fails: what mutants come to there says nothing.

    Raises: ModelError, ScopeError. Cost: the states of every ground, once.
    """
    grounds = {
        (p.protocol, p.variant, p.scope, p.parts, p.ground, tuple(p.settings.items())): p
        for p in listed if not p.outside
    }  # fmt: skip
    failed = []
    for planned in grounds.values():
        subject = planned.subject(mutated=False)
        by, _ = find_failure(subject, explore(subject, replace(effort, first=True)))
        failed += [f"{by} at {planned.scope}"] if by else []
    return tuple(failed)
