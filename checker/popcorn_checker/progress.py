"""The progress line of long explorations: live on a terminal, a plain line now and then otherwise.

It goes to stderr, so that what a command prints stays clean.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from popcorn_checker.explicit.search import Progress
    from popcorn_checker.exploring import Report

LINE_SECONDS: Final = 10.0
LIVE_SECONDS: Final = 0.2


def describe(now: Progress | str) -> str:
    """What is known so far on one line."""
    if isinstance(now, str):
        return now
    rate = now.states / now.seconds if now.seconds > 0 else 0.0
    return (
        f"{now.states:,} states, {short(rate)} states/s, queue {short(now.states - now.expanded)}, "
        f"depth {now.depth}, {short(now.bytes_used)} bytes, {now.seconds:.0f} s"
    )


def short(number: float) -> str:
    """A number with three digits and a prefix: 1.23 M."""
    for unit in ("", "k", "M", "G", "T"):
        if number < 1000 or unit == "T":
            return f"{number:.3g} {unit}" if unit else f"{number:.0f}"
        number /= 1000
    raise AssertionError("unreachable")


@contextmanager
def reporting(wanted: bool | None) -> Iterator[Report | None]:
    """A report for an exploration; None when nobody wants one.

    ``wanted`` None means: live on a terminal, and a line every ten seconds elsewhere.
    """
    if wanted is False:
        yield None
    elif sys.stderr.isatty():
        with _live() as report:
            yield report
    else:
        yield _Lines(0.0 if wanted else LINE_SECONDS)


class _Lines:
    """Prints a plain line, the first after a while and never more often than that."""

    def __init__(self, wait: float) -> None:
        self.last = time.monotonic() - (LINE_SECONDS - wait)

    def __call__(self, now: Progress | str) -> None:
        if time.monotonic() - self.last >= LINE_SECONDS:
            self.last = time.monotonic()
            print(f"popcorn-spec: {describe(now)}", file=sys.stderr, flush=True)


@contextmanager
def _live() -> Iterator[Report]:
    from rich.console import Console
    from rich.status import Status

    with Status("starting", console=Console(stderr=True)) as status:
        last = 0.0

        def report(now: Progress | str) -> None:
            nonlocal last
            if time.monotonic() - last >= LIVE_SECONDS:
                last = time.monotonic()
                status.update(describe(now))

        yield report
