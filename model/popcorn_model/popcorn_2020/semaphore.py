"""The semaphore of a node's address space (mmap_sem), as far as pages need it.

Whoever faults on a page, serves one or drops one holds it to read, also while it sleeps; whoever
changes an area holds it to write. Linux stops new readers as soon as a writer waits. What a worker
does that cannot get it is not the same everywhere: at the origin it tries a few times and then
answers "try again", at a remote it tries for ever, and an invalidation queues behind the writer.

Writers are a matter of areas: without that part there are none, and readers never wait.
"""

from popcorn_model.language import Bool, any_of, some
from popcorn_model.popcorn_2020.handles import discards, is_for_remote, serves
from popcorn_model.popcorn_2020.page_traffic import held, parked
from popcorn_model.popcorn_2020.sorts import ORIGIN, Doing, Kernel, Page, Task
from popcorn_model.popcorn_2020.tasks import at, doing, writer


def may_read(k: Kernel) -> Bool:
    """Node k's semaphore can be had to read: nobody writes, and nobody waits to write."""
    return writer[k].is_nothing


def has_readers(k: Kernel) -> Bool:
    """Somebody holds node k's semaphore to read, asleep or not."""

    def faults_here(t: Task) -> Bool:
        return (at[t] == k) & doing[t].among(
            Doing.leading, Doing.asking, Doing.following, Doing.served, Doing.refused, Doing.waiting
        )

    def works_here(p: Page) -> Bool:
        works = serves[p].exists | discards[p].exists | some(Kernel, lambda j: parked[p, j])
        at_origin = (k == ORIGIN) & works
        return any_of(at_origin, (k != ORIGIN) & is_for_remote(p, k), held[p, k])

    return some(Task, faults_here) | some(Page, works_here)
