"""What would be right if an earlier answer had been another one that was possible, too.

Who wakes a thread and says that it woke nobody is believed when it says so: the other may not have
slept yet. Only that it sleeps for ever shows what was wrong, and it is not what sleeps that is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from msgspec.structs import replace

from popcorn_checker.conform.explaining import Departure, Undecided
from popcorn_checker.conform.machine import Machine
from popcorn_checker.conform.program import Past, ProgramJudge

HINTS_MAX: Final = 2
"""How many are told."""
TRIES_MAX: Final = 40
"""How many other answers are looked at, the earliest first: all is judged again with each."""


def find_earlier(machine: Machine, past: Sequence[Past], why: Departure) -> list[str]:
    """What else would have been right at the end, and after which other answer; the latest first.

    `past` is what was seen, the last of it not right. Nothing is found where it is something else
    that is not right. Cost: all of it again, for each answer that could have been another.
    """
    end = _end(machine, past) if past else None
    if end is None or end.seen != why.seen:
        return []
    found: dict[str, None] = {}
    for other, changed in islice(_others(machine, past), TRIES_MAX):
        for right in _right(machine, changed, end):
            found[f"{right}, if before that {other}"] = None
    return [*found][::-1][:HINTS_MAX]


def _others(machine: Machine, past: Sequence[Past]) -> Iterator[tuple[str, list[Past]]]:
    """Each answer that could have been another: that one, and what was seen with it instead."""
    judge = ProgramJudge(machine)
    for number, seen in enumerate(past[:-1]):
        if seen is not None:
            order, reply = seen
            for place in range(len(reply.done)):
                for text, other in judge.others(order, reply, place):
                    done = (*reply.done[:place], other, *reply.done[place + 1 :])
                    changed = order, replace(reply, done=done)
                    yield text, [*past[:number], changed, *past[number + 1 :]]
        judge.see(seen)


def _right(machine: Machine, past: Sequence[Past], end: Departure) -> Iterator[str]:
    """What is right at the end and was not before; nothing if it does not come to that."""
    try:
        other = _end(machine, past)
    except (Departure, Undecided):
        return
    if other is None:
        yield end.seen
    elif other.seen == end.seen:
        yield from (each for each in other.right if each not in end.right)


def _end(machine: Machine, past: Sequence[Past]) -> Departure | None:
    """What is not right at the end of what was seen, if anything.

    Raises: Departure for what is not right before; Undecided.
    """
    judge = ProgramJudge(machine)
    for seen in past[:-1]:
        judge.see(seen)
    try:
        judge.see(past[-1])
        judge.check_through()
        judge.let_go()
        judge.check_over()
    except Departure as why:
        return why
    return None
