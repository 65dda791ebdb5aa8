"""Adapters inside the test's own process: what would take a process takes a call."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from popcorn_checker.conform import wire
from popcorn_checker.conform.case import Case
from popcorn_checker.conform.driving import Session
from popcorn_checker.conform.explaining import Departure
from popcorn_checker.conform.machine import make_machine
from popcorn_checker.conform.program_driving import Doer, ProgramSession
from popcorn_checker.conform.running import take_step
from popcorn_checker.conform.talking import Indefinite, Lax, NotNow, Unsupported
from popcorn_checker.conform.world import make_world
from popcorn_reference import adapter, program_adapter


class Inside:
    """The reference, or what a test has made of it, without a process."""

    stderr = ""

    def __init__(self) -> None:
        self._cluster: Any = None

    def order(self, order: wire.Order) -> wire.Reply:
        """Have something done. What the reference asserts counts as refused."""
        line = wire.encode(order).decode()
        try:
            said, self._cluster = adapter.answer(line, self._cluster)
        except (AssertionError, KeyError, ValueError) as error:
            text = f"{type(error).__name__}: {error}"
            return wire.Reply(order.seq, "error", text=text)
        return wire.decode_reply(json.dumps(said).encode(), order.seq)


class Program:
    """The reference as a program sees it, without a process."""

    stderr = ""

    def __init__(self, seed: int, level: str = "program") -> None:
        self._program: Any = None
        self._seed = seed
        self._level = level

    def do(self, order: wire.ProgramOrder) -> wire.ProgramReply:
        """Have something done. What the reference asserts counts as refused."""
        line = wire.encode(order).decode()
        try:
            said, self._program = program_adapter.answer(
                line, self._program, self._seed, self._level
            )
        except (AssertionError, KeyError, ValueError) as error:
            text = f"{type(error).__name__}: {error}"
            return wire.ProgramReply(order.seq, "error", text=text)
        return wire.decode_program_reply(json.dumps(said).encode(), order.seq)


def drive_program(case: Case, seed: int = 0) -> ProgramSession:
    """Take all steps of a case with the reference at the level of programs.

    Raises: Departure, NotNow, Unsupported, Indefinite.
    """
    return drive_with(Program(seed), case)


def drive_with(program: Doer, case: Case) -> ProgramSession:
    """Take all steps of a case with something that runs programs.

    Raises: Departure, NotNow, Unsupported, Indefinite.
    """
    session = ProgramSession(program, make_machine(case.threads, case.pages), case.kernels)
    for step in case.steps:
        take_step(session, step, case)
    session.rest()
    return session


def drive(case: Case) -> Session:
    """Take all steps of a case.

    Raises: Departure, Lax, NotNow, Unsupported, Indefinite.
    """
    session = Session([Inside()], make_world(case.kernels, case.threads, case.pages))
    for step in case.steps:
        session.take(step)
    session.rest()
    return session


def failing(cases: Iterable[Case]) -> Iterator[str]:
    """The ids of cases that do not go as they should; to be lax is not to fail."""
    for case in cases:
        try:
            with suppress(Lax):
                drive_program(case) if case.level == "program" else drive(case)
        except (Departure, NotNow, Unsupported, Indefinite):
            yield case.id
