"""Pages: a thread that may not do what it does asks for the pages of its instruction.

The answer carries what the kernel does not have. The kernel maps the pages and executes the
instruction before it hears of anything else about them, and only then says that it is done. So a
thread that is answered has made a step, whatever others want of the same pages, and whatever
number of pages the instruction is about.

A kernel that has a copy is not sent another one: its own may be newer than the origin's.
"""

from popcorn_model.language import (
    Bool,
    Fair,
    Part,
    Step,
    action,
    every,
    for_each,
    given,
    ite,
    nothing,
    put,
    some,
    when,
)
from popcorn_model.language import expr as e
from popcorn_model.popcorn.directory import (
    area,
    copy,
    due,
    finish,
    forgets_wants,
    fresh,
    gave,
    give_way,
    gives_back,
    has,
    has_all,
    holder,
    is_allowed,
    is_settled,
    note_way,
    parcel,
    recall,
    suffices,
    take_page,
    take_turn,
    taken,
    turn,
    writer,
)
from popcorn_model.popcorn.properties import PAGE_PROPERTIES
from popcorn_model.popcorn.sorts import ORIGIN, Access, Call, Kernel, Page, Parcel, Task
from popcorn_model.popcorn.tasks import (
    answers,
    asks,
    call,
    done,
    goes_to,
    here,
    is_asked,
    returns,
    stops,
    wants,
)


def lacks(p: Page, k: Kernel, a: Access) -> Bool:
    """An access to the page on kernel k faults."""
    return ~suffices(copy[p, k], a)


# --- questions -----------------------------------------------------------------------------------


@action
def fault(t: Task, k: Kernel, p: Page, a: Access) -> Step:
    """An instruction uses a page as its kernel may not use it.

    Source: popcorn: CALL fault
    Tag: claimed
    """
    return when(here[t, k], lacks(p, k, a))(*stops(t, k, Call.fault), put(wants[t, p], a))


@action
def fault_also(t: Task, k: Kernel, p: Page, q: Page, a: Access) -> Step:
    """The instruction uses one more page, which its question names too.

    So a question may be about any number of pages. It is one message, and the origin begins with
    it when it is complete.

    Source: popcorn: CALL fault
    Tag: claimed
    """
    begun = (some(Page, lambda each: has(t, each)) & ~done[t, k]) | (turn() == t)
    return when(
        asks[t, k], call[t] == Call.fault, p != q, wants[t, p] != Access.none,
        wants[t, q] == Access.none, a != Access.none, ~begun,
    )(put(wants[t, q], a))  # fmt: skip


# --- answers -------------------------------------------------------------------------------------


@action(fair=Fair.WEAK)
def grant(t: Task, k: Kernel) -> Step:
    """Nobody is in the way any more: the kernel gets the pages, and what it has not got of them.

    Source: popcorn: origin, ANSWER fault
    Tag: claimed
    """

    def grants(p: Page) -> tuple[e.Update, ...]:
        sent = ite(fresh[p, ORIGIN], Parcel.data, Parcel.stale)
        return (
            put(parcel[p], ite(holder[p, k], Parcel.empty, sent)),
            put(holder[p, k], True),
            given(wants[t, p] == Access.write)(put(writer[p], k)),
        )

    return when(is_asked(t, k, Call.fault), is_allowed(t), has_all(t))(
        *goes_to(t, k, k),
        for_each(Page, lambda p: given(wants[t, p] != Access.none)(*grants(p))),
        given(turn() == t)(put(turn(), nothing)),
    )  # fmt: skip


@action(fair=Fair.WEAK)
def refuse_fault(t: Task, k: Kernel) -> Step:
    """The areas do not allow what the instruction does: the thread gets a signal.

    Source: popcorn: origin, ANSWER fault
    Tag: claimed
    """
    settled = every(Page, lambda p: ~has(t, p) | is_settled(p))
    return when(is_asked(t, k, Call.fault), ~is_allowed(t), settled)(
        *returns(t, k), forgets_wants(t), gives_back(t),
        given(turn() == t)(put(turn(), nothing)),
    )  # fmt: skip


def is_right(p: Page, k: Kernel) -> Bool:
    """With the answer, kernel k's frame holds what was last written to the page."""
    return (parcel[p] == Parcel.data) | ((parcel[p] == Parcel.empty) & fresh[p, k])


def writes(p: Page, k: Kernel, right: Bool) -> tuple[e.Update, ...]:
    """A thread on kernel k writes to the page: all else that holds it holds an old one now."""
    return (
        for_each(Kernel, lambda j: put(fresh[p, j], (j == k) & right)),
        for_each(Kernel, lambda j: given(gave[p, j] == Parcel.data)(put(gave[p, j], Parcel.stale))),
    )  # fmt: skip


@action(fair=Fair.WEAK)
def receive(t: Task, k: Kernel) -> Step:
    """The pages arrive; the kernel maps them, executes the instruction, and says so.

    Source: popcorn: kernel, ANSWER fault; DONE
    Tag: claimed
    """

    def maps(p: Page) -> tuple[e.Update, ...]:
        to_write = wants[t, p] == Access.write
        return (
            put(copy[p, k], ite(to_write | (copy[p, k] == Access.write), Access.write,
                                Access.read)),
            given(to_write)(*writes(p, k, is_right(p, k))),
            given(~to_write)(put(fresh[p, k], is_right(p, k))),
            put(parcel[p], Parcel.none),
        )  # fmt: skip

    return when(answers[t, k], call[t] == Call.fault)(
        put(answers[t, k], False), put(here[t, k], True), put(call[t], Call.none),
        put(done[t, k], True), forgets_wants(t),
        for_each(Page, lambda p: given(wants[t, p] != Access.none)(*maps(p))),
    )  # fmt: skip


@action
def store(t: Task, k: Kernel, p: Page) -> Step:
    """A thread writes to a page that its kernel may write.

    A second write changes nothing here.

    Source: any program
    Tag: claimed
    """
    news = some(Kernel, lambda j: (j != k) & fresh[p, j])
    return when(here[t, k], copy[p, k] == Access.write, news)(
        *writes(p, k, fresh[p, k]), given(parcel[p] == Parcel.data)(put(parcel[p], Parcel.stale))
    )


PAGES = Part(
    "pages",
    "Copies of pages, the directory, faults.",
    states=(wants, area, holder, writer, taken, turn, due, recall, gave, copy, fresh, parcel),
    actions=(
        fault,
        fault_also,
        take_turn,
        take_page,
        note_way,
        finish,
        give_way,
        grant,
        refuse_fault,
        receive,
        store,
    ),
    properties=PAGE_PROPERTIES,
    needs=("threads",),
)
