"""Breadth-first search: exact, exhaustive within its bounds, with shortest traces.

States are kept in discovery order in one log, which is the queue, the source of traces and the
checkpoint; beside it stands an index by hash. No parent is stored: state *i* was found while the
block of 256 states whose interval holds *i* was expanded, so that block is expanded again.
"""

from __future__ import annotations

import mmap
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

import numpy as np
from numpy.typing import NDArray

from popcorn_checker.explicit import kernel
from popcorn_checker.explicit.lower import Program
from popcorn_checker.explicit.symmetry import Quotient
from popcorn_checker.explicit.tables import Space, Work, make_work
from popcorn_checker.verdict import DEADLOCK_CHECK, FAULT_CHECK

Words = NDArray[np.int64]
CHUNK = 1 << 17  # states between two looks at the clock, the limits and Ctrl-C
NUMBER_MAX = (1 << 32) - 2  # the index has 32 bits for a state's number
SLOTS_MIN = 1 << 14  # of an index; a power of two, as all its sizes are


@dataclass
class Limits:
    """When to stop before the end: seconds of this run, bytes, states, once all states up to
    a depth are expanded, or once one of these properties or engine checks is decided and ``linger``
    states more are expanded."""

    seconds: float | None = None
    bytes_max: int = 8 << 30
    states: int | None = None
    stop_at: frozenset[str] = frozenset()
    linger: int = 0
    depth: int | None = None


@dataclass
class Progress:
    """What is known so far; handed to the progress callback after each chunk."""

    states: int
    expanded: int
    transitions: int
    depth: int
    seconds: float
    bytes_used: int


@dataclass
class Fault:
    """A step without meaning in this scope, first met from ``state`` by rule ``rule``."""

    state: int
    rule: int
    count: int


@dataclass
class Search:
    """The explored part of a state graph. Sorts indexed: ``levels[d]`` states end at depth d.

    ``bytes_before`` is what the process holds beside the log and the index; it counts as well.
    With a quotient each state stands for all that differ from it by an exchange of members.
    """

    program: Program
    quotient: Quotient | None = None
    states: int = 0
    expanded: int = 0
    transitions: int = 0
    levels: list[int] = field(default_factory=list)
    complete: bool = False
    stopped: str = ""
    seconds: float = 0.0
    deadlock: int = -1
    deadlocks: int = 0
    fault: Fault | None = None
    bytes_before: int = 0
    bytes_max: int = Limits.bytes_max

    def __post_init__(self) -> None:
        """Nothing is found yet; memory comes with `reserve`."""
        self.seen = np.full(len(self.program.watches), -1, dtype=np.int64)
        self.fired = np.zeros(max(1, len(self.program.rows)), dtype=np.int64)
        self.out = np.array([-1, 0, -1, -1, 0], dtype=np.int64)
        self.interrupted = False

    @property
    def words(self) -> int:
        """Words per state."""
        return self.program.layout.words

    def row(self, i: int) -> Words:
        """State ``i`` as words."""
        return self.log[i * self.words : (i + 1) * self.words]

    def some_rows(self, count: int) -> Words:
        """At most so many states, one in each row, taken evenly from all."""
        rows = self.log[: self.states * self.words].reshape(self.states, self.words)
        return rows[:: -(-self.states // count)]

    def depth_of(self, i: int) -> int:
        """The length of a shortest path to state ``i``."""
        return int(np.searchsorted(np.array(self.levels), i, side="right"))

    def bytes_used(self) -> int:
        """Bytes of the process, the log and the index in use."""
        return self.bytes_before + int(self.states * self.words * 8 + self.table.nbytes)

    # --- running --------------------------------------------------------------------------

    def reserve(self, limit: int) -> None:
        """Reserve address space for the log, not memory: pages are touched as it grows.

        Near ``limit`` states the search stops; it leaves room for the successors of one block.
        """
        rows = max(4096, 2 * len(self.program.rows))
        self.limit = min(limit + rows, NUMBER_MAX)
        self.log = _reserved(self.limit * self.words)
        self.marks = _reserved(self.limit // kernel.BLOCK + 2)
        self.table: Words = np.zeros(0, dtype=np.int64)
        self.full = 0
        self._work = make_work(rows, self.words)._replace(
            seen=self.seen, fired=self.fired, marks=self.marks, out=self.out
        )

    @property
    def space(self) -> Space:
        """The known states, as the kernel wants them."""
        return Space(self.log, self.words, self.table)

    def scratch(self) -> Work:
        """Buffers for looking at states again, without counting anything twice."""
        rows = max(1, len(self.program.rows))
        return make_work(rows, self.words)._replace(seen=self.seen.copy())

    def start(self) -> None:
        """Put the start state into the log."""
        self.log[: self.words] = self.program.initial
        self.states = 1
        self.index(SLOTS_MIN)
        for number, rule in enumerate(self.program.tables.watches):
            if kernel.holds(self.program.tables, self.log, 0, self._work, rule):
                self.seen[number] = 0

    def index(self, slots: int) -> None:
        """Build the index anew with so many slots. The log is enough for that, so the old one goes
        first, and the two never stand in memory together."""
        self.table = np.zeros(0, dtype=np.int64)
        self.table = _reserved(slots)
        kernel.rehash(self.log, self.words, self.states, self.table)
        self.full = max(slots // 2, self.states)

    def run(self, limits: Limits, progress: Callable[[Progress], None] | None = None) -> None:
        """Explore until nothing is left, a limit is met, or Ctrl-C, which is a limit too."""
        begin, before = time.monotonic(), self.seconds
        self.bytes_max = limits.bytes_max
        self.stopped = self._found(limits)
        with self._interruptible():
            while self.expanded < self.states and not self.stopped:
                self._chunk()
                spent = time.monotonic() - begin
                self.seconds = before + spent
                if progress is not None:
                    progress(self.progress())
                self._check(limits, spent)
        self.complete = self.expanded == self.states
        self._read_out()

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        """Ctrl-C asks to stop after the present chunk, so that what is known stays whole; a second
        one does not ask."""
        self.interrupted = False
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def ask(number: int, frame: FrameType | None) -> None:
            if self.interrupted:
                raise KeyboardInterrupt
            self.interrupted = True

        before = signal.signal(signal.SIGINT, ask)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def progress(self) -> Progress:
        """What is known so far."""
        return Progress(self.states, self.expanded, self.transitions, len(self.levels),
                        self.seconds, self.bytes_used())  # fmt: skip

    def _chunk(self) -> None:
        if self._need() > self._room() and not self._make_room():
            self.stopped = "memory"
            return
        if not self.levels or self.expanded == self.levels[-1]:
            self.levels.append(self.states)
        stop = min(self.levels[-1], self.expanded + CHUNK)
        explore = kernel.explore if self.quotient is None else self.quotient.explore
        head, tail, transitions = explore(
            self.program.tables, self.space, self._work,
            (self.expanded, self.states, stop, self._room()),
        )  # fmt: skip
        self.expanded, self.states = int(head), int(tail)
        self.transitions += int(transitions)

    def _need(self) -> int:
        """How many states there may be after the next block."""
        return self.states + int(self._work.who.shape[0])

    def _room(self) -> int:
        """For how many states there is room in the log, the index and memory."""
        return min(self.limit, self.full, self._states_max(self.table.shape[0]))

    def _states_max(self, slots: int) -> int:
        """How many states fit into memory beside an index of so many slots."""
        return (self.bytes_max - self.bytes_before - 8 * slots) // (8 * self.words)

    def _make_room(self) -> bool:
        """A larger index where that pays, else a fuller one; false when memory allows neither."""
        slots, need = self.table.shape[0], self._need()
        if need > self.limit:
            return False
        for larger in (4 * slots, 2 * slots):
            if self._states_max(larger) >= larger // 2:
                self.index(larger)
                return True
        dense = slots * 3 // 4
        if need <= min(dense, self._states_max(slots)):
            self.full = dense
            return True
        if self._states_max(2 * slots) > need + need // 8:
            self.index(2 * slots)
            return True
        return False

    def _check(self, limits: Limits, spent: float) -> None:
        if self.stopped or self.expanded == self.states:
            return
        if self.interrupted:
            self.stopped = "interrupted"
        elif limits.seconds is not None and spent > limits.seconds:
            self.stopped = "budget"
        elif limits.states is not None and self.states > limits.states:
            self.stopped = "large"
        elif self._is_deep(limits):
            self.stopped = "depth"
        else:
            self.stopped = self._found(limits)

    def _is_deep(self, limits: Limits) -> bool:
        """Whether all states up to the depth asked for are expanded."""
        depth = limits.depth
        return (depth is not None and len(self.levels) > depth
                and self.expanded == self.levels[-1])  # fmt: skip

    def _found(self, limits: Limits) -> str:
        """"found" when something is known at which the search was told to stop."""
        known = {name: state for name, (state, _) in self.first_seen().items()}
        known |= {DEADLOCK_CHECK: int(self.out[0]), FAULT_CHECK: int(self.out[2])}
        found = [known[name] for name in limits.stop_at & known.keys() if known[name] >= 0]
        enough = found and (not limits.linger or self.expanded >= min(found) + limits.linger)
        return "found" if enough else ""

    def _read_out(self) -> None:
        first, count, bad, rule, faults = (int(x) for x in self.out)
        self.deadlock, self.deadlocks = first, count
        self.fault = Fault(bad, rule, faults) if bad >= 0 else None

    # --- reading --------------------------------------------------------------------------

    def first_seen(self) -> dict[str, tuple[int, int]]:
        """Per watched property: the first state that it saw, and that watch's number."""
        found: dict[str, tuple[int, int]] = {}
        for number, watch in enumerate(self.program.watches):
            state = int(self.seen[number])
            if state >= 0 and (watch.name not in found or state < found[watch.name][0]):
                found[watch.name] = (state, number)
        return found

    def fired_by_action(self) -> dict[str, int]:
        """How often each action fired, all instances together."""
        counts = {a.name: 0 for a in self.program.model.actions}
        for row, times in zip(self.program.rows, self.fired, strict=False):
            if row.action >= 0:
                counts[self.program.model.actions[row.action].name] += int(times)
        return counts

    def successors(self, i: int) -> Iterator[tuple[int, Words]]:
        """The rules enabled in state ``i`` and the states that they lead to, as the kernel orders
        them."""
        work = self.scratch()
        n, _, _ = kernel.expand(self.program.tables, self.space, work, i, 0)
        for r in range(n):
            yield int(work.who[r]), work.buf[r * self.words : (r + 1) * self.words].copy()

    def path(self, i: int) -> list[tuple[int, int]]:
        """A shortest path to state ``i`` as pairs (rule, state), from the start. Cost: one block
        of expansions per step."""
        steps: list[tuple[int, int]] = []
        work = self.scratch()
        while i > 0:
            rule, parent = self._parent(i, work)
            steps.append((rule, i))
            i = parent
        return steps[::-1]

    def walk(self, i: int) -> list[tuple[int, Words]]:
        """A run to state ``i``, or with a quotient to a state that it stands for: the rules, and
        the states that they lead to. Cost: as `path`."""
        path = self.path(i)
        if self.quotient is None:
            return [(rule, self.row(state)) for rule, state in path]
        steps: list[tuple[int, Words]] = []
        work, here = self.scratch(), self.row(0)
        for _, state in path:
            rule, here = self.quotient.step(self.program.tables, work, here, self.row(state))
            steps.append((rule, here))
        return steps

    def _parent(self, i: int, work: Work) -> tuple[int, int]:
        begun = -(-self.expanded // kernel.BLOCK)
        block = int(np.searchsorted(self.marks[:begun], i, side="right")) - 1
        first = block * kernel.BLOCK
        for parent in range(first, min(first + kernel.BLOCK, self.expanded)):
            n, _, _ = kernel.expand(self.program.tables, self.space, work, parent, 0)
            if self.quotient is not None:
                self.quotient.canonicalise(work.buf, n)
            found = work.buf[: n * self.words].reshape(n, self.words)
            same = np.flatnonzero((found == self.row(i)).all(axis=1))
            if same.size:
                return int(work.who[same[0]]), parent
        raise AssertionError(f"state {i} has no parent in its block")


def _reserved(count: int) -> Words:
    size = max(4096, count * 8)
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | getattr(mmap, "MAP_NORESERVE", 0)
    space = mmap.mmap(-1, size, flags=flags)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        space.madvise(mmap.MADV_HUGEPAGE)
    return np.frombuffer(space, dtype=np.int64)[:count]


def explore(
    program: Program,
    limits: Limits | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Search:
    """Explore a program from its start state.

    Raises: nothing for a limit; look at ``complete`` and ``stopped``. Cost: about
    ``8 * words + 24`` bytes a state at worst.
    """
    limits = limits or Limits()
    search = Search(program)
    search.reserve(max(4096, limits.bytes_max // (8 * program.layout.words + 8)))
    search.start()
    search.run(limits, progress)
    return search
