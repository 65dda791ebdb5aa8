"""What was before the first line of a console: where threads were, and who had which page.

A window may begin anywhere. The first lines that name a thread or a page show what the state must
have been, and the shortest behaviour of the model that leads there is put before the log: one
thread is executed, makes the others, goes from node to node and touches pages. Where a first line
leaves a choice the most frequent case is taken; if that turns out wrong, another is tried.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from popcorn_checker.consoles.about_pages import PRESENT, WRITABLE
from popcorn_checker.consoles.line import ORIGIN
from popcorn_checker.consoles.naming import UNLINKED, UNNAMED, Names, get_range
from popcorn_checker.consoles.reading import Window
from popcorn_checker.consoles.serving import find_served
from popcorn_checker.dmesg.reading import Line
from popcorn_checker.validating.observing import Entry
from popcorn_checker.validating.world import World

READ: Final = 1
WRITE: Final = 2
Step = tuple[str, tuple[int, ...]]

ARRIVALS: Final = frozenset({"thread_started", "migrated", "restored_ip"})
"""Kinds with which a remote says that a thread comes: it was elsewhere before."""
HERE: Final = frozenset({
    "migrate", "taken_at_origin", "woken_at_origin", "fresh", "not_shared", "munmap_tell",
    "page_fault", "revoke",
})  # fmt: skip
"""Kinds with which the origin says that a thread is there."""
AWAY: Final = frozenset({"area_info", "back", "page_asked", "remote_exit", "page_answer"})
"""Kinds with which the origin says that a thread is at a remote."""
THERE: Final = frozenset({
    "migrate", "page_fault", "area_fault", "area_ask", "taken", "page_ask", "page_reply", "exited",
    "woken", "joined", "area_pended", "call_mmap", "call_munmap", "call_brk", "call_madvise",
    "call_mprotect", "call_mremap",
})  # fmt: skip
"""Kinds with which a remote says that a thread is there."""


class Start(Enum):
    """How a page is when the log begins."""

    UNTOUCHED = "nobody has touched it"
    HOME = "only the origin has ever had it"
    RETURNED = "it was sent away, and only the origin has it now"
    SHARED = "the origin and a remote have it"
    AWAY = "a remote has it alone"


@dataclass
class Beginning:
    """What a look through a window's lines shows."""

    names: Names
    places: dict[int, int] = field(default_factory=dict)
    """Index: threads; the kernels on which they are."""
    tasks: dict[tuple[int, int], int] = field(default_factory=dict)
    """Index: thread and kernel; the number of the task there."""
    visited: set[int] = field(default_factory=set)
    """Remotes that know the process."""
    starts: dict[int, tuple[Start, int]] = field(default_factory=dict)
    """Index: pages; how they are, and at which remote."""
    areas: dict[tuple[int, int], bool] = field(default_factory=dict)
    """Index: page and remote; whether it has the page's area."""
    maps: int = 0
    """How many calls there are that map a page somewhere."""
    begun: list[tuple[int, int]] = field(default_factory=list)
    """Threads of the origin that are in a fault, and the page."""
    served: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Pages that the origin has asked remotes for: the thread, the page, the access, the remote."""
    asked: dict[tuple[int, int], int | str] = field(default_factory=dict)
    """Index: page and remote; the task of the origin that has asked for it, or `UNNAMED`."""
    owed: set[tuple[int, int]] = field(default_factory=set)
    """Threads of the origin that a remote has yet to answer, and the remote."""
    _peers: set[int] = field(default_factory=set)
    """Threads that are named as those for which the origin asks a remote for something."""
    _fresh: set[int] = field(default_factory=set)
    """Remotes that the process comes to in the log."""

    def note_served(self, window: Window, is_lacking: bool) -> None:
        """What a remote was serving when its lines begin; that comes before `note`.

        Where the origin's lines are lacking its requests are put before the window.
        """
        names, k = self.names, self.names.consoles.kernels[window.node]
        served = find_served(window.lines, names.workers.get(k))
        for address, pid in served.pages.items():
            p = names.page(address)
            t = names.get_threads()[-1] if pid is None else names.thread(ORIGIN, pid)
            assert p is not None, "all pages that lines name have numbers"
            assert t is not None, "all tasks that lines name have numbers"
            if is_lacking:
                self.starts[p] = Start.AWAY, k
                self.served.append((t, p, READ if address in served.kept else WRITE, k))
            self.asked[p, k] = UNNAMED if pid is None else pid
        for pid in served.answered - set(served.pages.values()):
            t = names.thread(ORIGIN, pid)
            if t is not None:
                self.owed.add((t, k))

    def note(self, entry: Entry) -> None:
        """Look at one more line."""
        line: Line = entry.content["line"]
        k: int = entry.content["kernel"]
        assert line.kind is not None
        kind, f = line.kind.name, line.fields
        is_mapped = kind == "call_taken" and f["call"] in ("mmap", "brk") and k == ORIGIN
        self.maps += kind in ("call_mmap", "call_brk") or is_mapped
        self._note_nodes(kind, k, f)
        self._note_threads(kind, k, f)
        self._note_pages(kind, k, f)
        if kind in ("call_munmap", "call_mprotect") and k != ORIGIN:
            for p in self.names.pages_in(*get_range(line))[:1]:
                self.areas.setdefault((p, k), True)

    def _note_nodes(self, kind: str, k: int, f: Mapping[str, Any]) -> None:
        names = self.names
        if kind == "migrate" and k == ORIGIN:
            goal = names.kernel(f["node"])
            if goal is not None and goal not in self.visited:
                self._fresh.add(goal)
        found = k if k != ORIGIN else names.kernel(f["peer_node"]) if "peer_node" in f else None
        if kind in ("worker_for", "worker_runs"):
            self._fresh.add(k)
        elif found and found not in self._fresh:
            self.visited.add(found)

    def _note_threads(self, kind: str, k: int, f: Mapping[str, Any]) -> None:
        names = self.names
        if k != ORIGIN and kind in ("invalidate", "invalidated", "page_asked", "page_answer"):
            peer = names.thread(ORIGIN, f["peer_pid"])
            self._peers |= {peer} if peer is not None else set()
        t = names.thread(k, f["pid"]) if isinstance(f.get("pid"), int) else None
        if t is None or t in self.places:
            return
        if k == ORIGIN and (kind in HERE or (kind == "exited" and f["side"] == "local")):
            self.places[t] = ORIGIN
        elif k == ORIGIN and kind in AWAY:
            peer = names.kernel(f["peer_node"]) if "peer_node" in f else None
            self.places[t] = peer or 1
            if peer:
                self.tasks[t, peer] = f["peer_pid"]
        elif k != ORIGIN and kind in ARRIVALS:
            self.places[t] = ORIGIN
        elif k != ORIGIN and kind in THERE and names.homes.get((k, f["pid"])) != UNLINKED:
            self.places[t] = k
            self.tasks[t, k] = f["pid"]

    def _note_pages(self, kind: str, k: int, f: Mapping[str, Any]) -> None:
        names = self.names
        address = f.get("addr") if kind in ("page_fault", "area_fault") else f.get("page")
        p = names.page(address) if isinstance(address, int) else None
        if p is None or not isinstance(address, int):
            return
        if k != ORIGIN:
            self.areas.setdefault((p, k), kind not in ("area_fault", "area_ask"))
        if p in self.starts or names.is_private(address):
            return
        found = _at_origin(kind, f, names) if k == ORIGIN else _at_remote(kind, f, k)
        if kind in ("closed", "left") and k != ORIGIN and f["pid"] == names.workers.get(k):
            found = Start.AWAY, k
        t = names.thread(k, f["pid"]) if k == ORIGIN else None
        if kind in ("closed", "left") and t is not None and self.places.get(t, 0) == ORIGIN:
            found = Start.SHARED, 1
            self.begun.append((t, p))
            self.places[t] = ORIGIN
        if found is not None:
            self.starts[p] = found

    def other_starts(self, p: int) -> list[tuple[Start, int]]:
        """All ways in which a page may have begun but for that which is assumed."""
        remotes = sorted(self.visited | {k for k in self.places.values() if k})
        found = [(Start.UNTOUCHED, ORIGIN), (Start.HOME, ORIGIN)]
        found += [
            (start, k) for k in remotes for start in (Start.SHARED, Start.AWAY, Start.RETURNED)
        ]
        assumed, where = self.starts.get(p, (Start.UNTOUCHED, ORIGIN))
        at_home = (Start.UNTOUCHED, Start.HOME)
        return [
            (start, k) for start, k in found
            if start is not assumed or (start not in at_home and k != where)
        ]  # fmt: skip

    def put_back(self, p: int, start: tuple[Start, int] | None) -> None:
        """Assume again what was assumed of a page."""
        self.starts.pop(p, None)
        if start is not None:
            self.starts[p] = start

    # --- steps -----------------------------------------------------------------------------------

    def begin(self, world: World) -> None:
        """Take the steps before the log. Cost: some ten steps a thread and a page."""
        for action, values in self._steps():
            move = world.machine.moves.get(action)
            if move is not None and move.is_enabled(world.cells, *values):
                world.fire(action, values, is_silent=True)
        for (t, k), pid in self.tasks.items():
            world.put(world.machine.cell("pid", t, k), pid)
        for (p, k), asker in self.asked.items():
            world.put(world.machine.cell("asked", p, k), asker)
        for t, k in self.owed:
            world.put(world.machine.cell("owed", t, k), True)
        world.settle()

    def _steps(self) -> Iterator[Step]:
        for peer in self._peers:
            self.places.setdefault(peer, ORIGIN)
        threads = self.names.get_threads()
        here = [t for t in threads if self.places.get(t, None) == ORIGIN]
        unnamed = threads[-1:] if self.names.has_unnamed else []
        linked = [t for t in threads if t in self.places or t in unnamed]
        first = next(iter(here or linked or threads), None)
        if first is None:
            return
        yield "exec_program", (first,)
        for thread in linked:
            if thread != first:
                yield "clone_thread", (thread,)
        remotes = {k for k in self.places.values() if k} | self.visited
        remotes |= {k for (_, k), has in self.areas.items() if has}
        remotes |= {k for start, k in self.starts.values() if start in (Start.SHARED, Start.AWAY)}
        yield from self._home(first)
        for number in range(self.maps):  # while nobody else has to be told
            yield from unmap(first, len(self.names.pages) + number)
        for k in sorted(remotes):
            yield from hop(first, k)
            yield from self._settle_pages(first, k)
            yield from hop_back(first, k)
        for p, (start, k) in sorted(self.starts.items()):
            if start is Start.RETURNED:
                yield "drop_other_copies", (first, p)
                yield "invalidate", (p, k)
                yield "collect_answer", (p, k)
                yield "map_at_origin", (first, p)
        for thread, p in self.begun:
            yield "drop_other_copies", (thread, p)
        for thread, place in sorted(self.places.items()):
            if place != ORIGIN:
                yield from hop(thread, place)
        for values in self.served:
            yield "claim_page", values

    def _home(self, thread: int) -> Iterator[Step]:
        for p, (start, _) in sorted(self.starts.items()):
            if start is Start.HOME:
                yield "fault_as_usual", (thread, p, WRITE)

    def _settle_pages(self, thread: int, k: int) -> Iterator[Step]:
        """Thread has come to remote k: it fetches areas and pages, which stay there."""
        for p, found in sorted(self.starts.items()):
            start, where = found
            if where == k and start in (Start.SHARED, Start.AWAY, Start.RETURNED):
                self.areas[p, k] = True
        for (p, where), has in sorted(self.areas.items()):
            if where == k and has:
                yield from fetch(thread, p, k)
        for p, (start, where) in sorted(self.starts.items()):
            if where == k and start in (Start.SHARED, Start.AWAY, Start.RETURNED):
                yield from get_page(thread, p, k, WRITE if start is Start.AWAY else READ)


def hop(thread: int, k: int) -> Iterator[Step]:
    """The steps of a migration to a remote."""
    yield "migrate", (thread, k)
    yield "take_clone_request", (thread, k)
    yield "queue_clone", (thread, k)
    yield "build_address_space", (k,)
    yield "fork_thread", (thread, k)
    yield "pair", (thread, k)
    yield "take_pairing", (thread, k)


def hop_back(thread: int, k: int) -> Iterator[Step]:
    """The steps of the way back."""
    yield "migrate_back", (thread, k)
    yield "leave_mail", (thread, k)
    yield "resume", (thread,)
    yield "end_parked", (thread, k)


def fetch(thread: int, p: int, k: int) -> Iterator[Step]:
    """The steps in which a remote learns of an area that may be written."""
    yield "ask_for_area", (thread, p, k)
    yield "leave_mail", (thread, k)
    yield "answer_about_area", (thread, p, k)
    yield "take_area", (thread, k, WRITE)
    yield "install_area", (thread, p, k)


def get_page(thread: int, p: int, k: int, access: int) -> Iterator[Step]:
    """The steps in which a remote gets a page."""
    yield "open_handle", (thread, p, k, access)
    yield "ask_origin", (thread, p, k)
    yield "touch_first", (p, k)
    yield "serve_here", (p, k)
    yield "reply_to_request", (p, k)
    yield "map_page", (thread, p, k)


def unmap(thread: int, p: int) -> Iterator[Step]:
    """The steps in which a thread of the origin unmaps a page that nobody else has."""
    yield "call_munmap", (thread, ORIGIN, p)
    yield "all_are_told", (thread,)
    yield "lower_at_origin", (thread, p)
    yield "all_are_told", (thread,)


# --- what first lines show -----------------------------------------------------------------------


def _at_remote(kind: str, f: Mapping[str, Any], k: int) -> tuple[Start, int] | None:
    """How a page is if this is a remote's first line about it."""
    if kind == "page_fault":
        bits = f["pte"]
        if not bits & PRESENT:
            return (Start.RETURNED if bits else Start.HOME), k
        return (Start.AWAY if bits & WRITABLE else Start.SHARED), k
    if kind == "page_asked":
        return Start.AWAY, k
    if kind in ("invalidate", "invalidate_free", "invalidate_waits"):
        return Start.SHARED, k
    return None


def _at_origin(kind: str, f: Mapping[str, Any], names: Names) -> tuple[Start, int] | None:
    """How a page is if this is the origin's first line about it."""
    peer = names.kernel(f["peer_node"]) if "peer_node" in f else None
    if kind == "page_fault":
        bits = f["pte"]
        if not bits:
            return Start.UNTOUCHED, 1
        if not bits & PRESENT:
            return Start.AWAY, 1
        return (Start.HOME if bits & WRITABLE else Start.SHARED), 1
    if kind == "taken_at_origin":
        return (Start.AWAY if f["foreign"] else Start.SHARED), 1
    if kind == "revoke" and peer:
        return Start.SHARED, peer
    if kind in ("page_asked", "fresh"):  # what is touched already can be touched first
        return Start.UNTOUCHED, 1
    return None
