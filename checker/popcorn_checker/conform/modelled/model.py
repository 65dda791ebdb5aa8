"""A model in the place of an implementation: orders go in, and what has come of them goes out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final, Literal

from msgspec import UNSET, UnsetType

from popcorn_checker.conform import wire
from popcorn_checker.conform.modelled.kernels import Kernels
from popcorn_checker.conform.modelled.kernels_2014 import Kernels2014
from popcorn_checker.conform.modelled.kernels_2020 import Kernels2020
from popcorn_checker.conform.modelled.machine import Machine, configure
from popcorn_checker.conform.modelled.program import Program, Unsupported
from popcorn_checker.errors import UsageError
from popcorn_checker.evaluate import StepFault

KERNELS: Final[dict[str, type[Kernels]]] = {
    each.protocol: each for each in (Kernels2014, Kernels2020)
}
PAGES: Final = "pages"


@dataclass
class Model:
    """One run of a model after the other. `seed` draws its steps; `stderr` it has none."""

    make: Callable[[wire.Reset], Kernels]
    seed: int = 0
    level: Literal["pages", "program"] = "program"
    stderr: str = ""
    _program: Program | None = None

    def do(self, order: wire.ProgramOrder) -> wire.ProgramReply:
        """Carry an order out, and say what has come of it."""
        if isinstance(order, wire.Reset):
            self._program = Program(self.make(order), Random(self.seed))
            return wire.ProgramReply(order.seq)
        program = self._program
        assert program is not None, "the harness begins with reset"
        try:
            program.obey(order)
        except Unsupported as why:
            return wire.ProgramReply(order.seq, "unsupported", text=str(why))
        except StepFault as why:
            return wire.ProgramReply(order.seq, "unknown", text=str(why))
        done, program.done = tuple(program.done), []
        says_more = self.level == PAGES
        return wire.ProgramReply(
            order.seq, done=done, over=program.is_over,
            copies=_copies(program) if says_more else UNSET,
            places=tuple(program.places()) if says_more else UNSET,
        )  # fmt: skip


def _copies(program: Program) -> tuple[wire.Held, ...] | UnsetType:
    """What page tables allow; that they go with a program's last thread the models leave out."""
    copies = program.kernels.copies(program.state)
    if copies is None:
        return UNSET
    return () if program.is_over else copies


def make_model(protocol: str, variant: str, *more: str) -> Model:
    """The model of these names: ``more`` are a seed, `PAGES`, and switches with values.

    Raises: UsageError; ModelError for a switch that does not exist.
    """
    if protocol not in KERNELS:
        raise UsageError(f"nobody has said how to drive {protocol}: legal are {', '.join(KERNELS)}")
    kind = KERNELS[protocol]
    settings = tuple((n, v) for n, is_set, v in (m.partition("=") for m in more) if is_set)
    configured = configure(protocol, variant, settings)

    def make(order: wire.Reset) -> Kernels:
        scope = kind.scope(order.kernels, order.threads, order.pages)
        return kind(Machine(configured, scope))

    seed = next((int(m) for m in more if m.isdecimal()), 0)
    return Model(make, seed, "pages" if PAGES in more else "program")
