"""All behaviours that a log may be, followed line by line, as many of them as are worth it.

Where a line can be one thing only, one state is followed. Where lines may be missing, a line that
cannot be is made possible by silent steps, in each of the shortest ways, and states part; those
that have assumed the least are kept, and equal states are one. The order in which lines of several
kernels stand is a hint: where it leads nowhere a line of another kernel may come first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Final

from popcorn_checker.validating.moving import Machine
from popcorn_checker.validating.observing import Entry, Item, Keep, Need, Observer, Take
from popcorn_checker.validating.planning import Planner
from popcorn_checker.validating.world import Spot, World

WORLDS_MAX: Final = 24
RESULTS_MAX: Final = 40
SPARE: Final = 2
"""A way to explain a line that assumes so many more steps than another is not looked for."""
DEAR: Final = 3
"""Units: steps. A line that assumes so many may be one that something earlier is missing for."""
CHECKPOINT_EVERY: Final = 16
"""Units: lines."""
EXCESS_MAX: Final = 8
"""States that have assumed so many more steps than the best are followed no further."""


@dataclass(frozen=True)
class Bounds:
    """How far a search goes. `silent` of 0: no line is missing."""

    silent: int = 0
    """Units: steps that may be missing before one line."""
    worlds: int = WORLDS_MAX
    patience: int = 64
    """Units: lines of other kernels that may come before one."""
    back: int = 0
    """Units: lines before which silent steps are put in later."""


@dataclass
class Thread:
    """A behaviour that the log may be: where it has come to, and the lines it has left out yet."""

    world: World
    pending: tuple[Entry, ...] = ()
    reordered: int = 0

    @property
    def cost(self) -> int:
        """What it has assumed."""
        return self.world.cost + self.reordered

    def copy(self) -> Thread:
        """Another that is the same now."""
        return Thread(self.world.copy(), self.pending, self.reordered)


@dataclass
class Failure:
    """A line that a state does not explain, and what of it the state lacks."""

    world: World
    entry: Entry
    item: Item | None = None
    reason: str = ""


@dataclass
class Search:
    """The states that a log may have come to."""

    machine: Machine
    observer: Observer
    planner: Planner
    bounds: Bounds
    threads: list[Thread] = field(default_factory=list)
    is_late: Callable[[], bool] = lambda: False
    """Whether the time for the search is over."""
    insert: Callable[[Search, Entry, int | None], list[Thread]] = lambda *_: []
    """How silent steps are put in before earlier lines, where a line is not explained or only
    dearly; its last argument is what it costs then."""
    failures: list[Failure] = field(default_factory=list)
    """Why the last line was not explained, for each state before it."""
    waiting: list[Entry] = field(default_factory=list)
    """The lines from the first that is not explained on, all that were fed."""
    recent: list[Entry] = field(default_factory=list)
    checkpoints: list[tuple[int, list[Thread]]] = field(default_factory=list)
    """States that were come to, and after how many of the recent lines."""

    def feed(self, entry: Entry) -> bool:
        """One more line; whether some behaviour explains all lines till now."""
        self.failures.clear()
        if self.bounds.back and not self.checkpoints:
            self.checkpoints.append((0, [each.copy() for each in self.threads]))
        ready: list[Thread] = []
        behind = [replace(each, pending=(*each.pending, entry)) for each in self.threads]
        short = (0,) if self.planner.longer else (0, 1)
        for most in (*short, self.bounds.silent) if self.bounds.silent else (0,):
            stuck: list[Thread] = []
            for thread in behind:
                # What costs much more than another way is not worth looking for.
                least = min((each.cost for each in ready), default=thread.cost + most)
                left = min(most, least + SPARE - thread.cost) if len(thread.pending) == 1 else 0
                for after in self._advance(thread, left):
                    (stuck if after.pending else ready).append(after)
            behind = stuck
            if most and ready:
                break
        is_first = not any(each.pending for each in self.threads)
        if is_first and self.bounds.silent and self.bounds.back:
            ready += self._put_in_earlier(entry, ready)
        if ready:
            self.threads = self.best(ready)
            self._remember(entry, is_first)
            self.waiting.clear()
        else:
            self.waiting.append(entry)
            self.threads = self.best(
                [each for each in behind if len(each.pending) <= self.bounds.patience]
            ) or self.threads
        return bool(ready)

    def _put_in_earlier(self, entry: Entry, ready: list[Thread]) -> list[Thread]:
        """What the states are if what a line lacks was done earlier, if that assumes less."""
        if not ready:
            return self.insert(self, entry, None)
        least = min(each.cost for each in ready)
        if least - min(each.cost for each in self.threads) >= DEAR:
            return self.insert(self, entry, least)
        return []

    def make_another(self, threads: list[Thread]) -> Search:
        """A search from other states that does not go back."""
        bounds = replace(self.bounds, back=0, patience=0, silent=min(self.bounds.silent, 4))
        return Search(self.machine, self.observer, self.planner, bounds, threads, self.is_late)

    def _remember(self, entry: Entry, is_next: bool) -> None:
        """Keep the line, and now and then the states, to come back to."""
        if not self.bounds.back:
            return
        if not is_next:  # lines were taken in another order than they stand in
            self.recent.clear()
            self.checkpoints = [(0, [each.copy() for each in self.threads[:3]])]
            return
        self.recent.append(entry)
        if len(self.recent) % CHECKPOINT_EVERY == 0:
            states = [each.copy() for each in self.threads[:3]]
            self.checkpoints.append((len(self.recent), states))
            if len(self.checkpoints) > 1 + self.bounds.back // CHECKPOINT_EVERY:
                first = self.checkpoints[1][0]
                del self.recent[:first]
                self.checkpoints = [(n - first, each) for n, each in self.checkpoints[1:]]

    def best(self, threads: list[Thread]) -> list[Thread]:
        """Of equal states one, and of different ones those that have assumed the least."""
        if len(threads) < 2:
            return threads
        threads.sort(key=lambda each: (len(each.pending), each.cost))
        found: dict[tuple[int, tuple[int, ...]], Thread] = {}
        least = threads[0].cost
        for each in threads:
            if each.cost <= least + EXCESS_MAX:
                key = each.world.mark, tuple(line.place for line in each.pending)
                found.setdefault(key, each)
        return [*found.values()][: self.bounds.worlds]

    def _advance(self, thread: Thread, most: int) -> list[Thread]:
        """As many of the lines that are left as can be explained, the earliest first."""
        if len(thread.pending) == 1:
            return [
                replace(thread, world=world, pending=())
                for world in self.extend(thread.world, thread.pending[0], most)
            ] or [thread]
        for number in get_heads(thread.pending):
            worlds = self.extend(thread.world, thread.pending[number], most if number == 0 else 0)
            if worlds:
                left = thread.pending[:number] + thread.pending[number + 1 :]
                found = []
                for world in worlds:
                    after = Thread(world, left, thread.reordered + (number > 0))
                    found += self._advance(after, most) if left else [after]
                return found
        return [thread]

    def extend(self, world: World, entry: Entry, most: int) -> list[World]:
        """The states after a line; none if the state does not explain it, and then it is as it was.

        If there is one it is the state itself, changed. Cost: a step; more where it does not fit.
        """
        found = self._extend(world, entry, most)
        for each in found:
            self._receive(each)
        return found

    def _receive(self, world: World) -> None:
        """Take the steps of which no line tells."""
        is_moving = True
        while is_moving:
            is_moving = False
            for step in self.observer.receipts(world.get):
                values = tuple(x for x in step.values if x is not None)
                if self.machine.moves[step.action].is_enabled(world.cells, *values):
                    world.fire(step.action, values, is_silent=True)
                    world.silent += 1
                    is_moving = True
                    world.settle()

    def _extend(self, world: World, entry: Entry, most: int) -> list[World]:
        ways = self.observer.ways(entry, world.get)
        if isinstance(ways, str):
            self.failures.append(Failure(world, entry, reason=ways))
            return []
        world.place = Spot(entry.place, entry.source)
        saved = world.save()
        found: list[World] = []
        sure = [way for way in ways if not way.lost]
        for way in sure:
            for _ in self._take(world, way.items):
                if len(ways) == 1 and None not in _values(way.items):
                    world.settle()
                    return [world]
                found.append(world.copy())
        if not self.bounds.silent or not (found or most > 0):
            return found
        left = [way for way in ways if way.lost or not found]
        self.planner.shared = max(1, len(left))
        for way in left:
            world.cost += way.lost
            for _ in self._reach(world, way.items, most or self.bounds.silent):
                found.append(world.copy())
                if len(found) >= RESULTS_MAX:
                    break
            world.undo(saved)
        return found

    def _take(self, world: World, items: tuple[Item, ...]) -> Iterator[None]:
        """Do what a way says, if it is possible as it is."""
        if not items:
            yield
            return
        first, rest = items[0], items[1:]
        saved = world.save()
        if isinstance(first, Keep):
            world.put(self.machine.cell(first.name, *first.index), first.value)
            yield from self._take(world, rest)
            world.undo(saved)
        elif isinstance(first, Need):
            if world.get(first.name, *first.index) in first.values:
                yield from self._take(world, rest)
                return
            self.failures.append(Failure(world, _NONE, first))
        else:
            is_possible = False
            move = self.machine.moves[first.action]
            for values in self.planner.instances(world, first):
                if move.is_enabled(world.cells, *values):
                    is_possible = True
                    world.fire(first.action, values)
                    yield from self._take(world, rest)
                    world.undo(saved)
            if not is_possible:
                self.failures.append(Failure(world, _NONE, first))

    def _reach(self, world: World, items: tuple[Item, ...], left: int) -> Iterator[None]:
        """Do what a way says, with silent steps where it is not possible as it is."""
        if not items:
            yield
            return
        first, rest = items[0], items[1:]
        saved = world.save()
        if isinstance(first, Keep):
            world.put(self.machine.cell(first.name, *first.index), first.value)
            yield from self._reach(world, rest, left)
            world.undo(saved)
            return
        goal: Take | tuple[Need, ...]
        if isinstance(first, Need):
            goal = tuple(takewhile(lambda each: isinstance(each, Need), items))  # type: ignore[arg-type]
            rest = items[len(goal) :]
        else:
            goal = first
        if self._is_there(world, goal):
            for _ in self._do(world, goal):
                yield from self._reach(world, rest, left)
                world.undo(saved)
            return
        for used in self.planner.plans(world, goal, left):
            inner = world.save()
            for _ in self._do(world, goal):
                yield from self._reach(world, rest, left - used)
                world.undo(inner)

    def _is_there(self, world: World, goal: Take | tuple[Need, ...]) -> bool:
        if not isinstance(goal, Take):
            return all(world.get(need.name, *need.index) in need.values for need in goal)
        move = self.machine.moves[goal.action]
        return any(
            move.is_enabled(world.cells, *values) for values in self.planner.instances(world, goal)
        )

    def _do(self, world: World, item: Take | tuple[Need, ...]) -> Iterator[None]:
        """Take a step that is possible, in each way in which it is."""
        if not isinstance(item, Take):
            yield
            return
        move = self.machine.moves[item.action]
        for values in self.planner.instances(world, item):
            if move.is_enabled(world.cells, *values):
                world.fire(item.action, values)
                yield


_NONE: Final = Entry(0, "", 0, {})


def walk(search: Search) -> Iterator[tuple[Entry, list[Thread]]]:
    """The recent lines, and the states before each.

    Cost: the recent lines again, and a copy of the best states for each.
    """
    first, threads = search.checkpoints[0]
    again = search.make_another([each.copy() for each in threads])
    for entry in search.recent[first:]:
        yield entry, [each.copy() for each in again.threads[:2]]
        if not again.feed(entry):
            return


def get_heads(entries: tuple[Entry, ...]) -> Iterator[int]:
    """Where the first line of each kernel stands."""
    seen = set()
    for number, entry in enumerate(entries):
        if entry.kernel not in seen:
            seen.add(entry.kernel)
            yield number


def _values(items: tuple[Item, ...]) -> Iterator[int | None]:
    for item in items:
        if isinstance(item, Take):
            yield from item.values
