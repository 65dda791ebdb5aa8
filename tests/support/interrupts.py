"""Processes that heed Ctrl-C, also where the tests have been started in the background."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def heeded() -> Iterator[None]:
    """While processes begin: a shell has those in the background pass interrupts over.

    Signals that a process handles are as at first in a program that it starts, those that it
    passes over stay passed over. To say so in the child between fork and exec would make the
    parent copy itself, which fails for want of memory where the tests have grown large.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
