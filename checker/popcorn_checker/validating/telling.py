"""What a line of our own format says in terms of the model `popcorn`: the ways to do it.

Where nothing is missing a line has one way, or two where the log says too little. Where lines may
be missing a way need not fit what went before: silent steps make it fit. A system call of Linux is
several questions one after the other; that a thread is in one is kept beside the model's state.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from typing import Any, Final

from popcorn_checker.journal.telling import (
    CALLS,
    ON_FUTEX,
    ON_MEMORY,
    ON_PAGE,
    TELLS,
    ask,
)
from popcorn_checker.validating.mapping import LEVEL, access_in, make_area, put_range
from popcorn_checker.validating.messages import wants_no_more, ways_of_message
from popcorn_checker.validating.naming import Numbers
from popcorn_checker.validating.observing import Entry, Get, Item, Keep, Need, Take, Way
from popcorn_checker.validating.sending import OWN, is_heard
from popcorn_model.vocabulary import EVENTS, Call, Kind, Side

ORIGIN: Final = 0
_WHERE: Final = {row.name: row.where for row in EVENTS}

# Of a thread that is in a system call: where it has come from, and how far it is.
CALLING: Final = "nothing was done of it yet"
ASKED: Final = "it is at one of its questions"
BETWEEN: Final = "something was done, and more may come"


class JournalObserver:
    """The front end for our own format and one process."""

    own = ("system", "phase", "late", "mapped", *OWN)
    unlikely: Mapping[str, int] = {
        "kill": 3, "call_exit": 2, "call_exit_group": 3, "call_fork": 2, "call_clone": 1,
        "refuse_fault": 2, "exec_program": 1, "give_up": 1, "refuse_mmap": 2, "refuse_clone": 2,
        "refuse_mremap": 2, "store": 9, "miss_word": 1, "drop_question": 1, "serve_munmap": 1,
        "serve_mremap": 2, "serve_mmap_over": 1,
    }  # fmt: skip
    duties: Mapping[str, str] = {
        "asks": "a question that is not answered",
        "answers": "an answer that has not arrived",
        "done": "word that an instruction is done, which the origin has not heard",
        "recall": "a page that is asked back and not given",
        "gave": "a page that was given and not noted",
        "told": "word of the end that has not arrived",
        "farewell": "a farewell that the origin has not heard",
    }

    def __init__(self, numbers: Numbers, is_complete: bool, actions: Container[str]) -> None:
        """`actions` are the names of the model's."""
        self.numbers = numbers
        self.is_complete = is_complete
        self._actions = actions

    def ways(self, entry: Entry, get: Get) -> list[Way] | str:
        """What a line may be in a state; or why it can be nothing, whatever the state."""
        names = self.numbers.translate(entry.content)
        event = names["event"]
        if event == "send":
            found = ways_of_message(names, get, self.is_complete)
            if names["kind"] == Kind.RECALL and not self.is_complete and isinstance(found, list):
                found += self._takers(names, get)
            return found
        if _WHERE[event] is Side.ORIGIN and entry.kernel != ORIGIN:
            return f"only the origin, kernel {ORIGIN}, says {event}"
        if _WHERE[event] is Side.KERNEL and entry.kernel != names["kernel"]:
            return f"kernel {entry.kernel} says {event} of kernel {names['kernel']}"
        if names.get("call", "fault") not in CALLS and event != "stop":
            return f"no line says {event} of the call {names['call']}"
        ways = self._tells().get(event, self._plain)(names, get)
        takes = (x for way in ways for x in way.items if isinstance(x, Take))
        if any(take.action not in self._actions for take in takes):
            return f"no line says {event} of the call {names.get('call')}"
        if self.is_complete:
            heard = tuple(is_heard(names, get))
            if event == "ask":  # it changes what is looked at
                return [Way((*heard, *way.items), way.lost) for way in ways]
            return [Way((*way.items, *heard), way.lost) for way in ways]
        return ways

    def receipts(self, get: Get) -> tuple[Take, ...]:
        """There are none: a message of the model `popcorn` is received in the step that uses it."""
        return ()

    def _tells(self) -> Mapping[str, Callable[[dict[str, Any], Get], list[Way]]]:
        return {
            "exec": self._exec, "stop": self._stop, "ask": self._ask, "serve": self._serve,
            "pass": self._pass, "fail": self._fail, "areas": self._areas, "run": self._run,
            "give_up": self._give_up, "answer": self._answer, "drop": self._drop,
            "end": self._end, "take": self._take,
        }  # fmt: skip

    def _plain(self, n: dict[str, Any], get: Get) -> list[Way]:
        return [Way(tuple(_takes(TELLS[n["event"]](n))))]

    # --- where a thread is ---------------------------------------------------------------------

    def _in_system(self, t: int, k: int) -> Iterator[Item]:
        """It must be in a system call that it has made on this kernel, if all lines are there."""
        if self.is_complete:
            yield Need("system", (t,), (k,))

    def _free(self, t: int) -> Iterator[Item]:
        """It is in no system call; where lines are missing, that it was over may have been one."""
        if self.is_complete:
            yield Need("system", (t,), (None,))
        else:
            yield from self._forget(t)

    def _is_over(self, t: int, get: Get) -> int:
        """How many lines must be missing for the thread to be in no system call any more."""
        return int(not self.is_complete and get("system", t) is not None)

    def _forget(self, t: int) -> Iterator[Item]:
        yield Keep("system", (t,), None)
        yield Keep("phase", (t,), None)
        yield Keep("late", (t,), None)

    def _begin(self, t: int, k: int, get: Get) -> Iterator[Item]:
        """The thread is where it can ask."""
        is_there = get("here", t, k)
        if get("phase", t) == BETWEEN if self.is_complete else not is_there:
            yield Take("run_on", (t, k))
        yield Keep("phase", (t,), ASKED)

    def _note(self, t: int, get: Get) -> Iterator[Item]:
        """Part of a system call is done, if it is in one."""
        if get("system", t) is not None:
            yield Keep("phase", (t,), BETWEEN)

    # --- the beginning -------------------------------------------------------------------------

    def _exec(self, n: dict[str, Any], get: Get) -> list[Way]:
        """The model begins with all pages writable: the first thread makes them what they are."""
        t, k = n["thread"], n["kernel"]
        items: list[Item] = [Take("exec_program", (t, k))]
        ranges = tuple((a, b, LEVEL[c]) for a, b, c in n.get("areas", ()))
        items.append(Keep("mapped", (), ranges))
        for p, page in self.numbers.numbered_pages():
            for step in make_area(t, k, p, (LEVEL["write"], access_in(ranges, page))):
                items.extend((Take("run_on", (t, k)), *step))
        return [Way(tuple(items))]

    # --- questions -----------------------------------------------------------------------------

    def _stop(self, n: dict[str, Any], get: Get) -> list[Way]:
        t, k, call = n["thread"], n["kernel"], n["call"]
        lost = self._is_over(t, get)
        if call == Call.SYSTEM:
            kept = (Keep("system", (t,), k), Keep("phase", (t,), CALLING))
            return [Way((*self._free(t), Need("here", (t, k), (True,)), *kept), lost)]
        if call != Call.FAULT:
            return [Way((*self._free(t), *_takes(ask(n))), lost)]
        faults = _faults(n, get)
        ways = [Way((*self._free(t), *takes), lost) for takes in faults]
        forbidden = [p for p, access in n["pages"] if get("area", p) < LEVEL[access]]
        if forbidden and not self.is_complete:
            made: list[Item] = []
            for p in forbidden:  # mapped memory can be written: that takes the fewest steps
                for step in make_area(t, k, p, (get("area", p), LEVEL["write"])):
                    made.extend((*step, Take("run_on", (t, k))))
            ways.append(Way((*self._free(t), *made, *faults[0]), lost + 1))
        return ways

    def _ask(self, n: dict[str, Any], get: Get) -> list[Way]:
        t, k, call = n["thread"], n["kernel"], n["call"]
        is_inside = get("system", t) is not None
        if call == Call.FUTEX_WAKE and (is_inside or not get("asks", t, k)):
            ((page, _),) = n["pages"]
            kept: list[Item] = [*self._in_system(t, k)]
            if not is_inside:
                kept += [Keep("system", (t,), k), Keep("phase", (t,), BETWEEN)]
            return [Way((*kept, Keep("late", (t,), page)), lost=int(not is_inside))]
        has_asked = get("asks", t, k) and get("call", t) == CALLS.index(call)
        if has_asked if not self.is_complete else not is_inside:
            return [Way((*self._free(t), *is_asking(n, get, self.is_complete)))]
        entered = (Keep("system", (t,), k),)
        late = Keep("late", (t,), None)
        begun = self._begin(t, k, get)
        asked = _faults(n, get) if call == Call.FAULT else [tuple(_takes(ask(n)))]
        begin = *self._in_system(t, k), *entered, *begun, late
        lost = int(call == Call.FAULT or not is_inside)
        return [Way((*begin, *takes), lost) for takes in asked]

    def _take(self, n: dict[str, Any], get: Get) -> list[Way]:
        """Where the question is missing that a page is taken for, it may have been any."""
        t, k, p = n["thread"], n["kernel"], n["page"]
        take = Take("take_page", (t, p, k))
        forks = get("call", t) == CALLS.index(Call.FORK)  # it wants all pages, one by one
        if self.is_complete or (get("asks", t, k) and (forks or get("wants", t, p))):
            return [Way((take,))]
        inside = get("system", t) is not None
        ways = []
        for access in ("read", "write"):
            asked = _takes(ask({**n, "call": Call.FAULT, "pages": [(p, access)]}))
            ways.append(Way((*self._forget(t), *asked, take), lost=1 + int(inside)))
        for call in (*ON_MEMORY, *ON_FUTEX[:1], *ON_PAGE):
            asked = _takes(ask({**n, "call": call, "pages": [(p, None)]}))
            entered = Keep("system", (t,), k), *self._begin(t, k, get)
            ways.append(Way((*entered, *asked, take), lost=1 + int(not inside)))
        return ways

    def _takers(self, n: dict[str, Any], get: Get) -> Iterator[Way]:
        """Where it is missing for whom a page is asked back, it may have been for any thread."""
        p, to = n["page"], n["to"]
        recalled = Need("recall", (p, to), (LEVEL[n["access"]],))
        if get("recall", p, to):
            return
        for t in range(len(self.numbers.threads)):
            k = 0
            while get("asks", t, k) is not None:
                there = get("asks", t, k) or get("here", t, k) or get("answers", t, k)
                if there and get("wants", t, p) in (0, LEVEL[n["access"]]):
                    asking = {**n, "thread": t, "kernel": k}
                    for way in self._take(asking, get):
                        yield Way((*way.items, recalled), way.lost + 1)
                k += 1

    # --- what the origin does ------------------------------------------------------------------

    def _pass(self, n: dict[str, Any], get: Get) -> list[Way]:
        t = n["thread"]
        moved = [Keep("system", (t,), n["goal"])] if get("system", t) is not None else []
        return [Way((*_takes(TELLS["pass"](n)), *moved, *self._note(t, get)))]

    def _serve(self, n: dict[str, Any], get: Get) -> list[Way]:
        t, k, call = n["thread"], n["kernel"], n["call"]
        is_inside = get("system", t) is not None
        if call == Call.FUTEX_WAKE and (is_inside or not get("asks", t, k)):
            return [self._wake(n, get)]
        asked = tuple(self._lost_question(n, get))
        forked = self._fork(t, k, get) if call == Call.FORK else ()
        takes = (*asked, *forked, *_takes(TELLS["serve"](n)))
        if call in (Call.EXIT, Call.EXIT_GROUP):
            takes = (*takes, *self._forget(t))
        elif call != Call.FUTEX_WAIT:
            takes = (*takes, *self._note(t, get))
        return [Way(takes, lost=int(bool(asked)))]

    def _wake(self, n: dict[str, Any], get: Get) -> Way:
        """Who sleeps on another word of the page is not woken, and the model knows only pages."""
        t, k, p = n["thread"], n["kernel"], n["page"]
        asked: list[Item] = [*self._in_system(t, k), *self._begin(t, k, get)]
        lost = int(not self.is_complete and get("late", t) != p)
        if self.is_complete:
            asked += [Need("late", (t,), (p, (p,))), Keep("late", (t,), (p,))]
        if "other" not in n and any(
            get("call", u) == CALLS.index("sleep") and get("wants", u, p)
            for u in range(len(self.numbers.threads))
        ):
            served = (Take("call_other", (t, k)), Take("serve_other", (t, k)))
            return Way((*asked, *served, *self._note(t, get)), lost)
        if "other" in n and not self.is_complete:
            asleep = tuple(self._lost_sleep(n, get))
            lost += int(bool(asleep))
            asked = [*asleep, *asked]
        call = Take("call_futex", (t, k, p, CALLS.index(Call.FUTEX_WAKE)))
        noted = [*self._note(t, get)]
        if "other" in n:
            noted += self._note(n["other"], get)
        return Way((*asked, call, *_takes(TELLS["serve"](n)), *noted), lost)

    def _lost_question(self, n: dict[str, Any], get: Get) -> Iterator[Item]:
        """Where lines may be missing, what a call that has effect was asked by."""
        t, k, call = n["thread"], n["kernel"], n["call"]
        if self.is_complete or call == Call.FAULT:
            return
        if get("asks", t, k) and get("call", t) == CALLS.index(call):
            return
        if call in (Call.MIGRATE, Call.FUTEX_WAKE):
            return
        pages = [(n["page"], None)] if "page" in n and call != Call.MMAP else []
        if not get("system", t):
            yield Keep("system", (t,), k)
        yield from self._begin(t, k, get)
        yield from _takes(ask({**n, "pages": pages}))

    def _lost_sleep(self, n: dict[str, Any], get: Get) -> Iterator[Item]:
        """Where lines may be missing, how a thread that is woken has fallen asleep."""
        u, j, p = n["other"], n["where"], n["page"]
        if get("call", u) == CALLS.index("sleep") and get("wants", u, p):
            return
        asleep = {**n, "thread": u, "kernel": j, "call": Call.FUTEX_WAIT}
        yield from self._lost_question(asleep, get)
        yield Take("fall_asleep", (u, j, p))

    def _fork(self, t: int, k: int, get: Get) -> Iterator[Item]:
        """Pages of which nobody has anything are not taken one by one, but the model does so."""
        for p, _ in self.numbers.numbered_pages():
            if get("area", p) and get("taken", p) != t:
                if not get("wants", t, p):
                    yield Take("want_page", (t, k, p))
                yield Take("take_page", (t, p, k))

    def _fail(self, n: dict[str, Any], get: Get) -> list[Way]:
        t = n["thread"]
        more = self._fork(t, n["kernel"], get) if n["call"] == Call.FORK else ()
        asked = tuple(self._lost_question(n, get))
        items = *asked, *more, *_takes(TELLS["fail"](n)), *self._note(t, get)
        return [Way(items, lost=int(bool(asked)))]

    def _give_up(self, n: dict[str, Any], get: Get) -> list[Way]:
        return [Way((*_takes(TELLS["give_up"](n)), *self._note(n["thread"], get)))]

    def _areas(self, n: dict[str, Any], get: Get) -> list[Way]:
        t, k, access = n["thread"], n["kernel"], LEVEL[n["access"]]
        ranges = put_range(get("mapped") or (), (n["page"], n["other"], access))
        items: list[Item] = [*self._in_system(t, k), Keep("mapped", (), ranges)]
        is_begun = False
        for p, page in self.numbers.numbered_pages():
            if not n["page"] <= page < n["other"]:
                continue
            for step in make_area(t, k, p, (get("area", p), access)):
                begin = (Take("run_on", (t, k)),) if is_begun else self._begin(t, k, get)
                items.extend((*begin, *step))
                is_begun = True
        if is_begun:
            items.append(Keep("phase", (t,), BETWEEN))
        return [Way(tuple(items))]

    # --- the end -------------------------------------------------------------------------------

    def _run(self, n: dict[str, Any], get: Get) -> list[Way]:
        t = n["thread"]
        return [Way((*self._free(t), *_takes(TELLS["run"](n))), lost=self._is_over(t, get))]

    def _answer(self, n: dict[str, Any], get: Get) -> list[Way]:
        t, k = n["thread"], n["kernel"]
        items: list[Item] = [*self._in_system(t, k)]
        is_begun = get("phase", t) == CALLING
        is_lost = not self.is_complete and not is_begun and get("here", t, k)
        if is_begun or is_lost:
            items += [Take("call_other", (t, k)), Take("serve_other", (t, k))]
        answered = Need("answers", (t, k), (True,))
        return [Way((*items, answered, *self._forget(t)), lost=int(is_lost))]

    def _drop(self, n: dict[str, Any], get: Get) -> list[Way]:
        t, k = n["thread"], n["kernel"]
        items: list[Item] = []
        if get("phase", t) in (CALLING, BETWEEN):
            items = [*self._begin(t, k, get), Take("call_other", (t, k))]
        return [Way((*items, *_takes(TELLS["drop"](n)), *self._forget(t)))]

    def _end(self, n: dict[str, Any], get: Get) -> list[Way]:
        """What has left a kernel before it was told of the end is not there any more."""
        items: list[Item] = []
        for t in range(len(self.numbers.threads)):
            is_there = self.is_complete or get("here", t, n["kernel"])  # else its exit was lost
            if is_there and get("phase", t) == CALLING and get("system", t) == n["kernel"]:
                gone = Take("call_other", (t, n["kernel"]))
                items += [*self._begin(t, n["kernel"], get), gone]
        return [Way((*items, *_takes(TELLS["end"](n))))]


def _faults(n: Mapping[str, Any], get: Get) -> list[tuple[Item, ...]]:
    """An instruction faults: first comes a page that its kernel lacks, in the model's order.

    What it lacks when the thread comes there is not known before, and then it may be any.
    """
    k, pages = n["kernel"], n["pages"]
    lacks = [page for page, access in pages if get("copy", page, k) < LEVEL[access]]
    firsts = lacks[:1] if get("here", n["thread"], k) else [page for page, _ in pages]
    return [
        tuple(_takes(ask({**n, "pages": sorted(pages, key=lambda each: each[0] != first)})))
        for first in firsts or [pages[0][0]]
    ]


def is_asking(n: Mapping[str, Any], get: Get, is_complete: bool) -> Iterator[Item]:
    """A thread's question is what a line says that it is."""
    t = n["thread"]
    yield Need("asks", (t, n["kernel"]), (True,))
    yield Need("call", (t,), (CALLS.index(n["call"]),))
    if n.get("goal") is not None:
        yield Need("goal", (t,), (n["goal"],))
    wanted = {page: LEVEL[access] for page, access in n["pages"]}
    for page, access in wanted.items():
        yield Need("wants", (t, page), (access,))
    if is_complete:
        yield from wants_no_more(t, wanted, get)


def _takes(steps: Iterator[tuple[Any, ...]]) -> Iterator[Item]:
    for action, *values in steps:
        yield Take(action, tuple(None if value is None else int(value) for value in values))
