"""Wordings: the texts of a kernel's formats, with a name and a type for each field.

A wording is written as the kernel's format is, with `{name:type}` where that has a conversion; the
types are those of `fields`. One that begins with a newline is of a format that does: the console
then shows an empty line before it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from popcorn_checker.dmesg.fields import Field, Value, WordingError, make_field

_FIELD: Final = re.compile(r"\{(\w+):([^}]+)\}")
_TELLS_NOTHING: Final = " []/()0x"
"""Letters that many wordings have between their fields."""
_WORD: Final = re.compile(r" *\S*")
_SHOWN_MAX: Final = 24
"""How many letters of a line a refusal quotes."""


@dataclass(frozen=True)
class Wording:
    """A text with fields in it."""

    text: str
    kernels: str
    """Which kernels say it so, and when, in words; empty if all that were looked at do."""
    parts: tuple[str | Field, ...]
    fields: tuple[Field, ...]
    names: frozenset[str]
    pattern: re.Pattern[str]

    @property
    def after_empty(self) -> bool:
        """Whether the console shows an empty line first."""
        return self.text.startswith("\n")

    def read(self, text: str) -> dict[str, Value] | None:
        """The fields of a line without its frame, or None if it is not of this wording."""
        found = self.pattern.fullmatch(text)
        if found is None:
            return None
        return {
            field.name: field.read(value)
            for field, value in zip(self.fields, found.groups(), strict=True)
        }

    def render(self, fields: Mapping[str, Value]) -> str:
        """The line as the kernel would print it, with the newline that it may begin with.

        Raises: WordingError if fields lack, are too many, or hold what they cannot.
        """
        if fields.keys() != self.names:
            raise WordingError(
                f"{', '.join(sorted(fields)) or 'nothing'} is given for {self.text.strip()!r}, "
                f"which takes {', '.join(field.name for field in self.fields) or 'no fields'}"
            )
        printed = (
            part if isinstance(part, str) else part.print(fields[part.name]) for part in self.parts
        )
        return "\n" * self.after_empty + "".join(printed)

    def samples(self) -> Iterator[tuple[str, ...]]:
        """For each choice of what is closed, lines that differ in all that is open."""
        closed = [field for field in self.fields if field.closed]
        for values in itertools.product(*(field.samples for field in closed)):
            chosen = {field.name: value for field, value in zip(closed, values, strict=True)}
            lines = (
                self.render({f.name: chosen.get(f.name, f.samples[at]) for f in self.fields})
                for at in (0, 1)
            )
            yield tuple(line.lstrip("\n") for line in lines)


def make_wording(text: str, kernels: str = "") -> Wording:
    """The wording of a text.

    Raises: WordingError if a field has a type that is none.
    """
    parts: list[str | Field] = []
    at = 0
    body = text.lstrip("\n")
    for found in _FIELD.finditer(body):
        if literal := body[at : found.start()]:
            parts.append(literal)
        parts.append(make_field(found[1], found[2]))
        at = found.end()
    if rest := body[at:]:
        parts.append(rest)
    fields = tuple(part for part in parts if isinstance(part, Field))
    pattern = "".join(
        re.escape(part) if isinstance(part, str) else f"({part.pattern})" for part in parts
    )
    names = frozenset(field.name for field in fields)
    assert len(names) == len(fields), f"a name stands twice in {text!r}"
    return Wording(text, kernels, tuple(parts), fields, names, re.compile(pattern, re.ASCII))


@dataclass(frozen=True)
class Miss:
    """How far a line follows a wording, and why no further."""

    reach: int
    """How many letters follow it."""
    told: bool
    """Whether these letters hold what tells the wording from others."""
    cut: bool
    """Whether the line has ended there."""
    why: str


def miss(wording: Wording, text: str) -> Miss:
    """Why a line is not of a wording; it must not be of it."""
    at, told = 0, False
    for index, part in enumerate(wording.parts):
        if isinstance(part, str):
            if not text.startswith(part, at):
                return _miss_literal(wording, index, text, at, told)
            at += len(part)
            told = told or bool(part.strip(_TELLS_NOTHING))
            continue
        end, rest = _end_of(wording, index, text, at), text[at:]
        if end is None and not rest:
            return Miss(at, told, True, f"cut off before field {part.name}")
        # What may be absent is found even where it has only begun.
        if end in (None, at) and rest and _has_begun(part, rest):
            return Miss(len(text), told, True, f"cut off in field {part.name}")
        if end is None:
            word = _WORD.match(rest)
            shown = _show(word[0] if word else rest)
            return Miss(at, told, False, f"field {part.name} is {shown}, not {part.called}")
        at = end
    return Miss(at, told, False, f"{_show(text[at:])} follows the last field")


def _has_begun(field: Field, rest: str) -> bool:
    return not field.is_free and field.beginning.fullmatch(rest) is not None


def _end_of(wording: Wording, index: int, text: str, at: int) -> int | None:
    """Where a field's value ends, or None if there is none."""
    field = wording.parts[index]
    assert isinstance(field, Field)
    found = field.value.match(text, at)
    if found is None:
        return None
    if field.is_free:
        # Text goes on until what the wording has next: its pattern alone would take too little.
        after = next((part for part in wording.parts[index + 1 :] if isinstance(part, str)), None)
        stop = -1 if after is None else text.find(after, at + 1)
        return len(text) if stop < 0 else stop
    if not field.closed and field.type[-1] in "dxa" and text[found.end() :][:1].isalnum():
        # A number that goes on with something else is no number.
        return None
    return found.end()


def _miss_literal(wording: Wording, index: int, text: str, at: int, told: bool) -> Miss:
    literal = wording.parts[index]
    assert isinstance(literal, str)
    rest = text[at:]
    if not literal.startswith(rest):
        return Miss(at, told, False, f"{_show(rest)} stands where {literal!r} should")
    before = wording.parts[index - 1] if index else None
    if isinstance(before, Field) and not rest and not before.closed:
        # Free text runs to the end of any line, so this alone does not show that one is cut.
        cut = told or not before.is_free
        return Miss(len(text), told, cut, f"cut off in field {before.name}")
    later = next((part for part in wording.parts[index:] if isinstance(part, Field)), None)
    where = f"before field {later.name}" if later else "before its end"
    return Miss(len(text), told, True, f"cut off {where}")


def _show(text: str) -> str:
    return repr(text if len(text) <= _SHOWN_MAX else text[:_SHOWN_MAX] + "…")
