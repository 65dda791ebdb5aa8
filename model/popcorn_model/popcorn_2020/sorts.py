"""What the protocol talks about: nodes, tasks, pages, and the states they have.

Everything is about one process. Its *origin* is the node that exec'ed it, for ever; every other
node is a *remote*. A *task* is one logical thread of the process, wherever it runs. A *page* is
one page of its address space, of which each node may have a copy of its own: memory is not shared,
it is sent.
"""

from popcorn_model.language import Enumeration, Number, Sort, label


class Kernel(Sort):
    """A node: one machine with one Linux kernel and its own memory."""


class Task(Sort):
    """One logical thread of the process."""


class Page(Sort):
    """One page of the process's address space that all nodes may write."""


class Place(Sort):
    """Room for one follower at a fault handle. The code has nine of them."""


class Crowd(Number):
    """How many followers a handle has had."""


ORIGIN = Kernel.named("origin")
"""The node that exec'ed the process: it has the directory of all pages and all areas."""


class Access(Enumeration):
    """What a thread wants of a page, or a request asks for."""

    none = label("nothing")
    read = label("to read it, as others may too")
    write = label("to write it, alone")


class Pte(Enumeration):
    """A node's page-table entry for a page, read as the state of its copy."""

    none = label("never mapped here, or zapped")
    invalid = label("not present, but the frame is kept; what it holds does not count")
    read = label("present, and may only be read")
    write = label("present and may be written: the only copy that counts")


class Handle(Enumeration):
    """The fault handle of a page on a node: what is being done there, for whom."""

    free = label("there is no handle")
    local_read = label("a thread of this node faulted to read")
    local_write = label("a thread of this node faulted to write")
    remote_read = label("another node's request to read is served")
    remote_write = label("another node's request to write is served")


class Standing(Enumeration):
    """How a node is, as far as the process is concerned."""

    sound = label("it takes part")
    deserted = label("the process's worker there has been killed")
    dead = label("it has fallen silent for ever")


class Doing(Enumeration):
    """What a thread does, as far as pages are concerned."""

    running = label("runs in user mode, or waits for something other than a page")
    leading = label("has opened a fault handle and has not asked for the page yet")
    asking = label("leads a fault handle and waits until the page may be mapped")
    following = label("sleeps until the leader of its node's handle is done")
    served = label("follower, woken: the page is mapped")
    refused = label("follower, woken: the leader failed, so it failed too")
    waiting = label("sleeps until the handle in its way is closed, and then starts again")
    discarding = label("in a call that throws a page away (MADV_DONTNEED)")
    releasing = label("in a call that gives its node's copy back (MADV_RELEASE)")
    crashed = label("died inside its fault, and will never leave it")


class Home(Enumeration):
    """The task at the origin that stands for a thread."""

    unborn = label("not created yet")
    running = label("runs the thread itself")
    shadow = label("serves the thread while it is away, in the loop of remote works")
    leaving = label("in exit, past the hook, and still has the address space")
    exited = label("gone")


class Remote(Enumeration):
    """The task on a remote that runs a thread there."""

    none = label("there is none")
    started = label("forked by the worker, and has not told the origin yet")
    running = label("runs the thread, or waits in a call for its shadow")
    parked = label("has sent the thread back and is in exit")
    unlinked = label("created by a thread there: it has no shadow and no origin to turn to")
    broken = label("died of an assertion in the kernel")


class Work(Enumeration):
    """What a node's worker is to do for a thread, or will be."""

    none = label("nothing")
    arriving = label("to find the process: a worker of popcorn_wq has the request")
    fork = label("to fork the thread: on the list of works")
    unmap = label("to change an area for the thread's call: on the list of works")
    unmapping = label("to change an area: begun, and waiting for the semaphore")


class Worker(Enumeration):
    """The remote worker of the process on a node, in whose context its address space is kept."""

    none = label("there is none, and the node does not know the process")
    starting = label("the process is listed, and the worker builds an empty address space")
    serving = label("takes works from its list")
    failed = label("could not build the address space")
    stopping = label("has left its loop and is in exit; the process is still listed")


class Mail(Enumeration):
    """What waits in the one-slot mailbox of a shadow."""

    none = label("nothing")
    back = label("the thread comes back: TASK_MIGRATE_BACK")
    exit = label("the thread has exited: TASK_EXIT_REMOTE")
    vma_info = label("which area is this page in? VMA_INFO_REQUEST")
    vma_op = label("an operation on areas: VMA_OP_REQUEST")
    futex = label("a futex call: FUTEX_REQUEST")


class Peer(Enumeration):
    """What the origin knows of another node."""

    joined = label("connected, and its architecture is known")
    online = label("connected; what it has said of its architecture is not yet handled")


class End(Enumeration):
    """Whether the process as a whole is to end."""

    no = label("it goes on")
    group_exit = label("a thread on a remote has called exit_group")
    killed = label("a kill, or an exit of the whole group, is pending for all tasks at the origin")


class Area(Enumeration):
    """What the areas of a node allow on a page."""

    none = label("it is in no area")
    read = label("to read it")
    write = label("to read and to write it")


class Operation(Enumeration):
    """What a thread has called: an operation on areas, or one on a futex."""

    none = label("none")
    mmap = label("to map a page that is free")
    munmap = label("to unmap a page")
    mprotect = label("to forbid writing to a page")
    brk = label("to let the heap grow by a page, or shrink")
    mremap = label("to move a page to where there is room")
    mmap_over = label("to map memory over what a page holds (MAP_FIXED)")
    futex_wait = label("to sleep on a futex in the page if its word says so")
    futex_wake = label("to wake who sleeps on a futex in the page")


class Call(Enumeration):
    """How far a thread is in a call about areas or a futex; its shadow's part included."""

    none = label("it is in no such call")
    fetching = label("asks for the area of a page, or is about to be answered")
    following = label("sleeps until another thread of its node has fetched the area")
    installing = label("has been told the area and waits to map it")
    writing = label("has, or waits for, the semaphore of its own node to write")
    asking = label("has asked its shadow, or is about to be answered")
    applying = label("its task at the origin has, or waits for, the semaphore there to write")
    telling = label("its task at the origin tells other nodes, one after the other")
    finishing = label("has been answered and waits to do its own node's part")
    looking = label("its task at the origin is about to do a futex call")
    reading = label("its task at the origin has the page of a futex word under a handle")
    sleeping = label("its task at the origin sleeps on a futex")
    woken = label("its task at the origin has been woken and is about to return")
