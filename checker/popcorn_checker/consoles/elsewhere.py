"""What happens on nodes whose lines are lacking, in an order that a line of another node shows.

Whoever faults holds the semaphore of its node to read until it is answered, and whoever changes an
area waits until nobody does. So a line with which a reader comes may have a call before it that was
through by then; if not, that call has to wait for the reader's end. Where nothing tells of the call
in time both ways are tried.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from popcorn_checker.consoles.line import ORIGIN, Printed, take
from popcorn_checker.consoles.naming import get_range
from popcorn_checker.validating.observing import Item

Items = tuple[Item, ...]
CALLED: Final = ("writing", "asking", "telling", "applying")
"""What a thread does in a call that has not been answered."""


def choose(options: list[Items]) -> list[Items]:
    """Each choice of some of them, in their order; the first is none."""
    found: list[Items] = [()]
    for items in options:
        found += [(*each, *items) for each in found] if items else []
    return found


def before_reader(x: Printed) -> list[Items]:
    """What may be through on the line's own node before its task holds the semaphore to read."""
    return choose([tuple(_through(x, t)) for t in x.threads])


def _through(x: Printed, t: int) -> Iterator[Item]:
    """The steps with which a call of thread t is through with this node's areas."""
    call, k = x.label("call", t), x.get("awaits", t)
    if not x.is_origin:
        if call == "finishing" and x.get("at", t) == x.k:
            yield take("finish_here", t, x.get("about", t), x.k)
    elif k is not None:
        yield from x.ends_munmap(t)
    elif call == "telling" and not any(x.get("untold", t, j) for j in x.nodes):
        yield from x.unmaps_at_last(t)


def before_reader_on(x: Printed, j: int) -> list[Items]:
    """What may be through on remote j, whose lines are lacking, before a thread faults there.

    Answers that have come may be taken; where the semaphore is needed to write, they are.
    """
    told = [
        tuple(x.unmaps_too(t, j)) for t in x.threads
        if x.label("work", t, j) in ("unmap", "unmapping")
    ]  # fmt: skip
    called = [tuple(_calls(x, t, p, j)) for t, p in _coming(x, j)]
    taken = tuple(_takes_answers(x, j))
    found = [(*taken, *items) for items in choose([*told, *called])]
    return [(), *found] if taken else found


def _coming(x: Printed, j: int) -> Iterator[tuple[int, int]]:
    """The threads on remote j whose next line is about their munmap, and the page."""
    for line in x.names.coming.get(id(x.line), ()):
        t = x.names.thread(ORIGIN, int(str(line.fields["pid"])))
        is_there = t is not None and (x.get("at", t) == j or x.label("work", t, j) != "none")
        if t is not None and is_there and x.label("call", t) in ("none", "installing"):
            for p in x.names.pages_in(*get_range(line))[:1]:
                yield t, p


def _calls(x: Printed, t: int, p: int, j: int) -> Iterator[Item]:
    """The steps in which thread t unmaps page p on remote j."""
    yield from x.arrives(t, j)
    yield take("call_munmap", t, j, p)
    if "unmap_here" in x.actions:
        yield take("unmap_here", t, p, j)


def _takes_answers(x: Printed, j: int) -> Iterator[Item]:
    """The steps in which threads on remote j take the answers that have come."""
    here = [t for t in x.threads if x.get("at", t) == j]
    for t in here:
        p = x.get("touched", t)
        step = "" if p is None or x.label("doing", t) != "asking" else get_end(x, p, j)
        if step:
            yield take(step, t, p, j)
    for t in here:
        if x.label("call", t) == "installing":
            yield take("install_area", t, x.get("about", t), j)


def get_end(x: Printed, p: int, k: int) -> str:
    """The step with which a thread takes what node k is answered about page p, if it has come."""
    step = {"none": "", "grant": "take_grant", "retry": "back_off", "error": "back_off"}
    return step.get(x.label("reply", p, k), "map_page")


# --- a remote's call, where the origin's lines are lacking ---------------------------------------


def answers_call(x: Printed, t: int) -> list[Items]:
    """The steps with which a call of thread t, which is here, is answered, as far as they are to
    come; requests that have come may be refused meanwhile."""
    call, answer = x.label("call", t), ("vma_op_response", (t,))
    is_answered = answer in x.get("channel", ORIGIN, x.k)
    if ORIGIN in x.observed or is_answered or call not in CALLED:
        return [()]
    page, operation = x.get("about", t), x.label("operation", t)
    begun = tuple(_begins(x, t))
    if operation == "mmap":
        return [(*begun, take("map_for_call", t, page))]
    if operation == "mprotect" or "unmap_here" not in x.actions:
        return [(*begun, take("lower_at_origin", t, page))]
    *told, last = x.unmaps_at_last(t)
    return [
        (*begun, *_tells_others(x, t), *told, *refused, last)
        for refused in choose([(take("give_up_on_semaphore", p, x.k),) for p in _asked(x)])
    ]


def _begins(x: Printed, t: int) -> Iterator[Item]:
    call = x.label("call", t)
    if call == "writing":
        yield take("unmap_here", t, x.get("about", t), x.k)
    if call in ("writing", "asking"):
        yield take("begin_for_remote", t, x.k)


def _tells_others(x: Printed, t: int) -> Iterator[Item]:
    """Other remotes whose lines are lacking are told."""
    has_begun = x.label("call", t) == "telling"
    for j in x.nodes:
        is_next = x.get("untold", t, j) if has_begun else x.get("known", j)
        is_lacking = j not in (ORIGIN, x.k, *x.observed)
        if is_lacking and (is_next or x.get("awaits", t) == j):
            yield from x.unmaps_too(t, j)


def _asked(x: Printed) -> list[int]:
    """The pages for which this node's requests are still to be looked at."""
    return [p for p in sorted(x.names.pages.values()) if x.label("request", p, x.k) != "none"]


def ends_fault(x: Printed, t: int) -> list[Items]:
    """The steps at the origin with which a fault of thread t ends; a request of this node may have
    met its handle before."""
    ends, p = tuple(x.ends_fault(t)), x.get("touched", t)
    if ends and x.label("request", p, x.k) != "none":
        return [ends, (take("refuse_request", p, x.k), *ends)]
    return [ends]


def is_coming_home(x: Printed, t: int) -> bool:
    """Whether thread t has been sent back and the origin, whose lines are lacking, has not gone on
    with it."""
    sent = ("task_migrate_back", (t,))
    return x.label("mail", t) == "back" or any(sent in x.get("channel", k, ORIGIN) for k in x.nodes)
