"""Consoles are read: which node each file is of, and what of it is about the process.

A file is a contiguous window of the console of one node. Several files of a node are windows with
gaps between them. What a node prints says whether it is the process's origin: some lines only the
origin prints, others name it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from popcorn_checker.dmesg import reading
from popcorn_checker.dmesg.reading import Line
from popcorn_checker.errors import UsageError
from popcorn_checker.validating.sources import name_files

BY_ORIGIN: Final = frozenset({
    "munmap_tell", "revoke", "taken_at_origin", "woken_at_origin", "taken_for", "fresh",
    "not_shared", "touched", "area_info", "back", "remote_exit", "terminate",
})  # fmt: skip
"""Kinds of lines that only the origin of a process prints."""
TO_ORIGIN: Final = frozenset({
    "worker_for", "thread_started", "migrated", "area_ask", "invalidate", "invalidated",
})  # fmt: skip
"""Kinds that only remotes print; the peer is at the origin."""

BY_REMOTE: Final = TO_ORIGIN | {
    "area_fault", "area_pended", "area_nearest", "executable", "read_only", "taken", "woken",
    "call_mmap", "call_munmap", "call_brk", "call_madvise", "call_mprotect", "call_mremap",
    "worker_runs", "terminated",
}  # fmt: skip
"""Kinds that only remotes print."""


@dataclass(frozen=True)
class Window:
    """A file: whose console it is, and its lines."""

    name: str
    node: int
    """As the file numbers nodes."""
    is_origin: bool
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Consoles:
    """All windows, and how nodes are numbered in the model: the origin is 0."""

    windows: tuple[Window, ...]
    kernels: dict[int, int]
    """Index: nodes, as the files number them; kernels of the model."""
    is_origin_said: bool = True
    """Whether a line says which node is the origin; else it is one that may be."""


def read_consoles(paths: Sequence[Path], nodes: Sequence[int] = ()) -> Consoles:
    """The windows of a run. `nodes` says of each file which node has printed it, if given.

    Raises: DmesgError for what is no log; UsageError where nodes are not given for each file.
    Cost: all files in memory.
    """
    if nodes and len(nodes) != len(paths):
        raise UsageError(f"{len(paths)} files and {len(nodes)} times --node: say it for each file")
    logs = [reading.read(path).get_lines() for path in paths]
    named = [nodes[n] if nodes else _own_number(log) for n, log in enumerate(logs)]
    origin = _find_origin(logs, named)
    where = [
        _guess(log, origin) if own is None else own for log, own in zip(logs, named, strict=True)
    ]
    known = set(where) | {n for log in logs for n in _peers(log)}
    home = _guess_home(logs, where) if origin is None else origin
    windows = [
        Window(name, node, node == home, log)
        for name, node, log in zip(name_files(paths), where, logs, strict=True)
    ]
    others = sorted(known - {home})
    kernels = {node: n for n, node in enumerate([home, *others])}
    is_said = origin is not None or any(
        window.is_origin and (_has(window.lines, BY_ORIGIN) or _exits(window.lines, "local"))
        for window in windows
    )
    return Consoles(tuple(windows), kernels, is_said)


def _own_number(log: Sequence[Line]) -> int | None:
    """What a log says of its own node."""
    for line in log:
        if line.kind is not None:
            if line.kind.name == "node" and line.fields["mine"] == "*":
                return _number(line, "node")
            if line.kind.name == "migrated":
                return _number(line, "node")
    return None


def _number(line: Line, name: str) -> int:
    value = line.fields[name]
    assert isinstance(value, int)
    return value


def _peers(log: Sequence[Line]) -> Iterator[int]:
    """The nodes that a log names as others, but those that a line says are none, or its own."""
    no_goal = ("migrate_nowhere", "migrate_here")
    none = {_number(x, "node") for x in log if x.kind is not None and x.kind.name in no_goal}
    for line in log:
        if line.kind is not None:
            is_call = line.kind.name == "migrate"
            name = "node" if is_call else "peer_node"
            node = _number(line, name) if name in line.fields else -1
            if node >= 0 and not (is_call and node in none):
                yield node


def _guess(log: Sequence[Line], origin: int | None) -> int:
    """The least number that no other node has; names are all that numbers are."""
    others = set(_peers(log))
    if origin is not None and origin not in others and _has(log, BY_ORIGIN):
        return origin
    return next(n for n in range(len(others) + 1) if n not in others)


def _has(log: Sequence[Line], kinds: frozenset[str]) -> bool:
    return any(line.kind is not None and line.kind.name in kinds for line in log)


def _find_origin(
    logs: Sequence[Sequence[Line]], named: Sequence[int | None]
) -> int | None:
    """The node that most lines say is the origin; a line that says another is looked at later."""
    found: Counter[int] = Counter()
    for log, own in zip(logs, named, strict=True):
        if own is not None and (_has(log, BY_ORIGIN) or _exits(log, "local")):
            found[own] += 1
        is_remote = _has(log, BY_REMOTE)
        for line in log:
            if line.kind is not None and line.kind.name in TO_ORIGIN:
                node = _number(line, "peer_node")
                if node >= 0:
                    found[node] += 1
            elif line.kind is not None and line.kind.name == "page_ask" and is_remote:
                found[_number(line, "peer_node")] += _number(line, "peer_node") >= 0
    return max(found, key=lambda node: found[node], default=None)


def _guess_home(logs: Sequence[Sequence[Line]], where: Sequence[int]) -> int:
    """The origin, where no line names it: a node whose lines no remote prints, or another one."""
    for node, log in zip(where, logs, strict=True):
        if not _has(log, BY_REMOTE) and not _exits(log, "remote"):
            return node
    return next(n for n in range(len(where) + 1) if n not in where)


def _exits(log: Sequence[Line], side: str) -> bool:
    return any(
        line.kind is not None and line.kind.name == "exited" and line.fields["side"] == side
        for line in log
    )
