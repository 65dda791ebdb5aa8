"""The origin serves a remote's request: under a handle of its own, with the copies of others.

A worker that finds the page busy answers "try again", at once or when the handle that it met is
closed, as the table of conflicts says: it never waits for a page with a request in its hand for
longer than that one handle. The handle of a request is closed before the reply is sent, so a
later recall can reach the remote before the reply does; there the remote's own handle, still open,
makes it wait.

Workers take up requests while handles come and go; see remote_serving on what fair runs owe them.
"""

from popcorn_model.language import TRUE, Bool, Fair, Step, action, given, ite, nothing, put, when
from popcorn_model.language import expr as e
from popcorn_model.popcorn_2020.conflicts import Reaction, request_meets
from popcorn_model.popcorn_2020.copies import (
    distributed,
    fresh,
    is_at_origin,
    is_owned_elsewhere,
    owner,
    pte,
    unreadable,
)
from popcorn_model.popcorn_2020.handles import (
    failed,
    handle,
    is_free,
    is_to_write,
    serves,
    worker_leaves,
)
from popcorn_model.popcorn_2020.messages import Reply, Request
from popcorn_model.popcorn_2020.origin_faults import (
    awaited,
    claims_page,
    drops_copies,
    has_failed,
    has_succeeded,
    is_one_of_many,
)
from popcorn_model.popcorn_2020.page_switches import ASK_THE_SOURCE, CLAIM_LOCAL, PASS_ON_FAILURE
from popcorn_model.popcorn_2020.page_traffic import parked, reply, request
from popcorn_model.popcorn_2020.semaphore import may_read
from popcorn_model.popcorn_2020.sorts import ORIGIN, Access, Doing, Handle, Kernel, Page, Pte
from popcorn_model.popcorn_2020.tasks import allows


def wants_to_write(p: Page, k: Kernel) -> Bool:
    """Node k's request for page p is one to write it."""
    return request[p, k] == Request.write


def is_in_area(p: Page, k: Kernel) -> Bool:
    """The origin's areas allow what node k's request asks for."""
    wanted = ite(wants_to_write(p, k), Access.write, Access.read)
    return allows(p, ORIGIN, wanted)


def _is_at_hand(p: Page, k: Kernel) -> Bool:
    return (request[p, k] != Request.none) & ~parked[p, k] & may_read(ORIGIN)


def is_taken_up(p: Page, k: Kernel) -> Bool:
    """A worker at the origin has node k's request for page p and the semaphore to read."""
    return _is_at_hand(p, k) & is_in_area(p, k)


def _may_begin(p: Page, k: Kernel) -> Bool:
    return is_taken_up(p, k) & is_free(p, ORIGIN) & (pte[p, ORIGIN] != Pte.none)


def _begins(p: Page, k: Kernel) -> tuple[e.Update, ...]:
    return (
        put(request[p, k], Request.none),
        put(serves[p], k),
        put(handle[p, ORIGIN],
            ite(wants_to_write(p, k), Handle.remote_write, Handle.remote_read)),
    )  # fmt: skip


@action(fair=Fair.WEAK)
def touch_first(p: Page, k: Kernel) -> Step:
    """A remote asks for a page that nobody has touched: the origin gets it, as on any Linux.

    Source: kernel/popcorn/page_server.c:__handle_remotefault_at_origin, handle_pte_fault_origin
    Tag: claimed
    """
    return when(is_taken_up(p, k), pte[p, ORIGIN] == Pte.none, ~unreadable[p])(
        put(pte[p, ORIGIN], ite(wants_to_write(p, k), Pte.write, Pte.read)),
        put(fresh[p, ORIGIN], True),
    )


@action(fair=Fair.STRONG)
def serve_here(p: Page, k: Kernel) -> Step:
    """The origin has the page, or the remote has: others must drop theirs if it is to be written.

    Source: kernel/popcorn/page_server.c:__handle_remotefault_at_origin
    Tag: claimed
    """
    others = wants_to_write(p, k) & CLAIM_LOCAL.choose(on=TRUE, off=owner[p, k])
    return when(_may_begin(p, k), is_at_origin(p) | owner[p, k])(
        *_begins(p, k), given(others)(drops_copies(p, k))
    )


@action(fair=Fair.STRONG)
def serve_by_claim(p: Page, k: Kernel, x: Kernel) -> Step:
    """Another remote has the page that a remote asks for: the origin claims it first.

    Source: kernel/popcorn/page_server.c:__handle_remotefault_at_origin, __claim_remote_page
    Tag: claimed
    """
    return when(
        _may_begin(p, k), ~is_at_origin(p), ~owner[p, k], is_owned_elsewhere(p, x)
    )(*_begins(p, k), *claims_page(p, x, wants_to_write(p, k)))  # fmt: skip


@action(only=(ASK_THE_SOURCE, "off"))
def serve_from_nobody(p: Page, k: Kernel, x: Kernel) -> Step:
    """Several remotes have the page that a remote wants to read; one is chosen, and nobody asked.

    Source: kernel/popcorn/page_server.c:__claim_remote_page
    Tag: inferred
    """
    return when(_may_begin(p, k), ~owner[p, k], ~wants_to_write(p, k), is_one_of_many(p, x))(
        *_begins(p, k), put(awaited[p, x], True)
    )


@action(fair=Fair.STRONG)
def park_request(p: Page, k: Kernel) -> Step:
    """The worker finds a handle in its way, and sleeps until that is closed.

    Source: kernel/popcorn/page_server.c:__start_fault_handling
    Tag: claimed
    """
    return when(
        is_taken_up(p, k), request_meets(p, ORIGIN, wants_to_write(p, k), Reaction.WAIT)
    )(put(parked[p, k], True))  # fmt: skip


@action(fair=Fair.STRONG)
def refuse_request(p: Page, k: Kernel) -> Step:
    """The worker finds a handle in its way and tells the remote to try again.

    Source: kernel/popcorn/page_server.c:__handle_remotefault_at_origin
    Tag: claimed
    """
    return when(
        is_taken_up(p, k), request_meets(p, ORIGIN, wants_to_write(p, k), Reaction.RETRY)
    )(put(request[p, k], Request.none), put(reply[p, k], Reply.retry))  # fmt: skip


@action(fair=Fair.STRONG)
def give_up_on_semaphore(p: Page, k: Kernel) -> Step:
    """Somebody changes areas at the origin: the worker tells the remote to try again.

    Source: kernel/popcorn/page_server.c:process_remote_page_request
    Tag: claimed
    """
    return when(request[p, k] != Request.none, ~parked[p, k], ~may_read(ORIGIN))(
        put(request[p, k], Request.none), put(reply[p, k], Reply.retry)
    )


@action(fair=Fair.STRONG)
def miss_area(p: Page, k: Kernel) -> Step:
    """The page is in no area of the origin that allows it: the remote's fault fails.

    Source: kernel/popcorn/page_server.c:process_remote_page_request
    Tag: claimed
    """
    return when(_is_at_hand(p, k), ~is_in_area(p, k))(
        put(request[p, k], Request.none), put(reply[p, k], Reply.error)
    )


@action(fair=Fair.WEAK)
def reply_to_request(p: Page, k: Kernel) -> Step:
    """All answers have come: the page is the remote's, to share or alone; it gets what it lacks.

    Source: kernel/popcorn/page_server.c:__handle_remotefault_at_origin
    Tag: claimed
    """
    to_write = is_to_write(p, ORIGIN)
    page = ite(fresh[p, ORIGIN], Reply.data, Reply.stale)
    return when(serves[p] == k, k != ORIGIN, has_succeeded(p))(
        put(distributed[p], True),
        put(owner[p, k], True),
        put(owner[p, ORIGIN], ~to_write),
        put(pte[p, ORIGIN], ite(to_write, Pte.invalid, Pte.read)),
        put(reply[p, k], ite(owner[p, k], Reply.grant, page)),
        put(serves[p], nothing),
        *worker_leaves(p, ORIGIN, k, Doing.served),
    )


@action(fair=Fair.WEAK, only=(PASS_ON_FAILURE, "on"))
def report_failure(p: Page, k: Kernel) -> Step:
    """The owner could not send the page: so the remote's request fails.

    Source: kernel/popcorn/page_server.c:__handle_remotefault_at_origin
    Tag: inferred
    """
    return when(serves[p] == k, has_failed(p))(
        put(failed[p], False),
        put(reply[p, k], Reply.error),
        put(serves[p], nothing),
        *worker_leaves(p, ORIGIN, k, Doing.refused),
    )
