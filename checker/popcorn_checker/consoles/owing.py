"""What was begun and not ended when a log ended: what, since which line, and who owes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from popcorn_checker.consoles.line import ORIGIN
from popcorn_checker.consoles.look import Look
from popcorn_checker.validating.moving import FAMILY_SHIFT
from popcorn_checker.validating.seeing import show_cell
from popcorn_checker.validating.validator import Duty
from popcorn_checker.validating.world import NOWHERE

Tell = Callable[[Look, tuple[int, ...], Any], str]
"""What is owed, in words; nothing if the node that owes or waits has no lines here."""


def get_duties(look: Look) -> list[Duty]:
    """What is open at the end, the oldest first."""
    return sorted(_find(look), key=lambda duty: duty.since)


def _find(look: Look) -> Iterator[Duty]:
    world, machine = look.search.threads[0].world, look.machine
    start = machine.start()
    for name, tell in _TELLS.items():
        family = machine.cell_family(name)
        for cell, value in start.items():
            since = world.since.get(cell, NOWHERE)
            if cell >> FAMILY_SHIFT == family and world.cells[cell] != value and since.number:
                what = tell(look, machine.index(cell), world.cells[cell])
                if what:
                    yield Duty(0, what, show_cell(look, world, cell), *since)


def _acknowledgement(look: Look, index: tuple[int, ...], value: int) -> str:
    (t,) = index
    who, owes = look.names.show_thread(t), look.names.show_kernel(value)
    return f"an acknowledgement of the munmap of {who}, owed by {owes}"


def _on_page(what: str, is_origin: bool) -> Tell:
    """Something about a page, owed by a remote or by the origin."""

    def tell(look: Look, index: tuple[int, ...], _: Any) -> str:
        p, k = index
        debtor = ORIGIN if is_origin else k
        if debtor not in look.observed and (k if is_origin else ORIGIN) not in look.observed:
            return ""
        of = f" for {look.names.show_kernel(k)}" if is_origin else ""
        page, owes = look.names.show_page(p), look.names.show_kernel(debtor)
        return f"{what} of {page}{of}, owed by {owes}"

    return tell


def _arrival(look: Look, index: tuple[int, ...], value: int) -> str:
    t, k = index
    if look.machine.named["work"].sort.labels[value] not in ("arriving", "fork"):
        return ""
    return f"the arrival of {look.names.show_thread(t)}, owed by {look.names.show_kernel(k)}"


def _fault(look: Look, index: tuple[int, ...], _: Any) -> str:
    (t,) = index
    world = look.search.threads[0].world
    if world.get("at", t) not in look.observed:
        return ""
    return f"the end of a fault of {look.names.show_thread(t)}"


def _call(look: Look, index: tuple[int, ...], _: Any) -> str:
    (t,) = index
    world = look.search.threads[0].world
    if world.get("awaits", t) is not None or world.get("at", t) not in look.observed:
        return ""
    return f"the return of a call of {look.names.show_thread(t)}"


_TELLS: Final[Mapping[str, Tell]] = {
    "awaits": _acknowledgement,
    "request": _on_page("an answer to a request", is_origin=True),
    "recall": _on_page("the copy", is_origin=False),
    "work": _arrival,
    "doing": _fault,
    "call": _call,
}
"""Index: cells that are to become again what they were at the start."""
