"""Wrong implementations, one for each defect of a published system: `... defects W40`.

Each is the reference with the mistake that the finding tells, as far as this protocol has the place
for it, behind the protocol of adapters. They are there to be caught, and show what that looks like.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from popcorn_model.vocabulary import Access, Call
from popcorn_reference import adapter, kernel, program_adapter, serving
from popcorn_reference.directory import Directory
from popcorn_reference.home import Home
from popcorn_reference.messages import Asked
from popcorn_reference.outputs import Output, Send
from popcorn_reference.questions import Question
from popcorn_reference.roll import Roll
from popcorn_reference.tables import Holding, Life, Turning


@dataclass(frozen=True)
class Defect:
    """A mistake, and the change of the reference that makes it."""

    what: str
    make: Callable[[], None]


def _serve(call: Call, how: Callable[[Home, Question], None]) -> None:
    """From now on a call does something else."""
    _replace(kernel, "SERVES", MappingProxyType({**vars(kernel)["SERVES"], call: how}))


def _replace(owner: Any, name: str, value: Any) -> None:
    setattr(owner, name, value)


# --- threads -------------------------------------------------------------------------------------


def _unshared_child() -> None:
    alone: set[int] = set()
    take_all = Home._take_all

    def clone(home: Home, question: Question) -> None:
        before = set(home.roll.lives)
        serving.clone(home, question)
        if question.kernel == home.kernel:
            alone.update(set(home.roll.lives) - before)

    def take(self: Home, question: Question) -> bool:
        taken = take_all(self, question)
        is_local = question.thread in alone and question.kernel == self.kernel
        return taken or (is_local and question.call is Call.FAULT)

    _serve(Call.CLONE, clone)
    _replace(Home, "_take_all", take)


def _dead_leader() -> None:
    exit_thread = serving.exit_thread

    def exit_and_forget(home: Home, question: Question) -> None:
        if question.thread == min(home.roll.lives):
            home.directory.entries.clear()
        exit_thread(home, question)

    _serve(Call.EXIT, exit_and_forget)


def _late_arrival() -> None:
    hear_call = Home._hear_call

    def hear(self: Home, source: int, asked: Asked) -> None:
        if self.is_ending and asked.call in (Call.MIGRATE, Call.CLONE):
            self.roll.hear(asked.thread, Turning.CALL, source)
            question = Question(
                asked.thread, source, asked.context, asked.call, dict(asked.pages),
                asked.arguments,
            )  # fmt: skip
            self.questions[asked.thread] = question
            serving.SERVES[asked.call](self, question)
        else:
            hear_call(self, source, asked)

    _replace(Home, "_hear_call", hear)


def _miscounted_child() -> None:
    uncounted: set[int] = set()

    def clone(home: Home, question: Question) -> None:
        before = set(home.roll.lives)
        serving.clone(home, question)
        if question.kernel != home.kernel:
            uncounted.update(set(home.roll.lives) - before)

    def is_last(self: Roll, thread: int) -> bool:
        return not any(
            life is not Life.EXITED and other != thread and other not in uncounted
            for other, life in self.lives.items()
        )

    _serve(Call.CLONE, clone)
    _replace(Roll, "is_last", is_last)


def _lost_return() -> None:
    visited: set[tuple[int, int]] = set()

    def migrate(home: Home, question: Question) -> None:
        (goal,) = question.arguments
        visited.add((question.thread, question.kernel))
        if (question.thread, goal) in visited:
            home.roll.send_back(question.thread, goal, has_pages=False)
            del home.questions[question.thread]
        else:
            serving.migrate(home, question)

    _serve(Call.MIGRATE, migrate)


def _old_registers() -> None:
    left: dict[tuple[int, int], bytes] = {}

    def migrate(home: Home, question: Question) -> None:
        (goal,) = question.arguments
        left[question.thread, question.kernel] = question.context
        question.context = left.get((question.thread, goal), question.context)
        serving.migrate(home, question)

    _serve(Call.MIGRATE, migrate)


# --- pages ---------------------------------------------------------------------------------------


def _early_free() -> None:
    take_all = Home._take_all

    def take(self: Home, question: Question) -> bool:
        return take_all(self, question) or question.call is Call.MUNMAP

    _replace(Home, "_take_all", take)


def _other_readers() -> None:
    take = Directory.take

    def take_from_origin(
        self: Directory, thread: int, page: int, access: Access, excused: int
    ) -> Iterator[Output]:
        told = list(take(self, thread, page, access, excused))
        entry = self.entry(page)
        if access is Access.WRITE and entry.holding(0) is not Holding.NOTHING:
            told = [s for s in told if isinstance(s, Send) and s.target == 0]
            entry.due &= {0}
        yield from told

    _replace(Directory, "take", take_from_origin)


def _early_answer() -> None:
    take_all = Home._take_all

    def take(self: Home, question: Question) -> bool:
        done = take_all(self, question)
        return done or (
            question.call is Call.FAULT and len(self._taken(question)) == len(question.wants)
        )

    _replace(Home, "_take_all", take)


def _reader_that_waits() -> None:
    give_back = Directory.give_back

    def keep_waiting(
        self: Directory, thread: int, pages: Mapping[int, object] | None = None
    ) -> list[int]:
        give_back(self, thread, pages)
        return []

    _replace(Directory, "give_back", keep_waiting)


DEFECTS: Final[Mapping[str, Defect]] = MappingProxyType(
    {
        "W1": Defect("A thread that is created at home shares no pages with others.",
                     _unshared_child),
        "W2": Defect("When the first thread has exited nobody knows who has pages.", _dead_leader),
        "W8a": Defect("What is in flight when the group exits arrives, and lives.", _late_arrival),
        "W10": Defect("Who is created away is not counted.", _miscounted_child),
        "W15": Defect("A thread that comes back finds nobody, and is dropped.", _lost_return),
        "W40": Defect("munmap returns before others have given the page up.", _early_free),
        "C3": Defect("A thread that comes back goes on with the registers that it left with.",
                     _old_registers),
        "C5": Defect("Where the origin has a page, other readers are not told of a writer.",
                     _other_readers),
        "X1": Defect("A writer is answered before all readers have given way.", _early_answer),
        "X15": Defect("Who finds a page taken waits, and is not tried again.", _reader_that_waits),
    }
)  # fmt: skip
"""Index: the ids of findings and mutations."""


def main() -> None:
    """Be wrong in the way that the command line names."""
    defect, *level = sys.argv[1:] or [""]
    if defect not in DEFECTS or level not in ([], ["program"], ["pages"]):
        known = ", ".join(DEFECTS)
        print(f"say one of {known}; and `program` or `pages`, the level", file=sys.stderr)
        raise SystemExit(2)
    DEFECTS[defect].make()
    seen = program_adapter if level else adapter
    _replace(seen, "NAME", f"popcorn-reference with {defect}")
    sys.argv[1:] = level
    seen.main()


if __name__ == "__main__":
    main()
