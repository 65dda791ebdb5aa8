"""Kernels of the reference without processors, driven one message or one thread at a time.

What a program has last written is kept here, page by page, so that it is known whether a frame
holds it. Every write goes to a place of its own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from popcorn_model.vocabulary import Access, Call
from popcorn_reference.areas import Areas
from popcorn_reference.home import Home
from popcorn_reference.kernel import Kernel, NoSystem, Stop
from popcorn_reference.memory import Frames
from popcorn_reference.messages import Answer, Message, Wanted
from popcorn_reference.outputs import Map, Note, Output, Protect, Send, Step, Unmap

PROCESS: Final = 1
PAGE_BYTES: Final = 512
NUMBER_BYTES: Final = 8
PLACES: Final = PAGE_BYTES // NUMBER_BYTES
"""The first place of a page is for futexes, and is never written."""


class AllFrames(Frames):
    """Frames of which all are known from the beginning."""

    def __init__(self, pages: int) -> None:
        super().__init__(PAGE_BYTES)
        self.pages = pages

    def touched(self) -> Iterable[int]:
        """All pages."""
        return range(self.pages)


class Numbers(NoSystem):
    """Numbers for threads, the lowest that is free first."""

    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        self.used: set[int] = set()

    def new_thread(self) -> int | None:
        """The lowest number that is free."""
        assert self.threads_max is not None
        free = next((t for t in range(self.threads_max) if t not in self.used), None)
        if free is not None:
            self.used.add(free)
        return free


@dataclass
class Cluster:
    """Some kernels, a process, and what is on its way."""

    kernels: int
    threads: int
    pages: int
    make_kernel: type[Kernel] = Kernel
    links: dict[tuple[int, int], deque[Message]] = field(default_factory=dict)
    tables: dict[tuple[int, int], Access] = field(default_factory=dict)
    """What page tables allow: index page and kernel."""
    written: dict[int, bytearray | None] = field(default_factory=dict)
    """What was last written to each page; None where nothing counts."""

    def __post_init__(self) -> None:
        self.system = Numbers(self.threads)
        self.nodes = [
            self.make_kernel(k, lambda process: AllFrames(self.pages), self.system)
            for k in range(self.kernels)
        ]
        areas = Areas()
        areas.set(0, self.pages, Access.WRITE)
        self.home: Home = self.nodes[0].make_home(PROCESS, areas)
        self.written = {p: bytearray(PAGE_BYTES) for p in range(self.pages)}
        self.number = 0
        self.fills: dict[int, tuple[int, int]] = {}
        self.notes: list[Note] = []

    # --- stimuli ---------------------------------------------------------------------------------

    def begin(self, kernel: int = 0, thread: int = 0) -> list[Note]:
        """The process begins, with a thread that is sent to a kernel."""
        self.system.used.add(thread)
        return self._do(0, self.nodes[0].begin(self.home, thread, kernel, b""))

    def stop(
        self, thread: int, kernel: int, call: Call, pages: Wanted = (), extra: tuple[int, ...] = ()
    ) -> list[Note]:
        """A thread stops and asks for something."""
        arguments = extra
        if call in (Call.MMAP, Call.MREMAP):
            arguments = (0, self.pages, *((2,) if call is Call.MMAP else ()))
        elif call is Call.FUTEX_WAIT:
            arguments = (_word(pages), *extra)
        elif call is Call.FUTEX_WAKE:
            arguments = (_word(pages), 1)
        elif call is Call.LOOK:
            arguments = (0,)
        elif call is Call.FILL:
            self.number += 1
            arguments = (self._place(self.number), self.number)
            self.fills[thread] = arguments
        stop = Stop(call, b"", pages, arguments)
        return self._do(kernel, self.nodes[kernel].stopped(PROCESS, thread, stop))

    def deliver(self, source: int, target: int) -> list[Note]:
        """The first message between two kernels arrives."""
        message = self.links[source, target].popleft()
        return self.receive(source, target, message)

    def receive(self, source: int, target: int, message: Message) -> list[Note]:
        """A message arrives, whether or not it was sent."""
        return self._do(target, self.nodes[target].receive(source, message), message)

    def ring(self, thread: int) -> list[Note]:
        """The time of a thread that sleeps is over."""
        return self._do(0, self.nodes[0].rang(PROCESS, thread))

    def kill(self) -> list[Note]:
        """Something outside ends the process."""
        self.home.kill(9)
        return self._do(0, self.nodes[0].rang(PROCESS, -1))

    # --- what comes of them ----------------------------------------------------------------------

    def _do(self, kernel: int, outputs: list[Output], cause: Message | None = None) -> list[Note]:
        notes = []
        for output in outputs:
            match output:
                case Send(target, message):
                    self.links.setdefault((kernel, target), deque()).append(message)
                case Map(_, page, access) | Protect(_, page, access):
                    self.tables[page, kernel] = access
                case Unmap(_, page):
                    del self.tables[page, kernel]
                case Step(process, thread, _):
                    assert isinstance(cause, Answer)
                    self._execute(kernel, cause)
                    notes += self._do(kernel, self.nodes[kernel].stepped(process, thread))
                case Note():
                    self._follow(output)
                    notes.append(output)
                case _:
                    pass
        return notes

    def _execute(self, kernel: int, answer: Answer) -> None:
        """The instruction that has faulted writes to the pages that it wanted to write."""
        for granted in answer.pages:
            if granted.access is Access.WRITE:
                self.number += 1
                frame = self.nodes[kernel].members[PROCESS].memory.page(granted.page)
                self._put(frame, self.number)
                self._write(granted.page, self.number)

    def _follow(self, note: Note) -> None:
        """What counts changes with what the origin does to areas, and with what it writes."""
        names = dict(note.names)
        if note.event != "serve":
            return
        page, call = names.get("page"), names["call"]
        assert page is None or isinstance(page, int)
        if call in (Call.MMAP, Call.MMAP_OVER):
            self.written[page] = bytearray(PAGE_BYTES)  # type: ignore[index]
        elif call is Call.MUNMAP:
            self.written[page] = None  # type: ignore[index]
        elif call is Call.MREMAP:
            self.written[names["other"]] = self.written[page]  # type: ignore[index]
            self.written[page] = None  # type: ignore[index]
        elif call is Call.FILL:
            assert page is not None
            self._write(page, self.fills[names["thread"]][1])  # type: ignore[index]

    def _write(self, page: int, number: int) -> None:
        counts = self.written[page]
        if counts is not None:
            self._put(memoryview(counts), number)

    def _put(self, frame: memoryview, number: int) -> None:
        at = self._place(number)
        frame[at : at + NUMBER_BYTES] = number.to_bytes(NUMBER_BYTES, "little")

    def _place(self, number: int) -> int:
        return (1 + number % (PLACES - 1)) * NUMBER_BYTES


def _word(pages: Wanted) -> int:
    """The address of the futex in the page that a call names."""
    ((page, _),) = pages
    return page * 4096
