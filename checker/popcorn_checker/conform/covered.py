"""Cases that together make an implementation take every transition that messages can show.

They were derived from the state graph of the model, at small sizes; see `support.covering_cases`
of the tests, which derives them again.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from popcorn_checker.conform.case import CALLS_OF, Case
from popcorn_checker.conform.script import Ask, Kill, Ring, parse

PATH: Final = Path(__file__).with_name("covered.txt")


@cache
def covering_cases() -> tuple[Case, ...]:
    """All of them. Cost: the file is read once."""
    return tuple(_read(PATH.read_text(encoding="utf-8")))


def _read(text: str) -> Iterator[Case]:
    for line in text.splitlines():
        id_, sizes, does = line.split(" ", 2)
        kernels, threads, pages = map(int, sizes.split(","))
        yield Case(
            id_, _needs(does), does, "What the model does there, and nothing else.",
            "Together they take every transition of the state graph that a message shows.",
            "popcorn, state graph", kernels, threads, pages, derived=True,
        )  # fmt: skip


def _needs(does: str) -> tuple[str, ...]:
    steps = parse(does)
    calls = {step.call for step in steps if isinstance(step, Ask)}
    needs = {need for need, known in CALLS_OF.items() if calls & set(known)}
    if any(isinstance(step, Kill) for step in steps):
        needs.add("services")
    if any(isinstance(step, Ring) for step in steps):
        needs.add("futex")
    return tuple(need for need in CALLS_OF if need in needs)
