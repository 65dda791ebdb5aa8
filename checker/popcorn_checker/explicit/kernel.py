"""The compiled part of the explicit engine: one loop over packed states, driven by tables.

Compiled once for all models, because a model is only data to it: rules filed under a field and a
value, masked tests, constant stores, and small programs for what does not fit into those. All
jitted code of the engine is in this file, since the on-disk cache does not notice changes in
functions of other files. No function here allocates per state.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

# Instructions: eight columns, the first is the operation. Jumps are absolute.
(OK, NO, LOADI, LOAD, LOADX, MOVE, ADD, MULI, ADDI, SHLI, OR, JUMP, TEST_EQ, TEST_NE, JLT, JLE,
 JEQ, JNE, STORE, POP, PUSH, CHECK, EXTRACT, SPEND) = range(24)  # fmt: skip

DISABLED, FIRED, OVERFLOW, EMPTY = range(4)
BLOCK = 256


@njit(cache=True, _nrt=False)
def run(code, pc, src, base, dst, to, regs, queues, chunks):  # type: ignore[no-untyped-def]
    """Run one program: read ``src[base:]``, write ``dst[to:]``. A dispatch over all operations."""
    while True:
        op = code[pc, 0]
        a, b, c, d = code[pc, 1], code[pc, 2], code[pc, 3], code[pc, 4]
        pc += 1
        if op == TEST_EQ:
            if src[base + a] & b != c:
                pc = d
        elif op == TEST_NE:
            if src[base + a] & b == c:
                pc = d
        elif op == LOAD:
            regs[a] = (src[base + b] >> c) & d
        elif op == LOADI:
            regs[a] = b
        elif op == ADDI:
            regs[a] = regs[b] + c
        elif op == STORE:
            dst[to + a] = (dst[to + a] & ~(c << b)) | (regs[d] << b)
        elif op == LOADX:
            per = code[pc - 1, 6]
            flat = regs[c]
            word, at = flat // per, d + (flat % per) * code[pc - 1, 5]
            regs[a] = (src[base + b + word] >> at) & code[pc - 1, 7]
        elif op == JEQ:
            if regs[a] == regs[b]:
                pc = c
        elif op == JNE:
            if regs[a] != regs[b]:
                pc = c
        elif op == JLT:
            if regs[a] < regs[b]:
                pc = c
        elif op == JLE:
            if regs[a] <= regs[b]:
                pc = c
        elif op == JUMP:
            pc = a
        elif op == MOVE:
            regs[a] = regs[b]
        elif op == ADD:
            regs[a] = regs[b] + regs[c]
        elif op == MULI:
            regs[a] = regs[b] * c
        elif op == SHLI:
            regs[a] = regs[b] << c
        elif op == OR:
            regs[a] = regs[b] | regs[c]
        elif op == EXTRACT:
            regs[a] = (regs[b] >> c) & d
        elif op == POP:
            if not pop(dst, to, queues, chunks, a):
                return EMPTY
        elif op == PUSH:
            if not push(dst, to, queues, chunks, a, regs[b]):
                return OVERFLOW if queues[a, 7] == 0 else DISABLED
        elif op == CHECK:
            if regs[a] < 0 or regs[a] > b:
                return OVERFLOW
        elif op == SPEND:
            if (dst[to + a] >> b) & c == 0:
                return DISABLED
            dst[to + a] -= 1 << b
        elif op == OK:
            return FIRED
        else:
            return DISABLED


# A row of ``queues``: length word, shift, mask; slot width, slots, slots a chunk, first chunk,
# blocking. A row of ``chunks``: word, shift, mask.


@njit(cache=True, inline="always")
def pop(dst, to, queues, chunks, q):  # type: ignore[no-untyped-def]
    """Take the oldest item of queue ``q``; false when there is none."""
    word, shift, mask = to + queues[q, 0], queues[q, 1], queues[q, 2]
    length = (dst[word] >> shift) & mask
    if length == 0:
        return False
    dst[word] -= 1 << shift
    width, slots, per, first = queues[q, 3], queues[q, 4], queues[q, 5], queues[q, 6]
    if width == 0:
        return True
    count = (slots + per - 1) // per
    for n in range(count):
        w, s, m = to + chunks[first + n, 0], chunks[first + n, 1], chunks[first + n, 2]
        bits = ((dst[w] >> s) & m) >> width
        if n + 1 < count:
            w2, s2 = to + chunks[first + n + 1, 0], chunks[first + n + 1, 1]
            bits |= ((dst[w2] >> s2) & ((1 << width) - 1)) << ((per - 1) * width)
        dst[w] = (dst[w] & ~(m << s)) | (bits << s)
    return True


@njit(cache=True, inline="always")
def push(dst, to, queues, chunks, q, item):  # type: ignore[no-untyped-def]
    """Append an item to queue ``q``; false when it is full."""
    word, shift, mask = to + queues[q, 0], queues[q, 1], queues[q, 2]
    length = (dst[word] >> shift) & mask
    if length >= queues[q, 4]:
        return False
    dst[word] += 1 << shift
    width, per, first = queues[q, 3], queues[q, 5], queues[q, 6]
    chunk = first + length // per
    dst[to + chunks[chunk, 0]] |= item << (chunks[chunk, 1] + (length % per) * width)
    return True


@njit(cache=True, inline="always")
def mix(rows, base, words):  # type: ignore[no-untyped-def]
    """A 64-bit hash of one state."""
    h = np.int64(-7046029254386353131)
    for w in range(words):
        h ^= rows[base + w]
        h *= np.int64(-4658895280553007687)
        h ^= (h >> 29) & np.int64(0x7FFFFFFFF)
    h *= np.int64(-7723592293110705685)
    h ^= (h >> 32) & np.int64(0xFFFFFFFF)
    return h


@njit(cache=True)
def rehash(log, words, count, size):  # type: ignore[no-untyped-def]
    """A new index of ``size`` slots over the first ``count`` states."""
    table = np.zeros(size, dtype=np.int64)
    for i in range(count):
        h = mix(log, i * words, words)
        at = h & (size - 1)
        while table[at] != 0:
            at = (at + 1) & (size - 1)
        table[at] = (h & np.int64(~0xFFFFFFFF)) | (i + 1)
    return table


@njit(cache=True, _nrt=False)
def insert(log, words, table, tail, buf, hashes, found, n):  # type: ignore[no-untyped-def]
    """Look up or append ``n`` buffered states; ``found`` gets their numbers. Returns the tail."""
    size = table.shape[0]
    touch = np.int64(0)
    for r in range(n):
        hashes[r] = mix(buf, r * words, words)
        touch ^= table[hashes[r] & (size - 1)]
    found[n] = touch  # keeps the loads above alive: they bring the index into the cache
    for r in range(n):
        h = hashes[r]
        tag = h & np.int64(~0xFFFFFFFF)
        at = h & (size - 1)
        while True:
            slot = table[at]
            if slot == 0:
                table[at] = tag | (tail + 1)
                for w in range(words):
                    log[tail * words + w] = buf[r * words + w]
                found[r] = tail
                tail += 1
                break
            if (slot & np.int64(~0xFFFFFFFF)) == tag:
                i = (slot & np.int64(0xFFFFFFFF)) - 1
                same = True
                for w in range(words):
                    if log[i * words + w] != buf[r * words + w]:
                        same = False
                        break
                if same:
                    found[r] = i
                    break
            at = (at + 1) & (size - 1)
    return tail


@njit(cache=True, inline="always")
def passes(src, base, rules, tests, r):  # type: ignore[no-untyped-def]
    """All masked tests of rule ``r`` hold. Sign of the word number: negative means *differs*."""
    for n in range(rules[r, 0], rules[r, 1]):
        word = tests[n, 0]
        if word >= 0:
            if src[base + word] & tests[n, 1] != tests[n, 2]:
                return False
        elif src[base - word - 1] & tests[n, 1] == tests[n, 2]:
            return False
    return True


# A row of ``rules``: tests from, to; stores from, to; guard program, effect program (or -1);
# watch number (or -1 for an action); 1 when the watch says that stopping here is fine.


@njit(cache=True, _nrt=False)
def expand(i, log, words, tables, buf, who, n, seen, regs):  # type: ignore[no-untyped-def]
    """All successors of state ``i`` into ``buf`` from row ``n``. Returns (n, enabled, fault).

    ``seen[w]`` becomes the first state that watch ``w`` saw, and ``seen[W + w]`` counts.
    """
    fields, starts, filed, rules, tests, stores, code, queues, chunks = tables
    base = i * words
    enabled, fault, halt = 0, -1, False
    watches = seen.shape[0] // 2
    for f in range(fields.shape[0]):
        value = (log[base + fields[f, 0]] >> fields[f, 1]) & fields[f, 2]
        bucket = fields[f, 3] + value
        for k in range(starts[bucket], starts[bucket + 1]):
            r = filed[k]
            if not passes(log, base, rules, tests, r):
                continue
            to = n * words
            if rules[r, 4] >= 0:
                if run(code, rules[r, 4], log, base, buf, to, regs, queues, chunks) != FIRED:
                    continue
            watch = rules[r, 6]
            if watch >= 0:
                if seen[watch] < 0:
                    seen[watch] = i
                seen[watches + watch] += 1
                enabled += rules[r, 7]
                continue
            for w in range(words):
                buf[to + w] = log[base + w]
            for s in range(rules[r, 2], rules[r, 3]):
                at = to + stores[s, 0]
                buf[at] = (buf[at] & stores[s, 1]) | stores[s, 2]
            if rules[r, 5] >= 0:
                status = run(code, rules[r, 5], log, base, buf, to, regs, queues, chunks)
                if status == DISABLED:
                    continue
                if status != FIRED:
                    fault = r if not halt else fault
                    halt = True
                    continue
            who[n] = r
            n += 1
            enabled += 1
    return n, enabled, fault


@njit(cache=True)
def explore(log, words, tables, table, head, tail, stop, limit, buf, who, seen, fired, marks, out):  # type: ignore[no-untyped-def] # noqa: E501
    """Expand states ``head .. stop - 1``. Returns (table, head, tail, transitions).

    Stops early before the log could exceed ``limit`` states. ``out``: first state without an
    enabled action and how many; first faulty state and rule and how many faults.
    ``marks[b]`` is the number of states known when block ``b`` began.
    """
    rows = who.shape[0]
    room = rows - tables[3].shape[0]
    hashes = np.empty(rows + 1, dtype=np.int64)
    found = np.empty(rows + 1, dtype=np.int64)
    regs = np.zeros(256, dtype=np.int64)
    n, transitions = 0, 0
    while head < stop:
        if n > room or head % BLOCK == 0:
            if tail + n > limit:
                break
            if (tail + n) * 2 > table.shape[0]:
                table = rehash(log, words, tail, table.shape[0] * 4)
            tail = insert(log, words, table, tail, buf, hashes, found, n)
            n = 0
            if head % BLOCK == 0:
                marks[head // BLOCK] = tail
        before = n
        n, enabled, fault = expand(head, log, words, tables, buf, who, n, seen, regs)
        for r in range(before, n):
            fired[who[r]] += 1
        transitions += n - before
        if fault >= 0:
            if out[2] < 0:
                out[2], out[3] = head, fault
            out[4] += 1
        elif enabled == 0:
            if out[0] < 0:
                out[0] = head
            out[1] += 1
        head += 1
    if tail + n <= limit:
        if (tail + n) * 2 > table.shape[0]:
            table = rehash(log, words, tail, table.shape[0] * 4)
        tail = insert(log, words, table, tail, buf, hashes, found, n)
        n = 0
    return table, head, tail, transitions, n


@njit(cache=True)
def edges(log, words, tables, table, total, span, buf, who, seen, target, rule, offset):  # type: ignore[no-untyped-def] # noqa: E501
    """Successor lists of the states of ``span`` by look-up among ``total``; nothing is inserted.

    ``offset[i - first]`` is where state ``i``'s edges begin in ``target`` and ``rule``. Returns the
    number of edges, or -1 when they do not fit or a successor is unknown.
    """
    rows = who.shape[0]
    hashes = np.empty(rows + 1, dtype=np.int64)
    found = np.empty(rows + 1, dtype=np.int64)
    regs = np.zeros(256, dtype=np.int64)
    count = 0
    first, last = span
    for i in range(first, last):
        offset[i - first] = count
        n, _, _ = expand(i, log, words, tables, buf, who, 0, seen, regs)
        if count + n > target.shape[0]:
            return -1
        if insert(log, words, table, total, buf, hashes, found, n) != total:
            return -1
        for r in range(n):
            target[count] = found[r]
            rule[count] = who[r]
            count += 1
    offset[last - first] = count
    return count


Tables = tuple[Any, ...]
