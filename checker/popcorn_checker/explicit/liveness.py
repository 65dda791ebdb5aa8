"""Liveness under weak and strong fairness, by strong components of the state graph.

A run may rest in a state for ever unless a fair rule is enabled there. It may go round in a
component for ever if every weakly fair rule is taken or somewhere disabled in it, and every
strongly fair rule is taken or nowhere enabled. A trigger that can be followed by such a run, with
the goal never reached, refutes the property. Fairness is owed to each instance of an action.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from popcorn_checker.explicit import components, kernel
from popcorn_checker.explicit.assemble import Assembler
from popcorn_checker.explicit.search import Search
from popcorn_checker.ground import Grounder
from popcorn_checker.scopes import ScopeError
from popcorn_model.language import Fair
from popcorn_model.language import expr as e
from popcorn_model.language.properties import Property
from popcorn_model.language.simplify import conjoin, negate

BYTES_EDGE = 8
BYTES_STATE = 128  # offsets, depths, marks, and what the walks over the graph need
PIECE = 1 << 16  # states between two pauses
Step = tuple[int, int]
Flags = NDArray[np.bool_]
Numbers = NDArray[np.int64]
Edges = tuple[Numbers, NDArray[np.int32], NDArray[np.int32]]


@dataclass(frozen=True)
class Lasso:
    """A run that refutes a property: steps (rule, state) to a state, then a cycle back to it.

    An empty cycle means that the run rests there. ``values`` are the property's parameters.
    """

    stem: list[Step]
    cycle: list[Step]
    values: tuple[int, ...]

    @property
    def length(self) -> int:
        """Steps of the stem and of the cycle."""
        return len(self.stem) + len(self.cycle)


class StateGraph:
    """The edges of a completely explored state graph, by source.

    Raises: ScopeError when it would not fit into memory beside the search. Cost: 8 bytes an edge,
    128 a state, and one more exploration.
    """

    def __init__(self, search: Search, pause: Callable[[], None] = lambda: None) -> None:
        """Expand every state once more and look its successors up; ``pause`` may raise."""
        assert search.complete
        need = BYTES_EDGE * search.transitions + BYTES_STATE * search.states
        if search.bytes_used() + need > search.bytes_max:
            raise ScopeError(
                f"liveness needs the whole state graph in memory, {need >> 20:,} MB beside the "
                f"states: give --memory {(search.bytes_used() + need >> 20) + 1}M, a smaller "
                "--scope, or --no-liveness"
            )
        self.search = search
        self.pause = pause
        self.target = np.empty(search.transitions, np.int32)
        self.rule = np.empty(search.transitions, np.int32)
        self.offset = np.zeros(search.states + 1, np.int64)
        self._fill()
        self.depth = np.zeros(search.states, np.int64)
        for level in search.levels:
            self.depth[level:] += 1

    def _fill(self) -> None:
        search, count = self.search, 0
        work = search.scratch()
        for first in range(0, search.states, PIECE):
            self.pause()
            last = min(search.states, first + PIECE)
            offset = self.offset[first : last + 1]
            found = kernel.edges(
                search.program.tables, search.space, work, (first, last),
                (self.target[count:], self.rule[count:], offset),
            )  # fmt: skip
            offset += count
            count += found
        assert count == search.transitions, "the graph has other edges than the search took"

    @property
    def edges(self) -> Edges:
        """(offset, target, rule), as the compiled walks want them."""
        return self.offset, self.target, self.rule

    def holds(self, formula: e.Expr) -> Flags:
        """For each state, whether a ground formula holds."""
        self.pause()
        assembler = Assembler(self.search.program.layout)
        pc = assembler.guard([formula])
        code = np.array(assembler.code, dtype=np.int64).reshape(-1, 8)
        tables = self.search.program.tables._replace(code=code)
        out = np.zeros(self.search.states, np.bool_)
        kernel.mark(tables, self.search.space, self.search.scratch(), pc, out)
        return out

    def successors(self, i: int) -> Iterator[Step]:
        """Pairs (rule, state) that follow state ``i``."""
        for k in range(int(self.offset[i]), int(self.offset[i + 1])):
            yield int(self.rule[k]), int(self.target[k])


def refute(graph: StateGraph, prop: Property) -> Lasso | None:
    """A run that refutes an `eventually`, with a shortest stem; None when it holds.

    Raises: ScopeError when a formula is too large. Cost: a few passes over the graph for each
    instance of the property's parameters.
    """
    program = graph.search.program
    grounder = Grounder(program.model, program.scope)
    fair = _fairness(graph.search, prop)
    best: Lasso | None = None
    for values in grounder.instances(prop.params):
        bindings = grounder.bindings(prop.params, values)
        trigger = grounder.expression(prop.trigger, bindings)
        goal = grounder.expression(prop.body, bindings)
        if conjoin((trigger, negate(goal))) == e.NO:
            continue
        found = _refute_instance(graph, (trigger, goal), fair, values)
        if found is not None and (best is None or found.length < best.length):
            best = found
    return best


def _fairness(search: Search, prop: Property) -> NDArray[np.int8]:
    """For each rule 0, 1 or 2: no fairness, weak, strong."""
    asked: Mapping[str, Fair] = dict(prop.fair)
    grade = {Fair.NONE: 0, Fair.WEAK: 1, Fair.STRONG: 2}
    actions = search.program.model.actions
    grades = [
        grade[asked.get(actions[row.action].name, actions[row.action].fair)]
        if row.action >= 0 else 0
        for row in search.program.rows
    ]  # fmt: skip
    return np.array(grades or [0], dtype=np.int8)


def _refute_instance(
    graph: StateGraph, claim: tuple[e.Expr, e.Expr], fair: NDArray[np.int8],
    values: tuple[int, ...],
) -> Lasso | None:  # fmt: skip
    trigger, goal = claim
    waiting = ~graph.holds(goal)
    sources = np.flatnonzero(waiting & graph.holds(trigger))
    if not len(sources):
        return None
    dist, parent, by = components.distances(graph.edges, waiting, sources, graph.depth)
    region = dist < components.FAR
    resting = np.flatnonzero(components.rests(graph.edges, region, fair))
    best: tuple[int, int, list[Step]] | None = None
    if len(resting):
        end = int(resting[np.argmin(dist[resting])])
        best = (int(dist[end]), end, [])
    for members in _fair_components(graph, region, fair):
        entry = int(members[np.argmin(dist[members])])
        if best is None or int(dist[entry]) < best[0]:
            best = (int(dist[entry]), entry, _cycle(graph, members, fair, entry))
    if best is None:
        return None
    return Lasso(_stem(graph, best[1], parent, by), best[2], values)


def _stem(graph: StateGraph, end: int, parent: Numbers, by: Numbers) -> list[Step]:
    steps: list[Step] = []
    state = end
    while parent[state] >= 0:
        steps.append((int(by[state]), state))
        state = int(parent[state])
    return graph.search.path(state) + steps[::-1]


# --- fair components ----------------------------------------------------------------------------


def _fair_components(
    graph: StateGraph, region: Flags, fair: NDArray[np.int8]
) -> Iterator[Numbers]:
    """The states of each component of a region in which a fair run can stay for ever."""
    component, found = components.components(graph.edges, region)
    loops = components.cyclic(graph.edges, component, found)
    order = np.argsort(component, kind="stable")
    starts = np.searchsorted(component[order], np.arange(found + 1))
    for number in np.flatnonzero(loops):
        members = order[starts[number] : starts[number + 1]]
        yield from _refine(graph, members, fair)


def _refine(graph: StateGraph, members: Numbers, fair: NDArray[np.int8]) -> Iterator[Numbers]:
    """The component itself if it is fair; else what is left without the states that make a
    strongly fair rule enabled in vain, taken apart again."""
    inside = set(map(int, members))
    enabled: dict[int, set[int]] = {}
    taken: set[int] = set()
    for i in inside:
        for rule, j in graph.successors(i):
            if fair[rule]:
                enabled.setdefault(rule, set()).add(i)
                if j in inside:
                    taken.add(rule)
    in_vain = {r: where for r, where in enabled.items() if r not in taken}
    if any(len(where) == len(inside) for where in in_vain.values()):
        return
    strong = set().union(*(w for r, w in in_vain.items() if fair[r] == 2))
    if not strong:
        yield members
        return
    region = np.zeros(graph.search.states, np.bool_)
    region[list(inside - strong)] = True
    if region.any():
        yield from _fair_components(graph, region, fair)


def _cycle(
    graph: StateGraph, members: Numbers, fair: NDArray[np.int8], entry: int
) -> list[Step]:
    """A cycle through a fair component that gives every fair rule its due."""
    inside = set(map(int, members))
    taken: dict[int, int] = {}
    enabled: dict[int, set[int]] = {}
    for i in sorted(inside):
        for rule, j in graph.successors(i):
            if fair[rule]:
                enabled.setdefault(rule, set()).add(i)
                if j in inside:
                    taken.setdefault(rule, i)
    walk: list[Step] = []
    at = entry
    for rule, where in sorted(enabled.items()):
        done = any(r == rule for r, _ in walk)
        if rule in taken and not done:
            walk += _way(graph, inside, at, taken[rule])
            step = next((r, j) for r, j in graph.successors(taken[rule])
                        if r == rule and j in inside)  # fmt: skip
            walk.append(step)
            at = step[1]
        elif rule not in taken and not {at, *(s for _, s in walk)} - where:
            free = min(inside - where)
            walk += _way(graph, inside, at, free)
            at = free
    if at == entry and walk:
        return walk
    return walk + _way(graph, inside, at, entry, at_least_one=True)


def _way(
    graph: StateGraph, inside: set[int], start: int, end: int, at_least_one: bool = False
) -> list[Step]:
    """A shortest walk inside a component."""
    if start == end and not at_least_one:
        return []
    before: dict[int, tuple[int, int]] = {}
    queue = deque([start])
    while queue:
        i = queue.popleft()
        for rule, j in graph.successors(i):
            if j in inside and j not in before:
                before[j] = (rule, i)
                queue.append(j)
        if end in before:
            break
    steps: list[Step] = []
    at = end
    while True:
        rule, previous = before[at]
        steps.append((rule, at))
        at = previous
        if at == start:
            return steps[::-1]
