"""The end of a process: every kernel that has threads of it is told, and says farewell.

From the moment in which the origin decides that the process ends it does nothing more for it: a
question that arrives is the end of the thread that asks. It tells each kernel that it has sent
threads to, its own included. Messages of a pair of kernels arrive in the order in which they were
sent, so what the origin has sent before arrives before the word that the process ends, and whatever
a kernel has sent arrives before its farewell. When all have said it, nothing is left anywhere.
"""

from popcorn_model.language import (
    Bool,
    Fair,
    Step,
    action,
    every,
    for_each,
    given,
    nothing,
    only,
    put,
    some,
    state,
    when,
)
from popcorn_model.popcorn.directory import (
    copy,
    fresh,
    gave,
    recall,
    taken,
    turn,
)
from popcorn_model.popcorn.sorts import ORIGIN, Access, Call, Kernel, Life, Page, Parcel, Task
from popcorn_model.popcorn.tasks import (
    ORDER,
    answers,
    asks,
    call,
    done,
    ending,
    goal,
    has_arrived,
    here,
    joined,
    life,
    over,
    wants,
)

told = state("told", Kernel, of=Bool, start=False, doc="a message to the kernel: the process ends")
farewell = state(
    "farewell", Kernel, of=Bool, start=False, doc="a message from the kernel: nothing is left here"
)


def has_all_mail(k: Kernel) -> Bool:
    """Whatever the origin has sent to kernel k has arrived, but for the word that all ends."""
    return every(Task, lambda t: ~answers[t, k]) & every(
        Page, lambda p: recall[p, k] == Access.none
    )


def is_heard_out(k: Kernel) -> Bool:
    """Whatever kernel k has sent has arrived, but for its farewell."""
    return every(Task, lambda t: ~asks[t, k] & ~done[t, k]) & every(
        Page, lambda p: gave[p, k] == Parcel.none
    )


@action(fair=Fair.WEAK)
def drop_question(t: Task, k: Kernel) -> Step:
    """The process ends: a thread that asks for anything is at its end.

    Source: popcorn: origin, CALL
    Tag: claimed
    """
    return when(ending(), has_arrived(t, k))(
        put(asks[t, k], False), put(call[t], Call.none), put(goal[t], nothing),
        put(life[t], Life.exited), for_each(Page, lambda p: put(wants[t, p], Access.none)),
    )  # fmt: skip


@action(fair=Fair.WEAK)
def tell_end(k: Kernel) -> Step:
    """The origin tells a kernel that the process ends.

    Source: popcorn: origin, END
    Tag: claimed
    """
    return when(ending(), joined[k], ~told[k], ~farewell[k])(put(told[k], True))


@action(fair=Fair.WEAK)
def end_here(k: Kernel) -> Step:
    """A kernel is told that the process ends: it drops threads and pages, and says farewell.

    Source: popcorn: kernel, END; FAREWELL
    Tag: claimed
    """
    return when(told[k], only(ORDER, "kept", has_all_mail(k)))(
        put(told[k], False),
        put(farewell[k], True),
        for_each(Task, lambda t: put(here[t, k], False)),
        for_each(Page, lambda p: put(copy[p, k], Access.none)),
        given(k != ORIGIN)(for_each(Page, lambda p: put(fresh[p, k], False))),
    )


@action(fair=Fair.WEAK)
def hear_farewell(k: Kernel) -> Step:
    """The origin hears that nothing is left on a kernel.

    Source: popcorn: origin, FAREWELL
    Tag: claimed
    """
    return when(farewell[k], only(ORDER, "kept", is_heard_out(k)))(
        put(farewell[k], False), put(joined[k], False)
    )


@action(fair=Fair.WEAK)
def close() -> Step:
    """No kernel has anything of the process any more: the origin forgets it.

    Source: popcorn: origin, end of a process
    Tag: claimed
    """
    begun = some(Task, lambda t: life[t] != Life.unborn)
    return when(~over(), every(Kernel, lambda k: ~joined[k]), begun)(
        put(over(), True),
        for_each(Task, lambda u: given(life[u] == Life.alive)(put(life[u], Life.exited))),
        for_each(Page, lambda p: put(taken[p], nothing)),
        put(turn(), nothing),
    )
