"""A remote does what the origin recalls: it drops its copy, or sends it and keeps it or drops it.

A recall can arrive before the page does that it is about, because the origin is through with a
request before it sends the reply. The remote's handle is still open then. An invalidation marks
it, waits until its last holder has left, and closes it; a request for the page waits until it is
closed and looks again.

A worker looks at a page and finds a handle or none; what it does then are two actions here. So
fair runs owe them more than other actions: that the handle comes and goes keeps no worker from
looking.
"""

from popcorn_model.language import Bool, Fair, Step, action, ite, only, put, when
from popcorn_model.language import expr as e
from popcorn_model.popcorn_2020.conflicts import Reaction, request_meets
from popcorn_model.popcorn_2020.copies import fresh, mine, pte
from popcorn_model.popcorn_2020.handles import (
    closes_marked,
    handle,
    is_for_remote,
    is_free,
    is_left,
    is_to_write,
    worker_leaves,
)
from popcorn_model.popcorn_2020.messages import Answer, Recall
from popcorn_model.popcorn_2020.page_switches import CLOSE_ON_ERROR
from popcorn_model.popcorn_2020.page_traffic import answer, held, is_marked, recall
from popcorn_model.popcorn_2020.semaphore import may_read
from popcorn_model.popcorn_2020.sorts import ORIGIN, Doing, Handle, Kernel, Page, Pte, Standing
from popcorn_model.popcorn_2020.tasks import standing


def may_work(k: Kernel) -> Bool:
    """A worker of node k finds the task that a recall is for, and gets the semaphore to read."""
    return may_read(k) & (standing[k] == Standing.sound)


def is_asked(p: Page, k: Kernel) -> Bool:
    """A worker of node k has the origin's request for page p and the semaphore to read."""
    return recall[p, k].among(Recall.read, Recall.write) & ~held[p, k] & may_work(k)


def is_told(p: Page, k: Kernel) -> Bool:
    """A worker of node k has the origin's word to drop page p and the semaphore to read."""
    return (recall[p, k] == Recall.invalidate) & ~held[p, k] & may_work(k)


@action(fair=Fair.STRONG)
def serve_page(p: Page, k: Kernel) -> Step:
    """A remote takes up the origin's request for its page, under a handle.

    Source: kernel/popcorn/page_server.c:__handle_remotefault_at_remote
    Tag: claimed
    """
    return when(is_asked(p, k), is_free(p, k))(
        put(handle[p, k],
            ite(recall[p, k] == Recall.write, Handle.remote_write, Handle.remote_read)),
    )  # fmt: skip


@action(fair=Fair.STRONG)
def wait_to_serve(p: Page, k: Kernel) -> Step:
    """The worker finds a thread's handle in its way, and sleeps until that is closed.

    Source: kernel/popcorn/page_server.c:__start_fault_handling
    Tag: claimed
    """
    to_write = recall[p, k] == Recall.write
    return when(is_asked(p, k), request_meets(p, k, to_write, Reaction.WAIT))(put(held[p, k], True))


@action(fair=Fair.WEAK)
def send_page(p: Page, k: Kernel) -> Step:
    """The remote stops writing to its copy, or drops it, and sends the page to the origin.

    Source: kernel/popcorn/page_server.c:__handle_remotefault_at_remote
    Tag: claimed
    """
    drops = is_to_write(p, k)
    return when(is_for_remote(p, k), k != ORIGIN, pte[p, k] != Pte.none)(
        put(pte[p, k], ite(drops, Pte.invalid, Pte.read)),
        put(mine[p, k], ~drops),
        put(recall[p, k], Recall.none),
        put(answer[p, k], ite(fresh[p, k], Answer.data, Answer.stale)),
        *worker_leaves(p, k, ORIGIN, Doing.served),
    )


@action(fair=Fair.WEAK)
def find_nothing_to_send(p: Page, k: Kernel) -> Step:
    """The remote has no copy: the request fails. As built the handle stays open for ever.

    Source: kernel/popcorn/page_server.c:__handle_remotefault_at_remote
    Tag: inferred
    """
    asked = is_for_remote(p, k) & (k != ORIGIN) & (recall[p, k] != Recall.none)
    return when(asked, pte[p, k] == Pte.none)(
        put(recall[p, k], Recall.none),
        put(answer[p, k], Answer.failure),
        only(CLOSE_ON_ERROR, "on", *worker_leaves(p, k, ORIGIN, Doing.refused)),
    )


def _drops(p: Page, k: Kernel) -> tuple[e.Update, ...]:
    return (
        put(mine[p, k], False),
        put(pte[p, k], Pte.invalid),
        put(recall[p, k], Recall.none),
        put(answer[p, k], Answer.ack),
    )


@action(fair=Fair.STRONG)
def invalidate(p: Page, k: Kernel) -> Step:
    """A remote drops its copy, as the origin has told it, and says so.

    Source: kernel/popcorn/page_server.c:__do_invalidate_page
    Tag: claimed
    """
    return when(is_told(p, k), is_free(p, k))(*_drops(p, k))


@action(fair=Fair.STRONG)
def defer_invalidation(p: Page, k: Kernel) -> Step:
    """A remote that is to drop its copy finds a handle open: it marks it and waits for its end.

    Source: kernel/popcorn/page_server.c:__start_invalidation
    Tag: claimed
    """
    return when(is_told(p, k), ~is_free(p, k))(put(held[p, k], True))


@action(fair=Fair.WEAK)
def invalidate_at_last(p: Page, k: Kernel) -> Step:
    """The last holder of a marked handle has left: the copy is dropped and the handle closed.

    Source: kernel/popcorn/page_server.c:__do_invalidate_page, __finish_invalidation
    Tag: claimed
    """
    return when(is_marked(p, k), is_left(p, k))(*_drops(p, k), *closes_marked(p, k))
