"""One run at the level of programs: threads do things, and the judge looks at what comes of it.

The implementation has its network and its clock for itself; what it is given is time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

from msgspec import UNSET
from msgspec.structs import replace

from popcorn_checker.conform import script, wire
from popcorn_checker.conform.explaining import Departure
from popcorn_checker.conform.hindsight import find_earlier
from popcorn_checker.conform.holding import (
    arrived,
    check_lives,
    check_over,
    check_pages,
    check_places,
)
from popcorn_checker.conform.machine import Machine
from popcorn_checker.conform.program import ProgramJudge
from popcorn_checker.conform.talking import NotNow, Talk

TICKS_MAX: Final = 1000
"""How often time is given to an implementation before it is taken for one that hangs."""


Log = list[tuple[wire.ProgramOrder, wire.ProgramReply | None]]


class Doer(Protocol):
    """Whoever carries orders out at the level of programs; an `Adapter` is one."""

    @property
    def stderr(self) -> str:
        """What it has said beside its answers."""

    def do(self, order: wire.ProgramOrder) -> wire.ProgramReply:
        """Have something done. Raises: Broken."""


class ProgramSession(Talk[wire.ProgramOrder, wire.ProgramReply]):
    """An implementation, and what can have happened in the program that it runs."""

    def __init__(
        self, adapter: Doer, machine: Machine, kernels: int, log: Log | None = None
    ) -> None:
        """Begin anew."""
        super().__init__(log)
        self.adapters: tuple[Doer] = (adapter,)
        self.evaluator = machine.evaluator
        self.machine, self.kernels = machine, kernels
        self.judge: ProgramJudge = ProgramJudge(machine)
        self._tell = adapter.do
        self.is_over = False
        self.places: dict[int, int] = {}
        """Where threads were sent, or were created as far as that is known."""
        self._doing: dict[int, wire.Do] = {}
        """What threads are at."""
        self._goals: dict[int, int] = {}
        """Where threads have to be: where they were begun, or have gone."""
        self._order(wire.Reset(1, kernels, machine.threads, machine.pages))

    def take(self, step: script.Step) -> None:
        """Take one step of a script."""
        match step:
            case script.Begin():
                self._order(wire.Run(self._seq(), 0, step.to))
            case script.Ask():
                if self.is_over or not self.judge.can_begin(step.thread):
                    raise NotNow(f"{step}: thread {step.thread} is not sure to run")
                if step.goal is not None and step.goal == self.places.get(step.thread):
                    raise NotNow(f"{step}: thread {step.thread} is there already")
                self._order(_make_do(self._seq(), step))
            case script.Kill():
                self._order(wire.Kill(self._seq(), 0))
            case script.Wait():
                self._until(lambda: False, step.ticks)
            case script.Drain():
                self._drain()
            case _:
                raise NotNow(f"{step}: a program cannot do that")

    def rest(self) -> None:
        """Give it time until nobody is at anything, and the program is over if it is to be."""
        self._drain()

    def _drain(self) -> None:
        self._until(lambda: not self.judge.waiting())
        if self.is_over:
            return
        self.judge.check_through()
        self.judge.let_go()
        if self.judge.is_ending():
            self._until(lambda: self.is_over)
            if not self.is_over:
                self.judge.check_over()

    def find_earlier(self, why: Departure) -> list[str]:
        """What would be right besides if an earlier answer had been another."""
        return find_earlier(self.machine, self.judge.past, why)

    def _until(self, is_reached: Callable[[], bool], most: int = TICKS_MAX) -> None:
        for _ in range(most):
            if self.is_over or is_reached():
                return
            self._order(wire.Tick(self._seq(), 0))

    def _order(self, order: wire.ProgramOrder) -> None:
        reply = self._accept(self._tell, order)
        if isinstance(order, wire.Reset):  # nothing has begun, and nothing is left of what was
            reply = replace(reply, over=False)
        self.judge.observe(order, reply)
        self.is_over |= reply.over
        self._hold(order, reply)

    def _hold(self, order: wire.ProgramOrder, reply: wire.ProgramReply) -> None:
        """What is said of pages and threads has to be as it is promised."""
        if isinstance(order, wire.Do):
            self._doing[order.thread] = order
        self._place(order, reply)
        copies = reply.copies if isinstance(reply.copies, tuple) else ()
        places = reply.places if isinstance(reply.places, tuple) else ()
        if reply.over:
            check_over(copies, places)
        check_pages(self.judge, self.kernels, copies)
        check_lives(self.judge, self.kernels, places)
        asked = {
            t: order.goal for t, order in self._doing.items()
            if order.op == "migrate" and isinstance(order.goal, int)
        }  # fmt: skip
        check_places(places, self._goals, asked)

    def _place(self, order: wire.ProgramOrder, reply: wire.ProgramReply) -> None:
        """Where threads are now: where they were begun, where they went, or with who made them."""
        if isinstance(order, wire.Run):
            self.places[order.thread] = self._goals[order.thread] = order.kernel
        goals = dict(arrived(self._doing, reply))
        self._goals |= goals
        self.places |= goals
        for done in reply.done:
            doing = self._doing.pop(done.thread, None)
            if doing is None or doing.op != "clone" or not isinstance(done.result, int):
                continue
            if done.thread in self.places:
                self.places.setdefault(done.result, self.places[done.thread])


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
