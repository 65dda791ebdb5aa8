"""Logs of several kernels that say nothing of the order between them.

Each kernel's own lines stay in order. What is possible is taken as it comes: a step of one kernel
does not forbid what another can do, so it does not matter who is first. Only where no kernel can
go on are silent steps looked for, for each of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from popcorn_checker.validating.inserting import get_concern
from popcorn_checker.validating.observing import Entry, Take
from popcorn_checker.validating.planning import Step
from popcorn_checker.validating.searching import EXCESS_MAX, Search, Thread
from popcorn_checker.validating.world import World

BRANCHES_MAX: Final = 24
SPARE: Final = 1
"""Units: steps. A kernel that can go on by so many more than another is tried as well."""
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

    @property
    def rank(self) -> float:
        """The less the better."""
        return self.world.cost - sum(self.at) / LINES_A_STEP


def merge(search: Search, queues: Sequence[Sequence[Entry]]) -> bool:
    """Whether some order of all lines is explained; the search's states are the last ones.

    If none is, what is pending is the next line of each kernel, of the state that has come
    furthest; that of the kernel that is stuck first is the first. Cost: a step a line, more where
    lines are missing.
    """
    branches = [_Branch(thread.world, (0,) * len(queues)) for thread in search.threads]
    ends = tuple(map(len, queues))
    furthest = branches[0]
    while branches and not search.is_late():
        advanced = [after for branch in branches for after in _run(search, branch, queues)]
        done = [branch for branch in advanced if branch.at == ends]
        if done:
            search.threads = [Thread(min(done, key=lambda each: each.world.cost).world)]
            return True
        advanced = _best(advanced)
        furthest = max([furthest, *advanced], key=lambda each: sum(each.at))
        branches = [
            after for branch in advanced for after in _jump(search, branch, queues)
        ]
        branches = _best(branches)
    waiting = [queue[at] for queue, at in zip(queues, furthest.at, strict=True) if at < len(queue)]
    rest = [each for queue, at in zip(queues, furthest.at, strict=True) for each in queue[at + 1 :]]
    search.threads = [replace(Thread(furthest.world), pending=(*waiting, *rest[:64]))]
    search.waiting = list(search.threads[0].pending)
    search.recent, search.checkpoints = [], [(0, [Thread(furthest.world.copy())])]
    return False


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
    """One line of some kernel further, by about as few silent steps as will do."""
    search.planner.foretold = _foretold(search, branch, queues)
    heads = {n: queue[branch.at[n]] for n, queue in enumerate(queues) if branch.at[n] < len(queue)}
    found: list[_Branch] = []
    left = SPARE
    for most in range(1, search.bounds.silent + 1):
        for number, entry in list(heads.items()):
            at = tuple(n + (k == number) for k, n in enumerate(branch.at))
            after = search.extend(branch.world.copy(), entry, most)
            found += [_Branch(each, at, number) for each in after]
            if after:
                del heads[number]
        left -= bool(found)
        if left < 0:
            break
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
                for item in way.items:
                    if isinstance(item, Take) and not way.lost:
                        values = tuple(x for x in item.values if x is not None)
                        found[item.action, values] = FORETOLD
    return found


def _best(branches: list[_Branch]) -> list[_Branch]:
    if len(branches) < 2:
        return branches
    branches.sort(key=lambda each: each.rank)
    found: dict[tuple[int, tuple[int, ...]], _Branch] = {}
    for each in branches:
        if each.rank <= branches[0].rank + EXCESS_MAX:
            found.setdefault((each.world.mark, each.at), each)
    return list(found.values())[:BRANCHES_MAX]
