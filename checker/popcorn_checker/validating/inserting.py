"""Silent steps that come too late where a line needs them, put in before an earlier line.

A thread may have asked for what its kernel was given before the question was heard of, or have
mapped memory before it stopped. By the line that shows this it is too late for the step. So the
recent lines are gone through once more, with the step before one of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import takewhile
from typing import Final

from popcorn_checker.validating.naming import get_threads
from popcorn_checker.validating.observing import Entry, Need, Take
from popcorn_checker.validating.searching import Search, Thread, walk
from popcorn_checker.validating.world import World

PLACES_MAX: Final = 40
"""Units: lines before which a step is put, for each step that is lacking."""
EARLIER_MAX: Final = 16
"""Units: lines about the same whose other meanings are tried."""
SILENT_MAX: Final = 3
TRIES_MAX: Final = 150
"""Units: steps, of each plan."""
WIDER_TRIES_MAX: Final = 800
"""Units: steps, of each plan that is longer than the shortest."""
LINES_MAX: Final = 30_000
"""Units: lines that are gone through again for one line."""
FACTOR: Final = 3
WORK_MAX: Final = 12_000
"""Units: steps that are tried for one line."""

Goal = Take | tuple[Need, ...]


def insert_earlier(search: Search, entry: Entry, most: int | None) -> list[Thread]:
    """What the states are if silent steps that a line needs were taken earlier; none if none fit.

    `most` is what it costs to take them now; less is looked for. None: they cannot be taken now.
    Cost: `LINES_MAX` lines again, `WORK_MAX` steps tried; if they cannot be taken now several times
    as many.
    """
    tries_max = search.planner.tries_max
    search.planner.tries_max = TRIES_MAX
    try:
        if most is not None:
            return _look_earlier(search, entry, 1, most)
        return (
            _look_earlier(search, entry, 1)
            or _look_wider(search, entry)
            or _look_earlier(search, entry, FACTOR)
        )
    finally:
        search.planner.tries_max = tries_max


def _look_wider(search: Search, entry: Entry) -> list[Thread]:
    """The recent lines again, with plans that are longer than the shortest."""
    first, threads = search.checkpoints[0]
    again = search.make_another([each.copy() for each in threads])
    tries_max = search.planner.tries_max
    search.planner.longer, search.planner.tries_max = 1, WIDER_TRIES_MAX
    try:
        found = all(map(again.feed, [*search.recent[first:], entry]))
    finally:
        search.planner.longer, search.planner.tries_max = 0, tries_max
    return again.threads if found else []


def _look_earlier(
    search: Search, entry: Entry, factor: int, limit: int | None = None
) -> list[Thread]:
    before = [*walk(search), (entry, search.threads)]
    lines = [each for each, _ in before]
    most, left = search.planner.work + factor * WORK_MAX, factor * LINES_MAX
    earlier = EARLIER_MAX if limit is None else 0
    for place, goal in _attempts(_goals(search, before, earlier), lines):
        for thread in before[place][1][:1]:
            left -= len(lines) - place
            if left < 0 or search.planner.work > most or search.is_late():
                return []
            found = _insert(search, thread, goal, (lines[place:], limit))
            if found:
                return found
    return []


def _attempts(
    goals: Iterator[tuple[int, Goal]], lines: list[Entry]
) -> Iterator[tuple[int, Goal]]:
    """Where to put what in: all goals nearest to their lines first.

    A step that a line makes possible fits after it, and one that it forbids before it; in between
    nothing about the same happens.
    """
    rows = []
    for number, goal in goals:
        concern = get_concern(lines[number])
        places: dict[int, None] = {}
        for n in reversed(range(number)):
            if get_concern(lines[n]) & concern:
                places.update(dict.fromkeys((min(n + 1, number - 1), n)))
        rows.append([(place, goal) for place in [*places][:PLACES_MAX]])
    for turn in range(PLACES_MAX):
        yield from (row[turn] for row in rows if turn < len(row))


def _goals(
    search: Search, before: list[tuple[Entry, list[Thread]]], earlier: int
) -> Iterator[tuple[int, Goal]]:
    """What the last line lacks, and what earlier ones about the same lack to mean something
    else."""
    concern = get_concern(before[-1][0])
    same = [
        number for number in reversed(range(len(before) - 1))
        if get_concern(before[number][0]) & concern
    ]  # fmt: skip
    for number in (len(before) - 1, *same[:earlier]):
        entry, threads = before[number]
        for state in threads[:1]:
            for goal in _lacks(search, state.world, entry):
                yield number, goal


def _lacks(search: Search, world: World, entry: Entry) -> Iterator[Goal]:
    """What a state lacks for a line to mean what it may mean."""
    ways = search.observer.ways(entry, world.get)
    for way in ways if not isinstance(ways, str) else ():
        for number, item in enumerate(way.items):
            if isinstance(item, Need):
                if world.get(item.name, *item.index) not in item.values:
                    run = takewhile(lambda each: isinstance(each, Need), way.items[number:])
                    yield tuple(each for each in run if isinstance(each, Need))
                    break
            elif isinstance(item, Take):
                values = tuple(x for x in item.values if x is not None)
                move = search.machine.moves[item.action]
                if len(values) < len(item.values) or not move.is_enabled(world.cells, *values):
                    yield item
                    for need in search.planner.lacks(world, item):
                        yield (need,)
                break


def _insert(
    search: Search, thread: Thread, goal: Goal, ahead: tuple[list[Entry], int | None]
) -> list[Thread]:
    """The states after lines before which a goal is reached, or its step taken.

    `ahead` are the lines, and what they must not cost.
    """
    entries, limit = ahead
    world = thread.world
    saved = world.save()
    search.planner.shared = 1
    most = SILENT_MAX if limit is None else min(SILENT_MAX, limit - thread.cost - 1)
    for _ in search.planner.plans(world, goal, most) if most > 0 else ():
        options = [world.copy()]
        if isinstance(goal, Take) and None not in goal.values:
            taken = world.copy()
            taken.fire(goal.action, tuple(x for x in goal.values if x is not None), True)
            taken.cost += 1
            taken.silent += 1
            options.append(taken)
        for option in options:
            again = search.make_another([Thread(option, (), thread.reordered)])
            if _explains(again, entries, limit):
                world.undo(saved)
                return again.threads
    world.undo(saved)
    return []


def _explains(search: Search, entries: list[Entry], limit: int | None) -> bool:
    """Whether lines are explained, for less than a limit."""
    for entry in entries:
        if limit is not None:
            left = limit - 1 - min(each.cost for each in search.threads)
            if left < 0:
                return False
            search.bounds = replace(search.bounds, silent=min(search.bounds.silent, left))
        if not search.feed(entry):
            return False
    return limit is None or min(each.cost for each in search.threads) < limit


def get_concern(entry: Entry) -> frozenset[tuple[str, int]]:
    """What a line is about: a thread, and pages."""
    content = entry.content
    pages = [content.get("page"), *(each[0] for each in content.get("pages", ()))]
    found = {("page", page) for page in pages if page is not None}
    found.update(("thread", thread) for thread in get_threads(content))
    return frozenset(found)
