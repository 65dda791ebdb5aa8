"""Adapters do not outlive us: a signal that is to end us ends them first.

They have process groups of their own, so Ctrl-C in a terminal does not reach them, and who asks us
to go knows nothing of them. Against SIGKILL there is nothing to do here; an adapter reads the end
of its input then. (That the system kills children whose parent has died is an order that has to be
given between fork and exec, where no Python may run when there are threads.)
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Final

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

_groups: Final[set[int]] = set()
"""Process groups that run."""
_starts: Final[set[object]] = set()
"""Starts that are under way: what comes of them is in no group yet."""
_wanted: Final[list[int]] = []
"""Signals that are to end us, as soon as nothing is being started."""


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """While this lasts a signal that asks us to go kills all adapters, and ends us with 128 and its
    number, as a shell has it. What is ignored already stays so; only the main thread can do this.
    """
    before = {}
    if threading.current_thread() is threading.main_thread():
        for number in SIGNALS:
            if signal.getsignal(number) != signal.SIG_IGN:
                before[number] = signal.signal(number, _end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


@contextmanager
def starting() -> Iterator[set[int]]:
    """While this lasts a process is started; its group is to be added to what is yielded."""
    start = object()
    _starts.add(start)
    try:
        yield _groups
    finally:
        _starts.discard(start)
        _end_if_wanted()


def kill(group: int) -> None:
    """End a group of processes."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
    _groups.discard(group)


def _end(number: int, _: FrameType | None) -> None:
    _wanted.append(number)
    _end_if_wanted()


def _end_if_wanted() -> None:
    if not _wanted or _starts:
        return
    for group in tuple(_groups):
        kill(group)
    name = signal.Signals(_wanted[0]).name
    with suppress(OSError, ValueError, RuntimeError):
        sys.stdout.flush()
        print(f"popcorn-spec: ended by {name}", file=sys.stderr, flush=True)
    os._exit(128 + _wanted[0])
