"""Where each task runs and what page fault it is in: the state that all parts share."""

from popcorn_model.language import Bool, Part, maybe, nothing, state
from popcorn_model.popcorn_2020.sorts import Access, Area, Call, Doing, Kernel, Page, Standing, Task

at = state(
    "at", Task, of=maybe(Kernel), start=nothing,
    doc="the node on which the task runs, in user mode or in a system call; nothing while it is "
    "on its way, or before and after its life",
)  # fmt: skip
doing = state("doing", Task, of=Doing, start=Doing.running, doc="its page fault (kept by pages)")
touched = state(
    "touched", Task, of=maybe(Page), start=nothing, doc="the page it faulted on (kept by pages)"
)
wanted = state("wanted", Task, of=Access, start=Access.none, doc="why it faulted (kept by pages)")
writer = state(
    "writer", Kernel, of=maybe(Task), start=nothing,
    doc="the thread that has the node's semaphore to write, or waits for it (kept by vma)",
)  # fmt: skip
call = state(
    "call", Task, of=Call, start=Call.none,
    doc="its call about areas or a futex (kept by vma and futex)",
)  # fmt: skip
area = state(
    "area", Page, Kernel, of=Area, start=Area.write,
    doc="what the areas of the node's address space allow; without the part about areas everything",
)  # fmt: skip
standing = state("standing", Kernel, of=Standing, start=Standing.sound, doc="how a node is")


def runs(t: Task, k: Kernel) -> Bool:
    """Task t runs on node k and is in no page fault and in no call."""
    return (at[t] == k) & (doing[t] == Doing.running) & (call[t] == Call.none)


def allows(p: Page, k: Kernel, a: Access) -> Bool:
    """Node k's areas allow this access to the page."""
    reads = (a == Access.read) & (area[p, k] != Area.none)
    return reads | ((a == Access.write) & (area[p, k] == Area.write))


def faults(t: Task, p: Page, k: Kernel) -> Bool:
    """Task t is in a fault on page p on node k."""
    return (at[t] == k) & (touched[t] == p)


def is_sound(k: Kernel) -> Bool:
    """Node k takes part."""
    return standing[k] == Standing.sound


TASKS = Part(
    "tasks", "Where each task runs, and what fault it is in.",
    states=(at, doing, touched, wanted, standing),
)  # fmt: skip
