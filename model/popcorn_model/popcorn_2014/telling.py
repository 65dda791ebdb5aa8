"""How a call that changes areas tells the other kernels, and what they do about it.

Every kernel that unmaps frees the frames that it owns at that moment, as built; the answer says
only that it has been done. A program relies on what a call did once the call has returned.
"""

from collections.abc import Callable

from popcorn_model.language import (
    FALSE,
    TRUE,
    Bool,
    Fair,
    Step,
    action,
    every,
    for_each,
    given,
    ite,
    nothing,
    only,
    put,
    some,
    take,
    when,
)
from popcorn_model.language import expr as e
from popcorn_model.popcorn_2014.frames import frees, owner, parked, promise, unmaps_for
from popcorn_model.popcorn_2014.lookup import is_changed, mmap_sem_free
from popcorn_model.popcorn_2014.memory_sorts import Area, Doing, Promise, Stage
from popcorn_model.popcorn_2014.messages import Wire
from popcorn_model.popcorn_2014.records import asks, awaited, doing, in_range, stage
from popcorn_model.popcorn_2014.sorts import Frame, Group, Kernel, Page, Replica, Task
from popcorn_model.popcorn_2014.switches import TWO_PHASE_UNMAP, VMA_ATOMIC
from popcorn_model.popcorn_2014.tasks import group, is_at_work
from popcorn_model.popcorn_2014.transport import mapping_work, may_run, multicast, post, ring

MAPPED = (Promise.read, Promise.write)
"""A page that no call is changing."""


def tells_to_unmap(t: Task, k: Kernel, p: Page, q: Page) -> tuple[e.Update, ...]:
    """Kernel k asks all others to unmap pages p and q for thread t."""
    return asks(t, k, Wire.munmap_request(task=t, first=p, last=q, source=k))


@action(fair=Fair.WEAK)
def unmap_there(k: Kernel, t: Task, s: Kernel) -> Step:
    """Kernel k unmaps for a call on kernel s: in its live replica and in the first saved one.

    Source: kernel/process_server.c:process_munmap_request
    Tag: claimed
    """
    request = Wire.munmap_request

    def meant(r: Replica, p: Page) -> Bool:
        message = mapping_work[k].head
        named = (message.get(request, "first", Page) == p) | (
            message.get(request, "last", Page) == p
        )
        return is_changed(t, k, r) & named

    return when(
        may_run(k), mapping_work[k].arrives(request.like(task=t, source=s)),
        every(Replica, lambda r: ~is_changed(t, k, r) | mmap_sem_free(k, r)),
    )(
        take(mapping_work[k]),
        *unmaps_for(k, t, meant),
        post(s, Wire.munmap_response(task=t, source=k)),
    )  # fmt: skip


@action(fair=Fair.WEAK)
def hear_of_unmap(k: Kernel, t: Task, s: Kernel) -> Step:
    """The dispatcher counts that kernel s has unmapped.

    Source: kernel/process_server.c:handle_munmap_response
    Tag: claimed
    """
    return when(may_run(k), ring[k].arrives(Wire.munmap_response(task=t, source=s)))(
        take(ring[k]),
        given(is_at_work(t, k) & (stage[t] == Stage.telling))(put(awaited[t, s], FALSE)),
    )


def frees_kept(t: Task, k: Kernel) -> e.Update:
    """Kernel k frees the frames that it kept for a call of thread t."""
    return for_each(Frame, lambda f: given((parked[f] == t) & (owner[f] == k))(
        *frees(f), put(parked[f], nothing)))  # fmt: skip


def tells_owners(t: Task, k: Kernel) -> e.Update:
    """Repaired: all have unmapped, so kernel k tells the owners that kept frames.

    An acknowledgement says whether its sender has kept any.
    """
    def keeps(j: Kernel) -> Bool:
        return some(Frame, lambda f: (parked[f] == t) & (owner[f] == j))

    return only(TWO_PHASE_UNMAP, "on", multicast(k, Wire.munmap_release(task=t), keeps))


def lets_owners_free(t: Task, k: Kernel) -> tuple[e.Update, ...]:
    """Repaired: all have unmapped, so kernel k frees what it kept, and so does every owner."""
    return (only(TWO_PHASE_UNMAP, "on", frees_kept(t, k)), tells_owners(t, k))


@action(fair=Fair.WEAK, only=(TWO_PHASE_UNMAP, "on"))
def free_kept(k: Kernel, t: Task) -> Step:
    """Repaired: kernel k frees the frames that it kept for a call of thread t.

    Source: none; a repair
    Tag: inferred
    """
    return when(may_run(k), mapping_work[k].arrives(Wire.munmap_release(task=t)))(
        take(mapping_work[k]),
        frees_kept(t, k),
    )


def settles(t: Task, value: Callable[[Page], Promise]) -> e.Update:
    """The call has returned: what it concerned and was changing is as the call wants it."""
    return for_each(Group, lambda g: for_each(Page, lambda p: given(
        (group[t] == g) & in_range(t, p) & (promise[g, p] == Promise.changing)
    )(put(promise[g, p], value(p)))))  # fmt: skip


def as_promise(value: Area) -> Promise:
    """What the program may rely on when an area says this."""
    readable = ite(value == Area.read, Promise.read, Promise.none)
    return ite(value == Area.write, Promise.write, readable)


def no_race(t: Task, p: Page) -> Bool:
    """The program makes no two calls at once that concern one page.

    With the distributed lock such calls are put in an order, and may come; without it the outcome
    is the program's own doing.
    """
    alone = every(Task, lambda u: (u == t) | ~in_range(u, p) | (doing[u] == Doing.fault))
    return VMA_ATOMIC.choose(on=TRUE, off=alone)


def starts_change(t: Task, inside: Callable[[Page], Bool]) -> e.Update:
    """The call takes effect from now on, on pages that are still mapped."""
    return for_each(Group, lambda g: for_each(Page, lambda p: given(
        (group[t] == g) & inside(p) & promise[g, p].among(*MAPPED)
    )(put(promise[g, p], Promise.changing))))  # fmt: skip
