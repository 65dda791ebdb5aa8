"""What the compiled kernel works on, as records of arrays; it cannot take objects."""

from __future__ import annotations

from typing import Any, NamedTuple


class Tables(NamedTuple):
    """A lowered model, each table an array of numbers with one row per entry.

    ``fields``: word, shift, mask, first bucket; ``starts[bucket]`` begins the bucket's rules in
    ``filed``. ``rules``: tests from, to; stores from, to; guard program, effect program (or -1);
    in ``touched`` from, to: the watches that read what the rule writes. ``watches``: the rule that
    each watch is. ``ends``: rules that say that a run may end here.
    ``tests``: word (negative: *differs* from), mask, value. ``stores``: word, mask kept, value.
    ``queues``: length word, shift, mask; slot width, slots, slots a chunk, first chunk, blocking.
    ``chunks``: word, shift, mask.
    """

    fields: Any
    starts: Any
    filed: Any
    rules: Any
    watches: Any
    ends: Any
    touched: Any
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

    ``buf`` and ``who``: successors and their rules; ``found``: numbers of known states, or rules
    that made new ones; ``seen[w]``: the first state that watch ``w`` saw; ``fired[r]``: how often;
    ``marks[b]``: the states known when block ``b`` began; ``out``: first state without an enabled
    action and how many, first faulty state and rule and how many faults.
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
