"""Random walks of a join: what the model allows, drawn from a seed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

from popcorn_checker.evaluate import Firing, State
from support.joined.join import Join
from support.joined.stimuli import Stimulus, get_arrivals, get_local

Listener = Callable[[State, Firing, State], None]

RARE = ("exit", "exit_group")
"""Calls after which less can happen: they are drawn seldom."""


def walk(join: Join, draw: random.Random, steps: int) -> None:
    """So many stimuli, or fewer if nothing can happen any more."""
    for _ in range(steps):
        choices = [each for each in get_local(join) if not is_rare(each) or draw.random() < 0.02]
        choices += get_arrivals(join) * max(1, len(choices) // 4)
        if not choices:
            return
        draw.choice(choices).apply(join)


def is_rare(stimulus: Stimulus) -> bool:
    """Whether a stimulus leads to an end."""
    return stimulus.method == "kill" or (
        stimulus.method == "stop" and stimulus.arguments[2].value in RARE
    )


def walk_many(
    seeds: range, scopes: tuple[tuple[int, int, int], ...], listener: Listener | None = None
) -> Counter[str]:
    """Walks at several scopes: how often each action of the model was taken."""
    fired: Counter[str] = Counter()

    def count(before: State, firing: Firing, after: State) -> None:
        fired[firing.action] += 1

    for seed in seeds:
        for kernels, threads, pages in scopes:
            join = Join(kernels, threads, pages)
            join.listeners.extend([count, *([listener] if listener else [])])
            walk(join, random.Random(f"{seed} {kernels} {threads} {pages}"), 250)
    return fired
