"""Areas, which only the origin has: what is mapped, and what may be done there.

A kernel does not know any area. What it may do with a page its copy says, and it has copies of such
pages only as the areas allow. So an operation takes the page from everybody first and then changes
the area, and when the call returns there is no kernel on which it is not in force.
"""

from popcorn_model.language import (
    FALSE,
    TRUE,
    Bool,
    Fair,
    Part,
    Step,
    action,
    every,
    for_each,
    given,
    ite,
    nothing,
    put,
    when,
)
from popcorn_model.language import expr as e
from popcorn_model.popcorn.directory import (
    area,
    copy,
    forgets_wants,
    fresh,
    gives_back,
    has_all,
    holder,
    taken,
    writer,
)
from popcorn_model.popcorn.sorts import ORIGIN, Access, Call, Kernel, Page, Task
from popcorn_model.popcorn.tasks import here, is_asked, returns, stops, wants


def is_ready(t: Task, k: Kernel, p: Page, what: Call) -> Bool:
    """Thread t's question from kernel k is about page p, which it has taken from all others."""
    return is_asked(t, k, what) & (wants[t, p] != Access.none) & has_all(t)


def completes(t: Task, k: Kernel) -> tuple[e.Update, ...]:
    """The operation is in force: the call returns."""
    return (*returns(t, k), forgets_wants(t), gives_back(t))


def unmaps(p: Page) -> tuple[e.Update, ...]:
    """The origin has no copy of the page any more, and nothing in its frame."""
    return (
        put(copy[p, ORIGIN], Access.none),
        put(holder[p, ORIGIN], False),
        put(writer[p], nothing),
    )


def is_empty(p: Page, is_mapped: Bool) -> e.Update:
    """The origin's frame for the page is an empty one, which counts if the page is mapped."""
    return for_each(Kernel, lambda j: put(fresh[p, j], (j == ORIGIN) & is_mapped))


# --- questions -----------------------------------------------------------------------------------


@action
def call_mmap(t: Task, k: Kernel) -> Step:
    """A thread maps memory where there is room.

    Source: popcorn: CALL mmap
    Tag: claimed
    """
    return when(here[t, k])(*stops(t, k, Call.mmap))


@action
def call_on_page(t: Task, k: Kernel, p: Page, what: Call) -> Step:
    """A thread maps something over a page, unmaps it, moves it, or changes what is allowed there.

    Source: popcorn: CALL mmap, munmap, mprotect, mremap
    Tag: claimed
    """
    alone = what.among(Call.mmap_over, Call.munmap, Call.mremap)
    return when(here[t, k], alone | what.among(Call.forbid, Call.allow))(
        *stops(t, k, what), put(wants[t, p], ite(alone, Access.write, Access.read))
    )


# --- answers -------------------------------------------------------------------------------------


@action(fair=Fair.STRONG)
def serve_mmap(t: Task, k: Kernel, p: Page) -> Step:
    """The origin maps empty memory at a page that is free.

    Source: popcorn: origin, CALL mmap
    Tag: claimed
    """
    free = (area[p] == Access.none) & taken[p].is_nothing
    return when(is_asked(t, k, Call.mmap), free)(
        put(area[p], Access.write), is_empty(p, TRUE), *returns(t, k)
    )


@action(fair=Fair.WEAK)
def refuse_mmap(t: Task, k: Kernel) -> Step:
    """There is no room: the call fails.

    Source: popcorn: origin, CALL mmap
    Tag: claimed
    """
    return when(is_asked(t, k, Call.mmap), every(Page, lambda p: area[p] != Access.none))(
        *returns(t, k)
    )


@action(fair=Fair.WEAK)
def serve_munmap(t: Task, k: Kernel, p: Page) -> Step:
    """Nobody has the page any more: the origin unmaps it.

    Source: popcorn: origin, CALL munmap
    Tag: claimed
    """
    return when(is_ready(t, k, p, Call.munmap))(
        put(area[p], Access.none), *unmaps(p), is_empty(p, FALSE), *completes(t, k)
    )


@action(fair=Fair.WEAK)
def serve_mmap_over(t: Task, k: Kernel, p: Page) -> Step:
    """Nobody has the page any more: the origin puts empty memory in its place.

    Source: popcorn: origin, CALL mmap with MAP_FIXED
    Tag: claimed
    """
    return when(is_ready(t, k, p, Call.mmap_over))(
        put(area[p], Access.write), *unmaps(p), is_empty(p, TRUE), *completes(t, k)
    )


@action(fair=Fair.WEAK)
def serve_forbid(t: Task, k: Kernel, p: Page) -> Step:
    """Nobody writes to the page any more: the area allows only reading from now on.

    Source: popcorn: origin, CALL mprotect
    Tag: claimed
    """
    return when(is_ready(t, k, p, Call.forbid))(
        given(area[p] == Access.write)(put(area[p], Access.read)),
        given(writer[p] == ORIGIN)(put(writer[p], nothing), put(copy[p, ORIGIN], Access.read)),
        *completes(t, k),
    )


@action(fair=Fair.WEAK)
def serve_allow(t: Task, k: Kernel, p: Page) -> Step:
    """The area allows writing again.

    Source: popcorn: origin, CALL mprotect
    Tag: claimed
    """
    return when(is_ready(t, k, p, Call.allow))(
        given(area[p] == Access.read)(put(area[p], Access.write)), *completes(t, k)
    )


@action(fair=Fair.STRONG)
def serve_mremap(t: Task, k: Kernel, p: Page, q: Page) -> Step:
    """The origin has the page alone, and moves it to where there is room.

    Source: popcorn: origin, CALL mremap
    Tag: claimed
    """
    room = (area[q] == Access.none) & taken[q].is_nothing
    return when(
        is_ready(t, k, p, Call.mremap), p != q, area[p] != Access.none, room
    )(
        put(area[q], area[p]), put(fresh[q, ORIGIN], fresh[p, ORIGIN]),
        put(area[p], Access.none), *unmaps(p), is_empty(p, FALSE), *completes(t, k),
    )  # fmt: skip


@action(fair=Fair.WEAK)
def refuse_mremap(t: Task, k: Kernel, p: Page) -> Step:
    """There is no such page, or no room for it: the call fails.

    Source: popcorn: origin, CALL mremap
    Tag: claimed
    """
    full = every(Page, lambda q: area[q] != Access.none)
    return when(is_ready(t, k, p, Call.mremap), (area[p] == Access.none) | full)(*completes(t, k))


AREAS = Part(
    "areas",
    "Operations on areas, in force everywhere when they return.",
    actions=(
        call_mmap,
        call_on_page,
        serve_mmap,
        refuse_mmap,
        serve_munmap,
        serve_mmap_over,
        serve_forbid,
        serve_allow,
        serve_mremap,
        refuse_mremap,
    ),
    needs=("threads", "pages"),
)
