"""Fork: the origin copies the process's pages for a child, one after the other.

Each page is taken as to read it, copied, and given back, so that fork never holds one page while it
waits for another, and other threads run on meanwhile, as they do on any Linux. The child is a
process of its own: this protocol once more, with the same origin, and its first thread is sent to
where its parent called from. Nothing is shared with it, so it is not followed here.
"""

from popcorn_model.language import (
    Bool,
    Fair,
    Part,
    Step,
    action,
    always,
    every,
    for_each,
    ite,
    put,
    sometimes,
    state,
    when,
)
from popcorn_model.language import expr as e
from popcorn_model.popcorn.areas import completes, is_ready
from popcorn_model.popcorn.directory import area, forgets_wants, fresh, gives_back
from popcorn_model.popcorn.sorts import ORIGIN, Access, Call, Kernel, Page, Parcel, Task
from popcorn_model.popcorn.tasks import has_arrived, here, is_asked, stops, wants

copied = state(
    "copied", Task, Page, of=Parcel, start=Parcel.none,
    doc="what the child of the thread's fork has got of the page",
)  # fmt: skip


def starts_over(t: Task) -> e.Update:
    """No page is copied for a child of thread t."""
    return for_each(Page, lambda p: put(copied[t, p], Parcel.none))


@action
def call_fork(t: Task, k: Kernel) -> Step:
    """A thread forks.

    Source: popcorn: CALL fork
    Tag: claimed
    """
    return when(here[t, k])(*stops(t, k, Call.fork), starts_over(t))


def wants_none(t: Task) -> Bool:
    """Thread t's question is about no page now."""
    return every(Page, lambda p: wants[t, p] == Access.none)


@action(fair=Fair.STRONG)
def turn_to_page(t: Task, k: Kernel, p: Page) -> Step:
    """The next page is to be copied.

    Source: popcorn: origin, CALL fork
    Tag: claimed
    """
    return when(
        is_asked(t, k, Call.fork), wants_none(t), area[p] != Access.none,
        copied[t, p] == Parcel.none,
    )(put(wants[t, p], Access.read))  # fmt: skip


@action(fair=Fair.WEAK)
def copy_page(t: Task, k: Kernel, p: Page) -> Step:
    """Nobody writes to the page: it is copied, if it is mapped yet, and given back.

    Source: popcorn: origin, CALL fork
    Tag: claimed
    """
    kept = ite(fresh[p, ORIGIN], Parcel.data, Parcel.stale)
    return when(is_ready(t, k, p, Call.fork))(
        put(copied[t, p], ite(area[p] == Access.none, Parcel.empty, kept)),
        forgets_wants(t), gives_back(t),
    )  # fmt: skip


@action(fair=Fair.STRONG)
def serve_fork(t: Task, k: Kernel) -> Step:
    """All pages are copied: the child begins, and its parent goes on.

    Source: popcorn: origin, CALL fork
    Tag: claimed
    """
    all_are = every(
        Page, lambda p: (area[p] == Access.none) | (copied[t, p] != Parcel.none)
    )
    return when(is_asked(t, k, Call.fork), wants_none(t), all_are)(*completes(t, k))


@always(number="F1")
def children_get_what_was_written(t: Task, p: Page) -> Bool:
    """What a child gets of a page is what was last written to it when it was copied.

    Tag: claimed
    """
    return copied[t, p] != Parcel.stale


@sometimes()
def child_begins(t: Task, k: Kernel, p: Page) -> Bool:
    """A page is copied for a child of a thread on another kernel."""
    return has_arrived(t, k) & (k != ORIGIN) & (copied[t, p] == Parcel.data)


FORK = Part(
    "fork",
    "Fork, page by page.",
    states=(copied,),
    actions=(call_fork, turn_to_page, copy_page, serve_fork),
    properties=(children_get_what_was_written, child_begins),
    needs=("threads", "pages", "areas"),
)
