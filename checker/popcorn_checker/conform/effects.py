"""What can come of what a thread does: steps of `smp`, and what pages hold after them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from popcorn_checker.conform import wire
from popcorn_checker.conform.machine import (
    ANY_ERROR,
    CALLS,
    LIVES,
    REFUSED,
    Machine,
    Moment,
    Result,
)

NAMELESS: Final = ("read", "write", "migrate", "other")
"""What is no call that changes threads or areas."""

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
    protects = op.op in ("forbid", "allow")
    # Linux fails there, smp does nothing: what is returned is not judged.
    is_vain = protects and machine.rights(moment.state, op.page) == "none"
    yield Effect((action, (op.thread, op.page)), pages, {op.thread: None if is_vain else 0})


def _exit(machine: Machine, moment: Moment, op: wire.Do) -> Iterator[Effect]:
    action = "exit_alone" if op.op == "exit" else "exit_all"
    yield Effect((action, (op.thread,)), moment.pages, {})


_EFFECTS: Final[Mapping[str, Callable[[Machine, Moment, wire.Do], Iterator[Effect]]]] = {
    "read": _read, "write": _write, "migrate": _nothing, "other": _nothing, "clone": _clone,
    "mmap": _mmap, "mremap": _mremap, "futex_wait": _futex_wait, "futex_wake": _futex_wake,
    "exit": _exit, "exit_group": _exit,
}  # fmt: skip
