"""What is known of a log before its first line is read: its names, and where threads begin.

Where the start of a log is missing there was a behaviour before it. The shortest that puts each
thread on the kernel where the log finds it, and each page where it is asked back from, is taken
first: one thread is executed, makes the others, and touches the pages. All of that is steps of the
model like any others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from popcorn_checker.journal.telling import CALLS
from popcorn_checker.validating.case import Case
from popcorn_checker.validating.naming import Numbers
from popcorn_checker.validating.observing import Entry
from popcorn_checker.validating.world import World

READ: Final = 1
WRITE: Final = 2
MUNMAP: Final = CALLS.index("munmap")


@dataclass
class Beginning:
    """What a look through all lines of a process shows."""

    numbers: Numbers = field(default_factory=Numbers)
    homes: dict[int, int] = field(default_factory=dict)
    """Where threads are when the log begins, those that it does not begin itself."""
    holders: dict[int, dict[int, int]] = field(default_factory=dict)
    """Index: pages; the kernels that have them when the log begins, and for which access."""
    guests: set[int] = field(default_factory=set)
    """Kernels that are told of the end, so they have had threads."""
    unmapped: set[int] = field(default_factory=set)
    is_whole: bool = False
    """Whether the log has the process's first line."""
    _born: set[int] = field(default_factory=set)
    _touched: set[tuple[int, int]] = field(default_factory=set)
    """Pages and kernels that the log has said anything of."""
    _answered: set[tuple[int, int]] = field(default_factory=set)
    """Pages and kernels of which it has said who has them."""

    def note(self, entry: Entry) -> None:
        """Look at one more line."""
        content = entry.content
        self.numbers.note(content)
        event, kernel = content["event"], content.get("kernel", content["at"])
        if event == "exec":
            self.is_whole = True
            self._born.add(content["thread"])
        elif event == "serve" and content["call"] == "clone":
            self._born.add(content["other"])
        thread = content.get("thread")
        if thread is not None and thread not in self._born:
            home = content["to"] if content.get("kind") == "ANSWER" else kernel
            self.homes.setdefault(thread, home)
        if event in ("tell", "end", "heard") or content.get("kind") == "END":
            self.guests.add(content.get("to", kernel))
        self._note_pages(content, kernel)
        if event == "serve" and content["call"] == "mmap":
            known = any(page == content["page"] for page, _ in self._touched)
            if not known:
                self.unmapped.add(content["page"])

    def _note_pages(self, content: Mapping[str, Any], kernel: int) -> None:
        """Who gives a page back that it has not asked for in this log has had it before.

        So has who is answered without the page; and who has written to it may give what it wrote.
        """
        event, kind = content["event"], content.get("kind")
        pages = content.get("pages", ())
        if event in ("stop", "ask") or kind == "CALL":
            self._touched.update((page, kernel) for page, *_ in pages)
        elif kind == "ANSWER":
            for page, _, parcel in pages:
                if parcel == "empty" and (page, content["to"]) not in self._answered:
                    self.holders.setdefault(page, {}).setdefault(content["to"], READ)
                self._answered.add((page, content["to"]))
            self._touched.update((page, content["to"]) for page, *_ in pages)
        elif event == "take":
            self._touched.add((content["page"], kernel))
        elif event in ("give", "way") or kind == "GAVE":
            place = page, _ = content["page"], kernel
            if place not in self._touched:
                self.holders.setdefault(page, {}).setdefault(kernel, WRITE)
            if content.get("parcel") == "empty" and kernel and place not in self._answered:
                self.holders.get(page, {}).update({kernel: READ})
            self._touched.add(place)
            self._answered.add(place)

    def begin(self, case: Case) -> None:
        """Take the steps before the log, if its start is missing."""
        if self.is_whole or not self.homes:
            return
        world = case.search.threads[0].world
        for action, values in self._steps(world):
            if not case.machine.moves[action].is_enabled(world.cells, *values):
                continue
            world.fire(action, values, is_silent=True)
            world.silent += 1
        world.settle()

    def _steps(self, world: World) -> Iterator[tuple[str, tuple[int, ...]]]:
        numbers = self.numbers
        homes = {numbers.threads[t]: k for t, k in self.homes.items()}
        first = min(homes)
        yield from (("exec_program", (first, 0)), ("run_on", (first, 0)))
        place = 0
        for page, kernels in sorted(self.holders.items()):
            for kernel, access in sorted(kernels.items()):
                yield from hop(first, place, kernel)
                place = kernel
                p = numbers.pages[page]
                access = access if len(kernels) == 1 else READ
                yield from (
                    ("fault", (first, place, p, access)), ("take_page", (first, p, place)),
                    ("grant", (first, place)), ("receive", (first, place)),
                    ("finish", (first, place)),
                )  # fmt: skip
        for kernel in sorted(self.guests - {place}):
            yield from hop(first, place, kernel)
            place = kernel
        for page in sorted(self.unmapped):
            p = numbers.pages[page]
            yield from (
                ("call_on_page", (first, place, p, MUNMAP)), ("take_page", (first, p, place)),
                ("serve_munmap", (first, place, p)), ("run_on", (first, place)),
            )  # fmt: skip
        for thread in sorted(homes):
            if thread != first:
                yield from (
                    ("call_clone", (first, place)), ("serve_clone", (first, place, thread)),
                    ("run_on", (first, place)), ("run_on", (thread, place)),
                )  # fmt: skip
                yield from hop(thread, place, homes[thread])
        yield from hop(first, place, homes[first])


def hop(thread: int, source: int, target: int) -> Iterable[tuple[str, tuple[int, ...]]]:
    """The steps of a migration."""
    if source != target:
        yield "call_migrate", (thread, source, target)
        yield "serve_migrate", (thread, source, target)
        yield "run_on", (thread, target)
