"""Threads that arrive: the import of a new one, pairing, and the return of an old one.

The clone worker spawns a kernel thread; under the kernel's import semaphore that thread looks for
an address space of its group, adopts it or builds a new one, and becomes the task. The semaphore
keeps two imports, and an import and an exit hook (lifetime.py), from meeting. What an import must
fetch before it can run is memory's business: it waits while ``pulling`` is set.
"""

from collections.abc import Callable

from popcorn_model.language import (
    FALSE,
    TRUE,
    Bool,
    Fair,
    Step,
    Switch,
    action,
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
from popcorn_model.popcorn_2014.membership import (
    came_from,
    doomed,
    dying,
    importer,
    in_task_list,
    latest,
    semaphore_free,
)
from popcorn_model.popcorn_2014.messages import Wire
from popcorn_model.popcorn_2014.sorts import FIRST_MM, Group, Inc, Kernel, Mm, Replica, Task
from popcorn_model.popcorn_2014.switches import (
    LIVE_LOOKUP,
    PREEMPTION,
    SLEEP_LOOP,
    STICKY_IMPORT,
    STICKY_RETURN,
)
from popcorn_model.popcorn_2014.tasks import (
    distributed,
    executing,
    group,
    inc,
    leader,
    mm,
    mm_group,
    pulling,
    uses,
)
from popcorn_model.popcorn_2014.transport import clone_work, may_run, post, ring


@action(fair=Fair.WEAK)
def spawn_import(k: Kernel, t: Task, s: Kernel) -> Step:
    """The clone worker of kernel k spawns the kernel thread that will become task t.

    Source: kernel/process_server.c:handle_clone_request, process_import_task
    Tag: claimed
    """
    registers = clone_work[k].head.get(Wire.clone_request, "latest", Bool)
    return when(may_run(k), clone_work[k].arrives(Wire.clone_request.like(task=t, source=s)))(
        take(clone_work[k]),
        given(inc[t, k] == Inc.absent)(
            put(inc[t, k], Inc.importing), put(latest[t, k], registers), put(came_from[t], s)
        ),
    )


def lands_in(t: Task, k: Kernel, r: Replica) -> Bool:
    """The import of t on kernel k ends up in replica r.

    That is the one its search finds among the group's tasks; else one that was saved; else, and
    when the search ends at a null pointer, a new one.
    """
    return ite(
        some(Replica, lambda q: found(k, t, q)),
        found(k, t, r) & preferred(r, lambda q: found(k, t, q)),
        fits_otherwise(k, t, r) & preferred(r, lambda q: fits_otherwise(k, t, q)),
    )


def preferred(r: Replica, fits: Callable[[Replica], Bool]) -> Bool:
    """Of two replicas that fit, the first is taken: it was there before."""
    return (r == FIRST_MM) | ~fits(FIRST_MM)


def found(k: Kernel, t: Task, r: Replica) -> Bool:
    """The search of kernel k's task list for t's group ends at a usable replica r."""
    mine = (mm_group[k, r] == group[t]) & (leader[k, r] != nothing)
    return mine & (mm[k, r] != Mm.none) & ~LIVE_LOOKUP.choose(off=leader_is_dead(k, r), on=FALSE)


def leader_is_dead(k: Kernel, r: Replica) -> Bool:
    """The first task of r's thread group is a zombie: its address space pointer is null."""
    return some(Task, lambda u: (leader[k, r] == u) & (inc[u, k] == Inc.zombie))


def fits_otherwise(k: Kernel, t: Task, r: Replica) -> Bool:
    """Replica r is saved for t's group and the search looks there; or r is free and none is."""
    listed = some(Replica, lambda q: (mm_group[k, q] == group[t]) & (leader[k, q] != nothing))
    null = LIVE_LOOKUP.choose(off=listed, on=FALSE)
    is_saved = (mm[k, r] == Mm.saved) & (mm_group[k, r] == group[t])
    some_saved = some(Replica, lambda q: (mm[k, q] == Mm.saved) & (mm_group[k, q] == group[t]))
    return ite(some_saved & ~null, is_saved, mm[k, r] == Mm.none)


def joins(t: Task, k: Kernel, r: Replica) -> tuple[e.Update, ...]:
    """Task t enters its group on kernel k, in replica r."""
    return (
        put(inc[t, k], Inc.adopting),
        put(executing[t, k], TRUE),
        put(distributed[t, k], TRUE),
        put(uses[t, k], r),
        given(leader[k, r] == nothing)(put(leader[k, r], t)),
        given(mm[k, r] == Mm.none)(put(pulling[t, k], TRUE)),
        put(mm[k, r], Mm.live),
        put(mm_group[k, r], group[t]),
    )


@action(only=(PREEMPTION, "off"), fair=Fair.WEAK)
def adopt_address_space(k: Kernel, t: Task, r: Replica) -> Step:
    """The import of t takes the semaphore, finds or builds an address space, enters the group.

    Source: kernel/process_server.c:process_server_import_address_space, find_thread_mm
    Tag: claimed
    """
    return when(inc[t, k] == Inc.importing, semaphore_free(k), may_run(k), lands_in(t, k, r))(
        put(importer[k], t), *joins(t, k, r)
    )


@action(only=(PREEMPTION, "on"), fair=Fair.WEAK)
def search_address_space(k: Kernel, t: Task, r: Replica) -> Step:
    """The import of t takes the semaphore and remembers the address space that it finds.

    Source: kernel/process_server.c:process_server_import_address_space, find_thread_mm
    Tag: claimed
    """
    return when(inc[t, k] == Inc.importing, semaphore_free(k), may_run(k), lands_in(t, k, r))(
        put(importer[k], t),
        put(inc[t, k], Inc.searching),
        given(mm[k, r] != Mm.none)(put(uses[t, k], r)),
    )


@action(only=(PREEMPTION, "on"), fair=Fair.WEAK)
def enter_group(k: Kernel, t: Task, r: Replica) -> Step:
    """The import of t writes the group id and installs what its search had found.

    Source: kernel/process_server.c:process_server_import_address_space
    Tag: claimed
    """
    new = (mm[k, r] == Mm.none) & preferred(r, lambda q: mm[k, q] == Mm.none)
    its_own = (uses[t, k] == r) | ((uses[t, k] == nothing) & new)
    return when(inc[t, k] == Inc.searching, may_run(k), its_own)(*joins(t, k, r))


def learns_of_death(t: Task, k: Kernel, repair: Switch) -> e.Update:
    """Repaired: before user mode, an arriving thread looks whether its group is dying."""
    known = some(Group, lambda g: (group[t] == g) & dying[k, g])
    return only(repair, "on", given(known)(put(doomed[t, k], TRUE)))


@action(fair=Fair.WEAK)
def finish_import(k: Kernel, t: Task, s: Kernel) -> Step:
    """The import of t is complete: it releases the semaphore, tells the source, and runs.

    Source: kernel/process_server.c:process_server_notify_delegated_subprocess_starting
    Tag: claimed
    """
    return when(
        inc[t, k] == Inc.adopting, came_from[t] == s, ~pulling[t, k], may_run(k)
    )(
        put(inc[t, k], Inc.running),
        put(importer[k], nothing),
        put(came_from[t], nothing),
        learns_of_death(t, k, STICKY_IMPORT),
        post(s, Wire.pairing(task=t)),
    )


@action(fair=Fair.WEAK)
def pair(k: Kernel, t: Task) -> Step:
    """Kernel k learns that the thread it sent away runs; a task that is no shadow ignores it.

    Source: kernel/process_server.c:handle_process_pairing_request
    Tag: claimed
    """
    is_placeholder = inc[t, k].among(Inc.shadow, Inc.parting, Inc.unsent)
    return when(may_run(k), ring[k].arrives(Wire.pairing(task=t)))(
        take(ring[k]), given(is_placeholder)(put(executing[t, k], FALSE))
    )


@action(fair=Fair.WEAK)
def resume_shadow(k: Kernel, t: Task) -> Step:
    """Kernel k overwrites the registers of its incarnation of t and wakes it; none is no error.

    Source: kernel/process_server.c:process_back_migration
    Tag: claimed
    """
    registers = clone_work[k].head.get(Wire.back_migration, "latest", Bool)
    sleeps = inc[t, k].among(Inc.shadow, Inc.overslept)
    return when(may_run(k), clone_work[k].arrives(Wire.back_migration.like(task=t)))(
        take(clone_work[k]),
        given(in_task_list(t, k) & (inc[t, k] != Inc.zombie))(
            put(latest[t, k], registers), put(executing[t, k], TRUE)
        ),
        given(sleeps)(put(inc[t, k], Inc.running), learns_of_death(t, k, STICKY_RETURN)),
        only(SLEEP_LOOP, "off", given(inc[t, k] == Inc.parting)(put(inc[t, k], Inc.raced))),
    )
