"""A run of the model, what its tasks are called, and what the consoles of its nodes show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from popcorn_checker.dmesg.framing import Stamp
from popcorn_checker.dmesg.rendering import render
from popcorn_checker.validating.world import World

NODES: Final = (0, 1, 2)
HANDLE: Final = "00000000350a4be7"
IP: Final = 0x401EFD
PTE: Final = {0: 0, 1: 0x64, 2: 0x25, 3: 0x67}
"""Flags of entries by the model's states: none, invalid, read, write."""

Teller = Callable[..., None]
Tellers = dict[str, Teller | tuple[Teller | None, Teller]]
"""Index: actions; what is printed before the step, or before and after it."""


@dataclass(frozen=True)
class Said:
    """A line: the kernel, who prints, and what."""

    kernel: int
    who: int
    kind: str
    fields: dict[str, Any]

    def render(self, names_caller: bool) -> str:
        """The line as it stands on a console."""
        stamp = Stamp(caller=f"T{self.who}" if names_caller else None)
        return render(self.kind, self.fields, stamp)


@dataclass
class Run:
    """A run, and what the consoles of its nodes show."""

    world: World
    steps: list[str] = field(default_factory=list)
    lines: list[Said] = field(default_factory=list)
    pids: dict[tuple[int, int], int] = field(default_factory=dict)
    asked: set[tuple[int, int]] = field(default_factory=set)
    """Pages and nodes whose request a worker at the origin has taken up."""

    def console(self, kernel: int, callers: bool = True) -> list[str]:
        """The lines of one node."""
        return [line.render(callers) for line in self.lines if line.kernel == kernel]

    def home(self, t: int) -> int:
        """The task of a thread at the origin."""
        return 100 + t

    def pid(self, t: int, k: int) -> int:
        """The task of a thread on a node."""
        return self.home(t) if k == 0 else self.pids[t, k]

    def renew(self, t: int, k: int) -> None:
        """The thread has a new task on a remote."""
        self.pids[t, k] = 1 + max(self.pids.values(), default=500)

    def label(self, name: str, *index: int) -> str:
        """What is in a cell."""
        labels = self.world.machine.named[name].sort.labels
        return str(labels[self.world.get(name, *index)])

    def say(self, k: int, who: int, kind: str, **fields: Any) -> None:
        """A line on a node's console."""
        self.lines.append(Said(k, who, kind, fields))


def worker(k: int) -> int:
    """The process's worker on a remote."""
    return 300 + k


def address(p: int) -> int:
    """Where a page is."""
    return 0x7FFF_F7FF_0000 + 0x1000 * p
