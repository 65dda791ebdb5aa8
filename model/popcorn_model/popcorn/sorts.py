"""What the protocol talks about: kernels, threads, pages, and what a thread may ask for.

Everything is about one process. Its *origin* is the kernel on which it was executed, for ever. It
keeps the directory of pages, the areas, the futexes, and the list of threads. Every other kernel
runs threads and holds copies of pages, and knows nothing that the origin does not know better.
"""

from popcorn_model.language import Enumeration, Sort, label


class Kernel(Sort):
    """A kernel of the multikernel, with memory of its own."""


class Task(Sort):
    """A thread of the process."""


class Page(Sort):
    """A page of the process's address space."""


ORIGIN = Kernel.named("origin")
"""The kernel that executed the process. Its own processor is served like any other's."""


class Access(Enumeration):
    """What may be done with a page: by a kernel, under an area, or as a thread wants to."""

    none = label("nothing")
    read = label("to read it, as others may too")
    write = label("to write it, alone")


class Life(Enumeration):
    """What the origin's list says of a thread."""

    unborn = label("not created yet")
    alive = label("created, and not known to have exited")
    exited = label("gone")


class Call(Enumeration):
    """What a thread asks of the origin."""

    none = label("nothing: it runs, or is on its way to where it will")
    fault = label("to use pages as its kernel may not use them now")
    migrate = label("to go on on another kernel")
    clone = label("to create a thread")
    exit = label("to exit")
    fork = label("to create a process")
    exit_group = label("that all threads exit")
    mmap = label("to map empty memory where there is room")
    mmap_over = label("to map empty memory over what a page holds")
    munmap = label("to unmap a page")
    forbid = label("that a page be only read from now on (mprotect)")
    allow = label("that a page may be written again (mprotect)")
    mremap = label("to move a page to where there is room")
    futex_wait = label("to sleep on a futex in the page if its word says so")
    sleep = label("nothing more: it sleeps on a futex in the page")
    futex_wake = label("to wake who sleeps on a futex in the page")
    look = label("that the origin reads from a page, as write(2) does")
    fill = label("that the origin writes to a page, as read(2) does")
    other = label("something that is about neither threads nor memory")


class Parcel(Enumeration):
    """What a message about a page carries."""

    none = label("there is no message")
    empty = label("no page: the receiver has what it needs")
    data = label("the page, as it was last written")
    stale = label("the page, as it was before it was last written")
