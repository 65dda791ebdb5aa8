"""What runs have in common at all levels: what was said, and what an answer may be."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from popcorn_checker.conform import script, wire
from popcorn_checker.conform.explaining import Departure, Explainer
from popcorn_checker.evaluate import Evaluator


class Unsupported(Exception):
    """The implementation says that it cannot do what a case is about."""


class Indefinite(Exception):
    """The implementation does not know whether it has done what it was told."""


class NotNow(Exception):
    """A step of a script cannot be taken where the run is: the script is wrong, not who runs it."""


class Lax(Exception):
    """What no right network brings is taken all the same: nothing after that can be judged."""


class Heard(Protocol):
    """Whoever answers."""

    @property
    def stderr(self) -> str:
        """What it has said beside its answers."""


Told = TypeVar("Told", bound=wire.Order | wire.ProgramOrder)
Said = TypeVar("Said", bound=wire.Reply | wire.ProgramReply)


class Talk(ABC, Generic[Told, Said]):
    """One run: orders, answers, and the judge who looks on."""

    judge: Explainer[Any]
    adapters: Sequence[Heard]
    evaluator: Evaluator
    """Of the model that judges."""

    def __init__(self, log: list[tuple[Told, Said | None]] | None = None) -> None:
        """Nothing has been said; whoever wants to know what was, even if there comes to be no run,
        hands in a list for it."""
        self.log: list[tuple[Told, Said | None]] = [] if log is None else log
        """What was ordered, and what was answered."""

    @abstractmethod
    def take(self, step: script.Step) -> None:
        """Take one step of a script.

        Raises: Departure, NotNow, Unsupported, Indefinite, Broken, Undecided.
        """

    @abstractmethod
    def rest(self) -> None:
        """See to it that all is done that was begun.

        Raises: Departure, Unsupported, Indefinite, Broken, Undecided.
        """

    def find_earlier(self, why: Departure) -> list[str]:
        """What would be right besides if an earlier answer had been another that was possible."""
        return []

    def _accept(self, tell: Callable[[Told], Said], order: Told) -> Said:
        """The answer to an order that can be carried out."""
        reply = self._say(tell, order)
        if reply.result == "error":
            right = ["it is legal, and is carried out"]
            raise Departure(f"it refuses {show(order)}: {reply.text}", right)
        return reply

    def _say(self, tell: Callable[[Told], Said], order: Told) -> Said:
        """The answer to an order, carried out or refused."""
        self.log.append((order, None))
        reply = tell(order)
        self.log[-1] = (order, reply)
        if reply.result == "unsupported":
            text = reply.text or "it does not support that"
            raise Unsupported(text + (f" ({reply.issue})" if reply.issue else ""))
        if reply.result == "unknown":
            raise Indefinite(reply.text or "it does not know what it has done")
        return reply

    def _seq(self) -> int:
        return len(self.log) + 1


def show(order: wire.Order | wire.ProgramOrder) -> str:
    """An order as a line."""
    return msgspec.json.encode(order).decode()


def read_log(log: Iterable[tuple[Any, Any]]) -> list[dict[str, Any]]:
    """What was said in both directions, as plain data."""
    return [
        {"order": _plain(order), "reply": None if reply is None else _plain(reply)}
        for order, reply in log
    ]


def _plain(said: object) -> Any:
    return msgspec.json.decode(msgspec.json.encode(said))
