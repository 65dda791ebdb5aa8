"""What copies there are and what the directory knows: lemmas about the pages of popcorn-2020."""

from popcorn_model.language import Bool, Property, always
from popcorn_model.popcorn_2020.copies import distributed, is_readable, owner, pte
from popcorn_model.popcorn_2020.handles import handle, is_to_write, leads, serves
from popcorn_model.popcorn_2020.messages import Answer, Recall, Reply
from popcorn_model.popcorn_2020.origin_faults import awaited
from popcorn_model.popcorn_2020.page_properties import is_coming
from popcorn_model.popcorn_2020.page_traffic import answer, recall, reply
from popcorn_model.popcorn_2020.sorts import ORIGIN, Handle, Kernel, Page, Pte, Task
from popcorn_proofs.claims.pages_2020_terms import reads, writes


@always()
def writers_are_alone(p: Page, j: Kernel, k: Kernel) -> Bool:
    """Who can write a page, or is about to, is alone with it, now and soon."""
    return (writes(p, k) & reads(p, j)).implies(j == k)


@always()
def nothing_stale_is_sent(p: Page, k: Kernel) -> Bool:
    """What is on its way is what was last written."""
    return (reply[p, k] != Reply.stale) & (answer[p, k] != Answer.stale)


@always()
def grants_find_the_copy(p: Page, k: Kernel) -> Bool:
    """Leave to write is sent to a node that can read its copy and faults to write."""
    return (reply[p, k] == Reply.grant).implies(
        is_readable(p, k) & (handle[p, k] == Handle.local_write))  # fmt: skip


@always()
def before_it_leaves_the_origin(p: Page, k: Kernel, t: Task) -> Bool:
    """Until a page is distributed the origin alone has it, and no other node owns it."""
    nobody = ~owner[p, k] & ~awaited[p, k] & ~is_coming(p, k) & ~leads(t, p, ORIGIN)
    here = (pte[p, ORIGIN] != Pte.invalid) & (k != ORIGIN).implies(~is_readable(p, k))
    return (~distributed[p]).implies(nobody & here)


@always()
def the_origin_keeps_a_frame(p: Page) -> Bool:
    """A page that is distributed, or is being so, has a frame at the origin."""
    return (distributed[p] | serves[p].exists).implies(pte[p, ORIGIN] != Pte.none)


@always()
def readers_are_known(p: Page, k: Kernel) -> Bool:
    """Who can read a page, or will soon, is an owner or has been told to drop its copy."""
    told = recall[p, k] == Recall.invalidate
    return (reads(p, k) & ((k != ORIGIN) | distributed[p])).implies(owner[p, k] | told)


@always()
def owners_have_copies(p: Page, k: Kernel) -> Bool:
    """An owner can read the page, or will soon, or has just given it away to be written."""
    given_away = answer[p, k].among(Answer.data, Answer.stale) & is_to_write(p, ORIGIN)
    return owner[p, k].implies(reads(p, k) | given_away)


@always()
def writers_own_alone(p: Page, j: Kernel, k: Kernel) -> Bool:
    """No other node owns a page than the one that can write it, or is about to."""
    return (writes(p, k) & owner[p, j]).implies(j == k)


COPY_LEMMAS: tuple[Property, ...] = (
    writers_are_alone,
    nothing_stale_is_sent,
    grants_find_the_copy,
    before_it_leaves_the_origin,
    the_origin_keeps_a_frame,
    readers_are_known,
    owners_have_copies,
    writers_own_alone,
)
