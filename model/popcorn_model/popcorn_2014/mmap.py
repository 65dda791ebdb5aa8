"""mmap: find room, ask whether it is room everywhere, clear it on the other kernels, map it.

Without a fixed address the kernel picks a hole of its own replica, waits for the lock, and asks
the others about the first page of the hole only. If one of them knows that page, what it knows is
imported and the search starts over: here the call ends, and the program may call again. Then all
other kernels unmap the whole range, and the caller's replica gets the area.
"""

from popcorn_model.language import (
    TRUE,
    Bool,
    Fair,
    Step,
    action,
    every,
    given,
    only,
    put,
    spend,
    when,
)
from popcorn_model.popcorn_2014.faults import is_answered, maps_answer
from popcorn_model.popcorn_2014.frames import area, forgets_content, is_promised, promises, unmaps
from popcorn_model.popcorn_2014.lock_interface import ask_for_area
from popcorn_model.popcorn_2014.lookup import mmap_sem_free
from popcorn_model.popcorn_2014.memory_sorts import Area, Doing, Promise, Stage
from popcorn_model.popcorn_2014.messages import Wire
from popcorn_model.popcorn_2014.records import (
    VMA_OPS,
    answer_area,
    asks,
    begins,
    ends,
    ends_query,
    first,
    heard_all,
    in_range,
    in_user_mode,
    is_at,
    last,
    may_start,
    runs_in,
    stage,
    works_in,
)
from popcorn_model.popcorn_2014.sorts import Kernel, Page, Replica, Task
from popcorn_model.popcorn_2014.switches import PROBE_RANGE, RECHECK_HOLE
from popcorn_model.popcorn_2014.tasks import distributed, is_at_work
from popcorn_model.popcorn_2014.telling import no_race, tells_owners, tells_to_unmap
from popcorn_model.popcorn_2014.transport import may_broadcast, may_run


@action
def call_mmap(t: Task, k: Kernel, r: Replica, p: Page, q: Page) -> Step:
    """Thread t asks for a mapping of one page or two; its kernel picks a hole of its own replica.

    Source: mm/mmap.c:do_mmap_pgoff, get_unmapped_area
    Tag: claimed
    """
    hole = (area[k, r, p] == Area.none) & (area[k, r, q] == Area.none)
    return when(
        runs_in(t, k, r), may_run(k), hole, mmap_sem_free(k, r),
    )(
        spend(VMA_OPS),
        *begins(t, Doing.map, p, q),
        *ask_for_area(t, lambda x: (x == p) | (x == q)),
    )  # fmt: skip


@action
def call_mmap_at(t: Task, k: Kernel, p: Page) -> Step:
    """Thread t asks for a mapping of one page at a fixed address, whatever is there.

    Source: mm/mmap.c:do_mmap_pgoff, MAP_FIXED
    Tag: claimed
    """
    return when(
        in_user_mode(t, k), may_run(k), no_race(t, p), ~is_promised(t, p, Promise.changing)
    )(
        spend(VMA_OPS),
        *begins(t, Doing.map_at, p, p),
        *ask_for_area(t, lambda x: x == p),
    )


def is_hole(t: Task, k: Kernel, r: Replica) -> Bool:
    """Replica r has no area in the range that thread t concerns."""
    return every(Page, lambda p: ~in_range(t, p) | (area[k, r, p] == Area.none))


@action(fair=Fair.WEAK)
def probe_hole(t: Task, k: Kernel, r: Replica, p: Page, q: Page) -> Step:
    """With the lock, the kernel asks all others whether they know the first page of the hole.

    Source: mm/mmap.c:do_mmap_pgoff, process_server_pull_remote_mappings
    Tag: claimed
    """
    still = RECHECK_HOLE.choose(off=TRUE, on=is_hole(t, k, r))
    return when(
        may_start(t, Doing.map), first[t] == p, last[t] == q, works_in(t, k, r), still,
        may_broadcast(k), distributed[t, k], mmap_sem_free(k, r),
    )(
        put(stage[t], Stage.asking),
        *asks(t, k, Wire.mapping_request(task=t, first=p, last=q, source=k)),
    )  # fmt: skip


@action(fair=Fair.WEAK, only=(RECHECK_HOLE, "on"))
def hole_is_gone(t: Task, k: Kernel, r: Replica) -> Step:
    """Repaired: when the lock has come, the hole is none any more; the search starts over.

    Source: none; a repair
    Tag: inferred
    """
    return when(
        may_start(t, Doing.map), works_in(t, k, r), ~is_hole(t, k, r), may_run(k)
    )(*ends(t))


@action(fair=Fair.WEAK)
def map_alone(t: Task, k: Kernel, r: Replica) -> Step:
    """A thread that is not marked distributed has nobody to ask.

    Source: mm/mmap.c:do_mmap_pgoff
    Tag: claimed
    """
    still = RECHECK_HOLE.choose(off=TRUE, on=is_hole(t, k, r))
    return when(
        may_start(t, Doing.map), works_in(t, k, r), still, may_run(k),
        ~distributed[t, k],
    )(put(stage[t], Stage.telling))  # fmt: skip


@action(fair=Fair.WEAK)
def find_hole_taken(t: Task, k: Kernel, r: Replica, p: Page) -> Step:
    """Another kernel knows the first page: the kernel imports that and starts over.

    Source: mm/mmap.c:do_mmap_pgoff
    Tag: claimed
    """
    imports = maps_answer(t, k, r, p)
    return when(
        is_at(t, Doing.map, Stage.asking), first[t] == p, works_in(t, k, r),
        may_run(k), is_answered(t), answer_area[t] != Area.none,
    )(only(PROBE_RANGE, "off", *imports), *ends_query(t))  # fmt: skip


@action(fair=Fair.WEAK)
def clear_hole(t: Task, k: Kernel, p: Page, q: Page) -> Step:
    """Nobody knows the first page: all other kernels are told to unmap the whole range.

    Source: kernel/process_server.c:process_server_do_mmap_pgoff
    Tag: claimed
    """
    return when(
        is_at(t, Doing.map, Stage.asking), first[t] == p, last[t] == q, is_at_work(t, k),
        may_broadcast(k), heard_all(t), answer_area[t] == Area.none,
    )(put(stage[t], Stage.telling), *tells_to_unmap(t, k, p, q))  # fmt: skip


@action(fair=Fair.WEAK)
def clear_place(t: Task, k: Kernel, p: Page) -> Step:
    """Before a fixed mapping all other kernels are told to unmap its place.

    Source: kernel/process_server.c:process_server_do_mmap_pgoff
    Tag: claimed
    """
    return when(
        may_start(t, Doing.map_at), first[t] == p, is_at_work(t, k), may_broadcast(k)
    )(
        promises(t, lambda x: x == p, Promise.changing),
        forgets_content(t, lambda x: x == p),
        put(stage[t], Stage.telling),
        given(distributed[t, k])(*tells_to_unmap(t, k, p, p)),
    )


@action(fair=Fair.WEAK)
def map_here(t: Task, k: Kernel, r: Replica) -> Step:
    """All others have unmapped: the replica of the caller gets the area, and the call returns.

    Source: mm/mmap.c:mmap_region
    Tag: claimed
    """
    mapping = is_at(t, Doing.map, Stage.telling) | is_at(t, Doing.map_at, Stage.telling)
    return when(
        mapping, heard_all(t), works_in(t, k, r), may_broadcast(k),
        mmap_sem_free(k, r),
    )(
        *unmaps(k, lambda q, x: (q == r) & in_range(t, x), Area.write),
        promises(t, lambda x: in_range(t, x), Promise.write),
        forgets_content(t, lambda x: in_range(t, x)),
        tells_owners(t, k),
        *ends(t),
    )  # fmt: skip
