"""One run at the level of programs: threads do things, and the judge looks at what comes of it.

The implementation has its network and its clock for itself; what it is given is time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import msgspec
from msgspec import UNSET

from popcorn_checker.conform import script, wire
from popcorn_checker.conform.driving import Indefinite, NotNow, Unsupported
from popcorn_checker.conform.holding import arrived, check_pages, check_places
from popcorn_checker.conform.judging import Departure
from popcorn_checker.conform.program import Machine, ProgramJudge
from popcorn_checker.evaluate import Evaluator

TICKS_MAX: Final = 1000
"""How often time is given to an implementation before it is taken for one that hangs."""


class Doer(Protocol):
    """Whoever carries orders out at the level of programs; an `Adapter` is one."""

    @property
    def stderr(self) -> str:
        """What it has said beside its answers."""

    def do(self, order: wire.ProgramOrder) -> wire.ProgramReply:
        """Have something done. Raises: Broken."""


@dataclass
class ProgramSession:
    """An implementation, and what can have happened in the program that it runs."""

    adapter: Doer
    machine: Machine
    kernels: int
    judge: ProgramJudge = field(init=False)
    log: list[tuple[wire.ProgramOrder, wire.ProgramReply | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin anew."""
        self.judge = ProgramJudge(self.machine)
        self._is_over = False
        self._doing: dict[int, wire.Do] = {}
        self._goals: dict[int, int] = {}
        self._accept(wire.Reset(1, self.kernels, self.machine.threads, self.machine.pages))

    @property
    def evaluator(self) -> Evaluator:
        """Of the model that judges."""
        return self.machine.evaluator

    @property
    def adapters(self) -> tuple[Doer]:
        """The one that there is."""
        return (self.adapter,)

    def take(self, step: script.Step) -> None:
        """Take one step of a script.

        Raises: Departure, NotNow, Unsupported, Indefinite, Broken, Undecided.
        """
        match step:
            case script.Begin():
                self._order(wire.Run(self._seq(), 0, step.to))
            case script.Ask():
                if self._is_over or not self.judge.can_begin(step.thread):
                    raise NotNow(f"{step}: thread {step.thread} is not sure to run")
                self._order(_make_do(self._seq(), step))
            case script.Kill():
                self._order(wire.Kill(self._seq(), 0))
            case script.Drain():
                self._drain()
            case _:
                raise NotNow(f"{step}: a program cannot do that")

    def rest(self) -> None:
        """Give it time until nobody is at anything, and the program is over if it is to be.

        Raises: Departure, Unsupported, Indefinite, Broken, Undecided.
        """
        self._drain()

    def _drain(self) -> None:
        self._until(lambda: not self.judge.waiting())
        if self._is_over:
            return
        if waiting := self.judge.waiting():
            thread = waiting[0]
            right = self.judge.expected(thread)
            raise Departure(f"thread {thread} is never through", right or ["it is, at some time"])
        self.judge.let_go()
        if self.judge.is_ending():
            self._until(lambda: self._is_over)
            if not self._is_over:
                raise Departure("the program is not over", ["it is: it has been ended"])

    def _until(self, is_reached: Callable[[], bool]) -> None:
        for _ in range(TICKS_MAX):
            if self._is_over or is_reached():
                return
            self._order(wire.Tick(self._seq(), 0))

    def _order(self, order: wire.ProgramOrder) -> None:
        reply = self._accept(order)
        self.judge.observe(order, reply)
        self._is_over |= reply.over
        self._hold(order, reply)

    def _hold(self, order: wire.ProgramOrder, reply: wire.ProgramReply) -> None:
        """What is said of pages and threads has to be as it is promised."""
        if isinstance(order, wire.Do):
            self._doing[order.thread] = order
        self._goals |= dict(arrived(self._doing, reply))
        if isinstance(reply.copies, tuple):
            check_pages(self.judge, reply.copies)
        if isinstance(reply.places, tuple):
            check_places(reply.places, self._goals)

    def _accept(self, order: wire.ProgramOrder) -> wire.ProgramReply:
        self.log.append((order, None))
        reply = self.adapter.do(order)
        self.log[-1] = (order, reply)
        if reply.result == "unsupported":
            raise Unsupported(reply.text + (f" ({reply.issue})" if reply.issue else ""))
        if reply.result == "unknown":
            raise Indefinite(reply.text or "it does not know what it has done")
        if reply.result == "error":
            what = msgspec.json.encode(order).decode()
            raise Departure(f"it refuses {what}: {reply.text}", ["it is legal, and is carried out"])
        return reply

    def _seq(self) -> int:
        return len(self.log) + 1


def _make_do(seq: int, step: script.Ask) -> wire.Do:
    if step.call not in _OPS:
        raise NotNow(f"{step}: a program does not say that; it says {', '.join(_OPS)}")
    page: Any = step.pages[0][0] if step.pages else UNSET
    value: Any = UNSET if step.value is None else step.value
    goal: Any = UNSET if step.goal is None else step.goal
    return wire.Do(seq, step.thread, step.call, page, value, goal)  # type: ignore[arg-type]


_OPS: Final = (
    "read", "write", "migrate", "clone", "exit", "exit_group", "mmap", "mmap_over", "munmap",
    "forbid", "allow", "mremap", "futex_wait", "futex_wake", "other",
)  # fmt: skip
