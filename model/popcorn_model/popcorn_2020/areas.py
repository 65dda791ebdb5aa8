"""Areas (VMAs) and how a remote learns of them.

The origin has all areas of the process. A remote begins without any: a thread that touches a page
in no area asks its shadow. The first to ask for a page leads, others of its node follow and share
what it gets. The leader maps what it was told only where its node has no area yet; to do so it
tries for the semaphore, and does not queue for it, so that readers always get in.

An area is one page here, and what a call is about is in the cells of the thread that calls.
"""

from popcorn_model.language import (
    Bool,
    Fair,
    Step,
    action,
    every,
    for_each,
    given,
    maybe,
    nothing,
    put,
    some,
    state,
    take,
    when,
)
from popcorn_model.language import expr as e
from popcorn_model.popcorn_2020.messages import Wire
from popcorn_model.popcorn_2020.semaphore import has_readers, may_read
from popcorn_model.popcorn_2020.shadows import empties_mailbox, opens
from popcorn_model.popcorn_2020.sorts import ORIGIN, Area, Call, Kernel, Mail, Operation, Page, Task
from popcorn_model.popcorn_2020.tasks import area, at, call, runs
from popcorn_model.popcorn_2020.thread_states import sender
from popcorn_model.popcorn_2020.transport import channel, post

operation = state(
    "operation", Task, of=Operation, start=Operation.none, doc="which operation it has called"
)
about = state("about", Task, of=maybe(Page), start=nothing, doc="the page that its call is about")
got = state("got", Task, of=Area, start=Area.none, doc="what it was told of the page's area")
misled = state(
    "misled", Task, of=Bool, start=False,
    doc="history: a call of the thread has returned an address that the origin has not chosen",
)  # fmt: skip

FETCHES = (Call.fetching, Call.following, Call.installing)


def begins(t: Task, p: Page, how: Call, what: Operation) -> tuple[e.Update, ...]:
    """Thread t is in a call about page p from now on."""
    return (put(call[t], how), put(about[t], p), put(operation[t], what))


def ends(t: Task) -> tuple[e.Update, ...]:
    """The call of thread t is over."""
    return (put(call[t], Call.none), put(about[t], nothing), put(operation[t], Operation.none))


def leads_fetch(u: Task, p: Page, k: Kernel) -> Bool:
    """Thread u has asked for the area of page p, for all of node k."""
    return (at[u] == k) & (about[u] == p) & call[u].among(Call.fetching, Call.installing)


def is_fetched(p: Page, k: Kernel) -> Bool:
    """Some thread of node k has asked for the area of page p already."""
    return some(Task, lambda u: leads_fetch(u, p, k))


@action
def ask_for_area(t: Task, p: Page, k: Kernel) -> Step:
    """A thread on a remote touches a page in no area and asks for it, the first of its node.

    Source: kernel/popcorn/vma_server.c:vma_server_fetch_vma
    Tag: claimed
    """
    return when(
        runs(t, k), k != ORIGIN, may_read(k), area[p, k] == Area.none, ~is_fetched(p, k)
    )(
        *begins(t, p, Call.fetching, Operation.none),
        post(k, ORIGIN, Wire.vma_info_request(task=t)),
    )  # fmt: skip


@action
def follow_fetch(t: Task, p: Page, k: Kernel) -> Step:
    """A thread touches a page whose area another of its node has asked for, and sleeps.

    Source: kernel/popcorn/vma_server.c:vma_server_fetch_vma
    Tag: claimed
    """
    return when(runs(t, k), k != ORIGIN, may_read(k), area[p, k] == Area.none, is_fetched(p, k))(
        *begins(t, p, Call.following, Operation.none)
    )


@action(fair=Fair.STRONG)
def answer_about_area(t: Task, p: Page, k: Kernel) -> Step:
    """The shadow looks the page up, under the semaphore, and tells the remote.

    Source: kernel/popcorn/vma_server.c:process_vma_info_request
    Tag: claimed
    """
    return when(opens(t, Mail.vma_info), sender[t] == k, about[t] == p, may_read(ORIGIN))(
        *empties_mailbox(t),
        post(ORIGIN, k, Wire.vma_info_response(task=t, area=area[p, ORIGIN])),
    )


@action(fair=Fair.WEAK)
def take_area(t: Task, k: Kernel, a: Area) -> Step:
    """The answer arrives; the leader is woken and tries for the semaphore.

    Source: kernel/popcorn/vma_server.c:handle_vma_info_response
    Tag: claimed
    """
    return when(channel[ORIGIN, k].arrives(Wire.vma_info_response(task=t, area=a)))(
        take(channel[ORIGIN, k]), put(got[t], a), put(call[t], Call.installing)
    )


def wakes_fetchers(t: Task, p: Page, k: Kernel) -> tuple[e.Update, ...]:
    """The leader and those who follow it are through."""

    def through(u: Task) -> Bool:
        return (u == t) | ((at[u] == k) & (about[u] == p) & (call[u] == Call.following))

    return (for_each(Task, lambda u: given(through(u))(*ends(u))),)


@action(fair=Fair.STRONG)
def install_area(t: Task, p: Page, k: Kernel) -> Step:
    """The leader maps the area if its node has none by now, and wakes its followers.

    If there is no such area, all of them fail: a signal, which a program may survive.

    Source: kernel/popcorn/vma_server.c:__update_vma, vma_server_fetch_vma
    Tag: claimed
    """
    free = may_read(k) & ~has_readers(k)
    return when(call[t] == Call.installing, at[t] == k, about[t] == p,
                (got[t] == Area.none) | free)(
        given(area[p, k] == Area.none)(put(area[p, k], got[t])),
        put(got[t], Area.none),
        *wakes_fetchers(t, p, k),
    )  # fmt: skip


def voids_answers(p: Page, k: Kernel, lowered: Area) -> e.Update:
    """Repaired: what a leader of node k has been told of page p, and not mapped, is lowered too."""
    return for_each(Task, lambda u: given(
        (at[u] == k) & (about[u] == p) & (call[u] == Call.installing) & (got[u] != Area.none)
    )(put(got[u], lowered)))  # fmt: skip


def is_undisturbed(p: Page) -> Bool:
    """No thread is in an operation on page p: programs do not let their operations overlap."""
    return every(Task, lambda u: (about[u] != p) | (operation[u] == Operation.none))


def is_full() -> Bool:
    """The origin has no page to map anything at."""
    return every(Page, lambda p: (area[p, ORIGIN] != Area.none) | ~is_undisturbed(p))
