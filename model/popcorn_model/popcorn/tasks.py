"""Where the context of each thread is: on a kernel, in its question to the origin, or in an answer.

A thread that needs anything from the origin stops, and what it asks for travels with its context.
The origin answers, and whoever gets the answer runs the thread. So migration is a question that is
answered to another kernel; a thread that is created is an answer that nobody has asked for; and
there is never a second copy of a context that would have to be told from the first.
"""

from popcorn_model.language import (
    Bool,
    Switch,
    every,
    maybe,
    nothing,
    only,
    put,
    state,
)
from popcorn_model.language import expr as e
from popcorn_model.popcorn.sorts import Access, Call, Kernel, Life, Page, Task

ORDER = Switch(
    "order", "kept", "lost", doc="whether messages of a pair arrive as they were sent",
    assumption=True,
)  # fmt: skip

life = state("life", Task, of=Life, start=Life.unborn, doc="the origin's list of threads")
here = state(
    "here",
    Task,
    Kernel,
    of=Bool,
    start=False,
    doc="the kernel has the thread's context",
)
asks = state(
    "asks", Task, Kernel, of=Bool, start=False,
    doc="the thread's question is on its way from the kernel to the origin, or with the origin",
)  # fmt: skip
answers = state(
    "answers", Task, Kernel, of=Bool, start=False, doc="an answer is on its way to the kernel"
)
call = state("call", Task, of=Call, start=Call.none, doc="what the thread asks for")
done = state(
    "done", Task, Kernel, of=Bool, start=False,
    doc="a message from the kernel: the thread's instruction that faulted has been executed",
)  # fmt: skip
goal = state(
    "goal", Task, of=maybe(Kernel), start=nothing, doc="where it wants to go, until it is there"
)
wants = state(
    "wants", Task, Page, of=Access, start=Access.none, doc="the pages that its question is about"
)
joined = state(
    "joined", Kernel, of=Bool, start=False,
    doc="the origin has sent the kernel threads of the process, and has not heard its farewell",
)  # fmt: skip
ending = state("ending", of=Bool, start=False, doc="the origin has decided that the process ends")
over = state("over", of=Bool, start=False, doc="the process has ended, and nothing is left of it")


def stops(t: Task, k: Kernel, what: Call) -> tuple[e.Update, ...]:
    """Thread t stops on kernel k and asks the origin for something."""
    return (put(here[t, k], False), put(asks[t, k], True), put(call[t], what))


def has_arrived(t: Task, k: Kernel) -> Bool:
    """Thread t's question can be with the origin: what kernel k has sent before has arrived."""
    return asks[t, k] & only(ORDER, "kept", ~done[t, k])


def is_asked(t: Task, k: Kernel, what: Call) -> Bool:
    """The origin has thread t's question from kernel k, and the process goes on."""
    return has_arrived(t, k) & (call[t] == what) & ~ending()


def goes_to(t: Task, k: Kernel, d: Kernel) -> tuple[e.Update, ...]:
    """Thread t's question, from kernel k, is answered to kernel d, which may be the same."""
    return (put(asks[t, k], False), put(answers[t, d], True))


def returns(t: Task, k: Kernel) -> tuple[e.Update, ...]:
    """Thread t's question is answered to where it came from."""
    return (*goes_to(t, k, k), put(call[t], Call.none))


def is_last(t: Task) -> Bool:
    """No other thread is alive."""
    return every(Task, lambda u: (u == t) | (life[u] != Life.alive))
