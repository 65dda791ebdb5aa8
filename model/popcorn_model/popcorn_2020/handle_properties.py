"""What fault handles and the messages about pages promise, by the numbers of the design's list.

Some of the list cannot fail here because of how the state is written: one handle per node and page
(S15), marks at remotes only (S16), no request from one remote to another (S24), no word for
"locked" in a reply (S19). Pages that Popcorn leaves to Linux, of programs' texts and of files that
are only read, are no pages here (S23).
"""

from popcorn_model.language import (
    Bool,
    Property,
    always,
    count,
    some,
)
from popcorn_model.popcorn_2020.conflicts import Reaction, request_meets, thread_meets
from popcorn_model.popcorn_2020.copies import distributed, is_readable, lacks, owner
from popcorn_model.popcorn_2020.handles import (
    handle,
    holds,
    is_for_remote,
    is_free,
    leads,
    serves,
    works,
)
from popcorn_model.popcorn_2020.messages import Answer, Recall, Reply, Request
from popcorn_model.popcorn_2020.origin_faults import awaited
from popcorn_model.popcorn_2020.origin_serving import is_taken_up, wants_to_write
from popcorn_model.popcorn_2020.page_traffic import (
    answer,
    held,
    is_marked,
    parked,
    recall,
    reply,
    request,
)
from popcorn_model.popcorn_2020.remote_faults import may_fault
from popcorn_model.popcorn_2020.remote_serving import is_asked
from popcorn_model.popcorn_2020.sorts import ORIGIN, Access, Doing, Handle, Kernel, Page, Task
from popcorn_model.popcorn_2020.tasks import doing, faults, is_sound, wanted

# --- handles -----------------------------------------------------------------------------------


@always(number="S15")
def one_leader(p: Page, k: Kernel) -> Bool:
    """A node's handle for a page has at most one leader among its threads and workers.

    Tag: claimed
    """
    working = works(p, k)
    threads = count(Task, lambda t: leads(t, p, k))
    return (threads <= 1) & (working.implies(threads == 0))


@always(number="S15")
def handles_are_held(p: Page, k: Kernel) -> Bool:
    """There is a handle just as long as somebody holds it or has marked it.

    Tag: claimed
    """
    asked = works(p, k) & ((k == ORIGIN) | (recall[p, k] != Recall.none))
    held_by = some(Task, lambda t: holds(t, p, k)) | asked | is_marked(p, k)
    return is_free(p, k) == ~held_by


@always(number="S17")
def requests_lead(p: Page, k: Kernel) -> Bool:
    """The origin's handle serves a request exactly if it was opened for one, or has been left.

    Tag: claimed
    """
    return (serves[p] == k).implies(is_for_remote(p, ORIGIN))


@always(number="S18")
def conflicts_of_threads_are_foreseen(t: Task, p: Page, k: Kernel, a: Access) -> Bool:
    """No fault of a thread meets a handle that the table of conflicts excludes.

    Tag: claimed
    """
    return ~(may_fault(t, p, k, a) & thread_meets(p, k, a, Reaction.NEVER))


@always(number="S18")
def conflicts_of_requests_are_foreseen(p: Page, k: Kernel) -> Bool:
    """No request meets a handle that the table of conflicts excludes.

    Tag: claimed
    """
    asks = is_taken_up(p, k) & request_meets(p, ORIGIN, wants_to_write(p, k), Reaction.NEVER)
    to_write = recall[p, k] == Recall.write
    busy = is_for_remote(p, k)
    asked = is_asked(p, k) & ~busy & request_meets(p, k, to_write, Reaction.NEVER)
    return ~(asks | asked)


@always(number="S21")
def followers_are_served(t: Task, p: Page, k: Kernel) -> Bool:
    """A follower that is told that the page is mapped finds it mapped for what it wants.

    Tag: relied
    """
    served = faults(t, p, k) & (doing[t] == Doing.served)
    return served.implies(~lacks(p, k, wanted[t]))


@always(number="S22")
def replies_find_a_handle(p: Page, k: Kernel) -> Bool:
    """While a reply is on its way the handle of the fault that asked is open and its leader waits.

    Tag: relied
    """
    waits = some(Task, lambda t: faults(t, p, k) & (doing[t] == Doing.asking))
    return ((reply[p, k] != Reply.none) & is_sound(k)).implies(
        waits & handle[p, k].among(Handle.local_read, Handle.local_write)
    )


@always(number="N1")
def nobody_crashes(t: Task) -> Bool:
    """No thread takes something for a message that is none.

    Tag: relied
    """
    return doing[t] != Doing.crashed


# --- messages ----------------------------------------------------------------------------------


@always(number="S20")
def refusals_change_nothing(p: Page, k: Kernel) -> Bool:
    """A node that is told to try again can read the page just if it could before: if it owns it.

    Tag: relied
    """
    refused = (reply[p, k] == Reply.retry) & is_sound(k)
    return (refused & distributed[p] & is_free(p, ORIGIN)).implies(
        owner[p, k] == is_readable(p, k)
    )


@always(number="N2")
def one_answer_is_due(p: Page, k: Kernel) -> Bool:
    """A node whose answer the origin awaits has either not done yet what it was asked, or answered.

    Tag: relied
    """
    due = (recall[p, k] != Recall.none) != (answer[p, k] != Answer.none)
    return (awaited[p, k].implies(due)) & (~awaited[p, k]).implies(
        (recall[p, k] == Recall.none) & (answer[p, k] == Answer.none)
    )


@always(number="N3")
def one_reply_is_due(p: Page, k: Kernel) -> Bool:
    """A remote that has asked for a page has its request waiting, served, or answered; just one.

    Tag: relied
    """
    asks = some(Task, lambda t: faults(t, p, k) & (doing[t] == Doing.asking)) & (k != ORIGIN)
    waiting, replied = request[p, k] != Request.none, reply[p, k] != Reply.none
    served = serves[p] == k
    one = (waiting | served | replied) & ~(waiting & served) & ~(waiting & replied) & ~(
        served & replied)  # fmt: skip
    none = ~waiting & ~served & ~replied
    return is_sound(k).implies(asks.implies(one) & (~asks).implies(none))


@always()
def only_sleepers_are_parked(p: Page, k: Kernel) -> Bool:
    """A worker sleeps only for a handle that is open.

    Tag: relied
    """
    return (parked[p, k].implies(~is_free(p, ORIGIN) & (request[p, k] != Request.none))) & (
        held[p, k].implies(~is_free(p, k) & (recall[p, k] != Recall.none))
    )


@always(number="L7")
def sleepers_have_a_handle(t: Task, p: Page, k: Kernel) -> Bool:
    """A thread sleeps only for a handle that is open.

    Tag: relied
    """
    in_fault = ~doing[t].among(Doing.running, Doing.discarding, Doing.releasing)
    return (faults(t, p, k) & in_fault).implies(~is_free(p, k))


HANDLE_PROPERTIES: tuple[Property, ...] = (
    one_leader,
    handles_are_held,
    requests_lead,
    conflicts_of_threads_are_foreseen,
    conflicts_of_requests_are_foreseen,
    followers_are_served,
    replies_find_a_handle,
    nobody_crashes,
    refusals_change_nothing,
    one_answer_is_due,
    one_reply_is_due,
    only_sleepers_are_parked,
    sleepers_have_a_handle,
)
