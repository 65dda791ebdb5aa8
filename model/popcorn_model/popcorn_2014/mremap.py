"""mremap that moves a page: pull it, move the entry, tell the others.

The kernel of the caller first pulls the page, so that nothing of it stays elsewhere only. Then it
moves its own page-table entry. Only where the kernel itself chooses the new place are the others
told, afterwards, to unmap the old page and the new one; where the program names the place, and
where the mapping shrinks (munmap.py), they hear nothing.
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
    nothing,
    put,
    some,
    spend,
    when,
)
from popcorn_model.language import expr as e
from popcorn_model.popcorn_2014.faults import is_answered, maps_answer
from popcorn_model.popcorn_2014.frames import (
    Inside,
    area,
    frees,
    is_present,
    is_promised,
    lets_go,
    loses_last_mapping,
    owner,
    promises,
    pte,
    truth,
    writable,
)
from popcorn_model.popcorn_2014.lock_interface import ask_for_area
from popcorn_model.popcorn_2014.lookup import mmap_sem_free
from popcorn_model.popcorn_2014.memory_sorts import Area, Doing, Promise, Stage
from popcorn_model.popcorn_2014.messages import Wire
from popcorn_model.popcorn_2014.records import (
    VMA_OPS,
    answer_area,
    asks,
    begins,
    doing,
    drops_record,
    ends,
    ends_access,
    ends_query,
    first,
    heard_all,
    in_range,
    in_user_mode,
    is_at,
    last,
    may_start,
    mode,
    runs_in,
    stage,
    works_in,
)
from popcorn_model.popcorn_2014.sorts import Frame, Group, Kernel, Page, Replica, Task
from popcorn_model.popcorn_2014.switches import MOVE_COPIES, PROBE_MOVE, PROPAGATE_REMAPS
from popcorn_model.popcorn_2014.tasks import distributed, group, is_at_work
from popcorn_model.popcorn_2014.telling import (
    MAPPED,
    as_promise,
    lets_owners_free,
    no_race,
    settles,
    tells_owners,
    tells_to_unmap,
)
from popcorn_model.popcorn_2014.transport import may_broadcast, may_run


@action
def call_mremap(t: Task, k: Kernel, r: Replica, p: Page, q: Page) -> Step:
    """Thread t moves page p; its kernel picks a hole of its own replica.

    Source: mm/mremap.c:do_mremap, MREMAP_MAYMOVE
    Tag: claimed
    """
    return when(
        runs_in(t, k, r), may_run(k), is_promised(t, p, *MAPPED), p != q,
        area[k, r, q] == Area.none, no_race(t, p), no_race(t, q),
    )(
        spend(VMA_OPS),
        *begins(t, Doing.move, p, q),
        *ask_for_area(t, lambda x: (x == p) | (x == q)),
    )  # fmt: skip


@action
def call_mremap_to(t: Task, k: Kernel, p: Page, q: Page) -> Step:
    """Thread t moves page p to page q, whatever is there.

    Source: mm/mremap.c:mremap_to, MREMAP_FIXED
    Tag: claimed
    """
    return when(
        in_user_mode(t, k), may_run(k), is_promised(t, p, *MAPPED), p != q,
        ~is_promised(t, q, Promise.changing), no_race(t, p), no_race(t, q),
    )(
        spend(VMA_OPS),
        *begins(t, Doing.move_to, p, q),
        *ask_for_area(t, lambda x: (x == p) | (x == q)),
    )  # fmt: skip


def is_moving(t: Task, how_far: Stage) -> Bool:
    """Thread t moves a page and is that far."""
    return is_at(t, Doing.move, how_far) | is_at(t, Doing.move_to, how_far)


def moves(t: Task, p: Page, q: Page) -> Bool:
    """Thread t moves page p to page q."""
    return (first[t] == p) & (last[t] == q)


def may_pull(t: Task) -> Bool:
    """The lock has come; repaired, a place that the kernel chose has been asked about as well."""
    granted = may_start(t, Doing.move) | may_start(t, Doing.move_to)
    probed = may_start(t, Doing.move_to) | is_at(t, Doing.move, Stage.probed)
    return PROBE_MOVE.choose(off=granted, on=probed)


# --- repaired: is the place free? --------------------------------------------------------------


@action(fair=Fair.WEAK, only=(PROBE_MOVE, "on"))
def probe_place(t: Task, k: Kernel, r: Replica, q: Page) -> Step:
    """Repaired: the kernel asks all others whether they know the place that it has chosen.

    Source: none; a repair
    Tag: inferred
    """
    return when(
        may_start(t, Doing.move), last[t] == q, works_in(t, k, r), area[k, r, q] == Area.none,
        may_broadcast(k),
    )(
        put(stage[t], Stage.probing),
        given(distributed[t, k])(
            *asks(t, k, Wire.mapping_request(task=t, first=q, last=q, source=k))),
    )  # fmt: skip


@action(fair=Fair.WEAK, only=(PROBE_MOVE, "on"))
def find_place_taken(t: Task, k: Kernel, r: Replica, q: Page) -> Step:
    """Repaired: the place is none; the search starts over.

    Source: none; a repair
    Tag: inferred
    """
    taken_here = may_start(t, Doing.move) & (area[k, r, q] != Area.none)
    taken_there = is_at(t, Doing.move, Stage.probing) & (answer_area[t] != Area.none)
    return when(
        taken_here | (taken_there & is_answered(t)), last[t] == q, works_in(t, k, r), may_run(k),
    )(*ends_query(t))  # fmt: skip


@action(fair=Fair.WEAK, only=(PROBE_MOVE, "on"))
def find_place_free(t: Task, k: Kernel) -> Step:
    """Repaired: no kernel knows the place.

    Source: none; a repair
    Tag: inferred
    """
    return when(
        is_at(t, Doing.move, Stage.probing), heard_all(t), answer_area[t] == Area.none,
        is_at_work(t, k), may_run(k),
    )(put(stage[t], Stage.probed))  # fmt: skip


# --- the page comes here -----------------------------------------------------------------------


@action(fair=Fair.WEAK)
def pull_page(t: Task, k: Kernel, r: Replica, p: Page) -> Step:
    """The kernel asks all others for the page that is to be moved, unless it has it.

    Source: mm/mremap.c:do_mremap, process_server_pull_remote_mappings
    Tag: claimed
    """
    return when(
        may_pull(t), first[t] == p, works_in(t, k, r), may_broadcast(k),
        distributed[t, k], is_promised(t, p, *MAPPED), ~is_present(k, r, p),
    )(
        put(stage[t], Stage.asking),
        *asks(t, k, Wire.mapping_request(task=t, first=p, last=p, source=k)),
    )  # fmt: skip


@action(fair=Fair.WEAK)
def find_page_here(t: Task, k: Kernel, r: Replica, p: Page) -> Step:
    """The page to be moved is here already, or nobody else can have it.

    Source: mm/mremap.c:do_mremap
    Tag: claimed
    """
    return when(
        may_pull(t), first[t] == p, works_in(t, k, r), may_run(k),
        ~distributed[t, k] | is_present(k, r, p), is_promised(t, p, *MAPPED),
    )(put(stage[t], Stage.ready))  # fmt: skip


@action(fair=Fair.WEAK)
def nothing_to_move(t: Task, k: Kernel, p: Page) -> Step:
    """Another thread has unmapped the page meanwhile: the call fails.

    Source: mm/mremap.c:vma_to_resize
    Tag: inferred
    """
    return when(
        may_pull(t), first[t] == p, is_at_work(t, k), may_run(k), ~is_promised(t, p, *MAPPED)
    )(*ends(t))


@action(fair=Fair.WEAK)
def map_pulled_page(t: Task, k: Kernel, r: Replica, p: Page) -> Step:
    """The answers are in: the page is mapped where it was, before it moves.

    Source: kernel/process_server.c:process_server_pull_remote_mappings
    Tag: claimed
    """
    return when(
        is_moving(t, Stage.asking), first[t] == p, works_in(t, k, r), may_run(k),
        is_answered(t), mmap_sem_free(k, r),
    )(*maps_answer(t, k, r, p), put(stage[t], Stage.ready), *drops_record(t))  # fmt: skip


# --- the move ----------------------------------------------------------------------------------


def at(r: Replica, q: Page) -> Inside:
    """Page q of replica r."""
    return lambda s, x: (s == r) & (x == q)


def to_last(t: Task, r: Replica) -> Inside:
    """The page of replica r that thread t moves to."""
    return lambda s, x: (s == r) & (last[t] == x)


def tells_of_move(t: Task, k: Kernel, p: Page, q: Page) -> tuple[e.Update, ...]:
    """The others hear of the move, where the kernel chose the place; repaired, always."""
    told = PROPAGATE_REMAPS.choose(off=doing[t] == Doing.move, on=TRUE)
    return (
        put(stage[t], Stage.telling),
        put(mode[t], ite(is_promised(t, p, Promise.write), Area.write, Area.read)),
        promises(t, lambda x: in_range(t, x), Promise.changing),
        given(distributed[t, k] & told)(*tells_to_unmap(t, k, p, q)),
    )


def clears_old_page(k: Kernel, r: Replica, p: Page) -> tuple[e.Update, ...]:
    """Page p has neither entry nor area any more."""
    return (
        put(pte[k, r, p], nothing),
        put(writable[k, r, p], FALSE),
        put(area[k, r, p], Area.none),
    )


def moves_entry(k: Kernel, r: Replica, p: Page, q: Page) -> tuple[e.Update, ...]:
    """What replica r had at page p it has at page q; p becomes a hole."""
    return (
        put(pte[k, r, q], pte[k, r, p]),
        put(writable[k, r, q], writable[k, r, p]),
        put(area[k, r, q], area[k, r, p]),
        *clears_old_page(k, r, p),
    )


def moved_promise(t: Task, x: Page) -> Promise:
    """After the move the old page is a hole; the new one may be used as the old one was."""
    return ite(first[t] == x, Promise.none, as_promise(mode[t]))


def content_follows(t: Task, p: Page, q: Page) -> e.Update:
    """What the program wrote to page p it expects at page q."""
    return for_each(Group, lambda g: given(group[t] == g)(
        put(truth[g, q], truth[g, p]), put(truth[g, p], nothing)))  # fmt: skip


@action(fair=Fair.WEAK, only=(MOVE_COPIES, "off"))
def move_page(t: Task, k: Kernel, r: Replica, p: Page, q: Page) -> Step:
    """The kernel moves its entry from p to q, frees what was at q, and begins to tell the others.

    Source: mm/mremap.c:move_vma, process_server_do_munmap
    Tag: claimed
    """
    return when(
        is_moving(t, Stage.ready), moves(t, p, q), works_in(t, k, r), may_broadcast(k), p != q,
        mmap_sem_free(k, r),
    )(
        *moves_entry(k, r, p, q),
        lets_go(k, t, lambda s, x: (s == r) & (x == q)),
        content_follows(t, p, q),
        *tells_of_move(t, k, p, q),
    )  # fmt: skip


@action(fair=Fair.WEAK, only=(MOVE_COPIES, "off"))
def return_from_mremap(t: Task, k: Kernel, p: Page, q: Page) -> Step:
    """All others have unmapped both places: the call returns.

    Source: mm/mremap.c:do_mremap
    Tag: claimed
    """
    return when(
        is_moving(t, Stage.telling), moves(t, p, q), is_at_work(t, k), heard_all(t),
        may_broadcast(k), p != q,
    )(
        *lets_owners_free(t, k),
        settles(t, lambda x: moved_promise(t, x)),
        *ends_access(t),
    )


@action(fair=Fair.WEAK, only=(MOVE_COPIES, "on"))
def clear_for_move(t: Task, k: Kernel, p: Page, q: Page) -> Step:
    """Repaired: the others unmap both places before the kernel moves anything.

    Source: none; a repair
    Tag: inferred
    """
    return when(is_moving(t, Stage.ready), moves(t, p, q), is_at_work(t, k), may_broadcast(k))(
        *tells_of_move(t, k, p, q)
    )


def is_own_or_none(k: Kernel, r: Replica, p: Page) -> Bool:
    """The page shows a frame of kernel k's own, or none."""
    return ~is_present(k, r, p) | some(Frame, lambda f: (pte[k, r, p] == f) & (owner[f] == k))


@action(fair=Fair.WEAK, only=(MOVE_COPIES, "on"))
def move_own_page(t: Task, k: Kernel, r: Replica, p: Page, q: Page) -> Step:
    """Repaired: all others have unmapped; a frame of the kernel's own moves, and the call returns.

    Source: none; a repair
    Tag: inferred
    """
    return when(
        is_moving(t, Stage.telling), moves(t, p, q), works_in(t, k, r), heard_all(t),
        is_own_or_none(k, r, p), may_broadcast(k), p != q, mmap_sem_free(k, r),
    )(
        *moves_entry(k, r, p, q),
        for_each(Frame, lambda h: given(loses_last_mapping(k, h, at(r, q)))(*frees(h))),
        content_follows(t, p, q),
        settles(t, lambda x: moved_promise(t, x)),
        tells_owners(t, k),
        *ends_access(t),
    )  # fmt: skip


@action(fair=Fair.WEAK, only=(MOVE_COPIES, "on"))
def move_copy_of_page(t: Task, k: Kernel, r: Replica, p: Page, f: Frame) -> Step:
    """Repaired: all others have unmapped; a foreign frame is copied, and the call returns.

    Source: none; a repair
    Tag: inferred
    """
    return when(
        is_moving(t, Stage.telling), first[t] == p, works_in(t, k, r),
        heard_all(t), ~is_own_or_none(k, r, p), owner[f].is_nothing, may_broadcast(k),
        mmap_sem_free(k, r),
    )(
        put(owner[f], k),
        for_each(Page, lambda q: given((last[t] == q) & (q != p))(
            put(pte[k, r, q], f),
            put(writable[k, r, q], writable[k, r, p]),
            put(area[k, r, q], area[k, r, p]),
        )),
        *clears_old_page(k, r, p),
        for_each(Group, lambda g: for_each(Page, lambda x: given(group[t] == g)(
            given(last[t] == x)(put(truth[g, x], f)),
            given((first[t] == x) & (last[t] != x))(put(truth[g, x], nothing)),
        ))),
        for_each(Frame, lambda h: given((h != f) & loses_last_mapping(k, h, to_last(t, r)))(
            *frees(h))),
        settles(t, lambda x: moved_promise(t, x)),
        tells_owners(t, k),
        *ends_access(t),
    )  # fmt: skip
