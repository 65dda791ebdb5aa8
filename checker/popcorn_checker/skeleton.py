"""A whole small protocol to start from: workers share one key, which a desk hands out.

Workers ask the desk for the key; the desk gives it to the first who asked once it is back. Try

    popcorn-spec check skeleton
    popcorn-spec check skeleton --set look_first=no

and see what happens when the desk does not look whether the key is there. Then put your own
sorts, messages and actions in place of these. All sizes come from the scope, none stands here.
"""

from popcorn_model.language import (
    TRUE,
    Bool,
    Enumeration,
    Fair,
    Messages,
    Part,
    Protocol,
    Sort,
    Step,
    Switch,
    View,
    action,
    always,
    eventually,
    kind,
    label,
    leads_to,
    put,
    queue,
    send,
    sometimes,
    state,
    take,
    when,
)
from popcorn_model.language.properties import LeadsTo

# --- what there is ------------------------------------------------------------------------------


class Worker(Sort):
    """Somebody who needs the key now and then."""


class Doing(Enumeration):
    """What a worker does."""

    idle = label("does not need the key")
    waiting = label("has asked for the key")
    working = label("has the key")


class Note(Messages):
    """What is said between workers and the desk."""

    ask = kind("a worker asks the desk for the key", worker=Worker)
    key = kind("the desk hands out the key")


LOOK_FIRST = Switch("look_first", "yes", "no", doc="whether the desk looks if the key is there")

doing = state("doing", Worker, of=Doing, start=Doing.idle, doc="what a worker does")
lent = state("lent", of=Bool, start=False, doc="the desk has given the key away")
desk = queue("desk", of=Note, slots="desk_slots", doc="requests, first come first served")
hand = queue("hand", Worker, of=Note, slots="hand_slots", doc="what a worker is given")

# --- what happens -------------------------------------------------------------------------------


@action
def ask(w: Worker) -> Step:
    """A worker asks for the key.

    Source: the example
    Tag: claimed
    """
    return when(doing[w] == Doing.idle)(
        put(doing[w], Doing.waiting), send(desk[()], Note.ask(worker=w))
    )


@action(fair=Fair.WEAK)
def hand_out(w: Worker) -> Step:
    """The desk hands the key to the first who asked.

    Source: the example
    Tag: claimed
    """
    return when(
        desk[()].arrives(Note.ask(worker=w)),
        LOOK_FIRST.choose(yes=~lent(), no=TRUE),
    )(take(desk[()]), put(lent(), True), send(hand[w], Note.key()))


@action(fair=Fair.WEAK)
def start_work(w: Worker) -> Step:
    """A worker takes the key and starts.

    Source: the example
    Tag: claimed
    """
    return when(hand[w].arrives(Note.key))(take(hand[w]), put(doing[w], Doing.working))


@action(fair=Fair.WEAK)
def give_back(w: Worker) -> Step:
    """A worker is done and hangs the key back.

    Source: the example
    Tag: claimed
    """
    return when(doing[w] == Doing.working)(put(doing[w], Doing.idle), put(lent(), False))


# --- what must be true --------------------------------------------------------------------------


@always(number=1)
def one_at_work(v: Worker, w: Worker) -> Bool:
    """At most one worker has the key.

    Tag: claimed
    """
    return ((doing[v] == Doing.working) & (doing[w] == Doing.working)).implies(v == w)


@sometimes()
def some_work(w: Worker) -> Bool:
    """Work gets done at all."""
    return doing[w] == Doing.working


@eventually(number=2)
def asking_helps(w: Worker) -> LeadsTo:
    """Who asks for the key gets it.

    Tag: claimed
    """
    return leads_to(doing[w] == Doing.waiting, doing[w] == Doing.working)


PROTOCOL = Protocol(
    name="skeleton",
    doc="Workers share one key.",
    parts=(
        Part(
            "key",
            "the desk and its workers",
            states=(doing, lent),
            queues=(desk, hand),
            actions=(ask, hand_out, start_work, give_back),
            properties=(one_at_work, some_work, asking_helps),
        ),
    ),
    switches=(LOOK_FIRST,),
    scope={"workers": 3, "desk_slots": 3, "hand_slots": 1},
    view=View(lanes=Worker),
    interchangeable=(Worker,),
)
