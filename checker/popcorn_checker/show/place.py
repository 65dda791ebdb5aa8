"""Where in a trace's file something is wrong, and the error that says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar

T = TypeVar("T")

_NAMES: Final[Mapping[type, str]] = {
    dict: "an object",
    list: "an array",
    str: "a string",
    bool: "true or false",
    int: "a number",
    float: "a number with a fraction",
    type(None): "null",
}


class TraceError(Exception):
    """A trace cannot be read or written; the text says what, where, and what would be legal."""


@dataclass(frozen=True)
class Place:
    """A place in a file: the file, then the way down from its top. Reading goes through it."""

    source: str
    path: tuple[str, ...] = ()

    def at(self, *parts: object) -> Place:
        """A place further down."""
        return replace(self, path=(*self.path, *map(str, parts)))

    def error(self, what: str, legal: str) -> TraceError:
        """The error to raise: what is wrong at this place, and what would be legal."""
        where = ", ".join((self.source, *self.path))
        return TraceError(f"{where}: {what}; legal here: {legal}")

    def read(self, value: object, kind: type[T]) -> T:
        """The value, if it is of this type. Raises: TraceError when it is of another."""
        if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
            return value
        raise self.error(f"found {describe(value)}", _NAMES[kind])

    def get(self, holder: Mapping[str, object], key: str, kind: type[T], default: T | None) -> T:
        """An entry of an object, if it is of this type.

        Raises: TraceError when it is of another, or absent although there is no default.
        """
        if key in holder:
            return self.at(key).read(holder[key], kind)
        if default is None:
            raise self.error(f"has no {key!r}", f"{key!r}, {_NAMES[kind]}")
        return default

    def texts(self, value: object) -> tuple[str, ...]:
        """An array of strings. Raises: TraceError when it is none."""
        items = self.read(value, list)
        return tuple(self.at(f"item {n}").read(each, str) for n, each in enumerate(items))

    def refuse_marks(self, value: Mapping[str, object], legal: str) -> None:
        """Refuses keys that begin with # where nothing knows them. Raises: TraceError."""
        odd = next((key for key in value if key.startswith("#")), None)
        if odd is not None:
            raise self.error(f"unknown mark {odd!r}", legal)


def describe(value: object) -> str:
    """A value in an error: what it is and, if it is short enough to help, what it says."""
    name = _NAMES.get(type(value), f"a Python {type(value).__name__}")
    if value is None or isinstance(value, dict | list | tuple):
        return name
    text = repr(value) if len(repr(value)) <= 40 else repr(value)[:37] + "..."
    return f"{name}, {text}"
