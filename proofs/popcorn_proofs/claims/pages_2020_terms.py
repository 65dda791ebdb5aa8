"""Words that the lemmas about the pages of popcorn-2020 share."""

from popcorn_model.language import Bool, some
from popcorn_model.popcorn_2020.copies import is_readable, pte
from popcorn_model.popcorn_2020.handles import handle, serves
from popcorn_model.popcorn_2020.messages import Answer, Recall, Reply, Request
from popcorn_model.popcorn_2020.page_properties import is_coming
from popcorn_model.popcorn_2020.page_traffic import answer, recall, reply, request
from popcorn_model.popcorn_2020.sorts import Doing, Handle, Kernel, Page, Pte, Task
from popcorn_model.popcorn_2020.tasks import doing, faults


def asks(t: Task, p: Page, k: Kernel) -> Bool:
    """Task t leads node k's handle and waits until the page may be mapped."""
    return faults(t, p, k) & (doing[t] == Doing.asking)


def is_woken(t: Task, p: Page, k: Kernel) -> Bool:
    """Task t followed on node k's handle and has been told what came of it."""
    return faults(t, p, k) & doing[t].among(Doing.served, Doing.refused)


def in_progress_for(p: Page, k: Kernel) -> Bool:
    """Node k has asked for the page and not heard."""
    return (request[p, k] != Request.none) | (serves[p] == k) | (reply[p, k] != Reply.none)


def reads(p: Page, k: Kernel) -> Bool:
    """Node k can read the page, or will when what is on its way has arrived."""
    return is_readable(p, k) | is_coming(p, k)


def writes(p: Page, k: Kernel) -> Bool:
    """Node k can write the page, or will when what is on its way has arrived."""
    return (pte[p, k] == Pte.write) | (is_coming(p, k) & (handle[p, k] == Handle.local_write))


def is_asked_for(p: Page, k: Kernel) -> Bool:
    """The origin has asked node k for the page and has not got it."""
    return recall[p, k].among(Recall.read, Recall.write) | answer[p, k].among(
        Answer.data, Answer.stale)  # fmt: skip


def has_source(p: Page) -> Bool:
    """The origin has asked somebody for the page and has not got it."""
    return some(Kernel, lambda x: is_asked_for(p, x))
