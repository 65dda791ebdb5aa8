"""Pages that a program gives back: madvise with MADV_DONTNEED and MADV_RELEASE.

MADV_DONTNEED throws a page away: who reads it afterwards finds zeroes. Its node drops its copy and
all that it knew of it; if that is a remote, the origin does the same then. As built no other node
is told, and nobody looks whether somebody is in the middle of a fault on the page.

MADV_RELEASE is Popcorn's own: it gives back a node's copy and changes nothing that programs see.
As built a remote forgets its copy first, and the origin hears of that afterwards; neither takes a
handle.

Repaired, both are done by the origin, under a handle, as a write fault is: the nodes that have the
page are told to drop their copies, and when all have answered the page is the origin's to discard.
A copy is released only where the origin has one too; otherwise the advice is not followed.
"""

from popcorn_model.language import (
    TRUE,
    Bool,
    Fair,
    Step,
    action,
    for_each,
    nothing,
    put,
    when,
)
from popcorn_model.language import expr as e
from popcorn_model.popcorn_2020.copies import (
    distributed,
    erases,
    fresh,
    is_readable,
    mine,
    outdates_messages,
    owner,
    pte,
)
from popcorn_model.popcorn_2020.handles import call_leaves, discards, handle, is_free
from popcorn_model.popcorn_2020.messages import Recall
from popcorn_model.popcorn_2020.origin_faults import awaited, drops_copies, is_answered
from popcorn_model.popcorn_2020.page_switches import (
    DISCARD_BY_ORIGIN,
    DISCARD_WAITS,
    RELEASE_BY_ORIGIN,
)
from popcorn_model.popcorn_2020.page_traffic import recall
from popcorn_model.popcorn_2020.semaphore import may_read
from popcorn_model.popcorn_2020.sorts import ORIGIN, Area, Doing, Handle, Kernel, Page, Pte, Task
from popcorn_model.popcorn_2020.tasks import area, at, doing, runs, touched


def calls(t: Task, p: Page, what: Doing) -> tuple[e.Update, ...]:
    """Task t is in a call about page p."""
    return (put(doing[t], what), put(touched[t], p))


def returns(t: Task) -> tuple[e.Update, ...]:
    """The call of task t is over."""
    return (put(doing[t], Doing.running), put(touched[t], nothing))


def is_in_call(t: Task, p: Page, what: Doing) -> Bool:
    """Task t is in such a call about page p."""
    return (doing[t] == what) & (touched[t] == p)


def may_zap(p: Page, k: Kernel) -> Bool:
    """Node k may drop its copy: repaired, only when nobody is in the middle of a fault there."""
    return may_read(k) & DISCARD_WAITS.choose(off=TRUE, on=is_free(p, k))


def zaps(p: Page, k: Kernel) -> tuple[e.Update, ...]:
    """Remote k drops its copy, and forgets that it had one."""
    return (put(pte[p, k], Pte.none), put(mine[p, k], False), put(fresh[p, k], False))


def zaps_at_origin(p: Page) -> tuple[e.Update, ...]:
    """The origin drops its copy and all that it knew of the page, which is empty from now on."""
    return (
        put(pte[p, ORIGIN], Pte.none),
        put(distributed[p], False),
        for_each(Kernel, lambda k: put(owner[p, k], False)),
        erases(p),
    )


def is_mapped(p: Page, k: Kernel) -> Bool:
    """The page is in an area of node k."""
    return area[p, k] != Area.none


# --- throwing a page away, as built --------------------------------------------------------------


@action(only=(DISCARD_BY_ORIGIN, "off"))
def discard_at_home(t: Task, p: Page) -> Step:
    """A thread at the origin throws a page away: the origin's copy goes.

    Source: mm/madvise.c:madvise_dontneed_free; kernel/popcorn/page_server.c:page_server_zap_pte
    Tag: claimed
    """
    return when(runs(t, ORIGIN), may_zap(p, ORIGIN), pte[p, ORIGIN] != Pte.none)(*zaps_at_origin(p))


@action(only=(DISCARD_BY_ORIGIN, "off"))
def discard_here(t: Task, p: Page, k: Kernel) -> Step:
    """A thread on a remote throws a page away: its node's copy goes first.

    Source: mm/madvise.c, kernel/popcorn/vma_server.c:vma_server_madvise_remote
    Tag: claimed
    """
    return when(runs(t, k), k != ORIGIN, may_zap(p, k), pte[p, k] != Pte.none)(
        *zaps(p, k), *calls(t, p, Doing.discarding)
    )


@action(fair=Fair.STRONG, only=(DISCARD_BY_ORIGIN, "off"))
def discard_for_remote(t: Task, p: Page) -> Step:
    """The shadow of a thread on a remote does the same at the origin, and the call is over.

    Source: kernel/popcorn/vma_server.c:__process_vma_op_at_origin
    Tag: claimed
    """
    return when(is_in_call(t, p, Doing.discarding), may_zap(p, ORIGIN))(
        *zaps_at_origin(p), *outdates_messages(p), *returns(t)
    )


# --- releasing a copy, as built ------------------------------------------------------------------


@action(only=(RELEASE_BY_ORIGIN, "off"))
def release_at_home(t: Task, p: Page) -> Step:
    """A thread at the origin releases the origin's copy.

    Source: mm/madvise.c; kernel/popcorn/page_server.c:page_server_release_page_ownership
    Tag: inferred
    """
    return when(runs(t, ORIGIN), may_read(ORIGIN), distributed[p], is_readable(p, ORIGIN))(
        put(pte[p, ORIGIN], Pte.invalid), put(owner[p, ORIGIN], False)
    )


@action(only=(RELEASE_BY_ORIGIN, "off"))
def release_here(t: Task, p: Page, k: Kernel) -> Step:
    """A thread on a remote releases its node's copy: the node forgets it first.

    Source: mm/madvise.c; kernel/popcorn/page_server.c:page_server_release_page_ownership
    Tag: claimed
    """
    return when(runs(t, k), k != ORIGIN, may_read(k), is_readable(p, k))(
        put(pte[p, k], Pte.invalid), put(mine[p, k], False), *calls(t, p, Doing.releasing)
    )


@action(fair=Fair.WEAK, only=(RELEASE_BY_ORIGIN, "off"))
def release_for_remote(t: Task, p: Page, k: Kernel) -> Step:
    """The shadow of the thread clears the node's bit at the origin, and the call is over.

    Source: kernel/popcorn/vma_server.c:__process_vma_op_at_origin
    Tag: claimed
    """
    return when(is_in_call(t, p, Doing.releasing), at[t] == k, may_read(ORIGIN))(
        put(owner[p, k], False), *returns(t)
    )


# --- both, repaired ------------------------------------------------------------------------------


@action(only=(DISCARD_BY_ORIGIN, "on"))
def ask_to_discard(t: Task, p: Page, k: Kernel) -> Step:
    """A thread throws a page away, wherever it is: the origin is asked to see to it.

    Source: kernel/popcorn/vma_server.c:vma_server_madvise_remote
    Tag: inferred
    """
    return when(runs(t, k), may_read(k), is_mapped(p, k))(*calls(t, p, Doing.discarding))


@action(only=(RELEASE_BY_ORIGIN, "on"))
def ask_to_release(t: Task, p: Page, k: Kernel) -> Step:
    """A thread on a remote releases its node's copy: the origin is asked to see to it.

    Source: kernel/popcorn/vma_server.c:vma_server_madvise_remote
    Tag: inferred
    """
    return when(runs(t, k), k != ORIGIN, may_read(k), is_readable(p, k))(
        *calls(t, p, Doing.releasing)
    )


@action(fair=Fair.STRONG, only=(DISCARD_BY_ORIGIN, "on"))
def take_page_back(t: Task, p: Page) -> Step:
    """The origin opens a handle for a page that is thrown away, and has all others drop it.

    Source: kernel/popcorn/page_server.c:__claim_local_page
    Tag: inferred
    """
    return when(
        is_in_call(t, p, Doing.discarding), may_read(ORIGIN), is_free(p, ORIGIN),
        is_mapped(p, ORIGIN),
    )(
        put(handle[p, ORIGIN], Handle.local_write),
        put(discards[p], t),
        drops_copies(p, ORIGIN),
    )  # fmt: skip


@action(fair=Fair.STRONG, only=(DISCARD_BY_ORIGIN, "on"))
def discard_nothing(t: Task, p: Page) -> Step:
    """The page has been unmapped in the meantime: the call fails.

    Source: mm/madvise.c:do_madvise
    Tag: inferred
    """
    return when(
        is_in_call(t, p, Doing.discarding), discards[p] != t, may_read(ORIGIN),
        ~is_mapped(p, ORIGIN),
    )(*returns(t))  # fmt: skip


@action(fair=Fair.WEAK, only=(DISCARD_BY_ORIGIN, "on"))
def discard_everywhere(t: Task, p: Page) -> Step:
    """Nobody else has the page any more: the origin throws it away, and the call is over.

    Nothing is on its way either: who was told to drop its copy had got what was on its way to it.

    Source: kernel/popcorn/page_server.c:page_server_zap_pte
    Tag: inferred
    """
    return when(is_in_call(t, p, Doing.discarding), discards[p] == t, is_answered(p))(
        *zaps_at_origin(p), *call_leaves(t, p)
    )


@action(fair=Fair.STRONG, only=(RELEASE_BY_ORIGIN, "on"))
def take_copy_back(t: Task, p: Page, k: Kernel) -> Step:
    """The origin has a copy as well: it opens a handle and has the remote drop its own.

    Source: kernel/popcorn/page_server.c:__claim_local_page
    Tag: inferred
    """
    return when(
        is_in_call(t, p, Doing.releasing), at[t] == k, k != ORIGIN, may_read(ORIGIN),
        is_free(p, ORIGIN), owner[p, k], owner[p, ORIGIN],
    )(
        put(handle[p, ORIGIN], Handle.local_read), put(discards[p], t),
        put(recall[p, k], Recall.invalidate), put(owner[p, k], False), put(awaited[p, k], True),
    )  # fmt: skip


@action(fair=Fair.WEAK, only=(RELEASE_BY_ORIGIN, "on"))
def copy_is_released(t: Task, p: Page) -> Step:
    """The remote has dropped its copy, and the call is over.

    Source: kernel/popcorn/vma_server.c:__process_vma_op_at_origin
    Tag: inferred
    """
    return when(is_in_call(t, p, Doing.releasing), discards[p] == t, is_answered(p))(
        *call_leaves(t, p)
    )


@action(fair=Fair.STRONG, only=(RELEASE_BY_ORIGIN, "on"))
def keep_copy(t: Task, p: Page, k: Kernel) -> Step:
    """The remote's copy is the only one, or gone by now: the advice is not followed.

    Source: kernel/popcorn/vma_server.c:__process_vma_op_at_origin
    Tag: inferred
    """
    return when(
        is_in_call(t, p, Doing.releasing), at[t] == k, may_read(ORIGIN), is_free(p, ORIGIN),
        ~owner[p, k] | ~owner[p, ORIGIN],
    )(*returns(t))  # fmt: skip


ADVICE = (
    discard_at_home,
    discard_here,
    discard_for_remote,
    release_at_home,
    release_here,
    release_for_remote,
    ask_to_discard,
    ask_to_release,
    take_page_back,
    discard_nothing,
    discard_everywhere,
    take_copy_back,
    copy_is_released,
    keep_copy,
)
