"""Orders from steps of a script: questions of threads, and what does not fit anywhere."""

from __future__ import annotations

from msgspec import UNSET

from popcorn_checker.conform import messages, script, wire
from popcorn_checker.conform.judging import Judge
from popcorn_checker.conform.network import Network
from popcorn_checker.conform.talking import NotNow
from popcorn_checker.conform.world import ORIGIN

CONTEXT = "odd"
"""Of a thread that does not ask, or is not sent."""


def make_stop(seq: int, kernel: int, step: script.Ask, context: str) -> wire.Stop:
    """A thread stops on a kernel, and asks."""
    pages = tuple(messages.Wanted(p, a) for p, a in step.pages)  # type: ignore[arg-type]
    return wire.Stop(
        seq, kernel, step.thread, step.call, context, pages,  # type: ignore[arg-type]
        UNSET if step.goal is None else step.goal, UNSET if step.value is None else step.value,
    )  # fmt: skip


def make_odd(seq: int, step: script.Refuse, judge: Judge, network: Network) -> wire.Order:
    """What is to be refused.

    Raises: NotNow if the script does not say enough.
    """
    what = step.what
    kernel = ORIGIN if step.at is None else step.at
    match what:
        case script.Begin():
            return wire.Begin(seq, kernel, 0, what.to, CONTEXT)
        case script.Ring():
            return wire.Ring(seq, kernel, what.thread)
        case script.Kill():
            return wire.Kill(seq, kernel)
        case script.Ask():
            place = judge.place(what.thread) if step.at is None else step.at
            if place is None:
                raise NotNow(f"{step}: thread {what.thread} runs nowhere, so say `at` which kernel")
            return make_stop(seq, place, what, CONTEXT)
        case script.Forged():
            return wire.Deliver(seq, what.target, what.source, _forge(what))
        case script.Again():
            last = network.taken.get((what.source, what.target))
            if last is None:
                raise NotNow(f"{step}: nothing has arrived there yet")
            return wire.Deliver(seq, what.target, what.source, last)


def _forge(what: script.Forged) -> messages.Message:
    match what.kind:
        case "CALL":
            return messages.Asked(what.number, "other", CONTEXT)
        case "ANSWER":
            return messages.Answer(what.number, CONTEXT)
        case "DONE":
            return messages.Done(what.number)
        case "RECALL":
            return messages.Recall(what.number, "read" if what.about[0] == "r" else "write")
        case "GAVE":
            return messages.Gave(what.number)
        case "END":
            return messages.End()
        case _:
            return messages.Farewell()
