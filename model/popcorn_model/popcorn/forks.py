"""Fork: a child gets the process's pages as they are at one moment.

The origin takes all pages that are mapped, as to read them, and gives none back before it has the
last one. Until then threads run on, but for those that write to what is taken already, as on any
Linux. Because it waits for pages while it holds others a fork needs the turn, even if it is about
one page. The child is a process of its own: this protocol once more, with the same origin, and its
first thread is sent to where its parent called from. Nothing is shared with it, so it is not
followed here.
"""

from popcorn_model.language import (
    Bool,
    Fair,
    Part,
    Step,
    action,
    always,
    every,
    nothing,
    put,
    sometimes,
    when,
)
from popcorn_model.popcorn.areas import completes
from popcorn_model.popcorn.directory import area, fresh, has, is_settled, turn
from popcorn_model.popcorn.sorts import ORIGIN, Access, Call, Kernel, Page, Task
from popcorn_model.popcorn.tasks import here, is_asked, stops, wants


@action
def call_fork(t: Task, k: Kernel) -> Step:
    """A thread forks.

    Source: popcorn: CALL fork
    Tag: claimed
    """
    return when(here[t, k])(*stops(t, k, Call.fork))


@action(fair=Fair.STRONG)
def take_turn_to_fork(t: Task, k: Kernel) -> Step:
    """A fork may take pages: no question about several pages is at it.

    Source: popcorn: origin, queue of questions
    Tag: claimed
    """
    return when(turn().is_nothing, is_asked(t, k, Call.fork))(put(turn(), t))


@action(fair=Fair.STRONG)
def want_page(t: Task, k: Kernel, p: Page) -> Step:
    """A page that is mapped is to be copied, too.

    Source: popcorn: origin, CALL fork
    Tag: claimed
    """
    return when(
        is_asked(t, k, Call.fork), turn() == t, area[p] != Access.none, wants[t, p] == Access.none
    )(put(wants[t, p], Access.read))


def is_whole(t: Task, k: Kernel) -> Bool:
    """Thread t's fork has taken all that is mapped, and nobody writes to any of it."""
    taken = every(Page, lambda p: (area[p] == Access.none) | (has(t, p) & is_settled(p)))
    return is_asked(t, k, Call.fork) & (turn() == t) & taken


@action(fair=Fair.STRONG)
def serve_fork(t: Task, k: Kernel) -> Step:
    """All pages are copied: the child begins, and its parent goes on.

    Source: popcorn: origin, CALL fork
    Tag: claimed
    """
    return when(is_whole(t, k))(*completes(t, k), put(turn(), nothing))


@always(number="F1")
def children_get_what_was_written(t: Task, k: Kernel, p: Page) -> Bool:
    """A page that a fork has taken is at the origin as it was last written, and a child gets it so.

    Tag: claimed
    """
    held = is_asked(t, k, Call.fork) & has(t, p) & is_settled(p)
    return held.implies(fresh[p, ORIGIN])


@sometimes()
def child_begins(t: Task, k: Kernel, p: Page) -> Bool:
    """A child begins whose parent is on another kernel, and there is a page to be copied."""
    return is_whole(t, k) & (k != ORIGIN) & (area[p] != Access.none)


FORK = Part(
    "fork",
    "Fork, of all pages at once.",
    actions=(call_fork, take_turn_to_fork, want_page, serve_fork),
    properties=(children_get_what_was_written, child_begins),
    needs=("threads", "pages", "areas"),
)
