"""A directory protocol without queues: the origin of a page knows who has it, and asks it back.

Any number of kernels may hold a copy of a page to read it, or one of them to write it. A kernel on
which a thread runs asks the origin; the origin serves one request for a page at a time, asks back
what stands in the way, and grants when that is gone. Threads hop between kernels at any time,
also away from a request. Of each kind of message at most one is under way for a kernel and a page,
so a message is a truth value and nothing says in which order they arrive.

A whole protocol in one file, for readers who want to see one, and for measurements: its states
fill two words where those of others fill ten.
"""

from popcorn_model.language import (
    FALSE,
    TRUE,
    Bool,
    Enumeration,
    Fair,
    Part,
    Protocol,
    Repair,
    Sort,
    Step,
    Variant,
    View,
    action,
    always,
    every,
    for_each,
    given,
    ite,
    label,
    maybe,
    nothing,
    only,
    put,
    some,
    sometimes,
    state,
    when,
)


class Kernel(Sort):
    """A kernel; one of them is the origin of all pages."""


class Page(Sort):
    """A page of shared memory."""


class Thread(Sort):
    """A thread, which runs on one kernel at a time."""


class Access(Enumeration):
    """What can be done with a page: what a kernel may do, asks for, is granted, or must leave."""

    none = label("nothing")
    read = label("to read it, as others may too")
    write = label("to write it, alone")


ORIGIN = Kernel.named("origin")
CONFIRM = Repair("CONFIRM", doc="the origin serves the next request when a grant has arrived")

at = state("at", Thread, of=Kernel, start=ORIGIN, doc="where a thread runs")
copy = state(
    "copy", Page, Kernel, of=Access, start=lambda p, k: ite(k == ORIGIN, Access.write, Access.none),
    doc="what a kernel may do with its copy of a page",
)  # fmt: skip
waits = state("waits", Page, Kernel, of=Bool, start=FALSE, doc="a kernel waits for a grant")
request = state("request", Page, Kernel, of=Access, start=Access.none, doc="asked of the origin")
recall = state(
    "recall", Page, Kernel, of=Access, start=Access.none, doc="what a kernel must stop doing"
)
yielded = state("yielded", Page, Kernel, of=Bool, start=FALSE, doc="that it has, to the origin")
grant = state("grant", Page, Kernel, of=Access, start=Access.none, doc="a grant by the origin")
got = state("got", Page, Kernel, of=Bool, start=FALSE, doc="that it has arrived, to the origin")
holder = state(
    "holder", Page, Kernel, of=Bool, start=lambda p, k: k == ORIGIN,
    doc="the origin believes that a kernel has a copy",
)  # fmt: skip
writer = state(
    "writer", Page, of=maybe(Kernel), start=ORIGIN, doc="who may write, as the origin believes"
)
serving = state("serving", Page, of=maybe(Kernel), start=nothing, doc="whose request it serves")


@action(fair=Fair.WEAK)
def ask_to_read(t: Thread, p: Page, k: Kernel) -> Step:
    """A thread touches a page of which its kernel has no copy.

    Source: example:fault
    Tag: claimed
    """
    return when(at[t] == k, copy[p, k] == Access.none, ~waits[p, k])(
        put(request[p, k], Access.read), put(waits[p, k], TRUE)
    )


@action(fair=Fair.WEAK)
def ask_to_write(t: Thread, p: Page, k: Kernel) -> Step:
    """A thread writes to a page that its kernel may not write.

    Source: example:fault
    Tag: claimed
    """
    return when(at[t] == k, copy[p, k] != Access.write, ~waits[p, k])(
        put(request[p, k], Access.write), put(waits[p, k], TRUE)
    )


@action(fair=Fair.STRONG)
def serve(p: Page, k: Kernel) -> Step:
    """The origin takes up a request and asks back what stands in its way.

    To read, only the writer is in the way; to write, everybody else is.

    Source: example:serve
    Tag: claimed
    """
    to_write = request[p, k] == Access.write
    return when(serving[p] == nothing, request[p, k] != Access.none)(
        put(serving[p], k),
        for_each(Kernel, lambda j: given(
            (j != k) & holder[p, j] & (to_write | (writer[p] == j)))(
            put(recall[p, j], request[p, k]))),
    )  # fmt: skip


@action(fair=Fair.WEAK)
def give_up(p: Page, k: Kernel) -> Step:
    """A kernel that is asked back drops its copy, or keeps it to read, and says so.

    Source: example:recall
    Tag: claimed
    """
    return when(recall[p, k] != Access.none)(
        put(copy[p, k], ite(recall[p, k] == Access.read, Access.read, Access.none)),
        put(recall[p, k], Access.none),
        put(yielded[p, k], TRUE),
    )


@action(fair=Fair.WEAK)
def note(p: Page, k: Kernel, d: Kernel) -> Step:
    """The origin notes that a kernel has given way to the one that it serves.

    Source: example:yielded
    Tag: claimed
    """
    return when(yielded[p, k], serving[p] == d)(
        put(yielded[p, k], FALSE),
        put(holder[p, k], request[p, d] == Access.read),
        given(writer[p] == k)(put(writer[p], nothing)),
    )


@action(fair=Fair.WEAK)
def grant_read(p: Page, k: Kernel) -> Step:
    """Nobody writes any more: the kernel may read.

    Source: example:grant
    Tag: claimed
    """
    return when(serving[p] == k, request[p, k] == Access.read, writer[p] == nothing)(
        put(request[p, k], Access.none),
        put(grant[p, k], Access.read),
        put(holder[p, k], TRUE),
        only(CONFIRM, "off", put(serving[p], nothing)),
    )


@action(fair=Fair.WEAK)
def grant_write(p: Page, k: Kernel) -> Step:
    """Nobody else has a copy any more: the kernel may write.

    Source: example:grant
    Tag: claimed
    """
    return when(
        serving[p] == k,
        request[p, k] == Access.write,
        every(Kernel, lambda j: (j == k) | ~holder[p, j]),
    )(
        put(request[p, k], Access.none),
        put(grant[p, k], Access.write),
        put(holder[p, k], TRUE),
        put(writer[p], k),
        only(CONFIRM, "off", put(serving[p], nothing)),
    )


@action(fair=Fair.WEAK)
def receive(p: Page, k: Kernel) -> Step:
    """A grant arrives.

    Source: example:receive
    Tag: claimed
    """
    return when(grant[p, k] != Access.none)(
        put(copy[p, k], grant[p, k]),
        put(grant[p, k], Access.none),
        put(waits[p, k], FALSE),
        only(CONFIRM, "on", put(got[p, k], TRUE)),
    )


@action(fair=Fair.WEAK)
def finish(p: Page, k: Kernel) -> Step:
    """The origin hears that its grant has arrived, and is free for the next request.

    Source: example:confirm
    Tag: inferred
    """
    return when(got[p, k])(put(got[p, k], FALSE), put(serving[p], nothing))


@action
def hop(t: Thread, k: Kernel, d: Kernel) -> Step:
    """A thread migrates.

    Source: example:hop
    Tag: claimed
    """
    return when(at[t] == k, k != d)(put(at[t], d))


@always(number=1)
def one_writer(p: Page, j: Kernel, k: Kernel) -> Bool:
    """Who may write a page has the only copy of it.

    Tag: claimed
    """
    return ((copy[p, j] == Access.write) & (copy[p, k] != Access.none)).implies(j == k)


@always(number=2)
def the_origin_knows(p: Page, k: Kernel) -> Bool:
    """The origin knows every kernel that has a copy.

    Tag: relied
    """
    return (copy[p, k] != Access.none).implies(holder[p, k])


@sometimes()
def shared(p: Page) -> Bool:
    """Two kernels read a page."""
    return some(
        Kernel,
        lambda j: some(
            Kernel,
            lambda k: (j != k) & (copy[p, j] == Access.read) & (copy[p, k] == Access.read),
        ),
    )


@sometimes()
def written_elsewhere(p: Page, k: Kernel) -> Bool:
    """Another kernel than the origin may write."""
    return (k != ORIGIN) & (copy[p, k] == Access.write)


PROTOCOL = Protocol(
    "directory",
    "One origin keeps a directory of who has which page.",
    parts=(
        Part(
            "pages",
            "Who may read and write a page.",
            states=(copy, waits, request, recall, yielded, grant, got, holder, writer, serving, at),
            actions=(
                ask_to_read,
                ask_to_write,
                serve,
                give_up,
                note,
                grant_read,
                grant_write,
                receive,
                finish,
                hop,
            ),
            properties=(one_writer, the_origin_knows, shared, written_elsewhere),
        ),
    ),
    switches=(CONFIRM,),
    variants={
        "as-built": Variant("The origin is free as soon as it has granted.", {"CONFIRM": "off"}),
        "repaired": Variant("The origin waits until its grant has arrived.", {"CONFIRM": "on"}),
    },
    scope={"kernels": 3, "pages": 1, "threads": 1},
    view=View(lanes=Kernel, tokens=Thread, where=at, pages=(copy,)),
)
