"""Compiled graph walks for liveness: distances inside a region, and its strong components.

A graph is a list of edges by source: the edges of state ``i`` are ``offset[i] .. offset[i + 1]``
of ``target`` and ``rule``. All jitted code of liveness is in this file.
"""

from __future__ import annotations

import numpy as np
from numba import njit

FAR = np.int64(1) << 40


@njit(cache=True)
def distances(graph, inside, sources, depth):  # type: ignore[no-untyped-def]
    """Least distances of the region's states, sources counting from their own depth.

    ``graph`` is (offset, target, rule); ``sources`` are states in order of ``depth``. Returns
    (dist, parent, by): for each state the one before it and the rule between, -1 at a source.
    """
    offset, target, rule = graph
    n = offset.shape[0] - 1
    dist = np.full(n, FAR, np.int64)
    parent = np.full(n, -1, np.int64)
    by = np.full(n, -1, np.int64)
    queue = np.empty(n, np.int64)
    head, tail, source = 0, 0, 0
    while head < tail or source < sources.shape[0]:
        take_source = source < sources.shape[0] and (
            head == tail or depth[sources[source]] <= dist[queue[head]]
        )
        if take_source:
            i = sources[source]
            source += 1
            if dist[i] <= depth[i]:
                continue
            dist[i], parent[i], by[i] = depth[i], -1, -1
        else:
            i = queue[head]
            head += 1
        for k in range(offset[i], offset[i + 1]):
            j = target[k]
            if inside[j] and dist[j] == FAR and dist[i] + 1 < FAR:
                dist[j], parent[j], by[j] = dist[i] + 1, i, rule[k]
                queue[tail] = j
                tail += 1
    return dist, parent, by


@njit(cache=True)
def components(graph, inside):  # type: ignore[no-untyped-def]
    """The number of its strong component for each state of a region, -1 outside (Tarjan)."""
    offset, target, _ = graph
    n = offset.shape[0] - 1
    number = np.full(n, -1, np.int64)
    low = np.zeros(n, np.int64)
    component = np.full(n, -1, np.int64)
    on_stack = np.zeros(n, np.bool_)
    stack, calls = np.empty(n, np.int64), np.empty(n, np.int64)
    place = np.zeros(n, np.int64)
    top, depth, clock, found = 0, 0, 0, 0
    for root in range(n):
        if not inside[root] or number[root] >= 0:
            continue
        calls[0], depth = root, 1
        while depth > 0:
            i = calls[depth - 1]
            if number[i] < 0:
                number[i] = low[i] = clock
                clock += 1
                stack[top], on_stack[i], place[i] = i, True, offset[i]
                top += 1
            descended = False
            while place[i] < offset[i + 1]:
                j = target[place[i]]
                if inside[j]:
                    if number[j] < 0:
                        calls[depth] = j
                        depth += 1
                        descended = True
                        break
                    if on_stack[j]:
                        low[i] = min(low[i], low[j])
                place[i] += 1
            if descended:
                continue
            if low[i] == number[i]:
                while True:
                    top -= 1
                    j = stack[top]
                    on_stack[j] = False
                    component[j] = found
                    if j == i:
                        break
                found += 1
            depth -= 1
    return component, found


@njit(cache=True)
def rests(graph, inside, fair):  # type: ignore[no-untyped-def]
    """For each state of a region, whether no fair rule is enabled in it: a run may rest there."""
    offset, _, rule = graph
    n = offset.shape[0] - 1
    out = np.zeros(n, np.bool_)
    for i in range(n):
        if not inside[i]:
            continue
        out[i] = True
        for k in range(offset[i], offset[i + 1]):
            if fair[rule[k]] > 0:
                out[i] = False
                break
    return out


@njit(cache=True)
def cyclic(graph, component, found):  # type: ignore[no-untyped-def]
    """For each component, whether some edge stays inside it."""
    offset, target, _ = graph
    out = np.zeros(found, np.bool_)
    for i in range(offset.shape[0] - 1):
        if component[i] >= 0:
            for k in range(offset[i], offset[i + 1]):
                if component[target[k]] == component[i]:
                    out[component[i]] = True
    return out
