"""The state of a program on one kernel, as far as it can be observed.

What threads run at a moment, and what they can read and write without waiting, may change at any
time: how long anything takes is not promised.
"""

from popcorn_model.language import (
    Bool,
    every,
    for_each,
    given,
    put,
    state,
)
from popcorn_model.language import expr as e
from popcorn_model.smp.sorts import Call, Life, Page, Rights, Running, Sight, Task

life = state("life", Task, of=Life, start=Life.unborn, doc="whether the thread exists")
call = state("call", Task, of=Call, start=Call.none, doc="the call that it is in")
about = state("about", Task, Page, of=Bool, start=False, doc="the page that its call names")
onto = state(
    "onto", Task, Page, of=Bool, start=False, doc="where its call moves a page to, if it names that"
)
mapped = state("mapped", Page, of=Rights, start=Rights.write, doc="what the page is mapped for")
ending = state("ending", of=Bool, start=False, doc="the program ends")
running = state("running", Task, of=Running, start=Running.none, doc="how many execute it now")
sight = state(
    "sight", Task, Page, of=Sight, start=Sight.none, doc="what it finds if it reads the page now"
)
writable = state(
    "writable", Task, Page, of=Bool, start=False, doc="it can write to the page now, with no wait"
)

OF_PAGES = (
    Call.mmap_over, Call.munmap, Call.forbid, Call.allow, Call.mremap, Call.futex_wait,
    Call.futex_wake, Call.look, Call.fill,
)  # fmt: skip
OF_RANGES = (Call.mmap_over, Call.munmap, Call.forbid, Call.allow)
MAY_FAIL = (Call.clone, Call.fork, Call.mmap, Call.mremap, Call.futex_wait)


def is_in(t: Task, what: Call) -> Bool:
    """Thread t is in such a call, and alive."""
    return (life[t] == Life.alive) & (call[t] == what)


def is_about(t: Task, what: Call, p: Page) -> Bool:
    """Thread t is in such a call about page p."""
    return is_in(t, what) & about[t, p]


def returns(t: Task) -> tuple[e.Update, ...]:
    """The call of thread t is over."""
    return (
        put(call[t], Call.none),
        for_each(Page, lambda p: put(about[t, p], False)),
        for_each(Page, lambda p: put(onto[t, p], False)),
    )


def is_through(t: Task, p: Page) -> tuple[e.Update, ...]:
    """The call of thread t has done its work on page p; with the last page it is over."""
    last = every(Page, lambda q: (q == p) | ~about[t, q])
    return (put(about[t, p], False), given(last)(put(call[t], Call.none)))


def waits(t: Task) -> tuple[e.Update, ...]:
    """Thread t is not executed, and so can use no page."""
    return (
        put(running[t], Running.none),
        for_each(Page, lambda p: put(sight[t, p], Sight.none)),
        for_each(Page, lambda p: put(writable[t, p], False)),
    )


def goes(p: Page) -> tuple[e.Update, ...]:
    """Nobody can use page p as it was."""
    return (
        for_each(Task, lambda u: put(sight[u, p], Sight.none)),
        for_each(Task, lambda u: put(writable[u, p], False)),
    )
