"""Prefetch: pages that are neighbours in an area and in memory form a run, sent with one answer.

The responder starts at the page that it was asked for and extends the run up and down, as far as
frames are contiguous. It breaks copy-on-write on every page that it comes to. The asker maps each
page of the run that it does not have; no lock of those pages is asked about. Whether frames are
neighbours is the allocator's luck, so every neighbour may be in the run; two pages are enough to
show what a run can do.
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
    put,
    some,
    take,
    when,
)
from popcorn_model.language import expr as e
from popcorn_model.popcorn_2014.answers import could_be_copied, is_asked, must_copy_first
from popcorn_model.popcorn_2014.frames import area, copies, is_present, owner, pte, writable
from popcorn_model.popcorn_2014.lookup import found_mm, mmap_sem_free
from popcorn_model.popcorn_2014.memory_sorts import Area
from popcorn_model.popcorn_2014.messages import Wire
from popcorn_model.popcorn_2014.records import (
    answer,
    answer_area,
    asks_about,
    awaited,
    next_frame,
    next_page,
)
from popcorn_model.popcorn_2014.sorts import Frame, Kernel, Page, Replica, Task
from popcorn_model.popcorn_2014.switches import CONTIGUITY
from popcorn_model.popcorn_2014.tasks import is_at_work
from popcorn_model.popcorn_2014.transport import mapping_work, may_run, post, ring

RUNS = (CONTIGUITY, "possible")


def may_join(k: Kernel, r: Replica, p: Page, q: Page) -> Bool:
    """Page q is present in the same area as p; whether their frames are neighbours is luck."""
    same = (area[k, r, q] == area[k, r, p]) & is_present(k, r, p) & is_present(k, r, q)
    return (p != q) & same


def frame_of(k: Kernel, r: Replica, p: Page, f: Frame) -> Bool:
    """The entry of page p shows frame f."""
    return pte[k, r, p] == f


@action(fair=Fair.WEAK, only=RUNS)
def break_touched_page(k: Kernel, t: Task, r: Replica, q: Page, f: Frame) -> Step:
    """Looking for a run, kernel k copies a page that it comes to and that could be copied.

    Source: kernel/process_server.c:find_consecutive_physically_mapped_region, break_cow
    Tag: claimed
    """
    asked = some(Page, lambda p: may_join(k, r, p, q) & some(
        Kernel, lambda s: is_asked(k, t, s, p)))  # fmt: skip
    return when(
        asked, found_mm(t, k, r), must_copy_first(k, r, q),
        owner[f].is_nothing, mmap_sem_free(k, r),
    )(*copies(k, r, q, f))  # fmt: skip


def becomes_writable(k: Kernel, r: Replica, p: Page) -> e.Update:
    """A private frame of the kernel's own is not copied: its entry may be written from now on."""
    alone = could_be_copied(k, r, p) & (area[k, r, p] == Area.write)
    return given(alone)(put(writable[k, r, p], TRUE))


@action(fair=Fair.WEAK, only=RUNS)
def answer_with_run(k: Kernel, t: Task, r: Replica, p: Page, q: Page) -> Step:
    """Kernel k has the page and a neighbour whose frame is next to its own: it names both.

    Source: kernel/process_server.c:fill_physical_mapping_array
    Tag: claimed
    """
    asked = some(Kernel, lambda s: is_asked(k, t, s, p))

    def tells(s: Kernel, f: Frame, h: Frame) -> e.Update:
        both = frame_of(k, r, p, f) & frame_of(k, r, q, h)
        return given(is_asked(k, t, s, p) & both)(post(s, Wire.mapping_run(
            task=t, page=p, source=k, frame=f, area=area[k, r, p], next_page=q, next_frame=h)))

    return when(
        asked, found_mm(t, k, r), may_join(k, r, p, q), p != q,
        ~must_copy_first(k, r, p), ~must_copy_first(k, r, q), mmap_sem_free(k, r),
    )(
        take(mapping_work[k]),
        becomes_writable(k, r, p),
        becomes_writable(k, r, q),
        for_each(Kernel, lambda s: for_each(Frame, lambda f: for_each(
            Frame, lambda h: tells(s, f, h)))),
    )  # fmt: skip


@action(fair=Fair.WEAK, only=RUNS)
def hear_of_run(k: Kernel, t: Task, s: Kernel, p: Page) -> Step:
    """An answer with a run comes: the first frame stays, and with it its run.

    Source: kernel/process_server.c:handle_mapping_response
    Tag: claimed
    """
    heard = Wire.mapping_run
    message = ring[k].head
    return when(may_run(k), ring[k].arrives(heard.like(task=t, page=p, source=s)))(
        take(ring[k]),
        given(is_at_work(t, k) & asks_about(t, p))(
            put(awaited[t, s], FALSE),
            given(answer[t].is_nothing)(
                put(answer[t], message.get(heard, "frame", Frame)),
                put(answer_area[t], message.get(heard, "area", Area)),
                put(next_page[t], message.get(heard, "next_page", Page)),
                put(next_frame[t], message.get(heard, "next_frame", Frame)),
            ),
        ),
    )
