"""One run of an implementation: orders go out, messages are carried about, and the judge looks on.

Everything that could be left to chance is decided here, so a run with the same steps is the same
run again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from msgspec import UNSET

from popcorn_checker.conform import messages, script, wire
from popcorn_checker.conform.explaining import Departure
from popcorn_checker.conform.judging import Judge, stop_steps
from popcorn_checker.conform.network import Link, Network
from popcorn_checker.conform.refusing import make_odd, make_stop
from popcorn_checker.conform.talking import Lax, NotNow, Talk, show
from popcorn_checker.conform.world import ORIGIN, World

ROUNDS_MAX: Final = 100_000
"""How many messages may be carried about before a run is taken for one without end."""


Log = list[tuple[wire.Order, wire.Reply | None]]


class Speaker(Protocol):
    """Whoever carries orders out; an `Adapter` is one."""

    @property
    def stderr(self) -> str:
        """What it has said beside its answers."""

    def order(self, order: wire.Order) -> wire.Reply:
        """Have something done. Raises: Broken."""


class Session(Talk[wire.Order, wire.Reply]):
    """Kernels of an implementation, what is on its way between them, and what can have happened."""

    def __init__(
        self, adapters: Sequence[Speaker], world: World, log: Log | None = None
    ) -> None:
        """Begin anew on all kernels, with an adapter for all or one for each."""
        super().__init__(log)
        self.adapters: Sequence[Speaker] = adapters
        self.world = world
        self.evaluator = world.evaluator
        self.judge: Judge = Judge(world)
        self.network = Network()
        self._value = 0
        sizes = (world.kernels, world.threads, world.pages)
        for kernel, adapter in enumerate(adapters):
            alone = UNSET if len(adapters) == 1 else kernel
            self._accept(adapter.order, wire.Reset(self._seq(), *sizes, alone))

    # --- steps -----------------------------------------------------------------------------------

    def take(self, step: script.Step) -> None:
        """Take one step of a script."""
        match step:
            case script.Begin():
                self._need(step, "exec_program", 0, step.to)
                self._order(wire.Begin(self._seq(), ORIGIN, 0, step.to, self._context(0)))
            case script.Ask():
                self._ask(step)
            case script.Deliver():
                if self.network.first((step.source, step.target)) is None:
                    raise NotNow(f"{step}: nothing is on its way there")
                self._deliver((step.source, step.target))
            case script.Drain():
                self._drain(step.held)
                if not step.held:
                    self._wake()
            case script.Wait():
                raise NotNow(f"{step}: time passes where only a program is seen; here messages do")
            case script.Ring():
                kernels = range(self.world.kernels)
                if not any(self.judge.may("give_up", step.thread, k) for k in kernels):
                    raise NotNow(f"{step}: thread {step.thread} does not sleep")
                self._order(wire.Ring(self._seq(), ORIGIN, step.thread))
            case script.Kill():
                self._need(step, "kill")
                self._order(wire.Kill(self._seq(), ORIGIN))
            case script.Refuse():
                self._refuse(step)

    def rest(self) -> None:
        """Let everything arrive, give time to who has put something off, and ask what is owed."""
        self.take(script.Drain())

    def _wake(self) -> None:
        """Nothing is on its way: what is there still to do?"""
        if not self.judge.owed():
            return
        for kernel in range(self.world.kernels):
            self._order(wire.Tick(self._seq(), kernel))
        self._drain(())
        if owed := self.judge.owed():
            raise Departure("nothing is on its way any more, and nothing is sent", owed)
        self.judge.remark("the origin does by and by what it could do at once")

    def _ask(self, step: script.Ask) -> None:
        kernel = self.judge.place(step.thread)
        if kernel is None:
            raise NotNow(f"{step}: thread {step.thread} is not sure to run anywhere")
        stop = make_stop(self._seq(), kernel, step, self._context(step.thread))
        action, values = next(stop_steps(stop))
        self._need(step, action, *values)
        self._order(stop)

    def _need(self, step: script.Step, action: str, *values: int) -> None:
        if not self.judge.can(action, *values):
            raise NotNow(f"{step}: this is no step of the model here")

    def _refuse(self, step: script.Refuse) -> None:
        """What does not fit is refused, and changes nothing.

        A network that neither forges nor doubles brings no such message: who takes one is lax.
        """
        order = make_odd(self._seq(), step, self.judge, self.network)
        assert isinstance(order.kernel, int)
        if order.kernel >= self.world.kernels:
            raise NotNow(f"{step}: there is no kernel {order.kernel} that could be told")
        if self.judge.admits(order, self.network):
            raise NotNow(f"{step}: this fits, and need not be refused")
        reply = self._say(self._adapter(order).order, order)
        if reply.result == "error":
            self.judge.observe_refusal(order, reply)
        elif isinstance(order, wire.Deliver):
            raise Lax(f"it takes {show(order)}, which no kernel sends")
        else:
            raise Departure(f"it carries out {show(order)}", ["it refuses that: it cannot be done"])

    # --- messages --------------------------------------------------------------------------------

    def _drain(self, held: tuple[tuple[str, int, int], ...]) -> None:
        for _ in range(ROUNDS_MAX):
            links = self.network.open_links()
            link = next((each for each in links if not self._is_held(each, held)), None)
            if link is None:
                return
            self._deliver(link)
        raise Departure("messages go on for ever", ["at some time all is said"])

    def _is_held(self, link: Link, held: tuple[tuple[str, int, int], ...]) -> bool:
        message = self.network.first(link)
        kind = message.__struct_config__.tag if message is not None else None
        return (kind, *link) in held

    def _deliver(self, link: Link) -> None:
        source, target = link
        message = self.network.take(link)
        writes: list[wire.Written] = []
        if isinstance(message, messages.Answer):
            for granted in message.pages:
                if granted.access == "write":
                    self._value += 1
                    writes.append(wire.Written(granted.page, self._value))
        self._order(wire.Deliver(self._seq(), target, source, message, tuple(writes)))

    def _order(self, order: wire.Order) -> None:
        reply = self._accept(self._adapter(order).order, order)
        if isinstance(order, wire.Tick) and not reply.sends:
            return
        self.judge.observe(order, reply, self.network)

    def _adapter(self, order: wire.Order) -> Speaker:
        assert isinstance(order.kernel, int)
        return self.adapters[order.kernel if len(self.adapters) > 1 else 0]

    def _context(self, thread: int) -> str:
        return f"c{thread}.{len(self.log)}"
