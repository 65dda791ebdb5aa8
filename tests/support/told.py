"""An implementation at the level of programs that says what a test says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from popcorn_checker.conform import wire
from popcorn_checker.conform.machine import make_machine
from popcorn_checker.conform.program_driving import ProgramSession
from popcorn_checker.conform.script import parse

NOTHING: Final[Mapping[str, Any]] = {}


class Told:
    """An answer for each order, as plain data without its number, and then nothing any more."""

    stderr = ""

    def __init__(self, *answers: Mapping[str, Any], first: Mapping[str, Any] = NOTHING) -> None:
        """`first` is what it says to `reset`."""
        self._answers = [first, *answers]

    def do(self, order: wire.ProgramOrder) -> wire.ProgramReply:
        """The next answer."""
        found = self._answers.pop(0) if self._answers else NOTHING
        line = msgspec.json.encode({"seq": order.seq, **found})
        return wire.decode_program_reply(line, order.seq)


def begin_told(
    *answers: Mapping[str, Any], first: Mapping[str, Any] = NOTHING, threads: int = 3
) -> ProgramSession:
    """A run of it, on three kernels and with two pages."""
    return ProgramSession(Told(*answers, first=first), make_machine(threads, 2), 3)


def run_told(does: str, *answers: Mapping[str, Any], threads: int = 3) -> ProgramSession:
    """The same after all steps of a script. Raises: Departure, NotNow, Unsupported."""
    session = begin_told(*answers, threads=threads)
    for step in parse(does):
        session.take(step)
    return session


def done(thread: int, **result: Any) -> dict[str, Any]:
    """An answer in which a thread is through."""
    return {"done": [{"thread": thread, **result}]}
