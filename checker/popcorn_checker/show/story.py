"""What the text, the diagram and the page all have to know about a trace.

A trace says what happened to cells and queues. People ask other things: on which kernel did this
happen, which message is this the answer to, where is the task now, is the property broken yet.
The answers are worked out here once, so that no two pictures of one trace disagree.

Nothing here formats for a particular medium, and nothing knows a protocol: lanes, tokens and
pages are what the trace itself declares.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from popcorn_checker.trace import Event, Letter, Trace, TraceStep

# Labels of `where` and of page variables which say that nothing is there. A trace with other
# words lists them under "absent" in its meta.
ABSENT: Final = frozenset({"absent", "away", "invalid", "nobody", "none", "nowhere", "unmapped"})

_CELL: Final = re.compile(r"(?P<name>.+)\[(?P<index>[^\[\]]*)\]", re.DOTALL)
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'`(])")


# --- cells and values ----------------------------------------------------------------------


def split_cell(cell: str) -> tuple[str, tuple[str, ...]]:
    """The variable and the index of a cell: ``phase[t0,k1]`` is ``phase`` at ``(t0, k1)``."""
    match = _CELL.fullmatch(cell)
    if match is None:
        return cell, ()
    return match["name"], tuple(match["index"].split(","))


def join_cell(name: str, index: tuple[str, ...]) -> str:
    """The cell of a variable at an index; the inverse of `split_cell`."""
    return f"{name}[{','.join(index)}]" if index else name


def group_cells(state: Mapping[str, object]) -> dict[str, dict[tuple[str, ...], object]]:
    """A state by variable, each with its cells by index."""
    groups: dict[str, dict[tuple[str, ...], object]] = {}
    for cell, value in state.items():
        name, index = split_cell(cell)
        groups.setdefault(name, {})[index] = value
    return groups


def show_value(value: object) -> str:
    """A value as people write it; a queue is a list in brackets, oldest first."""
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case Letter(kind, fields):
            inner = ", ".join(f"{name}={show_value(each)}" for name, each in fields)
            return f"{kind}({inner})" if inner else kind
        case tuple():
            return "[" + ", ".join(map(show_value, value)) + "]"
    return str(value)


def get_first_sentence(text: str) -> str:
    """The first sentence of a docstring, on one line."""
    return _SENTENCE_END.split(" ".join(text.split()), maxsplit=1)[0]


# --- who and where -------------------------------------------------------------------------


def get_lanes(trace: Trace) -> tuple[str, ...]:
    """The members that are drawn as lanes."""
    return trace.sorts.get(trace.lanes, ())


def get_tokens(trace: Trace) -> tuple[str, ...]:
    """The members that are drawn as tokens."""
    return trace.sorts.get(trace.tokens, ())


def get_lane(trace: Trace, step: TraceStep) -> str | None:
    """The lane on which a step happens: its first parameter that is a lane."""
    lanes = get_lanes(trace)
    return next((member for _, member in step.params if member in lanes), None)


def get_step_tokens(trace: Trace, step: TraceStep) -> tuple[str, ...]:
    """The tokens that a step is about: its parameters, or else those in the messages it moves."""
    tokens = get_tokens(trace)
    named = [member for _, member in step.params if member in tokens]
    if not named:
        named = [t for event in step.events for t in get_mentioned(event.item, tokens)]
    return tuple(dict.fromkeys(named))


def get_mentioned(item: object, members: Iterable[str]) -> tuple[str, ...]:
    """Those of some members that a message names, in the order of its fields."""
    if isinstance(item, Letter):
        known = frozenset(members)
        return tuple(each for _, each in item.fields if isinstance(each, str) and each in known)
    return (item,) if isinstance(item, str) and item in members else ()


def is_absent(trace: Trace, value: object) -> bool:
    """Whether a label says that nothing is there."""
    if value is None or value is False or value == "":
        return True
    more = trace.meta.get("absent", ())
    return value in ABSENT or (isinstance(more, tuple | list) and value in more)


def get_places(trace: Trace, number: int) -> dict[tuple[str, str], object]:
    """Where tokens are in a state: (token, lane) to the label; absent ones are left out."""
    tokens, lanes = get_tokens(trace), get_lanes(trace)
    places: dict[tuple[str, str], object] = {}
    for index, value in group_cells(trace.states[number]).get(trace.where, {}).items():
        token = next((i for i in index if i in tokens), None)
        lane = next((i for i in index if i in lanes), None)
        if token and not lane and value in lanes:  # a map from token to lane, without labels
            places[token, str(value)] = ""
        elif token and lane and not is_absent(trace, value):
            places[token, lane] = value
    return places


def get_active(trace: Trace) -> frozenset[object]:
    """The labels of tokens in the first state that has any: there, they all do their work."""
    states = (get_places(trace, number) for number in range(len(trace.states)))
    return frozenset(next(filter(None, states), {}).values())


# --- messages ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Arrow:
    """One message: the step that sent it, the step that took it, and the lanes it joins.

    ``sent`` is None for a message that waits in the first state already, ``taken`` for one that
    is still in flight at the end. ``target`` is None when its queue belongs to no lane. Steps
    count from 1, as people count them; ``place`` is its position among the step's events.
    """

    cell: str
    item: object
    sent: int | None
    source: str | None
    target: str | None
    place: int = 0
    taken: int | None = None
    taken_place: int = 0


def get_arrows(trace: Trace) -> tuple[Arrow, ...]:
    """Every message of a trace. A take is matched with the oldest equal item of its queue."""
    waiting: dict[str, list[Arrow]] = {}
    arrows: list[Arrow] = []
    for cell, value in trace.states[0].items():
        if isinstance(value, tuple):
            target = _get_target(trace, split_cell(cell)[1])
            waiting[cell] = [Arrow(cell, item, None, None, target) for item in value]
    for number, step in enumerate(trace.steps, start=1):
        source = get_lane(trace, step)
        for place, event in enumerate(step.events):
            cell = join_cell(event.queue, event.index)
            queue = waiting.setdefault(cell, [])
            if event.what == "send":
                target = _get_target(trace, event.index)
                queue.append(Arrow(cell, event.item, number, source, target, place))
            else:
                match = next((a for a in queue if a.item == event.item), None)
                if match is not None:
                    queue.remove(match)
                    arrows.append(_take(match, number, place))
    arrows += [arrow for queue in waiting.values() for arrow in queue]
    return tuple(sorted(arrows, key=lambda a: (a.sent or 0, a.place, a.taken or 0)))


def _get_target(trace: Trace, index: tuple[str, ...]) -> str | None:
    return index[0] if index and index[0] in get_lanes(trace) else None


def _take(arrow: Arrow, number: int, place: int) -> Arrow:
    sent = (arrow.cell, arrow.item, arrow.sent, arrow.source, arrow.target, arrow.place)
    return Arrow(*sent, taken=number, taken_place=place)


def get_event_cells(step: TraceStep) -> frozenset[str]:
    """The queues that a step sends to or takes from, as cells."""
    return frozenset(join_cell(event.queue, event.index) for event in step.events)


def get_changes(trace: Trace, number: int) -> dict[str, tuple[object, object]]:
    """What step ``number`` (from 1) changed, without queues where its events say it all."""
    told = get_event_cells(trace.steps[number - 1])
    return {
        cell: change
        for cell, change in trace.changes(number - 1).items()
        if not (cell in told and all(isinstance(each, tuple) for each in change))
    }


def show_event(event: Event) -> str:
    """What happened to a queue, in words."""
    cell, item = join_cell(event.queue, event.index), show_value(event.item)
    return f"sent {item} to {cell}" if event.what == "send" else f"took {item} from {cell}"


# --- the verdict ---------------------------------------------------------------------------


def get_outcome(trace: Trace) -> str:
    """What the trace shows of its property: "violated", or what its meta says ("reached")."""
    outcome = trace.meta.get("outcome", "violated")
    return outcome if isinstance(outcome, str) and outcome else "violated"


def is_decided(trace: Trace, number: int) -> bool:
    """Whether the state after ``number`` steps is one that decides the property.

    A safety property is decided by the last state, a liveness property by the whole loop.
    """
    if not trace.property:
        return False
    return number >= (len(trace.states) - 1 if trace.loop is None else trace.loop)


def get_standing(trace: Trace, number: int) -> str:
    """How the property stands after ``number`` steps, in words; empty without a property."""
    if not trace.property:
        return ""
    outcome = get_outcome(trace)
    if not is_decided(trace, number):
        return f"not yet {outcome}"
    return f"{outcome} here" if trace.loop is None else f"{outcome} here, in the loop"


def get_loop_text(trace: Trace) -> str:
    """What happens for ever after the last state, in words; empty unless a lasso."""
    if trace.loop is None:
        return ""
    if trace.loop == len(trace.states) - 1:
        return "From here on nothing changes any more, for ever."
    steps = f"steps {trace.loop + 1} to {trace.length} repeat"
    if trace.loop + 1 == trace.length:
        steps = f"step {trace.length} repeats"
    where = f"the state after step {trace.loop}" if trace.loop else "the first state"
    return f"Back to {where}: {steps} for ever."
