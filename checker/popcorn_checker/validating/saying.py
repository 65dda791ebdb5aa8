"""What a line of each event, call and kind of message says: what it has to, and what it may.

A field that has no place on a line of that event and call is passed over like one that is not
known: who writes a log may say more than is asked for, and nothing follows from it.
"""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

from popcorn_model.vocabulary import EVENTS, MESSAGES, Kind

ON_PAGE: Final = (
    "mmap", "mmap_over", "munmap", "forbid", "allow", "mremap", "futex_wait", "futex_wake", "look",
    "fill",
)  # fmt: skip
"""Calls that have effect on a page, and name it then."""
ABOUT_PAGE: Final = tuple(call for call in ON_PAGE if call != "mmap")
"""Calls that are about a page when they are asked."""
OPTIONAL: Final = ("goal", "page", "other", "where", "error", "areas", "pages")
UNREAD: Final = ("context", "data", "sets", "arguments")
"""What a message carries that a line about it may leave out."""
_EVENTS: Final = {row.name: row for row in EVENTS}
_MESSAGES: Final = {row.kind.value: row for row in MESSAGES}


class Fields(NamedTuple):
    """The fields that a line has to have, in their order, and all that have a place on it."""

    wanted: tuple[str, ...]
    allowed: frozenset[str]


@cache
def get_fields(event: str, call: str | None, kind: str | None) -> Fields:
    """What a line says; `kind` is that of a message, where the event is send."""
    if event == "send":
        assert kind is not None
        names = ["kind", *(name for name, _ in _MESSAGES[kind].fields if name not in UNREAD)]
        return _make(["to", *names], ["arguments"] if kind == Kind.CALL else [])
    names = [name for name in _EVENTS[event].names if name not in OPTIONAL]
    more: list[str] = []
    match event:
        case "exec":
            more = ["areas"]
        case "stop" | "ask":
            names += ["pages"] * (call == "fault" or call in ABOUT_PAGE)
            names += ["goal"] * (call == "migrate")
        case "pass":
            names.append("goal")
        case "want" | "take" | "way" | "give":
            names.append("page")
        case "serve":
            names += ["page"] * (call in ON_PAGE) + ["other"] * (call in ("clone", "mremap"))
            more = ["other"] * (call in ("fork", "futex_wake")) + ["where"] * (call == "futex_wake")
        case "fail":
            names += ["page"] * (call in ABOUT_PAGE) + ["error"] * (call == "futex_wait")
        case "areas":
            names += ["page", "other"]
    return _make(names, more)


def is_optional(name: str) -> bool:
    """Whether an event says a field only where it applies."""
    return name in OPTIONAL


def _make(wanted: list[str], more: list[str]) -> Fields:
    return Fields(tuple(wanted), frozenset([*wanted, *more, "at"]))
