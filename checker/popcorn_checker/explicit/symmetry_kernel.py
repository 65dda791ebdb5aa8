"""The compiled part of symmetry: every state of a batch is replaced by the least of its forms.

A form of a state is what it looks like after one exchange of members. An exchange is data: which
bits of which words move where, and in which of the moved cells a member's number stands that has
to be replaced. Forms are compared word by word, so most exchanges cost one word. The members of
one sort are not exchanged but named anew, in the order in which a form uses them. Nothing here
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


class Renaming(NamedTuple):
    """How the members of one sort get names in the order of use, as arrays.

    ``places``, in a fixed order, are where members stand: word, shift of the first item, its width;
    word, shift and mask of the queue's length (mask 0: one item); slots before this word, slots in
    it; first row of ``kinds``, mask of the kind. ``kinds``, by kind: parts from, to. ``parts``:
    shift, mask, and what is to be subtracted from a value to get a member. ``rows[m]``: where
    state is kept of member ``m``, each cell as word, shift, mask, one after the other. ``tail``, a
    single number: the first of the compared words that has to do with the sort.
    """

    places: Any
    kinds: Any
    parts: Any
    rows: Any
    tail: Any


class Scratch(NamedTuple):
    """Room for the least form, a whole state, names, and what is kept of each member."""

    least: Any
    whole: Any
    names: Any
    kept: Any


@njit(cache=True, _nrt=False)  # type: ignore[call-overload]
def rename(d, state, names, kept):  # type: ignore[no-untyped-def]
    """Give the members in a state names in the order of use; those not used, by what is kept."""
    members, cells = d.rows.shape[0], d.rows.shape[1]
    for m in range(members):
        names[m] = -1
        for c in range(cells):
            kept[m, c] = (state[d.rows[m, c, 0]] >> d.rows[m, c, 1]) & d.rows[m, c, 2]
    used = 0
    for n in range(d.places.shape[0]):
        word, at, items = d.places[n, 0], d.places[n, 1], d.places[n, 7]
        if d.places[n, 5] != 0:
            waiting = (state[d.places[n, 3]] >> d.places[n, 4]) & d.places[n, 5]
            items = min(items, waiting - d.places[n, 6])
        for _ in range(items):
            kind = d.places[n, 8] + ((state[word] >> at) & d.places[n, 9])
            for p in range(d.kinds[kind, 0], d.kinds[kind, 1]):
                shift = at + d.parts[p, 0]
                member = ((state[word] >> shift) & d.parts[p, 1]) - d.parts[p, 2]
                if member >= 0:
                    if names[member] < 0:
                        names[member] = used
                        used += 1
                    state[word] ^= (
                        (member + d.parts[p, 2]) ^ (names[member] + d.parts[p, 2])
                    ) << shift
            at += d.places[n, 2]
    for name in range(used, members):
        least = -1
        for m in range(members):
            if names[m] >= 0:
                continue
            if least < 0:
                least = m
                continue
            for c in range(cells):
                if kept[m, c] != kept[least, c]:
                    if kept[m, c] < kept[least, c]:
                        least = m
                    break
        names[least] = name
    for m in range(members):
        for c in range(cells):
            word, shift, mask = d.rows[names[m], c, 0], d.rows[names[m], c, 1], d.rows[m, c, 2]
            state[word] = (state[word] & ~(mask << shift)) | (kept[m, c] << shift)


@njit(cache=True, _nrt=False)  # type: ignore[call-overload]
def make_tail(t, d, buf, which, s):  # type: ignore[no-untyped-def]
    """The form of the state at ``which[0]`` after exchange ``which[1]``, or none if that is -1,
    with new names, into ``s.whole``. The words before the tail are those of the least form."""
    base, x = which
    for w in range(s.whole.shape[0]):
        s.whole[w] = buf[base + w]
    for k in range(d.tail[0]):
        s.whole[t.order[k]] = s.least[k]
    if x >= 0:
        for k in range(d.tail[0], t.order.shape[0]):
            s.whole[t.order[k]] = form(t, buf, base, x, k)
    rename(d, s.whole, s.names, s.kept)


@njit(cache=True, _nrt=False)  # type: ignore[call-overload]
def compare_tail(t, d, s):  # type: ignore[no-untyped-def]
    """Whether the form in ``s.whole`` is less than the least, which it then becomes."""
    for k in range(d.tail[0], t.order.shape[0]):
        if s.whole[t.order[k]] > s.least[k]:
            return False
        if s.whole[t.order[k]] < s.least[k]:
            take_tail(t, d, s)
            return True
    return False


@njit(cache=True, _nrt=False)  # type: ignore[call-overload]
def take_tail(t, d, s):  # type: ignore[no-untyped-def]
    """The tail of the form in ``s.whole`` becomes that of the least form."""
    for k in range(d.tail[0], t.order.shape[0]):
        s.least[k] = s.whole[t.order[k]]


@njit(cache=True, _nrt=False)  # type: ignore[call-overload]
def canonicalise(t, d, buf, n, s):  # type: ignore[no-untyped-def]
    """Replace each of ``n`` buffered states by the least of its forms.

    Of a form that is less than all before it only the first ``known`` words are made at once. The
    tail, for which members have to be named, is made only where all words before it are equal.
    """
    words, touched, tail, least = s.whole.shape[0], t.order.shape[0], d.tail[0], s.least
    for base in range(0, n * words, words):
        again = True
        while again:
            again = False
            by, known = -1, tail
            for k in range(tail):
                least[k] = buf[base + t.order[k]]
            for x in range(t.names.shape[0]):
                equal = True
                for k in range(tail):
                    if k == known:
                        least[k] = form(t, buf, base, by, k)
                        known += 1
                    new = form(t, buf, base, x, k)
                    if new == least[k]:
                        continue
                    equal = False
                    if new < least[k]:
                        least[k] = new
                        by, known = x, k + 1
                        again = t.rounds[0] != 0
                    break
                if equal and tail < touched:
                    if known <= tail:
                        make_tail(t, d, buf, (base, by), s)
                        take_tail(t, d, s)
                        known = touched
                    make_tail(t, d, buf, (base, x), s)
                    if compare_tail(t, d, s):
                        by = x
                        again = t.rounds[0] != 0
            for k in range(known, tail):
                least[k] = form(t, buf, base, by, k)
            if known <= tail and tail < touched:
                make_tail(t, d, buf, (base, by), s)
                take_tail(t, d, s)
            for k in range(touched):
                buf[base + t.order[k]] = least[k]
