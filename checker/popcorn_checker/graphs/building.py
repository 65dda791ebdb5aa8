"""From a request to its state graph, whole up to a limit, or a slice of it around one state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

import networkx as nx
import numpy as np

from popcorn_checker.checking import Request, make_subject
from popcorn_checker.engines import explore
from popcorn_checker.errors import Interrupted, UsageError
from popcorn_checker.evaluate import Evaluator, Firing, State, StepFault
from popcorn_checker.explain import member, words
from popcorn_checker.exploring import Effort, Exploration, Subject, firing_of
from popcorn_checker.graphs.cells import CellNames, Cells
from popcorn_checker.graphs.predicates import formula_of, parse_predicate
from popcorn_checker.ground import Grounder
from popcorn_checker.scopes import ScopeError
from popcorn_checker.verdict import DEADLOCK_CHECK
from popcorn_model.language import Mood
from popcorn_model.language import expr as e

if TYPE_CHECKING:
    from popcorn_checker.explicit.search import Progress

    Graph = nx.MultiDiGraph[int]

STATES_MAX: Final = 100_000
"""The most states of a graph, unless told otherwise: about a minute and a gigabyte."""


def state_graph(
    request: Request, effort: Effort | None = None, states_max: int = STATES_MAX
) -> Graph:
    """The whole state graph of a protocol at a scope.

    Raises: ScopeError above ``states_max`` states, or when the effort does not suffice; whatever
    `make_subject` raises. Cost: the exploration, then about 10 kB a state.
    """
    subject = make_subject(request)
    source = _explored(subject, effort or Effort(), states_max)
    return _draw(source, range(source.found.states))


def slice_around(
    request: Request, predicate: str, radius: int, states_max: int = STATES_MAX,
    effort: Effort | None = None,
) -> Graph:  # fmt: skip
    """The states at most ``radius`` steps after or before the first state with the predicate.

    That state is the slice's ``start``; the whole graph is explored and need not fit the limit.
    Raises: UsageError when no state has the predicate; ScopeError when the slice has more than
    ``states_max`` states. Cost: the exploration, 16 bytes a transition, then as `state_graph`.
    """
    subject = make_subject(request)
    stuck = predicate == DEADLOCK_CHECK
    formula = e.NO if stuck else parse_predicate(predicate, subject.model, subject.scope)
    source = _explored(subject, effort or Effort(), None)
    hits = [int(i) for i in np.flatnonzero(source.holds(formula))[:1]]
    hits += [source.found.deadlock] if stuck and source.found.deadlock >= 0 else []
    if not hits:
        raise UsageError(
            f"none of the {source.found.states:,} states of this scope has {predicate}, so there "
            "is nothing to look around"
        )
    centre = hits[0]
    inside = {centre}
    for ways in (source.after, source.before):
        inside |= _ball(ways, centre, radius, states_max)
    if len(inside) > states_max:
        raise _too_large_slice(states_max, radius)
    return _draw(source, sorted(inside), centre)


def _ball(ways: Ways, centre: int, radius: int, states_max: int) -> set[int]:
    inside = frontier = {centre}
    for _ in range(radius):
        frontier = ways(frontier) - inside
        inside = inside | frontier
        if len(inside) > states_max:
            raise _too_large_slice(states_max, radius)
    return inside


def _too_large_slice(states_max: int, radius: int) -> ScopeError:
    return ScopeError(
        f"more than {states_max:,} states lie within {radius} steps; take a smaller --radius, or "
        "a larger --limit"
    )


# --- what both engines know ---------------------------------------------------------------------


class Ways(Protocol):
    """Leads from a set of states to those one step on, or one step back."""

    def __call__(self, states: set[int], /) -> set[int]: ...


class _Source(Protocol):
    """A completely explored state graph."""

    subject: Subject
    found: Exploration

    def raw(self, i: int) -> State: ...
    def steps(self, i: int) -> Iterator[tuple[Firing, int]]: ...
    def holds(self, formula: e.Expr) -> Sequence[bool]: ...
    def after(self, states: set[int], /) -> set[int]: ...
    def before(self, states: set[int], /) -> set[int]: ...


class _Compiled:
    """The graph of the explicit engine; formulas are compiled as well."""

    def __init__(self, subject: Subject, found: Exploration) -> None:
        from popcorn_checker.explicit.liveness import StateGraph

        assert found.search is not None
        self.subject = subject
        self.found = found
        self.search = found.search
        self.whole = StateGraph(self.search)

    def raw(self, i: int) -> State:
        return self.search.program.layout.decoded(self.search.row(i))

    def steps(self, i: int) -> Iterator[tuple[Firing, int]]:
        for rule, j in self.whole.successors(i):
            yield firing_of(self.search, rule), j

    def holds(self, formula: e.Expr) -> Sequence[bool]:
        grounder = Grounder(self.subject.model, self.subject.scope)
        found: Sequence[bool] = self.whole.holds(grounder.expression(formula, {}))  # type: ignore[assignment]
        return found

    def after(self, states: set[int], /) -> set[int]:
        return {j for i in states for _, j in self.whole.successors(i)}

    def before(self, states: set[int], /) -> set[int]:
        edges = np.flatnonzero(np.isin(self.whole.target, np.array(sorted(states))))
        sources = np.searchsorted(self.whole.offset, edges, side="right") - 1
        return set(map(int, sources))


class _Drawn:
    """The graph of the networkx engine; formulas are evaluated state by state."""

    def __init__(self, subject: Subject, found: Exploration) -> None:
        assert found.graph is not None
        self.subject = subject
        self.found = found
        self.graph: Graph = found.graph
        self.evaluator: Evaluator = subject.evaluator

    def raw(self, i: int) -> State:
        state: State = self.graph.nodes[i]["state"]
        return state

    def steps(self, i: int) -> Iterator[tuple[Firing, int]]:
        for _, j, firing in self.graph.edges(i, keys=True):
            yield firing, j

    def holds(self, formula: e.Expr) -> Sequence[bool]:
        return [self.evaluator.value(formula, self.raw(i), {}) for i in range(len(self.graph))]

    def after(self, states: set[int], /) -> set[int]:
        return {j for i in states for j in self.graph.successors(i)}

    def before(self, states: set[int], /) -> set[int]:
        return {j for i in states for j in self.graph.predecessors(i)}


def _explored(subject: Subject, effort: Effort, states_max: int | None) -> _Source:
    """Explore, and refuse more than so many states as soon as they are there."""

    def look(now: Progress | str) -> None:
        too_many = states_max is not None and not isinstance(now, str) and now.states > states_max
        if states_max is not None and too_many:
            raise _too_large(states_max)
        if effort.report is not None:
            effort.report(now)

    found = explore(subject, replace(effort, report=look))
    if states_max is not None and found.states > states_max:
        raise _too_large(states_max)
    if found.stopped == "interrupted":
        raise Interrupted
    if not found.complete:
        raise ScopeError(
            f"the graph is not complete: the search ended after {found.states:,} states at the "
            f"limit of its {'time' if found.stopped == 'budget' else found.stopped}; take a "
            "smaller --scope"
        )
    if found.search is None and found.graph is None:
        raise UsageError(f"the {effort.engine} engine makes no graph; take explicit or networkx")
    return _Drawn(subject, found) if found.graph is not None else _Compiled(subject, found)


def _too_large(states_max: int) -> ScopeError:
    return ScopeError(
        f"this scope has more than {states_max:,} states, the limit of a graph that is asked as a "
        "whole; take a smaller --scope, a slice of it (--around PREDICATE --radius N), or a larger "
        "--limit"
    )


# --- drawing ------------------------------------------------------------------------------------


def _draw(source: _Source, inside: Iterable[int], start: int = 0) -> Graph:
    """The part of a graph between these states, with everything that a node and an edge say."""
    subject, found = source.subject, source.found
    evaluator, names = subject.evaluator, CellNames(subject.evaluator)
    graph: Graph = nx.MultiDiGraph(subject=subject, start=start, way=found.run(start),
                                    fault=found.fault.text if found.fault else "")  # fmt: skip
    chosen = inside if isinstance(inside, range) else set(inside)
    broken = {
        p.name: source.holds(formula_of(p))
        for p in subject.model.properties
        if p.mood is Mood.ALWAYS
    }
    depth, shown = 0, _Shown(evaluator)
    for i in sorted(chosen):
        while found.levels[depth] <= i:
            depth += 1
        violates = ", ".join(name for name, held in broken.items() if not held[i])
        state = Cells(names, source.raw(i))
        graph.add_node(i, state=state, depth=depth, initial=i == 0, violates=violates)
    for i in sorted(chosen):
        stuck = True
        for firing, j in source.steps(i):
            stuck = False
            if j in chosen:
                graph.add_edge(i, j, key=firing, action=firing.action, params=shown.params(firing))
        graph.nodes[i]["deadlock"] = stuck and _is_deadlock(evaluator, source.raw(i))
    return graph


def _is_deadlock(evaluator: Evaluator, state: State) -> bool:
    """Nothing is possible here, not even a step without meaning, and a run may not end here."""
    ends = evaluator.model.ends
    if ends is not None and evaluator.reaches(ends, state):
        return False
    try:
        return not any(True for _ in evaluator.successors(state))
    except StepFault:
        return False


class _Shown:
    """Parameters as traces show them; each firing's text is made once."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.scope = evaluator.scope
        self.params_of = {a.name: a.params for a in evaluator.model.actions}
        self.texts: dict[Firing, str] = {}

    def params(self, firing: Firing) -> str:
        """``t=t0, k=k1``."""
        if firing not in self.texts:
            pairs = zip(self.params_of[firing.action], firing.values, strict=True)
            self.texts[firing] = ", ".join(
                f"{var.name}={words(member(self.scope, var.sort, value))}" for var, value in pairs
            )
        return self.texts[firing]
