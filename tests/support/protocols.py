"""Small protocols about nothing, each around one thing that exporters and engines get wrong.

Together they use every kind of expression and update of the language. `swap` is about updates
that read what others write, `parcels` about messages and many sends in one step, `tolls` about
budgets and numbers, `gates` about queues that make senders wait. Each has a property that holds;
`leaky` is `gates` with one guard left out, and breaks that one. See also `oddities`.
"""

from dataclasses import replace
from typing import Final

from popcorn_model.language import (
    FALSE,
    TRUE,
    Bool,
    Budget,
    Enumeration,
    Fair,
    LeadsTo,
    Messages,
    Natural,
    Number,
    Part,
    Protocol,
    Sort,
    Step,
    action,
    all_of,
    always,
    any_of,
    bounded_queue,
    count,
    eventually,
    every,
    for_each,
    given,
    ite,
    kind,
    label,
    leads_to,
    maybe,
    nothing,
    put,
    queue,
    send,
    some,
    sometimes,
    spend,
    state,
    take,
    when,
)
from popcorn_model.language import expr as e


class Seat(Sort):
    """A place."""


class Guest(Sort):
    """Somebody who sits in a place."""


class Hue(Enumeration):
    """A colour; maybe(Hue) is used, so no exporter may take it for a mere enumeration."""

    red = label("the first")
    green = label("the second")
    blue = label("the third")


class Score(Number):
    """A small number."""


DOOR: Final = Seat.named("door")
HOST: Final = Guest.named("host", 1)

ZERO: Final = Score(e.Const(Score.info, 0))
ONE: Final = Score(e.Const(Score.info, 1))

# --- swap: what one update writes, another reads ------------------------------------------------

MaybeGuest: Final = maybe(Guest)
THE_HOST: Final = MaybeGuest(e.Some(MaybeGuest.info, HOST.expr))
NOBODY: Final = MaybeGuest(e.Const(MaybeGuest.info, None))

sits = state("sits", Seat, of=MaybeGuest, start=lambda s: ite(s == DOOR, THE_HOST, NOBODY))
worn = state("worn", Seat, of=Hue, start=Hue.red)
favourite = state("favourite", of=maybe(Hue), start=nothing)
lit = state("lit", of=Bool, start=FALSE)
near = state("near", Seat, Seat, of=Bool, start=lambda a, b: (a == DOOR) | (a == b))


@action
def trade(a: Seat, b: Seat) -> Step:
    """Two seats exchange who sits there, at once; the light goes over."""
    return when(a != b, near[a, b] | near[b, a])(
        put(sits[a], sits[b]), put(sits[b], sits[a]), put(lit(), ~lit())
    )


@action
def repaint(h: Hue, on: Bool) -> Step:
    """Every seat takes on the colour of those near it, all at once, by the old colours."""
    return when(lit() == on, favourite() != h)(
        for_each(Seat, lambda s: given(worn[s] != h)(
            put(worn[s], ite(some(Seat, lambda t: (t != s) & (worn[t] == h)), h, Hue.blue)))),
        put(favourite(), h),
        given(on)(put(lit(), FALSE)),
    )  # fmt: skip


@action
def approach(s: Seat) -> Step:
    """A seat moves: it is near those that were near its neighbours, in both loops at once."""
    return when(lit(), sits[s].is_nothing)(
        for_each(Seat, lambda a: for_each(Seat, lambda b: given(
            any_of(a == s, b == s) & some(Seat, lambda c: near[a, c] & near[c, b]))(
            put(near[a, b], ~near[b, a])))),
        put(worn[s], ite(favourite() == Hue.green, Hue.green, worn[DOOR])),
    )  # fmt: skip


@always()
def the_host_sits() -> Bool:
    """Exactly one seat holds the host, whatever is traded."""
    return count(Seat, lambda s: sits[s] == HOST) == 1


@sometimes()
def the_host_has_moved(s: Seat) -> Bool:
    """Another seat than the door holds the host, and it is blue."""
    return (s != DOOR) & (sits[s] == HOST) & (worn[s] == Hue.blue)


# --- parcels: many sends in one step ------------------------------------------------------------


class Parcel(Messages):
    """What travels; fields of one name have different sorts, and one kind has none."""

    gift = kind("somebody's gift", to=Guest, weight=Score, of=maybe(Seat))
    bill = kind("what it costs", to=Guest, weight=Bool)
    note = kind("nothing but a word")


shelf = queue("shelf", Guest, of=Parcel, slots="shelf_slots")
heap = queue("heap", of=Parcel, slots="heap_slots")
asked = state("asked", Guest, of=Bool, start=False)
paid = state("paid", Guest, of=Bool, start=lambda g: g == HOST)
lifted = state("lifted", of=Score, start=0)


@action
def order(g: Guest) -> Step:
    """A guest asks once: a parcel for each guest lands on the one heap, in the guests' order."""
    return when(~asked[g], heap[()].length == 0, shelf[HOST].length < 2)(
        put(asked[g], TRUE),
        for_each(Guest, lambda j: (
            given(j != g)(send(heap[()], Parcel.gift(to=j, weight=lifted(), of=DOOR))),
            send(heap[()], ite(paid[j], Parcel.note(), Parcel.bill(to=g, weight=asked[j]))))),
        send(shelf[g], Parcel.note()),
    )  # fmt: skip


@action(fair=Fair.WEAK)
def deliver(g: Guest) -> Step:
    """The heap's first parcel goes to its guest, who passes on what lies there already."""
    top = heap[()].head
    second = Parcel(e.Item(Parcel.info, heap[()].ref, 1))
    is_mine = any_of(top.matches(Parcel.gift.like(to=g)), top.matches(Parcel.bill.like(to=g)))
    return when(heap[()].waiting, is_mine, shelf[g].length < 3)(
        take(heap[()]),
        given(top.matches(Parcel.gift))(
            send(shelf[g], top),
            put(lifted(), ite(top.get(Parcel.gift, "weight", Score) == 0, ONE, ZERO)),
        ),
        given(shelf[g].waiting)(take(shelf[g]), send(shelf[g], shelf[g].head)),
        given(second.matches(Parcel.note) & (shelf[g].length < 2))(send(shelf[g], second)),
    )


@action(fair=Fair.STRONG)
def tidy() -> Step:
    """A word on the heap is thrown away; two orders to take it are one, and shelves clear too."""
    is_note = heap[()].arrives(Parcel.note)
    return when(is_note, ~heap[()].holds(Parcel.bill.like(weight=TRUE)) | paid[HOST])(
        take(heap[()]),
        given(lifted() == 0)(take(heap[()])),
        for_each(Guest, lambda j: given(shelf[j].length > 1)(take(shelf[j]))),
    )


@action
def pay(g: Guest) -> Step:
    """A guest with a bill or a gift ahead pays, if no other shelf starts the same."""
    unlike_others = every(
        Guest, lambda j: (j == g) | (shelf[j].head != shelf[g].head) | ~shelf[j].waiting
    )
    return when(~paid[g], shelf[g].waiting, ~shelf[g].head.matches(Parcel.note), unlike_others)(
        put(paid[g], TRUE), take(shelf[g])
    )


@always()
def few_bills() -> Bool:
    """The heap never holds more gifts than there are guests besides the one who asked."""
    gifts = heap[()].count(lambda m: m.matches(Parcel.gift) & (m != Parcel.note()))
    return gifts < count(Guest, lambda g: every(Guest, lambda g: ~FALSE) | asked[g])


@sometimes()
def a_gift_is_passed_on(g: Guest) -> Bool:
    """A gift lies on a shelf behind something else."""
    behind = Parcel(e.Item(Parcel.info, shelf[g].ref, 1))
    return behind.matches(Parcel.gift.like(of=DOOR)) & ~shelf[g].head.matches(Parcel.bill)


@eventually(fair={"tidy": Fair.WEAK})
def the_heap_empties() -> LeadsTo:
    """Whatever lands on the heap leaves it."""
    return leads_to(heap[()].waiting, heap[()].length == 0)


# --- tolls: budgets and numbers -----------------------------------------------------------------

coins = Budget("coins", Guest, doc="What a guest may spend.")
fuel = Budget("fuel", doc="What all may spend together.")
stands = state("stands", Guest, of=Score, start=0)
marked = state("marked", Score, of=Bool, start=lambda n: n == 0)
lead = state("lead", of=maybe(Score), start=nothing)


def total() -> Natural:
    """The numbers from which somebody has moved, counted."""
    return count(Score, lambda n: ~marked[n])


@action
def step_on(g: Guest) -> Step:
    """A guest moves up by one; whoever is not alone there pays once more, and from the fuel."""
    alone = every(Guest, lambda j: (j == g) | (stands[j] != stands[g]))
    return when(stands[g] + 1 <= 2)(
        spend(coins, g),
        given(~alone)(spend(coins, g), spend(fuel)),
        put(stands[g], stands[g] + 1),
        put(marked[stands[g] + 1], marked[stands[g]]),
    )


@action
def fall_back(n: Score) -> Step:
    """All that stand at a number go back by one, and each pays; the fuel pays for the others."""
    return when(marked[n], n > 0, count(Guest, lambda g: stands[g] >= n) >= 1)(
        for_each(Guest, lambda g: given(stands[g] == n)(
            put(stands[g], stands[g] - 1), spend(coins, g))),
        for_each(Guest, lambda g: for_each(Guest, lambda h: given(
            (g != h) & (stands[h] < stands[g]))(spend(fuel)))),
        put(marked[n], FALSE),
        put(lead(), n),
    )  # fmt: skip


@always()
def nobody_beyond(g: Guest) -> Bool:
    """Nobody stands beyond the last number, and the lead is no later than that."""
    return (stands[g] < 3) & ~any_of(*(lead() == Score(e.Const(Score.info, n)) for n in (0, 3)))


@sometimes()
def at_one_place() -> Bool:
    """All stand at one number above the first."""
    top = stands[HOST]
    return (top > 0) & every(Guest, lambda g: stands[g] == top) & (total() > 0)


# --- gate: full queues make senders wait --------------------------------------------------------


class Call(Messages):
    """What is said at the gate."""

    knock = kind("let me in", who=Guest)
    come = kind("come in")


gate = bounded_queue("gate", Seat, of=Call, slots="gate_slots")
hall = bounded_queue("hall", of=Guest, slots="hall_slots")
inside = state("inside", Guest, of=Bool, start=FALSE)
waits = state("waits", Guest, of=Bool, start=FALSE)


@action
def knock(g: Guest, s: Seat) -> Step:
    """A guest knocks, and at every other gate that nobody stands at is called as well."""
    return when(~waits[g], ~inside[g])(
        put(waits[g], TRUE),
        send(gate[s], Call.knock(who=g)),
        for_each(Seat, lambda t: given((t != s) & (gate[t].length < 1))(
            send(gate[t], Call.come()))),
    )


@action
def shift(s: Seat, t: Seat) -> Step:
    """What is first at one gate goes to the end at another, or the same, where there is room."""
    return when(gate[s].waiting, gate[s].length >= gate[t].length)(
        take(gate[s]), send(gate[t], gate[s].head)
    )


@action
def enter(g: Guest, s: Seat) -> Step:
    """A guest that is first at a gate enters; the hall is told once for each who waits."""
    return when(gate[s].arrives(Call.knock(who=g)), ~inside[g])(
        take(gate[s]),
        put(inside[g], TRUE),
        put(waits[g], FALSE),
        for_each(Guest, lambda j: given(waits[j])(send(hall[()], j))),
    )


@action
def enter_unasked(g: Guest, s: Seat) -> Step:
    """The same without looking who knocks: the mistake of `leaky`."""
    return when(gate[s].waiting, ~inside[g])(
        take(gate[s]), put(inside[g], TRUE), put(waits[g], FALSE)
    )


@action
def clear_hall(g: Guest) -> Step:
    """The first in the hall's list is struck off."""
    return when(hall[()].arrives(g))(take(hall[()]))


@action
def ignore(s: Seat) -> Step:
    """A call to come in is heard by nobody."""
    return when(gate[s].arrives(Call.come))(take(gate[s]))


@always()
def whoever_waits_has_knocked(g: Guest) -> Bool:
    """A guest waits exactly while a knock of that guest stands at one gate."""
    knocks = some(Seat, lambda s: gate[s].holds(Call.knock(who=g)))
    return all_of(waits[g].implies(knocks), knocks.implies(waits[g]))


@sometimes()
def a_gate_is_full(s: Seat) -> Bool:
    """Two stand at one gate, while a third waits elsewhere."""
    return (gate[s].length == 2) & some(Seat, lambda t: (t != s) & gate[t].waiting)


# --- put together -------------------------------------------------------------------------------


def make_protocol(part: Part, **scope: int) -> Protocol:
    """A protocol of one part."""
    return Protocol(part.name, part.doc, parts=(part,), scope=scope)


swap = make_protocol(
    Part("swap", "Updates that read what others write.",
         states=(sits, worn, favourite, lit, near), actions=(trade, repaint, approach),
         properties=(the_host_sits, the_host_has_moved)),
    seats=3, guests=2,
)  # fmt: skip
parcels = make_protocol(
    Part("parcels", "Many sends in one step.",
         states=(asked, paid, lifted), queues=(shelf, heap), actions=(order, deliver, tidy, pay),
         properties=(few_bills, a_gift_is_passed_on, the_heap_empties)),
    guests=3, seats=1, scores=1, shelf_slots=5, heap_slots=5,
)  # fmt: skip
tolls = make_protocol(
    Part("tolls", "Budgets and numbers.",
         states=(stands, marked, lead), budgets=(coins, fuel), actions=(step_on, fall_back),
         properties=(nobody_beyond, at_one_place)),
    guests=3, scores=2, coins=4, fuel=4,
)  # fmt: skip
GATE: Final = Part(
    "gate", "Full queues make senders wait.",
    states=(inside, waits), queues=(gate, hall), actions=(knock, shift, enter, clear_hall, ignore),
    properties=(whoever_waits_has_knocked, a_gate_is_full),
)  # fmt: skip
gates = make_protocol(GATE, seats=2, guests=3, gate_slots=2, hall_slots=2)
leaky = make_protocol(
    replace(GATE, name="leaky", actions=(knock, shift, enter_unasked, ignore)),
    seats=2, guests=3, gate_slots=2, hall_slots=2,
)  # fmt: skip
SMALL: Final = (swap, parcels, tolls, gates)
