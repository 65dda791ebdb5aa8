"""A small protocol for tests: kernels ask a home kernel for a page, which one of them may write.

As built, home gives the page away before its former holder has let go; the repair waits for that.
With three kernels the repaired protocol is stuck when a request stands before the answer that home
waits for. Small enough for the slowest engine, with everything in it that a protocol may have:
labels, queues, budgets, a repair, an assumption, two parts, all moods, a view.
"""

from popcorn_model.language import (
    Bool,
    Budget,
    Enumeration,
    Fair,
    Messages,
    Part,
    Protocol,
    Repair,
    Sort,
    Step,
    Switch,
    Variant,
    View,
    action,
    always,
    eventually,
    every,
    for_each,
    given,
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
from popcorn_model.language.properties import LeadsTo


class Kernel(Sort):
    """A kernel."""


class Page(Sort):
    """A page of shared memory."""


class Task(Sort):
    """A thread."""


class Hold(Enumeration):
    """What a kernel has of a page."""

    none = label("it has no copy")
    asked = label("it has no copy and has asked for one")
    owned = label("it has the copy and may write")


class Wire(Messages):
    """What travels between kernels."""

    ask = kind("a kernel asks home for a page", page=Page, source=Kernel)
    revoke = kind("home wants a page back", page=Page)
    gone = kind("a kernel has let a page go", page=Page, source=Kernel)
    grant = kind("home gives a page", page=Page)


HOME = Kernel.named("home")
WAIT = Repair("WAIT", doc="home waits until every holder has let go")
ORDER = Switch("ORDER", "fifo", "any", doc="messages arrive in order", assumption=True)
WISHES = Budget("wishes", Kernel, doc="requests of one kernel")
HOPS = Budget("hops", Task, doc="migrations of one thread")

hold = state(
    "hold",
    Page,
    Kernel,
    of=Hold,
    start=Hold.none,
    doc="what a kernel has of a page",
)
holder = state("holder", Page, of=maybe(Kernel), start=nothing, doc="to whom home gave the page")
serving = state("serving", Page, of=maybe(Kernel), start=nothing, doc="whom home serves now")
waits = state("waits", Page, Kernel, of=Bool, start=False, doc="home waits for its answer")
at = state("at", Task, Kernel, of=Bool, start=lambda t, k: k == HOME, doc="where a thread runs")
inbox = queue("inbox", Kernel, of=Wire, slots="slots", doc="messages to a kernel")


@action(fair=Fair.WEAK)
def ask(p: Page, k: Kernel) -> Step:
    """A kernel without the page asks home for it.

    Source: example:ask
    Tag: claimed
    """
    return when(hold[p, k] == Hold.none)(
        put(hold[p, k], Hold.asked), send(inbox[HOME], Wire.ask(page=p, source=k)), spend(WISHES, k)
    )


@action(fair=Fair.WEAK)
def serve(p: Page, k: Kernel) -> Step:
    """Home takes a request and revokes the page from whoever holds it.

    Source: example:serve
    Tag: claimed
    """
    return when(inbox[HOME].arrives(Wire.ask(page=p, source=k)), serving[p] == nothing)(
        take(inbox[HOME]),
        put(serving[p], k),
        for_each(
            Kernel,
            lambda j: given(holder[p] == j)(
                send(inbox[j], Wire.revoke(page=p)), put(waits[p, j], True)
            ),
        ),
    )


@action(fair=Fair.WEAK)
def let_go(p: Page, k: Kernel) -> Step:
    """A holder drops the page and says so.

    Source: example:let_go
    Tag: claimed
    """
    return when(inbox[k].arrives(Wire.revoke(page=p)))(
        take(inbox[k]),
        put(hold[p, k], Hold.none),
        send(inbox[HOME], Wire.gone(page=p, source=k)),
    )


@action(fair=Fair.WEAK)
def hear(p: Page, k: Kernel) -> Step:
    """Home hears that a holder has let go.

    Source: example:hear
    Tag: claimed
    """
    return when(inbox[HOME].arrives(Wire.gone(page=p, source=k)))(
        take(inbox[HOME]), put(waits[p, k], False)
    )


@action(fair=Fair.WEAK)
def give(p: Page, k: Kernel) -> Step:
    """Home gives the page to the kernel that it serves.

    Source: example:give
    Tag: relied
    """
    return when(
        serving[p] == k,
        WAIT.choose(off=every(Kernel, lambda j: j == j), on=every(Kernel, lambda j: ~waits[p, j])),
    )(put(serving[p], nothing), put(holder[p], k), send(inbox[k], Wire.grant(page=p)))


@action(fair=Fair.WEAK)
def get(p: Page, k: Kernel) -> Step:
    """The page arrives.

    Source: example:get
    Tag: claimed
    """
    return when(inbox[k].arrives(Wire.grant(page=p)))(take(inbox[k]), put(hold[p, k], Hold.owned))


@action
def hop(t: Task, k: Kernel, d: Kernel) -> Step:
    """A thread migrates.

    Source: example:hop
    Tag: claimed
    """
    return when(at[t, k], k != d)(put(at[t, k], False), put(at[t, d], True), spend(HOPS, t))


@always(number=1)
def one_holder(p: Page, j: Kernel, k: Kernel) -> Bool:
    """At most one kernel may write a page.

    Tag: claimed
    """
    return ((hold[p, j] == Hold.owned) & (hold[p, k] == Hold.owned)).implies(j == k)


@sometimes()
def held(p: Page, k: Kernel) -> Bool:
    """Some kernel gets the page."""
    return hold[p, k] == Hold.owned


@eventually(number=2)
def asking_helps(p: Page, k: Kernel) -> LeadsTo:
    """Who asks for a page gets it.

    Tag: claimed
    """
    return leads_to(hold[p, k] == Hold.asked, hold[p, k] == Hold.owned)


@always(number=3)
def one_place(t: Task) -> Bool:
    """A thread runs somewhere.

    Tag: claimed
    """
    return some(Kernel, lambda k: at[t, k])


@sometimes()
def away(t: Task) -> Bool:
    """A thread runs elsewhere."""
    return at[t, HOME] == False  # noqa: E712 - a formula, not a comparison


@sometimes()
def quiet() -> Bool:
    """Nothing is on its way and nobody waits."""
    return every(Kernel, lambda k: ~inbox[k].waiting) & every(Page, lambda p: serving[p] == nothing)


PROTOCOL = Protocol(
    "ownership",
    "One page, one writer.",
    parts=(
        Part(
            "pages",
            "who may write",
            states=(hold, holder, serving, waits),
            queues=(inbox,),
            actions=(ask, serve, let_go, hear, give, get),
            properties=(one_holder, held, asking_helps),
            budgets=(WISHES,),
        ),
        Part(
            "moves",
            "who runs where",
            states=(at,),
            actions=(hop,),
            properties=(one_place, away),
            budgets=(HOPS,),
        ),
    ),
    switches=(WAIT, ORDER),
    variants={
        "as-built": Variant("Home does not wait.", {"WAIT": "off"}),
        "repaired": Variant("Home waits for every answer.", {"WAIT": "on"}),
    },
    scope={"kernels": 2, "pages": 1, "tasks": 1, "slots": 4, "wishes": 1, "hops": 1},
    ends=quiet,
    view=View(lanes=Kernel, tokens=Task, where=at, pages=(hold,)),
    interchangeable=(Page, Task),
)
