"""Properties in three moods: `always`, `sometimes` and `eventually`.

``always`` is refuted by a path to a state where it fails. ``sometimes`` must be reached: it keeps
a model from being empty. ``eventually`` says that wherever a trigger holds, a goal follows on
every fair run; fairness is what the actions declare, and the property may ask for more.
Parameters of the decorated function are universal in `always` and `eventually`, and existential
in `sometimes`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from popcorn_model.language import expr as e
from popcorn_model.language.actions import Docstring, Fair, Tag, parameters, placing
from popcorn_model.language.expr import ModelError
from popcorn_model.language.terms import TRUE, Bool, coerce


class Mood(Enum):
    """What a property says about runs."""

    ALWAYS = "always"
    SOMETIMES = "sometimes"
    EVENTUALLY = "eventually"


@dataclass(frozen=True)
class LeadsTo:
    """Wherever ``trigger`` holds, ``goal`` holds then or later."""

    trigger: Bool
    goal: Bool


@dataclass(frozen=True)
class Property:
    """One property. ``body`` is the formula, or the goal of an `eventually`."""

    name: str
    mood: Mood
    params: tuple[e.Var, ...]
    body: e.Expr
    trigger: e.Expr = e.YES
    number: int | str | None = None
    doc: str = ""
    tag: Tag = Tag.INFERRED
    source: str = ""
    fair: tuple[tuple[str, Fair], ...] = ()
    place: str = field(default="", compare=False)


def leads_to(trigger: Bool, goal: Bool) -> LeadsTo:
    """For `eventually`: the goal follows the trigger on every fair run."""
    return LeadsTo(coerce(Bool, trigger), coerce(Bool, goal))


def always(*, number: int | str | None = None) -> Callable[[Callable[..., Bool]], Property]:
    """A safety property; ``number`` is its number in the source's list, if it has one."""
    return _decorator(Mood.ALWAYS, number, {})


def sometimes(*, number: int | str | None = None) -> Callable[[Callable[..., Bool]], Property]:
    """Something that must be reachable."""
    return _decorator(Mood.SOMETIMES, number, {})


def eventually(
    *, number: int | str | None = None, fair: dict[str, Fair] | None = None
) -> Callable[[Callable[..., Bool | LeadsTo]], Property]:
    """A liveness property; ``fair`` overrides the fairness of actions, by name."""
    return _decorator(Mood.EVENTUALLY, number, fair or {})


def _decorator(
    mood: Mood, number: int | str | None, fair: dict[str, Fair]
) -> Callable[[Callable[..., Any]], Property]:
    def make(body: Callable[..., Any]) -> Property:
        with placing("property", body):
            return _make(body, mood, number, fair)

    return make


def _make(
    body: Callable[..., Any], mood: Mood, number: int | str | None, fair: dict[str, Fair]
) -> Property:
    params = parameters(body)
    made = body(*(sort(var) for sort, var in params))
    if isinstance(made, LeadsTo) and mood is not Mood.EVENTUALLY:
        raise ModelError("leads_to belongs to eventually")
    claim = made if isinstance(made, LeadsTo) else LeadsTo(TRUE, coerce(Bool, made))
    text = Docstring.parse(body)
    return Property(
        name=body.__name__,
        mood=mood,
        params=tuple(var for _, var in params),
        body=claim.goal.expr,
        trigger=claim.trigger.expr,
        number=number,
        doc=text.doc,
        tag=text.tag,
        source=text.source,
        fair=tuple(fair.items()),
        place=f"{body.__code__.co_filename}:{body.__code__.co_firstlineno}",
    )
