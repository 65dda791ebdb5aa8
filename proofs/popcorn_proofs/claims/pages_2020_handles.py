"""Who waits for what under which handle: lemmas of the proof about the pages of popcorn-2020."""

from popcorn_model.language import Bool, Property, always, every, some
from popcorn_model.popcorn_2020.copies import is_readable, pte
from popcorn_model.popcorn_2020.handle_properties import sleepers_have_a_handle
from popcorn_model.popcorn_2020.handles import (
    discards,
    handle,
    holds,
    is_for_remote,
    is_free,
    is_to_write,
    leads,
    serves,
    works,
)
from popcorn_model.popcorn_2020.messages import Recall, Reply, Request
from popcorn_model.popcorn_2020.page_traffic import parked, recall, reply, request
from popcorn_model.popcorn_2020.sorts import ORIGIN, Doing, Handle, Kernel, Page, Pte, Task
from popcorn_model.popcorn_2020.tasks import at, doing, faults, touched
from popcorn_proofs.claims.pages_2020_terms import asks, in_progress_for, is_woken


@always()
def faults_are_somewhere(t: Task) -> Bool:
    """A thread in a fault is on a node, and stays there."""
    return at[t].is_nothing.implies(doing[t] == Doing.running)


@always()
def a_handle_has_one_leader(p: Page, k: Kernel, t: Task, u: Task) -> Bool:
    """No two threads lead a handle."""
    return (leads(t, p, k) & leads(u, p, k)).implies(t == u)


@always()
def leaders_have_their_handle(p: Page, k: Kernel, t: Task) -> Bool:
    """Where a thread leads, the handle is for a fault, and the page is still lacking.

    The origin's threads lead only while they wait for answers.
    """
    lacking = (handle[p, k] == Handle.local_read).implies(~is_readable(p, k))
    writing = pte[p, k] != Pte.write
    local = handle[p, k].among(Handle.local_read, Handle.local_write)
    starting = (k == ORIGIN).implies(doing[t] == Doing.asking)
    return leads(t, p, k).implies(local & lacking & writing & starting)


@always()
def before_it_asks_nothing_is_on_its_way(p: Page, k: Kernel, t: Task) -> Bool:
    """A leader that has not asked yet has no request or reply under way."""
    begins = faults(t, p, k) & (doing[t] == Doing.leading)
    return begins.implies(~in_progress_for(p, k))


@always()
def requests_are_in_one_place(p: Page, k: Kernel) -> Bool:
    """What a node has asked is waiting, or being served, or answered: only one of these."""
    waiting, served, replied = (
        request[p, k] != Request.none,
        serves[p] == k,
        reply[p, k] != Reply.none,
    )
    return ~(waiting & served) & ~(waiting & replied) & ~(served & replied)


@always()
def who_asked_waits(p: Page, k: Kernel) -> Bool:
    """While a request is under way, being served, or answered, its leader waits on a remote.

    This is why an invalidation that has marked the handle lets the reply arrive first.
    """
    local = handle[p, k].among(Handle.local_read, Handle.local_write)
    waits = some(Task, lambda t: asks(t, p, k))
    return in_progress_for(p, k).implies(waits & local & (k != ORIGIN))


@always()
def requests_are_those_of_the_handle(p: Page, k: Kernel) -> Bool:
    """A request, and the origin's handle that serves it, are to write just if the fault is."""
    writes = handle[p, k] == Handle.local_write
    asked = (request[p, k] != Request.none).implies((request[p, k] == Request.write) == writes)
    served = (serves[p] == k).implies(is_to_write(p, ORIGIN) == writes)
    return asked & served


@always()
def served_under_a_handle(p: Page) -> Bool:
    """While the origin serves a request its handle is one for a remote."""
    return serves[p].exists.implies(is_for_remote(p, ORIGIN))


@always()
def woken_when_all_is_done(p: Page, k: Kernel, t: Task) -> Bool:
    """When followers have been woken the leader has left, and what it asked is done."""
    no_leader = every(Task, lambda u: ~leads(u, p, k))
    return is_woken(t, p, k).implies(no_leader & ~works(p, k) & ~in_progress_for(p, k))


@always()
def calls_have_the_handle(p: Page, t: Task) -> Bool:
    """A call that takes a page back leads the origin's handle, and nobody else does."""
    calls = doing[t].among(Doing.discarding, Doing.releasing) & (touched[t] == p)
    nobody = serves[p].is_nothing & every(Task, lambda u: ~leads(u, p, ORIGIN))
    return (discards[p] == t).implies(calls & nobody & ~is_free(p, ORIGIN))


@always()
def nobody_follows_a_server(p: Page, k: Kernel, t: Task) -> Bool:
    """On a remote the handle of a request is held by its worker alone."""
    return (is_for_remote(p, k) & (k != ORIGIN)).implies(~holds(t, p, k))


@always()
def servers_do_what_is_asked(p: Page, k: Kernel) -> Bool:
    """The handle of a worker on a remote says what the origin has asked of it."""
    reads = (handle[p, k] == Handle.remote_read).implies(recall[p, k] == Recall.read)
    writes = (handle[p, k] == Handle.remote_write).implies(recall[p, k] == Recall.write)
    return (k != ORIGIN).implies(reads & writes)


@always()
def who_is_parked_has_asked(p: Page, k: Kernel) -> Bool:
    """A worker that sleeps at the origin has a request in its hand."""
    return parked[p, k].implies(request[p, k] != Request.none)


HANDLE_LEMMAS: tuple[Property, ...] = (
    faults_are_somewhere,
    sleepers_have_a_handle,
    a_handle_has_one_leader,
    leaders_have_their_handle,
    before_it_asks_nothing_is_on_its_way,
    requests_are_in_one_place,
    who_asked_waits,
    requests_are_those_of_the_handle,
    served_under_a_handle,
    woken_when_all_is_done,
    calls_have_the_handle,
    nobody_follows_a_server,
    servers_do_what_is_asked,
    who_is_parked_has_asked,
)
