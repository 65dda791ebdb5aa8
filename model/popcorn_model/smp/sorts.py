"""What a program is made of, as far as it can tell: threads, pages of memory, calls."""

from popcorn_model.language import Enumeration, Sort, label


class Task(Sort):
    """A thread of the program."""


class Page(Sort):
    """A page of its address space."""


class Life(Enumeration):
    """Whether a thread exists."""

    unborn = label("not created yet")
    alive = label("created, and not exited")
    exited = label("gone")


class Rights(Enumeration):
    """What the program has mapped a page for."""

    none = label("it is not mapped")
    read = label("to read it")
    write = label("to read and to write it")


class Running(Enumeration):
    """How many processors execute a thread."""

    none = label("none: it waits, for a processor or for its call")
    one = label("one")
    many = label("more than one")


class Sight(Enumeration):
    """What a thread finds in a page, if it reads it now and nothing keeps it waiting."""

    none = label("it cannot read it, or has to wait")
    last = label("what was last written")
    old = label("something that was there before")


class Call(Enumeration):
    """The system call that a thread is in."""

    none = label("none")
    clone = label("clone")
    exit = label("exit")
    exit_group = label("exit_group")
    fork = label("fork")
    mmap = label("mmap where there is room")
    mmap_over = label("mmap over what a page holds")
    munmap = label("munmap")
    forbid = label("mprotect: only to read")
    allow = label("mprotect: to read and to write")
    mremap = label("mremap")
    futex_wait = label("futex, to sleep")
    sleep = label("futex: it sleeps")
    futex_wake = label("futex, to wake")
    look = label("one that reads memory, such as write")
    fill = label("one that writes memory, such as read")
    other = label("one that is about neither threads nor memory")
