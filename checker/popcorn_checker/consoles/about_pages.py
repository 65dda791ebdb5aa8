"""What lines about pages say in terms of the model: faults, requests, recalls.

A line about a handle does not say whose handle it is. At the origin a worker that serves a remote
prints the number of the thread's shadow; which page it is about is said by the first of its lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from popcorn_checker.consoles import about_recalls
from popcorn_checker.consoles.about_recalls import ACCESS, CONTINUE, RETRY, get_access
from popcorn_checker.consoles.elsewhere import before_reader_on, get_end
from popcorn_checker.consoles.line import ORIGIN, Printed, Ways, one, take
from popcorn_checker.validating.observing import Item, Keep, Need, Way
from popcorn_checker.validating.planning import Fitting

PRESENT: Final = 1
WRITABLE: Final = 2
"""Bits of an entry of a page table."""


# --- a thread's fault ----------------------------------------------------------------------------


def _fault(x: Printed) -> Ways:
    """The entry was read a while ago, so it may be another by now."""
    if x.is_unlinked:
        return one(x.need("remote", (x.t, x.k), "unlinked"))
    noted = Keep("fault", (x.t,), (x.p, get_access(x)))
    if x.names.is_private(x.number("addr")):
        return one(*x.runs(x.t), noted)
    bits = x.number("pte")
    found = (
        ("none", "invalid") if not bits & PRESENT else ("write",) if bits & WRITABLE else ("read",)
    )
    if x.label("pte", x.p, x.k) in found:
        return one(*x.runs(x.t), noted)
    return [
        Way((*x.runs(x.t), x.need("pte", (x.p, x.k), *found), noted)),
        Way((*x.runs(x.t), noted), lost=1),
    ]


def _own(x: Printed) -> Ways:
    """The node sees to the page alone."""
    if x.is_unlinked:
        return one(x.need("remote", (x.t, x.k), "unlinked"))
    return one(*x.runs(x.t))


def _usual(x: Printed) -> Ways:
    """The origin handles a fault on a page that was never sent away."""
    p, a = x.get("fault", x.t) or (None, None)
    if p is None:
        return one(*x.runs(x.t))
    quiet = Need("distributed", (p,), (False,))
    if x.label("pte", p, ORIGIN) in (("read", "write") if a == 1 else ("write",)):
        return one(*x.runs(x.t), quiet)
    return one(*x.runs(x.t), quiet, take("fault_as_usual", x.t, p, a))


def _taken_at_origin(x: Printed) -> Ways:
    _, a = x.get("fault", x.t) or (None, None)
    opened = Keep("holders", (x.p, x.k), frozenset({x.pid}))
    if x.line.fields["foreign"]:
        return one(*x.runs(x.t), take("claim_page", x.t, x.p, a, None), opened)
    return one(*x.runs(x.t), take("drop_other_copies", x.t, x.p), opened)


def _taken(x: Printed) -> Ways:
    if x.is_worker:
        return one(take("invalidate_at_last", x.p, x.k))
    if x.is_unlinked:
        return one(x.need("remote", (x.t, x.k), "unlinked"))
    _, a = x.get("fault", x.t) or (None, None)
    opened = Keep("holders", (x.p, x.k), frozenset({x.pid}))
    return one(*x.runs(x.t), take("open_handle", x.t, x.p, x.k, a), opened)


def _woken(x: Printed) -> Ways:
    return one(x.need("doing", (x.t,), "served", "refused"), Need("touched", (x.t,), (x.p,)))


def _joined(x: Printed) -> Ways:
    if x.is_worker:
        return one(take("defer_invalidation", x.p, x.k))
    _, a = x.get("fault", x.t) or (None, None)
    held = x.get("holders", x.p, x.k)
    joined = Keep("holders", (x.p, x.k), None if held is None else held | {x.pid})
    return one(*x.runs(x.t), take("follow_handle", x.t, x.p, x.k, a), joined)


def _waits(x: Printed) -> Ways:
    served = x.get("serving", x.printer)
    if x.is_origin and served:
        return one(take("park_request", *served))
    if x.is_worker:
        return one(take("wait_to_serve", served[0] if served else None, x.k))
    p, a = x.get("fault", x.t) or (None, None)
    return one(*x.runs(x.t), take("wait_for_handle", x.t, p, x.k, a))


def _retries(x: Printed) -> Ways:
    served = x.get("serving", x.printer)
    if x.is_origin and served:
        return one(take("refuse_request", *served))
    return one()


def _closed(x: Printed) -> Ways:
    return _leaves(x, (x.need("handle", (x.p, x.k), "free"), Keep("holders", (x.p, x.k), None)))


def _left(x: Printed) -> Ways:
    return _leaves(x, (x.need_not("handle", (x.p, x.k), "free"),))


def _leaves(x: Printed, after: tuple[Item, ...]) -> Ways:
    """A holder leaves a handle; the number in the line may be that of another holder."""
    if x.is_worker:
        return about_recalls.closes(x)
    served = x.get("serving", x.printer)
    if x.is_origin and served and served[0] == x.p:
        return one(take("reply_to_request", *served))
    with_it = Fitting(lambda held: held is None or x.pid in held)
    named = (Need("holders", (x.p, x.k), with_it),) if x.is_complete else ()
    holders = [t for t in x.threads if _holds(x, t)]
    ways = [Way((*named, *_step_out(x, t), *after)) for t in holders]
    return ways or [Way((*named, *_step_out(x, x.t), *after))]


def _holds(x: Printed, t: int) -> bool:
    is_here = x.get("at", t) == x.k and x.get("touched", t) == x.p
    return is_here and x.label("doing", t) in ("asking", "served", "refused")


def _step_out(x: Printed, t: int) -> Iterator[Item]:
    if x.label("doing", t) in ("served", "refused", "following"):
        yield take("leave_handle", t, x.p, x.k)
    elif x.is_origin:
        yield take("map_at_origin", t, x.p)
    else:
        yield take(get_end(x, x.p, x.k) or "map_page", t, x.p, x.k)


# --- requests ------------------------------------------------------------------------------------


def _ask(x: Printed) -> Ways:
    if x.is_unlinked:
        return one(x.need("remote", (x.t, x.k), "unlinked"))
    if x.is_origin:
        return _of_peer(x, lambda j: _wanted(x, j, "read", "write"))
    return one(*x.is_task(x.t), take("ask_origin", x.t, x.p, x.k))


def _reply(x: Printed) -> Ways:
    result = x.number("result")
    if x.is_origin:
        return _came(x, result)
    return one(*x.is_task(x.t), x.need("reply", (x.p, x.k), *_answers(result)))


def _came(x: Printed, result: int) -> Ways:
    """The page has come to the origin, or the node that is asked for it has none any more."""
    if x.j is None or x.j == x.k:
        return _of_peer(x, lambda _: ())
    came = ("data", "stale") if result == 0 else ("failure",)
    need = x.need("answer", (x.p, x.j), *came)
    fails: list[tuple[Item, ...]] = [()]
    if result and x.j not in x.observed and x.label("answer", x.p, x.j) == "none":
        last = take("serve_page", x.p, x.j), take("find_nothing_to_send", x.p, x.j)
        fails = [(*items, *last) for items in before_reader_on(x, x.j)]
    return [Way((*items, need, take("collect_answer", x.p, x.j))) for items in fails]


def _answers(result: int) -> tuple[str, ...]:
    return {0: ("data", "stale"), CONTINUE: ("grant",), RETRY: ("retry",)}.get(result, ("error",))


def _asked(x: Printed) -> Ways:
    """A request is served: at a remote it is the origin that asks."""
    if not x.is_origin:
        return about_recalls.asked(x)
    access = ACCESS[str(x.line.fields["access"])]
    if x.j is None or x.j == x.k:
        return _of_peer(x, lambda _: ())
    asked = x.need("request", (x.p, x.j), access), Keep("serving", (x.printer,), (x.p, x.j))
    return [Way((*x.arrives(x.t, x.j), *items, *asked)) for items in _asks(x, x.j)]


def _asks(x: Printed, j: int) -> list[tuple[Item, ...]]:
    """The steps in which the thread of the line asks for its page on node j, if their lines are
    lacking."""
    if j in x.observed or x.label("request", x.p, j) != "none":
        return [()]
    asks = take("ask_origin", x.t, x.p, j)
    if x.label("doing", x.t) == "leading" and x.get("touched", x.t) == x.p:
        return [(asks,)]
    begins = take("open_handle", x.t, x.p, j, get_access(x))
    return [(*items, begins, asks) for items in before_reader_on(x, j)]


def _of_peer(x: Printed, items: Callable[[int], tuple[Item, ...]]) -> Ways:
    if x.j is None or x.j == x.k:
        return f"there is no other node {x.line.fields['peer_node']}"
    return one(*items(x.j))


def _touched(x: Printed) -> Ways:
    served = x.get("serving", x.printer)
    return one(take("touch_first", *served)) if served else one()


def _taken_for(x: Printed) -> Ways:
    served = x.get("serving", x.printer)
    if not served:
        return one()
    p, j = served
    here, there = bool(x.line.fields["origin"]), bool(x.line.fields["remote"])
    owns = Need("owner", (p, j), (there,))
    if not here and not there:
        return one(owns, take("serve_by_claim", p, j, None))
    at_home = [Need("owner", (p, ORIGIN), (True,)), Need("distributed", (p,), (False,))]
    if not here:
        at_home = [Need("owner", (p, ORIGIN), (False,))]
    return [Way((owns, need, take("serve_here", p, j))) for need in at_home]


def _answer(x: Printed) -> Ways:
    """The answer is about to be sent; whoever asked may be seen to have it already."""
    if not x.is_origin:
        return about_recalls.answers(x)
    served = x.get("serving", x.printer)
    done = Keep("serving", (x.printer,), None)
    if not served:
        return one(done)
    p, j = served
    wanted = _answers(x.number("result"))
    if x.label("request", p, j) != "none" and wanted == ("error",):
        return one(take("miss_area", p, j), done)
    if x.label("request", p, j) != "none" and wanted == ("retry",):
        return [
            Way((take(how, p, j), done)) for how in ("refuse_request", "give_up_on_semaphore")
        ]
    return one(x.need("reply", (p, j), *wanted, "none"), done)


# --- recalls -------------------------------------------------------------------------------------


def _revoke(x: Printed) -> Ways:
    return _of_peer(x, lambda j: _wanted(x, j, "invalidate"))


def _wanted(x: Printed, j: int, *recalls: str) -> tuple[Item, ...]:
    """The origin awaits that node j does such a thing; its own lines may show that it has."""
    done = ("none",) if j in x.observed else ()
    return (Need("awaited", (x.p, j), (True,)), x.need("recall", (x.p, j), *recalls, *done))


RULES: Final[Mapping[str, Callable[[Printed], Ways]]] = {
    "page_fault": _fault,
    "executable": _own,
    "read_only": _own,
    "fixed": _own,
    "fixed_perhaps": _own,
    "fresh": _usual,
    "not_shared": _usual,
    "taken_at_origin": _taken_at_origin,
    "woken_at_origin": _woken,
    "taken": _taken,
    "woken": _woken,
    "taken_for": _taken_for,
    "joined": _joined,
    "waits": _waits,
    "retries": _retries,
    "left": _left,
    "closed": _closed,
    "page_ask": _ask,
    "page_reply": _reply,
    "page_asked": _asked,
    "touched": _touched,
    "page_answer": _answer,
    "revoke": _revoke,
    "invalidate": about_recalls.invalidate,
    "invalidate_waits": about_recalls.invalidate_waits,
    "invalidate_free": about_recalls.invalidate_free,
    "invalidated": about_recalls.invalidated,
}
"""Index: kinds of lines."""
