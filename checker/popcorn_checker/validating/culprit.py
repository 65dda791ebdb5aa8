"""Which kernel's next line is wrong, where none of several can go on.

Of logs that say nothing of the order between kernels it is not known which line comes next: all
kernels wait, most of them only for another. The one is wrong with whose line changed they all go on
furthest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from popcorn_checker.validating.merging import merge
from popcorn_checker.validating.observing import Entry
from popcorn_checker.validating.ranking import get_distance
from popcorn_checker.validating.searching import Thread
from popcorn_checker.validating.subject import Subject

AHEAD_MAX: Final = 12
"""Units: lines of each kernel, that a change is judged by."""

Queues = list[list[Entry]]


@dataclass(frozen=True)
class Change:
    """Another next line of a kernel, or none; and how far all go on with it."""

    entry: Entry
    kind: str
    """`field`, `swapped` or `extra`."""
    name: str
    value: Any
    explained: int
    """Units: lines."""
    distance: int
    """Units: lines, to the nearest that says the value, too."""
    is_all: bool


def is_of_several(pending: Sequence[Entry]) -> bool:
    """Whether lines are of several files, whose order is not known."""
    return len({entry.source for entry in pending}) > 1


def find_changes(subject: Subject, thread: Thread, pending: Sequence[Entry]) -> list[Change]:
    """Changes of a kernel's next line, that which leads furthest first.

    Cost: some lines of each kernel again for each value that a field may have.
    """
    queues = _split(pending)
    total = sum(map(len, queues))
    found = []
    for number, queue in enumerate(queues):
        for kind, name, value, changed in _changes(subject, queue):
            if subject.is_late():
                break
            again = [changed if n == number else each for n, each in enumerate(queues)]
            count = _count(subject, thread, again)
            if count:
                is_all = count == sum(map(len, again))
                around = [*reversed(queue), *reversed(subject.search.recent)]
                far = get_distance(subject, around, len(queue) - 1, (name, value)) if name else 0
                found.append(Change(queue[0], kind, name, value, min(count, total), far, is_all))
    order = ("swapped", "field", "extra")
    return sorted(
        found, key=lambda each: (-each.explained, order.index(each.kind), each.distance)
    )


def _split(pending: Sequence[Entry]) -> Queues:
    queues: dict[str, list[Entry]] = {}
    for entry in pending:
        queues.setdefault(entry.source, []).append(entry)
    return [queue[:AHEAD_MAX] for queue in queues.values()]


def _changes(
    subject: Subject, queue: list[Entry]
) -> Iterator[tuple[str, str, Any, list[Entry]]]:
    head, *rest = queue
    if rest:
        yield "swapped", "", None, [rest[0], head, *rest[1:]]
    for name, value, changed in subject.alter(head):
        yield "field", name, value, [changed, *rest]
    yield "extra", "", None, rest


def _count(subject: Subject, thread: Thread, queues: Queues) -> int:
    """How many lines are explained from a state on."""
    again = subject.search.make_another([Thread(thread.world.copy())])
    if merge(again, queues):
        return sum(map(len, queues))
    return sum(map(len, queues)) - len(again.waiting)
