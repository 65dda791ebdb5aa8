"""Copies of pages: what each node's page table says, who owns what, and whether a copy is current.

The origin has the directory: for each page, whether it is distributed at all, and which nodes own
a copy. A remote knows only whether it owns its own. An owner's copy may be read; the only owner's
may be written. `fresh` is no state of the system: it follows what was last written, so that
"whoever can read a page reads what was last written" is a property and no belief.
"""

from popcorn_model.language import (
    Bool,
    Step,
    action,
    for_each,
    given,
    put,
    some,
    state,
    when,
)
from popcorn_model.language import expr as e
from popcorn_model.popcorn_2020.messages import Answer, Reply
from popcorn_model.popcorn_2020.page_traffic import answer, reply
from popcorn_model.popcorn_2020.sorts import ORIGIN, Access, Kernel, Page, Pte, Task
from popcorn_model.popcorn_2020.tasks import allows, runs

pte = state("pte", Page, Kernel, of=Pte, start=Pte.none, doc="the node's copy of the page")
fresh = state(
    "fresh", Page, Kernel, of=Bool, start=False,
    doc="the node's frame for the page, mapped or kept, holds what was last written",
)  # fmt: skip
mine = state(
    "mine", Page, Kernel, of=Bool, start=False,
    doc="a remote's own bit in its page info: it owns its copy",
)  # fmt: skip
distributed = state(
    "distributed", Page, of=Bool, start=False,
    doc="the origin's page info says that the page has left it",
)  # fmt: skip
owner = state(
    "owner", Page, Kernel, of=Bool, start=False,
    doc="the origin's page info says that the node owns a copy",
)  # fmt: skip
unreadable = state(
    "unreadable", Page, of=Bool, start=False,
    doc="the page cannot be had by whoever touches it first, as will be found out then",
)  # fmt: skip


def can_be_had(p: Page) -> Bool:
    """The origin has a frame for the page, or finds one."""
    return (pte[p, ORIGIN] != Pte.none) | ~unreadable[p]


def is_readable(p: Page, k: Kernel) -> Bool:
    """A thread of node k can read the page without a fault."""
    return pte[p, k].among(Pte.read, Pte.write)


def lacks(p: Page, k: Kernel, a: Access) -> Bool:
    """An access to the page on node k faults."""
    reads, writes = a == Access.read, a == Access.write
    return (reads & ~is_readable(p, k)) | (writes & (pte[p, k] != Pte.write))


def is_at_origin(p: Page) -> Bool:
    """The origin need not ask anybody to read the page (page_is_mine)."""
    return ~distributed[p] | owner[p, ORIGIN]


def is_owned_elsewhere(p: Page, k: Kernel) -> Bool:
    """Node k is a remote that owns the page, as the origin believes."""
    return owner[p, k] & (k != ORIGIN)


def outdates_messages(p: Page) -> tuple[e.Update, ...]:
    """What is on its way is no longer what was last written."""
    return (
        for_each(Kernel, lambda j: given(reply[p, j] == Reply.data)(put(reply[p, j], Reply.stale))),
        for_each(Kernel, lambda j: given(answer[p, j] == Answer.data)(
            put(answer[p, j], Answer.stale))),
    )  # fmt: skip


def writes(p: Page, k: Kernel) -> tuple[e.Update, ...]:
    """Node k's copy becomes the one that counts, and every other one an old one."""
    return (
        for_each(Kernel, lambda j: put(fresh[p, j], j == k)),
        *outdates_messages(p),
    )  # fmt: skip


def erases(p: Page) -> e.Update:
    """The page is empty from now on, and every copy that a node has is an old one."""
    return for_each(Kernel, lambda j: put(fresh[p, j], False))


def is_news(p: Page, k: Kernel) -> Bool:
    """Something but node k's copy holds what was last written."""
    return some(Kernel, lambda j: (reply[p, j] == Reply.data) | (answer[p, j] == Answer.data)
                | ((j != k) & fresh[p, j]))  # fmt: skip


@action
def store(t: Task, k: Kernel, p: Page) -> Step:
    """A thread writes to a page, as its node's page table lets it.

    A second write to a copy that is the only one to hold the first changes nothing here.

    Source: any program
    Tag: claimed
    """
    may = allows(p, k, Access.write) & (pte[p, k] == Pte.write)
    return when(runs(t, k), may, is_news(p, k))(*writes(p, k))
