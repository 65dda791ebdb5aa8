"""Which states of the model explain what an implementation did, and why none does.

After each order the judge keeps every moment of `popcorn` that fits all that was seen: what was
sent and, where an implementation tells that, what its page tables allow and what instructions have
read. An order is one step of the model, or none; then the origin may go on by itself as far as it
likes, and is asked for what it owes when nothing else is left to do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from msgspec import UNSET

from popcorn_checker.conform import messages, wire
from popcorn_checker.conform.contents import Contents
from popcorn_checker.conform.explaining import Departure, Explainer, History, refuse_too_many
from popcorn_checker.conform.network import Network
from popcorn_checker.conform.origin import follow, own_steps
from popcorn_checker.conform.seeing import Sight, say, see_message, see_network, see_state
from popcorn_checker.conform.world import ACCESS, CALLS, ORIGIN, Moment, World
from popcorn_checker.evaluate import Firing, State


class Judge(Explainer[Moment]):
    """What can have happened in the kernels of an implementation so far."""

    def __init__(self, world: World) -> None:
        """Nothing has."""
        super().__init__(world.start())
        self.world = world
        self._contents = Contents(world)

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

    def admits(self, order: wire.Order, network: Network) -> bool:
        """Whether an order fits: it is for this kernel, and perhaps a step of the model.

        That a question arrives is no step: it fits if it is on its way.
        """
        if isinstance(order, wire.Deliver):
            to_origin = isinstance(order.message, messages.TO_ORIGIN)
            is_for = (order.kernel if to_origin else order.from_) == ORIGIN
            is_for &= order.from_ < self.world.kernels and self._knows(order.message)
            if isinstance(order.message, messages.Asked):
                is_for &= order.message.thread in _unheard(network)
        else:
            is_for = isinstance(order, wire.Stop) or order.kernel == ORIGIN
        return is_for and self._knows(order) and any(True for _ in self._stimulated(order))

    def _knows(self, said: wire.Order | messages.Message | messages.Wanted) -> bool:
        """Whether there are the threads, the pages and the kernels that are spoken of."""
        sizes = {"thread": self.world.threads, "page": self.world.pages,
                 "to": self.world.kernels, "goal": self.world.kernels}  # fmt: skip
        numbers = ((getattr(said, name, UNSET), size) for name, size in sizes.items())
        return all(number is UNSET or number < size for number, size in numbers) and all(
            map(self._knows, getattr(said, "pages", ()))
        )

    # --- what is seen ----------------------------------------------------------------------------

    def observe(self, order: wire.Order, reply: wire.Reply, network: Network) -> None:
        """An order has been carried out: what was said of it is put into the network.

        Raises: Departure; Undecided.
        """
        kernel = order.kernel
        assert isinstance(kernel, int)
        moments = dict(self._stimulated(order))
        self._contents.note(order)
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
        fitting, remarks = self._contents.fitting(fitting, kernel, reply)
        for each in remarks:
            self.remark(each)
        self.moments = {Moment(m.state, m.pages): found[m] for m in fitting}
        refuse_too_many(len(self.moments), "explain what was seen")

    def observe_refusal(self, order: wire.Order, reply: wire.Reply) -> None:
        """What does not fit has been refused: nothing is sent, and page tables are as they were.

        Raises: Departure.
        """
        assert isinstance(order.kernel, int)
        if reply.sends:
            kinds = _list(str(sent.message.__struct_config__.tag) for sent in reply.sends)
            raise Departure(f"it refuses this, and sends {kinds}", ["nothing is sent"])
        fitting = set(self._contents.with_tables(list(self.moments), order.kernel, reply))
        self.moments = {m: h for m, h in self.moments.items() if m in fitting}

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
            case messages.Answer():
                yield ("receive" if message.pages else "run_on"), (message.thread, k)
            case messages.Recall():
                yield "give_way", (message.page, k)
            case messages.End():
                yield "end_here", (k,)
            case messages.Gave():
                taken = self.world.get(moment.state, "taken", message.page)
                yield "note_way", (0 if taken is None else taken, message.page, source)
            case messages.Done():
                yield "finish", (message.thread, source)
            case messages.Farewell():
                yield "hear_farewell", (source,)

    def _written(self, order: wire.Order, moment: Moment) -> tuple[int, ...]:
        pages = list(moment.pages)
        for written in order.writes if isinstance(order, wire.Deliver) else ():
            pages[written.page] = written.value
        return tuple(pages)

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
                after = follow(self.world, moment, step, state, self._contents.questions)
                if after is None or after in found:
                    continue
                if see_state(self.world, state, unheard) <= allowed:
                    found[after] = (found[moment], Firing(*step), state)
                    left.append(after)
            refuse_too_many(len(found), "are possible after one order")
        return found

    # --- what does not fit -----------------------------------------------------------------------

    def _check_way(self, kernel: int, sent: wire.Sent) -> None:
        to_origin = isinstance(sent.message, messages.TO_ORIGIN)
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
                after = follow(self.world, moment, step, state, self._contents.questions)
                if after is not None and after not in found:
                    found.add(after)
                    left.append(after)


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
    return frozenset(m.thread for _, m in network.waiting() if isinstance(m, messages.Asked))


def _said(sights: Iterable[Sight]) -> str:
    return _list(map(say, sorted(sights, key=repr))) or "nothing"


def _list(words: Iterable[str]) -> str:
    return " and ".join(words)
