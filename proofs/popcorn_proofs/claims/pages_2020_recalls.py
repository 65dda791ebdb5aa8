"""What the origin waits for before it decides: lemmas about the pages of popcorn-2020."""

from popcorn_model.language import Bool, Property, always
from popcorn_model.popcorn_2020.copies import fresh, is_readable, owner, pte
from popcorn_model.popcorn_2020.handle_properties import one_answer_is_due
from popcorn_model.popcorn_2020.handles import discards, handle, is_free, is_to_write, leads, serves
from popcorn_model.popcorn_2020.messages import Answer, Recall
from popcorn_model.popcorn_2020.origin_faults import awaited
from popcorn_model.popcorn_2020.page_properties import is_coming
from popcorn_model.popcorn_2020.page_traffic import answer, recall
from popcorn_model.popcorn_2020.sorts import ORIGIN, Doing, Handle, Kernel, Page, Pte, Task
from popcorn_model.popcorn_2020.tasks import doing
from popcorn_proofs.claims.pages_2020_terms import (
    has_source,
    is_asked_for,
    is_woken,
    writes,
)


@always()
def awaited_under_a_handle(p: Page, k: Kernel, t: Task) -> Bool:
    """Answers are awaited, of remotes, by the leader of the origin's handle."""
    left = is_woken(t, p, ORIGIN)
    return awaited[p, k].implies(~is_free(p, ORIGIN) & (k != ORIGIN) & ~left)


@always()
def told_once(p: Page, k: Kernel) -> Bool:
    """Who is told to drop its copy is no owner any more; a writer is only if a call wants that."""
    told = recall[p, k] == Recall.invalidate
    return told.implies(~owner[p, k] & writes(p, k).implies(discards[p].exists))


@always()
def asked_owners_stay_owners(p: Page, k: Kernel) -> Bool:
    """Who is asked for the page stays an owner until the page has come."""
    return is_asked_for(p, k).implies(owner[p, k])


@always()
def asked_for_what_is_wanted(p: Page, k: Kernel) -> Bool:
    """The page is recalled to be written just if the origin's handle is to write."""
    to_read = (recall[p, k] == Recall.read).implies(~is_to_write(p, ORIGIN))
    return to_read & (recall[p, k] == Recall.write).implies(is_to_write(p, ORIGIN))


@always()
def servers_can_read(p: Page, k: Kernel) -> Bool:
    """A remote that serves the origin's request can read the page."""
    serving = handle[p, k].among(Handle.remote_read, Handle.remote_write) & (k != ORIGIN)
    return serving.implies(is_readable(p, k))


@always()
def who_has_answered_has_done_it(p: Page, k: Kernel) -> Bool:
    """After an answer the node cannot write, nor read where the origin is to write."""
    dropped = (answer[p, k] == Answer.ack) | is_to_write(p, ORIGIN)
    done = ~is_coming(p, k) & (pte[p, k] != Pte.write) & dropped.implies(~is_readable(p, k))
    return (answer[p, k] != Answer.none).implies(done)


@always()
def the_served_is_not_asked(p: Page, k: Kernel) -> Bool:
    """The node whose request is served is asked for nothing, and owns no page it wants to read."""
    new = (handle[p, ORIGIN] == Handle.remote_read).implies(~owner[p, k])
    return (serves[p] == k).implies(~awaited[p, k] & new)


@always()
def others_are_awaited_for_a_remote(p: Page, j: Kernel, k: Kernel) -> Bool:
    """Who owns a page that is to be written by a remote is that, or the origin, or awaited."""
    others = owner[p, j] & (j != k) & (j != ORIGIN)
    return ((serves[p] == k) & is_to_write(p, ORIGIN) & others).implies(awaited[p, j])


@always()
def others_are_awaited_for_a_thread(p: Page, k: Kernel, t: Task) -> Bool:
    """Who owns a page that is to be written by a thread at the origin is that, or awaited."""
    others = owner[p, k] & (k != ORIGIN)
    return (leads(t, p, ORIGIN) & is_to_write(p, ORIGIN) & others).implies(awaited[p, k])


@always()
def who_throws_away_owns_alone(p: Page, k: Kernel, t: Task) -> Bool:
    """While a page is being thrown away no remote owns it."""
    thrown = (discards[p] == t) & (doing[t] == Doing.discarding)
    return (thrown & owner[p, k]).implies(k == ORIGIN)


@always()
def writers_are_awaited(p: Page, k: Kernel, t: Task) -> Bool:
    """While the origin has a page in hand, a remote that can write it has not answered yet."""
    in_hand = serves[p].exists | leads(t, p, ORIGIN)
    return (in_hand & writes(p, k) & (k != ORIGIN)).implies(awaited[p, k])


@always()
def the_origin_has_what_it_gives(p: Page, k: Kernel) -> Bool:
    """While the origin serves who has no copy, its own is current, or another was asked for."""
    return ((serves[p] == k) & ~owner[p, k]).implies(fresh[p, ORIGIN] | has_source(p))


@always()
def the_origin_has_what_it_maps(p: Page, t: Task) -> Bool:
    """While a thread at the origin waits, its node's copy is current, or another was asked for."""
    return leads(t, p, ORIGIN).implies(fresh[p, ORIGIN] | has_source(p))


RECALL_LEMMAS: tuple[Property, ...] = (
    one_answer_is_due,
    awaited_under_a_handle,
    told_once,
    asked_owners_stay_owners,
    asked_for_what_is_wanted,
    servers_can_read,
    who_has_answered_has_done_it,
    the_served_is_not_asked,
    others_are_awaited_for_a_remote,
    others_are_awaited_for_a_thread,
    who_throws_away_owns_alone,
    writers_are_awaited,
    the_origin_has_what_it_gives,
    the_origin_has_what_it_maps,
)
