"""Logs as long as you like, of which no line is missing: threads that go round the kernels.

Each turn a thread asks for a page to write to it, is given it by whoever had it, and goes on to the
next kernel. Everything is as the reference writes it down, and it takes no time to make.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any, Final

from popcorn_checker.journal.reading import FORMAT, VERSION
from popcorn_model.vocabulary import Kind

KERNELS: Final = 3
THREADS: Final = 4
PAGES: Final = 16

Line = dict[str, Any]


def make_rounds() -> Iterator[Line]:
    """The lines of a log that does not end, the first of which says what it is."""
    yield {"format": FORMAT, "version": VERSION, "kernels": KERNELS}
    yield _say(0, "exec", thread=1, kernel=0, areas=[[0, PAGES, "write"]])
    yield _send(0, 0, Kind.ANSWER, 1, call="system", pages=[])
    yield _say(0, "run", thread=1, kernel=0)
    for thread in range(2, THREADS + 1):
        yield from _ask(1, 0, call="clone", pages=[])
        yield _say(0, "serve", thread=1, kernel=0, call="clone", other=thread)
        for each in (thread, 1):
            yield _send(0, 0, Kind.ANSWER, each, call="clone", pages=[])
            yield _say(0, "run", thread=each, kernel=0)
    places, owners = dict.fromkeys(range(1, THREADS + 1), 0), dict[int, int]()
    for turn in count():
        thread, page = 1 + turn % THREADS, turn % PAGES
        kernel = places[thread]
        if owners.get(page) != kernel:
            yield from _fault(thread, kernel, page, owners.get(page))
            owners[page] = kernel
        places[thread] = goal = (kernel + 1) % KERNELS
        yield from _ask(thread, kernel, call="migrate", pages=[], goal=goal)
        yield _say(0, "pass", thread=thread, kernel=kernel, goal=goal)
        yield _send(0, goal, Kind.ANSWER, thread, call="migrate", pages=[])
        yield _say(goal, "run", thread=thread, kernel=goal)


def _fault(thread: int, kernel: int, page: int, owner: int | None) -> Iterator[Line]:
    yield from _ask(thread, kernel, call="fault", pages=[[page, "write"]])
    yield _say(0, "take", thread=thread, kernel=kernel, page=page)
    if owner is not None:
        parcel = "data" if owner else "empty"  # the origin's frame stays where it is
        yield _send(0, owner, Kind.RECALL, None, page=page, access="write")
        yield _say(owner, "give", page=page, kernel=owner)
        yield _send(owner, 0, Kind.GAVE, None, page=page, parcel=parcel)
        yield _say(0, "way", thread=thread, page=page, kernel=owner)
    yield _say(0, "grant", thread=thread, kernel=kernel)
    yield _send(0, kernel, Kind.ANSWER, thread, call="fault", pages=[[page, "write", "data"]])
    yield _say(kernel, "step", thread=thread, kernel=kernel)
    yield _send(kernel, 0, Kind.DONE, thread)
    yield _say(0, "finish", thread=thread, kernel=kernel)


def _ask(thread: int, kernel: int, **what: Any) -> Iterator[Line]:
    yield _say(kernel, "stop", thread=thread, kernel=kernel, **what)
    goal = [what["goal"]] if "goal" in what else []
    said = {name: value for name, value in what.items() if name != "goal"}
    yield _send(kernel, 0, Kind.CALL, thread, **said, arguments=goal)
    yield _say(0, "ask", thread=thread, kernel=kernel, **what)


def _say(at: int, event: str, **names: Any) -> Line:
    return {"at": at, "event": event, "process": 1, **names}


def _send(at: int, to: int, kind: Kind, thread: int | None, **names: Any) -> Line:
    about = {} if thread is None else {"thread": thread}
    return {"at": at, "event": "send", "to": to, "kind": kind.value, "process": 1, **about, **names}
