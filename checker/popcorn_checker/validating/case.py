"""One process of a log: its model, its names, and the search for a behaviour that explains it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from popcorn_checker.checking import Request, configure
from popcorn_checker.errors import UsageError
from popcorn_checker.journal.explaining import PARTS, PROTOCOL
from popcorn_checker.validating.altering import alter
from popcorn_checker.validating.inserting import insert_earlier
from popcorn_checker.validating.lines import KERNELS_MAX
from popcorn_checker.validating.mapping import access_in
from popcorn_checker.validating.moving import BITS, Machine
from popcorn_checker.validating.naming import UNNAMED, Numbers, get_pages, get_threads
from popcorn_checker.validating.observing import Entry
from popcorn_checker.validating.planning import Planner
from popcorn_checker.validating.searching import Bounds, Search, Thread
from popcorn_checker.validating.sending import show_said
from popcorn_checker.validating.telling import JournalObserver
from popcorn_checker.validating.world import Marks, World
from popcorn_model.language import Model

SILENT_MAX: Final = 6
BACK: Final = 96
"""Units: lines, to which the search comes back."""


@dataclass(frozen=True)
class Plan:
    """How logs are looked at."""

    kernels: int
    is_complete: bool = False
    """No line is missing."""
    silent: int = SILENT_MAX
    """Units: steps that may be missing in a row."""
    keeps_past: bool = False
    """The whole behaviour is kept, to be shown."""
    is_late: Callable[[], bool] = lambda: False

    def __post_init__(self) -> None:
        """Raises: UsageError for a number of kernels that no log has."""
        if not 0 <= self.kernels <= KERNELS_MAX:
            raise UsageError(
                f"kernels={self.kernels}: there are at most {KERNELS_MAX} kernels; 0 is as many as "
                "the files of a log say"
            )


@cache
def get_model() -> Model:
    """The model that logs of our format are about."""
    return configure(Request(PROTOCOL, None, "", parts=PARTS))


class Case:
    """One process, and the states that it may be in."""

    def __init__(self, process: int, plan: Plan, numbers: Numbers | None = None) -> None:
        """`numbers` are what the log names, if that is known. Cost: some ten milliseconds."""
        self.process = process
        self.plan = plan
        self.numbers = numbers or Numbers()
        self.machine = Machine(get_model(), self._sizes())
        self.observer = self.make_observer(plan.is_complete)
        self.machine.add_own(self.observer.own)
        self.search = self.make_search(plan.is_complete)
        self.lines = 0
        """Units: lines that it was fed."""
        self._pages = len(self.numbers.pages)

    def make_observer(self, is_complete: bool) -> JournalObserver:
        """What lines say, where lines may be missing or none is."""
        return JournalObserver(self.numbers, is_complete, self.machine.moves)

    def make_search(self, is_complete: bool) -> Search:
        """A search from the start."""
        machine = self.machine
        watched = frozenset(machine.cell_family(name) for name in self.observer.duties)
        world = World(machine, Marks(), machine.start(), watched)
        world.keeps_past = self.plan.keeps_past
        bounds = Bounds(0 if is_complete else self.plan.silent, back=BACK)
        observer = self.make_observer(is_complete)
        planner = Planner(machine, observer.unlikely, self.plan.is_late)
        search = Search(machine, observer, planner, bounds, [Thread(world)], self.plan.is_late)
        search.insert = insert_earlier
        return search

    # --- what is said of it in words -------------------------------------------------------------

    @property
    def silent(self) -> int:
        """How many steps in a row may be missing. Units: steps."""
        return self.plan.silent

    @property
    def is_late(self) -> Callable[[], bool]:
        """Whether the time for the search is over."""
        return self.plan.is_late

    def alter(self, entry: Entry) -> Iterator[tuple[str, Any, Entry]]:
        """Each field of a line that may be wrong, another value, and the line with it."""
        return alter(self.numbers, self.plan.kernels, entry)

    def says(self, entry: Entry) -> Mapping[str, Any]:
        """The fields of a line, by name."""
        return entry.content

    def show_member(self, sort: str, number: int) -> str:
        """A thread, a page or a kernel as the log names it; nothing for other sorts."""
        match sort:
            case "Task":
                named = {n: thread for thread, n in self.numbers.threads.items()}
                thread = named.get(number, number)
                return "a thread not named" if thread <= UNNAMED else f"thread {thread}"
            case "Page":
                page = dict(self.numbers.numbered_pages()).get(number, number)
                return "a page not named" if page <= UNNAMED else f"page {page}"
            case "Kernel":
                return f"kernel {number}"
        return ""

    def show_own(self, name: str, cell: int) -> str:
        """What a cell of the observer's own is about."""
        if name == "said":
            index = tuple(cell >> BITS * n & (1 << BITS) - 1 for n in (2, 1, 0))
            return show_said(index, self.show_member)
        what = {"system": "the kernel of the system call", "phase": "the system call"}
        thread = self.show_member("Task", cell & ((1 << BITS) - 1))
        return f"{what.get(name, name)} of {thread}"

    def about(self, entry: Entry) -> frozenset[tuple[str, int]]:
        """Members that a line is about, each with its sort."""
        content, numbers = entry.content, self.numbers
        found = {("Kernel", content.get("kernel", content["at"]))}
        found |= {
            ("Task", numbers.threads[t]) for t in get_threads(content) if t in numbers.threads
        }
        found |= {("Page", numbers.pages[p]) for p in get_pages(content) if p in numbers.pages}
        return frozenset(found)

    def cells_about(self, world: World, thread: int) -> Iterator[int]:
        """Where a thread is, and what it asks for."""
        for name in ("here", "asks", "answers", "done"):
            for kernel in range(self.plan.kernels):
                if world.get(name, thread, kernel):
                    yield self.machine.cell(name, thread, kernel)
        yield self.machine.cell("call", thread)

    # --- its lines -------------------------------------------------------------------------------

    def feed(self, entry: Entry) -> bool:
        """One more line; whether all lines till now are explained."""
        self.lines += 1
        if self.numbers.note(entry.content):
            self._grow()
        return self.search.feed(entry)

    def _sizes(self) -> dict[str, int]:
        return {
            "kernels": self.plan.kernels,
            "tasks": max(1, len(self.numbers.threads)),
            "pages": max(1, len(self.numbers.pages)),
        }

    def _grow(self) -> None:
        """Threads and pages that are named for the first time were there before, and untouched."""
        machine, old = self.machine, dict(self.machine.sizes)
        machine.sizes.update(self._sizes())
        fresh = machine.start(old) if machine.sizes != old else {}
        raw = dict(self.numbers.numbered_pages())
        for thread in self._threads():
            world = thread.world
            world.grow(fresh)
            mapped = world.get("mapped")
            for number in range(self._pages, len(raw)):
                if mapped is not None:
                    world.put(machine.cell("area", number), access_in(mapped, raw[number]))
            world.settle()
        self._pages = len(raw)

    def _threads(self) -> list[Thread]:
        kept = [thread for _, threads in self.search.checkpoints for thread in threads]
        found = {id(each.world): each for each in (*self.search.threads, *kept)}
        return list(found.values())
