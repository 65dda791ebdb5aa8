"""More small protocols: queues of plain values, awkward names, and steps that go wrong.

`tickets` has a queue of each plain sort, and asks for the oldest item of empty ones. In `traps`
everything is called as something else is, here or in a language that models are exported to.
Each of STUMBLES does one thing that no scope allows.
"""

from typing import Final

from popcorn_model.language import (
    FALSE,
    Action,
    Bool,
    Budget,
    Enumeration,
    Messages,
    Part,
    Protocol,
    Sort,
    Step,
    Term,
    action,
    always,
    bounded_queue,
    every,
    for_each,
    given,
    ite,
    kind,
    label,
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
from support.protocols import (
    DOOR,
    Guest,
    Hue,
    Parcel,
    Score,
    Seat,
    make_protocol,
    shelf,
    stands,
)

# --- tickets: queues of plain values ------------------------------------------------------------

yes_or_no = queue("yes_or_no", of=Bool, slots="tickets")
hues = queue("hues", Seat, of=Hue, slots="tickets")
seats = queue("seats", of=maybe(Seat), slots="tickets")
scores = bounded_queue("scores", of=Score, slots="tickets")
drawn = state("drawn", of=Bool, start=FALSE)
chosen = state("chosen", of=Hue, start=Hue.green)


def nothing_here() -> Term:
    """No seat, as a term."""
    return maybe(Seat)(e.Const(maybe(Seat).info, None))


def some_seat(s: Seat) -> Term:
    """A seat, as a value that may be nothing."""
    return maybe(Seat)(e.Some(maybe(Seat).info, s.expr))


@action
def draw(s: Seat, h: Hue) -> Step:
    """A ticket of each colour but one may lie at a seat; what is true of it is noted."""
    return when(~hues[s].holds(h), hues[s].head != h, hues[s].length <= 1, ~yes_or_no[()].waiting)(
        send(hues[s], h),
        send(yes_or_no[()], (hues[s].head == chosen()) | (s == DOOR)),
        given(seats[()].length < 2)(send(seats[()], ite(drawn(), nothing_here(), some_seat(s)))),
    )


@action
def note(s: Seat) -> Step:
    """What is noted is looked at; the oldest colour of a seat is chosen."""
    falsehoods = yes_or_no[()].count(lambda truth: ~truth)
    return when(yes_or_no[()].waiting, hues[s].waiting, scores[()].length + falsehoods < 3)(
        take(yes_or_no[()]),
        put(drawn(), yes_or_no[()].head),
        put(chosen(), hues[s].head),
        given(hues[s].count(lambda h: h == chosen()) == 1)(take(hues[s])),
        send(scores[()], hues[s].length),
    )


@action
def recall(n: Score) -> Step:
    """Seats and numbers leave together; a number goes to the end again if no seat was there."""
    return when(scores[()].arrives(n), seats[()].waiting)(
        take(scores[()]),
        given(seats[()].head == nothing)(send(scores[()], n)),
        take(seats[()]),
    )


@always()
def numbers_are_small() -> Bool:
    """No number that waits is above two."""
    return scores[()].count(lambda n: n > 2) == 0


@sometimes()
def nothing_waits_behind() -> Bool:
    """No seat stands first, and the colour that was chosen waits somewhere."""
    return (seats[()].waiting & (seats[()].head == nothing)) & some(
        Seat, lambda s: hues[s].holds(chosen())
    )


# --- traps: names that mean something elsewhere -------------------------------------------------


class Nat(Sort):
    """Called as TLA+ calls the numbers."""


class Range(Enumeration):
    """Labels that are words of Murphi, or names of other things here."""

    begin = label("a keyword there")
    Next = label("an operator there")
    Nat = label("a sort here")


class Record(Messages):
    """Kinds and fields with names that are taken."""

    begin = kind("as a label", kind=Nat, of=Range, length=Bool)
    k = kind("as a variable", kind=Nat)


end = state("end", Nat, of=Range, start=Range.begin)
k_2 = state("k", of=maybe(Nat), start=nothing)
Head = queue("Head", Nat, of=Record, slots="queue")
parts = Budget("parts", Nat, doc="Called as the scope calls nothing else.")


@action
def Init(k: Nat, end_: Bool) -> Step:  # noqa: N802 - the name is the point
    """A variable is called as a state variable is, a bound one as another bound one."""
    unused = every(Nat, lambda k: some(Nat, lambda k: Head[k].length < 2))
    return when(end[k] == Range.begin, unused)(
        spend(parts, k),
        put(end[k], ite(end_, Range.Next, Range.Nat)),
        for_each(Nat, lambda k: for_each(Nat, lambda i: given(i == k)(
            send(Head[i], ite(end_, Record.begin(kind=i, of=end[k], length=end_),
                              Record.k(kind=k)))))),
    )  # fmt: skip


@action
def rule(k: Nat, i: Nat) -> Step:
    """Called as a word of Murphi."""
    return when(Head[k].arrives(Record.k(kind=i)) | Head[k].head.matches(Record.begin))(
        take(Head[k]), put(k_2(), i), given(i != k)(put(end[k], Range.begin))
    )


@always()
def invariant(end: Nat) -> Bool:
    """Called as a word of Murphi, with a variable that is a state variable's name."""
    return Head[end].count(lambda k: k.matches(Record.begin.like(length=FALSE))) == 0


@sometimes()
def TypeOK() -> Bool:  # noqa: N802 - the name is the point
    """Called as the exporter's own invariant."""
    return some(Nat, lambda k: (k_2() == k) & (end[k] == Range.Nat))


# --- stumble: what no scope allows --------------------------------------------------------------


@action
def climb_too_high(g: Guest) -> Step:
    """A number goes beyond its range."""
    return when()(put(stands[g], stands[g] + 1))


@action
def sink_too_low(g: Guest) -> Step:
    """A number goes below nothing."""
    return when()(put(stands[g], stands[g] - 1))


@action
def heap_up(g: Guest) -> Step:
    """A queue that makes nobody wait is filled for ever."""
    return when()(send(shelf[g], Parcel.note()))


@action
def grasp_nothing(g: Guest) -> Step:
    """Something is taken of what is empty."""
    return when(stands[g] == 0)(take(shelf[g]))


STUMBLES: Final = (climb_too_high, sink_too_low, heap_up, grasp_nothing)


def make_stumble(step: Action) -> Protocol:
    """The protocol in which nothing happens but one of STUMBLES."""
    part = Part(step.name, step.doc, states=(stands,), queues=(shelf,), actions=(step,))
    return make_protocol(part, guests=2, scores=2, seats=1, shelf_slots=2)


tickets = make_protocol(
    Part("tickets", "Queues of plain values.",
         states=(drawn, chosen), queues=(yes_or_no, hues, seats, scores),
         actions=(draw, note, recall), properties=(numbers_are_small, nothing_waits_behind)),
    seats=1, scores=3, tickets=2,
)  # fmt: skip
traps = make_protocol(
    Part("traps", "Names that mean something elsewhere.",
         states=(end, k_2), queues=(Head,), budgets=(parts,), actions=(Init, rule),
         properties=(invariant, TypeOK)),
    nats=2, queue=4, parts=2,
)  # fmt: skip

ODD: Final = (tickets, traps)
