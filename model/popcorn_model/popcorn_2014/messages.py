"""The messages between kernels, one row a kind; wire names carry PCN_KMSG_TYPE_PROC_SRV_ in front.

A register frame is represented by one bit, whether it is the thread's latest: that is all that
matters to whoever resumes with it. ``previous_cpus`` travels with the thread and is kept with it
(threads.py), so messages do not repeat it.
"""

from popcorn_model.language import Bool, Messages, kind, maybe
from popcorn_model.popcorn_2014.memory_sorts import Area
from popcorn_model.popcorn_2014.sorts import Frame, Group, Kernel, Page, Task


class Wire(Messages):
    """What one kernel sends to another."""

    # threads
    clone_request = kind(
        "source to destination of a first migration: import this thread",
        task=Task, source=Kernel, latest=Bool,
    )  # fmt: skip
    pairing = kind(
        "destination to source: the thread runs here now (CREATE_PROCESS_PAIRING)", task=Task
    )
    back_migration = kind(
        "current kernel to one visited before: resume the shadow with these registers",
        task=Task, latest=Bool,
    )  # fmt: skip
    # lifetime
    exit_process = kind("kernel of the exiting incarnation to each kernel visited", task=Task)
    exit_group = kind("kernel that runs do_group_exit to all", group=Group)
    closure = kind(
        "kernel of the globally last member to all (THREAD_GROUP_EXITED_NOTIFICATION)",
        group=Group,
    )
    count_request = kind(
        "exiting kernel to all: how many of this group are at home with you?",
        group=Group, source=Kernel,
    )  # fmt: skip
    count_response = kind("back to the exiting kernel: some, or none", source=Kernel, some=Bool)
    born = kind("repaired: a kernel tells the group's home that a thread is about to run",
                task=Task, parent=Task, source=Kernel)  # fmt: skip
    born_ack = kind("repaired: the group's home has counted it", task=Task, parent=Task)
    died = kind("repaired: a kernel tells the group's home that a thread has exited", task=Task)
    # locks; the pages of a range are those that the thread asks for, which both ends know
    lock_request = kind(
        "locker to all: enter this thread's request (LAMPORT_BARRIER_REQUEST_RANGE); the page if "
        "it asks for one after the other",
        task=Task, source=Kernel, page=maybe(Page),
    )  # fmt: skip
    lock_response = kind(
        "back to the locker: it is entered (LAMPORT_BARRIER_RESPONSE_RANGE)",
        task=Task, source=Kernel,
    )  # fmt: skip
    lock_release = kind(
        "locker to all: delete the entry (LAMPORT_BARRIER_RELEASE_RANGE)",
        task=Task, page=maybe(Page),
    )  # fmt: skip
    # memory
    mapping_request = kind(
        "faulting kernel to all: who knows this page? a probe names the last page of a hole too",
        task=Task, first=Page, last=Page, source=Kernel,
    )  # fmt: skip
    mapping_response = kind(
        "back: the area around the page, and the frame if the replica maps one",
        task=Task, page=Page, source=Kernel, frame=maybe(Frame), area=Area,
    )  # fmt: skip
    mapping_run = kind(
        "back: the same with a run of two pages, of which the first was asked for",
        task=Task, page=Page, source=Kernel, frame=Frame, area=Area, next_page=Page,
        next_frame=Frame,
    )  # fmt: skip
    mapping_nonpresent = kind("back: nothing is known here", task=Task, page=Page, source=Kernel)
    munmap_request = kind(
        "kernel of the call to all: unmap these pages",
        task=Task, first=Page, last=Page, source=Kernel,
    )  # fmt: skip
    munmap_response = kind("back: done", task=Task, source=Kernel)
    munmap_release = kind("repaired: all kernels have unmapped, owners may free", task=Task)
    mprotect_request = kind(
        "kernel of the call to all: change the protection of these pages",
        task=Task, first=Page, last=Page, area=Area, source=Kernel,
    )  # fmt: skip
    mprotect_response = kind("back: done, whatever came of it", task=Task, source=Kernel)


ON_MAPPING = (Wire.count_request, Wire.mapping_request, Wire.munmap_request, Wire.munmap_release,
              Wire.mprotect_request)  # fmt: skip
"""Kinds served by mapping_wq. What no server is named for runs inside the dispatcher."""
ON_LOCK = (Wire.lock_request, Wire.lock_response, Wire.lock_release)
"""Kinds of lock traffic."""
ON_CLONE = (Wire.clone_request, Wire.back_migration, *ON_LOCK)
"""Kinds served by clone_wq."""
ON_EXIT = (Wire.exit_group, Wire.closure, Wire.born, Wire.died)
"""Kinds served by exit_wq."""
BROADCAST = (Wire.exit_process, Wire.exit_group, Wire.closure, Wire.count_request,
             Wire.mapping_request, Wire.munmap_request, Wire.munmap_release,
             Wire.mprotect_request, Wire.lock_request, Wire.lock_response,
             Wire.lock_release, Wire.died)  # fmt: skip
"""Kinds that are sent to several kernels in a loop, or by a worker that may spin on a full ring."""
