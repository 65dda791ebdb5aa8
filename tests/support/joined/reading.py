"""The state of the model, read off the kernels of the reference and what is on its way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from popcorn_model.popcorn import sorts
from popcorn_model.vocabulary import Access, Call, Parcel
from popcorn_reference.directory import Entry
from popcorn_reference.messages import (
    Answer,
    Asked,
    Done,
    End,
    Farewell,
    Gave,
    Granted,
    Message,
    Recall,
)
from popcorn_reference.tables import Holding, Life, Place
from support.joined.cluster import PROCESS, Cluster
from support.joined.telling import number_of

_ACCESS: Final = {each: number for number, each in enumerate(Access)}
_LIVES: Final = {
    None: "unborn", Life.AWAY: "alive", Life.ASKING: "alive", Life.ASLEEP: "alive",
    Life.EXITED: "exited",
}  # fmt: skip
_NONE, _EMPTY, _DATA, _STALE = range(4)
AT_THE_END: Final = ("holder",)
"""What is of no account when a process ends: a page that nobody wants any more is not looked up."""

AFTER_THE_END: Final = ("holder", "writer", "area", "due", "fresh", "taken", "turn")
"""What is of no account when a process is over: the reference has forgotten it."""


class Reading:
    """One moment of a cluster, as the model would have it."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.home = cluster.home
        self.mail: list[tuple[int, int, Message]] = [
            (source, target, message)
            for (source, target), link in cluster.links.items()
            for message in link
        ]

    def get(self, name: str, index: tuple[int, ...]) -> Any:
        """The value of one cell of a state of the model."""
        return _READS[name](self, *index)

    # --- messages on their way -------------------------------------------------------------------

    def sent(self, kind: type[Message], kernel: int, thread: int = -1) -> Iterator[Any]:
        """Messages of a kind from or to a kernel, perhaps of one thread."""
        to_origin = kind in (Asked, Gave, Done, Farewell)
        for source, target, message in self.mail:
            end = source if to_origin else target
            is_its = thread < 0 or getattr(message, "thread", None) == thread
            if isinstance(message, kind) and kernel == end and is_its:
                yield message

    def question(self, t: int) -> tuple[int, Any] | None:
        """What a thread asks, and from where: on its way to the origin, or there."""
        found = self.home.questions.get(t)
        if found is not None:
            return found.kernel, found
        for k in range(self.cluster.kernels):
            for asked in self.sent(Asked, k, t):
                return k, asked
        return None

    def answer(self, t: int) -> tuple[int, Answer] | None:
        """What a thread is answered, and where, if the answer is on its way."""
        for k in range(self.cluster.kernels):
            for answer in self.sent(Answer, k, t):
                return k, answer
        return None

    def granted(self, p: int) -> Iterator[tuple[int, Granted]]:
        """What of a page is in an answer on its way, and where to."""
        for k in range(self.cluster.kernels):
            for answer in self.sent(Answer, k):
                yield from ((k, each) for each in answer.pages if each.page == p)

    # --- pages -----------------------------------------------------------------------------------

    def entry(self, p: int) -> Entry:
        """What the directory says of a page."""
        return self.home.directory.entries.get(p, Entry())

    def frame(self, p: int, k: int) -> bytes | None:
        """What a kernel has in its frame for a page, if it has something of the process."""
        member = self.cluster.nodes[k].members.get(PROCESS)
        if k == 0:
            member = self.home.member
        return None if member is None else bytes(member.memory.page(p))

    def counts(self, p: int, data: bytes | None) -> bool:
        """Whether these bytes are what was last written to a page."""
        written = self.cluster.written[p]
        return written is not None and data == bytes(written)

    def copy(self, p: int, k: int) -> Access:
        """What page tables allow."""
        return self.cluster.tables.get((p, k), Access.NONE)


def _call(r: Reading, t: int) -> int:
    asked, answered = r.question(t), r.answer(t)
    if asked is not None:
        return number_of(asked[1].call)
    is_fault = answered is not None and answered[1].call is Call.FAULT
    return number_of(Call.FAULT) if is_fault else 0


def _goal(r: Reading, t: int) -> int | None:
    asked, answered = r.question(t), r.answer(t)
    if asked is not None and asked[1].call is Call.MIGRATE:
        return int(asked[1].arguments[0])
    if answered is not None and answered[1].call is Call.MIGRATE:
        return answered[0]
    return None


def _wants(r: Reading, t: int, p: int) -> int:
    asked, answered = r.question(t), r.answer(t)
    if asked is not None:
        question = asked[1]
        pages = question.pages if isinstance(question, Asked) else question.wants.items()
        return _ACCESS[dict(pages).get(p, Access.NONE)]
    if answered is not None and answered[1].call is Call.FAULT:
        return next((_ACCESS[g.access] for g in answered[1].pages if g.page == p), 0)
    return 0


def _fresh(r: Reading, p: int, k: int) -> bool:
    if k == 0:
        return r.counts(p, r.frame(p, 0))
    holds = r.copy(p, k) is not Access.NONE
    return holds and r.counts(p, r.frame(p, k))


def _parcel(r: Reading, p: int) -> int:
    for k, granted in r.granted(p):
        if granted.parcel is Parcel.EMPTY:
            return _EMPTY
        data = r.frame(p, 0) if k == 0 else granted.data
        return _DATA if r.counts(p, data) else _STALE
    return _NONE


def _gave(r: Reading, p: int, k: int) -> int:
    for gave in r.sent(Gave, k):
        if gave.page == p:
            if gave.parcel is Parcel.EMPTY:
                return _EMPTY
            return _DATA if r.counts(p, gave.data) else _STALE
    return _NONE


def _recall(r: Reading, p: int, k: int) -> int:
    return next((_ACCESS[each.access] for each in r.sent(Recall, k) if each.page == p), 0)


def _here(r: Reading, t: int, k: int) -> bool:
    member = r.cluster.nodes[k].members.get(PROCESS)
    return member is not None and member.place(t) is Place.HERE


def _life(r: Reading, t: int) -> int:
    labels = sorts.Life.info.labels
    return int(labels.index(_LIVES[r.home.roll.lives.get(t)]))


_READS: Final[Mapping[str, Callable[..., Any]]] = {
    "life": _life,
    "here": _here,
    "asks": lambda r, t, k: (asked := r.question(t)) is not None and asked[0] == k,
    "answers": lambda r, t, k: (answered := r.answer(t)) is not None and answered[0] == k,
    "call": _call,
    "done": lambda r, t, k: any(r.sent(Done, k, t)),
    "goal": _goal,
    "wants": _wants,
    "joined": lambda r, k: k in r.home.roll.guests,
    "ending": lambda r: r.home.is_ending,
    "over": lambda r: r.home.is_over,
    "told": lambda r, k: any(r.sent(End, k)),
    "farewell": lambda r, k: any(r.sent(Farewell, k)),
    "area": lambda r, p: _ACCESS[r.home.areas.access(p)],
    "holder": lambda r, p, k: r.entry(p).holding(k) is not Holding.NOTHING,
    "writer": lambda r, p: next(
        (k for k, each in r.entry(p).holdings.items() if each is Holding.WRITER), None
    ),
    "taken": lambda r, p: r.entry(p).taken,
    "turn": lambda r: r.home.turn,
    "due": lambda r, p, k: k in r.entry(p).due,
    "recall": _recall,
    "gave": _gave,
    "copy": lambda r, p, k: _ACCESS[r.copy(p, k)],
    "fresh": _fresh,
    "parcel": _parcel,
}
