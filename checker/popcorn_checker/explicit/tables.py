"""What the compiled kernel works on, as records of arrays; it cannot take objects."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

REGISTERS = 256  # of the programs


class Tables(NamedTuple):
    """A lowered model, each table an array of numbers with one row per entry.

    ``fields``: word, shift, mask, first bucket; ``starts[bucket]`` begins the bucket's rules in
    ``filed``. ``sets[n]`` begins a set of fields: those of all actions, and then, for each action,
    those of the watches that it may wake, as places in ``watches``, which names their rules.
    ``rules``: tests from, to; stores from, to; guard program, effect program (or -1). ``ends``:
    rules that say that a run may end here.
    ``tests``: word (negative: *differs* from), mask, value. ``stores``: word, mask kept, value.
    ``queues``: length word, shift, mask; slot width, slots, slots a chunk, first chunk, blocking.
    ``chunks``: word, shift, mask.
    """

    fields: Any
    starts: Any
    filed: Any
    sets: Any
    rules: Any
    watches: Any
    ends: Any
    tests: Any
    stores: Any
    code: Any
    queues: Any
    chunks: Any


class Space(NamedTuple):
    """The known states: a log of ``words`` words each, and the index by hash over it."""

    log: Any
    words: Any
    table: Any


class Work(NamedTuple):
    """Buffers for successors and what is counted on the way.

    ``buf`` and ``who``: successors and their rules; ``found``: numbers of known states, or the
    rows in ``buf`` of new ones; ``seen[w]``: the first state that watch ``w`` saw; ``fired[r]``:
    how often; ``marks[b]``: the states known when block ``b`` began; ``out``: first state without
    an enabled action and how many, first faulty state and rule and how many faults.
    """

    buf: Any
    who: Any
    hashes: Any
    found: Any
    regs: Any
    seen: Any
    fired: Any
    marks: Any
    out: Any


def make_work(rows: int, words: int) -> Work:
    """Buffers for ``rows`` successors of so many words, with nothing counted yet."""
    def numbers(count: int) -> Any:
        return np.zeros(count, dtype=np.int64)

    return Work(
        numbers((rows + 1) * words), numbers(rows), numbers(rows + 1), numbers(rows + 1),
        numbers(REGISTERS), numbers(1), numbers(rows), numbers(1), numbers(5),
    )  # fmt: skip
