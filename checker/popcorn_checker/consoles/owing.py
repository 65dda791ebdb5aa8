"""What was begun and not ended when a log ended: what, since which line, and who owes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from popcorn_checker.consoles.line import ORIGIN
from popcorn_checker.consoles.look import Look, get_own_index
from popcorn_checker.validating.moving import FAMILY_SHIFT
from popcorn_checker.validating.seeing import show_cell
from popcorn_checker.validating.validator import Duty
from popcorn_checker.validating.world import NOWHERE

Tell = Callable[[Look, tuple[int, ...], Any], str]
"""Of what and by whom something is owed; nothing if the lines of neither node are here."""


def get_duties(look: Look) -> list[Duty]:
    """What is open at the end, the oldest first."""
    return sorted(_find(look), key=lambda duty: duty.since)


def _find(look: Look) -> Iterator[Duty]:
    world, machine = look.search.threads[0].world, look.machine
    start = machine.start()
    for name, what in look.observer.duties.items():
        family = machine.cell_family(name)
        is_own = name in look.observer.own
        for cell, now in list(world.cells.items()):
            since = world.since.get(cell, NOWHERE)
            if cell >> FAMILY_SHIFT == family and now != start.get(cell) and since.number:
                index = get_own_index(cell) if is_own else machine.index(cell)
                whose = _WHOSE[name](look, index, now)
                if whose:
                    shown = show_cell(look, world, cell)
                    yield Duty(0, f"{what} of {whose}", shown, *since)


def _by_remote(look: Look, index: tuple[int, ...], value: int) -> str:
    (t,) = index
    return f"{look.names.show_thread(t)}, owed by {look.names.show_kernel(value)}"


def _answer(look: Look, index: tuple[int, ...], _: Any) -> str:
    p, k = index
    if not look.observed & {ORIGIN, k}:
        return ""
    names = look.names
    whose = f"{names.show_page(p)} for {names.show_kernel(k)}"
    return f"{whose}, owed by {names.show_kernel(ORIGIN)}"


def _answer_of_remote(look: Look, index: tuple[int, ...], _: Any) -> str:
    p, k = index
    names, asker = look.names, look.search.threads[0].world.get("asked", p, k)
    whose = asker if isinstance(asker, str) else f"task {asker} on node {names.node(ORIGIN)}"
    return f"{names.show_page(p)} for {whose}, owed by {names.show_kernel(k)}"


def _copy(look: Look, index: tuple[int, ...], _: Any) -> str:
    p, k = index
    if not look.observed & {ORIGIN, k}:
        return ""
    return f"{look.names.show_page(p)}, owed by {look.names.show_kernel(k)}"


def _arrival(look: Look, index: tuple[int, ...], value: int) -> str:
    t, k = index
    if look.machine.named["work"].sort.labels[value] not in ("arriving", "fork"):
        return ""
    return f"{look.names.show_thread(t)}, owed by {look.names.show_kernel(k)}"


def _of_thread(look: Look, index: tuple[int, ...], _: Any) -> str:
    """A thread's own fault or call; what it awaits from another node is owed by that."""
    (t,) = index
    world = look.search.threads[0].world
    if world.get("awaits", t) is not None or world.get("at", t) not in look.observed:
        return ""
    return look.names.show_thread(t)


_WHOSE: Final[Mapping[str, Tell]] = {
    "awaits": _by_remote,
    "request": _answer,
    "recall": _copy,
    "work": _arrival,
    "doing": _of_thread,
    "call": _of_thread,
    "sent": _answer_of_remote,
}
"""Index: the cells that an observer calls duties."""
