"""What is wrong with a log that is not explained: where, with what, and what would set it right.

Everything is found by trying. The states before the line are known, so the last lines are gone
through again: without a line, with two of them swapped, with another value in one field. What lets
the log go on longest is the likeliest repair. Which lines contradict each other is found by leaving
out one after the other, as if it had been lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from popcorn_checker.validating.culprit import Change, find_changes, is_of_several
from popcorn_checker.validating.observing import Entry
from popcorn_checker.validating.ranking import NOWHERE, get_distance
from popcorn_checker.validating.searching import Search, Thread, walk
from popcorn_checker.validating.seeing import get_legal, get_state
from popcorn_checker.validating.subject import Subject

AHEAD_MAX: Final = 24
"""Units: lines that a repair is judged by."""
SUSPECTS_MAX: Final = 3
"""Units: lines in which another value is tried."""
CORE_MAX: Final = 48
"""Units: lines among which those that contradict each other are looked for."""
CORE_SILENT: Final = 3
"""Units: steps in a row that may be missing there. More cost seconds, and what is meant to be
right can be made so by enough of them."""
CORE_TRIES: Final = 200
"""Units: steps, of each plan."""
CORE_WORLDS: Final = 12
"""How many states are followed there."""
CORE_LOOKS: Final = 120
"""How often the lines are gone through for that."""


@dataclass(frozen=True)
class Repair:
    """A change of the log after which it goes on."""

    kind: str
    """`lost`, `swapped`, `field` or `extra`."""
    entry: Entry
    """The line that is changed, or before which one is lost, or the first of two that swap."""
    text: str
    explained: int
    """Units: lines that are explained with it, from the one that was not."""
    name: str = ""
    value: Any = None
    is_at_first: bool = True
    """Whether it changes the line that is not explained, and not one before it."""
    distance: int = 0
    """Units: lines, to the nearest that says the value, too."""
    is_all: bool = False
    """Whether that is all that there are, or all that were looked at."""


@dataclass(frozen=True)
class Diagnosis:
    """Why a log is not explained."""

    entry: Entry
    reason: str
    states: list[list[str]]
    """For each state that the model may be in: the cells that matter, and their values."""
    legal: list[str]
    """Steps that would have been possible."""
    core: list[Entry] | None
    """Lines of which none can be left out; None if there are none where lines may be missing."""
    repair: Repair | None
    others: list[Repair] = field(default_factory=list)
    is_core_least: bool = True
    """Whether that none of them can be left out was tried to the end."""
    core_missing: int = CORE_SILENT
    """Units: steps in a row that may be missing between them."""

    def doubt(self, is_complete: bool) -> str:
        """Why it is not sure that a line is wrong, where lines may be missing; empty if it is."""
        if is_complete or self.core is not None or not self.is_core_least:
            return ""
        return "the lines up to it do not contradict each other, if enough others are missing"


def diagnose(subject: Subject) -> Diagnosis:
    """Say what is wrong where a search has come to an end.

    Cost: the recent lines again, some hundred times.
    """
    search = subject.search
    pending = tuple(search.waiting)
    if is_of_several(pending):
        return _diagnose_several(subject, pending)
    entry = pending[0]
    before = list(walk(search)) if search.checkpoints else []
    threads = _states_before(search, before)
    world = threads[0].world
    repairs = sorted(_repairs(subject, before, threads, pending), key=_likelihood)
    core, is_least = _core(subject, before, threads, pending)
    return Diagnosis(
        entry,
        _reason(subject, world, entry),
        [get_state(subject, each.world, entry) for each in threads],
        get_legal(subject, world, entry),
        core,
        repairs[0] if repairs else None,
        [each for each in repairs[1:4] if each.explained == repairs[0].explained],
        is_least,
        _core_missing(subject),
    )


def _diagnose_several(subject: Subject, pending: tuple[Entry, ...]) -> Diagnosis:
    """Say what is wrong where several kernels have come to an end, each at a line of its own."""
    thread = replace(subject.search.threads[0], pending=())
    changes = find_changes(subject, thread, pending)
    entry = changes[0].entry if changes else pending[0]
    repairs = [_tell_change(each) for each in changes[:4]]
    core, is_least = _core(subject, [], [thread], (entry,))
    return Diagnosis(
        entry,
        _reason(subject, thread.world, entry),
        [get_state(subject, thread.world, entry)],
        get_legal(subject, thread.world, entry),
        core,
        repairs[0] if repairs else None,
        [each for each in repairs[1:] if each.explained == repairs[0].explained],
        is_least,
        _core_missing(subject),
    )


def _tell_change(change: Change) -> Repair:
    where = change.entry
    text = {
        "field": f"in {where} `{change.name}` is wrong; with {change.value!r} it would be "
        "explained",
        "swapped": f"{where} and the next line are in the wrong order",
        "extra": f"{where} does not belong there",
    }[change.kind]
    return Repair(
        change.kind, where, text, change.explained, change.name, change.value, change.is_all
    )


_ORDER: Final = {"swapped": 0, "field": 1, "lost": 2, "extra": 3}
"""What is likelier where several repairs let the log go on for as long: a log loses lines more
easily than it makes some up."""


def _likelihood(repair: Repair) -> tuple[int, int, bool, bool, int]:
    """What comes first: that after which the most is explained, and what is said nearby."""
    is_nowhere = repair.distance == NOWHERE
    return (
        -repair.explained, _ORDER[repair.kind], is_nowhere, not repair.is_at_first,
        repair.distance,
    )  # fmt: skip


def _states_before(search: Search, before: list[tuple[Entry, list[Thread]]]) -> list[Thread]:
    """The states before the line that is not explained."""
    if not search.checkpoints:
        return [replace(each.copy(), pending=()) for each in search.threads[:3]]
    _, threads = search.checkpoints[0]
    again = search.make_another([each.copy() for each in threads])
    for each, _ in before:
        again.feed(each)
    return [replace(each, pending=()) for each in again.threads[:3]]


def _reason(subject: Subject, world: Any, entry: Entry) -> str:
    ways = subject.search.observer.ways(entry, world.get)
    return ways if isinstance(ways, str) else ""


# --- repairs -------------------------------------------------------------------------------------


def _repairs(
    subject: Subject, before: list[tuple[Entry, list[Thread]]], threads: list[Thread],
    pending: tuple[Entry, ...],
) -> Iterator[Repair]:  # fmt: skip
    """Changes with which the line is explained."""
    wrong = pending[0]
    ahead = list(pending[:AHEAD_MAX])
    past = [(each, states) for each, states in before if states][-SUSPECTS_MAX + 1 :]
    count = _run(subject, threads, ahead, silent=subject.silent)
    if count:
        yield _make("lost", wrong, f"a line before {wrong} was lost", count, ahead)
    count = _run(subject, threads, ahead[1:])
    if count:
        yield _make("extra", wrong, f"{wrong} does not belong there", count + 1, ahead)
    if len(ahead) > 1:
        count = _run(subject, threads, [ahead[1], ahead[0], *ahead[2:]])
        if count > 1:
            text = f"{wrong} and {ahead[1]} are in the wrong order"
            yield _make("swapped", wrong, text, count, ahead)
    if past:
        last, states = past[-1]
        count = _run(subject, states, [wrong, last, *ahead[1:]]) - 1
        if count > 0:
            text = f"{last} and {wrong} are in the wrong order"
            yield _make("swapped", last, text, count, ahead)
    yield from _altered(subject, before, threads, pending)


def _altered(
    subject: Subject, before: list[tuple[Entry, list[Thread]]], threads: list[Thread],
    pending: tuple[Entry, ...],
) -> Iterator[Repair]:  # fmt: skip
    """Other values in one field: first in the line that is not explained, then in those before."""
    wrong, ahead = pending[0], list(pending[:AHEAD_MAX])
    lines = [*(each for each, _ in before), *pending]
    place = len(before)
    suspects = [(place, threads)]
    suspects += [
        (number, states) for number, (_, states) in reversed([*enumerate(before)]) if states
    ][: SUSPECTS_MAX - 1]
    for number, states in suspects:
        suspect = lines[number]
        rest = [*lines[number + 1 : place], *ahead] if number < place else ahead[1:]
        for name, value, changed in subject.alter(suspect):
            if subject.is_late():
                return
            count = _run(subject, states, [changed, *rest]) - (place - number)
            if count > 0:
                text = f"in {suspect} `{name}` is wrong; with {value!r} it would be explained"
                made = _make("field", suspect, text, count, ahead)
                distance = get_distance(subject, lines, number, (name, value))
                yield replace(
                    made, name=name, value=value, is_at_first=suspect is wrong, distance=distance
                )


def _make(kind: str, entry: Entry, text: str, count: int, ahead: list[Entry]) -> Repair:
    return Repair(kind, entry, text, count, is_all=count >= len(ahead))


def _run(
    subject: Subject, threads: list[Thread], entries: list[Entry], silent: int = 0
) -> int:
    """How many of some lines are explained; `silent` steps may come before the first of them."""
    again = subject.search.make_another([each.copy() for each in threads])
    if silent:
        again = replace(subject.make_search(is_complete=False), threads=again.threads)
        again.planner.tries_max = 800
        again.bounds = replace(again.bounds, silent=silent, back=0, patience=0)
    for number, entry in enumerate(entries):
        if not again.feed(entry):
            return number
        if silent and number == 0:
            again = subject.search.make_another(again.threads)
    return len(entries)


# --- lines that contradict each other ------------------------------------------------------------


def _core(
    subject: Subject, before: list[tuple[Entry, list[Thread]]], threads: list[Thread],
    pending: tuple[Entry, ...],
) -> tuple[list[Entry] | None, bool]:  # fmt: skip
    """Lines that cannot all be right, though each other may be right, wrong or out of place.

    None if there are none; and whether it was tried to the end that none can be spared.
    """
    window = [(each, states) for each, states in before if states][-CORE_MAX:]
    start = window[0][1] if window else threads
    lines = [*(each for each, _ in window), pending[0]]
    looks = 0

    def fails(kept: list[Entry]) -> bool:
        nonlocal looks
        looks += 1
        is_possible = _is_possible(subject, start, lines, kept)
        return not is_possible and not subject.is_late()  # in haste nothing is found possible

    if not fails(lines):
        return None, not subject.is_late()
    core = lines
    size = max(1, len(lines) // 2)
    while size:
        at = 0
        while at < len(core) and looks < CORE_LOOKS and not subject.is_late():
            kept = core[:at] + core[at + size :]
            if kept and fails(kept):
                core = kept
            else:
                at += size
        size //= 2
    return core, looks < CORE_LOOKS and not subject.is_late()


def _core_missing(subject: Subject) -> int:
    """How many steps in a row may be missing there: no more than in the log. Units: steps."""
    return min(CORE_SILENT, subject.silent)


def _is_possible(
    subject: Subject, start: list[Thread], lines: list[Entry], kept: list[Entry]
) -> bool:
    """Whether some lines can be so, where lines may be missing and others are so or not."""
    holes = subject.make_search(is_complete=False)
    holes.planner.tries_max = CORE_TRIES
    holes.bounds = replace(
        holes.bounds, silent=_core_missing(subject), back=0, patience=0, worlds=CORE_WORLDS
    )
    holes.threads = [each.copy() for each in start]
    places = {each.place for each in kept}
    for entry in lines:
        if entry.place in places:
            if not holes.feed(entry):
                return False
            continue
        taken = [
            Thread(world) for each in holes.threads
            for world in holes.extend(each.world.copy(), entry, 0)
        ]  # fmt: skip
        holes.threads = holes.best([*taken, *holes.threads])
    return True
