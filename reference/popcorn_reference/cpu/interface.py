"""What a processor must do for the kernel that has it.

A processor belongs to one process on one kernel. It executes instructions of one thread at a time,
and stops *before* an instruction that uses a page as it may not be used: the kernel gets the page
and the instruction begins anew. It must never be completed in the middle. A read-modify-write whose
load has been done with an old copy would otherwise write what others have overwritten.
"""

from dataclasses import dataclass
from typing import Protocol

from popcorn_model.vocabulary import Access
from popcorn_reference.memory import Memory
from popcorn_reference.messages import Wanted


@dataclass(frozen=True)
class Ran:
    """As many instructions as were allowed have been executed."""


@dataclass(frozen=True)
class Faulted:
    """The next instruction uses pages that may not be used so."""

    pages: Wanted


@dataclass(frozen=True)
class Called:
    """The instruction that was executed last is a system call."""

    number: int
    arguments: tuple[int, ...]


@dataclass(frozen=True)
class Broke:
    """The next instruction cannot be executed: the signal that Linux sends for it, and why."""

    signal: int
    text: str


Stopped = Ran | Faulted | Called | Broke


class Cpu(Protocol):
    """A processor, with the page tables of one process."""

    @property
    def memory(self) -> Memory:
        """The frames of the process on this kernel."""

    def map(self, page: int, access: Access) -> None:
        """Let instructions use a page."""

    def protect(self, page: int, access: Access) -> None:
        """Change how instructions may use a page."""

    def unmap(self, page: int) -> None:
        """Keep instructions from using a page."""

    def load(self, registers: bytes) -> None:
        """Take a thread's registers."""

    def save(self) -> bytes:
        """The registers of the thread that was loaded last."""

    def put(self, register: str, value: int) -> None:
        """Put a number in a register by what it is for: `result`, `stack`, `tls`, `pc`..."""

    def get(self, register: str) -> int:
        """The number in a register, by what it is for."""

    def rewind(self) -> None:
        """Go back to the system call that was executed last, to make it again."""

    def run(self, count: int) -> Stopped:
        """Execute up to so many instructions, at least one unless it faults."""

    def close(self) -> None:
        """Free what the processor has of the machine."""
