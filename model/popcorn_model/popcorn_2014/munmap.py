"""munmap, mremap to a smaller size, and areas that grow.

munmap takes the lock, unmaps its own replica first, and then tells all others and waits for them.
mremap to a smaller size goes through the same code with the telling switched off. A heap or a
stack grows in its own replica only; others learn of it by faults. A call concerns one page.
"""

from popcorn_model.language import FALSE, TRUE, Fair, Step, action, every, given, put, spend, when
from popcorn_model.popcorn_2014.frames import (
    area,
    forgets_content,
    is_promised,
    promises,
    unmaps_for,
)
from popcorn_model.popcorn_2014.lock_interface import ask_for_area
from popcorn_model.popcorn_2014.lookup import mmap_sem_free
from popcorn_model.popcorn_2014.memory_sorts import Area, Doing, Promise, Stage
from popcorn_model.popcorn_2014.records import (
    VMA_OPS,
    begins,
    doing,
    ends,
    first,
    heard_all,
    in_range,
    in_user_mode,
    is_at,
    may_start,
    runs_in,
    stage,
    works_in,
)
from popcorn_model.popcorn_2014.sorts import Kernel, Page, Replica, Task
from popcorn_model.popcorn_2014.switches import PROPAGATE_REMAPS
from popcorn_model.popcorn_2014.tasks import distributed, is_at_work
from popcorn_model.popcorn_2014.telling import (
    MAPPED,
    lets_owners_free,
    no_race,
    settles,
    starts_change,
    tells_to_unmap,
)
from popcorn_model.popcorn_2014.transport import may_broadcast, may_run


@action
def grow(t: Task, k: Kernel, r: Replica, p: Page) -> Step:
    """Heap or stack grow by a page, in the replica of the thread that needs it.

    They grow in regions of their own, so growth never meets a mapping in progress.

    Source: mm/mmap.c:do_brk, expand_stack; no hook of the process server
    Tag: claimed
    """
    return when(
        runs_in(t, k, r), may_run(k), is_promised(t, p, Promise.none),
        every(Task, lambda u: ~in_range(u, p)), mmap_sem_free(k, r),
    )(put(area[k, r, p], Area.write), promises(t, lambda x: x == p, Promise.write))  # fmt: skip


@action
def call_munmap(t: Task, k: Kernel, p: Page) -> Step:
    """Thread t unmaps a page of its program.

    Source: mm/mmap.c:do_munmap
    Tag: claimed
    """
    return when(in_user_mode(t, k), may_run(k), is_promised(t, p, *MAPPED), no_race(t, p))(
        spend(VMA_OPS),
        *begins(t, Doing.unmap, p, p),
        *ask_for_area(t, lambda x: x == p),
    )


@action
def call_shrink(t: Task, k: Kernel, p: Page) -> Step:
    """Thread t lets a mapping become smaller by mremap.

    Source: mm/mremap.c:do_mremap, shrinking
    Tag: claimed
    """
    return when(in_user_mode(t, k), may_run(k), is_promised(t, p, *MAPPED), no_race(t, p))(
        spend(VMA_OPS),
        *begins(t, Doing.shrink, p, p),
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
        may_start(t, Doing.unmap) | may_start(t, Doing.shrink), first[t] == p, works_in(t, k, r),
        may_broadcast(k), mmap_sem_free(k, r),
    )(
        *unmaps_for(k, t, lambda q, x: (q == r) & (x == p)),
        starts_change(t, lambda x: x == p),
        forgets_content(t, lambda x: x == p),
        put(stage[t], Stage.telling),
        given(tells)(*tells_to_unmap(t, k, p, p)),
    )  # fmt: skip


@action(fair=Fair.WEAK)
def return_from_munmap(t: Task, k: Kernel) -> Step:
    """All kernels have answered: the call returns, and the page is gone.

    Source: kernel/process_server.c:process_server_do_munmap
    Tag: claimed
    """
    return when(
        is_at(t, Doing.unmap, Stage.telling) | is_at(t, Doing.shrink, Stage.telling),
        heard_all(t), is_at_work(t, k), may_broadcast(k),
    )(
        *lets_owners_free(t, k),
        settles(t, lambda x: Promise.none),
        *ends(t),
    )  # fmt: skip
