"""The plain engines: the evaluator with a queue, slow, obviously right, judge of the compiled one.

One of them keeps states in a list, the other draws them into a networkx graph, so that what it
counts are the nodes and edges of a graph that anybody can look at.
"""

from __future__ import annotations

import resource
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from popcorn_checker.evaluate import Firing, State, StepFault
from popcorn_checker.exploring import Effort, Exploration, FaultSeen, Run, Subject
from popcorn_checker.verdict import DEADLOCK_CHECK, FAULT_CHECK
from popcorn_model.language import Mood

if TYPE_CHECKING:
    from networkx import MultiDiGraph

    from popcorn_checker.explicit.search import Progress

LOOK: Final = 1024  # states between two looks at the memory, and between two reports


def explore_plainly(subject: Subject, effort: Effort) -> Exploration:
    """Explore with the evaluator alone. Cost: some thousand states a second."""
    return _Plain(subject).explored(effort)


def explore_into_networkx(subject: Subject, effort: Effort) -> Exploration:
    """Explore with the evaluator into a networkx graph, whose nodes and edges are what is counted.

    Cost: some thousand states a second, and about 5 kB a state.
    """
    drawn = _Drawn(subject)
    found = drawn.explored(effort)
    nodes, edges = drawn.graph.number_of_nodes(), drawn.graph.number_of_edges()
    return replace(found, states=nodes, transitions=edges, graph=drawn.graph)


class _Plain:
    """A breadth-first search with the evaluator; states in a list, parents beside them."""

    def __init__(self, subject: Subject) -> None:
        self.evaluator = subject.evaluator
        self.model = subject.model
        self.log: list[State] = [self.evaluator.initial()]
        self.parents: list[tuple[int, Firing] | None] = [None]
        self.number = {self.log[0]: 0}
        self.levels: list[int] = []
        self.seen: dict[str, int] = {}
        self.fired = {a.name: 0 for a in subject.model.actions}
        self.transitions = self.deadlocks = 0
        self.deadlock = -1
        self.fault: FaultSeen | None = None
        self.began = time.monotonic()
        self.bytes_before = _bytes_used()

    def explored(self, effort: Effort) -> Exploration:
        """Search as far as the effort allows; what was found."""
        try:
            stopped = self._loop(effort)
        except KeyboardInterrupt:
            stopped = "interrupted"
        return Exploration(
            states=len(self.log),
            transitions=self.transitions,
            levels=self.levels,
            complete=not stopped,
            stopped=stopped,
            seconds=time.monotonic() - self.began,
            seen=self.seen,
            fired=self.fired,
            run=self.run,
            deadlock=self.deadlock,
            deadlocks=self.deadlocks,
            fault=self.fault,
        )

    def _loop(self, effort: Effort) -> str:
        """Expand every state; why it stopped before the last, or nothing."""
        head = 0
        while head < len(self.log):
            if not self.levels or head == self.levels[-1]:
                self.levels.append(len(self.log))
            self._look(head)
            self._expand(head)
            head += 1
            if head < len(self.log) and (stopped := self._over(effort, head)):
                return stopped
        return ""

    def _over(self, effort: Effort, head: int) -> str:
        """Why to stop here, or nothing."""
        found = [at for name, at in self._known().items() if name in effort.stop_at]
        if found and (not effort.linger or head >= min(found) + effort.linger):
            return "found"
        if effort.seconds is not None and time.monotonic() - self.began > effort.seconds:
            return "budget"
        if head % LOOK == 0:
            if effort.report is not None:
                effort.report(self._progress(head))
            if _bytes_used() - self.bytes_before > effort.bytes_max:
                return "memory"
        return ""

    def _progress(self, head: int) -> Progress:
        from popcorn_checker.explicit.search import Progress

        return Progress(len(self.log), head, self.transitions, len(self.levels),
                        time.monotonic() - self.began, _bytes_used())  # fmt: skip

    def _known(self) -> dict[str, int]:
        """The properties seen and the engine checks that failed, with the first state of each."""
        stuck = {DEADLOCK_CHECK: self.deadlock} if self.deadlock >= 0 else {}
        return {**self.seen, **stuck, **({FAULT_CHECK: self.fault.state} if self.fault else {})}

    def _look(self, i: int) -> None:
        for prop in self.model.properties:
            if prop.name in self.seen or prop.mood is Mood.EVENTUALLY:
                continue
            if prop.mood is Mood.ALWAYS:
                hit = not self.evaluator.holds(prop, self.log[i])
            else:
                hit = self.evaluator.reaches(prop, self.log[i])
            if hit:
                self.seen[prop.name] = i

    def _expand(self, i: int) -> None:
        enabled, faults = 0, 0
        for action, firing in self.evaluator.firings:
            try:
                after = self.evaluator.fire(self.log[i], action, firing)
            except StepFault as error:
                faults += 1
                self._note_fault(FaultSeen(i, firing, error.kind, str(error), 1), faults)
                continue
            if after is not None:
                enabled += 1
                self.fired[firing.action] += 1
                self._add(after, (i, firing))
        self.transitions += enabled
        if not enabled and not faults and not self._may_end(i):
            self.deadlock = i if self.deadlock < 0 else self.deadlock
            self.deadlocks += 1

    def _note_fault(self, fault: FaultSeen, faults_here: int) -> None:
        if self.fault is None:
            self.fault = fault
        elif faults_here == 1:
            first = self.fault
            self.fault = FaultSeen(
                first.state, first.firing, first.kind, first.text, first.count + 1
            )

    def _add(self, state: State, parent: tuple[int, Firing]) -> None:
        """Note a step to a state, which may be new."""
        if state not in self.number:
            self.number[state] = len(self.log)
            self.log.append(state)
            self.parents.append(parent)

    def _may_end(self, i: int) -> bool:
        ends = self.model.ends
        return ends is not None and self.evaluator.reaches(ends, self.log[i])

    def run(self, i: int) -> Run:
        """The way to a state."""
        found: Run = []
        while (parent := self.parents[i]) is not None:
            found.append((parent[1], self.log[i]))
            i = parent[0]
        return found[::-1]


class _Drawn(_Plain):
    """The same search, which draws what it sees: a node is a state, an edge's key is its firing.

    It is a MultiDiGraph (a DiGraph that admits parallel edges), because two steps may lead from
    one state to one other, and each of them is a transition.
    """

    def __init__(self, subject: Subject) -> None:
        import networkx

        super().__init__(subject)
        self.graph: MultiDiGraph[int] = networkx.MultiDiGraph()
        self.graph.add_node(0, state=self.log[0])

    def _add(self, state: State, parent: tuple[int, Firing]) -> None:
        super()._add(state, parent)
        self.graph.add_node(self.number[state], state=state)
        self.graph.add_edge(parent[0], self.number[state], key=parent[1])


def _bytes_used() -> int:
    """The most memory that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
