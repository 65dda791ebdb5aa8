"""Sequences of stimuli that make the reference take every transition that can be seen.

What can be seen of a transition is what the kernel that takes it knows of what it is about, the
message that it hears, and what it says. These are collected from the whole state graph of the
model. Then the reference is driven, breadth first, along all stimuli, together with the model, and
whatever shows something that was not seen yet is kept: the way to it is a test.

Transitions of the origin that no message causes, `INTERNAL`, are not looked for. The reference
takes each as soon as it can, where the model may take it at any time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import networkx as nx

from popcorn_checker.checking import Request
from popcorn_checker.evaluate import Firing, State
from popcorn_checker.graphs.building import state_graph
from popcorn_checker.graphs.cells import Cells
from popcorn_model.popcorn import sorts
from support.joined.join import Join
from support.joined.stimuli import LOCAL, Stimulus, get_arrivals, get_local

INTERNAL: Final[Mapping[str, str]] = {
    "take_turn": "the origin's queue",
    "take_page": "the origin's queue",
    "grant": "follows when the last has given way",
    "refuse_fault": "follows when the question arrives, or the area has changed",
    "serve_migrate": "follows when the question arrives",
    "serve_clone": "follows when the question arrives",
    "refuse_clone": "follows when the question arrives",
    "serve_exit": "follows when the question arrives",
    "serve_exit_group": "follows when the question arrives",
    "drop_question": "follows when the question arrives, or the process ends",
    "tell_end": "follows when the process ends",
    "close": "follows the last farewell",
    "take_turn_to_fork": "the origin's queue",
    "want_page": "follows when the fork has its turn",
    **dict.fromkeys(
        (
            "serve_mmap", "refuse_mmap", "serve_munmap", "serve_mmap_over", "serve_forbid",
            "serve_allow", "serve_mremap", "refuse_mremap", "fall_asleep", "find_other_word",
            "miss_word", "serve_fork", "serve_look", "serve_fill",
        ),
        "follows when the question has its page",
    ),
    "wake": "follows when the question arrives",
    "wake_nobody": "follows when the question arrives",
    "serve_other": "follows when the question arrives",
    "store": "changes nothing: who may write has the only frame that counts",
}
"""Steps of the origin that no message is seen to cause, and when the reference takes them."""

Get = Callable[..., Any]
Sight = tuple[Hashable, ...]


def see(name: str, values: Mapping[str, int], before: Get, after: Get, sizes: Sizes) -> Sight:
    """What can be seen of a step: its kernel's view before, what it hears, and what it says."""
    t, k, p = values.get("t"), values.get("k"), values.get("p")
    pages = range(sizes.pages)
    if name in ("note_way", "finish", "hear_farewell"):
        return (name, *values.values(), *_see_origin(name, values, before, after, sizes))
    if name == "give_way":
        heard, had = before("recall", p, k), before("copy", p, k)
        return (name, p, k, heard, had, before("fresh", p, k), after("gave", p, k))
    if name == "end_here":
        threads = tuple(before("here", u, k) for u in range(sizes.tasks))
        return (name, k, threads, tuple(before("copy", q, k) for q in pages))
    if name in ("kill", "exec_program", "give_up"):
        return (name, *values.values())
    own = tuple(before("copy", q, k) for q in pages)
    wants = tuple((before("wants", t, q), after("wants", t, q)) for q in pages)
    parcels = tuple(before("parcel", q) for q in pages) if name == "receive" else ()
    return (name, *values.values(), own, wants, parcels, after("call", t))


def _see_origin(
    name: str, values: Mapping[str, int], before: Get, after: Get, sizes: Sizes
) -> Iterator[Hashable]:
    yield before("ending")
    if name == "hear_farewell":
        yield tuple(before("joined", k) for k in range(sizes.kernels))
        return
    t = values["t"]
    for q in range(sizes.pages) if name == "finish" else (values["p"],):
        holders = tuple(before("holder", q, k) for k in range(sizes.kernels))
        due = tuple((before("due", q, k), after("due", q, k)) for k in range(sizes.kernels))
        # When a process ends its questions are dropped: what they want is of no account any more.
        wants = None if before("ending") else before("wants", t, q)
        yield q, holders, before("writer", q), before("taken", q) == t, due, wants
    if name == "note_way":
        yield before("gave", values["p"], values["j"])


@dataclass(frozen=True)
class Sizes:
    """How much there is."""

    kernels: int
    tasks: int
    pages: int


@dataclass
class Cover:
    """What can be seen, and the sequences that show it."""

    parts: tuple[str, ...]
    sizes: Sizes
    visible: set[Sight] = field(default_factory=set)
    edges: int = 0
    """Transitions of the model, visible or not."""
    ways: dict[Sight, tuple[Stimulus, ...]] = field(default_factory=dict)
    """Index: what can be seen; a shortest sequence that shows it first."""
    driven: int = 0
    """Stimuli that were tried."""

    def missing(self) -> set[Sight]:
        """What no sequence has shown."""
        return self.visible - set(self.ways)

    def percentage(self) -> float:
        """How much of what can be seen was shown."""
        return 100 * len(self.visible & set(self.ways)) / len(self.visible)


def collect(cover: Cover) -> None:
    """Collect from the model's state graph what can be seen at all."""
    sizes = cover.sizes
    scope = f"kernels={sizes.kernels},tasks={sizes.tasks},pages={sizes.pages}"
    graph: nx.MultiDiGraph[int] = state_graph(
        Request("popcorn", None, scope, parts=cover.parts)
    )
    for i, j, edge in graph.edges(data=True):
        cover.edges += 1
        if edge["action"] in INTERNAL:
            continue
        values = _read_values(edge["params"])
        before, after = (_getter(graph.nodes[each]["state"]) for each in (i, j))
        cover.visible.add(see(edge["action"], values, before, after, sizes))


def _read_values(text: str) -> dict[str, int]:
    """``t=t0, a=read`` as numbers."""
    pairs = (each.split("=") for each in text.split(", ") if each)
    return {name: _number(value) for name, value in pairs}


_ACCESS: Final = sorts.Access.info.labels
_CALLS: Final = sorts.Call.info.labels


def _number(value: str) -> int:
    if value in _CALLS and value not in _ACCESS:
        return _CALLS.index(value)
    return _ACCESS.index(value) if value in _ACCESS else int(value[1:])


def _getter(cells: Cells) -> Get:
    def get(name: str, *index: int | None) -> Any:
        letters = _INDEX.get(name, "")
        inside = ",".join(f"{letter}{i}" for letter, i in zip(letters, index, strict=True))
        return _plain(cells[f"{name}[{inside}]" if inside else name])

    return get


def _plain(value: Any) -> Any:
    """A member by its number, anything else as it is."""
    is_member = isinstance(value, str) and value[:1] in "tkp" and value[1:].isdecimal()
    return int(value[1:]) if is_member else value


_INDEX: Final = {
    "here": "tk", "call": "t", "wants": "tp", "joined": "k", "holder": "pk", "writer": "p",
    "taken": "p", "due": "pk", "recall": "pk", "gave": "pk", "copy": "pk", "fresh": "pk",
    "parcel": "p",
}  # fmt: skip


# --- driving the reference -----------------------------------------------------------------------


def drive(cover: Cover, stimuli_max: int) -> None:
    """Drive the reference along all stimuli until all that can be seen was seen."""
    sizes = cover.sizes
    start = Join(sizes.kernels, sizes.tasks, sizes.pages)
    queue: deque[Join] = deque([start])
    known = {start.key()}
    while queue and cover.missing() and cover.driven < stimuli_max:
        join = queue.popleft()
        for stimulus in _choose(join, cover.parts):
            after = join.fork()
            cover.driven += 1
            for sight in _watch(after, stimulus, sizes):
                cover.ways.setdefault(sight, tuple(after.history))
            if after.key() not in known:
                known.add(after.key())
                queue.append(after)


def _choose(join: Join, parts: tuple[str, ...]) -> list[Stimulus]:
    return [*get_local(join, parts), *get_arrivals(join)]


def _watch(join: Join, stimulus: Stimulus, sizes: Sizes) -> list[Sight]:
    """What is seen of the steps that a stimulus is."""
    seen: list[Sight] = []

    def listen(before: State, firing: Firing, after: State) -> None:
        if firing.action not in INTERNAL:
            names = [each.name for each in join.actions[firing.action].params]
            values = dict(zip(names, firing.values, strict=True))
            seen.append(
                see(firing.action, values, join.getter(before), join.getter(after), sizes)
            )

    join.listeners.append(listen)
    stimulus.apply(join)
    join.listeners.remove(listen)
    return seen


def replay(cover: Cover) -> set[Sight]:
    """Do all sequences again, each from the start: what is seen."""
    sizes, seen = cover.sizes, set()
    for way in set(cover.ways.values()):
        join = Join(sizes.kernels, sizes.tasks, sizes.pages)
        for stimulus in way:
            seen.update(_watch(join, stimulus, sizes))
    return seen


def choose(cover: Cover) -> list[tuple[Stimulus, ...]]:
    """Few of the sequences that show all that thread 0 can show as the first thread.

    The first thread is as good as any other. Each sequence is taken for what it shows on its way,
    too, and those first that show most that was not shown yet.
    """
    sizes = cover.sizes
    shows: dict[tuple[Stimulus, ...], set[Sight]] = {}
    for way in sorted(set(cover.ways.values()), key=lambda each: (len(each), str(each))):
        if way[0].arguments[1:] == (0,):
            join = Join(sizes.kernels, sizes.tasks, sizes.pages)
            shows[way] = {sight for each in way for sight in _watch(join, each, sizes)}
    left = set().union(*shows.values())
    chosen = []
    while left:
        best = max(shows, key=lambda way: len(shows[way] & left))
        chosen.append(best)
        left -= shows[best]
    return chosen


def make_cover(parts: tuple[str, ...], sizes: Sizes, stimuli_max: int = 200_000) -> Cover:
    """What can be seen of some parts at a scope, and the sequences that show it."""
    cover = Cover(parts, sizes)
    collect(cover)
    drive(cover, stimuli_max)
    return cover


__all__ = ["INTERNAL", "LOCAL", "Cover", "Sizes", "choose", "make_cover", "replay"]
