"""Which steps of the model a system call is: several questions, asked one after the other.

Between two of them the thread stays at the origin. The model has it answered, with the answer on
its way, run on and ask again at once. The difference cannot be seen by anybody but the origin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from popcorn_checker.journal.telling import ACCESS, CALLS, TELLS, Names, Step, ask
from popcorn_model.vocabulary import Call

_LATE: Final = (Call.FUTEX_WAKE,)
"""Calls whose question is told when it is known what has come of it."""

Read = Callable[..., Any]
"""Reads a cell of the model's state by name and index."""


@dataclass
class Composer:
    """Tells events as steps, and remembers which threads are in which system call."""

    pages: int
    get: Read
    calling: dict[int, int] = field(default_factory=dict)
    """Threads that have made a system call of which nothing was done yet, and on which kernel."""
    between: set[int] = field(default_factory=set)
    """Threads of which something was done, and more may come."""
    inside: set[int] = field(default_factory=set)
    """Threads that are in a system call."""

    def tell(self, event: str, names: Names) -> Iterator[Step]:
        """The steps that an event is. Each is to be taken before the next is asked for."""
        known = {
            "exec": self._exec, "stop": self._stop, "ask": self._ask, "serve": self._serve,
            "pass": self._pass, "fail": self._fail, "areas": self._areas,
            "give_up": self._give_up, "answer": self._answer, "drop": self._drop,
            "end": self._end,
        }  # fmt: skip
        yield from known.get(event, TELLS[event])(names)

    # --- the beginning ---------------------------------------------------------------------------

    def _exec(self, n: Names) -> Iterator[Step]:
        """The model begins with all pages writable: the first thread makes them what they are."""
        yield from TELLS["exec"](n)
        t, k = n["thread"], n["kernel"]
        wanted = [0] * self.pages
        for first, end, access in n.get("areas", ()):
            for p in range(max(first, 0), min(end, self.pages)):
                wanted[p] = ACCESS[access]
        for p, access in enumerate(wanted):
            yield from self._make(t, k, p, access)

    # --- questions -------------------------------------------------------------------------------

    def _stop(self, n: Names) -> Iterator[Step]:
        if n["call"] == Call.SYSTEM:
            self.calling[n["thread"]] = n["kernel"]
            self.inside.add(n["thread"])
        else:
            yield from ask(self._sort(n))

    def _sort(self, n: Names) -> Names:
        """A page that its kernel may not use so comes first: that is what the thread faults on."""
        if n["call"] != Call.FAULT:
            return n
        k = n["kernel"]
        pages = sorted(n["pages"], key=lambda each: self.get("copy", each[0], k) >= ACCESS[each[1]])
        return {**n, "pages": pages}

    def _ask(self, n: Names) -> Iterator[Step]:
        if n["thread"] in self.inside and n["call"] not in _LATE:
            yield from self._begin(n["thread"], n["kernel"])
            yield from ask(n)

    def _begin(self, t: int, k: int) -> Iterator[Step]:
        """The thread is where it can ask."""
        if t in self.calling:
            del self.calling[t]
        else:
            self.between.discard(t)
            yield "run_on", t, k

    def _ask_other(self, t: int, k: int) -> Iterator[Step]:
        yield from self._begin(t, k)
        yield "call_other", t, k

    def _pass(self, n: Names) -> Iterator[Step]:
        yield from TELLS["pass"](n)
        self._note(n["thread"])

    def _note(self, t: int) -> None:
        """Part of a system call is done."""
        if t in self.inside:
            self.between.add(t)

    def _serve(self, n: Names) -> Iterator[Step]:
        t, k, call = n["thread"], n["kernel"], n["call"]
        if t in self.inside and call == Call.FUTEX_WAKE:
            yield from self._wake(n)
        elif call == Call.FORK:
            yield from self._fork(t, k)
            yield from TELLS["serve"](n)
        else:
            yield from TELLS["serve"](n)
        if call in (Call.EXIT, Call.EXIT_GROUP):
            self._forget(t)
        elif call != Call.FUTEX_WAIT:
            self._note(t)

    def _wake(self, n: Names) -> Iterator[Step]:
        """Who sleeps on another word of the page is not woken, and the model knows only pages."""
        t, k, p = n["thread"], n["kernel"], n["page"]
        nobody = "other" not in n
        if nobody and self._is_slept_on(p):
            yield from self._ask_other(t, k)
            yield "serve_other", t, k
            return
        yield from self._begin(t, k)
        yield "call_futex", t, k, p, CALLS.index(Call.FUTEX_WAKE)
        yield from TELLS["serve"](n)
        if not nobody:
            self._note(n["other"])

    def _is_slept_on(self, p: int) -> bool:
        threads = range(self.get.sizes["tasks"])  # type: ignore[attr-defined]
        return any(
            self.get("call", u) == CALLS.index("sleep") and self.get("wants", u, p)
            for u in threads
        )

    def _fork(self, t: int, k: int) -> Iterator[Step]:
        """Pages of which nobody has anything are not taken one by one, but the model does so."""
        for p in range(self.pages):
            if self.get("area", p) and self.get("taken", p) != t:
                if not self.get("wants", t, p):
                    yield "want_page", t, k, p
                yield "take_page", t, p, k

    def _fail(self, n: Names) -> Iterator[Step]:
        yield from TELLS["fail"](n)
        self._note(n["thread"])

    def _give_up(self, n: Names) -> Iterator[Step]:
        yield from TELLS["give_up"](n)
        self._note(n["thread"])

    # --- areas -----------------------------------------------------------------------------------

    def _areas(self, n: Names) -> Iterator[Step]:
        for p in range(max(n["page"], 0), min(n["other"], self.pages)):
            yield from self._make(n["thread"], n["kernel"], p, ACCESS[n["access"]])

    def _make(self, t: int, k: int, p: int, access: int) -> Iterator[Step]:
        """A thread makes an area allow what it is to allow, by calls of its own."""
        while (now := self.get("area", p)) != access:
            yield from self._begin(t, k)
            if now == 0:
                yield "call_mmap", t, k
                yield "serve_mmap", t, k, p
            else:
                call = Call.MUNMAP if access == 0 else Call.FORBID if access == 1 else Call.ALLOW
                yield "call_on_page", t, k, p, CALLS.index(call)
                yield "take_page", t, p, k
                yield f"serve_{call.value}", t, k, p
            self._note(t)

    # --- the end ---------------------------------------------------------------------------------

    def _answer(self, n: Names) -> Iterator[Step]:
        t, k = n["thread"], n["kernel"]
        if t in self.calling:
            yield from self._ask_other(t, k)
            yield "serve_other", t, k
        self._forget(t)

    def _drop(self, n: Names) -> Iterator[Step]:
        t, k = n["thread"], n["kernel"]
        if t in self.calling or t in self.between:
            yield from self._ask_other(t, k)
        yield from TELLS["drop"](n)
        self._forget(t)

    def _end(self, n: Names) -> Iterator[Step]:
        """What has left a kernel before it was told of the end is not there any more."""
        for t, k in list(self.calling.items()):
            if k == n["kernel"]:
                yield from self._ask_other(t, k)
        yield from TELLS["end"](n)

    def _forget(self, t: int) -> None:
        self.calling.pop(t, None)
        self.between.discard(t)
        self.inside.discard(t)
