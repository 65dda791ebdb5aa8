"""Messages in a log that lacks nothing: each is sent once, and heard after it was sent.

A line about a message is no step of the model, and would be so as long as the message is on its
way. So it is kept beside the state which messages lines have told of that nobody has heard yet. A
log that tells of no message at all is taken to leave them out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from popcorn_checker.validating.observing import Get, Item, Keep, Need
from popcorn_model.vocabulary import Kind

OWN: Final = ("said", "says")
"""Cells: which messages were told of, each by its kind and what it is about; whether any was."""

SENT: Final = "sent"
BEGUN: Final = "sent, and begun with"

KINDS: Final = tuple(Kind)
_ABOUT: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.CALL: ("thread",),  # which asks for one thing at a time, from wherever it is
    Kind.ANSWER: ("thread", "to"),
    Kind.DONE: ("thread", "at"),
    Kind.RECALL: ("page", "to"),
    Kind.GAVE: ("page", "at"),
    Kind.END: ("to",),
    Kind.FAREWELL: ("at",),
}
"""What tells a message from others of its kind that are on their way, as a line names it."""
_HEARD: Final[Mapping[str, tuple[Kind, tuple[str, ...]]]] = {
    "run": (Kind.ANSWER, ("thread", "kernel")),
    "step": (Kind.ANSWER, ("thread", "kernel")),
    "finish": (Kind.DONE, ("thread", "kernel")),
    "give": (Kind.RECALL, ("page", "kernel")),
    "way": (Kind.GAVE, ("page", "kernel")),
    "end": (Kind.END, ("kernel",)),
    "heard": (Kind.FAREWELL, ("kernel",)),
}
"""Events that are about a message that has arrived."""
_OF_SYSTEM: Final = ("answer", "areas")
_OF_QUESTION: Final = ("turn", "want", "take", "grant", "refuse", "pass", "serve", "fail")


def _index(kind: Kind, n: Mapping[str, Any], names: tuple[str, ...]) -> tuple[int, ...]:
    about = [n[name] for name in names]
    return KINDS.index(kind), *about, *[0] * (2 - len(about))


def is_sent(n: Mapping[str, Any]) -> Iterator[Item]:
    """A line tells of a message: no other has told of it."""
    kind = Kind(n["kind"])
    index = _index(kind, n, _ABOUT[kind])
    yield Need("said", index, (None,))
    yield Keep("said", index, SENT)
    yield Keep("says", (), True)


def _is_first(n: Mapping[str, Any], get: Get) -> bool:
    """Whether an event must be the first that the origin says of a call.

    A system call may be several questions, and some of them are no step of the model.
    """
    return bool(n["event"] == "ask" and get("system", n["thread"]) is None)


def is_heard(n: Mapping[str, Any], get: Get) -> Iterator[Item]:
    """An event is about a message that has arrived: a line has told of it."""
    event = n["event"]
    call = KINDS.index(Kind.CALL), n.get("thread", 0), 0
    if event == "stop":
        yield Keep("said", call, None)
    elif get("says") and event in _HEARD:
        kind, names = _HEARD[event]
        index = _index(kind, n, names)
        yield Need("said", index, (SENT,))
        yield Keep("said", index, None)
    elif get("says") and event in ("ask", *_OF_SYSTEM):
        yield Need("said", call, (SENT,) if _is_first(n, get) else (SENT, BEGUN))
        yield Keep("said", call, BEGUN)
        if isinstance(get("late", n["thread"]), int):  # it has asked to wake others, and none is
            yield Need("late", (n["thread"],), (None,))
    elif get("says") and event in _OF_QUESTION:
        yield Need("said", call, (BEGUN,))


def show_said(index: tuple[int, ...], show_member: Callable[[str, int], str]) -> str:
    """What a cell is about."""
    kind = KINDS[index[0]]
    sorts = {"thread": "Task", "page": "Page", "to": "Kernel", "at": "Kernel"}
    about = [
        show_member(sorts[name], number)
        for name, number in zip(_ABOUT[kind], index[1:], strict=False)
    ]
    return f"what lines say of the message {kind.value} ({', '.join(about)})"
