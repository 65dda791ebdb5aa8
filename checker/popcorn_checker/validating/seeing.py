"""States and steps in the words of a log: threads and pages by the numbers that it gives them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any, Final

from popcorn_checker.evaluate import Firing
from popcorn_checker.explain import words
from popcorn_checker.validating.moving import FAMILY_SHIFT
from popcorn_checker.validating.observing import Entry, Keep, Need, Take
from popcorn_checker.validating.subject import Subject
from popcorn_checker.validating.wishing import Look, get_wishes
from popcorn_checker.validating.world import World
from popcorn_model.language import expr as e

CELLS_MAX: Final = 12
LEGAL_MAX: Final = 12


def get_state(subject: Subject, world: World, entry: Entry) -> list[str]:
    """The cells that forbid what a line says, and those that are about the same thread."""
    cells: dict[int, None] = {}
    ways = subject.search.observer.ways(entry, world.get)
    for way in ways if not isinstance(ways, str) else ():
        for cell in _deciding(subject, world.copy(), way.items):
            cells.setdefault(cell)
    for sort, member in sorted(subject.about(entry)):
        for cell in subject.cells_about(world, member) if sort == "Task" else ():
            cells.setdefault(cell)
    return [show_cell(subject, world, cell) for cell in list(cells)[:CELLS_MAX]]


def _deciding(subject: Subject, world: World, items: tuple[Any, ...]) -> Iterator[int]:
    """What would have to be something else for the first thing that is not so."""
    machine = subject.machine
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


def show_cell(subject: Subject, world: World, cell: int) -> str:
    """A cell and what is in it."""
    machine = subject.machine
    if cell >> FAMILY_SHIFT >= len(machine.families):
        number = cell >> FAMILY_SHIFT
        name = next(n for n, base in machine.base_of.items() if base >> FAMILY_SHIFT == number)
        return f"{subject.show_own(name, cell)} is {words(world.cells.get(cell))}"
    family = machine.family(cell)
    index = machine.index(cell)
    shown = ", ".join(show_member(subject, s, i) for s, i in zip(family.index, index, strict=True))
    value = show_value(subject, family.sort, world.cells[cell])
    return f"{family.name}[{shown}] is {value}" if shown else f"{family.name} is {value}"


def show_member(subject: Subject, sort: e.SortInfo, number: int) -> str:
    """A member of a sort as the log names it."""
    shown = subject.show_member(sort.name, number)
    return shown or str(sort.labels[number] if sort.labels else number)


def show_value(subject: Subject, sort: e.SortInfo, value: Any) -> str:
    """A value as the log would say it."""
    if sort.kind is e.SortKind.MAYBE and sort.of is not None:
        return "nothing" if value is None else show_member(subject, sort.of, value)
    if sort.kind in (e.SortKind.MEMBERS, e.SortKind.LABELS):
        return show_member(subject, sort, value)
    return words(value)


def show_step(subject: Subject, firing: Firing) -> str:
    """A step with the members as the log names them."""
    action = subject.machine.moves[firing.action].action
    shown = ", ".join(
        show_member(subject, var.sort, value)
        for var, value in zip(action.params, firing.values, strict=True)
    )
    return f"{firing.action}({shown})"


def get_legal(subject: Subject, world: World, entry: Entry) -> list[str]:
    """Steps that are possible in a state: such as the line tells of first, then those nearby.

    Nearby is what is about the line's thread, page or kernel.

    Cost: all instances of all actions.
    """
    near = subject.about(entry)
    ways = subject.search.observer.ways(entry, world.get)
    items = [] if isinstance(ways, str) else [item for way in ways for item in way.items]
    told = {item.action for item in items if isinstance(item, Take)}
    found: list[tuple[bool, int, int, str]] = []
    for move in subject.machine.moves.values():
        params = move.action.params
        for values in product(*(range(subject.machine.size(var.sort)) for var in params)):
            if move.is_enabled(world.cells, *values):
                members = {(var.sort.name, x) for var, x in zip(params, values, strict=True)}
                shown = show_step(subject, Firing(move.name, values))
                found.append((move.name not in told, -len(members & near), len(found), shown))
    found.sort()
    more = len(found) - LEGAL_MAX
    texts = [text for *_, text in found[:LEGAL_MAX]]
    return [*texts, f"{more} more"] if more > 0 else texts

