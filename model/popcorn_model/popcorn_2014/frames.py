"""Frames, and who maps them: the page tables of all replicas.

A frame belongs to the kernel whose allocator handed it out. Any kernel may map it by its number,
and its owner keeps no count of such foreign mappings: a frame goes back to the allocator when the
last mapping *on its owner* goes. What a page holds is represented by the frame that holds it:
``truth`` is the frame that a program on one big Linux would see behind a page, nothing before it
is first touched. No step reads ``truth`` or ``promise`` but to keep programs well behaved.

A *common* frame is a page of the page cache, or the zero page: others outside the group read it,
so nobody may write it. A private mapping shows it read-only until the first write copies it. The
same goes for a frame that fork has left to two address spaces, until one of them is its only user.
"""

from collections.abc import Callable

from popcorn_model.language import (
    FALSE,
    Bool,
    for_each,
    given,
    maybe,
    nothing,
    only,
    put,
    some,
    state,
)
from popcorn_model.language import expr as e
from popcorn_model.popcorn_2014.memory_sorts import Area, Promise
from popcorn_model.popcorn_2014.sorts import Frame, Group, Kernel, Page, Replica, Task
from popcorn_model.popcorn_2014.switches import TWO_PHASE_UNMAP
from popcorn_model.popcorn_2014.tasks import group, mm_group

owner = state(
    "owner", Frame, of=maybe(Kernel), start=nothing,
    doc="the kernel whose allocator handed the frame out; nothing: the frame is free",
)  # fmt: skip
common = state(
    "common", Frame, of=Bool, start=False, doc="the page cache's, or the zero page: not to write"
)
parked = state(
    "parked", Frame, of=maybe(Task), start=nothing,
    doc="repaired: unmapped for this thread's call, not freed before all kernels have unmapped",
)  # fmt: skip
pte = state(
    "pte", Kernel, Replica, Page, of=maybe(Frame), start=nothing, doc="the page-table entry"
)
writable = state(
    "writable", Kernel, Replica, Page, of=Bool, start=False, doc="the entry permits writing"
)
area = state(
    "area", Kernel, Replica, Page, of=Area, start=Area.none, doc="what the replica's areas say"
)
truth = state(
    "truth", Group, Page, of=maybe(Frame), start=nothing,
    doc="history: the frame that holds what the program last wrote to the page",
)  # fmt: skip
promise = state(
    "promise", Group, Page, of=Promise, start=Promise.none,
    doc="history: what the program may rely on, by the calls that have returned",
)  # fmt: skip

Inside = Callable[[Replica, Page], Bool]
"""Which pages of which replicas of one kernel are meant."""


def is_present(k: Kernel, r: Replica, p: Page) -> Bool:
    """The replica has a page-table entry for the page."""
    return pte[k, r, p] != nothing


def shows_common(k: Kernel, r: Replica, p: Page) -> Bool:
    """The entry shows a common frame."""
    return some(Frame, lambda f: (pte[k, r, p] == f) & common[f])


def shows_shared(k: Kernel, r: Replica, p: Page) -> Bool:
    """The entry shows a frame that is common, or that another address space here shows as well."""
    def elsewhere(f: Frame) -> Bool:
        return some(Replica, lambda q: (q != r) & some(Page, lambda x: pte[k, q, x] == f))

    return some(Frame, lambda f: (pte[k, r, p] == f) & (common[f] | elsewhere(f)))


def shows_foreign(k: Kernel, r: Replica, p: Page) -> Bool:
    """The entry shows a frame by its bare number: it is no frame of the kernel's own."""
    return some(Frame, lambda f: (pte[k, r, p] == f) & (owner[f] != k))


def frees(f: Frame) -> tuple[e.Update, ...]:
    """The frame goes back to its owner's allocator."""
    return (put(owner[f], nothing), put(common[f], FALSE))


def loses_last_mapping(k: Kernel, f: Frame, inside: Inside) -> Bool:
    """Frame f is k's own, mapped inside and, on kernel k, nowhere else."""
    def here(r: Replica, p: Page) -> Bool:
        return pte[k, r, p] == f

    mapped = some(Replica, lambda r: some(Page, lambda p: inside(r, p) & here(r, p)))
    kept = some(Replica, lambda r: some(Page, lambda p: ~inside(r, p) & here(r, p)))
    return (owner[f] == k) & mapped & ~kept


def unmaps(k: Kernel, inside: Inside, leaves: Area = Area.none) -> tuple[e.Update, ...]:
    """Kernel k drops entries and areas, and frees frames of its own that nothing here maps now."""
    return (
        *_drops_entries(k, inside, leaves),
        for_each(Frame, lambda f: given(loses_last_mapping(k, f, inside))(*frees(f))),
    )


def unmaps_for(k: Kernel, t: Task, inside: Inside) -> tuple[e.Update, ...]:
    """The same for an unmap that thread t asked all kernels for; repaired, frames are kept."""
    return (*_drops_entries(k, inside, Area.none), lets_go(k, t, inside))


def lets_go(k: Kernel, t: Task, inside: Inside) -> e.Update:
    """Kernel k frees its frames that lose their last mapping; repaired, it keeps them for t."""
    return for_each(Frame, lambda f: given(loses_last_mapping(k, f, inside))(
        only(TWO_PHASE_UNMAP, "off", *frees(f)),
        only(TWO_PHASE_UNMAP, "on", put(parked[f], t)),
    ))  # fmt: skip


def _drops_entries(k: Kernel, inside: Inside, leaves: Area) -> tuple[e.Update, ...]:
    return (
        for_each(Replica, lambda r: for_each(Page, lambda p: given(inside(r, p))(
            put(pte[k, r, p], nothing),
            put(writable[k, r, p], FALSE),
            put(area[k, r, p], leaves),
        ))),
    )  # fmt: skip


def drops_mappings(k: Kernel, which: Callable[[Replica], Bool]) -> tuple[e.Update, ...]:
    """Address spaces of kernel k go, with their entries and the frames that nothing else maps."""
    return unmaps(k, lambda r, p: which(r))


# --- what the program sees ---------------------------------------------------------------------


def is_promised(t: Task, p: Page, *values: Promise) -> Bool:
    """The program of thread t may rely on one of these for page p."""
    return some(Group, lambda g: (group[t] == g) & promise[g, p].among(*values))


def promises(t: Task, inside: Callable[[Page], Bool], value: Promise) -> e.Update:
    """From now on the program of thread t may rely on ``value`` for these pages."""
    return for_each(Group, lambda g: for_each(Page, lambda p: given(
        (group[t] == g) & inside(p))(put(promise[g, p], value))))  # fmt: skip


def forgets_content(t: Task, inside: Callable[[Page], Bool]) -> e.Update:
    """What these pages held is no longer owed to the program of thread t."""
    return for_each(Group, lambda g: for_each(Page, lambda p: given(
        (group[t] == g) & inside(p))(put(truth[g, p], nothing))))  # fmt: skip


def first_content(t: Task, p: Page, f: Frame) -> e.Update:
    """Frame f becomes what page p holds, if the page was promised and had never been touched."""
    return for_each(Group, lambda g: given(
        (group[t] == g) & (truth[g, p] == nothing)
        & promise[g, p].among(Promise.read, Promise.write)
    )(put(truth[g, p], f)))  # fmt: skip


def copies(k: Kernel, r: Replica, p: Page, f: Frame) -> tuple[e.Update, ...]:
    """Kernel k copies the frame behind the page into a free one and maps that instead."""
    def this(q: Replica, x: Page) -> Bool:
        return (q == r) & (x == p)

    return (
        put(owner[f], k),
        put(pte[k, r, p], f),
        put(writable[k, r, p], area[k, r, p] == Area.write),
        for_each(Frame, lambda h: given((h != f) & loses_last_mapping(k, h, this))(*frees(h))),
        for_each(Group, lambda g: given(
            (mm_group[k, r] == g) & (truth[g, p] == pte[k, r, p])
        )(put(truth[g, p], f))),
    )  # fmt: skip
