"""Searches of the compiled engine: how tests have them made, and what is in them."""

from typing import Final

from popcorn_checker.explicit.search import Limits, Search
from popcorn_model.language import Model, Mood, Protocol
from support.oracle import Case

SECONDS_MAX: Final = 120


def search(model: Model | Protocol, scope: str = "", *stop_at: str) -> Search:
    """Explore at a scope, to the end or to one of some properties."""
    limits = Limits(seconds=SECONDS_MAX, stop_at=frozenset(stop_at))
    return Case.of(model, scope).search(limits)


def get_broken(found: Search) -> set[str]:
    """The `always` properties that some state violates."""
    always = {p.name for p in found.program.model.properties if p.mood is Mood.ALWAYS}
    return always & found.first_seen().keys()


def get_bits(found: Search, i: int, name: str, *index: int) -> int:
    """What a variable is in state ``i``, as the engine keeps it."""
    variable = next(s for s in found.program.model.states if s.name == name)
    cell = found.program.layout.families[variable].cell(index)
    return (int(found.row(i)[cell.word]) >> cell.shift) & cell.mask
