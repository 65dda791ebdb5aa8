"""Hunting mutants: each wrong protocol is explored until something refutes it.

A mutant is refuted by a property that fails, by a deadlock, by a step without meaning, by a queue
or number that outgrows the scope that is large enough for the right protocol, or because something
that the right protocol does never happens, or because a property has nothing to ask about any
more. The language refuses some at once. A mutant that has the states and transitions of the right
protocol on every ground is equivalent to it there. What is left over is a survivor: harmless for
a reason that somebody gave, or a property that is missing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from typing import Final

from popcorn_checker.checking import Request, make_subject
from popcorn_checker.engines import explore
from popcorn_checker.errors import UsageError
from popcorn_checker.exploring import Effort, Exploration, Subject
from popcorn_checker.judging import Bench, Judging, judge
from popcorn_checker.mutants.controls import Ground
from popcorn_checker.mutants.idle import find_empty, find_idle
from popcorn_checker.verdict import DEADLOCK_CHECK, FAULT_CHECK, Setting, Status, Verdict
from popcorn_model.language import ModelError, Mood
from popcorn_model.language.mutate import Mutation, find_alike

NEVER_HAPPENS = "never happens"
NEVER_ASKS = "never has its condition"
OVERFLOW = "overflow"
LANGUAGE = "the language"
_JUDGING: Final = Judging(Setting("", "", (), {}, {}, {}))


class Fate(Enum):
    """What became of a mutant."""

    REFUTED = "refuted"
    EQUIVALENT = "equivalent"
    WAIVED = "harmless"
    SURVIVOR = "survivor"
    UNDECIDED = "not decided"


@dataclass(frozen=True)
class Hunted:
    """A mutant and what became of it. ``by`` names the property or check that refuted it.
    """

    id: str
    sentence: str
    fate: Fate
    by: str = ""
    length: int | None = None
    ground: str = ""
    states: int = 0
    seconds: float = 0.0
    note: str = ""

    def to_json(self) -> dict[str, object]:
        """The result as plain data."""
        return {
            "id": self.id,
            "sentence": self.sentence,
            "fate": self.fate.value,
            "by": self.by,
            "length": self.length,
            "ground": self.ground,
            "states": self.states,
            "seconds": round(self.seconds, 3),
            "note": self.note,
        }


@dataclass(frozen=True)
class Base:
    """The right protocol on one ground, with what it does there; explored once.

    ``idle`` are the mutations that change nothing, by action, as far as somebody has asked.
    """

    request: Request
    ground: Ground
    effort: Effort
    idle: dict[str, frozenset[str]] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def subject(self) -> Subject:
        """The right model. Raises: UsageError, ModelError, ScopeError."""
        return make_subject(self.request)

    @cached_property
    def found(self) -> Exploration:
        """What the right protocol does. Cost: the reachable states of the ground."""
        return explore(self.subject, replace(self.effort, seconds=None))

    def is_idle(self, mutation: Mutation) -> bool:
        """Whether a mutation changes nothing here. Cost: once an action, a look at every state."""
        name = mutation.action
        if name not in self.idle:
            action = self.subject.model.action(name)
            self.idle[name] = find_idle(self.subject, self.found, action)
        return mutation.id in self.idle[name]

    @cached_property
    def empty(self) -> frozenset[str]:
        """The properties whose condition the right protocol never meets here."""
        return find_empty(self.subject, self.found)

    @cached_property
    def verdict(self) -> Verdict:
        """Whether the right protocol is right here; mutants of a wrong one say nothing."""
        return judge(self.subject, self.found, _JUDGING)


def make_base(request: Request, ground: Ground, effort: Effort) -> Base:
    """The right protocol of a request on a ground."""
    request = replace(
        request,
        scope=ground.scope,
        parts=ground.parts or request.parts,
        settings={**ground.settings, **request.settings},
    )
    return Base(request, ground, effort)


@dataclass
class _Hunt:
    """One mutant on its way through the grounds."""

    mutation: Mutation
    states: int = 0
    seconds: float = 0.0
    same: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)
    open_because: list[str] = field(default_factory=list)

    def on(self, base: Base) -> Hunted | None:
        """Explore the mutant on one ground; None when it survives there or is not decided."""
        try:
            model = self.mutation.apply(base.subject.model)
        except ModelError as error:
            return self._end(Fate.REFUTED, by=LANGUAGE, note=str(error))
        if base.is_idle(self.mutation):
            self.same.append(str(base.ground))
            return None
        subject = replace(base.subject, model=model)
        found = explore(subject, replace(base.effort, first=True))
        self.states += found.states
        self.seconds += found.seconds
        by, length = self._refuted(base, subject, found)
        if by:
            return self._end(Fate.REFUTED, by=by, length=length, ground=str(base.ground))
        if not found.complete:
            self.open_because.append(f"{found.stopped} at {base.ground}")
        (self.same if self._is_same(base, found) else self.other).append(str(base.ground))
        return None

    def afar(self, base: Base) -> Hunted | None:
        """Explore the mutant where the right protocol is too large; None when nothing fails.

        Raises: UsageError when the right protocol fails there as well.
        """
        right = base.subject.model
        subject = replace(base.subject, model=find_alike(right, self.mutation).apply(right))
        found = explore(subject, replace(base.effort, first=True))
        self.states += found.states
        self.seconds += found.seconds
        by, length = find_failure(subject, found)
        if by:
            _insist_on_right(base, None if found.complete else length)
            return self._end(Fate.REFUTED, by=by, length=length, ground=str(base.ground))
        if not found.complete:
            self.open_because.append(f"{found.stopped} at {base.ground}")
        return None

    def _is_same(self, base: Base, found: Exploration) -> bool:
        """Without a guard there can only be more: as many states and transitions are the same."""
        counts = (found.states, found.transitions) == (base.found.states, base.found.transitions)
        return self.mutation.drops_guard and found.complete and counts

    def _refuted(
        self, base: Base, subject: Subject, found: Exploration
    ) -> tuple[str, int | None]:
        """What refutes the mutant, and in how many steps."""
        failed = _first_failure(subject, found)
        if failed[0] or not found.complete:
            return failed
        for prop in subject.model.properties:
            if prop.mood is Mood.SOMETIMES and prop.name in base.found.seen.keys() - found.seen:
                return prop.name, None
        for name, times in base.found.fired.items():
            if times and not found.fired[name]:
                return f"{name} {NEVER_HAPPENS}", None
        unfair = _first_unfair(subject, found)
        if unfair[0]:
            return unfair
        empty = sorted(find_empty(subject, found) - base.empty)
        return (f"{empty[0]} {NEVER_ASKS}", None) if empty else ("", None)

    def _end(
        self, fate: Fate, *, by: str = "", length: int | None = None, ground: str = "",
        note: str = "",
    ) -> Hunted:  # fmt: skip
        return Hunted(
            self.mutation.id, self.mutation.sentence, fate, by, length, ground, self.states,
            self.seconds, note,
        )  # fmt: skip

    def survived(self, waiver: str | None) -> Hunted:
        """No ground has refuted the mutant."""
        if self.open_because:
            return self._end(Fate.UNDECIDED, note="; ".join(self.open_because))
        if not self.other:
            where = f"the same states and transitions {_everywhere(self.same)}"
            return self._end(Fate.EQUIVALENT, note=f"{waiver}; {where}" if waiver else where)
        if waiver is not None:
            return self._end(Fate.WAIVED, note=waiver)
        return self._end(Fate.SURVIVOR)


def _everywhere(grounds: list[str]) -> str:
    return f"at {grounds[0]}" if len(grounds) == 1 else f"on all {len(grounds)} grounds"


def hunt(
    mutation: Mutation, bases: tuple[Base, ...], waiver: str | None = None, far: Base | None = None
) -> Hunted:
    """Explore a mutant on one ground after the other until something refutes it, last on a far one.

    Raises: UsageError, ModelError or ScopeError for a ground that does not fit the protocol. Cost:
    the mutant's states on every ground, at worst.
    """
    one = _Hunt(mutation)
    for base in bases:
        if mutation.action in {a.name for a in base.subject.model.actions}:
            ended = one.on(base)
            if ended is not None:
                return ended
    ended = one.afar(far) if far is not None else None
    return ended if ended is not None else one.survived(waiver)


def _insist_on_right(base: Base, depth: int | None) -> None:
    """The right protocol does not fail in so many steps, or ever. Raises: UsageError."""
    right = explore(base.subject, replace(base.effort, first=True, seconds=None, depth=depth))
    by, length = find_failure(base.subject, right)
    if not by and not right.complete and right.stopped != "depth":
        by, length = f"stopped: {right.stopped}", right.depth
    if by:
        raise UsageError(
            f"without any mutation the protocol is not right at {base.ground} ({by}, "
            f"{length} steps), so a mutant that fails there says nothing; choose another far ground"
        )


def _first_failure(subject: Subject, found: Exploration) -> tuple[str, int | None]:
    """The nearest safety violation, deadlock or fault, whichever comes first in the search."""
    always = {p.name for p in subject.model.properties if p.mood is Mood.ALWAYS}
    known = [(state, name) for name, state in found.seen.items() if name in always]
    if found.fault is not None:
        name = OVERFLOW if found.fault.kind == "overflow" else FAULT_CHECK
        known.append((found.fault.state, name))
    if found.deadlock >= 0:
        known.append((found.deadlock, DEADLOCK_CHECK))
    if not known:
        return "", None
    state, name = min(known)
    return name, sum(1 for end in found.levels if end <= state)


def find_failure(subject: Subject, found: Exploration) -> tuple[str, int | None]:
    """What fails first, and after how many steps: safety or deadlock, or else liveness."""
    failed = _first_failure(subject, found)
    return failed if failed[0] or not found.complete else _first_unfair(subject, found)


def _first_unfair(subject: Subject, found: Exploration) -> tuple[str, int | None]:
    """The first liveness property that fails."""
    bench = Bench(subject, found, _JUDGING)
    for prop in subject.model.properties:
        result = bench.of(prop) if prop.mood is Mood.EVENTUALLY else None
        if result is not None and result.status is Status.VIOLATED:
            return result.name, result.length
    return "", None
