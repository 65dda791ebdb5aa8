"""Three small protocols that together use every kind of expression and update of the language.

They model nothing in particular: `ring` is about indices that are only known at run time,
`post` about messages and queues wider than a word, `clerk` about steps that go wrong.
"""

from popcorn_model.language import (
    FALSE,
    TRUE,
    Bool,
    Budget,
    Enumeration,
    Messages,
    Number,
    Part,
    Protocol,
    Repair,
    Sort,
    Step,
    action,
    always,
    any_of,
    bounded_queue,
    count,
    every,
    for_each,
    given,
    ite,
    kind,
    label,
    maybe,
    nothing,
    only,
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


class Kernel(Sort):
    """A kernel."""


class Page(Sort):
    """A page."""


class Stamp(Number):
    """How often something happened."""


class Level(Number):
    """A number of many bits of which few values occur."""


class Mood(Enumeration):
    """What a kernel is doing."""

    idle = label("nothing")
    busy = label("something")
    done = label("no more")


HOME = Kernel.named("home")

# --- ring: a token walks along links that change ------------------------------------------------

token = state("token", of=Kernel, start=HOME)
link = state("link", Kernel, of=Kernel, start=lambda k: k)
visits = state("visits", Kernel, of=Stamp, start=0)
met = state("met", Kernel, Kernel, of=Bool, start=FALSE)
mood = state("mood", Kernel, of=Mood, start=Mood.idle)
last = state("last", of=maybe(Kernel), start=nothing)
hops = Budget("hops", Kernel, doc="How often the token may leave a kernel.")
warm = Repair("warm", doc="A kernel that the token visits becomes busy.")


@action
def relink(k: Kernel, d: Kernel) -> Step:
    """An idle kernel points at another one."""
    return when(mood[k] == Mood.idle, link[k] != d)(put(link[k], d))


@action
def walk() -> Step:
    """The token moves along the link of where it is."""
    here, there = token(), link[token()]
    return when(
        ~met[here, there] | (visits[there] < 1),
        warm.choose(off=TRUE, on=mood[there] != Mood.done),
    )(
        spend(hops, here),
        put(token(), there),
        put(met[here, there], TRUE),
        put(visits[there], visits[there] + 1),
        put(last(), here),
        only(warm, "on", given(mood[there] == Mood.idle)(put(mood[there], Mood.busy))),
    )


@action
def settle(k: Kernel) -> Step:
    """A kernel that the token has left for one that it knows is done."""
    return when(
        last() == k,
        mood[k] != Mood.done,
        count(Kernel, lambda j: met[k, j]) + visits[k] >= 2,
        every(Kernel, lambda j: (j == k) | ~met[j, k] | (visits[j] <= visits[k])),
    )(
        put(mood[k], ite(some(Kernel, lambda j: met[j, k]), Mood.done, Mood.busy)),
        put(last(), nothing),
        for_each(Kernel, lambda j: given(link[j] == k)(put(link[j], ite(j == k, HOME, j)))),
    )


@always()
def one_is_not_done(k: Kernel) -> Bool:
    """Some kernel can still move."""
    return (last() == k).implies(some(Kernel, lambda j: mood[j] != Mood.done))


@always()
def visits_are_few(k: Kernel) -> Bool:
    """No kernel is visited twice while it is done."""
    return ~((mood[k] == Mood.done) & (visits[k] > 1))


@sometimes()
def comes_back() -> Bool:
    """The token is home again and has been elsewhere."""
    return (token() == HOME) & (last().exists) & (last() != HOME)


@sometimes()
def at_rest() -> Bool:
    """The token has moved and nobody is idle."""
    return every(Kernel, lambda k: (mood[k] != Mood.idle) | (visits[k] == 0)) & (last() != nothing)


ring = Protocol(
    "ring",
    "A token on changing links.",
    parts=(
        Part(
            "all",
            "Everything.",
            states=(token, link, visits, met, mood, last),
            budgets=(hops,),
            actions=(relink, walk, settle),
            properties=(one_is_not_done, visits_are_few, comes_back, at_rest),
        ),
    ),
    switches=(warm,),
    scope={"kernels": 3, "stamps": 2, "hops": 2},
    ends=at_rest,
)

# --- post: letters with fields of every sort, in queues of several words ------------------------


class Letter(Messages):
    """What kernels write to each other."""

    ask = kind(
        "k asks for p", page=Page, source=Kernel, level=Level, first=Bool, via=maybe(Kernel)
    )
    answer = kind("home answers", page=Page, mood=Mood, stamp=Stamp)
    bell = kind("a word without content")


inbox = queue("inbox", Kernel, of=Letter, slots="slots")
at = state("at", Page, of=Kernel, start=HOME)
rounds = state("rounds", Page, of=Stamp, start=0)
level = state("level", Kernel, of=Level, start=0)
asking = state("asking", Page, Kernel, of=Bool, start=FALSE)
calls = Budget("calls", doc="How many questions may be asked.")


@action
def ask(p: Page, k: Kernel, first: Bool) -> Step:
    """A kernel asks whoever has the page; a first question is also announced."""
    question = Letter.ask(page=p, source=k, level=level[k], first=first, via=at[p])
    return when(~asking[p, k], ~inbox[at[p]].holds(question), inbox[at[p]].length < 4)(
        spend(calls),
        put(asking[p, k], TRUE),
        given(first)(send(inbox[at[p]], Letter.bell())),
        send(inbox[at[p]], question),
    )


@action
def answer(p: Page, k: Kernel) -> Step:
    """The holder of a page reads the oldest question and answers whoever asked."""
    head = inbox[at[p]].head
    return when(
        inbox[at[p]].arrives(Letter.ask.like(page=p, source=k)),
        any_of(
            head.get(Letter.ask, "via", maybe(Kernel)) == at[p],
            head.get(Letter.ask, "first", Bool),
            level[k] > 7,
        ),
    )(
        take(inbox[at[p]]),
        given(head.get(Letter.ask, "level", Level) == 0)(put(level[k], 1000)),
        given(~(head.get(Letter.ask, "level", Level) == 0))(put(level[k], 0)),
        send(inbox[k], Letter.answer(page=p, mood=Mood.busy, stamp=rounds[p])),
        for_each(
            Kernel,
            lambda j: given((j != k) & (j != at[p]) & (inbox[j].length == 0))(
                send(inbox[j], Letter.bell())
            ),
        ),
    )


@action
def hear(k: Kernel) -> Step:
    """A bell is heard, unless an answer waits behind it."""
    return when(
        inbox[k].arrives(Letter.bell),
        inbox[k].count(lambda m: m.matches(Letter.answer) & (m != inbox[HOME].head)) < 2,
    )(take(inbox[k]))


@action
def move(p: Page, k: Kernel) -> Step:
    """With the answer the page moves."""
    head = inbox[k].head
    return when(
        inbox[k].arrives(Letter.answer.like(page=p)),
        head.get(Letter.answer, "stamp", Stamp) == rounds[p],
        (head.get(Letter.answer, "mood", Mood) == Mood.busy) == asking[p, k],
    )(
        take(inbox[k]),
        put(at[p], k),
        put(asking[p, k], FALSE),
        given(rounds[p] < 1)(put(rounds[p], rounds[p] + 1)),
    )


@always()
def asked_at_most_once(p: Page, k: Kernel) -> Bool:
    """No two questions of one kernel wait in one queue."""
    return every(
        Kernel, lambda j: inbox[j].count(lambda m: m.matches(Letter.ask.like(source=k))) <= 1
    )


@always()
def the_page_is_home(p: Page) -> Bool:
    """Wrong on purpose: pages move."""
    return at[p] == HOME


@sometimes()
def a_level_is_high(k: Kernel) -> Bool:
    """Somebody reached the highest level."""
    return level[k] == 1000


post = Protocol(
    "post",
    "Letters.",
    parts=(
        Part(
            "all",
            "Everything.",
            states=(at, rounds, level, asking),
            queues=(inbox,),
            budgets=(calls,),
            actions=(ask, answer, hear, move),
            properties=(asked_at_most_once, the_page_is_home, a_level_is_high),
        ),
    ),
    scope={"kernels": 2, "pages": 2, "stamps": 1, "levels": 1000, "slots": 6, "calls": 3},
)

# --- clerk: steps that overflow, wait, or take from nothing --------------------------------------

desk = bounded_queue("desk", of=Kernel, slots="desk_slots")
tray = queue("tray", Kernel, of=Stamp, slots="tray_slots")
flags = queue("flags", of=Bool, slots="flag_slots")
total = state("total", of=Stamp, start=0)
rank = state("rank", Stamp, of=Bool, start=lambda s: s == 0)


@action
def bring(k: Kernel) -> Step:
    """A kernel queues at the desk; it waits while the desk is full."""
    return when(~desk[()].holds(k))(send(desk[()], k))


@action
def serve(k: Kernel) -> Step:
    """The first in the queue is served, and its number goes into its tray."""
    return when(desk[()].arrives(k))(take(desk[()]), send(tray[k], total()))


@action
def add_up(k: Kernel) -> Step:
    """A tray is emptied into the total, without a look at how large that becomes."""
    return when(tray[k].waiting)(
        take(tray[k]),
        put(total(), tray[k].head + total() + 1),
        send(flags[()], tray[k].head == total()),
    )


@action
def restart(s: Stamp) -> Step:
    """Two flags together put the total back to a marked number."""
    return when(rank[s], flags[()].length + 1 > 2, total() != s)(
        take(flags[()]), put(total(), s), put(rank[total()], flags[()].head)
    )


@action
def blunder(k: Kernel) -> Step:
    """Somebody looks into a tray without asking whether anything is there."""
    return when(total() == 1, rank[total()])(
        take(tray[k]), given(tray[k].length > 1)(put(rank[total()], FALSE))
    )


@always()
def trays_are_low(k: Kernel) -> Bool:
    """No tray holds two numbers."""
    return tray[k].length <= 1


clerk = Protocol(
    "clerk",
    "Steps that go wrong.",
    parts=(
        Part(
            "all",
            "Everything.",
            states=(total, rank),
            queues=(desk, tray, flags),
            actions=(bring, serve, add_up, restart, blunder),
            properties=(trays_are_low,),
        ),
    ),
    scope={"kernels": 2, "stamps": 3, "desk_slots": 1, "tray_slots": 2, "flag_slots": 2},
)
