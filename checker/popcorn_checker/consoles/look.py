"""Windows of one run, held against the model: what the search needs, and how to speak of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from popcorn_checker.checking import Request, configure
from popcorn_checker.consoles.altering import alter
from popcorn_checker.consoles.beginning import Beginning
from popcorn_checker.consoles.naming import Names, get_printer
from popcorn_checker.consoles.reading import Window
from popcorn_checker.consoles.telling import ConsoleObserver, Haste, is_told
from popcorn_checker.dmesg.reading import Line
from popcorn_checker.validating.merging import merge
from popcorn_checker.validating.moving import BITS, Machine
from popcorn_checker.validating.observing import Entry
from popcorn_checker.validating.planning import Planner
from popcorn_checker.validating.searching import Bounds, Search, Thread
from popcorn_checker.validating.world import Marks, World
from popcorn_model.language import Model

PROTOCOL: Final = "popcorn-2020"
PARTS: Final = ("transport", "tasks", "threads", "signals", "vma", "pages")
SILENT_MAX: Final = 8
"""Units: steps, in a row. What a line needs of nodes whose lines are lacking is seldom longer."""
BACK: Final = 96
"""Units: lines, from which on is looked for what is wrong with a later one."""
PATIENCE: Final = 16
"""Units: lines that may stand before one that was printed late: a few of each processor."""
STARTS_MAX: Final = 12
"""How often a page is taken to have begun in another way."""
FOLLOWERS: Final = 9
"""How many followers a fault handle of the code has room for."""


@dataclass(frozen=True)
class Setting:
    """How consoles are looked at."""

    variant: str
    silent: int = SILENT_MAX
    """Units: steps that may be missing in a row."""
    is_complete: bool = False
    """No line of the nodes whose consoles these are is missing, from the first to the last."""
    keeps_past: bool = False
    """The whole behaviour is kept, to be shown."""
    is_late: Callable[[], bool] = lambda: False


@cache
def get_model(variant: str) -> Model:
    """The model that consoles are about, in a variant. Raises: UsageError if there is none such."""
    return configure(Request(PROTOCOL, variant, "", parts=PARTS))


class Look:
    """Windows of different nodes, and the states that they may have led to."""

    def __init__(self, setting: Setting, names: Names, windows: Sequence[Window]) -> None:
        """Everything up to the first line. Cost: once through the lines."""
        self.setting = setting
        self.names = names
        self.windows = tuple(windows)
        self.queues = [list(_entries(names, window)) for window in windows]
        self.beginning = Beginning(names)
        is_lacking = not any(window.is_origin for window in windows)
        for window in windows if setting.is_complete else ():
            if not window.is_origin:
                self.beginning.note_served(window, is_lacking)
        for queue in self.queues:
            for entry in queue:
                self.beginning.note(entry)
        model = get_model(setting.variant)
        kernels = names.consoles.kernels
        self.observed = frozenset(kernels[window.node] for window in windows)
        self.observer = ConsoleObserver(names, model, self.observed, setting.is_complete)
        self.machine = Machine(model, self._sizes())
        self.machine.add_own(self.observer.own)
        self.search = self.make_search(is_complete=False)

    def _sizes(self) -> dict[str, int]:
        threads, pages = len(self.names.get_threads()), len(self.names.pages)
        return {
            "kernels": max(2, len(self.names.consoles.kernels)),
            "tasks": max(1, threads),
            "pages": max(1, pages + self.beginning.maps),
            "places": FOLLOWERS,
            "channel_slots": 2 * threads + 1,
        }

    def make_search(self, is_complete: bool) -> Search:
        """A search from the first line on; there are always steps that no line tells of."""
        machine, observer = self.machine, self.observer
        watched = frozenset(machine.cell_family(name) for name in observer.duties)
        world = World(machine, Marks(), machine.start(), watched)
        world.keeps_past = self.setting.keeps_past
        self.beginning.begin(world)
        planner = Planner(machine, observer.unlikely, self.setting.is_late)
        bounds = Bounds(0 if is_complete else self.silent, patience=PATIENCE, back=BACK)
        return Search(machine, observer, planner, bounds, [Thread(world)], self.setting.is_late)

    def run(self) -> bool:
        """Whether all lines are explained.

        If they are not where silent steps are taken in haste, they are looked at again with less,
        and then with pages that have begun in other ways. If they never are, what is left is the
        search that has come furthest.
        """
        found: list[tuple[Search, Haste]] = []
        for haste in Haste:
            self.observer.haste = haste
            self.search = self.make_search(is_complete=False)
            if self._run():
                return True
            found.append((self.search, haste))
            if self.is_late():
                break
        known = dict(self.beginning.starts)
        for number, (search, haste) in enumerate(found):
            self.beginning.starts = dict(known)
            self.search, self.observer.haste = search, haste
            if self._run_from_other_starts():
                return True
            found[number] = self.search, haste
        self.search, self.observer.haste = max(found, key=lambda each: self._count_done(each[0]))
        return False

    def _run_from_other_starts(self) -> bool:
        """Whether all lines are explained if pages have begun in another way than was made likely.

        Where a line about a page is not explained, each other way is tried, as long as that leads
        further.
        """
        is_explained, tried = False, 0
        while not is_explained and tried < STARTS_MAX and not self.is_late():
            search, furthest = self.search, self._count_done(self.search)
            page = self._get_page(search.threads[0])
            if page is None:
                return False
            known = self.beginning.starts.get(page)
            for start in self.beginning.other_starts(page):
                tried += 1
                self.beginning.starts[page] = start
                self.search = self.make_search(is_complete=False)
                is_explained = self._run()
                if is_explained or self._count_done(self.search) > furthest:
                    break
            else:
                self.search = search
                self.beginning.put_back(page, known)
                return False
        return is_explained

    def _get_page(self, thread: Thread) -> int | None:
        """The page that the first line is about that is not explained."""
        entry = thread.pending[0]
        serving = thread.world.get("serving", entry.kernel)
        return dict(self.about(entry)).get("Page", serving[0] if serving else None)

    def _count_done(self, search: Search) -> int:
        """How many lines come before the first that is not explained."""
        pending = search.threads[0].pending
        everything = [entry for queue in self.queues for entry in queue]
        return everything.index(pending[0]) if pending else len(everything)

    def _run(self) -> bool:
        if len(self.queues) > 1:
            return merge(self.search, self.queues)
        for entry in self.queues[0]:
            self.search.feed(entry)
            if len(self.search.threads[0].pending) >= self.search.bounds.patience:
                return False
            if self.search.is_late():
                return False
        return not self.search.threads[0].pending

    # --- what is said of it in words -------------------------------------------------------------

    @property
    def silent(self) -> int:
        """How many steps in a row may be missing. Units: steps."""
        return self.setting.silent

    @property
    def is_late(self) -> Callable[[], bool]:
        """Whether the time for the search is over."""
        return self.setting.is_late

    def alter(self, entry: Entry) -> Iterator[tuple[str, Any, Entry]]:
        """Each field of a line that may be wrong, another value, and the line with it."""
        return alter(self.names, entry)

    def says(self, entry: Entry) -> Mapping[str, Any]:
        """The fields of a line, by name."""
        fields: Mapping[str, Any] = entry.content["line"].fields
        return fields

    def show_member(self, sort: str, number: int) -> str:
        """A thread, a page or a node as the consoles name it; nothing for other sorts."""
        match sort:
            case "Task":
                return self.names.show_thread(number)
            case "Page":
                return self.names.show_page(number)
            case "Kernel":
                return self.names.show_kernel(number)
        return ""

    def show_own(self, name: str, cell: int) -> str:
        """What a cell of the observer's own is about."""
        first, k = get_own_index(cell)
        task, page, there = (
            self.names.show_thread(first), self.names.show_page(first), self.names.show_kernel(k)
        )  # fmt: skip
        what = {
            "pid": f"the task of {task}", "ended": f"the line in which {task} ended",
            "asked": f"the task that has asked {there} for {page}",
            "holders": f"the tasks that have held the handle of {page} on {there}",
            "dropper": f"the task that has the copy of {page} on {there} dropped",
            "sent": f"that {there} has let go of {page}, and has not answered,",
            "owed": f"that {there} owes {task} an answer from before the window",
        }  # fmt: skip
        return what.get(name, name)

    def about(self, entry: Entry) -> frozenset[tuple[str, int]]:
        """Members that a line is about, each with its sort."""
        line: Line = entry.content["line"]
        k: int = entry.content["kernel"]
        found = {("Kernel", k)}
        pid, address = line.fields.get("pid"), line.fields.get("page", line.fields.get("addr"))
        t = self.names.thread(k, pid) if isinstance(pid, int) else None
        p = self.names.page(address) if isinstance(address, int) else None
        return frozenset(
            found | ({("Task", t)} if t is not None else set())
            | ({("Page", p)} if p is not None else set())
        )  # fmt: skip

    def cells_about(self, world: World, thread: int) -> Iterator[int]:
        """Where a thread is, and what it does."""
        for name in ("home", "at", "doing", "call"):
            yield self.machine.cell(name, thread)
        for k in range(1, self.machine.sizes["kernels"]):
            if world.get("remote", thread, k):
                yield self.machine.cell("remote", thread, k)


def get_own_index(cell: int) -> tuple[int, int]:
    """The index of a cell of the observer's own that is of a thread or page and of a kernel."""
    mask = (1 << BITS) - 1
    return cell >> BITS & mask, cell & mask


def _entries(names: Names, window: Window) -> Iterator[Entry]:
    """The lines of a window that say something of the process."""
    kernel = names.consoles.kernels[window.node]
    told = [line for line in window.lines if is_told(line)]
    for line in told:
        printer = names.printers[kernel, get_printer(line)]
        content = {"line": line, "kernel": kernel, "is_last": line is told[-1]}
        yield Entry(line.number, window.name, printer, content, line.text)


