"""A program on the kernels of a model: threads do what they are told, and kernels what they must.

Each time that time is given one step is taken, drawn from those that are possible: of kernels, and
of threads that are to do something and run. How long it is between two orders is drawn, too: nobody
gives time to a thread that may sleep by then. If no step is possible any more, whoever waits waits
for ever.

What is answered is what the protocol says that a program sees.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from errno import EAGAIN, EFAULT, EINTR, EINVAL, ENOMEM
from random import Random
from typing import Final

from msgspec import UNSET

from popcorn_checker.conform import wire
from popcorn_checker.conform.modelled.kernels import Ask, Kernels
from popcorn_checker.conform.modelled.machine import Machine, Step
from popcorn_checker.evaluate import State

MAPS: Final = ("mmap", "mremap")
NOT_ANSWERED: Final = ("exit", "exit_group")
ACCESSES: Final = ("read", "write")
PAUSES: Final = (0, 0, 10, 1000)
"""How many steps there can be between two orders."""
SLOW: Final = 0.2
"""How likely it is that kernels are slow in doing something, for a whole run."""
PATIENCE: Final = 0.95
"""How likely it is, at a step, that what is slow waits for all others."""


class Unsupported(Exception):
    """A program cannot do that here."""


@dataclass
class Doing:
    """What a thread is at: not begun, or in a call, and what that returns if it is known."""

    op: wire.Do
    is_begun: bool = False
    child: int | None = None
    result: int | None = None


@dataclass
class Seen:
    """What a program sees of a state, as far as it tells what calls return."""

    calls: list[str]
    mapped: list[str]


@dataclass
class Program:
    """One run, from its begin on."""

    kernels: Kernels
    draw: Random
    doing: dict[int, Doing] = field(default_factory=dict)
    done: list[wire.Finished] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Nothing has happened."""
        self.state: State = self.machine.evaluator.initial()
        self._threads = range(self.machine.size("tasks"))
        self._pages = range(self.machine.size("pages"))
        self._own = (*self.machine.own, *self.kernels.extra())
        self._seen = self._see()
        self._slow = frozenset(m for m in self._own if self.draw.random() < SLOW)
        self._is_still = False

    @property
    def machine(self) -> Machine:
        """The model."""
        return self.kernels.machine

    @property
    def is_over(self) -> bool:
        """Whether it has ended, and no thread is left."""
        left = any(self._look("life", t) == "alive" for t in self._threads)
        return bool(self._look("ending")) and not left

    def obey(self, order: wire.ProgramOrder) -> None:
        """Carry an order out. Raises: Unsupported; StepFault where the scope is too small."""
        match order:
            case wire.Run():
                for ask in self.kernels.begin(order.thread, order.kernel):
                    if not self._try([ask]):
                        raise Unsupported(f"the program cannot begin: no {ask[0]}")
            case wire.Do():
                for _ in range(self.draw.choice(PAUSES)):
                    self._pass_time()
                self.doing[order.thread] = Doing(order)
            case wire.Kill():
                if not self._try(self.kernels.kills()):
                    raise Unsupported("nothing outside ends a program")
            case wire.Tick():
                self._pass_time()
                return
        self._is_still = False

    def _pass_time(self) -> None:
        if self._is_still:
            return
        moves: list[int | str] = [*self.doing, *self._own]
        self.draw.shuffle(moves)
        if self.draw.random() < PATIENCE:
            moves.sort(key=self._slow.__contains__)
        for move in moves:
            moved = self._go_on(move) if isinstance(move, int) else self._try([(move, {})])
            if moved:
                return
        self._is_still = True

    # --- threads ---------------------------------------------------------------------------------

    def _go_on(self, thread: int) -> bool:
        """A thread goes on with what it is to do, if it runs."""
        doing = self.doing[thread]
        if doing.is_begun or not self.runs(thread):
            return False
        return self._access(doing.op) if doing.op.op in ACCESSES else self._call(doing)

    def _call(self, doing: Doing) -> bool:
        """A thread makes a call; if no kernel takes it, it may be one that has nothing to do."""
        op = doing.op
        if op.op == "clone":
            doing.child = self._unborn()
        asks = list(self.kernels.calls(self.state, op, doing.child))
        self.draw.shuffle(asks)
        doing.is_begun = True
        if self._try(asks):
            return True
        doing.is_begun = False
        is_known = any(self.machine.has(name) for name, _ in asks)
        result = self._returns_at_once(doing, is_known)
        if result is not None:
            self._end(op.thread, result=result)
            return True
        if not is_known:
            raise Unsupported(f"{op.op} of thread {op.thread} on its kernel")
        return self._try(self.kernels.touches(self.state, op))

    def _access(self, op: wire.Do) -> bool:
        assert isinstance(op.page, int)
        if op.op == "read" and self._look("sight", op.thread, op.page) != "none":
            self._end(op.thread, value=self.kernels.read(self.state, op.thread, op.page))
        elif op.op == "write" and self._look("writable", op.thread, op.page):
            assert isinstance(op.value, int)
            self._end(op.thread)
            self._try(self.kernels.write(self.state, op.thread, op.page, op.value))
        elif self.kernels.refuses(self.state, op.thread, op.op, op.page):
            self._end(op.thread, refused=True)
        else:
            return self._try(self.kernels.touches(self.state, op))
        return True

    def _returns_at_once(self, doing: Doing, is_known: bool) -> int | None:
        """What a call returns that has nothing to do, or that no kernel can do."""
        op, mapped = doing.op, self._seen.mapped
        rights = mapped[op.page] if isinstance(op.page, int) else "none"
        match op.op:
            case "other":
                return 0
            case "migrate" if self._is_at_goal(op):
                return 0
            case "migrate" if not is_known:
                return -EINVAL
            case "clone" if doing.child is None:
                return -EAGAIN
            case "munmap" | "futex_wake" if rights == "none":
                return 0
            case "forbid" if rights != "write":
                return 0
            case "allow" if rights != "read":
                return 0
            case "mremap" | "futex_wait" if rights == "none":
                return -EFAULT
            case "mmap" | "mremap" if "none" not in mapped:
                return -ENOMEM
        return None

    def _unborn(self) -> int | None:
        return next((t for t in self._threads if self._look("life", t) == "unborn"), None)

    def _is_at_goal(self, op: wire.Do) -> bool:
        assert isinstance(op.goal, int)
        return self.kernels.named(op.goal) in self.kernels.places(self.state, op.thread)

    # --- steps -----------------------------------------------------------------------------------

    def _try(self, asks: Iterable[Ask]) -> bool:
        """Take a step that one of the actions allows, if there is any."""
        ops = {t: doing.op for t, doing in self.doing.items()}
        for name, bound in asks:
            for step in self.machine.find(self.state, name, bound, self.draw):
                if self.kernels.may(step, ops):
                    self._take(step)
                    return True
        return False

    def _take(self, step: Step) -> None:
        self.state = step.after
        self.kernels.follow(step)
        was, self._seen = self._seen, self._see()
        for thread in self.kernels.signals(step):
            if thread in self.doing and self.doing[thread].op.op in ACCESSES:
                self._end(thread, refused=True)
        for thread, doing in list(self.doing.items()):
            if doing.is_begun:
                self._follow(thread, doing, step, was)

    def _follow(self, thread: int, doing: Doing, step: Step, was: Seen) -> None:
        """What a step has done to a thread that is in a call."""
        op = doing.op
        if op.op in NOT_ANSWERED:
            del self.doing[thread]
            return
        if self.machine.values(step.firing).get("t") == thread:
            if (page := self.kernels.maps(step)) is not None and op.op in MAPS:
                doing.result = page
            if step.firing.action in self.kernels.errors:
                doing.result = -ENOMEM
        if self._seen.calls[thread] == "none" and doing.result is None:
            doing.result = self._returns(doing, was)
        if not self.runs(thread):
            return
        if op.op in MAPS and doing.result == -EAGAIN:
            doing.is_begun, doing.result = False, None
        else:
            self._end(thread, result=doing.result)

    def _returns(self, doing: Doing, was: Seen) -> int | None:
        """What a call returns that has just been done; `EAGAIN` is for the kernel to try again."""
        now = self._seen
        match doing.op.op:
            case "migrate":
                return None
            case "clone":
                return doing.child
            case "mmap" | "mremap":
                return -EAGAIN if "none" in now.mapped else -ENOMEM
            case "futex_wait" if was.calls[doing.op.thread] == "sleep":
                return 0 if self._has_ended("futex_wake", was) else -EINTR
            case "futex_wait":
                return -EAGAIN
            case "futex_wake":
                return int(self._has_ended("sleep", was))
        return 0

    def _has_ended(self, call: str, was: Seen) -> bool:
        return any(
            old == call and new == "none"
            for old, new in zip(was.calls, self._seen.calls, strict=True)
        )

    def _end(
        self, thread: int, *, value: int | None = None, result: int | None = None,
        refused: bool = False,
    ) -> None:  # fmt: skip
        """A thread is through."""
        op = self.doing.pop(thread).op
        if op.op == "migrate" and not self._is_at_goal(op):
            result = -EINVAL
        self.done.append(wire.Finished(
            thread, UNSET if value is None else value,
            UNSET if result is None else result, refused))  # fmt: skip

    def places(self) -> Iterator[wire.Placed]:
        """Where threads run."""
        for thread in self._threads:
            if self.runs(thread):
                for kernel in self.kernels.places(self.state, thread):
                    yield wire.Placed(thread, self.kernels.named(kernel))

    # --- what a program sees ---------------------------------------------------------------------

    def _look(self, name: str, *index: int) -> object:
        return self.machine.look(self.state, name, *index)

    def runs(self, thread: int) -> bool:
        """Whether a thread is executed, and in no call."""
        return self._look("running", thread) != "none" and self._seen.calls[thread] == "none"

    def _see(self) -> Seen:
        calls = [str(self._look("call", t)) for t in self._threads]
        return Seen(calls, [str(self._look("mapped", p)) for p in self._pages])
