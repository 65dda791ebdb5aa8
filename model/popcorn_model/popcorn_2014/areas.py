"""munmap and mprotect, and areas that grow: calls that change what is mapped.

munmap takes the lock, unmaps its own replica first, and then tells all others and waits for them.
Every kernel frees the frames that it owns at the moment when it unmaps. mprotect works the same
way. A heap or a stack grows in its own replica only; others learn of it by faults.

A call concerns one page or two: more would add nothing, but for the difference between the first
page of a range and the rest.
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
    only,
    put,
    some,
    spend,
    take,
    when,
)
from popcorn_model.language import expr as e
from popcorn_model.popcorn_2014.frames import (
    area,
    forgets_content,
    frees,
    is_promised,
    owner,
    parked,
    promise,
    promises,
    unmaps_for,
    writable,
)
from popcorn_model.popcorn_2014.lock_interface import ask_for_area, ask_for_protection
from popcorn_model.popcorn_2014.lookup import is_changed, is_protected, mmap_sem_free
from popcorn_model.popcorn_2014.memory_sorts import Area, Doing, Promise, Stage
from popcorn_model.popcorn_2014.messages import Wire
from popcorn_model.popcorn_2014.records import (
    VMA_OPS,
    asks,
    awaited,
    begins,
    doing,
    ends,
    first,
    heard_all,
    in_range,
    in_user_mode,
    is_at,
    is_at_work,
    last,
    may_start,
    mode,
    stage,
)
from popcorn_model.popcorn_2014.sorts import Frame, Group, Kernel, Page, Replica, Task
from popcorn_model.popcorn_2014.switches import PROPAGATE_REMAPS, PROTECT_KNOWN, TWO_PHASE_UNMAP
from popcorn_model.popcorn_2014.tasks import distributed, group, uses
from popcorn_model.popcorn_2014.transport import mapping_work, may_run, may_send, multicast, post, ring

MAPPED = (Promise.read, Promise.write)


@action
def grow(t: Task, k: Kernel, r: Replica, p: Page) -> Step:
    """Heap or stack grow by a page, in the replica of the thread that needs it.

    They grow in regions of their own, so growth never meets a mapping in progress.

    Source: mm/mmap.c:do_brk, expand_stack; no hook of the process server
    Tag: claimed
    """
    return when(
        in_user_mode(t, k), uses[t, k] == r, may_run(k), is_promised(t, p, Promise.none),
        every(Task, lambda u: ~in_range(u, p)), mmap_sem_free(k, r),
    )(put(area[k, r, p], Area.write), promises(t, lambda x: x == p, Promise.write))  # fmt: skip


# --- telling the other kernels -----------------------------------------------------------------


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


def lets_owners_free(t: Task, k: Kernel) -> tuple[e.Update, ...]:
    """Repaired: all have unmapped, so kernel k frees, and tells the owners that kept frames.

    An acknowledgement says whether its sender has kept any.
    """
    def keeps(j: Kernel) -> Bool:
        return some(Frame, lambda f: (parked[f] == t) & (owner[f] == j))

    return (
        only(TWO_PHASE_UNMAP, "on",
             for_each(Frame, lambda f: given((parked[f] == t) & (owner[f] == k))(*frees(f))),
             multicast(k, Wire.munmap_release(task=t), keeps)),
    )  # fmt: skip


@action(fair=Fair.WEAK, only=(TWO_PHASE_UNMAP, "on"))
def free_kept(k: Kernel, t: Task) -> Step:
    """Repaired: kernel k frees the frames that it kept for a call of thread t.

    Source: none; a repair
    Tag: inferred
    """
    return when(may_run(k), mapping_work[k].arrives(Wire.munmap_release(task=t)))(
        take(mapping_work[k]),
        for_each(Frame, lambda f: given((parked[f] == t) & (owner[f] == k))(*frees(f))),
    )


# --- munmap ------------------------------------------------------------------------------------


@action
def call_munmap(t: Task, k: Kernel, p: Page) -> Step:
    """Thread t unmaps a page of its program.

    Source: mm/mmap.c:do_munmap
    Tag: claimed
    """
    return when(in_user_mode(t, k), may_run(k), is_promised(t, p, *MAPPED))(
        spend(VMA_OPS),
        *begins(t, Doing.unmap, p, p, Area.none),
        *ask_for_area(t, lambda x: x == p),
    )


@action
def call_shrink(t: Task, k: Kernel, p: Page) -> Step:
    """Thread t lets a mapping become smaller by mremap.

    Source: mm/mremap.c:do_mremap, shrinking
    Tag: claimed
    """
    return when(in_user_mode(t, k), may_run(k), is_promised(t, p, *MAPPED))(
        spend(VMA_OPS),
        *begins(t, Doing.shrink, p, p, Area.none),
        *ask_for_area(t, lambda x: x == p),
    )


@action(fair=Fair.WEAK)
def unmap_here(t: Task, k: Kernel, r: Replica, p: Page) -> Step:
    """The kernel of the call unmaps its own replica and begins to tell all others.

    Source: mm/mmap.c:do_munmap, kernel/process_server.c:process_server_do_munmap
    Tag: claimed
    """
    shrinks = PROPAGATE_REMAPS.choose(off=FALSE, on=TRUE)
    tells = distributed[t, k] & ((doing[t] == Doing.unmap) | shrinks)
    return when(
        may_start(t, Doing.unmap) | may_start(t, Doing.shrink), first[t] == p, uses[t, k] == r,
        is_at_work(t, k), may_run(k), may_send(k), mmap_sem_free(k, r),
    )(
        *unmaps_for(k, t, lambda q, x: (q == r) & (x == p)),
        promises(t, lambda x: x == p, Promise.changing),
        forgets_content(t, lambda x: x == p),
        put(stage[t], Stage.telling),
        given(tells)(*tells_to_unmap(t, k, p, p)),
    )  # fmt: skip


@action(fair=Fair.WEAK)
def return_from_munmap(t: Task, k: Kernel, p: Page) -> Step:
    """All kernels have answered: the call returns, and the page is gone.

    Source: kernel/process_server.c:process_server_do_munmap
    Tag: claimed
    """
    return when(
        is_at(t, Doing.unmap, Stage.telling) | is_at(t, Doing.shrink, Stage.telling),
        first[t] == p, heard_all(t), is_at_work(t, k), may_run(k), may_send(k),
    )(
        *lets_owners_free(t, k),
        settles(t, lambda x: x == p, Promise.none),
        *ends(t),
    )  # fmt: skip


def settles(t: Task, inside: Callable[[Page], Bool], value: Promise) -> e.Update:
    """The call has returned: what was changing is as the call wants it, if none came after it."""
    return for_each(Group, lambda g: for_each(Page, lambda p: given(
        (group[t] == g) & inside(p) & (promise[g, p] == Promise.changing)
    )(put(promise[g, p], value))))  # fmt: skip


# --- mprotect ----------------------------------------------------------------------------------


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
        may_start(t, Doing.protect), first[t] == p, last[t] == q, uses[t, k] == r, known,
        is_at_work(t, k), may_run(k), may_send(k), mmap_sem_free(k, r),
    )(
        protects(k, lambda x: x == r, lambda x: in_range(t, x), p, mode[t]),
        promises(t, lambda x: in_range(t, x), Promise.changing),
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
        may_start(t, Doing.protect), first[t] == p, uses[t, k] == r, area[k, r, p] == Area.none,
        is_at_work(t, k), may_run(k), mmap_sem_free(k, r),
    )(*ends(t))  # fmt: skip


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
    )(settles(t, lambda x: in_range(t, x), as_promise(mode[t])), *ends(t))


def as_promise(value: Area) -> Promise:
    """What the program may rely on when an area says this."""
    readable = ite(value == Area.read, Promise.read, Promise.none)
    return ite(value == Area.write, Promise.write, readable)
