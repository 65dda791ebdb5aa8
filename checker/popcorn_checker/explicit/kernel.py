"""The compiled part of the explicit engine: one loop over packed states, driven by tables.

Compiled once for all models, because a model is only data to it: rules filed under a field and a
value, masked tests, constant stores, and small programs for what does not fit into those. All
jitted code that expands states is in this file, since the on-disk cache does not notice changes
in functions of other files. No function here allocates per state.
"""

from __future__ import annotations

import numpy as np
from numba import njit

# Instructions: eight columns, the first is the operation. Jumps are absolute.
(OK, NO, LOADI, LOAD, LOADX, MOVE, ADD, MULI, ADDI, SHLI, OR, JUMP, TEST_EQ, TEST_NE, JLT, JLE,
 JEQ, JNE, STORE, POP, PUSH, CHECK, EXTRACT, SPEND) = range(24)  # fmt: skip

DISABLED, FIRED, OVERFLOW, EMPTY = range(4)
BLOCK = 256
TAG = ~0xFFFFFFFF  # of a slot of the index: the upper half of the hash, above the state's number


@njit(cache=True, _nrt=False)  # type: ignore[call-overload]
def run(tables, pc, old, new):  # type: ignore[no-untyped-def]
    """Run one program: read ``old``, write ``new``. A dispatch over all operations.

    ``old`` is (words, base), ``new`` is (words, base, registers). Returns DISABLED, FIRED, or the
    fault at which the program stopped.
    """
    code = tables.code
    src, base = old
    dst, to, regs = new
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
            word, at = regs[c] // per, d + (regs[c] % per) * code[pc - 1, 5]
            regs[a] = (src[base + b + word] >> at) & code[pc - 1, 7]
        elif op == JEQ:
            pc = c if regs[a] == regs[b] else pc
        elif op == JNE:
            pc = c if regs[a] != regs[b] else pc
        elif op == JLT:
            pc = c if regs[a] < regs[b] else pc
        elif op == JLE:
            pc = c if regs[a] <= regs[b] else pc
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
            if not pop(tables, dst, to, a):
                return EMPTY
        elif op == PUSH:
            if not push(tables, dst, to, a, regs[b]):
                return OVERFLOW if tables.queues[a, 7] == 0 else DISABLED
        elif op == CHECK:
            if regs[a] < 0 or regs[a] > b:
                return OVERFLOW
        elif op == SPEND:
            if (dst[to + a] >> b) & c == 0:
                return DISABLED
            dst[to + a] -= 1 << b
        else:
            return FIRED if op == OK else DISABLED


@njit(cache=True, inline="always")
def pop(tables, dst, to, q):  # type: ignore[no-untyped-def]
    """Take the oldest item of queue ``q``; false when there is none."""
    queues, chunks = tables.queues, tables.chunks
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
def push(tables, dst, to, q, item):  # type: ignore[no-untyped-def]
    """Append an item to queue ``q``; false when it is full."""
    queues, chunks = tables.queues, tables.chunks
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


@njit(cache=True, _nrt=False)  # type: ignore[call-overload]
def rehash(log, words, count, table):  # type: ignore[no-untyped-def]
    """Fill an empty index with the first ``count`` states, which all differ."""
    size = table.shape[0]
    for i in range(count):
        h = mix(log, i * words, words)
        at = h & (size - 1)
        while table[at] != 0:
            at = (at + 1) & (size - 1)
        table[at] = (h & np.int64(TAG)) | (i + 1)


@njit(cache=True, inline="always")
def slot_of(space, buf, r, h):  # type: ignore[no-untyped-def]
    """The slot of the index that holds buffered state ``r``, or the free one where it belongs."""
    log, words, table = space
    size = table.shape[0]
    tag = h & np.int64(TAG)
    at = h & (size - 1)
    while True:
        slot = table[at]
        if slot == 0:
            return at
        if (slot & np.int64(TAG)) == tag:
            i = (slot & np.int64(0xFFFFFFFF)) - 1
            same = True
            for w in range(words):
                if log[i * words + w] != buf[r * words + w]:
                    same = False
                    break
            if same:
                return at
        at = (at + 1) & (size - 1)


@njit(cache=True, _nrt=False)  # type: ignore[call-overload]
def look_up(space, work, n):  # type: ignore[no-untyped-def]
    """The numbers of ``n`` buffered states into ``work.found``; -1 for an unknown one."""
    for r in range(n):
        at = slot_of(space, work.buf, r, mix(work.buf, r * space.words, space.words))
        work.found[r] = (space.table[at] & np.int64(0xFFFFFFFF)) - 1


@njit(cache=True, _nrt=False)  # type: ignore[call-overload]
def insert(space, work, tail, n):  # type: ignore[no-untyped-def]
    """Append those of ``n`` buffered states that are new. Returns the number of known states.

    ``work.found[j]`` is then the row of the ``j``-th new state: see `judge`.
    """
    log, words, table = space
    buf, hashes = work.buf, work.hashes
    size = table.shape[0]
    touch, first = np.int64(0), tail
    for r in range(n):
        hashes[r] = mix(buf, r * words, words)
        touch ^= table[hashes[r] & (size - 1)]
    work.found[n] = touch  # keeps the loads above alive: they bring the index into the cache
    for r in range(n):
        at = slot_of(space, buf, r, hashes[r])
        if table[at] == 0:
            table[at] = (hashes[r] & np.int64(TAG)) | (tail + 1)
            for w in range(words):
                log[tail * words + w] = buf[r * words + w]
            work.found[tail - first] = r
            tail += 1
    return tail


@njit(cache=True, _nrt=False)  # type: ignore[call-overload]
def judge(tables, work, made, span):  # type: ignore[no-untyped-def]
    """Let the watches see the new states of ``span`` = (first, last), as rules made them.

    ``made`` is (words, words of a state): the successors, of which ``work.found`` names the new.
    What a rule does not write, no watch sees for the first time in the state after it, so only
    those watches look that the rule may wake.
    """
    fields, starts, sets, seen = tables.fields, tables.starts, tables.sets, work.seen
    for i in range(span[0], span[1]):
        row = work.found[i - span[0]]
        r, base = work.who[row], row * made[1]
        for f in range(sets[r + 1], sets[r + 2]):
            value = (made[0][base + fields[f, 0]] >> fields[f, 1]) & fields[f, 2]
            bucket = fields[f, 3] + value
            for k in range(starts[bucket], starts[bucket + 1]):
                watch = tables.filed[k]
                if seen[watch] < 0 and holds(tables, made[0], base, work, tables.watches[watch]):
                    seen[watch] = i


@njit(cache=True, _nrt=False)  # type: ignore[call-overload]
def holds(tables, src, base, work, r):  # type: ignore[no-untyped-def]
    """Whether the tests and the guard program of rule ``r`` hold in the state at ``base``."""
    pc = tables.rules[r, 4]
    if not passes(src, base, tables, r):
        return False
    return pc < 0 or run(tables, pc, (src, base), (work.buf, 0, work.regs)) == FIRED


@njit(cache=True, inline="always")
def passes(src, base, tables, r):  # type: ignore[no-untyped-def]
    """All masked tests of rule ``r`` hold."""
    rules, tests = tables.rules, tables.tests
    for n in range(rules[r, 0], rules[r, 1]):
        word = tests[n, 0]
        if word >= 0:
            if src[base + word] & tests[n, 1] != tests[n, 2]:
                return False
        elif src[base - word - 1] & tests[n, 1] == tests[n, 2]:
            return False
    return True


@njit(cache=True, _nrt=False)  # type: ignore[call-overload]
def expand(tables, space, work, i, n):  # type: ignore[no-untyped-def]
    """All successors of state ``i`` into the buffer from row ``n``. Returns (n, enabled, fault)."""
    fields, starts, filed, rules = tables.fields, tables.starts, tables.filed, tables.rules
    log, words = space.log, space.words
    buf, regs = work.buf, work.regs
    base = i * words
    before, fault = n, -1
    for f in range(tables.sets[1]):
        value = (log[base + fields[f, 0]] >> fields[f, 1]) & fields[f, 2]
        bucket = fields[f, 3] + value
        for k in range(starts[bucket], starts[bucket + 1]):
            r = filed[k]
            if not passes(log, base, tables, r):
                continue
            to = n * words
            status = FIRED
            if rules[r, 4] >= 0:
                status = run(tables, rules[r, 4], (log, base), (buf, to, regs))
                if status == DISABLED:
                    continue
            for w in range(words):
                buf[to + w] = log[base + w]
            for s in range(rules[r, 2], rules[r, 3]):
                at = to + tables.stores[s, 0]
                buf[at] = (buf[at] & tables.stores[s, 1]) | tables.stores[s, 2]
            if rules[r, 5] >= 0 and status == FIRED:
                status = run(tables, rules[r, 5], (log, base), (buf, to, regs))
                if status == DISABLED:
                    continue
            if status != FIRED:
                fault = r if fault < 0 else fault
                continue
            work.who[n] = r
            n += 1
    return n, n - before, fault


@njit(cache=True, _nrt=False)  # type: ignore[call-overload]
def may_end(tables, space, work, i):  # type: ignore[no-untyped-def]
    """Whether a run may end in state ``i``."""
    found = False
    for r in tables.ends:
        found = found or holds(tables, space.log, i * space.words, work, r)
    return found


@njit(cache=True)
def fill(tables, space, work, span):  # type: ignore[no-untyped-def]
    """Expand states from ``head`` until their block, ``stop`` or the buffer ends.

    ``span`` = (head, stop). Returns (successors in the buffer, head): some may be known states.
    """
    head, stop = span
    actions = tables.rules.shape[0] - tables.watches.shape[0] - tables.ends.shape[0]
    room = work.who.shape[0] - actions
    stop = min(stop, (head // BLOCK + 1) * BLOCK)
    fired, out = work.fired, work.out
    n = 0
    while n <= room and head < stop:
        before = n
        n, enabled, fault = expand(tables, space, work, head, n)
        for r in range(before, n):
            fired[work.who[r]] += 1
        if fault >= 0:
            if out[2] < 0:
                out[2], out[3] = head, fault
            out[4] += 1
        elif enabled == 0 and not may_end(tables, space, work, head):
            out[0] = head if out[0] < 0 else out[0]
            out[1] += 1
        head += 1
    return n, head


@njit(cache=True)
def explore(tables, space, work, span):  # type: ignore[no-untyped-def]
    """Expand states ``head .. stop - 1`` of ``span`` = (head, tail, stop, limit).

    Returns (head, tail, transitions); the buffer is empty again. Stops early where there might be
    more than ``limit`` states, for which the log and the index must have room.
    """
    head, tail, stop, limit = span
    transitions = 0
    while head < stop and tail + work.who.shape[0] <= limit:
        if head % BLOCK == 0:
            work.marks[head // BLOCK] = tail
        n, head = fill(tables, space, work, (head, stop))
        transitions += n
        first = tail
        tail = insert(space, work, tail, n)
        judge(tables, work, (work.buf, space.words), (first, tail))
    return head, tail, transitions


@njit(cache=True)
def edges(tables, space, work, span, into):  # type: ignore[no-untyped-def]
    """Successor lists of the states of ``span`` by look-up; nothing is inserted.

    ``into`` is (target, rule, offset); ``offset[i - first]`` is where state ``i``'s edges begin.
    Returns the number of edges, or -1 when they do not fit or a successor is unknown.
    """
    target, rule, offset = into
    count = 0
    first, last = span
    for i in range(first, last):
        offset[i - first] = count
        n, _, _ = expand(tables, space, work, i, 0)
        if count + n > target.shape[0]:
            return -1
        look_up(space, work, n)
        for r in range(n):
            if work.found[r] < 0:
                return -1
            target[count] = work.found[r]
            rule[count] = work.who[r]
            count += 1
    offset[last - first] = count
    return count


@njit(cache=True)
def mark(tables, space, work, pc, out):  # type: ignore[no-untyped-def]
    """``out[i]`` says whether the program at ``pc`` ends in OK for state ``i``."""
    for i in range(out.shape[0]):
        out[i] = run(tables, pc, (space.log, i * space.words), (work.buf, 0, work.regs)) == FIRED


@njit(cache=True)
def sweep(tables, space, work, span, owner):  # type: ignore[no-untyped-def]
    """Into ``seen[owner[r]]`` a state of ``span`` = (first, last, step) in which rule r holds."""
    fields, seen, log = tables.fields, work.seen, space.log
    for i in range(span[0], span[1], span[2]):
        base = i * space.words
        for f in range(tables.sets[1]):
            word = log[base + fields[f, 0]]
            bucket = fields[f, 3] + ((word >> fields[f, 1]) & fields[f, 2])
            for r in tables.filed[tables.starts[bucket] : tables.starts[bucket + 1]]:
                if seen[owner[r]] < 0 and holds(tables, log, base, work, r):
                    seen[owner[r]] = i
