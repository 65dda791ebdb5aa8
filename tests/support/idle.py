"""A protocol in which one guard never matters and one condition never holds; both on purpose."""

from popcorn_model.language import (
    FALSE,
    TRUE,
    Bool,
    Enumeration,
    Part,
    Protocol,
    Sort,
    Step,
    action,
    always,
    label,
    put,
    sometimes,
    state,
    when,
)


class Lamp(Sort):
    """A lamp."""


class Heat(Enumeration):
    """How hot a lamp is."""

    cold = label("it is off")
    warm = label("it is on")
    hot = label("it has been on for long")


lit = state("lit", Lamp, of=Bool, start=FALSE, doc="the lamp is on")
heat = state("heat", Lamp, of=Heat, start=Heat.cold, doc="how hot it is")


@action
def turn_on(x: Lamp) -> Step:
    """A lamp goes on."""
    return when(~lit[x])(put(lit[x], TRUE), put(heat[x], Heat.warm))


@action
def heat_up(x: Lamp) -> Step:
    """A lamp gets hot. Only those that are on are warm, so the first guard never matters."""
    return when(lit[x], heat[x] == Heat.warm)(put(heat[x], Heat.hot))


@action
def turn_off(x: Lamp) -> Step:
    """A lamp goes off."""
    return when(lit[x])(put(lit[x], FALSE), put(heat[x], Heat.cold))


@always()
def hot_is_lit(x: Lamp) -> Bool:
    """A hot lamp is on."""
    return (heat[x] == Heat.hot).implies(lit[x])


@always()
def dark_heat_is_brief(x: Lamp) -> Bool:
    """Says something of lamps that are hot and off, of which there are none."""
    return ((heat[x] == Heat.hot) & ~lit[x]).implies(heat[x] != Heat.cold)


@sometimes()
def is_hot(x: Lamp) -> Bool:
    """A lamp gets hot."""
    return heat[x] == Heat.hot


PROTOCOL = Protocol(
    "lamps",
    "Lamps that get hot.",
    parts=(
        Part(
            "all",
            "everything",
            states=(lit, heat),
            actions=(turn_on, heat_up, turn_off),
            properties=(hot_is_lit, dark_heat_is_brief, is_hot),
        ),
    ),
    scope={"lamps": 2},
)
