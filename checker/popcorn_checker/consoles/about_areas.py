"""What lines about areas, and calls that change them, say in terms of the model.

An area of the model is one page. Where a kernel maps many at once, the model fetches those that a
line is about one by one; a call about a range is one about a page of it that a line is about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from popcorn_checker.consoles.elsewhere import answers_call, before_reader_on, is_coming_home
from popcorn_checker.consoles.line import ORIGIN, Printed, Ways, one, take
from popcorn_checker.consoles.naming import get_range
from popcorn_checker.validating.observing import Item, Need, Way

FETCHES: Final = ("fetching", "following", "installing")
"""How far a thread may be with the area of a page that it has touched."""


def _fault(x: Printed) -> Ways:
    if x.is_unlinked:
        return one(x.need("remote", (x.t, x.k), "unlinked"))
    return one(*x.runs(x.t), x.need("area", (x.p, x.k), "none"))


def _ask(x: Printed) -> Ways:
    if x.is_unlinked:
        return one(x.need("remote", (x.t, x.k), "unlinked"))
    return one(*x.is_task(x.t), take("ask_for_area", x.t, x.p, x.k))


def _pended(x: Printed) -> Ways:
    return one(*x.is_task(x.t), take("follow_fetch", x.t, x.p, x.k))


def _nearest(x: Printed) -> Ways:
    """The answer to a fetch is here, and the node's semaphore is held to write.

    The answer to a brk reads like that, too, if the heap ends with a page.
    """
    if x.label("call", x.t) not in ("none", *FETCHES):
        return _reply(x)
    found = x.need_not("got", (x.t,), "none")
    return one(*x.is_task(x.t), found, take("install_area", x.t, x.p, x.k))


def _mapped(x: Printed) -> Ways:
    """The other pages of the range are mapped along with the one that was asked for."""
    if x.is_origin or x.get("call", x.t):
        return one()
    return one(*(item for p in x.names.pages_in(*get_range(x.line)) for item in _fetch(x, p)))


def _fetch(x: Printed, p: int) -> Iterator[Item]:
    if x.label("area", p, x.k) == "none":
        yield take("ask_for_area", x.t, p, x.k)
        yield take("answer_about_area", x.t, p, x.k)
        yield take("install_area", x.t, p, x.k)


def _info(x: Printed) -> Ways:
    """A shadow answers: about which page of the area is not said."""
    pages = x.names.pages_in(*get_range(x.line))
    asked = x.get("about", x.t)
    if asked in pages:
        pages = [asked]
    away = x.away(x.t)
    if away is None or x.get("sender", x.t) is not None:
        return [Way((_is_there(x, p), take("answer_about_area", x.t, p, None))) for p in pages]
    lacking = [p for p in pages if x.label("area", p, away) == "none"] or pages
    return [
        Way((*x.arrives(x.t, away), *items, take("ask_for_area", x.t, p, away),
             take("leave_mail", x.t, away), _is_there(x, p),
             take("answer_about_area", x.t, p, away)))
        for p in lacking[:1] for items in before_reader_on(x, away)
    ]  # fmt: skip


def _is_there(x: Printed, p: int) -> Need:
    """The origin has an area for the page; that there is none is told by another line."""
    return x.need_not("area", (p, ORIGIN), "none")


# --- calls ---------------------------------------------------------------------------------------


def _call(x: Printed) -> Ways:
    return one(*x.runs(x.t), take("call_mmap", x.t, x.k))


def _call_brk(x: Printed) -> Ways:
    if "call_brk" not in x.actions:
        return _call(x)
    return one(*x.runs(x.t), take("call_brk", x.t, x.k, None))


def _call_munmap(x: Printed) -> Ways:
    return [
        Way((*x.runs(x.t), take("call_munmap", x.t, x.k, p)))
        for p in x.names.pages_in(*get_range(x.line))[:1]
    ]


def _call_mprotect(x: Printed) -> Ways:
    return [
        Way((*x.runs(x.t), take("call_mprotect", x.t, x.k, p)))
        for p in x.names.pages_in(*get_range(x.line))[:1]
    ]


def _call_other(x: Printed) -> Ways:
    return one(*x.runs(x.t))


def _reply(x: Printed) -> Ways:
    done = x.need("call", (x.t,), "finishing", "none")
    return [Way((*x.is_task(x.t), *items, done)) for items in answers_call(x, x.t)]


def _taken(x: Printed) -> Ways:
    """A shadow, or a worker, begins with a call that it was sent."""
    if not x.is_origin:
        return _taken_by_worker(x)
    away = x.away(x.t)
    called = () if away is None or x.get("sender", x.t) is not None else tuple(_asks(x, away))
    return one(*called, take("begin_for_remote", x.t, None))


def _taken_by_worker(x: Printed) -> Ways:
    queued = [t for t in x.threads if x.label("work", t, x.k) == "unmap"]
    free = [t for t in x.threads if x.is_free_at_home(t)]
    back = [t for t in x.threads if is_coming_home(x, t)]
    if not queued and (free or back) and ORIGIN not in x.observed:
        t, page = (free or back)[0], x.names.pages_in(*get_range(x.line))[0]
        home = () if free else (take("resume", t),)
        return one(*home, take("call_munmap", t, ORIGIN, page), take("tell_node", t, x.k),
                   take("queue_unmap", t, x.k), take("begin_unmap", t, x.k))  # fmt: skip
    at_home = [t for t in x.threads if x.label("home", t) == "running"]
    alive = [t for t in x.threads if x.label("home", t) not in ("unborn", "exited")]
    callers = queued or at_home or alive
    return [Way((*_begun(x, t), take("begin_unmap", t, x.k), *_begun(x, t))) for t in callers]


def _begun(x: Printed, t: int) -> tuple[Item, ...]:
    """Thread t has called what the line says, for one of the pages that it says."""
    pages = x.names.pages_in(*get_range(x.line))
    return x.need("operation", (t,), "munmap"), Need("about", (t,), tuple(pages))


def _asks(x: Printed, k: int) -> Iterator[Item]:
    """Thread t has called on kernel k, whose lines are lacking."""
    call = str(x.line.fields["call"])
    page = next(iter(x.names.pages_in(*get_range(x.line))), None)
    yield from x.arrives(x.t, k)
    if call in ("mmap", "brk"):
        yield take("call_mmap", x.t, k)
    elif call in ("munmap", "mprotect"):
        yield take(f"call_{call}", x.t, k, page)
        if call == "munmap" and "unmap_here" in x.actions:
            yield take("unmap_here", x.t, page, k)
    yield take("leave_mail", x.t, k)


def _done(x: Printed) -> Ways:
    if x.is_origin:
        # As built the node that asked comes last; repaired, the others are told yet.
        told = () if "unmap_here" in x.actions else ("telling",)
        return one(x.need("call", (x.t,), "asking", "finishing", "none", *told))
    begun = [t for t in x.threads if x.label("work", t, x.k) == "unmapping"]
    ways = [Way((take("lower_for_origin", t, x.get("about", t), x.k),)) for t in begun]
    return ways or one(take("lower_for_origin", None, None, x.k))


def _tell(x: Printed) -> Ways:
    """The origin tells a node of a munmap; what the caller is in was begun without a line."""
    if x.j is None or x.j == ORIGIN:
        return f"there is no other node {x.line.fields['peer_node']} to be told"
    tell = take("tell_node", x.t, x.j)
    if x.get("call", x.t) or x.label("home", x.t) == "shadow":
        return one(tell)
    pages = x.names.pages_in(*get_range(x.line))
    return [Way((take("call_munmap", x.t, ORIGIN, p), tell)) for p in pages[:1]]


def _nothing(_: Printed) -> Ways:
    return one()


RULES: Final[Mapping[str, Callable[[Printed], Ways]]] = {
    "area_fault": _fault,
    "area_ask": _ask,
    "area_pended": _pended,
    "area_nearest": _nearest,
    "area_info": _info,
    "map_ask": _nothing,
    "map_last": _mapped,
    "map_hole": _mapped,
    "call_mmap": _call,
    "call_brk": _call_brk,
    "call_munmap": _call_munmap,
    "call_mprotect": _call_mprotect,
    "call_madvise": _call_other,
    "call_mremap": _call_other,
    "area_reply": _reply,
    "brk_reply": _reply,
    "call_taken": _taken,
    "call_done": _done,
    "munmap_tell": _tell,
}
"""Index: kinds of lines."""


def is_waiting(x: Printed, t: int) -> Ways:
    """Thread t sleeps in the kernel, in a fault, a call, or as a shadow."""
    ways = [
        x.need_not("call", (t,), "none"), x.need_not("doing", (t,), "running"),
        x.need("home", (t,), "shadow"),
    ]  # fmt: skip
    met = [need for need in ways if isinstance(need, Need) and x.get(need.name, t) in need.values]
    return one(met[0]) if met else [Way((need,), lost=1) for need in ways]
