"""Rows: the form in which the tables write down each kind of line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from popcorn_checker.dmesg.fields import Value, WordingError
from popcorn_checker.dmesg.wording import Wording, make_wording


@dataclass(frozen=True)
class Kind:
    """A kind of line: how it is worded, who prints it, and what one who reads it knows."""

    name: str
    group: str
    """The part of the kernel that it belongs to."""
    wordings: tuple[Wording, ...] = field(repr=False)
    """The newest first."""
    function: str
    file: str
    sees: str
    """What has happened when it is printed."""

    def render(self, fields: Mapping[str, Value]) -> str:
        """The line in the newest wording that has just these fields.

        Raises: WordingError if none has, or a field holds what it cannot.
        """
        for wording in self.wordings:
            if wording.names == fields.keys():
                return wording.render(fields)
        lists = " or ".join(
            ", ".join(each.name for each in wording.fields) or "no fields"
            for wording in self.wordings
        )
        given = ", ".join(sorted(fields)) or "nothing"
        raise WordingError(f"{self.name} takes {lists}; given is {given}")


Row = tuple[str, str | Mapping[str, str], str, str]
"""A name, one wording or several by kernel, a function, and a sentence."""


def make_kinds(group: str, file: str, *rows: Row) -> tuple[Kind, ...]:
    """The kinds of one part of the kernel; a function may be followed by a colon and its file.

    Raises: WordingError if a wording has a type of field that is none.
    """
    kinds = []
    for name, texts, where, sees in rows:
        by_kernel = {"": texts} if isinstance(texts, str) else texts
        wordings = tuple(make_wording(text, kernels) for kernels, text in by_kernel.items())
        function, _, other = where.partition(": ")
        kinds.append(Kind(name, group, wordings, function, other or file, sees))
    return tuple(kinds)
