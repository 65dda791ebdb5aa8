"""A line of a console with another value in one field, for each value that lines have there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from popcorn_checker.consoles.naming import Names
from popcorn_checker.dmesg.reading import Line
from popcorn_checker.validating.observing import Entry

RESULTS: Final = (0, 0x4000, 0x400, 2)
"""What a request for a page is answered with."""


def alter(names: Names, entry: Entry) -> Iterator[tuple[str, Any, Entry]]:
    """Each field that may be wrong, another value, and the line with it.

    Cost: as many lines as there are tasks, pages and nodes.
    """
    line: Line = entry.content["line"]
    k: int = entry.content["kernel"]
    assert line.kind is not None
    for name, value in line.fields.items():
        for other in _values(names, k, name, line):
            if other != value:
                yield name, other, _put(entry, {name: other})


def _put(entry: Entry, fields: dict[str, Any]) -> Entry:
    line: Line = entry.content["line"]
    changed = replace(line, fields={**line.fields, **fields})
    return replace(entry, content={**entry.content, "line": changed})


def _values(names: Names, k: int, name: str, line: Line) -> list[Any]:
    """What the field may be, as far as other lines show."""
    tasks = sorted({pid for kernel, pid in names.threads if kernel == k})
    worker = [names.workers[k]] if k in names.workers else []
    if name == "pid":
        return [*worker, *tasks]
    if name == "peer_pid":
        peer = names.kernel(line.fields["peer_node"])
        others = sorted({pid for kernel, pid in names.threads if kernel == peer})
        return [*([names.workers[peer]] if peer in names.workers else []), *others]
    if name in ("peer_node", "node"):
        return sorted(names.consoles.kernels)
    if name in ("page", "addr"):
        return sorted(names.pages)
    if name == "access":
        return ["R", "W"]
    if name == "result" and line.kind is not None and line.kind.group == "page server":
        return list(RESULTS)
    if isinstance(line.fields[name], bool):
        return [True, False]
    return []
