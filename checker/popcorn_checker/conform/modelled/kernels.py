"""What has to be known of a protocol to drive a program on its model.

How a state looks to the program is what the protocol says of itself. It does not say with which
actions a thread does something, and it follows whether a page is current, not what it holds.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import ClassVar

from popcorn_checker.conform import wire
from popcorn_checker.conform.modelled.machine import Machine, Step
from popcorn_checker.evaluate import State

Bound = Mapping[str, int | str]
Ask = tuple[str, Bound]
"""An action, and what some of its parameters are."""


class Kernels(ABC):
    """Kernels of one protocol, and what is in their memory."""

    protocol: ClassVar[str]
    capabilities: ClassVar[tuple[wire.Capability, ...]]
    errors: ClassVar[tuple[str, ...]] = ()
    """Actions with which a call fails that on one kernel does not."""

    def __init__(self, machine: Machine) -> None:
        """Nothing has been written."""
        self.machine = machine

    @staticmethod
    @abstractmethod
    def scope(kernels: int, threads: int, pages: int) -> str:
        """A scope in which so many have room."""

    def named(self, kernel: int) -> int:
        """The model's number of a kernel by ours, or ours by its."""
        return kernel

    # --- what threads do -------------------------------------------------------------------------

    @abstractmethod
    def begin(self, thread: int, kernel: int) -> Iterator[Ask]:
        """The actions, one after the other, with which a program begins."""

    @abstractmethod
    def calls(self, state: State, op: wire.Do, child: int | None) -> Iterator[Ask]:
        """The actions, one of them, with which a thread makes a call."""

    @abstractmethod
    def touches(self, state: State, op: wire.Do) -> Iterator[Ask]:
        """The actions, one of them, with which a thread gets what it needs of a page."""

    def kills(self) -> Iterator[Ask]:
        """The action with which something outside ends the program."""
        return iter(())

    @abstractmethod
    def refuses(self, state: State, thread: int, access: str, page: int) -> bool:
        """Whether what a thread does to a page ends with a signal, and nobody need be asked."""

    @abstractmethod
    def signals(self, step: Step) -> Iterator[int]:
        """The threads that a step sends a signal, as they use what is not mapped."""

    @abstractmethod
    def maps(self, step: Step) -> int | None:
        """The page that a call has got by a step: where it has mapped memory, or moved a page."""

    def may(self, step: Step, ops: Mapping[int, wire.Do]) -> bool:
        """Whether what pages hold lets kernels take a step, which the model leaves open."""
        return True

    def extra(self) -> Iterator[str]:
        """Actions of kernels' own that fair runs do not owe: `may` decides on them."""
        return iter(())

    # --- where threads and pages are -------------------------------------------------------------

    @abstractmethod
    def places(self, state: State, thread: int) -> list[int]:
        """The kernels, as the model numbers them, on which a thread is executed."""

    @abstractmethod
    def copies(self, state: State) -> tuple[wire.Held, ...] | None:
        """What page tables allow; None where kernels have no copies of their own."""

    # --- what pages hold -------------------------------------------------------------------------

    @abstractmethod
    def follow(self, step: Step) -> None:
        """A step may have moved what pages hold."""

    @abstractmethod
    def read(self, state: State, thread: int, page: int) -> int:
        """What a thread reads that can."""

    @abstractmethod
    def write(self, state: State, thread: int, page: int, value: int) -> Iterator[Ask]:
        """A thread writes that can; the actions that the model has for that, if any."""
