"""The page fault: ask every kernel for the page, map what is found, else let Linux resolve it.

A fault of a distributed group takes the lock, looks whether its own replica has the page after
all, and asks all other kernels. The first answer with a frame ends the query. Only when no kernel
knows the page does ordinary Linux run: a fresh frame for a write; for a read the zero page, or a
page of this kernel's page cache. The import of a thread fetches the mapping of its stack by the
same query, but without the lock.

There is no page copying and no invalidation: a page is one frame, mapped by whoever needs it.
"""

from popcorn_model.language import (
    FALSE,
    TRUE,
    Bool,
    Fair,
    Step,
    action,
    for_each,
    given,
    ite,
    only,
    put,
    spend,
    when,
)
from popcorn_model.language import expr as e
from popcorn_model.popcorn_2014.frames import (
    area,
    common,
    copies,
    first_content,
    is_present,
    is_promised,
    owner,
    pte,
    shows_foreign,
    shows_shared,
    writable,
)
from popcorn_model.popcorn_2014.lock_interface import ask_for_fault, holds, is_idle
from popcorn_model.popcorn_2014.lookup import mmap_sem_free
from popcorn_model.popcorn_2014.memory_sorts import Area, Doing, Promise, Stage
from popcorn_model.popcorn_2014.messages import Wire
from popcorn_model.popcorn_2014.records import (
    READS,
    answer,
    answer_area,
    asks,
    begins,
    doing,
    drops_record,
    ends_access,
    ends_query,
    first,
    heard_all,
    is_at,
    last,
    may_start,
    mode,
    next_frame,
    next_page,
    runs_in,
    stage,
    works_in,
)
from popcorn_model.popcorn_2014.sorts import FIRST_PAGE, Frame, Kernel, Page, Replica, Task
from popcorn_model.popcorn_2014.switches import (
    CONTIGUITY,
    COPY_COMMON,
    EARLY_UNLINK,
    LOCKED_IMPORT,
    LOCKED_RUNS,
)
from popcorn_model.popcorn_2014.tasks import distributed, is_at_work, pulling
from popcorn_model.popcorn_2014.transport import may_broadcast, may_run

# --- the fault ---------------------------------------------------------------------------------


@action
def touch_to_write(t: Task, k: Kernel, r: Replica, p: Page) -> Step:
    """Thread t writes to a page that its kernel's page table does not let it write.

    Source: arch/x86/mm/fault.c:do_page_fault
    Tag: claimed
    """
    return when(
        runs_in(t, k, r), may_run(k),
        is_promised(t, p, Promise.write, Promise.changing),
        ~is_present(k, r, p) | ~writable[k, r, p],
    )(*begins(t, Doing.fault, p, p, Area.write), *ask_for_fault(t, p))  # fmt: skip


@action
def touch_to_read(t: Task, k: Kernel, r: Replica, p: Page) -> Step:
    """Thread t reads a page that its kernel's page table does not have.

    Source: arch/x86/mm/fault.c:do_page_fault
    Tag: claimed
    """
    return when(
        runs_in(t, k, r), may_run(k),
        is_promised(t, p, Promise.read, Promise.write, Promise.changing), ~is_present(k, r, p),
    )(spend(READS), *begins(t, Doing.fault, p, p, Area.read), *ask_for_fault(t, p))  # fmt: skip


@action(fair=Fair.WEAK)
def find_page_present(t: Task, k: Kernel, r: Replica, p: Page) -> Step:
    """The replica has the page after all; where the area may be written, so may the entry now.

    Source: kernel/process_server.c:process_server_pull_remote_mappings, second test
    Tag: claimed
    """
    to_linux = COPY_COMMON.choose(off=FALSE, on=shows_shared(k, r, p))
    forced = area[k, r, p] == Area.write
    return when(
        may_start(t, Doing.fault), first[t] == p, works_in(t, k, r), may_run(k),
        distributed[t, k], is_present(k, r, p), mmap_sem_free(k, r),
    )(
        given(to_linux)(put(stage[t], Stage.filling)),
        given(~to_linux)(given(forced)(put(writable[k, r, p], TRUE)), *ends_access(t)),
    )  # fmt: skip


@action(fair=Fair.WEAK)
def ask_for_page(t: Task, k: Kernel, r: Replica, p: Page) -> Step:
    """The kernel of a faulting thread asks all others for the page.

    Source: kernel/process_server.c:process_server_pull_remote_mappings
    Tag: claimed
    """
    return when(
        may_start(t, Doing.fault), first[t] == p, works_in(t, k, r),
        may_broadcast(k), distributed[t, k], ~is_present(k, r, p),
    )(
        put(stage[t], Stage.asking),
        *asks(t, k, Wire.mapping_request(task=t, first=p, last=p, source=k)),
    )  # fmt: skip


@action(fair=Fair.WEAK)
def fault_alone(t: Task, k: Kernel) -> Step:
    """A thread that is not marked distributed faults as on any Linux.

    Source: kernel/process_server.c:process_server_pull_remote_mappings, first test
    Tag: claimed
    """
    return when(may_start(t, Doing.fault), is_at_work(t, k), may_run(k), ~distributed[t, k])(
        put(stage[t], Stage.filling)
    )


# --- what comes of the query -------------------------------------------------------------------


def is_answered(t: Task) -> Bool:
    """The wait is over: a frame has come, or all kernels have answered."""
    found = answer[t].exists
    return heard_all(t) | EARLY_UNLINK.choose(yes=found, no=FALSE)


def learns_area(t: Task, k: Kernel, r: Replica, p: Page) -> Area:
    """The area after the answer: only holes are mapped, what is there stays."""
    return ite(area[k, r, p] == Area.none, answer_area[t], area[k, r, p])


def maps_answer(t: Task, k: Kernel, r: Replica, p: Page) -> tuple[e.Update, ...]:
    """The replica gets the area and the frame that others named, where it has a hole."""
    fills = answer[t].exists & ~is_present(k, r, p)
    known = learns_area(t, k, r, p)
    return (
        put(area[k, r, p], known),
        given(fills)(put(pte[k, r, p], answer[t]), put(writable[k, r, p], known == Area.write)),
        only(CONTIGUITY, "possible", for_each(Page, lambda q: maps_next(t, k, r, p, q))),
    )


def maps_next(t: Task, k: Kernel, r: Replica, p: Page, q: Page) -> e.Update:
    """Page q came in one run with p: it is mapped as well if it is not there, lock or no lock."""
    locked = LOCKED_RUNS.choose(off=TRUE, on=holds(t, q))
    known = learns_area(t, k, r, q)
    return given((p != q) & (next_page[t] == q) & ~is_present(k, r, q) & locked)(
        put(area[k, r, q], known),
        put(pte[k, r, q], next_frame[t]),
        put(writable[k, r, q], known == Area.write),
    )


@action(fair=Fair.WEAK)
def map_found_page(t: Task, k: Kernel, r: Replica, p: Page) -> Step:
    """Some kernel has the page: the faulting kernel maps the same frame, and the fault is over.

    Source: kernel/process_server.c:process_server_pull_remote_mappings, remap_pfn_range_remaining
    Tag: claimed
    """
    return when(
        is_at(t, Doing.fault, Stage.asking), first[t] == p, works_in(t, k, r),
        may_run(k), is_answered(t), answer[t].exists, mmap_sem_free(k, r),
    )(*maps_answer(t, k, r, p), *drops_record(t), *ends_access(t))  # fmt: skip


@action(fair=Fair.WEAK)
def find_page_nowhere(t: Task, k: Kernel, r: Replica, p: Page) -> Step:
    """No kernel has the page, perhaps one has an area: ordinary Linux goes on.

    Source: kernel/process_server.c:process_server_pull_remote_mappings, return 0
    Tag: claimed
    """
    return when(
        is_at(t, Doing.fault, Stage.asking), first[t] == p, works_in(t, k, r),
        may_run(k), is_answered(t), answer[t].is_nothing, mmap_sem_free(k, r),
    )(
        put(area[k, r, p], learns_area(t, k, r, p)),
        put(stage[t], Stage.filling),
        put(answer_area[t], Area.none),
    )


def is_allowed(t: Task, k: Kernel, r: Replica, p: Page) -> Bool:
    """The area permits the access that faulted."""
    return (area[k, r, p] == Area.write) | (
        (area[k, r, p] == Area.read) & (mode[t] == Area.read)
    )


def must_copy(t: Task, k: Kernel, r: Replica, p: Page) -> Bool:
    """The thread writes to a page whose frame others read, or is foreign: Linux copies it."""
    others = shows_shared(k, r, p) | shows_foreign(k, r, p)
    return (mode[t] == Area.write) & ~writable[k, r, p] & others


@action(fair=Fair.WEAK)
def fill_page(t: Task, k: Kernel, r: Replica, p: Page, f: Frame) -> Step:
    """Linux gives the page a frame: a fresh one to write, a common one to read.

    Source: mm/memory.c:do_anonymous_page, do_linear_fault
    Tag: inferred
    """
    return when(
        is_at(t, Doing.fault, Stage.filling), first[t] == p, works_in(t, k, r),
        may_run(k), ~is_present(k, r, p), is_allowed(t, k, r, p), owner[f].is_nothing,
        mmap_sem_free(k, r),
    )(
        put(owner[f], k),
        put(common[f], mode[t] == Area.read),
        put(pte[k, r, p], f),
        put(writable[k, r, p], mode[t] == Area.write),
        first_content(t, p, f),
        *ends_access(t),
    )  # fmt: skip


@action(fair=Fair.WEAK)
def copy_page(t: Task, k: Kernel, r: Replica, p: Page, f: Frame) -> Step:
    """Linux copies a frame that others read on the first write.

    Source: mm/memory.c:do_wp_page
    Tag: inferred
    """
    return when(
        is_at(t, Doing.fault, Stage.filling), first[t] == p, works_in(t, k, r),
        may_run(k), must_copy(t, k, r, p), is_allowed(t, k, r, p), owner[f].is_nothing,
        mmap_sem_free(k, r),
    )(*copies(k, r, p, f), *ends_access(t))  # fmt: skip


@action(fair=Fair.WEAK)
def fill_nothing(t: Task, k: Kernel, r: Replica, p: Page) -> Step:
    """Linux needs no frame: the page is there by now, or the access ends in a signal.

    Source: mm/memory.c:handle_pte_fault; arch/x86/mm/fault.c:bad_area
    Tag: inferred
    """
    there = is_present(k, r, p) & ~must_copy(t, k, r, p)
    upgrades = there & (mode[t] == Area.write) & is_allowed(t, k, r, p)
    return when(
        is_at(t, Doing.fault, Stage.filling), first[t] == p, works_in(t, k, r),
        may_run(k), there | ~is_allowed(t, k, r, p), mmap_sem_free(k, r),
    )(given(upgrades)(put(writable[k, r, p], TRUE)), *ends_access(t))  # fmt: skip


# --- the stack of an import --------------------------------------------------------------------


def is_about_to_pull(t: Task, k: Kernel) -> Bool:
    """An import on kernel k has built a new address space and has not begun to fetch the stack."""
    return pulling[t, k] & (doing[t] == Doing.none) & is_idle(t)


@action(fair=Fair.WEAK, only=(LOCKED_IMPORT, "on"))
def lock_stack(t: Task, k: Kernel, p: Page) -> Step:
    """The import of t asks for the lock of the page where its stack starts.

    Source: kernel/process_server.c:process_server_import_address_space
    Tag: inferred
    """
    return when(
        is_about_to_pull(t, k), is_at_work(t, k), may_run(k), p == FIRST_PAGE
    )(*begins(t, Doing.pull, p, p), *ask_for_fault(t, p))  # fmt: skip


@action(fair=Fair.WEAK)
def ask_for_stack(t: Task, k: Kernel, p: Page) -> Step:
    """An import that has built a new address space asks all kernels for the start of its stack.

    Source: kernel/process_server.c:process_server_import_address_space
    Tag: claimed
    """
    ready = LOCKED_IMPORT.choose(
        off=is_about_to_pull(t, k) & (p == FIRST_PAGE),
        on=may_start(t, Doing.pull) & (first[t] == p),
    )
    return when(ready, is_at_work(t, k), may_broadcast(k))(
        only(LOCKED_IMPORT, "off",
             put(doing[t], Doing.pull), put(first[t], p), put(last[t], p)),
        put(stage[t], Stage.asking),
        *asks(t, k, Wire.mapping_request(task=t, first=p, last=p, source=k)),
    )


@action(fair=Fair.WEAK)
def map_stack(t: Task, k: Kernel, r: Replica, p: Page) -> Step:
    """The import maps what it has heard of its stack, which may be nothing, and goes on.

    Source: kernel/process_server.c:process_server_import_address_space
    Tag: claimed
    """
    return when(
        is_at(t, Doing.pull, Stage.asking), first[t] == p, works_in(t, k, r),
        may_run(k), is_answered(t), mmap_sem_free(k, r),
    )(*maps_answer(t, k, r, p), put(pulling[t, k], FALSE), *ends_query(t))  # fmt: skip
