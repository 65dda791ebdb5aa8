"""What takes pages away and is no munmap: mremap, mmap with MAP_FIXED, and brk that shrinks.

As built the origin does all three alone: no other node is told. When it moves a page, what it knew
of the page's owners stays behind. A remote moves a page alone, as what its call is to say to the
origin fails and nobody looks. A remote that maps over something has the origin do that, and maps
itself only what it has no area for, so that it keeps what it had.

Repaired, the origin begins by unmapping, and tells every node that it knows, as for munmap; then it
maps. What it moves it must have alone. With its semaphore to write it takes the page from those who
have it: no request for the page can get in, and who asks is told to try again. brk that shrinks is
munmap then.
"""

from popcorn_model.language import (
    TRUE,
    Bool,
    Fair,
    Part,
    Step,
    action,
    always,
    nothing,
    only,
    put,
    some,
    sometimes,
    when,
)
from popcorn_model.popcorn_2020.advice import zaps_at_origin
from popcorn_model.popcorn_2020.area_calls import delegates, may_call
from popcorn_model.popcorn_2020.area_switches import ORIGIN_FIRST, REMAP
from popcorn_model.popcorn_2020.area_telling import (
    all_have_heard,
    answers,
    has_semaphore,
    tells_all,
    unmaps,
)
from popcorn_model.popcorn_2020.areas import about, begins, is_full, is_undisturbed, operation
from popcorn_model.popcorn_2020.copies import (
    distributed,
    fresh,
    is_at_origin,
    is_owned_elsewhere,
    mine,
    owner,
    pte,
)
from popcorn_model.popcorn_2020.handles import call_leaves, discards, failed, handle
from popcorn_model.popcorn_2020.origin_faults import (
    claims_page,
    drops_copies,
    has_failed,
    has_succeeded,
)
from popcorn_model.popcorn_2020.semaphore import has_readers, may_read
from popcorn_model.popcorn_2020.sorts import (
    ORIGIN,
    Area,
    Call,
    Handle,
    Kernel,
    Operation,
    Page,
    Pte,
    Task,
)
from popcorn_model.popcorn_2020.tasks import area, call, runs, writer


def applies(t: Task, p: Page, what: Operation) -> Bool:
    """Thread t's call about page p is the origin's to do, which has its semaphore to write."""
    return (
        (call[t] == Call.applying) & (operation[t] == what) & (about[t] == p)
        & has_semaphore(t, ORIGIN)
    )  # fmt: skip


def is_alone(p: Page) -> Bool:
    """The origin has the page, and nobody else."""
    return ~distributed[p] | (pte[p, ORIGIN] == Pte.write)


def is_claimed(t: Task, p: Page) -> Bool:
    """The origin has a handle for the page that thread t has called to move."""
    return (discards[p] == t) & (operation[t] == Operation.mremap)


# --- calls ---------------------------------------------------------------------------------------


@action
def call_mremap(t: Task, k: Kernel, p: Page) -> Step:
    """A thread moves a page: where to is for the origin to say.

    Source: mm/mremap.c:mremap with MREMAP_MAYMOVE; kernel/popcorn/vma_server.c
    Tag: claimed
    """
    return when(may_call(t, k), only(REMAP, "off", k == ORIGIN), is_undisturbed(p))(
        put(operation[t], Operation.mremap), put(about[t], p), *delegates(t, k)
    )


@action(only=(REMAP, "off"))
def move_here(t: Task, k: Kernel, p: Page, q: Page) -> Step:
    """A thread on a remote moves a page: the origin is not asked, and the call goes on without it.

    Source: kernel/popcorn/vma_server.c:vma_server_mremap_remote, its result ignored in mm/mremap.c
    Tag: claimed
    """
    return when(
        runs(t, k), k != ORIGIN, may_read(k), ~has_readers(k), area[p, k] != Area.none,
        area[q, k] == Area.none, p != q, is_undisturbed(p), is_undisturbed(q),
    )(
        put(area[q, k], area[p, k]), put(area[p, k], Area.none),
        put(pte[q, k], pte[p, k]), put(pte[p, k], Pte.none),
        put(fresh[q, k], fresh[p, k]), put(fresh[p, k], False),
    )  # fmt: skip


@action
def call_mmap_over(t: Task, k: Kernel, p: Page) -> Step:
    """A thread maps memory at a place that it names, over what may be there: MAP_FIXED.

    Source: mm/mmap.c:do_mmap; kernel/popcorn/vma_server.c:vma_server_mmap_remote
    Tag: claimed
    """
    return when(may_call(t, k), is_undisturbed(p))(
        put(operation[t], Operation.mmap_over), put(about[t], p), *delegates(t, k)
    )


@action(only=(ORIGIN_FIRST, "off"))
def call_shrink(t: Task, p: Page) -> Step:
    """A thread at the origin gives the end of its heap back; on a remote the call waits for itself.

    Source: mm/mmap.c:brk
    Tag: claimed
    """
    return when(may_call(t, ORIGIN), area[p, ORIGIN] != Area.none, is_undisturbed(p))(
        *begins(t, p, Call.applying, Operation.brk), put(writer[ORIGIN], t)
    )


# --- moving a page -------------------------------------------------------------------------------


@action(fair=Fair.WEAK, only=(ORIGIN_FIRST, "on"))
def drop_to_move(t: Task, p: Page) -> Step:
    """The origin has the page that is to be moved, and others have it too: they are to drop it.

    Source: kernel/popcorn/page_server.c:__claim_local_page
    Tag: inferred
    """
    return when(applies(t, p, Operation.mremap), ~is_alone(p), is_at_origin(p))(
        put(handle[p, ORIGIN], Handle.local_write), put(discards[p], t), drops_copies(p, ORIGIN)
    )


@action(fair=Fair.WEAK, only=(ORIGIN_FIRST, "on"))
def claim_to_move(t: Task, p: Page, x: Kernel) -> Step:
    """The page that is to be moved is not at the origin: its owner is asked for it.

    Source: kernel/popcorn/page_server.c:__claim_remote_page
    Tag: inferred
    """
    return when(
        applies(t, p, Operation.mremap), ~is_alone(p), ~is_at_origin(p), is_owned_elsewhere(p, x)
    )(put(handle[p, ORIGIN], Handle.local_write), put(discards[p], t), *claims_page(p, x, TRUE))


@action(fair=Fair.WEAK, only=(ORIGIN_FIRST, "on"))
def get_to_move(t: Task, p: Page) -> Step:
    """All answers have come: the origin has the page alone and closes the handle.

    Source: kernel/popcorn/page_server.c:__handle_localfault_at_origin
    Tag: inferred
    """
    return when(is_claimed(t, p), has_succeeded(p))(
        put(pte[p, ORIGIN], Pte.write), put(owner[p, ORIGIN], True), *call_leaves(t, p)
    )


@action(fair=Fair.WEAK, only=(ORIGIN_FIRST, "on"))
def miss_to_move(t: Task, p: Page) -> Step:
    """The page could not be had, so the call fails.

    Source: kernel/popcorn/page_server.c:__handle_localfault_at_origin
    Tag: inferred
    """
    return when(is_claimed(t, p), has_failed(p))(
        put(failed[p], False), *call_leaves(t, p), put(writer[ORIGIN], nothing), *answers(t)
    )


@action(fair=Fair.WEAK)
def move_at_origin(t: Task, p: Page, q: Page) -> Step:
    """The origin moves the page to where there is room; repaired, it then tells every node.

    Source: mm/mremap.c:move_vma, move_page_tables
    Tag: inferred
    """
    return when(
        applies(t, p, Operation.mremap), area[p, ORIGIN] != Area.none,
        only(ORIGIN_FIRST, "on", is_alone(p)), area[q, ORIGIN] == Area.none, p != q,
        is_undisturbed(q),
    )(
        put(area[q, ORIGIN], area[p, ORIGIN]),
        put(pte[q, ORIGIN], pte[p, ORIGIN]),
        put(fresh[q, ORIGIN], fresh[p, ORIGIN]),
        put(writer[ORIGIN], nothing),
        only(ORIGIN_FIRST, "on",
             *unmaps(p, ORIGIN), put(call[t], Call.telling), tells_all(t, lambda j: j != ORIGIN)),
        only(ORIGIN_FIRST, "off",
             put(area[p, ORIGIN], Area.none), put(pte[p, ORIGIN], Pte.none),
             put(fresh[p, ORIGIN], False), *answers(t)),
    )  # fmt: skip


@action(fair=Fair.WEAK)
def fail_to_move(t: Task, p: Page) -> Step:
    """There is no such page at the origin, or no room: the call fails.

    Source: mm/mremap.c:vma_to_resize, get_unmapped_area
    Tag: claimed
    """
    return when(applies(t, p, Operation.mremap), (area[p, ORIGIN] == Area.none) | is_full())(
        put(writer[ORIGIN], nothing), *answers(t)
    )


# --- mapping over what is there ------------------------------------------------------------------


@action(fair=Fair.WEAK, only=(ORIGIN_FIRST, "off"))
def map_over(t: Task, p: Page) -> Step:
    """The origin unmaps what is there and maps empty memory, in one step.

    Source: mm/mmap.c:mmap_region; kernel/popcorn/vma_server.c:__process_vma_op_at_origin
    Tag: claimed
    """
    return when(applies(t, p, Operation.mmap_over))(
        *zaps_at_origin(p),
        put(area[p, ORIGIN], Area.write),
        put(writer[ORIGIN], nothing),
        *answers(t),
    )


@action(fair=Fair.STRONG, only=(ORIGIN_FIRST, "on"))
def map_anew(t: Task, p: Page) -> Step:
    """No node has any more what was there: the origin maps empty memory.

    Source: mm/mmap.c:mmap_region; kernel/popcorn/vma_server.c:__process_vma_op_at_origin
    Tag: inferred
    """
    return when(
        all_have_heard(t), operation[t] == Operation.mmap_over, about[t] == p, may_read(ORIGIN),
        ~has_readers(ORIGIN),
    )(put(area[p, ORIGIN], Area.write), *answers(t))  # fmt: skip


# --- properties ----------------------------------------------------------------------------------


@always(number="S26")
def moved_pages_are_whole(t: Task, p: Page) -> Bool:
    """While a page is taken from others to be moved, nobody changes areas or opens a handle.

    Tag: inferred
    """
    return is_claimed(t, p).implies(
        (call[t] == Call.applying) & (writer[ORIGIN] == t)
        & (handle[p, ORIGIN] == Handle.local_write)
    )  # fmt: skip


@always(number="S25")
def unmapped_is_forgotten(p: Page, k: Kernel) -> Bool:
    """Where a page is in no area nothing is known of it, neither a copy nor who owns one.

    Tag: relied
    """
    directory = distributed[p] | some(Kernel, lambda j: owner[p, j])
    there = (pte[p, k] != Pte.none) | mine[p, k] | ((k == ORIGIN) & directory)
    return (area[p, k] == Area.none).implies(~there)


@always(number="S4")
def what_is_given_away_is_missed(p: Page) -> Bool:
    """A page that the origin has given away is one that it knows to be elsewhere.

    Tag: inferred
    """
    return (pte[p, ORIGIN] == Pte.invalid).implies(distributed[p])


@sometimes()
def page_is_taken_to_move(t: Task, p: Page) -> Bool:
    """A page that others have is taken from them, to be moved."""
    return is_claimed(t, p)


@sometimes()
def page_is_mapped_over(t: Task) -> Bool:
    """Memory is mapped over what was there."""
    return (operation[t] == Operation.mmap_over) & (call[t] == Call.finishing)


REMAPS = Part(
    "remaps",
    "mremap, mmap over what is there, brk that shrinks.",
    actions=(
        call_mremap,
        move_here,
        call_mmap_over,
        call_shrink,
        drop_to_move,
        claim_to_move,
        get_to_move,
        miss_to_move,
        move_at_origin,
        fail_to_move,
        map_over,
        map_anew,
    ),
    properties=(
        moved_pages_are_whole,
        unmapped_is_forgotten,
        what_is_given_away_is_missed,
        page_is_taken_to_move,
        page_is_mapped_over,
    ),
    needs=("transport", "tasks", "threads", "vma", "pages"),
)
