"""What a program sees of an implementation, judged by `smp`: one kernel, and no other.

A thread begins something, and later is through with it; in between, at one instant, it has its
effect. The judge keeps every way in which these instants can lie that fits what was seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final, NamedTuple

from msgspec import UNSET

from popcorn_checker.checking import Request, make_subject
from popcorn_checker.conform import wire
from popcorn_checker.conform.judging import MOMENTS_MAX, Departure, History, Undecided
from popcorn_checker.evaluate import Evaluator, Firing, State
from popcorn_model.smp import sorts

CALLS: Final = sorts.Call.info.labels
LIVES: Final = sorts.Life.info.labels
REFUSED: Final = "refused"
ANY_ERROR: Final = "an error"
NAMELESS: Final = ("read", "write", "migrate", "other")
"""What is no call that changes threads or areas."""

Result = int | str | None
"""What comes of it: a number, `REFUSED`, an error, or None for nothing that can be seen."""


class Pending(NamedTuple):
    """What a thread is at: not done yet, asleep, or done with this result."""

    op: wire.Do
    stage: str = "begun"
    result: Result = None


class Moment(NamedTuple):
    """A state of `smp`, what each page holds, and what each thread is at."""

    state: State
    pages: tuple[int, ...]
    threads: tuple[Pending | None, ...]


class Machine:
    """`smp` at a scope."""

    def __init__(self, threads: int, pages: int) -> None:
        """Configure it. Cost: tens of milliseconds."""
        self.threads, self.pages = threads, pages
        scope = f"tasks={threads},pages={pages}"
        self.evaluator: Evaluator = make_subject(Request("smp", None, scope)).evaluator
        self._actions = {action.name: action for action in self.evaluator.model.actions}
        self._slots = {
            (family.name, index): place  # type: ignore[attr-defined]
            for (family, index), place in self.evaluator.slot.items()
        }

    def start(self) -> Moment:
        """Nothing has happened, and all pages hold 0."""
        return Moment(self.evaluator.initial(), (0,) * self.pages, (None,) * self.threads)

    def get(self, state: State, name: str, *index: int) -> Any:
        """A cell of a state."""
        return state[self._slots[name, index]]

    def fire(self, state: State, action: str, *values: int) -> State | None:
        """The state after a step, or None if the step cannot be taken."""
        return self.evaluator.fire(state, self._actions[action], Firing(action, values))

    def is_alive(self, state: State, thread: int) -> bool:
        """Whether a thread exists."""
        return bool(LIVES[self.get(state, "life", thread)] == "alive")

    def rights(self, state: State, page: int) -> str:
        """What a page is mapped for."""
        return str(sorts.Rights.info.labels[self.get(state, "mapped", page)])


@cache
def make_machine(threads: int, pages: int) -> Machine:
    """The same machine for the same sizes."""
    return Machine(threads, pages)


# --- what threads do -----------------------------------------------------------------------------

Step = tuple[str, tuple[int, ...]]


class Effect(NamedTuple):
    """A step of `smp`, or none; what pages hold after it; and who is through, with what."""

    step: Step | None
    pages: tuple[int, ...]
    results: Mapping[int, Result]
    sleeps: bool = False


def begin_step(op: wire.Do) -> Step | None:
    """The step with which a call begins, if it is one."""
    if op.op in NAMELESS:
        return None
    number = CALLS.index(op.op)
    if isinstance(op.page, int):
        return "enter_about", (op.thread, number, op.page)
    return "enter", (op.thread, number)


def effects(machine: Machine, moment: Moment, thread: int) -> Iterator[Effect]:
    """What can come of what a thread has begun."""
    pending = moment.threads[thread]
    assert pending is not None
    op = pending.op
    yield from _EFFECTS.get(op.op, _call)(machine, moment, op)


def _put(pages: tuple[int, ...], page: int, value: int) -> tuple[int, ...]:
    return tuple(value if p == page else held for p, held in enumerate(pages))


def _read(machine: Machine, moment: Moment, op: wire.Do) -> Iterator[Effect]:
    assert isinstance(op.page, int)
    mapped = machine.rights(moment.state, op.page) != "none"
    found: Result = moment.pages[op.page] if mapped else REFUSED
    yield Effect(None, moment.pages, {op.thread: found})


def _write(machine: Machine, moment: Moment, op: wire.Do) -> Iterator[Effect]:
    assert isinstance(op.page, int)
    assert isinstance(op.value, int)
    if machine.rights(moment.state, op.page) == "write":
        yield Effect(None, _put(moment.pages, op.page, op.value), {op.thread: None})
    else:
        yield Effect(None, moment.pages, {op.thread: REFUSED})


def _nothing(machine: Machine, moment: Moment, op: wire.Do) -> Iterator[Effect]:
    yield Effect(None, moment.pages, {op.thread: None})


def _clone(machine: Machine, moment: Moment, op: wire.Do) -> Iterator[Effect]:
    for child in range(machine.threads):
        yield Effect(("clone", (op.thread, child)), moment.pages, {op.thread: child})
    lives = [LIVES[machine.get(moment.state, "life", u)] for u in range(machine.threads)]
    if "unborn" not in lives:
        yield Effect(("fail", (op.thread,)), moment.pages, {op.thread: ANY_ERROR})


def _mmap(machine: Machine, moment: Moment, op: wire.Do) -> Iterator[Effect]:
    free = [p for p in range(machine.pages) if machine.rights(moment.state, p) == "none"]
    for page in free:
        yield Effect(("map_memory", (op.thread, page)), _put(moment.pages, page, 0),
                     {op.thread: page})  # fmt: skip
    if not free:
        yield Effect(("fail", (op.thread,)), moment.pages, {op.thread: ANY_ERROR})


def _mremap(machine: Machine, moment: Moment, op: wire.Do) -> Iterator[Effect]:
    assert isinstance(op.page, int)
    free = [p for p in range(machine.pages) if machine.rights(moment.state, p) == "none"]
    for page in free:
        pages = _put(_put(moment.pages, page, moment.pages[op.page]), op.page, 0)
        yield Effect(("move", (op.thread, op.page, page)), pages, {op.thread: page})
    if not free or op.page in free:
        yield Effect(("fail", (op.thread,)), moment.pages, {op.thread: ANY_ERROR})


def _futex_wait(machine: Machine, moment: Moment, op: wire.Do) -> Iterator[Effect]:
    assert isinstance(op.page, int)
    mapped = machine.rights(moment.state, op.page) != "none"
    if mapped and moment.pages[op.page] == op.value:
        yield Effect(("sleep", (op.thread,)), moment.pages, {}, sleeps=True)
    else:
        yield Effect(("fail", (op.thread,)), moment.pages, {op.thread: ANY_ERROR})


def _futex_wake(machine: Machine, moment: Moment, op: wire.Do) -> Iterator[Effect]:
    assert isinstance(op.page, int)
    for sleeper in range(machine.threads):
        yield Effect(("wake", (op.thread, sleeper, op.page)), moment.pages,
                     {op.thread: 1, sleeper: 0})  # fmt: skip
    yield Effect(("wake_nobody", (op.thread, op.page)), moment.pages, {op.thread: 0})


def _call(machine: Machine, moment: Moment, op: wire.Do) -> Iterator[Effect]:
    """A call about a page that has one effect."""
    assert isinstance(op.page, int)
    action = {"mmap_over": "map_over", "munmap": "unmap"}.get(op.op, op.op)
    empties = op.op in ("mmap_over", "munmap")
    pages = _put(moment.pages, op.page, 0) if empties else moment.pages
    yield Effect((action, (op.thread, op.page)), pages, {op.thread: 0})


def _exit(machine: Machine, moment: Moment, op: wire.Do) -> Iterator[Effect]:
    action = "exit_alone" if op.op == "exit" else "exit_all"
    yield Effect((action, (op.thread,)), moment.pages, {})


_EFFECTS: Final[Mapping[str, Callable[[Machine, Moment, wire.Do], Iterator[Effect]]]] = {
    "read": _read, "write": _write, "migrate": _nothing, "other": _nothing, "clone": _clone,
    "mmap": _mmap, "mremap": _mremap, "futex_wait": _futex_wait, "futex_wake": _futex_wake,
    "exit": _exit, "exit_group": _exit,
}  # fmt: skip


# --- the judge -----------------------------------------------------------------------------------


class ProgramJudge:
    """What can have happened in a program so far."""

    def __init__(self, machine: Machine) -> None:
        """Nothing has."""
        self.machine = machine
        self.moments: dict[Moment, History] = {machine.start(): None}
        self.remarks: list[str] = []

    def can_begin(self, thread: int) -> bool:
        """Whether a thread is sure to run, and to be at nothing."""
        return all(
            m.threads[thread] is None and self.machine.is_alive(m.state, thread)
            for m in self.moments
        )

    def waiting(self) -> list[int]:
        """Threads that are at something, but for those that sleep."""
        return [
            t for t in range(self.machine.threads)
            if all((p := m.threads[t]) is not None and p.stage != "asleep" for m in self.moments)
        ]  # fmt: skip

    def is_ending(self) -> bool:
        """Whether the program is sure to end."""
        return all(self.machine.get(m.state, "ending") for m in self.moments)

    def behaviour(self) -> list[tuple[Firing, State]]:
        """A run of `smp` that explains everything so far."""
        history = next(iter(self.moments.values()))
        run: list[tuple[Firing, State]] = []
        while history is not None:
            history, firing, state = history
            run.append((firing, state))
        return run[::-1]

    def observe(self, order: wire.ProgramOrder, reply: wire.ProgramReply) -> None:
        """An order has been carried out. Raises: Departure; Undecided."""
        found = self._settled(dict(self._begun(order)))
        for done in reply.done:
            found = self._with_result(found, done)
        if reply.over:
            over = {m: h for m, h in found.items() if self.machine.get(m.state, "ending")}
            if not over:
                raise Departure("the program is over", ["it goes on: nobody has ended it"])
            found = over
        self.moments = found

    def let_go(self) -> None:
        """Time has been given: who wanted to exit has, as nothing is answered to that."""
        self.moments = {
            m: h for m, h in self._settled(self.moments).items()
            if not any(p is not None and p.op.op in ("exit", "exit_group") for p in m.threads)
        }  # fmt: skip

    def expected(self, thread: int) -> list[str]:
        """What could come of what a thread is at."""
        found = [m.threads[thread] for m in self._settled(self.moments)]
        return [_say(p) for p in found if p is not None and p.stage == "done"]

    def _begun(self, order: wire.ProgramOrder) -> Iterator[tuple[Moment, History]]:
        for moment, history in self.moments.items():
            step: Step | None = None
            threads = moment.threads
            match order:
                case wire.Run():
                    step = ("begin", (order.thread,))
                case wire.Kill():
                    step = ("kill", ())
                case wire.Do():
                    step = begin_step(order)
                    threads = _set(threads, {order.thread: Pending(order)})
            after = moment.state if step is None else self.machine.fire(moment.state, step[0],
                                                                        *step[1])  # fmt: skip
            if after is not None:
                grown = history if step is None else (history, Firing(*step), after)
                yield Moment(after, moment.pages, threads), grown

    def _settled(self, moments: dict[Moment, History]) -> dict[Moment, History]:
        """All that can have come about, if anything has."""
        found, left = dict(moments), list(moments)
        while left:
            moment = left.pop()
            for after, firing in self._next(moment):
                if after not in found:
                    grown = found[moment]
                    found[after] = grown if firing is None else (grown, firing, after.state)
                    left.append(after)
            if len(found) > MOMENTS_MAX:
                raise Undecided(f"more than {MOMENTS_MAX:,} states are possible after one order")
        return found

    def _next(self, moment: Moment) -> Iterator[tuple[Moment, Firing | None]]:
        for thread, pending in enumerate(moment.threads):
            if pending is None or pending.stage != "begun":
                continue
            for effect in effects(self.machine, moment, thread):
                state = moment.state
                firing = None
                if effect.step is not None:
                    action, values = effect.step
                    firing = Firing(action, values)
                    after = self.machine.fire(state, action, *values)
                    if after is None:
                        continue
                    state = after
                yield Moment(state, effect.pages, _ended(moment, thread, effect)), firing

    def _with_result(
        self, moments: dict[Moment, History], done: wire.Finished
    ) -> dict[Moment, History]:
        if done.thread >= self.machine.threads:
            raise Departure(f"thread {done.thread} is through", ["there is no such thread"])
        t = done.thread
        found = {
            Moment(m.state, m.pages, _set(m.threads, {t: None})): h
            for m, h in moments.items()
            if (p := m.threads[t]) is not None and p.stage == "done" and _fits(p, done)
        }
        if not found:
            right = dict.fromkeys(
                _say(p) if (p := m.threads[t]) is not None and p.stage == "done"
                else f"thread {t} is at nothing" if p is None else f"thread {t} is still at it"
                for m in moments
            )
            settled = [each for each in right if "still" not in each]
            raise Departure(_seen(done), settled or right)
        return found


def _set(
    threads: tuple[Pending | None, ...], changed: Mapping[int, Pending | None]
) -> tuple[Pending | None, ...]:
    return tuple(changed.get(t, p) for t, p in enumerate(threads))


def _ended(moment: Moment, thread: int, effect: Effect) -> tuple[Pending | None, ...]:
    """Who is through after an effect; who has exited is at nothing any more."""
    changed: dict[int, Pending | None] = {thread: None}
    for t, result in effect.results.items():
        pending = moment.threads[t]
        if pending is not None:
            changed[t] = pending._replace(stage="done", result=result)
    if effect.sleeps:
        pending = moment.threads[thread]
        assert pending is not None
        changed[thread] = pending._replace(stage="asleep")
    return _set(moment.threads, changed)


def _fits(pending: Pending, done: wire.Finished) -> bool:
    result = pending.result
    if done.refused or result == REFUSED:
        return done.refused and result == REFUSED
    said = done.value if pending.op.op == "read" else done.result
    if said is UNSET or result is None:
        return True
    if result == ANY_ERROR:
        return isinstance(said, int) and said < 0
    return said == result


def _say(pending: Pending) -> str:
    what = f"thread {pending.op.thread}: {pending.op.op}"
    if isinstance(pending.op.page, int):
        what += f" of page {pending.op.page}"
    match pending.result:
        case None:
            return f"{what} is through"
        case str():
            return f"{what} ends with {pending.result}"
        case int():
            verb = "finds" if pending.op.op == "read" else "returns"
            return f"{what} {verb} {pending.result}"


def _seen(done: wire.Finished) -> str:
    told: Iterable[str] = (
        f"{name} {value}"
        for name, value in (("value", done.value), ("result", done.result))
        if value is not UNSET
    )
    more = " and ".join([*told, *(["refused"] if done.refused else [])])
    return f"thread {done.thread} is through" + (f" with {more}" if more else "")
