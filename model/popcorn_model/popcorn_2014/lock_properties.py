"""What the distributed locks promise: exclusion, order, replies, and that everybody is served."""

from popcorn_model.language import (
    FALSE,
    Bool,
    LeadsTo,
    Property,
    always,
    any_of,
    eventually,
    every,
    leads_to,
    some,
    sometimes,
)
from popcorn_model.popcorn_2014.lock_interface import (
    LockKind,
    LockStep,
    holds,
    holds_everything,
    is_granted,
    lock_kind,
    lock_pages,
    lock_step,
)
from popcorn_model.popcorn_2014.lock_queues import (
    behind,
    entered,
    entered_heavy,
    exists,
    is_heavy,
    older,
    older_heavy,
    related,
)
from popcorn_model.popcorn_2014.locks import got, is_first_in_all, unacked
from popcorn_model.popcorn_2014.messages import Wire
from popcorn_model.popcorn_2014.sorts import Kernel, Page, Task
from popcorn_model.popcorn_2014.switches import AREA_LOCK, LOCK
from popcorn_model.popcorn_2014.tasks import distributed, is_at_work, uses
from popcorn_model.popcorn_2014.transport import clone_work, outbox, owed, ring, up


def has(t: Task, p: Page) -> Bool:
    """Thread t has the lock of page p, alone or with others, or already while it asks for more."""
    return holds(t, p) | got[t, p]


@always(number=24)
def lock_excludes(t: Task, u: Task, p: Page) -> Bool:
    """No two threads of a group have locks whose scopes meet; heavy meets all.

    Tag: claimed
    """
    return (t == u) | ~related(t, u) | ~(has(t, p) & has(u, p))


@always(number=24)
def unlocked_only_alone(t: Task, k: Kernel) -> Bool:
    """A thread works without the lock only while its group is not distributed.

    Tag: relied
    """
    return (lock_step[t] != LockStep.skipped) | ~is_at_work(t, k) | ~distributed[t, k]


@always(number=24)
def unlocked_one_at_a_time(t: Task, u: Task, k: Kernel) -> Bool:
    """Of threads that go without the lock in one address space only one works at a time.

    Tag: relied
    """
    both = (lock_step[t] == LockStep.skipped) & (lock_step[u] == LockStep.skipped)
    here = is_at_work(t, k) & is_at_work(u, k) & (uses[t, k] == uses[u, k])
    return (t == u) | ~(both & here)


@always(number=25)
def queues_agree_on_order(j: Kernel, k: Kernel, p: Page, t: Task, u: Task) -> Bool:
    """Of two requests that wait in one queue on some kernel, one is before the other everywhere.

    Tag: claimed
    """
    together = entered[j, p, t] & entered[j, p, u] & entered[k, p, t] & entered[k, p, u]
    one_way = behind[p, t, u] == ~behind[p, u, t]
    return (t == u) | ~related(t, u) | ~together | one_way


@always(number=25)
def order_is_a_line(p: Page, t: Task, u: Task, v: Task) -> Bool:
    """Who waits behind one who waits behind a third waits behind the third.

    Tag: claimed
    """
    return ~(behind[p, t, u] & behind[p, u, v]) | behind[p, t, v]


@always(number=26)
def holder_is_first(t: Task, k: Kernel) -> Bool:
    """The entry of a thread that has the lock is the head of each of its queues at home.

    Tag: relied
    """
    has_all = lock_step[t].among(LockStep.held, LockStep.returning)
    whole = lock_kind[t] != LockKind.piecewise
    return ~(has_all & whole & is_at_work(t, k)) | is_first_in_all(k, t)


@always(number=26)
def own_entry_stays(t: Task, k: Kernel, p: Page) -> Bool:
    """From drawing its timestamp to giving back, a thread has its entry in its own queues.

    Tag: relied
    """
    drawn = lock_step[t].among(
        LockStep.drawn, LockStep.waiting, LockStep.held, LockStep.returning
    )
    whole = lock_kind[t] != LockKind.piecewise
    there = (is_heavy(t) & entered_heavy[k, t]) | entered[k, p, t]
    return ~(drawn & whole & is_at_work(t, k) & lock_pages[t, p]) | there


@always(number=26)
def holder_is_known_everywhere(t: Task, p: Page, k: Kernel) -> Bool:
    """While a thread has a lock, every kernel has its entry.

    Tag: relied
    """
    light = holds(t, p) & ~is_heavy(t)
    heavy = holds_everything(t)
    return ~up[k] | ((~light | entered[k, p, t]) & (~heavy | entered_heavy[k, t]))


@always(number=26)
def heavy_is_in_every_queue(k: Kernel, p: Page, t: Task) -> Bool:
    """A request for everything has an entry in every light queue that a kernel has.

    Tag: claimed
    """
    present = entered_heavy[k, t].implies(entered[k, p, t])
    gone = older_heavy[k, t].implies(older[k, p, t])
    return ~exists(k, p, t) | (present & gone)


@always()
def idle_asks_for_nothing(t: Task, p: Page) -> Bool:
    """A thread that has no business with the lock covers no page.

    Tag: inferred
    """
    nothing_asked = ~lock_pages[t, p] & (lock_kind[t] == LockKind.light)
    return (lock_step[t] != LockStep.idle) | nothing_asked


@always(number=26)
def release_finds_its_own(t: Task) -> Bool:
    """No release meets a head that the code asserts cannot be there.

    Tag: relied
    """
    return lock_step[t] != LockStep.broken


@always(number=29)
def reply_answers_request(k: Kernel, t: Task, j: Kernel) -> Bool:
    """A reply that arrives is one that the thread's present request still counts on.

    Tag: relied
    """
    arrives = clone_work[k].arrives(Wire.lock_response.like(task=t, source=j))
    return ~arrives | unacked[t, j]


@always(number=39)
def release_before_next_request(k: Kernel, t: Task) -> Bool:
    """A kernel handles a thread's release before the same thread's next request.

    Tag: relied
    """
    next_one = clone_work[k].arrives(Wire.lock_request.like(task=t))
    return ~next_one | ~clone_work[k].holds(Wire.lock_release.like(task=t))


@always(number=39)
def request_before_release(k: Kernel, t: Task) -> Bool:
    """A kernel that handles a thread's release has entered the request before.

    Tag: relied
    """
    arrives = clone_work[k].arrives(Wire.lock_release.like(task=t))
    known = older_heavy[k, t] | entered_heavy[k, t] | some(
        Page, lambda p: older[k, p, t] | entered[k, p, t]
    )
    return ~arrives | known


@always(number=27)
def no_entry_is_immortal(k: Kernel, t: Task) -> Bool:
    """An entry of a request that is over is there only while the news of it is on its way.

    Tag: relied
    """
    left = older_heavy[k, t] | some(Page, lambda p: older[k, p, t])
    idle = lock_step[t] == LockStep.idle
    ownerless = idle & (entered_heavy[k, t] | some(Page, lambda p: entered[k, p, t]))
    release = Wire.lock_release.like(task=t)
    coming = any_of(
        clone_work[k].holds(release),
        ring[k].holds(release),
        some(Kernel, lambda j: owed[j, k] & outbox[j].holds(release)),
    )
    return ~(left | ownerless) | coming


@always(number=27)
def no_two_wait_for_each_other(p: Page, q: Page, t: Task, u: Task) -> Bool:
    """If one thread waits behind another for a page, that other waits behind it for no page.

    Tag: relied
    """
    return ~(behind[p, t, u] & behind[q, u, t])


# --- liveness ----------------------------------------------------------------------------------


@eventually(number=27)
def every_request_is_granted(t: Task) -> LeadsTo:
    """Whoever asks gets the lock, if holders release and kernels serve their messages.

    Tag: claimed
    """
    return leads_to(lock_step[t] == LockStep.asked, is_granted(t))


@eventually(number=28)
def every_kernel_replies(t: Task, j: Kernel) -> LeadsTo:
    """A reply that a request counts on comes.

    Tag: relied
    """
    return leads_to(unacked[t, j], ~unacked[t, j])


# --- what must be reachable --------------------------------------------------------------------


def offered(*, heavy: Bool = FALSE, light: Bool = FALSE) -> Bool:
    """The formula that goes with the lock that faults take; false where no such lock is taken."""
    return LOCK.choose(heavy=heavy, light=light, none=FALSE)


@sometimes()
def two_wait(t: Task, u: Task, p: Page) -> Bool:
    """Two threads wait for the same page.

    Tag: claimed
    """
    def waits(v: Task) -> Bool:
        return (lock_step[v] == LockStep.waiting) & lock_pages[v, p]

    both = (t != u) & waits(t) & waits(u)
    return offered(heavy=both, light=both)


@sometimes()
def everything_is_held(t: Task) -> Bool:
    """A thread has the lock of the whole address space.

    Tag: claimed
    """
    whole = holds_everything(t)
    return offered(heavy=whole, light=AREA_LOCK.choose(as_faults=FALSE, heavy=whole))


@sometimes()
def one_page_is_held(t: Task, p: Page) -> Bool:
    """A thread has the lock of a page by a light request.

    Tag: claimed
    """
    return offered(light=holds(t, p) & (lock_kind[t] == LockKind.light))


@sometimes()
def waits_behind_an_older_entry(t: Task, u: Task, k: Kernel, p: Page) -> Bool:
    """All replies are in, and a thread waits only for the news that another has given back.

    Tag: claimed
    """
    ready = (lock_step[t] == LockStep.waiting) & every(Kernel, lambda j: ~unacked[t, j])
    return offered(
        light=ready & is_at_work(t, k) & entered[k, p, t] & older[k, p, u],
        heavy=ready & is_at_work(t, k) & entered_heavy[k, t] & older_heavy[k, u],
    )


@sometimes()
def neighbours_compete(t: Task, u: Task, k: Kernel) -> Bool:
    """Two threads of one kernel have requests in flight at once.

    Tag: claimed
    """
    waiting = (lock_step[t] == LockStep.waiting) & (lock_step[u] == LockStep.waiting)
    both = (t != u) & is_at_work(t, k) & is_at_work(u, k) & waiting
    return offered(heavy=both, light=both)


@sometimes()
def locks_rest() -> Bool:
    """No thread has business with the lock, no entry is left: a run may stop there.

    Tag: relied
    """
    idle = every(Task, lambda t: lock_step[t] == LockStep.idle)
    used = some(Kernel, lambda k: some(Task, lambda t: some(
        Page, lambda p: entered[k, p, t] | older[k, p, t] | entered_heavy[k, t] | older_heavy[k, t]
    )))  # fmt: skip
    return idle & ~used


SAFETY: tuple[Property, ...] = (
    lock_excludes,
    unlocked_only_alone,
    unlocked_one_at_a_time,
    queues_agree_on_order,
    order_is_a_line,
    holder_is_first,
    own_entry_stays,
    holder_is_known_everywhere,
    heavy_is_in_every_queue,
    idle_asks_for_nothing,
    release_finds_its_own,
    reply_answers_request,
    release_before_next_request,
    request_before_release,
    no_entry_is_immortal,
    no_two_wait_for_each_other,
)
LIVENESS: tuple[Property, ...] = (every_request_is_granted, every_kernel_replies)
REACHED: tuple[Property, ...] = (
    two_wait,
    everything_is_held,
    one_page_is_held,
    waits_behind_an_older_entry,
    neighbours_compete,
    locks_rest,
)
