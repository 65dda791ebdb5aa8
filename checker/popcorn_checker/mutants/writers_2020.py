"""Threads that change areas at the origin, without areas: surroundings for the pages alone.

With all of the calls about areas a third thread is out of reach of a test. What pages can tell of
such a call is that somebody queues for the semaphore of the address space, gets it when all
readers are through, and gives it up.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from popcorn_model.language import Fair, Part, Protocol, Step, action, nothing, put, when
from popcorn_model.popcorn_2020.semaphore import has_readers, may_read
from popcorn_model.popcorn_2020.sorts import ORIGIN, Call, Task
from popcorn_model.popcorn_2020.tasks import call, runs, writer


@action
def queue_to_write(t: Task) -> Step:
    """A thread at the origin queues for the semaphore, to change areas.

    Source: stands for mm/mmap.c, mm/mprotect.c and the like
    Tag: inferred
    """
    return when(runs(t, ORIGIN), may_read(ORIGIN))(
        put(writer[ORIGIN], t), put(call[t], Call.applying)
    )


@action(fair=Fair.WEAK)
def have_written(t: Task) -> Step:
    """All readers are through: the thread changes its area, and its call is over.

    Source: stands for mm/mmap.c, mm/mprotect.c and the like
    Tag: inferred
    """
    return when(writer[ORIGIN] == t, ~has_readers(ORIGIN))(
        put(writer[ORIGIN], nothing), put(call[t], Call.none)
    )


WRITERS: Final = Part(
    "writers",
    "Threads at the origin that change areas: stands in for vma.",
    states=(call, writer),
    actions=(queue_to_write, have_written),
    needs=("tasks",),
)


def with_writers(protocol: Protocol) -> Protocol:
    """The protocol with one part more, which keeps the semaphore in place of the areas."""
    kept = {s.info for s in WRITERS.states}
    parts = (
        replace(part, states=tuple(s for s in part.states if s.info not in kept))
        for part in protocol.parts
    )
    return replace(protocol, parts=(*parts, WRITERS))
