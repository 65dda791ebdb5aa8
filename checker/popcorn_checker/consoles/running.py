"""Consoles held against the model: those of several nodes together, or window by window.

Where each node has one window they are one run, whose order the messages tell. Where a node has
several there are gaps, of which nothing is known: each window is a run of its own then, that begins
anywhere. Who is who is known from all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from popcorn_checker.checking import Request, configure
from popcorn_checker.consoles.beginning import Beginning
from popcorn_checker.consoles.naming import Names, get_printer, make_names
from popcorn_checker.consoles.reading import Consoles, Window, read_consoles
from popcorn_checker.consoles.telling import ConsoleObserver, is_told
from popcorn_checker.validating.merging import merge
from popcorn_checker.validating.moving import Machine
from popcorn_checker.validating.observing import Entry
from popcorn_checker.validating.planning import Planner
from popcorn_checker.validating.searching import Bounds, Search, Thread
from popcorn_checker.validating.world import Marks, World
from popcorn_model.language import Model

PROTOCOL: Final = "popcorn-2020"
PARTS: Final = ("transport", "tasks", "threads", "signals", "vma", "pages")
SILENT_MAX: Final = 8
FOLLOWERS: Final = 9
"""How many followers a fault handle of the code has room for."""


@dataclass(frozen=True)
class Setting:
    """How consoles are looked at."""

    variant: str
    nodes: tuple[int, ...] = ()
    """Which node has printed each file, if that is said."""
    silent: int = SILENT_MAX
    """Units: steps that may be missing in a row."""
    keeps_past: bool = False
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
        kernels = names.consoles.kernels
        self.queues = [list(_entries(names, window)) for window in windows]
        self.beginning = Beginning(names)
        for queue in self.queues:
            for entry in queue:
                self.beginning.note(entry)
        model = get_model(setting.variant)
        observed = frozenset(kernels[window.node] for window in windows)
        self.observer = ConsoleObserver(names, model, observed)
        self.machine = Machine(model, self._sizes())
        self.machine.add_own(self.observer.own)
        self.search = self.make_search()

    def _sizes(self) -> dict[str, int]:
        threads, pages = len(set(self.names.threads.values())), len(self.names.pages)
        return {
            "kernels": max(2, len(self.names.consoles.kernels)),
            "tasks": max(1, threads),
            "pages": max(1, pages + self.beginning.maps),
            "places": FOLLOWERS,
            "channel_slots": 2 * threads + 1,
        }

    def make_search(self) -> Search:
        """A search from the first line on."""
        machine, observer = self.machine, self.observer
        watched = frozenset(machine.cell_family(name) for name in observer.duties)
        world = World(machine, Marks(), machine.start(), watched)
        world.keeps_past = self.setting.keeps_past
        self.beginning.begin(world)
        planner = Planner(machine, observer.unlikely, self.setting.is_late)
        bounds = Bounds(self.setting.silent)
        return Search(machine, observer, planner, bounds, [Thread(world)], self.setting.is_late)

    def run(self) -> bool:
        """Whether all lines are explained."""
        if len(self.queues) > 1:
            return merge(self.search, self.queues)
        for entry in self.queues[0]:
            self.search.feed(entry)
            if len(self.search.threads[0].pending) >= self.search.bounds.patience:
                return False
            if self.search.is_late():
                return False
        return not self.search.threads[0].pending


def make_looks(paths: Sequence[Path], setting: Setting) -> list[Look]:
    """The windows of some files, those together that are of one run.

    Raises: DmesgError for what is no log; UsageError for a variant that there is not.
    """
    consoles = read_consoles(paths, setting.nodes)
    names = make_names(consoles)
    nodes = [window.node for window in consoles.windows]
    groups = (
        [consoles.windows] if len(set(nodes)) == len(nodes) else [(w,) for w in consoles.windows]
    )
    return [Look(setting, names, group) for group in groups]


def _entries(names: Names, window: Window) -> Iterator[Entry]:
    """The lines of a window that say something of the process."""
    kernel = names.consoles.kernels[window.node]
    for line in window.lines:
        if is_told(line):
            printer = names.printers[kernel, get_printer(line)]
            yield Entry(line.number, window.name, printer, {"line": line, "kernel": kernel})


def count_skipped(consoles: Consoles) -> int:
    """Units: lines that say nothing of the process."""
    return sum(not is_told(line) and not line.is_empty for w in consoles.windows for line in w.lines)
