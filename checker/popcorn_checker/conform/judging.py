"""Which states of the model explain what an implementation did, and why none does.

After each order the judge keeps every moment of `popcorn` that fits all that was seen: what was
sent and, where an implementation tells that, what its page tables allow and what instructions have
read. An order is one step of the model, or none; then the origin may go on by itself as far as it
likes, and is asked for what it owes when nothing else is left to do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final

from msgspec import UNSET

from popcorn_checker.conform import wire
from popcorn_checker.conform.network import Network
from popcorn_checker.conform.origin import follow, own_steps
from popcorn_checker.conform.seeing import Sight, say, see_message, see_network, see_state
from popcorn_checker.conform.world import ACCESS, CALLS, ORIGIN, REFUSED, Child, Moment, World
from popcorn_checker.evaluate import Firing, State

History = tuple[Any, Firing, State] | None
"""How a moment has come about: the history before its last step, that step, and its state."""

MOMENTS_MAX: Final = 20_000
"""How many moments are looked at for one order before the judge gives up."""


class Departure(Exception):
    """The implementation has left the protocol: what was seen, and what would have been right."""

    def __init__(self, seen: str, right: Iterable[str]) -> None:
        """`right` are the alternatives that the model has."""
        self.seen = seen
        self.right = tuple(dict.fromkeys(right))
        super().__init__(seen)


class Undecided(Exception):
    """There is too much that could have happened."""


class Judge:
    """What can have happened in an implementation so far."""

    def __init__(self, world: World) -> None:
        """Nothing has."""
        self.world = world
        self.moments: dict[Moment, History] = {world.start(): None}
        self.questions: dict[int, wire.Stop] = {}
        self.contexts: dict[int, str] = {}
        self._overwritten: Collection[int] = ()
        """What the instruction writes: before or after that, it may read it."""
        self.remarks: list[str] = []
        """What is not as the protocol says, and does no harm."""

    # --- what can be done ------------------------------------------------------------------------

    def place(self, thread: int) -> int | None:
        """The kernel on which a thread runs, if it is sure to run there."""
        places = {self.world.place(m.state, thread) for m in self.moments}
        return places.pop() if len(places) == 1 else None

    def may(self, action: str, *values: int) -> bool:
        """Whether a step of the model can perhaps be taken."""
        return any(self.world.fire(m.state, action, *values) is not None for m in self.moments)

    def can(self, action: str, *values: int) -> bool:
        """Whether a step of the model can be taken, whatever has happened."""
        return all(self.world.fire(m.state, action, *values) is not None for m in self.moments)

    # --- what is seen ----------------------------------------------------------------------------

    def observe(self, order: wire.Order, reply: wire.Reply, network: Network) -> None:
        """An order has been carried out: what was said of it is put into the network.

        Raises: Departure; Undecided.
        """
        kernel = order.kernel
        assert isinstance(kernel, int)
        moments = dict(self._stimulated(order))
        writes = order.writes if isinstance(order, wire.Deliver) else ()
        self._overwritten = {written.page for written in writes}
        self._note(order)
        for sent in reply.sends:
            self._check_way(kernel, sent)
            network.send((kernel, sent.to), sent.message)
        found = self._settled(moments, kernel, network)
        self._refuse_doubles(network)
        seen = see_network(network)
        unheard = _unheard(network)
        fitting = [m for m in found if see_state(self.world, m.state, unheard) == seen.keys()]
        if not fitting:
            raise self._departure(moments, kernel, reply, network)
        fitting = self._with_contents(fitting, kernel, reply)
        fitting = self._with_tables(fitting, kernel, reply)
        self.moments = {Moment(m.state, m.pages): found[m] for m in fitting}
        if len(self.moments) > MOMENTS_MAX:
            raise Undecided(f"more than {MOMENTS_MAX:,} states explain what was seen")

    def owed(self) -> tuple[str, ...]:
        """What the origin still has to do when nothing is on its way; empty if it may rest."""
        due: list[str] = []
        for moment in self.moments:
            steps = [step for step, _ in own_steps(self.world, moment.state, ())]
            if not steps:
                return ()
            before = see_state(self.world, moment.state, ())
            for final in self._final([moment]):
                new = see_state(self.world, final.state, ()) - before
                due.append(_said(new) if new else _list(action for action, _ in steps))
        return tuple(dict.fromkeys(due))

    def behaviour(self) -> list[tuple[Firing, State]]:
        """A run of the model that explains everything so far: its steps, and where they lead."""
        history = next(iter(self.moments.values()))
        run: list[tuple[Firing, State]] = []
        while history is not None:
            history, firing, state = history
            run.append((firing, state))
        return run[::-1]

    # --- one order -------------------------------------------------------------------------------

    def _stimulated(self, order: wire.Order) -> Iterator[tuple[Moment, History]]:
        for moment, history in self.moments.items():
            state: State | None = moment.state
            for action, values in self._steps(order, moment):
                assert state is not None
                state = self.world.fire(state, action, *values)
                if state is None:
                    break
                history = (history, Firing(action, values), state)
            if state is not None:
                yield Moment(state, self._written(order, moment)), history

    def _steps(self, order: wire.Order, moment: Moment) -> Iterator[tuple[str, tuple[int, ...]]]:
        match order:
            case wire.Begin():
                yield "exec_program", (order.thread, order.to)
            case wire.Stop():
                yield from stop_steps(order)
            case wire.Ring():
                asked = (self.world.get(moment.state, "asks", order.thread, k)
                         for k in range(self.world.kernels))  # fmt: skip
                yield "give_up", (order.thread, next((k for k, a in enumerate(asked) if a), 0))
            case wire.Kill():
                yield "kill", ()
            case wire.Deliver():
                yield from self._arrival(order, moment)

    def _arrival(
        self, order: wire.Deliver, moment: Moment
    ) -> Iterator[tuple[str, tuple[int, ...]]]:
        k, source, message = order.kernel, order.from_, order.message
        match message:
            case wire.Answer():
                yield ("receive" if message.pages else "run_on"), (message.thread, k)
            case wire.Recall():
                yield "give_way", (message.page, k)
            case wire.End():
                yield "end_here", (k,)
            case wire.Gave():
                taken = self.world.get(moment.state, "taken", message.page)
                yield "note_way", (0 if taken is None else taken, message.page, source)
            case wire.Done():
                yield "finish", (message.thread, source)
            case wire.Farewell():
                yield "hear_farewell", (source,)

    def _written(self, order: wire.Order, moment: Moment) -> tuple[int, ...]:
        pages = list(moment.pages)
        for written in order.writes if isinstance(order, wire.Deliver) else ():
            pages[written.page] = written.value
        return tuple(pages)

    def _note(self, order: wire.Order) -> None:
        if isinstance(order, wire.Begin):
            self.contexts[order.thread] = order.context
        elif isinstance(order, wire.Stop):
            self.questions[order.thread] = order
            self.contexts[order.thread] = order.context

    def _settled(
        self, moments: dict[Moment, History], kernel: int, network: Network
    ) -> dict[Moment, History]:
        """Where the origin may have gone by itself, if it was told anything."""
        if kernel != ORIGIN:
            return moments
        allowed = see_network(network).keys()
        unheard = _unheard(network)
        found = dict(moments)
        left = list(moments)
        while left:
            moment = left.pop()
            for step, state in own_steps(self.world, moment.state, unheard):
                after = follow(self.world, moment, step, state, self.questions)
                if after is None or after in found:
                    continue
                if see_state(self.world, state, unheard) <= allowed:
                    found[after] = (found[moment], Firing(*step), state)
                    left.append(after)
            if len(found) > MOMENTS_MAX:
                raise Undecided(f"more than {MOMENTS_MAX:,} states are possible after one order")
        return found

    # --- what does not fit -----------------------------------------------------------------------

    def _check_way(self, kernel: int, sent: wire.Sent) -> None:
        to_origin = isinstance(sent.message, wire.TO_ORIGIN)
        kind = sent.message.__struct_config__.tag
        if to_origin and sent.to != ORIGIN:
            raise Departure(
                f"kernel {kernel} sends {kind} to kernel {sent.to}",
                [f"{kind} goes to the origin, which is kernel {ORIGIN}"],
            )
        if not to_origin and kernel != ORIGIN:
            raise Departure(
                f"kernel {kernel} sends {kind}", [f"only the origin, kernel {ORIGIN}, sends {kind}"]
            )
        if sent.to >= self.world.kernels:
            raise Departure(
                f"kernel {kernel} sends {kind} to kernel {sent.to}",
                [f"there are the kernels 0 to {self.world.kernels - 1}"],
            )

    def _refuse_doubles(self, network: Network) -> None:
        for sight, times in see_network(network).items():
            if times > 1:
                raise Departure(f"{say(sight)} is on its way {times} times", ["it is sent once"])

    def _departure(
        self, moments: Iterable[Moment], kernel: int, reply: wire.Reply, network: Network
    ) -> Departure:
        new = {see_message((kernel, s.to), s.message) for s in reply.sends}
        before = see_network(network).keys() - new
        unheard = _unheard(network)
        finals = self._final(moments, unheard) if kernel == ORIGIN else moments
        right = (_said(see_state(self.world, m.state, unheard) - before) for m in finals)
        return Departure(f"kernel {kernel} sends {_said(new)}", right)

    def _final(
        self, moments: Iterable[Moment], unheard: Collection[int] = ()
    ) -> Iterator[Moment]:
        """Where the origin comes to rest, a few of the ways."""
        found, left = set(moments), list(moments)
        while left and len(found) <= 500:
            moment = left.pop()
            ways = list(own_steps(self.world, moment.state, unheard))
            if not ways:
                yield moment
            for step, state in ways:
                after = follow(self.world, moment, step, state, self.questions)
                if after is not None and after not in found:
                    found.add(after)
                    left.append(after)

    def _with_contents(
        self, moments: list[Moment], kernel: int, reply: wire.Reply
    ) -> list[Moment]:
        wrong: list[tuple[str, str]] = []
        fitting = []
        remarks: list[str] = []
        for moment in moments:
            loose: list[str] = []
            odd = next(self._odd_contents(moment, kernel, reply, loose), None)
            if odd is None:
                fitting.append(moment)
                remarks = loose
            else:
                wrong.append(odd)
        if not fitting:
            seen, _ = wrong[0]
            raise Departure(seen, (right for _, right in wrong))
        self.remarks += [each for each in remarks if each not in self.remarks]
        self._note_children(reply)
        return fitting

    def _odd_contents(
        self, moment: Moment, kernel: int, reply: wire.Reply, loose: list[str]
    ) -> Iterator[tuple[str, str]]:
        """What is in messages but should not be: what was seen, and what would be right."""
        for sent in reply.sends:
            match sent.message:
                case wire.Asked():
                    yield from self._odd_question(sent.message)
                case wire.Gave() if kernel != ORIGIN:
                    yield from _odd_value("GAVE", sent.message, moment)
                case wire.Answer():
                    for granted in sent.message.pages if sent.to != ORIGIN else ():
                        yield from _odd_value("ANSWER", granted, moment)
                    yield from self._odd_answer(sent.message, moment, loose)
        for read in reply.reads if isinstance(reply.reads, tuple) else ():
            if read.page in self._overwritten:
                continue
            if read.page < self.world.pages and read.value != moment.pages[read.page]:
                yield (
                    f"kernel {kernel} reads {read.value} from page {read.page}",
                    f"{moment.pages[read.page]}, which was written last",
                )

    def _odd_question(self, asked: wire.Asked) -> Iterator[tuple[str, str]]:
        stop = self.questions[asked.thread]
        for name in ("call", "context", "pages", "goal", "value"):
            found, right = getattr(asked, name), getattr(stop, name)
            if name == "pages":
                found, right = (tuple(sorted(each, key=repr)) for each in (found, right))
            if found != right:
                yield f"CALL of thread {asked.thread} says {name} {found}", f"{name} {right}"

    def _odd_answer(
        self, answer: wire.Answer, moment: Moment, loose: list[str]
    ) -> Iterator[tuple[str, str]]:
        t = answer.thread
        due = dict(moment.returned).get(t)
        parent = due.parent if isinstance(due, Child) else t
        right = self.contexts.get(parent)
        if right is not None and answer.context != right:
            yield f"ANSWER brings thread {t} with context {answer.context!r}", f"context {right!r}"
        if answer.refused != (due == REFUSED):
            word = "refused" if due == REFUSED else "not refused"
            yield f"ANSWER to thread {t} says refused: {answer.refused}", f"the fault is {word}"
        result = answer.result if isinstance(answer.result, int) else 0
        if isinstance(due, Child) and result != 0:
            yield f"thread {t} begins with the result {result}", "0: so it knows that it is new"
        if isinstance(due, int) and result != due:
            if due < 0 and result < 0:
                loose.append(f"a call that fails returns {result}, where Linux has {due}")
            else:
                yield f"the call of thread {t} returns {result}", f"it returns {due}"

    def _note_children(self, reply: wire.Reply) -> None:
        """A thread that is created has the context of the one that has asked for it."""
        for sent in reply.sends:
            if isinstance(sent.message, wire.Answer):
                self.contexts[sent.message.thread] = sent.message.context

    def _with_tables(self, moments: list[Moment], kernel: int, reply: wire.Reply) -> list[Moment]:
        if reply.copies is UNSET:
            return moments
        found: dict[int, str] = {c.page: c.access for c in reply.copies}
        fitting = [m for m in moments if self._tables(m.state, kernel) == found]
        if not fitting:
            raise Departure(
                f"page tables of kernel {kernel} allow {_tables(found)}",
                (_tables(self._tables(m.state, kernel)) for m in moments),
            )
        return fitting

    def _tables(self, state: State, kernel: int) -> dict[int, str]:
        pages = {p: self.world.get(state, "copy", p, kernel) for p in range(self.world.pages)}
        return {p: next(n for n, a in ACCESS.items() if a == found)
                for p, found in pages.items() if found}  # fmt: skip


def stop_steps(stop: wire.Stop) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The steps of the model that a question is."""
    t, k, call = stop.thread, stop.kernel, stop.call
    if call == "fault":
        first, *more = stop.pages
        yield "fault", (t, k, first.page, ACCESS[first.access])
        for each in more:
            yield "fault_also", (t, k, first.page, each.page, ACCESS[each.access])
    elif call == "migrate":
        assert isinstance(stop.goal, int)
        yield "call_migrate", (t, k, stop.goal)
    elif stop.pages:
        family = "futex" if call.startswith("futex") else (
            "memory" if call in ("look", "fill") else "on_page")  # fmt: skip
        yield f"call_{family}", (t, k, stop.pages[0].page, CALLS.index(call))
    else:
        yield f"call_{call}", (t, k)


def _unheard(network: Network) -> frozenset[int]:
    return frozenset(m.thread for _, m in network.waiting() if isinstance(m, wire.Asked))


def _odd_value(
    kind: str, carried: wire.Gave | wire.Granted, moment: Moment
) -> Iterator[tuple[str, str]]:
    value, page = carried.value, carried.page
    if value is not UNSET and value != moment.pages[page]:
        yield f"{kind} carries page {page} with {value}", (
            f"{moment.pages[page]}, which was written last")  # fmt: skip


def _tables(found: dict[int, str]) -> str:
    return _list(f"page {p} to {access}" for p, access in sorted(found.items())) or "nothing"


def _said(sights: Iterable[Sight]) -> str:
    return _list(map(say, sorted(sights, key=repr))) or "nothing"


def _list(words: Iterable[str]) -> str:
    return " and ".join(words)
