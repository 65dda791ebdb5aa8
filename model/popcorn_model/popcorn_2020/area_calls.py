"""Operations on areas: mmap, munmap, mprotect, and where the heap grows. `remaps` has the others.

A thread on a remote has its shadow do the operation at the origin, and does its own node's part
afterwards; munmap as built is the other way round, own node first, so that nobody there meets what
the origin has unmapped. An operation that takes something away is told to other nodes if it is
munmap, as built; repaired, if it is mprotect as well. `area_unmap` says how they are told.

Whoever changes areas has the semaphore of its node to write. Once it waits for it nobody else gets
it to read, so readers have to be through before it can begin.
"""

from popcorn_model.language import (
    FALSE,
    TRUE,
    Bool,
    Fair,
    Step,
    action,
    given,
    nothing,
    only,
    put,
    some,
    take,
    when,
)
from popcorn_model.language import expr as e
from popcorn_model.popcorn_2020.area_switches import BRK_ONCE, MAP_ERRORS, ORIGIN_FIRST
from popcorn_model.popcorn_2020.area_telling import (
    answers,
    has_semaphore,
    lowers,
    protects,
    tells_all,
    unmaps,
)
from popcorn_model.popcorn_2020.areas import (
    about,
    begins,
    ends,
    is_full,
    is_undisturbed,
    misled,
    operation,
)
from popcorn_model.popcorn_2020.messages import Wire
from popcorn_model.popcorn_2020.page_switches import BACKING
from popcorn_model.popcorn_2020.semaphore import has_readers, may_read
from popcorn_model.popcorn_2020.shadows import empties_mailbox, opens
from popcorn_model.popcorn_2020.sorts import ORIGIN, Area, Call, Kernel, Mail, Operation, Page, Task
from popcorn_model.popcorn_2020.tasks import area, at, call, runs, writer
from popcorn_model.popcorn_2020.thread_states import sender
from popcorn_model.popcorn_2020.transport import channel, post

LOWERS = (Operation.munmap, Operation.mprotect, Operation.brk)
MAPS = (Operation.mmap, Operation.mmap_over)


def may_call(t: Task, k: Kernel) -> Bool:
    """Thread t runs on node k and may call; at the origin nobody else has the semaphore."""
    return runs(t, k) & ((k != ORIGIN) | may_read(ORIGIN))


def delegates(t: Task, k: Kernel) -> tuple[e.Update, ...]:
    """The call begins at the origin, or asks its shadow there."""
    return (
        given(k == ORIGIN)(put(call[t], Call.applying), put(writer[ORIGIN], t)),
        given(k != ORIGIN)(
            put(call[t], Call.asking), post(k, ORIGIN, Wire.vma_op_request(task=t))),
    )  # fmt: skip


# --- calls ---------------------------------------------------------------------------------------


@action
def call_mmap(t: Task, k: Kernel) -> Step:
    """A thread maps memory somewhere: where is for the origin to say.

    Source: kernel/popcorn/vma_server.c:vma_server_mmap_remote
    Tag: claimed
    """
    return when(may_call(t, k), some(Page, lambda p: area[p, ORIGIN] == Area.none))(
        put(operation[t], Operation.mmap), *delegates(t, k)
    )


@action
def call_mprotect(t: Task, k: Kernel, p: Page) -> Step:
    """A thread forbids writing to a page.

    Source: kernel/popcorn/vma_server.c:vma_server_mprotect_remote
    Tag: claimed
    """
    return when(may_call(t, k), area[p, k] == Area.write, is_undisturbed(p))(
        put(operation[t], Operation.mprotect), put(about[t], p), *delegates(t, k)
    )


@action
def call_munmap(t: Task, k: Kernel, p: Page) -> Step:
    """A thread unmaps a page.

    As built a remote begins with its own areas, and the origin with telling the others.

    Source: kernel/popcorn/vma_server.c:vma_server_munmap_remote, vma_server_munmap_origin
    Tag: claimed
    """
    return when(
        runs(t, k), ORIGIN_FIRST.choose(off=may_read(k) | (k == ORIGIN), on=may_call(t, k)),
        area[p, k] != Area.none, is_undisturbed(p),
    )(
        put(operation[t], Operation.munmap),
        put(about[t], p),
        only(ORIGIN_FIRST, "on", *delegates(t, k)),
        only(ORIGIN_FIRST, "off",
             given(k == ORIGIN)(put(call[t], Call.telling), tells_all(t, lambda j: j != ORIGIN)),
             given(k != ORIGIN)(put(call[t], Call.writing), put(writer[k], t))),
    )  # fmt: skip


@action(only=(BRK_ONCE, "off"))
def call_brk(t: Task, k: Kernel, p: Page) -> Step:
    """The heap grows on a remote: the call takes the semaphore to write, and then once more.

    Repaired, and at the origin, it is an mmap at a place that the caller names.

    Source: mm/mmap.c:brk, kernel/popcorn/vma_server.c:vma_server_brk_remote
    Tag: claimed
    """
    return when(runs(t, k), k != ORIGIN, may_read(k), area[p, ORIGIN] == Area.none,
                is_undisturbed(p))(
        *begins(t, p, Call.writing, Operation.brk), put(writer[k], t)
    )  # fmt: skip


# --- own node first, as built --------------------------------------------------------------------


@action(fair=Fair.WEAK, only=(ORIGIN_FIRST, "off"))
def unmap_here(t: Task, p: Page, k: Kernel) -> Step:
    """The caller's node has unmapped the page; the origin is asked to do the same.

    Source: kernel/popcorn/vma_server.c:vma_server_munmap_remote
    Tag: claimed
    """
    return when(
        call[t] == Call.writing, operation[t] == Operation.munmap, about[t] == p, at[t] == k,
        has_semaphore(t, k),
    )(
        *unmaps(p, k),
        put(writer[k], nothing),
        put(call[t], Call.asking),
        post(k, ORIGIN, Wire.vma_op_request(task=t)),
    )  # fmt: skip


# --- at the origin -------------------------------------------------------------------------------


@action(fair=Fair.STRONG)
def begin_for_remote(t: Task, k: Kernel) -> Step:
    """The shadow takes the request from its mailbox and begins.

    Source: kernel/popcorn/vma_server.c:process_vma_op_request, __process_vma_op_at_origin
    Tag: claimed
    """
    tells = (operation[t] == Operation.munmap) & ORIGIN_FIRST.choose(off=TRUE, on=FALSE)
    return when(opens(t, Mail.vma_op), sender[t] == k, tells | may_read(ORIGIN))(
        *empties_mailbox(t),
        given(~tells)(put(call[t], Call.applying), put(writer[ORIGIN], t)),
        given(tells)(
            put(call[t], Call.telling), tells_all(t, lambda j: (j != ORIGIN) & (j != k))),
    )  # fmt: skip


@action(fair=Fair.WEAK)
def map_for_call(t: Task, p: Page) -> Step:
    """The origin maps memory at a page that is free.

    Source: kernel/popcorn/vma_server.c:__process_vma_op_at_origin, do_mmap_pgoff
    Tag: claimed
    """
    return when(
        call[t] == Call.applying, operation[t] == Operation.mmap, has_semaphore(t, ORIGIN),
        area[p, ORIGIN] == Area.none, is_undisturbed(p),
    )(put(area[p, ORIGIN], Area.write), put(writer[ORIGIN], nothing),
      given(at[t] != ORIGIN)(put(about[t], p)), *answers(t))  # fmt: skip


@action(fair=Fair.WEAK)
def fail_to_map(t: Task) -> Step:
    """No page is free: the call fails.

    Source: mm/mmap.c:do_mmap
    Tag: claimed
    """
    return when(
        call[t] == Call.applying, operation[t] == Operation.mmap, has_semaphore(t, ORIGIN),
        is_full(),
    )(put(writer[ORIGIN], nothing), *answers(t))  # fmt: skip


@action(fair=Fair.WEAK)
def lower_at_origin(t: Task, p: Page) -> Step:
    """The origin unmaps or protects the page; repaired, it then tells every node it knows.

    Source: kernel/popcorn/vma_server.c:vma_server_munmap_origin, __process_vma_op_at_origin
    Tag: claimed
    """
    over = ORIGIN_FIRST.choose(off=FALSE, on=operation[t] == Operation.mmap_over)
    return when(
        call[t] == Call.applying, operation[t].among(*LOWERS) | over, about[t] == p,
        has_semaphore(t, ORIGIN),
    )(
        *lowers(t, p, ORIGIN),
        put(writer[ORIGIN], nothing),
        only(ORIGIN_FIRST, "on",
             put(call[t], Call.telling), tells_all(t, lambda j: j != ORIGIN)),
        only(ORIGIN_FIRST, "off", *answers(t)),
    )  # fmt: skip


# --- back on the caller's node -------------------------------------------------------------------


@action(fair=Fair.WEAK)
def take_answer(t: Task, k: Kernel) -> Step:
    """The thread on a remote is answered; what its own node has to do yet comes next.

    Source: kernel/popcorn/vma_server.c:handle_vma_op_response
    Tag: claimed
    """
    maps = operation[t].among(*MAPS) & about[t].exists
    lowers_later = operation[t] == Operation.mprotect
    more = ORIGIN_FIRST.choose(off=maps | lowers_later, on=maps)
    return when(channel[ORIGIN, k].arrives(Wire.vma_op_response(task=t)))(
        take(channel[ORIGIN, k]),
        given(more)(put(call[t], Call.finishing)),
        given(~more)(*ends(t)),
    )


@action(fair=Fair.STRONG)
def finish_here(t: Task, p: Page, k: Kernel) -> Step:
    """The caller's node maps the page where it has no area, or protects it, and the call returns.

    Source: kernel/popcorn/vma_server.c:vma_server_mmap_remote, vma_server_mprotect_remote
    Tag: claimed
    """
    maps = operation[t].among(*MAPS) & (area[p, k] == Area.none)
    return when(call[t] == Call.finishing, at[t] == k, about[t] == p, may_read(k),
                ~has_readers(k))(
        given(maps)(put(area[p, k], Area.write)),
        given(operation[t] == Operation.mprotect)(*protects(p, k)),
        *ends(t),
    )  # fmt: skip


@action(only=(BACKING, "may_fail"))
def fail_to_finish(t: Task, p: Page, k: Kernel) -> Step:
    """The caller's node cannot map what the origin has mapped: its file is not there, say.

    As built the call returns the code of that failure, VM_FAULT_SIGBUS, for an address. Repaired it
    returns the address, and the area is fetched when it is touched.

    Source: kernel/popcorn/vma_server.c:map_difference, vma_server_mmap_remote
    Tag: inferred
    """
    return when(call[t] == Call.finishing, operation[t].among(*MAPS), at[t] == k,
                about[t] == p, may_read(k), ~has_readers(k))(
        only(MAP_ERRORS, "off", put(misled[t], True)), *ends(t)
    )  # fmt: skip
