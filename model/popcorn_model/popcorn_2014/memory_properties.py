"""What the address space promises, by the numbers of the design's list of invariants.

Two replicas belong together when they are address spaces of one group. Numbers that are missing
here are promises of other parts.
"""

from popcorn_model.language import (
    Bool,
    LeadsTo,
    Natural,
    Property,
    always,
    count,
    eventually,
    every,
    leads_to,
    nothing,
    some,
    sometimes,
)
from popcorn_model.popcorn_2014.answers import is_asked, must_copy_first
from popcorn_model.popcorn_2014.frames import (
    area,
    common,
    is_present,
    is_promised,
    owner,
    promise,
    pte,
    shows_common,
    truth,
    writable,
)
from popcorn_model.popcorn_2014.lifetime import alive
from popcorn_model.popcorn_2014.lock_interface import is_idle
from popcorn_model.popcorn_2014.lookup import found_mm, holds_semaphore
from popcorn_model.popcorn_2014.memory_sorts import Area, Doing, Promise, Stage
from popcorn_model.popcorn_2014.messages import Wire
from popcorn_model.popcorn_2014.mremap import is_moving, is_own_or_none
from popcorn_model.popcorn_2014.records import (
    asks_about,
    awaited,
    doing,
    first,
    heard_all,
    in_range,
    is_at,
    last,
    stage,
)
from popcorn_model.popcorn_2014.sorts import Frame, Group, Kernel, Mm, Page, Replica, Task
from popcorn_model.popcorn_2014.tasks import (
    group,
    is_at_work,
    is_being_forked,
    mm,
    mm_group,
    pulling,
    uses,
)
from popcorn_model.popcorn_2014.transport import mapping_work, outbox, owed, ring

SETTLED = (Promise.read, Promise.write)


def is_of(g: Group, k: Kernel, r: Replica) -> Bool:
    """Replica r of kernel k is an address space of group g, live or saved, and g is alive."""
    return (mm_group[k, r] == g) & (mm[k, r] != Mm.none) & alive(g)


def is_owed(g: Group, p: Page) -> Bool:
    """The program of group g lives and may rely on what it knows of page p."""
    return alive(g) & promise[g, p].among(*SETTLED)


def is_in_use(k: Kernel, r: Replica) -> Bool:
    """Some thread lives that could run in replica r of kernel k, or have it asked for a page."""
    return some(Group, lambda g: is_of(g, k, r))


def maps(k: Kernel, r: Replica, p: Page, f: Frame) -> Bool:
    """The replica shows frame f at page p."""
    return pte[k, r, p] == f


def is_mapped_by(g: Group, p: Page, f: Frame) -> Bool:
    """Some replica of the group shows frame f at page p."""
    return some(Kernel, lambda k: some(Replica, lambda r: is_of(g, k, r) & maps(k, r, p, f)))


# --- safety ------------------------------------------------------------------------------------


@always(number=16)
def single_frame(g: Group, j: Kernel, k: Kernel, p: Page) -> Bool:
    """Two replicas of a group that have a page show the same frame.

    Tag: claimed
    """
    def agree(q: Replica, r: Replica) -> Bool:
        both = is_of(g, j, q) & is_of(g, k, r) & is_present(j, q, p) & is_present(k, r, p)
        return both.implies(pte[j, q, p] == pte[k, r, p])

    return every(Replica, lambda q: every(Replica, lambda r: agree(q, r)))


@always(number=17)
def frame_backs_one_page(j: Kernel, k: Kernel, f: Frame, p: Page) -> Bool:
    """A frame that somebody may write backs one page of one group.

    What fork leaves to two processes of a kernel neither may write.

    Tag: claimed
    """
    def apart(r: Replica, q: Replica, x: Page) -> Bool:
        used = is_in_use(j, r) & is_in_use(k, q)
        same_group = mm_group[j, r] == mm_group[k, q]
        parted = (j == k) & ~same_group & ~writable[j, r, p] & ~writable[k, q, x]
        forked = parted | is_being_forked(j, r) | is_being_forked(k, q)
        shared = used & maps(j, r, p, f) & maps(k, q, x, f) & ~common[f]
        return shared.implies(((p == x) & same_group) | forked)

    return every(Replica, lambda r: every(Replica, lambda q: every(
        Page, lambda x: apart(r, q, x))))  # fmt: skip


@always(number=18)
def no_use_after_free(k: Kernel, r: Replica, p: Page, f: Frame) -> Bool:
    """A frame that is back with its allocator has no page-table entry on any kernel.

    Entries of a group that is over do not count: its kernels drop them as each hears of closure,
    and nobody runs there.

    Tag: claimed
    """
    return owner[f].exists | ~(maps(k, r, p, f) & is_in_use(k, r))


@always(number=19)
def writes_are_seen(g: Group, p: Page, k: Kernel, r: Replica, f: Frame) -> Bool:
    """Whoever has a page sees what the program last wrote there.

    Tag: claimed
    """
    settled = is_owed(g, p) & is_of(g, k, r) & maps(k, r, p, f)
    return settled.implies((truth[g, p] == f) | (truth[g, p] == nothing))


@always(number=19)
def content_is_kept(g: Group, p: Page, f: Frame) -> Bool:
    """What a program wrote to a page is somewhere in its address space until it unmaps the page.

    Tag: claimed
    """
    owed_to_it = is_owed(g, p) & (truth[g, p] == f)
    return owed_to_it.implies(owner[f].exists & is_mapped_by(g, p, f))


@always(number=19)
def no_stray_signal(t: Task, k: Kernel, r: Replica, p: Page) -> Bool:
    """An access that the program may make never ends in a signal.

    Tag: claimed
    """
    allowed = is_promised(t, p, *SETTLED) & is_at(t, Doing.fault, Stage.filling)
    here = is_at_work(t, k) & (uses[t, k] == r) & in_range(t, p)
    return (allowed & here).implies(area[k, r, p] != Area.none)


@always(number=20)
def unmapped_everywhere(g: Group, k: Kernel, r: Replica, p: Page) -> Bool:
    """Where no call has left a mapping, no replica has an entry or an area.

    Tag: claimed
    """
    gone = (promise[g, p] == Promise.none) & is_of(g, k, r)
    return gone.implies(~is_present(k, r, p) & (area[k, r, p] == Area.none))


@always(number=21)
def protection_holds(g: Group, k: Kernel, r: Replica, p: Page) -> Bool:
    """Once mprotect has returned, no replica lets a page be written that may only be read.

    Tag: claimed
    """
    protected = (promise[g, p] == Promise.read) & is_of(g, k, r)
    return protected.implies(~writable[k, r, p] & (area[k, r, p] != Area.write))


@always(number=21)
def no_call_misses_an_area(t: Task, p: Page) -> Bool:
    """mprotect finds the areas that the program has, wherever they were made.

    Tag: relied
    """
    return ~(is_at(t, Doing.protect, Stage.refused) & in_range(t, p) & is_promised(t, p, *SETTLED))


@always(number=22)
def mmap_takes_only_holes(t: Task, p: Page) -> Bool:
    """Where a kernel finds room for a mapping, new or moved, the program has none.

    Tag: claimed
    """
    taking = is_at(t, Doing.map, Stage.telling) & in_range(t, p)
    moving_to = is_at(t, Doing.move, Stage.ready) & (last[t] == p)
    return (taking | moving_to).implies(is_promised(t, p, Promise.none))


@always(number=23)
def exported_is_not_copied(j: Kernel, k: Kernel, r: Replica, p: Page, f: Frame) -> Bool:
    """A page that two kernels map can not be copied on write at either.

    Tag: claimed
    """
    def exported(q: Replica) -> Bool:
        return (mm_group[j, q] == mm_group[k, r]) & maps(j, q, p, f)

    elsewhere = (j != k) & maps(k, r, p, f) & some(Replica, exported)
    return ~(elsewhere & common[f])


@always(number=37)
def common_is_not_written(k: Kernel, r: Replica, p: Page) -> Bool:
    """Nobody may write to a frame that others outside the group read.

    Tag: claimed
    """
    return ~(shows_common(k, r, p) & writable[k, r, p])


def would_count(t: Task, m: Wire, k: Kernel, j: Kernel) -> Bool:
    """Message m, from kernel k or back from j, would count for what thread t waits for.

    A query and its answers are told apart by thread and page, the others by the thread alone.
    """
    def about(p: Page) -> Bool:
        asked = m.matches(Wire.mapping_request.like(task=t, source=k, first=p))
        answered = m.matches(Wire.mapping_response.like(task=t, source=j, page=p)) | m.matches(
            Wire.mapping_run.like(task=t, source=j, page=p))
        absent = m.matches(Wire.mapping_nonpresent.like(task=t, source=j, page=p))
        return asks_about(t, p) & (asked | answered | absent)

    telling = (
        m.matches(Wire.munmap_request.like(task=t, source=k))
        | m.matches(Wire.mprotect_request.like(task=t, source=k))
        | m.matches(Wire.munmap_response.like(task=t, source=j))
        | m.matches(Wire.mprotect_response.like(task=t, source=j))
    )
    return some(Page, about) | ((stage[t] == Stage.telling) & telling)


def under_way(t: Task, k: Kernel, j: Kernel) -> Natural:
    """How many messages between kernel k, where thread t waits, and kernel j are about its wait."""
    def about(m: Wire) -> Bool:
        return would_count(t, m, k, j)

    unsent = count(Kernel, lambda i: (i == j) & owed[k, j] & outbox[k].waiting
                   & about(outbox[k].head))  # fmt: skip
    here = ring[k].count(lambda m: about(m) & (k != j))
    return unsent + ring[j].count(about) + mapping_work[j].count(about) + here


@always(number=29)
def answers_fit_their_request(t: Task, k: Kernel, j: Kernel) -> Bool:
    """While a thread waits for a kernel, exactly one message between the two is about it.

    So whatever answer comes was made for what the thread asked, and one does come.

    Tag: claimed
    """
    waits = is_at_work(t, k) & awaited[t, j]
    return waits.implies(under_way(t, k, j) == 1)


@always(number=30)
def nowhere_means_nowhere(t: Task, k: Kernel, p: Page, j: Kernel, r: Replica) -> Bool:
    """When Linux gives a page a fresh frame after a query, no kernel has the page.

    Tag: claimed
    """
    filling = is_at(t, Doing.fault, Stage.filling) & is_at_work(t, k) & in_range(t, p)
    absent = every(Replica, lambda q: (uses[t, k] != q) | ~is_present(k, q, p))
    elsewhere = (j != k) & (mm_group[j, r] == group[t]) & is_present(j, r, p)
    return ~(filling & absent & elsewhere)


@always(number=33)
def no_wait_in_a_circle(t: Task, u: Task, j: Kernel, k: Kernel) -> Bool:
    """Two kernels never wait for each other's answer while each keeps its mmap_sem.

    Tag: claimed
    """
    there = holds_semaphore(t, j) & awaited[t, k]
    back = holds_semaphore(u, k) & awaited[u, j]
    return (j == k) | ~(there & back)


@always()
def memory_suffices(t: Task, j: Kernel, k: Kernel, r: Replica, p: Page) -> Bool:
    """Who needs a frame finds a free one: a scope with too few would hide what follows.

    Tag: inferred
    """
    faults = is_at(t, Doing.fault, Stage.filling) & is_at_work(t, k)
    moves = is_moving(t, Stage.telling) & heard_all(t) & is_at_work(t, k) & (first[t] == p)
    copies = moves & (uses[t, k] == r) & ~is_own_or_none(k, r, p)
    exports = is_asked(k, t, j, p) & found_mm(t, k, r) & must_copy_first(k, r, p)
    return (faults | copies | exports).implies(some(Frame, lambda f: owner[f].is_nothing))


# --- liveness and vacuity ----------------------------------------------------------------------


@eventually(number=28)
def every_request_is_answered(t: Task, j: Kernel) -> LeadsTo:
    """A thread that waits for a kernel's answer stops waiting.

    Tag: claimed
    """
    return leads_to(awaited[t, j], ~awaited[t, j])


@sometimes()
def a_page_is_shared(g: Group, j: Kernel, k: Kernel, p: Page, f: Frame) -> Bool:
    """Two kernels map one frame for one page.

    Tag: claimed
    """
    def has(i: Kernel) -> Bool:
        return some(Replica, lambda r: is_of(g, i, r) & maps(i, r, p, f))

    return (j != k) & has(j) & has(k)


@sometimes()
def protection_is_taken_away(g: Group, p: Page, k: Kernel, r: Replica) -> Bool:
    """A page with content may only be read.

    Tag: claimed
    """
    return (promise[g, p] == Promise.read) & is_present(k, r, p)


def is_back(u: Task) -> Bool:
    """Thread u has no fault, no call and no import under way."""
    return (doing[u] == Doing.none) & is_idle(u) & every(Kernel, lambda k: ~pulling[u, k])


@sometimes()
def all_threads_are_back() -> Bool:
    """No thread is in its kernel for memory's sake: where nothing more can happen, that is an end.

    Tag: inferred
    """
    return every(Task, is_back)


MEMORY_SAFETY: tuple[Property, ...] = (
    single_frame,
    frame_backs_one_page,
    no_use_after_free,
    writes_are_seen,
    content_is_kept,
    no_stray_signal,
    unmapped_everywhere,
    protection_holds,
    no_call_misses_an_area,
    mmap_takes_only_holes,
    exported_is_not_copied,
    answers_fit_their_request,
    nowhere_means_nowhere,
    no_wait_in_a_circle,
    common_is_not_written,
    memory_suffices,
)
MEMORY_PROPERTIES: tuple[Property, ...] = (
    *MEMORY_SAFETY,
    every_request_is_answered,
    a_page_is_shared,
    protection_is_taken_away,
    all_threads_are_back,
)
