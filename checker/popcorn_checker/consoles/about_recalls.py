"""What a remote's lines about its copies say: the origin asks for a page, or has a copy dropped.

A request for a page is said to have come, its handle to be closed, and the answer to be sent. The
answer names no page, but whoever has asked; of the origin's tasks one may ask for several pages,
as workers there act in the names of threads. While a page is asked for nobody else asks for it:
the origin holds its own handle until the answer has come. No remote answers that the origin is to
try again, or may go on without the page.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from popcorn_checker.consoles.elsewhere import ends_fault
from popcorn_checker.consoles.line import ORIGIN, Printed, Ways, one, take
from popcorn_checker.consoles.naming import UNNAMED
from popcorn_checker.validating.observing import Item, Keep, Need, Take, Way

CONTINUE: Final = 0x4000
RETRY: Final = 0x400
"""What a request is answered with, but for 0, the page itself, and errors."""
ACCESS: Final = {"R": "read", "W": "write"}


def get_access(x: Printed) -> int:
    """The access that a line names, as the model numbers it."""
    return x.labels["wanted"].index(ACCESS[str(x.line.fields["access"])])


# --- requests ------------------------------------------------------------------------------------


def asked(x: Printed) -> Ways:
    """The origin asks for a page; the request is printed again each time it is looked at."""
    pid, index = x.number("peer_pid"), (x.p, x.k)
    claim = take("claim_page", x.peer, x.p, get_access(x), x.k)
    noted: tuple[Item, ...] = (
        Keep("serving", (x.printer,), index), Keep("asked", index, pid), Keep("sent", index, None)
    )  # fmt: skip
    if x.is_complete:
        noted = (Need("asked", index, (None, pid)), Need("sent", index, (None,)), *noted)
    return _recalled(x, claim, x.need("recall", index, ACCESS[str(x.line.fields["access"])]), noted)


def closes(x: Printed) -> Ways:
    """The worker has let go of a page, and of its handle: the answer is to be sent."""
    index = x.p, x.k
    noted: list[Item] = []
    if x.get("asked", *index) is not None:
        noted = [Keep("sent", index, True)]
    is_asked: list[Item] = []
    if x.is_complete:
        pids = (*(pid for k, pid in x.names.threads if k == ORIGIN), UNNAMED)
        is_asked = [Need("asked", index, pids), Need("sent", index, (None,))]
    if x.label("handle", *index) != "free":
        return one(*is_asked, take("send_page", *index), *noted)
    served = (*is_asked, take("serve_page", *index), take("send_page", *index), *noted)
    free = next((t for t in x.threads if x.is_free_at_home(t)), None)
    is_recalled = x.label("recall", *index) != "none"
    if x.is_complete or is_recalled or free is None or ORIGIN in x.observed:
        return one(*served)
    return one(take("claim_page", free, x.p, None, x.k), *served)


def answers(x: Printed) -> Ways:
    """A request is answered: with the page that was let go of, or with an error."""
    result, done = x.number("result"), Keep("serving", (x.printer,), None)
    if result in (CONTINUE, RETRY):
        return f"a remote answers with a page or with an error, not with {result:x}"
    pages = list(_answerable(x, result == 0))
    if pages:
        return [Way((*_fails(x, p), Keep("asked", (p, x.k), None), Keep("sent", (p, x.k), None),
                     done)) for p in pages]  # fmt: skip
    if result and x.label("worker", x.k) not in ("starting", "serving"):
        return one(done)  # a task that is gone is not looked up, and its request not printed
    if x.is_complete and x.peer is not None:
        index = x.peer, x.k
        return one(Need("owed", index, (True,)), Keep("owed", index, None), done)
    served = x.get("serving", x.printer)
    return one(*(_fails(x, served[0]) if served else ()), done)


def _answerable(x: Printed, is_sent: bool) -> Iterator[int]:
    """The pages for which whoever is answered has asked, and that were let go of or not."""
    served = x.get("serving", x.printer) if x.line.caller is not None else None
    for p in sorted(x.names.pages.values()):
        is_asked = x.get("asked", p, x.k) == x.number("peer_pid")
        is_other = served is not None and served[0] != p
        if is_asked and not is_other and bool(x.get("sent", p, x.k)) is is_sent:
            yield p


def _fails(x: Printed, p: int) -> tuple[Item, ...]:
    if x.number("result") == 0:
        return ()
    return take("serve_page", p, x.k), take("find_nothing_to_send", p, x.k)


# --- copies are dropped --------------------------------------------------------------------------


def invalidate(x: Printed) -> Ways:
    """A copy is to be dropped, and the area that it is in is there."""
    index = x.p, x.k
    noted = Keep("dropping", (x.printer,), x.p), Keep("dropper", index, x.number("peer_pid"))
    drop = take("drop_other_copies", x.peer, x.p)
    return _recalled(x, drop, x.need("recall", index, "invalidate"), noted)


def _recalled(x: Printed, begun: Take, recalled: Need, noted: tuple[Item, ...]) -> Ways:
    """The origin recalls a copy: for a thread of its own most often, if its lines are lacking."""
    if ORIGIN in x.observed or x.get(recalled.name, *recalled.index) in recalled.values:
        return one(recalled, *noted)
    over = ends_fault(x, x.peer) if x.peer is not None else [()]
    return [*(Way((*each, begun, recalled, *noted)) for each in over), Way((recalled, *noted))]


def invalidate_waits(x: Printed) -> Ways:
    """A handle is open, so the copy is dropped later."""
    p = x.get("dropping", x.printer)
    return one() if p is None else one(x.need_not("handle", (p, x.k), "free"))


def invalidate_free(x: Printed) -> Ways:
    """No handle is open, so the copy is dropped."""
    return one(take("invalidate", x.p, x.k))


def invalidated(x: Printed) -> Ways:
    """The acknowledgement that a copy was dropped is about to be sent, to whoever had it dropped.

    Where lines do not say who prints them those about several copies may be mixed.
    """
    done = Keep("dropping", (x.printer,), None)
    begun, pid = x.get("dropping", x.printer), x.number("peer_pid")
    own = [p for p in x.names.pages.values() if x.get("dropper", p, x.k) == pid]
    pages = sorted(own if x.line.caller is None else {begun}.intersection(own))
    if not pages and begun is not None:
        pages = [begun]
    if pages:
        known = [
            Way((x.need("recall", (p, x.k), "none"), Need("dropper", (p, x.k), (None, pid)),
                 Keep("dropper", (p, x.k), None), done))
            for p in pages
        ]  # fmt: skip
        # or the lines between, which end that one and begin another
        return known if x.is_complete else [*known, Way((done,), lost=2)]
    gone = [p for p in sorted(x.names.pages.values()) if x.label("area", p, x.k) == "none"]
    told: list[int | None] = [p for p in gone if x.label("recall", p, x.k) == "invalidate"]
    if ORIGIN in x.observed:  # or the line about it came before those that are here
        told = told or [None]
        return [*(Way((take("invalidate", p, x.k), done)) for p in told), Way((done,), lost=1)]
    return [Way((take("invalidate", p, x.k), done)) for p in told] or [
        *(Way((*each, done)) for p in gone for each in _unseen_drops(x, p)), Way((done,))
    ]


def _unseen_drops(x: Printed, p: int) -> list[tuple[Item, ...]]:
    """Where a page is in no area any more only the acknowledgement of its recall is printed."""
    if ORIGIN in x.observed or x.peer is None or not x.get("owner", p, x.k):
        return []
    drops = take("drop_other_copies", x.peer, p), take("invalidate", p, x.k)
    return [(*over, *drops) for over in ends_fault(x, x.peer)]
