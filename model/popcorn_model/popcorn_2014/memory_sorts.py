"""Words of memory: what a page may be used for, and how far a thread is with a call or a fault."""

from popcorn_model.language import Enumeration, label


class Area(Enumeration):
    """What one replica believes about one page; runs of such pages are its areas (VMAs)."""

    none = label("no area covers it")
    read = label("may be read")
    write = label("may be read and written")


class Promise(Enumeration):
    """What the program may rely on for one page, as on one Linux that has all the processors."""

    none = label("nothing is mapped")
    read = label("may be read")
    write = label("may be read and written")
    changing = label("a call that changes it has begun and has not returned: whoever uses it races")


class Doing(Enumeration):
    """What a thread does in the memory part of its kernel."""

    none = label("nothing; it is in user mode or somewhere else")
    fault = label("resolves a page fault")
    pull = label("imports itself and fetches the mapping of its stack")
    unmap = label("munmap, or brk to a smaller size")
    shrink = label("mremap to a smaller size")
    protect = label("mprotect")
    map = label("mmap where the kernel finds room")
    map_at = label("mmap at a fixed address")
    move = label("mremap to where the kernel finds room")
    fork = label("repaired: fork in a distributed group")
    move_to = label("mremap to a fixed address")


class Stage(Enumeration):
    """How far it is."""

    idle = label("nothing begun")
    locking = label("has asked for the distributed lock")
    asking = label("has asked all kernels for a page, waits for them")
    filling = label("in the ordinary fault code of its own kernel")
    probing = label("has asked all kernels about the place that it moves a page to")
    probed = label("knows that the place is free everywhere")
    ready = label("has what it needs to change its own replica")
    telling = label("has told all kernels to change theirs, waits for them")
    refused = label("is about to return with an error")
