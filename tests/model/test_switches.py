"""Guards and updates that exist under one value of a switch only."""

from __future__ import annotations

from typing import Final

from popcorn_model.language import (
    FALSE,
    TRUE,
    Bool,
    Part,
    Protocol,
    Step,
    Switch,
    action,
    only,
    put,
    state,
    when,
)
from popcorn_model.language import expr as e

WAY: Final = Switch("way", "strict", "lax", doc="Whether the lamp has to be there, and dark.")

there = state("there", of=Bool, start=True, doc="there is a lamp")
lit = state("lit", of=Bool, start=False, doc="the lamp shines")


@action
def light() -> Step:
    """Somebody lights the lamp, which burns out."""
    return when(only(WAY, "strict", there(), ~lit()))(
        only(WAY, "strict", put(there(), FALSE), put(lit(), TRUE)),
        only(WAY, "lax", put(lit(), TRUE)),
    )


@action
def replace_lamp() -> Step:
    """Somebody brings another."""
    return when()(put(there(), ~there()), put(lit(), FALSE))


PROTOCOL: Final = Protocol(
    "lamp", "A lamp.", switches=(WAY,),
    parts=(Part("lamp", "A lamp.", states=(there, lit), actions=(light, replace_lamp)),),
)  # fmt: skip


def test_every_guard_and_update_is_there_under_its_value() -> None:
    strict = PROTOCOL.configured(settings={"way": "strict"}).action("light")
    assert strict.guards == ((there() & ~lit()).expr,)
    assert [u.value for u in strict.updates if isinstance(u, e.Put)] == [FALSE.expr, TRUE.expr]


def test_none_of_them_is_there_under_another() -> None:
    lax = PROTOCOL.configured(settings={"way": "lax"}).action("light")
    assert lax.guards == ()
    assert [u.value for u in lax.updates if isinstance(u, e.Put)] == [TRUE.expr]
