"""Logs of several kernels that say nothing of the order between them.

Each kernel's own lines stay in order. What is possible is taken as it comes: a step of one kernel
does not forbid what another can do, so it does not matter who is first. Only where no kernel can
go on are silent steps looked for, for each of them, and there ways part. The way is followed that
has assumed the least for as far as it has come; the others wait till it has assumed more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from typing import Final

from popcorn_checker.validating.inserting import get_concern
from popcorn_checker.validating.observing import Entry, Take
from popcorn_checker.validating.planning import Step
from popcorn_checker.validating.searching import Search, Thread
from popcorn_checker.validating.world import World

BRANCHES_MAX: Final = 400
"""How many ways wait; of more the better half is kept."""
TRIES_MAX: Final = 400
"""Units: steps, of each plan. Elsewhere a plan is the only hope; here another kernel may go on."""
AHEAD_MAX: Final = 24
"""Units: lines of each kernel."""
FORETOLD: Final = 2
"""Units: steps. A step is assumed that a line tells of which is to come counts so many more."""
LINES_A_STEP: Final = 12
"""A state that has come so many lines further may have assumed one step more."""


@dataclass
class _Branch:
    world: World
    at: tuple[int, ...]
    last: int = 0
    """The kernel that has gone on last."""
    most: int = 0
    """How many silent steps were tried in vain for the kernels' next lines."""
    done: tuple[int, ...] = ()
    """Kernels that have gone on from here with fewer; others may still with more."""

    @property
    def rank(self) -> float:
        """The less the better."""
        return self.world.cost + self.most - sum(self.at) / LINES_A_STEP


def merge(search: Search, queues: Sequence[Sequence[Entry]]) -> bool:
    """Whether some order of all lines is explained; the search's states are the last ones.

    If none is, what is pending is the next line of each kernel, of the state that has come
    furthest; that of the kernel that is stuck first is the first. Cost: a step a line, more where
    lines are missing.
    """
    ends = tuple(map(len, queues))
    heap = _Heap()
    furthest = _Branch(search.threads[0].world, (0,) * len(queues))
    starts = [
        _begin(search, _Branch(thread.world, furthest.at), queues) for thread in search.threads
    ]
    search.planner.tries_max = TRIES_MAX
    while True:
        for start in starts:
            for branch in _run(search, start, queues):
                if branch.at == ends:
                    search.threads = [Thread(branch.world)]
                    return True
                if sum(branch.at) > sum(furthest.at):
                    furthest = branch
                heap.push(branch)
        if not search.bounds.silent or not heap or search.is_late():
            break
        branch = heap.pop()
        starts = _jump(search, branch, queues)
        if branch.most < search.bounds.silent:
            heap.push(branch)
    _fail(search, furthest, queues)
    return False


def _fail(search: Search, furthest: _Branch, queues: Sequence[Sequence[Entry]]) -> None:
    """Leave the search where it has come furthest."""
    waiting = [queue[at] for queue, at in zip(queues, furthest.at, strict=True) if at < len(queue)]
    rest = [each for queue, at in zip(queues, furthest.at, strict=True) for each in queue[at + 1 :]]
    search.threads = [replace(Thread(furthest.world), pending=(*waiting, *rest[:64]))]
    search.waiting = list(search.threads[0].pending)
    search.recent, search.checkpoints = [], [(0, [Thread(furthest.world.copy())])]


class _Heap:
    """Ways that wait, the best first; none twice."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, _Branch]] = []
        self._seen: dict[tuple[int, tuple[int, ...]], int] = {}
        self._count = 0

    def __len__(self) -> int:
        return len(self._heap)

    def push(self, branch: _Branch) -> None:
        """One more, if its state was not come to with less."""
        key = branch.world.mark, branch.at
        cost = branch.world.cost
        if not branch.most and self._seen.get(key, cost + 1) <= cost:
            return
        self._seen[key] = cost
        self._count += 1
        heappush(self._heap, (branch.rank, self._count, branch))
        if len(self._heap) > BRANCHES_MAX:
            self._heap = sorted(self._heap)[: BRANCHES_MAX // 2]  # a sorted list is a heap

    def pop(self) -> _Branch:
        """The best."""
        return heappop(self._heap)[2]


def _begin(search: Search, branch: _Branch, queues: Sequence[Sequence[Entry]]) -> _Branch:
    """First comes what lines say that are no steps: what was sent just before the logs begin."""
    world, at = branch.world, list(branch.at)
    for number, queue in enumerate(queues):
        while at[number] < len(queue) and _only_looks(search, world, queue[at[number]]):
            if not search.extend(world, queue[at[number]], 0):
                break
            at[number] += 1
    return _Branch(world, tuple(at))


def _only_looks(search: Search, world: World, entry: Entry) -> bool:
    """Whether a line is no step."""
    ways = search.observer.ways(entry, world.get)
    return not isinstance(ways, str) and len(ways) == 1 and all(
        not isinstance(item, Take) for item in ways[0].items
    )  # fmt: skip


def _run(search: Search, branch: _Branch, queues: Sequence[Sequence[Entry]]) -> list[_Branch]:
    """As far as it goes without silent steps."""
    world, at = branch.world, list(branch.at)
    is_moving = True
    while is_moving:
        is_moving = False
        for turn in range(len(queues)):
            # What a kernel sends it sends at once: whoever has gone on goes on first.
            number = (branch.last + turn) % len(queues)
            queue = queues[number]
            while at[number] < len(queue):
                found = search.extend(world, queue[at[number]], 0)
                if not found:
                    break
                at[number] += 1
                is_moving = True
                if found[0] is not world or len(found) > 1:
                    nexts = [_Branch(each, tuple(at), number) for each in found]
                    return [after for each in nexts for after in _run(search, each, queues)]
    return [_Branch(world, tuple(at))]


def _jump(search: Search, branch: _Branch, queues: Sequence[Sequence[Entry]]) -> list[_Branch]:
    """One line of some kernel further, by one silent step more than was tried before."""
    branch.most += 1
    search.planner.foretold = _foretold(search, branch, queues)
    found: list[_Branch] = []
    for number, queue in enumerate(queues):
        if branch.at[number] < len(queue) and number not in branch.done:
            at = tuple(n + (k == number) for k, n in enumerate(branch.at))
            entry = queue[branch.at[number]]
            after = search.extend(branch.world.copy(), entry, branch.most)
            found += [_Branch(each, at, number) for each in after]
            if after:
                branch.done += (number,)
    search.planner.foretold = {}
    return found


def _foretold(
    search: Search, branch: _Branch, queues: Sequence[Sequence[Entry]]
) -> dict[Step, int]:
    """Steps of which a line tells that is the next of its kernel about the same."""
    found: dict[Step, int] = {}
    for queue, at in zip(queues, branch.at, strict=True):
        seen: set[tuple[str, int]] = set()
        for entry in queue[at : at + AHEAD_MAX]:
            concern = get_concern(entry)
            if concern & seen:
                continue
            seen |= concern
            ways = search.observer.ways(entry, branch.world.get)
            for way in ways if not isinstance(ways, str) else ():
                for item in way.items[way.before :]:
                    if isinstance(item, Take) and not way.lost:
                        values = tuple(x for x in item.values if x is not None)
                        found[item.action, values] = FORETOLD
    return found
