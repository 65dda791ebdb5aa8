"""The compiled part of symmetry: every state of a batch is replaced by the least of its forms.

A form of a state is what it looks like after one exchange of members. An exchange is data: which
bits of which words move where, and in which of the moved cells a member's number stands that has
to be replaced. Forms are compared word by word, so most exchanges cost one word. Nothing here
calls, or is called by, jitted code of another file, whose changes the on-disk cache would miss.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit


class Exchanges(NamedTuple):
    """All exchanges of a search, as arrays with one row per entry.

    ``order``: the words that some exchange touches, as they are compared. ``segments``, for each
    exchange and touched word: moves from, to; renamings from, to. ``moves``: source word, mask,
    shift left, shift right. ``renamings``: shift of the first item, its width; word, shift and
    mask of the old queue's length (mask 0: one item); slots before this word, slots in it; first
    row of ``kinds``, mask of the kind. ``kinds``, by kind: parts from, to. ``parts``: shift, mask,
    place of the sort in a row of ``names``. ``names[x]``: what exchange ``x`` makes of a value.
    ``rounds``, a single number, is 1 where exchanges are tried again until none helps.
    """

    order: Any
    segments: Any
    moves: Any
    renamings: Any
    kinds: Any
    parts: Any
    names: Any
    rounds: Any


@njit(cache=True, inline="always")
def form(t, old, base, x, k):  # type: ignore[no-untyped-def]
    """The ``k``-th touched word of a state's form after exchange ``x``."""
    segments, moves, renamings = t.segments, t.moves, t.renamings
    s = x * t.order.shape[0] + k
    new = np.int64(0)
    for n in range(segments[s, 0], segments[s, 1]):
        bits = old[base + moves[n, 0]] & moves[n, 1]
        new |= (bits << moves[n, 2]) >> moves[n, 3]
    for n in range(segments[s, 2], segments[s, 3]):
        at, items = renamings[n, 0], renamings[n, 6]
        if renamings[n, 4] != 0:
            waiting = (old[base + renamings[n, 2]] >> renamings[n, 3]) & renamings[n, 4]
            items = min(items, waiting - renamings[n, 5])
        for _ in range(items):
            kind = renamings[n, 7] + ((new >> at) & renamings[n, 8])
            for p in range(t.kinds[kind, 0], t.kinds[kind, 1]):
                shift = at + t.parts[p, 0]
                value = (new >> shift) & t.parts[p, 1]
                new ^= (value ^ t.names[x, t.parts[p, 2] + value]) << shift
            at += renamings[n, 1]
    return new


@njit(cache=True, _nrt=False)  # type: ignore[call-overload]
def canonicalise(t, buf, words, n, least):  # type: ignore[no-untyped-def]
    """Replace each of ``n`` buffered states by the least of its forms; ``least`` is scratch.

    Of a form that is less than all before it only the first ``known`` words are made at once.
    """
    touched = t.order.shape[0]
    for r in range(n):
        base = r * words
        again = True
        while again:
            again = False
            by, known = -1, touched
            for k in range(touched):
                least[k] = buf[base + t.order[k]]
            for x in range(t.names.shape[0]):
                for k in range(touched):
                    if k == known:
                        least[k] = form(t, buf, base, by, k)
                        known += 1
                    new = form(t, buf, base, x, k)
                    if new == least[k]:
                        continue
                    if new < least[k]:
                        least[k] = new
                        by, known = x, k + 1
                        again = t.rounds[0] != 0
                    break
            for k in range(known, touched):
                least[k] = form(t, buf, base, by, k)
            for k in range(touched):
                buf[base + t.order[k]] = least[k]
