"""A trace as one HTML page to step through: no network, no other files, opens from disk.

Everything that needs thought is worked out here and handed to the page as data: where each task
is, which step took which message, who holds which page. The page, ``viewer.html``, only draws.
The data stands in the page as JSON that no browser runs, and the page's policy lets run the one
script of the template and nothing else, whatever names and sentences a trace holds.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping
from importlib import resources
from typing import Final

from popcorn_checker.scopes import show_entry
from popcorn_checker.show.story import (
    Arrow,
    get_active,
    get_arrows,
    get_lane,
    get_lanes,
    get_loop_text,
    get_mentioned,
    get_outcome,
    get_places,
    get_standing,
    get_step_tokens,
    get_tokens,
    group_cells,
    is_absent,
    is_decided,
    join_cell,
    show_event,
    show_value,
    split_cell,
)
from popcorn_checker.show.text import to_text
from popcorn_checker.trace import Letter, Trace

_MARK: Final = re.compile(r"\{\{(\w+)\}\}")
_SCRIPT: Final = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def to_html(trace: Trace) -> str:
    """The page for a trace, complete.

    Cost: about 20 bytes for each cell of each state, and 30 kB.
    """
    template = resources.files(__package__).joinpath("viewer.html").read_text(encoding="utf-8")
    script = _SCRIPT.search(template)
    assert script is not None
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    parts = {
        "title": html.escape(get_title(trace)),
        "policy": f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'",
        "transcript": html.escape(to_text(trace)),
        "trace": escape_json(make_view(trace)),
    }
    return _MARK.sub(lambda mark: parts[mark[1]], template)


def get_title(trace: Trace) -> str:
    """What the page is called in a browser's tab."""
    name = f"{trace.protocol} {trace.variant}".strip() or "a trace"
    return f"{trace.property} {get_outcome(trace)}, {name}" if trace.property else name


def escape_json(value: object) -> str:
    """JSON that may stand inside a ``script`` element: nothing in it can end the element."""
    text = json.dumps(value, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def make_view(trace: Trace) -> dict[str, object]:
    """All that the page draws, as JSON: lanes and tokens by position, values as text."""
    arrows = get_arrows(trace)
    numbers = range(len(trace.states))
    return {
        "title": get_title(trace),
        "protocol": trace.protocol,
        "variant": trace.variant,
        "scope": [[name, show_entry(value)] for name, value in trace.scope.items()],
        "settings": [[name, value] for name, value in trace.settings.items()],
        "property": trace.property,
        "propertyDoc": trace.property_doc,
        "reason": trace.reason,
        "outcome": get_outcome(trace),
        "loop": trace.loop,
        "loopText": get_loop_text(trace),
        "laneSort": trace.lanes,
        "lanes": list(get_lanes(trace)),
        "tokens": list(get_tokens(trace)),
        "active": sorted(filter(None, map(show_value, get_active(trace)))),
        "variables": [
            [name, [f"[{','.join(index)}]" if index else "" for index in group]]
            for name, group in group_cells(trace.states[0]).items()
        ],
        "states": [_make_state(trace, number) for number in numbers],
        "steps": [_make_step(trace, number, arrows) for number in numbers[1:]],
        "arrows": [_make_arrow(trace, arrow) for arrow in arrows if arrow.target],
        "strips": make_strips(trace),
    }


def _make_state(trace: Trace, number: int) -> dict[str, object]:
    places, active = get_places(trace, number), get_active(trace)
    lanes, tokens = get_lanes(trace), get_tokens(trace)
    before = trace.states[max(number - 1, 0)]
    cells = [
        join_cell(name, index)
        for name, group in group_cells(trace.states[0]).items()
        for index in group
    ]
    return {
        "standing": get_standing(trace, number),
        "decided": is_decided(trace, number),
        "values": [show_value(trace.states[number].get(cell)) for cell in cells],
        "changed": [n for n, c in enumerate(cells) if trace.states[number].get(c) != before.get(c)],
        # For each token on each lane: its label, and whether it is one of an active token.
        "places": [
            [lanes.index(lane), tokens.index(token), show_value(label), label in active]
            for (token, lane), label in places.items()
        ],
    }


def _make_step(trace: Trace, number: int, arrows: tuple[Arrow, ...]) -> dict[str, object]:
    step = trace.steps[number - 1]
    lane, lanes, tokens = get_lane(trace, step), get_lanes(trace), get_tokens(trace)
    sent = {(a.sent, a.place): a for a in arrows if a.sent is not None}
    taken = {(a.taken, a.taken_place): a for a in arrows if a.taken is not None}
    events = []
    for place, event in enumerate(step.events):
        arrow = (sent if event.what == "send" else taken).get((number, place))
        other = None if arrow is None else arrow.taken if event.what == "send" else arrow.sent
        events.append({"what": event.what, "text": show_event(event), "other": other})
    return {
        "action": step.action,
        "call": str(step),
        "lane": None if lane is None else lanes.index(lane),
        "tokens": [tokens.index(token) for token in get_step_tokens(trace, step)],
        "doc": " ".join(step.doc.split()),
        "source": step.source,
        "tag": step.tag,
        "events": events,
    }


def _make_arrow(trace: Trace, arrow: Arrow) -> dict[str, object]:
    lanes, tokens = get_lanes(trace), get_tokens(trace)
    carried = get_mentioned(arrow.item, tokens)
    assert arrow.target is not None
    return {
        "sent": arrow.sent,
        "taken": arrow.taken,
        "source": None if arrow.source is None else lanes.index(arrow.source),
        "target": lanes.index(arrow.target),
        "token": tokens.index(carried[0]) if carried else None,
        "label": get_label(trace, arrow.item),
        "text": f"{show_value(arrow.item)} in {arrow.cell}",
    }


def get_label(trace: Trace, item: object) -> str:
    """A message in few words: its kind and its fields, but for those that are lanes."""
    if not isinstance(item, Letter):
        return show_value(item)
    lanes, members = get_lanes(trace), {m for each in trace.sorts.values() for m in each}
    words = [_make_word(n, value, members) for n, value in item.fields if value not in lanes]
    return f"{item.kind}({', '.join(words)})" if words else item.kind


def _make_word(name: str, value: object, members: set[str]) -> str:
    if isinstance(value, bool):
        return name if value else f"!{name}"
    return value if isinstance(value, str) and value in members else f"{name}={show_value(value)}"


def make_strips(trace: Trace) -> list[dict[str, object]]:
    """For each page and page variable a column, with who holds the page in each state.

    A variable that has a lane among its indices gets a segment for each lane; any other gets one
    segment, in the colour of the lane that is its value.
    """
    lanes = get_lanes(trace)
    strips: dict[tuple[str, int], dict[str, str]] = {}
    for cell in trace.states[0]:
        name, index = split_cell(cell)
        if name in trace.pages:
            page = ",".join(i for i in index if i not in lanes)
            lane = next((i for i in index if i in lanes), "")
            strips.setdefault((page, trace.pages.index(name)), {})[lane] = cell
    return [
        {
            "page": page,
            "variable": trace.pages[place],
            "lanes": [lanes.index(lane) if lane else None for lane in cells],
            "rows": [
                [_make_segment(trace, s, c, n) for n, c in cells.items()] for s in trace.states
            ],
        }
        for (page, place), cells in sorted(strips.items())
    ]


def _make_segment(trace: Trace, state: Mapping[str, object], cell: str, lane: str) -> list[object]:
    """One piece of a strip: the lane whose colour it has or None, whether it is held, its text."""
    value, lanes = state.get(cell), get_lanes(trace)
    owner = lane or (value if isinstance(value, str) and value in lanes else None)
    return [lanes.index(owner) if owner else None, not is_absent(trace, value), show_value(value)]
