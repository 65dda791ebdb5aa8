"""What a kernel does when another asks for a page, and what the asker makes of the answers.

The responder looks at one replica, and never brings a page in. What it exports must not be copied
afterwards, so it breaks copy-on-write first: a private page that shows a common frame, in an area
that may be written, is copied before its frame is named. The merged answer is the first one with
a frame; answers that contradict each other are not noticed.
"""

from popcorn_model.language import (
    FALSE,
    TRUE,
    Bool,
    Fair,
    Maybe,
    Step,
    action,
    for_each,
    given,
    ite,
    maybe,
    put,
    some,
    take,
    when,
)
from popcorn_model.language import expr as e
from popcorn_model.popcorn_2014.frames import (
    area,
    copies,
    is_present,
    owner,
    pte,
    shows_foreign,
    shows_shared,
    writable,
)
from popcorn_model.popcorn_2014.lookup import found_mm, mmap_sem_free
from popcorn_model.popcorn_2014.memory_sorts import Area
from popcorn_model.popcorn_2014.messages import Wire
from popcorn_model.popcorn_2014.records import answer, answer_area, asks_about, awaited
from popcorn_model.popcorn_2014.sorts import Frame, Kernel, Page, Replica, Task
from popcorn_model.popcorn_2014.switches import BREAK_ALWAYS, KEEP_IMPORTED, PROBE_RANGE
from popcorn_model.popcorn_2014.tasks import is_at_work
from popcorn_model.popcorn_2014.transport import mapping_work, may_run, post, ring

NO_FRAME: Maybe[Frame] = maybe(Frame)(e.Const(maybe(Frame).info, None))
"""In an answer: the area is known, the page is not here."""


def is_asked(k: Kernel, t: Task, s: Kernel, p: Page) -> Bool:
    """The mapping worker of kernel k is free and s asks it for page p on behalf of thread t."""
    asked = mapping_work[k].arrives(Wire.mapping_request.like(task=t, source=s, first=p))
    return may_run(k) & asked


def could_be_copied(k: Kernel, r: Replica, p: Page) -> Bool:
    """The code's test before an export: present, not writable, in an area that may be written."""
    by_area = area[k, r, p] == Area.write
    tested = BREAK_ALWAYS.choose(off=by_area, on=by_area | shows_shared(k, r, p))
    return is_present(k, r, p) & ~writable[k, r, p] & tested


def must_copy_first(k: Kernel, r: Replica, p: Page) -> Bool:
    """Breaking copy-on-write makes a copy, unless the frame is this kernel's own and private.

    A foreign frame is mapped by its bare number: Linux cannot tell who shares it, and copies.
    """
    foreign = KEEP_IMPORTED.choose(off=shows_foreign(k, r, p), on=FALSE)
    shared = shows_shared(k, r, p) | foreign
    return could_be_copied(k, r, p) & shared


@action(fair=Fair.WEAK)
def answer_with_page(k: Kernel, t: Task, s: Kernel, r: Replica, p: Page) -> Step:
    """Kernel k has the page and names its frame; a private frame of its own becomes writable.

    Source: kernel/process_server.c:process_mapping_request, fill_physical_mapping_array
    Tag: claimed
    """
    reuses = could_be_copied(k, r, p) & (area[k, r, p] == Area.write)
    return when(
        is_asked(k, t, s, p), found_mm(t, k, r), is_present(k, r, p), ~must_copy_first(k, r, p),
        mmap_sem_free(k, r),
    )(
        take(mapping_work[k]),
        given(reuses)(put(writable[k, r, p], TRUE)),
        post(s, Wire.mapping_response(
            task=t, page=p, source=k, frame=pte[k, r, p], area=area[k, r, p])),
    )  # fmt: skip


@action(fair=Fair.WEAK)
def answer_with_copy(k: Kernel, t: Task, r: Replica, p: Page, f: Frame) -> Step:
    """Kernel k copies a page that could still be copied, and names the copy.

    Source: kernel/process_server.c:break_cow, mm/memory.c:do_wp_page
    Tag: claimed
    """
    asked = some(Kernel, lambda s: is_asked(k, t, s, p))
    return when(
        asked, found_mm(t, k, r), must_copy_first(k, r, p), owner[f].is_nothing,
        mmap_sem_free(k, r),
    )(
        take(mapping_work[k]),
        *copies(k, r, p, f),
        for_each(Kernel, lambda s: given(is_asked(k, t, s, p))(
            post(s, Wire.mapping_response(
                task=t, page=p, source=k, frame=f, area=area[k, r, p])))),
    )  # fmt: skip


def area_around(k: Kernel, r: Replica, p: Page) -> Area:
    """What kernel k says of the page; repaired, of the last page of a probe as well."""
    probe = mapping_work[k].head.get(Wire.mapping_request, "last", Page)
    further = ite(area[k, r, probe] == Area.none, Area.none, Area.read)
    beyond = PROBE_RANGE.choose(off=Area.none, on=further)
    return ite(area[k, r, p] == Area.none, beyond, area[k, r, p])


@action(fair=Fair.WEAK)
def answer_with_area(k: Kernel, t: Task, s: Kernel, r: Replica, p: Page) -> Step:
    """Kernel k has an area around the page but no frame, or nothing: it says so.

    Source: kernel/process_server.c:process_mapping_request
    Tag: claimed
    """
    known = area_around(k, r, p)
    return when(is_asked(k, t, s, p), found_mm(t, k, r), ~is_present(k, r, p), mmap_sem_free(k, r))(
        take(mapping_work[k]),
        given(known == Area.none)(post(s, Wire.mapping_nonpresent(task=t, page=p, source=k))),
        given(known != Area.none)(
            post(s, Wire.mapping_response(
                task=t, page=p, source=k, frame=NO_FRAME, area=known))
        ),
    )  # fmt: skip


@action(fair=Fair.WEAK)
def answer_without_memory(k: Kernel, t: Task, s: Kernel, p: Page) -> Step:
    """Kernel k finds no address space of the group: it knows nothing of the page.

    Source: kernel/process_server.c:process_mapping_request
    Tag: claimed
    """
    return when(is_asked(k, t, s, p), ~some(Replica, lambda r: found_mm(t, k, r)))(
        take(mapping_work[k]), post(s, Wire.mapping_nonpresent(task=t, page=p, source=k))
    )


# --- the asker ---------------------------------------------------------------------------------


@action(fair=Fair.WEAK)
def hear_of_page(k: Kernel, t: Task, s: Kernel, p: Page) -> Step:
    """An answer with an area or a frame comes: the first frame stays, else the last area.

    Source: kernel/process_server.c:handle_mapping_response
    Tag: claimed
    """
    heard = Wire.mapping_response
    incomplete = answer[t].is_nothing
    return when(may_run(k), ring[k].arrives(heard.like(task=t, page=p, source=s)))(
        take(ring[k]),
        given(is_at_work(t, k) & asks_about(t, p))(
            put(awaited[t, s], FALSE),
            given(incomplete)(
                put(answer[t], ring[k].head.get(heard, "frame", maybe(Frame))),
                put(answer_area[t], ring[k].head.get(heard, "area", Area)),
            ),
        ),
    )


@action(fair=Fair.WEAK)
def hear_of_nothing(k: Kernel, t: Task, s: Kernel, p: Page) -> Step:
    """An answer comes that a kernel knows nothing of the page.

    Source: kernel/process_server.c:handle_mapping_response_nonpresent
    Tag: claimed
    """
    nonpresent = Wire.mapping_nonpresent.like(task=t, page=p, source=s)
    return when(may_run(k), ring[k].arrives(nonpresent))(
        take(ring[k]), given(is_at_work(t, k) & asks_about(t, p))(put(awaited[t, s], FALSE))
    )
