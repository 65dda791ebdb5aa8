"""Switches are the named choices of a protocol: variants, repairs and assumptions set them.

One protocol text holds all its variants: where they differ, the text says ``switch.choose(...)``.
An assumption is a switch about the platform (preemption, order of messages); verdicts print it.
"""

from __future__ import annotations

from typing import Any, TypeVar

from popcorn_model.language import expr as e
from popcorn_model.language.expr import ModelError
from popcorn_model.language.terms import Term, coerce

T = TypeVar("T", bound=Term)


class Switch:
    """A choice among named values; the first is the default."""

    def __init__(self, name: str, *values: str, doc: str, assumption: bool = False) -> None:
        """``doc`` says what is chosen. Raises: ModelError with fewer than two values."""
        if len(values) < 2:
            raise ModelError(f"switch {name} needs at least two values")
        self.info = e.SwitchInfo(name, values, doc, assumption)

    @property
    def values(self) -> tuple[str, ...]:
        """The legal values, default first."""
        return self.info.values

    def check(self, value: str) -> None:
        """Raises: ModelError when ``value`` is not one of the switch's."""
        if value not in self.info.values:
            legal = ", ".join(self.info.values)
            raise ModelError(f"switch {self.info.name} has no value {value}; legal: {legal}")

    def choose(self, **cases: T) -> T:
        """The term that goes with the value of this switch; every value needs a case."""
        for value in cases:
            self.check(value)
        missing = [v for v in self.values if v not in cases]
        if missing:
            raise ModelError(f"switch {self.info.name}: no case for {', '.join(missing)}")
        typed: Any = next((x for x in cases.values() if isinstance(x, Term)), None)
        if typed is None:
            raise ModelError(f"switch {self.info.name}: at least one case must be a term")
        sort: type[T] = type(typed)
        made = tuple((v, coerce(sort, cases[v]).expr) for v in self.values)
        return sort(e.Choice(sort.info, self.info, made))


class Repair(Switch):
    """A switch with the values off and on: the protocol as built, and one defect repaired."""

    def __init__(self, name: str, *, doc: str) -> None:
        """``doc`` says what the repair does."""
        super().__init__(name, "off", "on", doc=doc)
