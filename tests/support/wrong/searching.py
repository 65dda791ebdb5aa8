"""The shortest stimuli that show a wrong implementation: all that can be, level by level.

Two ways to the same state of the model are one, if nothing else of the kernels differs either:
who waits in which order, what is on its way, and which frames hold what was last written.
"""

from __future__ import annotations

import copy
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from popcorn_checker.evaluate import State
from popcorn_model.vocabulary import Access, Call
from popcorn_reference.messages import Answer, Asked, Gave, Message, Wanted
from popcorn_reference.questions import Question
from support.joined.cluster import PROCESS
from support.joined.join import Join
from support.joined.stimuli import Stimulus, get_arrivals, get_local
from support.wrong.replaying import do, make
from support.wrong.rows import Hint

STATES_MAX: Final = 400_000

Path = tuple[Stimulus, ...]


@dataclass
class Search:
    """A search under a hint; what threads may do depends on the model's state alone."""

    hint: Hint
    states_max: int = STATES_MAX
    locals: dict[State, list[Stimulus]] = field(default_factory=dict)
    marks: set[int] = field(default_factory=set)

    def run(self) -> tuple[Path, str] | None:
        """Search level by level: the shortest stimuli that show something, and what they show."""
        level: list[tuple[Path, Join]] = [((), make(self.hint.scope))]
        while level:
            below: list[tuple[Path, Join]] = []
            for path, join in level:
                for stimulus in self.choose(join):
                    after = duplicate(join)
                    seen = do(after, stimulus)
                    if seen is not None:
                        return (*path, stimulus), seen
                    if self._is_new(after):
                        below.append(((*path, stimulus), after))
            if len(self.marks) > self.states_max:
                return None
            level = below
        return None

    def choose(self, join: Join) -> Iterator[Stimulus]:
        """What may happen now, as far as the hint goes."""
        yield from get_arrivals(join)
        if join.state not in self.locals:
            self.locals[join.state] = list(filter(self._is_meant, get_local(join)))
        yield from self.locals[join.state]

    def _is_meant(self, stimulus: Stimulus) -> bool:
        match stimulus.method, *stimulus.arguments:
            case "begin", kernel, thread:
                return bool(kernel < 2 and thread == 0)  # the others are alike
            case "kill", *_:
                return self.hint.kills
            case "stop", _, _, call, *rest:
                pages = rest[0] if rest else ()
                return call in self.hint.calls and (
                    call is not Call.FAULT or self._is_meant_to_fault(pages)
                )
        return False

    def _is_meant_to_fault(self, pages: Wanted) -> bool:
        reads = any(access is Access.READ for _, access in pages)
        return (self.hint.many or len(pages) == 1) and (self.hint.reads or not reads)

    def _is_new(self, join: Join) -> bool:
        mark = hash(get_mark(join))
        if mark in self.marks:
            return False
        self.marks.add(mark)
        return True


def duplicate(join: Join) -> Join:
    """The same join once more; what never changes is shared."""
    after = copy.copy(join)
    shared: Any = join.home._ways.serves
    after.cluster = copy.deepcopy(join.cluster, {id(shared): shared})
    after.history = []
    return after


def get_mark(join: Join) -> Hashable:
    """All that what may happen depends on."""
    cluster, home = join.cluster, join.home
    return (
        join.state,
        tuple((link, tuple(_mark(join, m) for m in queue))
              for link, queue in sorted(cluster.links.items()) if queue),
        tuple(sorted((t, _mark_question(q)) for t, q in home.questions.items())),
        tuple(sorted(
            (p, tuple(sorted(e.holdings.items())), e.taken, tuple(sorted(e.due)), tuple(e.queue))
            for p, e in home.directory.entries.items()
        )),
        home.turn, tuple(home.turns), tuple(home._roomless),
        tuple((a, tuple(s)) for a, s in sorted(home.roll.sleepers.items())),
        tuple(sorted(home.roll.lives.items())), tuple(sorted(home.roll.guests.items())),
        tuple(sorted(cluster.tables.items())),
        tuple(_mark_member(join, k) for k in range(join.kernels)),
        home.is_ending, home.is_over,
    )  # fmt: skip


def _mark_member(join: Join, kernel: int) -> Hashable:
    member = join.cluster.nodes[kernel].members.get(PROCESS)
    if member is None:
        return None
    frames = {page: bytes(member.memory.page(page)) for page in range(join.pages)}
    fresh = tuple((_counts(join, page, frame), any(frame)) for page, frame in frames.items())
    places = tuple(sorted(member.places.items()))
    return fresh, places, tuple(sorted(member.copies.items()))


def _mark_question(question: Question | Asked) -> Hashable:
    pages = question.pages
    numbers = () if question.call is Call.FILL else question.arguments  # those count upwards
    kernel = question.kernel if isinstance(question, Question) else None
    return kernel, question.call, pages, numbers


def _mark(join: Join, message: Message) -> Hashable:
    match message:
        case Gave(_, page, parcel, data):
            return "gave", page, parcel, _counts(join, page, data)
        case Answer():
            pages = tuple((g.page, g.access, g.parcel, _counts(join, g.page, g.data))
                          for g in message.pages)  # fmt: skip
            return "answer", message.thread, message.call, pages
        case Asked():
            return "asked", message.thread, _mark_question(message)
        case _:
            return message


def _counts(join: Join, page: int, data: bytes) -> bool:
    return data == bytes(join.cluster.written[page] or b"")
