"""Where a thread is: at an active incarnation, or in a message that carries it."""

from popcorn_model.language import (
    Bool,
    Natural,
    count,
)
from popcorn_model.popcorn_2014.messages import Wire
from popcorn_model.popcorn_2014.sorts import Inc, Kernel, Task
from popcorn_model.popcorn_2014.tasks import inc
from popcorn_model.popcorn_2014.transport import (
    clone_work,
    ring,
)


def is_active(t: Task, k: Kernel) -> Bool:
    """An incarnation that executes, or is about to without anybody's further doing."""
    return inc[t, k].among(
        Inc.embryo, Inc.creating, Inc.importing, Inc.searching, Inc.adopting, Inc.running,
        Inc.raced, Inc.stray,
    )  # fmt: skip


def sleeps(t: Task, k: Kernel) -> Bool:
    """A shadow, asleep or about to be."""
    return inc[t, k].among(Inc.shadow, Inc.parting)


def carried_by_ring(t: Task, k: Kernel) -> Bool:
    """A message in kernel k's ring carries the thread."""
    return ring[k].holds(Wire.clone_request.like(task=t)) | ring[k].holds(
        Wire.back_migration.like(task=t)
    )


def carried_by_queue(t: Task, k: Kernel) -> Bool:
    """A message in kernel k's clone_wq carries the thread."""
    return clone_work[k].holds(Wire.clone_request.like(task=t)) | clone_work[k].holds(
        Wire.back_migration.like(task=t)
    )


def on_its_way_to(t: Task, k: Kernel) -> Bool:
    """Some message to kernel k carries the thread."""
    return carried_by_ring(t, k) | carried_by_queue(t, k)


def places(t: Task) -> Natural:
    """At how many places the thread is."""
    return (
        count(Kernel, lambda k: is_active(t, k))
        + count(Kernel, lambda k: carried_by_ring(t, k))
        + count(Kernel, lambda k: carried_by_queue(t, k))
    )
