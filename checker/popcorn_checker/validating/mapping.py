"""What memory is mapped: ranges of pages as a log names them, and the calls that change an area."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from popcorn_checker.journal.telling import ACCESS, CALLS
from popcorn_checker.validating.observing import Item, Take
from popcorn_model.vocabulary import Call

LEVEL: Final[Mapping[str, int]] = {each.value: level for each, level in ACCESS.items()}
"""Accesses as a line names them, in the order in which each allows more than the last."""


def make_area(t: int, k: int, p: int, change: tuple[int, int]) -> Iterator[tuple[Item, ...]]:
    """The calls by which a thread makes an area allow something else than it does."""
    now, access = change
    while now != access:
        if now == 0:
            now = LEVEL["write"]
            yield Take("call_mmap", (t, k)), Take("serve_mmap", (t, k, p))
            continue
        call = Call.MUNMAP if access == 0 else Call.FORBID if access == 1 else Call.ALLOW
        now = access
        yield (
            Take("call_on_page", (t, k, p, CALLS.index(call))), Take("take_page", (t, p, k)),
            Take(f"serve_{call.value}", (t, k, p)),
        )  # fmt: skip


Ranges = tuple[tuple[int, int, int], ...]
"""Ranges of pages, from the first to before the end, and what is allowed there."""


def access_in(ranges: Ranges, page: int) -> int:
    """What is allowed on a page."""
    return next((access for first, end, access in ranges if first <= page < end), 0)


def put_range(ranges: Ranges, new: tuple[int, int, int]) -> Ranges:
    """Ranges with another one over them."""
    first, end, access = new
    left = [(a, min(b, first), c) for a, b, c in ranges if a < first]
    right = [(max(a, end), b, c) for a, b, c in ranges if b > end]
    return tuple(sorted([*left, *right, *([new] if access else [])]))
