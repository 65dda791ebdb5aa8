"""What a remote was serving for the origin when a window of its console begins.

A page is served in three lines: the request, the end of the handle, and the answer, which names no
page but the task that has asked. Where the first came before the window the others show that there
was one: a page that is let go of without having been asked for, and a task that is answered and of
which nothing was said before. A request that is looked at again is printed again, so nothing else
is left of those from before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from popcorn_checker.dmesg.reading import Line

BESIDE: Final = frozenset({"page_fault", "joined"})
"""Kinds of lines that a thread may print of a page while a worker serves it."""
KEPT: Final = frozenset({"invalidate", "invalidate_waits", "invalidate_free"})
"""Kinds with which a remote says that it has a copy to read."""
PRESENT: Final = 1
"""The bit of an entry of a page table that says that a page is there."""


@dataclass
class Served:
    """Requests from before a window."""

    pages: dict[int, int | None] = field(default_factory=dict)
    """Index: addresses of pages that are let go of in the window; the task of the origin that is
    answered then, if that is in the window, too."""
    kept: set[int] = field(default_factory=set)
    """Those of them of which a copy is left, as the next line about them shows."""
    answered: set[int] = field(default_factory=set)
    """Tasks of the origin of which nothing is said before they are answered."""


def find_served(lines: Sequence[Line], worker: int | None) -> Served:
    """What a remote's lines show to have been asked for before them. Cost: once through them."""
    found = Served()
    heard: set[int] = set()
    named: set[int] = set()
    closed: list[Line] = []
    for line in lines:
        kind, f = "" if line.kind is None else line.kind.name, line.fields
        is_worker = f.get("pid") == worker
        page = f.get("addr" if kind == "page_fault" else "page")
        if isinstance(page, int) and (kind not in BESIDE or is_worker):
            if page not in named and is_worker and kind in ("closed", "left"):
                found.pages[page] = None
                closed.append(line)
            named.add(page)
        peer = f.get("peer_pid")
        if isinstance(peer, int) and peer not in heard:
            heard.add(peer)
            if kind == "page_answer":
                found.answered.add(peer)
                _join(found, closed, peer, line)
    _look_ahead(found, lines)
    return found


def _join(found: Served, closed: list[Line], peer: int, line: Line) -> None:
    """A task is answered that has asked for one of the pages that were let go of."""
    for each in closed:
        page = each.fields["page"]
        is_it = each.caller == line.caller and line.fields["result"] == 0
        if is_it and isinstance(page, int) and found.pages[page] is None:
            found.pages[page] = peer
            return


def _look_ahead(found: Served, lines: Sequence[Line]) -> None:
    closed: set[int] = set()
    for line in lines:
        kind, f = "" if line.kind is None else line.kind.name, line.fields
        page = f.get("addr" if kind == "page_fault" else "page")
        if page in closed:
            closed.discard(page)
            pte = f.get("pte")
            if kind in KEPT or (isinstance(pte, int) and pte & PRESENT):
                found.kept.add(page)
        elif page in found.pages and kind in ("closed", "left"):
            closed.add(page)
