"""mprotect: change the own replica under the lock, then tell the others and wait for them.

A call concerns one page or two: what matters is that a range has a first page. A replica that has
no area there refuses the whole change, as Linux does; nobody looks at that result.
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
    put,
    spend,
    take,
    when,
)
from popcorn_model.language import expr as e
from popcorn_model.popcorn_2014.frames import area, is_promised, writable
from popcorn_model.popcorn_2014.lock_interface import ask_for_protection
from popcorn_model.popcorn_2014.lookup import is_protected, mmap_sem_free
from popcorn_model.popcorn_2014.memory_sorts import Area, Doing, Promise, Stage
from popcorn_model.popcorn_2014.messages import Wire
from popcorn_model.popcorn_2014.records import (
    VMA_OPS,
    asks,
    awaited,
    begins,
    ends_access,
    first,
    heard_all,
    in_range,
    in_user_mode,
    is_at,
    last,
    may_start,
    mode,
    stage,
    works_in,
)
from popcorn_model.popcorn_2014.sorts import Kernel, Page, Replica, Task
from popcorn_model.popcorn_2014.switches import PROTECT_KNOWN
from popcorn_model.popcorn_2014.tasks import distributed, is_at_work
from popcorn_model.popcorn_2014.telling import MAPPED, as_promise, no_race, settles, starts_change
from popcorn_model.popcorn_2014.transport import mapping_work, may_broadcast, may_run, post, ring


def protects(k: Kernel, which: Callable[[Replica], Bool], inside: Callable[[Page], Bool],
             first_page: Page, wanted: Area) -> e.Update:  # fmt: skip
    """Kernel k changes protection in these replicas, unless the first page has no area there.

    Entries lose the right to be written, but never gain it: a write fault does that.
    """
    def meant(r: Replica, p: Page) -> Bool:
        known = area[k, r, first_page] != Area.none
        begins_well = PROTECT_KNOWN.choose(off=known, on=TRUE)
        return which(r) & inside(p) & begins_well & (area[k, r, p] != Area.none)

    return for_each(Replica, lambda r: for_each(Page, lambda p: given(meant(r, p))(
        put(area[k, r, p], wanted),
        put(writable[k, r, p], writable[k, r, p] & (wanted == Area.write)),
    )))  # fmt: skip


@action
def call_mprotect(t: Task, k: Kernel, p: Page, q: Page, wanted: Area) -> Step:
    """Thread t changes the protection of pages p to q.

    Source: mm/mprotect.c:sys_mprotect
    Tag: claimed
    """
    changes = is_promised(t, p, Promise.read) | is_promised(t, q, Promise.read)
    lowers = is_promised(t, p, Promise.write) | is_promised(t, q, Promise.write)
    return when(
        in_user_mode(t, k), may_run(k), is_promised(t, p, *MAPPED), is_promised(t, q, *MAPPED),
        no_race(t, p), no_race(t, q),
        ((wanted == Area.write) & changes) | ((wanted == Area.read) & lowers),
    )(
        spend(VMA_OPS),
        *begins(t, Doing.protect, p, q, wanted),
        *ask_for_protection(t, lambda x: (x == p) | (x == q)),
    )  # fmt: skip


@action(fair=Fair.WEAK)
def protect_here(t: Task, k: Kernel, r: Replica, p: Page, q: Page) -> Step:
    """The kernel of the call changes its own replica and begins to tell all others.

    Source: mm/mprotect.c:mprotect_fixup, kernel/process_server.c:process_server_do_mprotect
    Tag: claimed
    """
    known = PROTECT_KNOWN.choose(off=area[k, r, p] != Area.none, on=TRUE)
    return when(
        may_start(t, Doing.protect), first[t] == p, last[t] == q, works_in(t, k, r), known,
        may_broadcast(k), mmap_sem_free(k, r),
    )(
        protects(k, lambda x: x == r, lambda x: in_range(t, x), p, mode[t]),
        starts_change(t, lambda x: in_range(t, x)),
        put(stage[t], Stage.telling),
        given(distributed[t, k])(
            *asks(t, k, Wire.mprotect_request(
                task=t, first=p, last=q, area=mode[t], source=k))),
    )  # fmt: skip


@action(fair=Fair.WEAK, only=(PROTECT_KNOWN, "off"))
def refuse_mprotect(t: Task, k: Kernel, r: Replica, p: Page) -> Step:
    """The replica of the caller has no area at the first page: the call fails.

    Source: mm/mprotect.c:sys_mprotect, -ENOMEM
    Tag: inferred
    """
    return when(
        may_start(t, Doing.protect), first[t] == p, works_in(t, k, r), area[k, r, p] == Area.none,
        may_run(k), mmap_sem_free(k, r),
    )(put(stage[t], Stage.refused))  # fmt: skip


@action(fair=Fair.WEAK, only=(PROTECT_KNOWN, "off"))
def return_error(t: Task, k: Kernel) -> Step:
    """The call that failed gives back its lock and returns.

    Source: mm/mprotect.c:sys_mprotect
    Tag: inferred
    """
    refused = is_at(t, Doing.protect, Stage.refused)
    return when(refused, is_at_work(t, k), may_run(k))(*ends_access(t))


@action(fair=Fair.WEAK)
def protect_there(k: Kernel, t: Task, s: Kernel, p: Page) -> Step:
    """Kernel k changes protection for a call on kernel s, and acknowledges whatever came of it.

    Source: kernel/process_server.c:process_mprotect_item
    Tag: claimed
    """
    request = Wire.mprotect_request
    message = mapping_work[k].head
    wanted = message.get(request, "area", Area)

    def inside(x: Page) -> Bool:
        return (x == p) | (message.get(request, "last", Page) == x)

    return when(
        may_run(k), mapping_work[k].arrives(request.like(task=t, first=p, source=s)),
        every(Replica, lambda r: ~is_protected(t, k, r) | mmap_sem_free(k, r)),
    )(
        take(mapping_work[k]),
        protects(k, lambda r: is_protected(t, k, r), inside, p, wanted),
        post(s, Wire.mprotect_response(task=t, source=k)),
    )  # fmt: skip


@action(fair=Fair.WEAK)
def hear_of_protection(k: Kernel, t: Task, s: Kernel) -> Step:
    """The dispatcher counts that kernel s has changed protection.

    Source: kernel/process_server.c:handle_mprotect_response
    Tag: claimed
    """
    return when(may_run(k), ring[k].arrives(Wire.mprotect_response(task=t, source=s)))(
        take(ring[k]),
        given(is_at_work(t, k) & (stage[t] == Stage.telling))(put(awaited[t, s], FALSE)),
    )


@action(fair=Fair.WEAK)
def return_from_mprotect(t: Task, k: Kernel) -> Step:
    """All kernels have answered: the call returns.

    Source: kernel/process_server.c:process_server_do_mprotect
    Tag: claimed
    """
    return when(
        is_at(t, Doing.protect, Stage.telling), heard_all(t), is_at_work(t, k), may_run(k)
    )(settles(t, lambda x: as_promise(mode[t])), *ends_access(t))
