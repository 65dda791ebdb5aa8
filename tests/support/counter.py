"""A counter that a test can drive over its upper end, below zero, or into an empty queue."""

from popcorn_model.language import (
    FALSE,
    TRUE,
    Bool,
    Fair,
    Messages,
    Number,
    Part,
    Protocol,
    Sort,
    Step,
    Switch,
    action,
    always,
    eventually,
    kind,
    leads_to,
    put,
    queue,
    sometimes,
    state,
    take,
    when,
)
from popcorn_model.language.properties import LeadsTo


class Level(Number):
    """How far the counter is."""


class Lamp(Sort):
    """A lamp."""


class Ping(Messages):
    """Something to take."""

    ping = kind("nothing in particular")


WAY = Switch("WAY", "up", "down", "empty", "stay", doc="where the counter goes wrong")

at = state("at", of=Level, start=1, doc="how far it is")
lit = state("lit", Lamp, of=Bool, start=FALSE, doc="the lamp is on")
box = queue("box", of=Ping, slots="slots", doc="always empty")


@action(only=(WAY, "up"))
def climb() -> Step:
    """One up, whatever the end."""
    return when()(put(at(), at() + 1))


@action(only=(WAY, "down"))
def fall() -> Step:
    """One down, whatever the end."""
    return when()(put(at(), at() - 1))


@action(only=(WAY, "empty"))
def grab() -> Step:
    """Take what is not there."""
    return when(at() == 1)(take(box[()]))


@action(fair=Fair.WEAK)
def flip(x: Lamp) -> Step:
    """A lamp changes."""
    return when()(put(lit[x], ~lit[x]))


@action
def keep(x: Lamp) -> Step:
    """The counter is set to what it is."""
    return when(lit[x], at() == 1)(put(at(), at()))


@action
def miracle(x: Lamp) -> Step:
    """It happens only where it cannot be."""
    return when(at() == 0, lit[x])(put(lit[x], FALSE))


@always()
def low() -> Bool:
    """The counter stays below two."""
    return at() < 2


@sometimes()
def bright(x: Lamp) -> Bool:
    """A lamp is on."""
    return lit[x] == TRUE


@sometimes()
def two_lamps(x: Lamp, y: Lamp) -> Bool:
    """Two lamps are on."""
    return (x != y) & lit[x] & lit[y]


@sometimes()
def floor() -> Bool:
    """The counter is down."""
    return at() == 0


@eventually()
def shines(x: Lamp) -> LeadsTo:
    """A lamp that is off goes on."""
    return leads_to(~lit[x], lit[x] == TRUE)


@eventually()
def stays(x: Lamp) -> LeadsTo:
    """The counter gets down, which it never does."""
    return leads_to(lit[x] == TRUE, at() == 0)


PROTOCOL = Protocol(
    "counter",
    "A counter and its lamps.",
    parts=(
        Part(
            "all",
            "everything",
            states=(at, lit),
            queues=(box,),
            actions=(climb, fall, grab, flip, keep, miracle),
            properties=(low, bright, two_lamps, floor, shines, stays),
        ),
    ),
    switches=(WAY,),
    scope={"levels": 1, "lamps": 1, "slots": 1},
)
