"""A process as the origin's table of processes has it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Protocol

from popcorn_reference.home import Home


@dataclass
class Heap:
    """The memory that `brk` moves the end of.

    Units: addresses, not pages.
    """

    start: int
    end: int


@dataclass
class OpenFile:
    """Something open outside, shared by all descriptors that came of one."""

    handle: int
    users: int = 1


class Table(Protocol):
    """What a system call may ask of the table of processes."""

    kernels: int
    processes: dict[int, Process]

    def new_thread(self) -> int:
        """A number that no thread or process has."""

    def report_once(self, text: str) -> None:
        """Tell a person something, if it was not told before."""


@dataclass
class Process:
    """A process: its home, its family, its files."""

    number: int
    parent: int
    home: Home
    heap: Heap
    machine: Table
    files: dict[int, OpenFile] = field(default_factory=dict)
    children: set[int] = field(default_factory=set)
    zombies: dict[int, int] = field(default_factory=dict)
    """Children that are over, with their status, until somebody waits for them."""
    waiters: list[int] = field(default_factory=list)
    """Threads that wait for a child to be over."""
    mapper: int | None = None
    """The thread that changes what is mapped."""
    mappers: deque[int] = field(default_factory=deque)
    """Threads that wait to do so."""
    ignored: set[int] = field(default_factory=set)
    """Signals that it wants to ignore."""
