"""What fork promises: a private and complete copy, frames of the parent that stay, and an end."""

from popcorn_model.language import (
    Bool,
    LeadsTo,
    Property,
    always,
    eventually,
    leads_to,
    nothing,
    some,
)
from popcorn_model.popcorn_2014.frames import is_present, promise, truth, writable
from popcorn_model.popcorn_2014.memory_properties import SETTLED, is_in_use, is_of, maps
from popcorn_model.popcorn_2014.sorts import Frame, Group, Kernel, Page, Replica, Task
from popcorn_model.popcorn_2014.tasks import forking, group, is_being_forked, mm_group, uses


def is_read_by_another_group(k: Kernel, r: Replica, f: Frame) -> Bool:
    """On kernel k a process of another group than r's shows the frame; its fork has returned."""
    def shows(q: Replica) -> Bool:
        same = some(Group, lambda g: is_of(g, k, q) & (mm_group[k, r] == g))
        other = (q != r) & ~same & is_in_use(k, q) & ~is_being_forked(k, q)
        return other & some(Page, lambda x: maps(k, q, x, f))

    return some(Replica, shows)


@always(number=37)
def forked_memory_is_private(k: Kernel, r: Replica, p: Page, f: Frame) -> Bool:
    """What one process may write no other process on the kernel sees.

    Tag: claimed
    """
    may_write = is_in_use(k, r) & maps(k, r, p, f) & writable[k, r, p]
    return ~(may_write & is_read_by_another_group(k, r, f))


@always(number=37)
def child_misses_nothing(t: Task, k: Kernel, q: Replica, g: Group, p: Page) -> Bool:
    """What the parent's program has written, wherever that was, its child has when it begins.

    Tag: claimed
    """
    def is_child(c: Task) -> Bool:
        return (forking[t] == c) & (uses[c, k] == q) & (group[c] == g)

    written = promise[g, p].among(*SETTLED) & truth[g, p].exists
    return (some(Task, is_child) & written).implies(is_present(k, q, p))


@always(number=23)
def exported_is_not_left_to_a_child(j: Kernel, k: Kernel, r: Replica, p: Page, f: Frame) -> Bool:
    """A frame that two kernels map for one group is no other process's; so nobody moves it.

    Tag: claimed
    """
    elsewhere = some(Group, lambda g: is_of(g, k, r) & some(
        Replica, lambda q: is_of(g, j, q) & maps(j, q, p, f)))  # fmt: skip
    exported = (j != k) & maps(k, r, p, f) & elsewhere
    return ~(exported & is_read_by_another_group(k, r, f))


@eventually()
def forks_return(t: Task) -> LeadsTo:
    """A thread that forks returns to its program in the end.

    Tag: relied
    """
    return leads_to(forking[t] != nothing, forking[t] == nothing)


FORK_PROPERTIES: tuple[Property, ...] = (
    forked_memory_is_private,
    child_misses_nothing,
    exported_is_not_left_to_a_child,
    forks_return,
)
