"""What memory keeps it keeps for somebody: frames, records, locks and entries without a remainder.

The design's list says nothing of this, and the code relies on it. Whoever forgets to clean up is
caught here where that happens, and not where somebody else falls over the remains.
"""

from popcorn_model.language import (
    Bool,
    LeadsTo,
    Property,
    all_of,
    always,
    any_of,
    eventually,
    leads_to,
    nothing,
    some,
)
from popcorn_model.popcorn_2014.frames import (
    area,
    common,
    is_present,
    owner,
    parked,
    promise,
    pte,
    writable,
)
from popcorn_model.popcorn_2014.lock_interface import LockStep, is_granted, lock_step
from popcorn_model.popcorn_2014.memory_properties import is_of
from popcorn_model.popcorn_2014.memory_sorts import Area, Doing, Promise, Stage
from popcorn_model.popcorn_2014.messages import Wire
from popcorn_model.popcorn_2014.records import (
    answer,
    answer_area,
    awaited,
    doing,
    first,
    last,
    mode,
    stage,
    works_in,
)
from popcorn_model.popcorn_2014.sorts import Frame, Group, Kernel, Page, Replica, Task
from popcorn_model.popcorn_2014.tasks import distributed, is_at_work
from popcorn_model.popcorn_2014.transport import mapping_work, outbox, owed, ring

# --- frames ------------------------------------------------------------------------------------


@always()
def no_frame_is_lost(k: Kernel, f: Frame) -> Bool:
    """A frame that its allocator has given away is mapped on its kernel, or kept for a call.

    Tag: relied
    """
    mapped = some(Replica, lambda r: some(Page, lambda p: pte[k, r, p] == f))
    return (owner[f] == k).implies(mapped | parked[f].exists)


@always()
def frames_are_kept_for_calls(t: Task, k: Kernel, f: Frame) -> Bool:
    """A frame is kept for a call that has not returned, or whose return its owner will hear of.

    Tag: relied
    """
    news = Wire.munmap_release.like(task=t)
    coming = any_of(
        mapping_work[k].holds(news),
        ring[k].holds(news),
        some(Kernel, lambda j: owed[j, k] & outbox[j].holds(news)),
    )
    kept = (parked[f] == t) & (owner[f] == k)
    return kept.implies((stage[t] == Stage.telling) | coming)


@always()
def free_frames_are_blank(f: Frame) -> Bool:
    """A frame that is back with its allocator bears no marks.

    Tag: relied
    """
    return owner[f].is_nothing.implies(~common[f] & parked[f].is_nothing)


# --- entries -----------------------------------------------------------------------------------


@always()
def entries_lie_in_areas(k: Kernel, r: Replica, p: Page) -> Bool:
    """A page-table entry lies in an area and permits no more than that.

    Tag: relied
    """
    may_write = is_present(k, r, p) & (area[k, r, p] == Area.write)
    return all_of(
        is_present(k, r, p).implies(area[k, r, p] != Area.none),
        writable[k, r, p].implies(may_write),
    )


@always(number=21)
def permission_is_known(g: Group, k: Kernel, r: Replica, p: Page) -> Bool:
    """Once mprotect has returned, no replica forbids what the program may do.

    Tag: claimed
    """
    permitted = (promise[g, p] == Promise.write) & is_of(g, k, r)
    return permitted.implies(area[k, r, p] != Area.read)


# --- records and locks -------------------------------------------------------------------------


@always()
def records_are_cleared(t: Task) -> Bool:
    """A thread that has returned to its program has left no record; a range has two ends.

    Tag: relied
    """
    blank = all_of(
        stage[t] == Stage.idle, first[t] == nothing, last[t] == nothing, mode[t] == Area.none
    )
    two_ends = (first[t] == nothing) == (last[t] == nothing)
    return (doing[t] == Doing.none).implies(blank) & two_ends


@always()
def answers_are_cleared(t: Task) -> Bool:
    """A thread has answers while it asks, and awaits some while it asks or tells.

    Tag: relied
    """
    asks = stage[t].among(Stage.asking, Stage.probing)
    blank = answer[t].is_nothing & (answer_area[t] == Area.none)
    awaits = some(Kernel, lambda j: awaited[t, j])
    return (asks | blank) & ((asks | (stage[t] == Stage.telling)) | ~awaits)


@always()
def nobody_asks_for_what_is_here(t: Task, k: Kernel, r: Replica, p: Page) -> Bool:
    """A kernel asks the others for a page only while its own replica does not have it.

    The import of a thread is left out: it looks at nothing.

    Tag: claimed
    """
    asks = (stage[t] == Stage.asking) & (first[t] == p) & (doing[t] != Doing.pull)
    return (asks & works_in(t, k, r)).implies(~is_present(k, r, p))


@always(number=31)
def only_distributed_groups_ask(t: Task, k: Kernel, j: Kernel) -> Bool:
    """A thread whose group is on one kernel bothers no other kernel, but for its import.

    Tag: claimed
    """
    waits = is_at_work(t, k) & awaited[t, j] & (doing[t] != Doing.pull)
    return waits.implies(distributed[t, k])


@always()
def answers_say_something(k: Kernel) -> Bool:
    """An answer that is not empty names an area at least.

    Tag: claimed
    """
    return ~ring[k].arrives(Wire.mapping_response.like(area=Area.none))


@always(number=24)
def work_is_done_under_the_lock(t: Task) -> Bool:
    """A thread has what it needs of the lock from when it begins to work until it returns.

    The import of a thread, which as built takes no lock, is left out.

    Tag: claimed
    """
    works = ~stage[t].among(Stage.idle, Stage.locking) & (doing[t] != Doing.pull)
    back = lock_step[t].among(LockStep.idle, LockStep.returning, LockStep.passing)
    return works.implies(is_granted(t)) & (doing[t] == Doing.none).implies(back)


@eventually()
def every_call_returns(t: Task) -> LeadsTo:
    """A thread that has entered its kernel for memory's sake returns to its program.

    Tag: claimed
    """
    return leads_to(doing[t] != Doing.none, doing[t] == Doing.none)


MEMORY_TIDINESS: tuple[Property, ...] = (
    no_frame_is_lost,
    frames_are_kept_for_calls,
    free_frames_are_blank,
    entries_lie_in_areas,
    permission_is_known,
    records_are_cleared,
    answers_are_cleared,
    nobody_asks_for_what_is_here,
    only_distributed_groups_ask,
    answers_say_something,
    work_is_done_under_the_lock,
    every_call_returns,
)
