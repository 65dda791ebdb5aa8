"""States and steps in the words of a log: threads and pages by the numbers that it gives them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any, Final

from popcorn_checker.evaluate import Firing
from popcorn_checker.explain import words
from popcorn_checker.validating.case import Case
from popcorn_checker.validating.naming import UNNAMED
from popcorn_checker.validating.observing import Entry, Keep, Need, Take
from popcorn_checker.validating.wishing import Look, get_wishes
from popcorn_checker.validating.world import World
from popcorn_model.language import expr as e

CELLS_MAX: Final = 12
LEGAL_MAX: Final = 12


def get_state(case: Case, world: World, entry: Entry) -> list[str]:
    """The cells that forbid what a line says, and those that are about the same thread."""
    cells: dict[int, None] = {}
    ways = case.search.observer.ways(entry, world.get)
    for way in ways if not isinstance(ways, str) else ():
        for cell in _deciding(case, world.copy(), way.items):
            cells.setdefault(cell)
    thread = entry.content.get("thread")
    if thread in case.numbers.threads:
        for cell in _about(case, world, case.numbers.threads[thread]):
            cells.setdefault(cell)
    return [show_cell(case, world, cell) for cell in list(cells)[:CELLS_MAX]]


def _deciding(case: Case, world: World, items: tuple[Any, ...]) -> Iterator[int]:
    """What would have to be something else for the first thing that is not so."""
    machine = case.machine
    for item in items:
        match item:
            case Keep(name, index, value):
                world.put(machine.cell(name, *index), value)
            case Need(name, index, values):
                if world.get(name, *index) not in values:
                    yield machine.cell(name, *index)
                    return
            case Take(action, values):
                given = tuple(x for x in values if x is not None)
                move = machine.moves[action]
                if len(given) == len(values) and move.is_enabled(world.cells, *given):
                    world.fire(action, given)
                    continue
                env = dict(zip(move.action.params, given, strict=False))
                for atom, test in move.atoms:
                    if len(given) == len(values) and not test(world.cells, *given):
                        look = Look(machine, world.cells, env)
                        yield from (wish.cell for wish in get_wishes(look, atom, True))
                return


def _about(case: Case, world: World, thread: int) -> Iterator[int]:
    """Where a thread is, and what it asks for."""
    for name in ("here", "asks", "answers", "done"):
        for kernel in range(case.plan.kernels):
            if world.get(name, thread, kernel):
                yield case.machine.cell(name, thread, kernel)
    yield case.machine.cell("call", thread)


def show_cell(case: Case, world: World, cell: int) -> str:
    """A cell and what is in it."""
    machine = case.machine
    if cell >> 48 >= len(machine.families):
        name = next(n for n, base in machine.base_of.items() if base >> 48 == cell >> 48)
        member = cell & 0xFFFF
        value = words(world.cells.get(cell))
        return f"{_OWN.get(name, name)} of thread {_thread(case, member)} is {value}"
    family = machine.family(cell)
    index = machine.index(cell)
    shown = ", ".join(show_member(case, s, i) for s, i in zip(family.index, index, strict=True))
    value = show_value(case, family.sort, world.cells[cell])
    return f"{family.name}[{shown}] is {value}" if shown else f"{family.name} is {value}"


_OWN: Final = {"system": "the kernel of the system call", "phase": "the system call"}


def show_member(case: Case, sort: e.SortInfo, number: int) -> str:
    """A member of a sort as the log names it."""
    match sort.name:
        case "Task":
            return f"thread {_thread(case, number)}"
        case "Page":
            pages = dict(case.numbers.numbered_pages())
            page = pages.get(number, number)
            return "a page not named" if page == UNNAMED else f"page {page}"
        case "Kernel":
            return f"kernel {number}"
    return str(sort.labels[number]) if sort.labels else str(number)


def _thread(case: Case, number: int) -> int:
    threads = {n: thread for thread, n in case.numbers.threads.items()}
    return threads.get(number, number)


def show_value(case: Case, sort: e.SortInfo, value: Any) -> str:
    """A value as the log would say it."""
    if sort.kind is e.SortKind.MAYBE and sort.of is not None:
        return "nothing" if value is None else show_member(case, sort.of, value)
    if sort.kind in (e.SortKind.MEMBERS, e.SortKind.LABELS):
        return show_member(case, sort, value)
    return words(value)


def show_step(case: Case, firing: Firing) -> str:
    """A step with the members as the log names them."""
    action = case.machine.moves[firing.action].action
    shown = ", ".join(
        show_member(case, var.sort, value)
        for var, value in zip(action.params, firing.values, strict=True)
    )
    return f"{firing.action}({shown})"


def get_legal(case: Case, world: World, entry: Entry) -> list[str]:
    """Steps that are possible in a state: such as the line tells of first, then those nearby.

    Nearby is what is about the line's thread, page or kernel.

    Cost: all instances of all actions.
    """
    names = case.numbers.translate(entry.content) if _is_known(case, entry) else {}
    near = {
        ("Task", names.get("thread")), ("Page", names.get("page")),
        ("Kernel", names.get("kernel", entry.kernel)),
    }  # fmt: skip
    ways = case.search.observer.ways(entry, world.get)
    items = [] if isinstance(ways, str) else [item for way in ways for item in way.items]
    told = {item.action for item in items if isinstance(item, Take)}
    found: list[tuple[bool, int, int, str]] = []
    for move in case.machine.moves.values():
        params = move.action.params
        for values in product(*(range(case.machine.size(var.sort)) for var in params)):
            if move.is_enabled(world.cells, *values):
                members = {(var.sort.name, x) for var, x in zip(params, values, strict=True)}
                shown = show_step(case, Firing(move.name, values))
                found.append((move.name not in told, -len(members & near), len(found), shown))
    found.sort()
    more = len(found) - LEGAL_MAX
    texts = [text for *_, text in found[:LEGAL_MAX]]
    return [*texts, f"{more} more"] if more > 0 else texts


def _is_known(case: Case, entry: Entry) -> bool:
    """Whether all that a line names has been named before."""
    return entry.content.get("thread") in (None, *case.numbers.threads)
