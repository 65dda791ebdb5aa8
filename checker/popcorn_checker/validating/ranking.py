"""Which of several values is likelier to be the right one: that which is said nearby."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from popcorn_checker.validating.observing import Entry
from popcorn_checker.validating.subject import Subject

NOWHERE: Final = 1 << 30
"""A value that no line around says."""
_ALIKE: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("page", "pages", "addr"), ("page", "pages", "addr")),
    **dict.fromkeys(("thread", "other"), ("thread", "other")),
    **dict.fromkeys(
        ("at", "kernel", "at, kernel", "goal", "where", "to"),
        ("at", "kernel", "goal", "where", "to"),
    ),
    **dict.fromkeys(("pid", "peer_pid"), ("pid", "peer_pid")),
    **dict.fromkeys(("node", "peer_node"), ("node", "peer_node")),
}
"""Index: fields; those that say the same sort of thing."""


def get_distance(
    subject: Subject, lines: Sequence[Entry], number: int, change: tuple[str, Any]
) -> int:
    """How far from one of some lines the nearest other is that says a field's new value."""
    name, value = change
    names = _ALIKE.get(name, (name,))
    old = subject.says(lines[number])
    new = set(_atoms(value)) - {x for each in name.split(", ") for x in _atoms(old.get(each))}
    if not new:
        return 0
    return min(
        (
            abs(number - n) for n, line in enumerate(lines) if n != number
            and new <= {x for each in names for x in _atoms(subject.says(line).get(each))}
        ),
        default=NOWHERE,
    )  # fmt: skip


def _atoms(value: Any) -> Iterator[Any]:
    if isinstance(value, list | tuple):
        for each in value:
            yield from _atoms(each)
    elif value is not None:
        yield value
