"""What the pages promise, by the numbers of the design's list of invariants.

S1 and S2 are what programs see; the others say how the protocol brings it about. What handles and
messages promise stands in handle_properties. Pages are memory of the process alone: that a file's
page is copied once before it is written to (S27) is not followed.
"""

from popcorn_model.language import (
    Bool,
    LeadsTo,
    Property,
    always,
    eventually,
    every,
    leads_to,
    some,
    sometimes,
)
from popcorn_model.popcorn_2020.copies import (
    distributed,
    fresh,
    is_owned_elsewhere,
    is_readable,
    mine,
    owner,
    pte,
)
from popcorn_model.popcorn_2020.handles import (
    discards,
    handle,
    is_for_remote,
    is_free,
    is_left,
    is_to_write,
    leads,
    serves,
    works,
)
from popcorn_model.popcorn_2020.messages import Answer, Recall, Reply
from popcorn_model.popcorn_2020.origin_faults import is_answered
from popcorn_model.popcorn_2020.origin_serving import is_taken_up, wants_to_write
from popcorn_model.popcorn_2020.page_traffic import (
    answer,
    held,
    recall,
    reply,
)
from popcorn_model.popcorn_2020.remote_faults import may_fault
from popcorn_model.popcorn_2020.sorts import ORIGIN, Access, Doing, Handle, Kernel, Page, Pte, Task
from popcorn_model.popcorn_2020.tasks import doing, is_sound


def is_coming(p: Page, k: Kernel) -> Bool:
    """The page, or leave to write it, is on its way to node k."""
    return reply[p, k].among(Reply.data, Reply.stale, Reply.grant)


def is_quiet(p: Page) -> Bool:
    """The page is distributed, and the origin has no handle for it."""
    return distributed[p] & is_free(p, ORIGIN)


def is_left_by_leader(p: Page) -> Bool:
    """The leader of the origin's handle has left it to its followers, or there is no handle."""
    return ~works(p, ORIGIN) & every(Task, lambda u: ~leads(u, p, ORIGIN))


# --- what programs see -------------------------------------------------------------------------


@always(number="S1")
def one_writer(p: Page, j: Kernel, k: Kernel) -> Bool:
    """Where one node may write a page, no other may read it.

    Tag: claimed
    """
    return ((pte[p, j] == Pte.write) & is_readable(p, k)).implies(j == k)


@always(number="S2")
def readers_see_writes(p: Page, k: Kernel) -> Bool:
    """Whoever can read a page reads what was last written to it.

    Tag: claimed
    """
    return is_readable(p, k).implies(fresh[p, k])


# --- the directory -----------------------------------------------------------------------------


@always(number="S3")
def directory_covers(p: Page, k: Kernel) -> Bool:
    """While the origin is through with a page, it knows every node that can read it.

    Tag: relied
    """
    return (is_quiet(p) & is_readable(p, k)).implies(owner[p, k])


@always(number="S3")
def directory_is_exact(p: Page, k: Kernel) -> Bool:
    """A node that the origin takes for an owner is one, or will be when its reply comes.

    Tag: relied
    """
    return (is_quiet(p) & owner[p, k] & is_sound(k)).implies(is_readable(p, k) | is_coming(p, k))


@always(number="S4")
def somebody_owns(p: Page) -> Bool:
    """While the origin is through with a page, somebody owns it.

    Tag: relied
    """
    return is_quiet(p).implies(some(Kernel, lambda k: owner[p, k]))


@always(number="S4")
def claims_find_an_owner(t: Task, p: Page, a: Access) -> Bool:
    """When the origin is about to claim a page from a remote, a remote owns it.

    The code chooses one of so many, and divides by their number.

    Tag: claimed
    """
    asked = some(Kernel, lambda k: is_taken_up(p, k) & ~owner[p, k])
    wanted_here = may_fault(t, p, ORIGIN, a) & is_free(p, ORIGIN)
    claims = is_quiet(p) & ~owner[p, ORIGIN] & (asked | wanted_here)
    return claims.implies(some(Kernel, lambda k: is_owned_elsewhere(p, k)))


@always(number="S5")
def sharers_include_origin(p: Page, j: Kernel, k: Kernel) -> Bool:
    """Where two nodes share a page, the origin is one of the sharers.

    Tag: relied
    """
    return (owner[p, j] & owner[p, k] & (j != k)).implies(owner[p, ORIGIN])


@always(number="S6")
def lone_owner_writes(p: Page, k: Kernel) -> Bool:
    """A remote that owns a page alone may write it, as soon as nothing is on its way.

    Tag: inferred
    """
    alone = owner[p, k] & every(Kernel, lambda j: (j == k) | ~owner[p, j]) & (k != ORIGIN)
    settled = is_quiet(p) & ~is_coming(p, k) & is_sound(k)
    return (alone & settled).implies(pte[p, k] == Pte.write)


@always(number="S7")
def owners_do_not_ask_to_read(p: Page, k: Kernel) -> Bool:
    """No request to read that the origin begins to serve is from an owner.

    Tag: claimed
    """
    begins = is_taken_up(p, k) & is_free(p, ORIGIN) & ~wants_to_write(p, k)
    return (begins & distributed[p]).implies(~owner[p, k])


@always(number="S26")
def frames_stay_under_handles(p: Page) -> Bool:
    """While the origin shares a page or takes it back, it has a frame for it.

    Tag: relied
    """
    busy = ~is_left_by_leader(p) & discards[p].is_nothing
    return busy.implies(pte[p, ORIGIN] != Pte.none)


@always(number="S26")
def what_counts_is_kept(p: Page, k: Kernel) -> Bool:
    """A node that has what was last written has a frame for it.

    Tag: relied
    """
    return fresh[p, k].implies(pte[p, k] != Pte.none)


# --- recalls -----------------------------------------------------------------------------------


@always(number="S8")
def only_owners_are_asked(p: Page, k: Kernel) -> Bool:
    """A node that the origin asks for a page is an owner.

    Tag: claimed
    """
    return recall[p, k].among(Recall.read, Recall.write).implies(owner[p, k])


@always(number="S9")
def servers_own(p: Page, k: Kernel) -> Bool:
    """A remote that serves a request for a page owns its copy.

    Tag: claimed
    """
    return (is_for_remote(p, k) & (k != ORIGIN)).implies(mine[p, k] & is_readable(p, k))


@always(number="S10")
def what_is_dropped_is_there(p: Page, k: Kernel) -> Bool:
    """An invalidation that is carried out finds the page mapped.

    Tag: claimed
    """
    now = is_free(p, k) | (held[p, k] & is_left(p, k))
    return ((recall[p, k] == Recall.invalidate) & now & is_sound(k)).implies(is_readable(p, k))


@always(number="S11")
def grants_are_for_copies(p: Page, k: Kernel) -> Bool:
    """Leave to write goes to a node that owns a copy and has asked to write.

    Tag: claimed
    """
    return (is_sound(k) & (reply[p, k] == Reply.grant)).implies(
        is_readable(p, k) & (handle[p, k] == Handle.local_write)
    )


@always(number="S12")
def writers_wait_for_all(p: Page, k: Kernel) -> Bool:
    """When the origin gives a page to a writer, nobody else can read it.

    Tag: claimed
    """
    decides = is_to_write(p, ORIGIN) & is_answered(p) & ~is_left_by_leader(p)
    others = (k != ORIGIN) & (serves[p] != k)
    return (decides & others).implies(~is_readable(p, k))


@always(number="S13")
def acknowledged_is_dropped(p: Page, k: Kernel) -> Bool:
    """A node that has said that it has dropped its copy has dropped it.

    Tag: claimed
    """
    return (answer[p, k] == Answer.ack).implies(~is_readable(p, k) & ~mine[p, k])


@always(number="S14")
def told_is_no_owner(p: Page, k: Kernel) -> Bool:
    """A node that is told to drop its copy is no owner for the origin any more.

    Tag: relied
    """
    return (recall[p, k] == Recall.invalidate).implies(~owner[p, k])


# --- liveness and vacuity ----------------------------------------------------------------------


@eventually(number="L1")
def every_fault_ends(t: Task) -> LeadsTo:
    """A thread in a fault leaves it, served or told to try again.

    Tag: inferred
    """
    return leads_to(doing[t] != Doing.running, doing[t] == Doing.running)


@eventually(number="L2")
def every_recall_is_answered(p: Page, k: Kernel) -> LeadsTo:
    """What the origin asks of a node is done.

    Tag: relied
    """
    return leads_to(recall[p, k] != Recall.none, recall[p, k] == Recall.none)


@sometimes()
def page_is_shared_by_remotes(p: Page, j: Kernel, k: Kernel) -> Bool:
    """Two remotes can read a page."""
    return is_readable(p, j) & is_readable(p, k) & (j != k) & (j != ORIGIN) & (k != ORIGIN)


@sometimes()
def remote_writes(p: Page, k: Kernel) -> Bool:
    """A remote can write a page."""
    return (pte[p, k] == Pte.write) & (k != ORIGIN)


@sometimes()
def recall_overtakes_reply(p: Page, k: Kernel) -> Bool:
    """A node is told to drop a copy that is still on its way to it."""
    return (recall[p, k] == Recall.invalidate) & is_coming(p, k)


@sometimes()
def all_threads_run() -> Bool:
    """No thread is in a fault; a run may end here."""
    return every(Task, lambda t: doing[t] == Doing.running)


PAGE_PROPERTIES: tuple[Property, ...] = (
    one_writer,
    readers_see_writes,
    directory_covers,
    directory_is_exact,
    somebody_owns,
    claims_find_an_owner,
    frames_stay_under_handles,
    what_counts_is_kept,
    sharers_include_origin,
    lone_owner_writes,
    owners_do_not_ask_to_read,
    only_owners_are_asked,
    servers_own,
    what_is_dropped_is_there,
    grants_are_for_copies,
    writers_wait_for_all,
    acknowledged_is_dropped,
    told_is_no_owner,
    every_fault_ends,
    every_recall_is_answered,
    page_is_shared_by_remotes,
    remote_writes,
    recall_overtakes_reply,
    all_threads_run,
)
