"""What a line about a message that was sent says of the state: the message is on its way now."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from popcorn_checker.journal.telling import ACCESS, CALLS
from popcorn_checker.validating.observing import Get, Item, Keep, Need, Take, Way
from popcorn_checker.validating.sending import is_sent
from popcorn_model.vocabulary import MESSAGES, Call, Kind, Side

_SENDER: Final = {row.kind.value: row.sender for row in MESSAGES}
_EMPTY, _DATA, _STALE = 1, 2, 3
"""What a message carries of a page, as the model numbers it."""


def ways_of_message(n: Mapping[str, Any], get: Get, is_complete: bool) -> list[Way] | str:
    """What a line about a message says; or why no message can be so."""
    kind, at, to = n["kind"], n["at"], n["to"]
    if _SENDER[kind] is Side.KERNEL and to != 0:
        return f"{kind} is sent to the origin, kernel 0, and to nobody else"
    if _SENDER[kind] is Side.ORIGIN and at != 0:
        return f"{kind} is sent by the origin, kernel 0, and by nobody else"
    if kind == Kind.CALL and n["call"] not in (*CALLS, Call.SYSTEM):
        return f"nobody asks for {n['call']}"
    sent = tuple(is_sent(n)) if is_complete else ()
    if kind == Kind.CALL and n["call"] == Call.SYSTEM:
        return [Way((*_system(n, is_complete), *sent))]
    lost = 0
    if kind == Kind.ANSWER:
        items = list(_answer(n, get, is_complete))
        lost = int(isinstance(items[0], Take))
    else:
        items = list(_TELLS[kind](n, get))
    is_over = kind == Kind.CALL or (kind == Kind.ANSWER and n["call"] == Call.SYSTEM)
    if is_over and not is_complete:
        items += [Keep(name, (n["thread"],), None) for name in ("system", "phase", "late")]
    if is_complete and n.get("pages") and kind in (Kind.CALL, Kind.ANSWER):
        items.extend(wants_no_more(n["thread"], [each[0] for each in n["pages"]], get))
    return [Way((*items, *sent), lost)]


def wants_no_more(t: int, pages: Collection[int], get: Get) -> Iterator[Item]:
    """A thread's question is about no other pages than these."""
    p = 0
    while (wanted := get("wants", t, p)) is not None:
        if wanted and p not in pages:
            yield Need("wants", (t, p), (0,))
        p += 1


def _system(n: Mapping[str, Any], is_complete: bool) -> Iterator[Item]:
    t, k = n["thread"], n["at"]
    if is_complete:
        yield Need("system", (t,), (k,))
        yield Need("phase", (t,), ("nothing was done of it yet",))
    else:
        yield Need("here", (t, k), (True,))
        yield Keep("system", (t,), k)
        yield Keep("phase", (t,), "nothing was done of it yet")


def _call(n: Mapping[str, Any], get: Get) -> Iterator[Item]:
    t = n["thread"]
    yield Need("asks", (t, n["at"]), (True,))
    yield Need("call", (t,), (CALLS.index(n["call"]),))
    yield from _wants(n)
    if n["call"] == Call.MIGRATE and n.get("arguments"):
        yield Need("goal", (t,), (n["arguments"][0],))


def _wants(n: Mapping[str, Any]) -> Iterator[Item]:
    for page, access, *_ in n["pages"]:
        yield Need("wants", (n["thread"], page), (ACCESS[access],))


def _answer(n: Mapping[str, Any], get: Get, is_complete: bool) -> Iterator[Item]:
    t = n["thread"]
    if not is_complete and n["call"] != Call.FAULT and get("here", t, n["to"]):
        yield Take("call_other", (t, n["to"]))
        yield Take("serve_other", (t, n["to"]))
    yield Need("answers", (t, n["to"]), (True,))
    if n["call"] != Call.FAULT:
        yield Need("call", (t,), (CALLS.index("none"),))
        return
    yield Need("call", (t,), (CALLS.index("fault"),))
    yield from _wants(n)
    for page, _, parcel in n["pages"]:
        yield Need("parcel", (page,), _PARCELS[parcel])


def _recall(n: Mapping[str, Any], get: Get) -> Iterator[Item]:
    yield Need("recall", (n["page"], n["to"]), (ACCESS[n["access"]],))


def _gave(n: Mapping[str, Any], get: Get) -> Iterator[Item]:
    yield Need("gave", (n["page"], n["at"]), _PARCELS[n["parcel"]])


def _done(n: Mapping[str, Any], get: Get) -> Iterator[Item]:
    yield Need("done", (n["thread"], n["at"]), (True,))


def _end(n: Mapping[str, Any], get: Get) -> Iterator[Item]:
    yield Need("told", (n["to"],), (True,))


def _farewell(n: Mapping[str, Any], get: Get) -> Iterator[Item]:
    yield Need("farewell", (n["at"],), (True,))


_PARCELS: Final = {"empty": (_EMPTY,), "data": (_DATA, _STALE)}
_TELLS: Final = {
    "CALL": _call,
    "RECALL": _recall,
    "GAVE": _gave,
    "DONE": _done,
    "END": _end,
    "FAREWELL": _farewell,
}
