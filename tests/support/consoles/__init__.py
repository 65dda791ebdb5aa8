"""Consoles of kernels that do what the model does: each step of a random run as they print it.

A kernel prints what is in the table of kinds at the step that the code prints it at; this is the
other way round of what the rules of `popcorn_checker.consoles` read, and was written from the
source references of the actions, not from the rules.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import product
from typing import Final

from popcorn_checker.consoles.look import get_model
from popcorn_checker.validating.moving import Machine
from popcorn_checker.validating.world import Marks, World
from popcorn_model.popcorn_2020.advice import ADVICE
from support.consoles import areas, pages, threads
from support.consoles.run import Run, Tellers

__all__ = ["Run", "simulate"]

QUIET: Final = frozenset({
    "kill_process", "fail_to_build", "fail_to_allocate", "store", "clone_on_remote",
    "migrate_onward", "die_of_signal_64", "exit_group_on_remote", "exec_program",
    "call_brk", "fail_to_map", *(action.name for action in ADVICE),
})  # fmt: skip
"""Steps that are left out of runs: mishaps, or of which there are no lines here."""
SELDOM: Final = frozenset({"exit_at_origin", "exit_on_remote", "call_munmap"})
TELLERS: Final[Tellers] = {**threads.TELLERS, **areas.TELLERS, **pages.TELLERS}


def simulate(seed: int, steps: int, sizes: dict[str, int], variant: str = "as-built-5.2") -> Run:
    """A run of so many steps, each drawn from all that are possible."""
    model = get_model(variant)
    machine = Machine(model, {"places": 9, "channel_slots": 99, **sizes})
    run = Run(World(machine, Marks(), machine.start()))
    draw = random.Random(seed)
    run.world.fire("exec_program", (0,))
    for _ in range(steps):
        possible = list(_possible(run.world))
        if not possible:
            break
        names = sorted({name for name, _ in possible})
        chosen = draw.choices(names, [0.05 if name in SELDOM else 1 for name in names])[0]
        action, values = draw.choice([each for each in possible if each[0] == chosen])
        before = dict(run.world.cells)
        teller = TELLERS.get(action)
        early, late = teller if isinstance(teller, tuple) else (teller, None)
        if early is not None:
            early(run, *values)
        run.world.fire(action, values)
        if late is not None:
            late(run, *values)
        run.steps.append(f"{action}{values}")
        assert run.world.cells != before
    return run


def _possible(world: World) -> Iterator[tuple[str, tuple[int, ...]]]:
    for move in world.machine.moves.values():
        if move.name in QUIET:
            continue
        ranges = [range(world.machine.size(var.sort)) for var in move.action.params]
        for values in product(*ranges):
            if move.is_enabled(world.cells, *values) and _is_sane(world, move.name, values):
                yield move.name, values


def _is_sane(world: World, action: str, values: tuple[int, ...]) -> bool:
    """Programs touch what they have mapped, and unmap what they will not touch again."""
    if action in ("ask_for_area", "follow_fetch"):
        return bool(world.get("area", values[1], 0))
    if action == "call_munmap":
        return values[2] == 0 and any(world.get("known", k) for k in (1, 2))
    return action not in ("call_mmap", "call_mprotect")
