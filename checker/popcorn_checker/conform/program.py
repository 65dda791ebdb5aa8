"""What a program sees of an implementation, judged by `smp`: one kernel, and no other.

A thread begins something, and later is through with it; in between, at one instant, it has its
effect. The judge keeps every way in which these instants can lie that fits what was seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import UNSET

from popcorn_checker.conform import wire
from popcorn_checker.conform.effects import Effect, Step, begin_step, effects
from popcorn_checker.conform.explaining import Departure, Explainer, History, refuse_too_many
from popcorn_checker.conform.machine import ANY_ERROR, REFUSED, Machine, Moment, Pending
from popcorn_checker.evaluate import Firing

Past = tuple[wire.ProgramOrder, wire.ProgramReply] | None
"""What was seen at one time: an answer, or none: whoever wanted to exit has, for time was given."""


class ProgramJudge(Explainer[Moment]):
    """What can have happened in a program so far."""

    def __init__(self, machine: Machine) -> None:
        """Nothing has."""
        super().__init__(machine.start())
        self.machine = machine
        self.past: list[Past] = []
        """All that was seen; that nothing came of more and more time is there once."""

    def can_begin(self, thread: int) -> bool:
        """Whether a thread is sure to run, and to be at nothing."""
        return all(
            m.threads[thread] is None and self.machine.is_alive(m.state, thread)
            for m in self.moments
        )

    def can_create(self) -> bool:
        """Whether one more thread can perhaps be created."""
        threads = range(self.machine.threads)
        return any(self.machine.is_unborn(m.state, t) for m in self.moments for t in threads)

    def waiting(self) -> list[int]:
        """Threads that are at something, but for those that sleep."""
        return [
            t for t in range(self.machine.threads)
            if all((p := m.threads[t]) is not None and p.stage != "asleep" for m in self.moments)
        ]  # fmt: skip

    @property
    def is_busy(self) -> bool:
        """Whether somebody is perhaps at something, and does not sleep."""
        return any(p is not None and p.stage != "asleep" for m in self.moments for p in m.threads)

    def is_ending(self) -> bool:
        """Whether the program is sure to end."""
        return all(self.machine.get(m.state, "ending") for m in self.moments)

    def observe(self, order: wire.ProgramOrder, reply: wire.ProgramReply) -> None:
        """An order has been carried out. Raises: Departure; Undecided."""
        if not (self.past and _is_idle(self.past[-1]) and _is_idle((order, reply))):
            self.past.append((order, reply))
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
        self.past.append(None)
        self.moments = {
            m: h for m, h in self._settled(self.moments).items()
            if not any(p is not None and p.op.op in ("exit", "exit_group") for p in m.threads)
        }  # fmt: skip

    def see(self, seen: Past) -> None:
        """The same as another judge has seen. Raises: Departure; Undecided."""
        if seen is None:
            self.let_go()
        else:
            self.observe(*seen)

    def check_through(self) -> None:
        """Whoever is at something is through when enough time was given. Raises: Departure."""
        for thread in self.waiting()[:1]:
            found = [m.threads[thread] for m in self._settled(self.moments)]
            right = [_say(p) for p in found if p is not None and p.stage == "done"]
            raise Departure(f"thread {thread} is never through", right or ["it is, at some time"])

    def check_over(self) -> None:
        """A program that was ended is over when enough time was given. Raises: Departure."""
        if self.is_ending():
            raise Departure("the program is not over", ["it is: it has been ended"])

    def others(
        self, order: wire.ProgramOrder, reply: wire.ProgramReply, place: int
    ) -> Iterator[tuple[str, wire.Finished]]:
        """What else could have come of it than what an answer says in a place, as text, too.

        Raises: Departure; Undecided.
        """
        found = self._settled(dict(self._begun(order)))
        for done in reply.done[:place]:
            found = self._with_result(found, done)
        done = reply.done[place]
        pending = (m.threads[done.thread] for m in found)
        for each in dict.fromkeys(pending):
            if each is not None and each.stage == "done" and not _fits(each, done):
                yield _say(each), _finished(each)

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
            refuse_too_many(len(found), "are possible after one order")
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
            raise Departure(
                f"thread {done.thread} is through", ["there is no such thread"], _shown(done)
            )
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
            is_early = all(p is None or p.stage != "done" for p in (m.threads[t] for m in moments))
            raise Departure(_seen(done), settled or right, _shown(done) if is_early else None)
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
    """What a read has found may be left out; what a call returns is 0 where it is left out."""
    result = pending.result
    if done.refused or result == REFUSED:
        return done.refused and result == REFUSED
    if pending.op.op == "read":
        return done.value is UNSET or done.value == result
    returned = done.result if isinstance(done.result, int) else 0
    return returned < 0 if result == ANY_ERROR else result in (None, returned)


def _finished(pending: Pending) -> wire.Finished:
    """An answer that says what has come of it."""
    thread, result = pending.op.thread, pending.result
    match result:
        case int() if pending.op.op == "read":
            return wire.Finished(thread, value=result)
        case int():
            return wire.Finished(thread, result=result)
        case _ if result == ANY_ERROR:
            return wire.Finished(thread, result=-1)
        case _:
            return wire.Finished(thread, refused=result == REFUSED)


def _is_idle(seen: Past) -> bool:
    """Whether time was given and nothing came of it."""
    if seen is None:
        return False
    order, reply = seen
    return isinstance(order, wire.Tick) and not reply.done and not reply.over


def _say(pending: Pending) -> str:
    what = f"thread {pending.op.thread}: {pending.op.op}"
    if isinstance(pending.op.page, int):
        what += f" of page {pending.op.page}"
    if pending.result == ANY_ERROR:
        return f"{what} ends with an error: its result is a negative number"
    match pending.result:
        case None:
            return f"{what} is through"
        case str():
            return f"{what} ends with {pending.result}"
        case int():
            verb = "finds" if pending.op.op == "read" else "returns"
            return f"{what} {verb} {pending.result}"


def _shown(done: wire.Finished) -> tuple[str, str, int]:
    """Where an answer shows that a thread is through."""
    return "done", "thread", done.thread


def _seen(done: wire.Finished) -> str:
    told: Iterable[str] = (
        f"{name} {value}"
        for name, value in (("value", done.value), ("result", done.result))
        if value is not UNSET
    )
    more = " and ".join([*told, *(["refused"] if done.refused else [])])
    return f"thread {done.thread} is through" + (f" with {more}" if more else "")
