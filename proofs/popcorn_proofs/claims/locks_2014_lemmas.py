"""Lemmas for the Lamport locks of popcorn-2014: why no two threads have what meets.

The heart of the proof is Lamport's. A thread that has all replies knows of every earlier request:
a kernel replies only when its own earlier requests are on their way, and what one kernel sends to
another arrives in the order in which it was sent. So whoever waits behind somebody finds him in the
queue at home, and whoever is first there waits behind nobody. Of two requests that meet one waits
behind the other, so two that wait behind nobody do not meet.
"""

from popcorn_model.language import (
    Bool,
    always,
    any_of,
    every,
    ite,
    some,
)
from popcorn_model.popcorn_2014.lock_interface import (
    LockKind,
    LockStep,
    lock_kind,
    lock_pages,
    lock_step,
)
from popcorn_model.popcorn_2014.lock_properties import (
    heavy_is_in_every_queue,
    idle_asks_for_nothing,
    no_two_wait_for_each_other,
)
from popcorn_model.popcorn_2014.lock_queues import (
    behind,
    entered,
    entered_heavy,
    is_heavy,
    older,
    older_heavy,
    related,
)
from popcorn_model.popcorn_2014.locks import NO_PAGE, unacked
from popcorn_model.popcorn_2014.messages import Wire
from popcorn_model.popcorn_2014.sorts import Inc, Kernel, Life, Page, Task
from popcorn_model.popcorn_2014.tasks import distributed, inc, is_at_work, life
from popcorn_model.popcorn_2014.transport import clone_work, outbox, owed


def is_stamped(t: Task) -> Bool:
    """Thread t has a timestamp and has not given it back."""
    return lock_step[t].among(LockStep.waiting, LockStep.held, LockStep.returning)


def is_in_queue(k: Kernel, p: Page, t: Task) -> Bool:
    """Kernel k has entered t's request, in the queue that is meant for what t asks."""
    return ite(is_heavy(t), entered_heavy[k, t], entered[k, p, t])


# --- where threads are -------------------------------------------------------------------------


@always()
def a_thread_stays(t: Task, j: Kernel, k: Kernel) -> Bool:
    """A thread has an incarnation on one kernel only: it is put there and does not hop."""
    return ((inc[t, j] != Inc.absent) & (inc[t, k] != Inc.absent)).implies(j == k)


@always()
def unborn_threads_are_nowhere(t: Task, k: Kernel) -> Bool:
    """A thread that was not put anywhere has no incarnation, and wants nothing."""
    nowhere = (inc[t, k] == Inc.absent) & (lock_step[t] == LockStep.idle)
    return (life[t] == Life.unborn).implies(nowhere)


@always()
def a_thread_waits_or_runs(t: Task, k: Kernel) -> Bool:
    """An incarnation waits for the others to be put somewhere, or runs, in a distributed group."""
    there = inc[t, k].among(Inc.importing, Inc.running) & distributed[t, k]
    return (inc[t, k] == Inc.absent) | there


@always()
def who_asks_runs(t: Task) -> Bool:
    """A thread that has business with the lock runs on some kernel."""
    return (lock_step[t] != LockStep.idle).implies(some(Kernel, lambda k: is_at_work(t, k)))


@always()
def all_ask_by_one_request(t: Task) -> Bool:
    """A thread asks, waits, holds and gives back; it asks for all that it wants at once."""
    usual = lock_step[t].among(LockStep.idle, LockStep.asked) | is_stamped(t)
    return usual & (lock_kind[t] != LockKind.piecewise)


@always()
def heavy_means_everything(t: Task, p: Page) -> Bool:
    """A heavy request covers every page."""
    return is_heavy(t).implies(lock_pages[t, p])


# --- broadcasts --------------------------------------------------------------------------------


@always()
def one_broadcast_at_a_time(k: Kernel) -> Bool:
    """A kernel sends one broadcast to its end before it begins another."""
    return outbox[k].length <= 1


@always()
def a_broadcast_is_owed(j: Kernel, k: Kernel) -> Bool:
    """What is owed is in the outbox, and nobody owes it to himself."""
    return owed[k, j].implies(outbox[k].waiting & (j != k))


@always()
def a_broadcast_has_an_end(k: Kernel) -> Bool:
    """What is in the outbox is still owed to somebody."""
    return outbox[k].waiting.implies(some(Kernel, lambda j: owed[k, j]))


@always()
def requests_are_broadcast_from_home(k: Kernel, t: Task) -> Bool:
    """A kernel broadcasts requests of threads that wait there, in its own name."""
    mine = outbox[k].holds(Wire.lock_request.like(task=t, source=k, page=NO_PAGE))
    waits = (lock_step[t] == LockStep.waiting) & is_at_work(t, k) & mine
    return outbox[k].holds(Wire.lock_request.like(task=t)).implies(waits)


# --- requests and replies under way ------------------------------------------------------------


def is_owed(t: Task, j: Kernel, k: Kernel) -> Bool:
    """Kernel k still has to send t's request to kernel j."""
    return owed[k, j] & outbox[k].holds(Wire.lock_request.like(task=t))


@always()
def an_owed_request_is_unanswered(t: Task, j: Kernel, k: Kernel) -> Bool:
    """What is owed to a kernel has not reached it, and that kernel has not replied."""
    reached = clone_work[j].holds(Wire.lock_request.like(task=t))
    replied = clone_work[k].holds(Wire.lock_response.like(task=t, source=j))
    return is_owed(t, j, k).implies(unacked[t, j] & ~reached & ~replied)


@always()
def a_request_is_unanswered(t: Task, j: Kernel, k: Kernel) -> Bool:
    """A request that has reached a kernel is of a thread that waits for that kernel's reply."""
    there = clone_work[j].holds(Wire.lock_request.like(task=t))
    replied = clone_work[k].holds(Wire.lock_response.like(task=t, source=j))
    waits = (lock_step[t] == LockStep.waiting) & unacked[t, j] & ~replied
    once = clone_work[j].count(lambda m: m.matches(Wire.lock_request.like(task=t))) <= 1
    return there.implies(waits) & once


@always()
def a_request_says_where_from(t: Task, j: Kernel, k: Kernel) -> Bool:
    """A request names the kernel on which its thread waits."""
    there = clone_work[j].holds(Wire.lock_request.like(task=t, source=k))
    return there.implies(is_at_work(t, k))


@always()
def a_reply_is_waited_for(t: Task, j: Kernel, k: Kernel) -> Bool:
    """A reply under way goes to where its thread waits for it, and no other like it does."""
    reply = Wire.lock_response.like(task=t, source=j)
    waits = (lock_step[t] == LockStep.waiting) & is_at_work(t, k) & unacked[t, j]
    once = clone_work[k].count(lambda m: m.matches(reply)) <= 1
    return clone_work[k].holds(reply).implies(waits) & once


@always()
def only_others_owe_replies(t: Task, j: Kernel) -> Bool:
    """A thread counts on replies while it waits, and not on one of its own kernel."""
    return unacked[t, j].implies((lock_step[t] == LockStep.waiting) & ~is_at_work(t, j))


@always()
def no_request_is_lost(t: Task, j: Kernel, k: Kernel) -> Bool:
    """While a reply is counted on, the request is owed or has arrived, or the reply is coming."""
    under_way = any_of(
        is_owed(t, j, k),
        clone_work[j].holds(Wire.lock_request.like(task=t)),
        clone_work[k].holds(Wire.lock_response.like(task=t, source=j)),
    )
    return (unacked[t, j] & is_at_work(t, k)).implies(under_way)


# --- entries -----------------------------------------------------------------------------------


@always()
def who_has_replied_has_entered(t: Task, p: Page, j: Kernel) -> Bool:
    """Every kernel whose reply is not outstanding has the entry of a thread's request."""
    replied = is_stamped(t) & lock_pages[t, p] & ~unacked[t, j]
    return replied.implies(is_in_queue(j, p, t))


@always()
def who_replies_has_entered(t: Task, p: Page, j: Kernel, k: Kernel) -> Bool:
    """A kernel whose reply is under way has the entry."""
    coming = clone_work[k].holds(Wire.lock_response.like(task=t, source=j))
    return (coming & lock_pages[t, p]).implies(is_in_queue(j, p, t))


@always()
def entries_are_of_requests(t: Task, p: Page, j: Kernel) -> Bool:
    """An entry that is in use belongs to a thread with a timestamp, for a page that it wants."""
    light = entered[j, p, t].implies(is_stamped(t) & (is_heavy(t) | lock_pages[t, p]))
    return light & entered_heavy[j, t].implies(is_stamped(t) & is_heavy(t))


@always()
def only_the_born_leave_entries(t: Task, p: Page, k: Kernel) -> Bool:
    """An entry that is left over is of a thread that was put somewhere, so it keeps its group."""
    return (older[k, p, t] | older_heavy[k, t]).implies(life[t] != Life.unborn)


# --- order -------------------------------------------------------------------------------------


@always()
def order_is_among_requests(t: Task, u: Task, p: Page) -> Bool:
    """Only requests that are alive, meet, and are of one group stand behind each other."""
    both = is_stamped(t) & is_stamped(u) & lock_pages[t, p] & lock_pages[u, p]
    return behind[p, t, u].implies(both & related(t, u) & (t != u))


@always()
def requests_that_meet_are_in_order(t: Task, u: Task, p: Page) -> Bool:
    """Of two requests for a page one stands behind the other."""
    both = is_stamped(t) & is_stamped(u) & lock_pages[t, p] & lock_pages[u, p]
    ordered = behind[p, t, u] | behind[p, u, t] | (t == u)
    return (both & related(t, u)).implies(ordered)


@always()
def a_reply_comes_after_earlier_requests(
    t: Task, u: Task, p: Page, j: Kernel, k: Kernel
) -> Bool:
    """A kernel's reply to a later request is not ahead of its own earlier one."""
    reply = Wire.lock_response.like(task=t, source=j)
    known = is_in_queue(k, p, u) | clone_work[k].ahead(Wire.lock_request.like(task=u), reply)
    coming = is_at_work(u, j) & behind[p, t, u] & clone_work[k].holds(reply)
    return coming.implies(known)


@always()
def who_has_replied_is_known(t: Task, u: Task, p: Page, j: Kernel, k: Kernel) -> Bool:
    """When a kernel's reply is in, its earlier requests are in the queues at home."""
    answered = is_at_work(u, j) & is_at_work(t, k) & behind[p, t, u] & ~unacked[t, j]
    return answered.implies(is_in_queue(k, p, u))


@always()
def holders_wait_behind_nobody(t: Task, p: Page) -> Bool:
    """Who has the lock stands behind nobody."""
    has = lock_step[t].among(LockStep.held, LockStep.returning)
    return has.implies(every(Task, lambda u: ~behind[p, t, u]))


LEMMAS = (
    a_thread_stays,
    unborn_threads_are_nowhere,
    a_thread_waits_or_runs,
    who_asks_runs,
    all_ask_by_one_request,
    idle_asks_for_nothing,
    heavy_means_everything,
    one_broadcast_at_a_time,
    a_broadcast_is_owed,
    a_broadcast_has_an_end,
    requests_are_broadcast_from_home,
    an_owed_request_is_unanswered,
    a_request_is_unanswered,
    a_request_says_where_from,
    a_reply_is_waited_for,
    only_others_owe_replies,
    no_request_is_lost,
    who_has_replied_has_entered,
    who_replies_has_entered,
    entries_are_of_requests,
    only_the_born_leave_entries,
    heavy_is_in_every_queue,
    order_is_among_requests,
    requests_that_meet_are_in_order,
    no_two_wait_for_each_other,
    a_reply_comes_after_earlier_requests,
    who_has_replied_is_known,
    holders_wait_behind_nobody,
)
