"""Who is who in the consoles of a run: processes' numbers, and the threads and pages of the model.

A number names a task on its node only, and a thread has another task on each node, and a new one
each time it arrives. Which belong together is said by lines that name a task and its peer. A remote
task whose peer is -1 has no shadow: it was created at the remote. What no line joins is a thread of
its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from popcorn_checker.consoles.reading import Consoles, Window
from popcorn_checker.consoles.serving import find_served
from popcorn_checker.dmesg.reading import Line

PAGE_BITS: Final = 12
UNLINKED: Final = -1
UNNAMED: Final = "a task that no line names"
BY_WORKER: Final = frozenset({
    "worker_for", "worker_runs", "terminated", "invalidate", "invalidate_waits", "invalidate_free",
    "invalidated",
})  # fmt: skip
"""Kinds whose `pid` is the worker of the process on a remote."""
SERVING: Final = frozenset({"page_asked", "page_answer"})
"""Kinds whose `pid` is the worker on a remote, and on the origin the shadow of a thread."""
OF_SHADOW: Final = frozenset({"thread_started", "migrated", "area_ask", "page_ask", "page_reply"})
"""Kinds in which a remote's thread stands before its shadow."""

OF_RANGE: Final = frozenset({
    "munmap_tell", "call_munmap", "call_taken", "call_mprotect", "area_info",
})  # fmt: skip


@dataclass
class Names:
    """What the numbers in the consoles mean."""

    consoles: Consoles
    threads: dict[tuple[int, int], int] = field(default_factory=dict)
    """Index: kernel and number; the thread."""
    workers: dict[int, int] = field(default_factory=dict)
    """Index: kernels; the number of the worker there."""
    homes: dict[tuple[int, int], int] = field(default_factory=dict)
    """Index: kernel and number of a remote task; the number of its shadow, or `UNLINKED`."""
    said: dict[tuple[int, int], str] = field(default_factory=dict)
    """Index: as of `homes`; the file and line that says so."""
    pages: dict[int, int] = field(default_factory=dict)
    """Index: addresses of pages."""
    private: set[int] = field(default_factory=set)
    """Pages that each node reads from a file of its own; the protocol is not about them."""
    refused: set[tuple[int, int]] = field(default_factory=set)
    """Kernels, and lines of migrations that fail, as the next line of the thread says."""
    has_unnamed: bool = False
    """Whether a thread is needed that no line names: where the origin's lines are lacking, a worker
    is told of munmaps, and not who has called them; and a window may end before it is said who has
    asked for a page."""
    coming: dict[int, tuple[Line, ...]] = field(default_factory=dict)
    """Index: lines of the origin; those about munmaps that are the next ones of their threads."""
    printers: dict[tuple[int, str], int] = field(default_factory=dict)
    """Index: kernel and who prints, a thread of that kernel or a number."""

    def thread(self, kernel: int, pid: int) -> int | None:
        """The thread of a task, if it is one."""
        return self.threads.get((kernel, pid))

    def get_threads(self) -> list[int]:
        """All threads."""
        named = set(self.threads.values())
        return [*sorted(named), *([len(named)] if self.has_unnamed else [])]

    def is_unlinked(self, kernel: int, pid: int) -> bool:
        """Whether a remote task has no shadow."""
        return self.homes.get((kernel, pid)) == UNLINKED

    def is_private(self, address: int) -> bool:
        """Whether each node reads a page from a file of its own."""
        return address >> PAGE_BITS << PAGE_BITS in self.private

    def is_refused(self, kernel: int, line: Line) -> bool:
        """Whether a migration is said to fail."""
        return (kernel, id(line)) in self.refused

    def kernel(self, node: Any) -> int | None:
        """A node as the model numbers it."""
        return self.consoles.kernels.get(node)

    def page(self, address: int) -> int | None:
        """The page that an address is in, if a line is about it."""
        return self.pages.get(address >> PAGE_BITS << PAGE_BITS)

    def pages_in(self, start: int, end: int) -> list[int]:
        """The pages of a range."""
        return [n for address, n in self.pages.items() if start <= address < end]

    # --- and back ---------------------------------------------------------------------------------

    def node(self, kernel: int) -> int:
        """A kernel of the model as the files number it."""
        return next((node for node, k in self.consoles.kernels.items() if k == kernel), kernel)

    def show_thread(self, thread: int) -> str:
        """A thread by the numbers of its tasks."""
        tasks = sorted(key for key, found in self.threads.items() if found == thread)
        shown = [f"{pid} on node {self.node(kernel)}" for kernel, pid in tasks]
        return f"thread {', '.join(shown)}" if shown else "a thread that no line names"

    def show_page(self, page: int) -> str:
        """A page by its address."""
        address = next((a for a, n in self.pages.items() if n == page), None)
        return "a page that no line names" if address is None else f"page {address:x}"

    def show_kernel(self, kernel: int) -> str:
        """A node, and its worker."""
        worker = self.workers.get(kernel)
        return f"node {self.node(kernel)}" + (f" (worker {worker})" if worker is not None else "")


def make_names(consoles: Consoles) -> Names:
    """Look through all windows. Cost: once through them."""
    names = Names(consoles)
    for window in consoles.windows:
        for line in window.lines:
            if line.kind is not None:
                _note_workers(names, window, line)
                _note_homes(names, window, line)
        _look_ahead(names, window)
        if window.is_origin:
            _look_for_calls(names, window)
    for window in consoles.windows:
        for line in window.lines:
            if line.kind is not None:
                _number(names, window, line)
    is_told = any(_kind(line) == "call_taken" for window in consoles.windows
                  for line in window.lines if line.kind is not None)  # fmt: skip
    names.has_unnamed = is_told and not any(window.is_origin for window in consoles.windows)
    for window in consoles.windows:
        if not window.is_origin:
            worker = names.workers.get(consoles.kernels[window.node])
            names.has_unnamed |= None in find_served(window.lines, worker).pages.values()
    for window in consoles.windows:
        for line in window.lines:
            for start, end in _ranges(line):
                if end > start and not names.pages_in(start, end):
                    names.pages.setdefault(start, len(names.pages))
    return names


def _note_workers(names: Names, window: Window, line: Line) -> None:
    kernel, kind, f = names.consoles.kernels[window.node], _kind(line), line.fields
    if not window.is_origin:
        is_worker = kind in (*BY_WORKER, *SERVING) or (kind == "exited" and f["worker"])
        if is_worker:
            names.workers.setdefault(kernel, _int(f["pid"]))
    elif kind in ("munmap_tell", "revoke", "terminate", "page_ask"):
        peer = names.kernel(f["peer_node"])
        if peer is not None:
            names.workers.setdefault(peer, _int(f["peer_pid"]))


def _note_homes(names: Names, window: Window, line: Line) -> None:
    kernel, kind, f = names.consoles.kernels[window.node], _kind(line), line.fields
    if not window.is_origin and kind in OF_SHADOW and f["pid"] != names.workers.get(kernel):
        _note_home(names, (kernel, _int(f["pid"])), _int(f["peer_pid"]), (window, line))
    elif window.is_origin and kind in ("page_asked", "page_answer", "back"):
        peer = names.kernel(f["peer_node"])
        if peer:
            _note_home(names, (peer, _int(f["peer_pid"])), _int(f["pid"]), (window, line))


def _note_home(
    names: Names, task: tuple[int, int], home: int, place: tuple[Window, Line]
) -> None:  # fmt: skip
    if task not in names.homes:
        names.homes[task] = home
        names.said[task] = f"{place[0].name}:{place[1].number}"


def _look_ahead(names: Names, window: Window) -> None:
    """What the next line of a thread says of its last one."""
    kernel = names.consoles.kernels[window.node]
    faults: dict[int, int] = {}
    migrations: dict[int, Line] = {}
    for line in window.lines:
        if line.kind is None or "pid" not in line.fields:
            continue
        pid = _int(line.fields["pid"])
        if line.kind.name in ("executable", "read_only") and pid in faults:
            names.private.add(faults[pid])
        elif line.kind.name in ("migrate_nowhere", "migrate_here", "migrate_offline"):
            if pid in migrations:
                names.refused.add((kernel, id(migrations[pid])))
        elif line.kind.name == "page_fault":
            faults[pid] = _int(line.fields["addr"]) >> PAGE_BITS << PAGE_BITS
        migrations.pop(pid, None)
        if line.kind.name == "migrate":
            migrations[pid] = line


def _look_for_calls(names: Names, window: Window) -> None:
    """Who begins with a munmap on a remote before the origin's lines are about that."""
    ahead: dict[int, Line] = {}
    for line in reversed(window.lines):
        if line.kind is None or "pid" not in line.fields:
            continue
        if ahead:
            names.coming[id(line)] = tuple(ahead.values())
        ahead.pop(_int(line.fields["pid"]), None)
        if line.kind.name == "call_taken" and line.fields["call"] == "munmap":
            ahead[_int(line.fields["pid"])] = line


def _number(names: Names, window: Window, line: Line) -> None:
    kernel = names.consoles.kernels[window.node]
    for at, pid in _tasks(names, window, line):
        if (at, pid) not in names.threads:
            home = names.homes.get((at, pid), UNLINKED) if at else pid
            if at and home != UNLINKED:
                names.threads.setdefault((0, home), _next(names))
                names.threads[at, pid] = names.threads[0, home]
            else:
                names.threads[at, pid] = _next(names)
    for address in _addresses(line):
        names.pages.setdefault(address >> PAGE_BITS << PAGE_BITS, len(names.pages))
    names.printers.setdefault((kernel, get_printer(line)), len(names.printers))


def _next(names: Names) -> int:
    return 1 + max(names.threads.values(), default=-1)


def get_printer(line: Line) -> str:
    """Who has printed a line: lines of one are in order, whatever the console does."""
    return line.caller or str(line.fields.get("pid", ""))


def _tasks(names: Names, window: Window, line: Line) -> Iterator[tuple[int, int]]:
    """The threads' tasks that a line names, each with its kernel."""
    kernel, kind, f = names.consoles.kernels[window.node], _kind(line), line.fields
    group = line.kind.group if line.kind is not None else ""
    if kind == "registers":
        yield kernel, _int(f["pid"])
    if group not in ("process server", "VMA server", "page server"):
        return
    pid = f.get("pid")
    is_worker = not window.is_origin and (
        pid == names.workers.get(kernel) or (kind == "exited" and f["worker"])
    )
    if isinstance(pid, int) and not is_worker:
        yield kernel, pid
    peer, node = f.get("peer_pid"), names.kernel(f.get("peer_node"))
    if isinstance(peer, int) and node is not None and peer != names.workers.get(node):
        yield node, peer


def _addresses(line: Line) -> Iterator[int]:
    """The pages that a line names one by one."""
    f = line.fields
    if _kind(line) in ("page_fault", "area_fault"):
        yield _int(f["addr"])
    elif isinstance(f.get("page"), int):
        yield _int(f["page"])


def _ranges(line: Line) -> Iterator[tuple[int, int]]:
    """The ranges of pages that a line is about."""
    if line.kind is not None and line.kind.name in OF_RANGE:
        yield get_range(line)


def get_range(line: Line) -> tuple[int, int]:
    """The range of addresses that a line names, from the first to the one after the last."""
    start = _int(line.fields["start"])
    end = _int(line.fields["end"]) if "end" in line.fields else start + _int(line.fields["bytes"])
    return start, end


def _kind(line: Line) -> str:
    assert line.kind is not None
    return line.kind.name


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value
