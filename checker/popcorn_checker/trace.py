"""A trace: the states of one run and the steps between them, in stable, concrete identities.

Every engine produces traces of this one form, and every picture, file and replay reads it. Values
are plain Python: a member or label is its name ("k0", "shadow"), a *maybe* is a name or None, a
message is a `Letter`, a queue is a tuple of items.
"""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from dataclasses import dataclass, field

Value = "str | int | bool | None | Letter | tuple[Value, ...]"


@dataclass(frozen=True)
class Letter:
    """One message: its kind and its fields in order."""

    kind: str
    fields: tuple[tuple[str, object], ...] = ()

    def __str__(self) -> str:
        inner = ", ".join(f"{n}={v}" for n, v in self.fields)
        return f"{self.kind}({inner})" if inner else self.kind


@dataclass(frozen=True)
class Event:
    """What a step did to a queue: a message joined it or left it."""

    what: str  # "send" or "take"
    queue: str
    index: tuple[str, ...]
    item: object


@dataclass(frozen=True)
class TraceStep:
    """One step. ``params`` are pairs of name and member; ``events`` what it sent and took."""

    action: str
    params: tuple[tuple[str, str], ...] = ()
    doc: str = ""
    source: str = ""
    tag: str = ""
    events: tuple[Event, ...] = ()

    def __str__(self) -> str:
        return f"{self.action}({', '.join(f'{n}={v}' for n, v in self.params)})"


@dataclass(frozen=True)
class Trace:
    """A run: ``states[0]``, then ``steps[i]`` leads from ``states[i]`` to ``states[i + 1]``.

    A state maps "name" or "name[k0,t1]" to a value. ``loop`` is the index of the state to which
    the last state returns, for a lasso. ``sorts`` names the members of each sort. ``property`` is
    the property that the trace refutes or reaches, ``reason`` one sentence about the last state.
    """

    protocol: str
    variant: str
    scope: Mapping[str, int]
    settings: Mapping[str, str]
    states: tuple[Mapping[str, object], ...]
    steps: tuple[TraceStep, ...]
    sorts: Mapping[str, tuple[str, ...]]
    property: str = ""
    property_doc: str = ""
    reason: str = ""
    loop: int | None = None
    lanes: str = ""  # the sort drawn as lanes, e.g. "Kernel"
    tokens: str = ""  # the sort drawn as tokens that hop lanes, e.g. "Task"
    where: str = ""  # state variable token x lane -> label, e.g. "phase"
    pages: tuple[str, ...] = ()  # state variables drawn as the pages' strip
    meta: Mapping[str, object] = field(default_factory=dict)

    @builtins.property  # the field above has taken the plain name
    def length(self) -> int:
        """The number of steps."""
        return len(self.steps)

    def changes(self, number: int) -> dict[str, tuple[object, object]]:
        """What step ``number`` (from 0) changed: cell to (before, after)."""
        before, after = self.states[number], self.states[number + 1]
        return {n: (before[n], after[n]) for n in after if before[n] != after[n]}
