"""The origin's directory: which kernels have a copy of a page, and for whom the page is taken.

A question takes the pages that it is about, one by one, before the origin does anything with
them, and gives them back when all is done; for a fault that is when the kernel says that the
instruction has been executed. Whoever stands in the way is told to give way. In the way of a writer
is everybody else who has a copy; in the way of a reader only the writer.

A question about several pages could hold one and wait for another for ever. So only one such
question at a time takes pages; questions about one page take turns with it.
"""

from popcorn_model.language import (
    Bool,
    Fair,
    Step,
    action,
    any_of,
    count,
    every,
    for_each,
    given,
    ite,
    maybe,
    nothing,
    put,
    state,
    when,
)
from popcorn_model.language import expr as e
from popcorn_model.popcorn.sorts import ORIGIN, Access, Call, Kernel, Page, Parcel, Task
from popcorn_model.popcorn.tasks import call, done, ending, has_arrived, wants

area = state(
    "area", Page, of=Access, start=Access.write, doc="the origin's areas: what they allow on a page"
)
holder = state(
    "holder", Page, Kernel, of=Bool, start=False, doc="the directory: the kernel has a copy"
)
writer = state(
    "writer", Page, of=maybe(Kernel), start=nothing, doc="the directory: who may write the page"
)
taken = state("taken", Page, of=maybe(Task), start=nothing, doc="whose question has the page")
turn = state(
    "turn", of=maybe(Task), start=nothing, doc="the thread that may take more than one page"
)
due = state(
    "due", Page, Kernel, of=Bool, start=False, doc="the origin waits until the kernel has given way"
)
recall = state(
    "recall", Page, Kernel, of=Access, start=Access.none,
    doc="a message to the kernel: another wants to read the page, or to write it",
)  # fmt: skip
gave = state(
    "gave", Page, Kernel, of=Parcel, start=Parcel.none,
    doc="a message from the kernel: it has given way, with what was written to the page",
)  # fmt: skip
copy = state(
    "copy", Page, Kernel, of=Access, start=Access.none,
    doc="what the page tables of the kernel allow its threads",
)  # fmt: skip
fresh = state(
    "fresh", Page, Kernel, of=Bool, start=lambda p, k: k == ORIGIN,
    doc="the kernel's frame holds what was last written to the page",
)  # fmt: skip
parcel = state(
    "parcel", Page, of=Parcel, start=Parcel.none,
    doc="in the answer to a fault: what it carries of the page",
)  # fmt: skip

AT_ONCE = (Call.sleep, Call.futex_wake, Call.mmap, Call.none)


def has(t: Task, p: Page) -> Bool:
    """Thread t's question has taken page p."""
    return taken[p] == t


def is_settled(p: Page) -> Bool:
    """Nobody is waited for about page p."""
    return every(Kernel, lambda j: ~due[p, j])


def has_all(t: Task) -> Bool:
    """Thread t's question has taken all pages that it is about, and nobody is in the way."""
    return every(Page, lambda p: (wants[t, p] == Access.none) | (has(t, p) & is_settled(p)))


def is_about_one(t: Task) -> Bool:
    """Thread t's question is about one page."""
    return count(Page, lambda p: wants[t, p] != Access.none) <= 1


def forks(t: Task) -> Bool:
    """Thread t forks, and so is about all pages that are mapped."""
    return call[t] == Call.fork


def suffices(allowed: Access, wanted: Access) -> Bool:
    """What is allowed is enough for what is wanted."""
    return any_of(wanted == Access.none, allowed == Access.write, allowed == wanted)


def is_allowed(t: Task) -> Bool:
    """The areas allow what thread t's fault wants."""
    return every(Page, lambda p: suffices(area[p], wants[t, p]))


def gives_back(t: Task) -> e.Update:
    """Thread t's question gives back the pages that it has taken."""
    return for_each(Page, lambda p: given(has(t, p))(put(taken[p], nothing)))


def forgets_wants(t: Task) -> e.Update:
    """Thread t wants no page any more."""
    return for_each(Page, lambda p: put(wants[t, p], Access.none))


# --- the origin ----------------------------------------------------------------------------------


@action(fair=Fair.STRONG)
def take_turn(t: Task, k: Kernel) -> Step:
    """A question about several pages may take them: no other such question is at it.

    Source: popcorn: origin, queue of questions
    Tag: claimed
    """
    return when(
        turn().is_nothing, has_arrived(t, k), ~is_about_one(t), ~forks(t), ~ending()
    )(put(turn(), t))  # fmt: skip


@action(fair=Fair.STRONG)
def take_page(t: Task, p: Page, k: Kernel) -> Step:
    """A question takes a page, and whoever is in its way is told so.

    Where a fault is concerned the kernel that asked is not in its own way; elsewhere the page is
    wanted by the origin itself. A fork takes only what is mapped, a fault only what is allowed.

    Source: popcorn: origin, CALL; RECALL
    Tag: claimed
    """
    to_write = wants[t, p] == Access.write
    faults = call[t] == Call.fault

    def is_in_the_way(j: Kernel) -> Bool:
        itself = ite(faults, j == k, j == ORIGIN)
        return holder[p, j] & ~itself & (to_write | (writer[p] == j))

    return when(
        has_arrived(t, k), ~call[t].among(*AT_ONCE), ~ending(), wants[t, p] != Access.none,
        taken[p].is_nothing, (is_about_one(t) & ~forks(t)) | (turn() == t), ~faults | is_allowed(t),
        ~forks(t) | (area[p] != Access.none),
    )(
        put(taken[p], t),
        for_each(Kernel, lambda j: given(is_in_the_way(j))(
            put(recall[p, j], wants[t, p]), put(due[p, j], True))),
    )  # fmt: skip


@action(fair=Fair.WEAK)
def note_way(t: Task, p: Page, j: Kernel) -> Step:
    """A kernel has given way: the origin notes it, and keeps what was written.

    Source: popcorn: origin, GAVE
    Tag: claimed
    """
    came = gave[p, j]
    return when(came != Parcel.none, has(t, p))(
        put(gave[p, j], Parcel.none),
        put(due[p, j], False),
        put(holder[p, j], wants[t, p] == Access.read),
        given(writer[p] == j)(put(writer[p], nothing)),
        given(came.among(Parcel.data, Parcel.stale))(
            put(fresh[p, ORIGIN], came == Parcel.data)),
    )  # fmt: skip


@action(fair=Fair.WEAK)
def finish(t: Task, k: Kernel) -> Step:
    """The instruction that faulted has been executed: its pages are free for others.

    Source: popcorn: origin, DONE
    Tag: claimed
    """
    return when(done[t, k])(put(done[t, k], False), gives_back(t))


# --- any kernel ----------------------------------------------------------------------------------


@action(fair=Fair.WEAK)
def give_way(p: Page, k: Kernel) -> Step:
    """A kernel stops writing to a page, or drops its copy, and sends what it has written.

    The origin's frame stays where it is: it is what all others are made from.

    Source: popcorn: kernel, RECALL
    Tag: claimed
    """
    written = ite(fresh[p, k], Parcel.data, Parcel.stale)
    reads_on = recall[p, k] == Access.read
    return when(recall[p, k] != Access.none)(
        put(recall[p, k], Access.none),
        put(copy[p, k], ite(reads_on, Access.read, Access.none)),
        put(gave[p, k], ite((copy[p, k] == Access.write) & (k != ORIGIN), written, Parcel.empty)),
        given(~reads_on & (k != ORIGIN))(put(fresh[p, k], False)),
    )  # fmt: skip
