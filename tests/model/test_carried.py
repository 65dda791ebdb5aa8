"""What can never happen is left out of a model, and what never changes is no state."""

from __future__ import annotations

from popcorn_model.language import (
    FALSE,
    TRUE,
    Bool,
    Part,
    Protocol,
    Sort,
    Step,
    action,
    always,
    put,
    state,
    when,
)
from popcorn_model.language import expr as e


class Place(Sort):
    """Somewhere."""


here = state("here", Place, of=Bool, start=False, doc="changes")
never = state("never", Place, of=Bool, start=False, doc="is only ever put to where it starts")
held = state("held", Place, of=Bool, start=True, doc="is put to another value than its start")


@action
def arrive(p: Place) -> Step:
    """Something arrives, and puts out what never burnt.

    Source: none
    Tag: inferred
    """
    return when(~here[p])(put(here[p], TRUE), put(never[p], FALSE), put(held[p], FALSE))


@action
def burn(p: Place) -> Step:
    """Cannot happen.

    Source: none
    Tag: inferred
    """
    return when(never[p])(put(here[p], FALSE))


@always()
def nothing_burns(p: Place) -> Bool:
    """Nothing burns.

    Tag: inferred
    """
    return ~never[p]


MODEL = Protocol(
    name="places", doc="Places.",
    parts=(Part("all", "All.", states=(here, never, held), actions=(arrive, burn),
                properties=(nothing_burns,)),),
).configured()  # fmt: skip


def test_a_variable_that_is_only_put_to_its_start_value_is_constant() -> None:
    assert [s.name for s in MODEL.states] == ["here", "held"]
    assert MODEL.properties[0].body == e.YES


def test_an_action_that_waits_for_it_does_not_exist() -> None:
    assert [a.name for a in MODEL.actions] == ["arrive"]
    assert len(MODEL.action("arrive").updates) == 2
