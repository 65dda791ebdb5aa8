"""Questions: what a thread has asked the origin for, and the programs that do system calls.

A question is about one thing: to use pages, to unmap one, to sleep. A system call of Linux may need
several, and is done by a generator that yields them one by one as `Part` and is sent what came
of each. Its thread stays at the origin meanwhile. That is no more than if the thread had been
answered and had asked again at once, so whatever is true of single questions is true of those.
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Final

from popcorn_model.vocabulary import Access, Call
from popcorn_reference.messages import Wanted

EFAULT: Final = -14
EAGAIN: Final = -11
ENOMEM: Final = -12


@dataclass(frozen=True)
class Part:
    """One question of a system call: what, about which page, with which numbers."""

    call: Call
    page: int | None = None
    arguments: tuple[int, ...] = ()
    sets: tuple[tuple[str, int], ...] = ()
    """For a clone: the registers of the new thread."""


@dataclass(frozen=True)
class Outside:
    """Something that is done outside, such as to read from a file."""

    name: str
    arguments: tuple[int | bytes, ...] = ()


@dataclass(frozen=True)
class Pause:
    """To wait until somebody says `go on`, or for so many nanoseconds."""

    nanoseconds: int | None = None


Request = Part | Outside | Pause
Outcome = int | bytes | memoryview | None
Program = Generator[Request, Outcome, int]
"""A system call: yields what it needs, is sent what came of it, and returns its result."""


@dataclass
class Question:
    """What a thread has asked for, where, and how far it is."""

    thread: int
    kernel: int
    context: bytes
    call: Call
    wants: dict[int, Access] = field(default_factory=dict)
    arguments: tuple[int, ...] = ()
    sets: tuple[tuple[str, int], ...] = ()
    program: Program | None = None

    @property
    def pages(self) -> Wanted:
        """What it wants, page by page."""
        return tuple(sorted(self.wants.items()))

    @property
    def page(self) -> int:
        """The page that it is about."""
        (page,) = self.wants
        return page


WANTS: Final = {
    Call.MUNMAP: Access.WRITE,
    Call.MMAP_OVER: Access.WRITE,
    Call.MREMAP: Access.WRITE,
    Call.FILL: Access.WRITE,
    Call.FORBID: Access.READ,
    Call.ALLOW: Access.READ,
    Call.LOOK: Access.READ,
    Call.FUTEX_WAIT: Access.READ,
    Call.FUTEX_WAKE: Access.READ,
}
"""What a question wants of the page that it is about; faults say it themselves."""

AT_ONCE: Final = (Call.FUTEX_WAKE, Call.MMAP, Call.OTHER)
"""Calls that take no page, even where they name one."""
