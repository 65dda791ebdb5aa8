"""Traces as ITF, the JSON form in which model checkers hand traces to each other.

A variable's cells become one ITF variable: ``phase[t0,k1]`` is the entry ``{"#tup": ["t0", "k1"]}``
of the map ``phase``. Sorts are parameters, bound to sets in the first state. Steps and all that ITF
has no place for stand in ``#meta``, which other tools ignore; a state's ``#meta`` is about the step
that led to it.

Reading is strict where a slip would be silent and liberal where other tools differ: plain numbers,
tuples and sets are read, and a file without our ``#meta`` is a trace without names for its steps.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from popcorn_checker.show.place import Place, TraceError, describe
from popcorn_checker.show.story import group_cells, join_cell, split_cell
from popcorn_checker.show.values import (
    LEGAL,
    read_free,
    read_number,
    read_value,
    write_free,
    write_value,
)
from popcorn_checker.trace import Event, Trace, TraceStep

__all__ = ["TraceError", "dump", "from_itf", "load", "to_itf"]

_TEXTS: Final = (
    *("protocol", "variant", "property", "property_doc", "reason", "lanes", "tokens", "where"),
)
_STEP_TEXTS: Final = ("doc", "source", "tag")
_UNNAMED: Final = "unnamed"


def dump(trace: Trace, path: Path | str) -> None:
    """Write a trace to a file, by habit ``*.itf.json``, one state a line.

    Raises: TraceError when the trace has no form in ITF or the file cannot be written.
    """
    itf = to_itf(trace)
    states = itf["states"]
    assert isinstance(states, list)
    parts = [
        f'"{key}": {json.dumps(value)}' if key != "states" else f'"states": {_lines(states)}'
        for key, value in itf.items()
    ]
    try:
        Path(path).write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")
    except OSError as error:
        raise TraceError(f"{path}: cannot be written: {error.strerror or error}") from None


def _lines(states: Iterable[object]) -> str:
    return "[\n" + ",\n".join(map(json.dumps, states)) + "\n]"


def load(path: Path | str) -> Trace:
    """The trace that a file holds.

    Raises: TraceError for a file that cannot be read, is no JSON, or holds no trace.
    """
    try:
        text = Path(path).read_bytes()
    except OSError as error:
        raise TraceError(f"{path}: cannot be read: {error.strerror or error}") from None
    try:
        data = json.loads(text, object_pairs_hook=_no_key_twice, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        where = f"{path}, line {error.lineno}, column {error.colno}"
        hint = "; the file seems to be cut off" if error.pos >= len(error.doc.rstrip()) else ""
        raise TraceError(f"{where}: no JSON: {error.msg}{hint}") from None
    except (ValueError, RecursionError) as error:
        raise TraceError(f"{path}: no JSON that could hold a trace: {error}") from None
    return from_itf(data, str(path))


def _no_key_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"key {next(n for n in names if names.count(n) > 1)!r} occurs twice")
    return found


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


# --- writing -------------------------------------------------------------------------------


def to_itf(trace: Trace) -> dict[str, object]:
    """The trace as an ITF object, ready for `json`.

    Raises: TraceError when something in the trace has no form in ITF.
    """
    place = Place("trace")
    if not trace.states or len(trace.states) != len(trace.steps) + 1:
        found = f"{len(trace.states)} states and {len(trace.steps)} steps"
        raise place.error(found, "one state more than steps")
    variables = list(group_cells(trace.states[0]))
    for sort in trace.sorts:
        if sort in variables:
            raise place.error(f"{sort!r} is a sort and a state variable", "different names")
    states = [_write_state(trace, n, place.at(f"state {n}")) for n in range(len(trace.states))]
    itf: dict[str, object] = {
        "#meta": _write_meta(trace, place.at("#meta")),
        "params": list(trace.sorts),
        "vars": variables,
        "states": states,
    }
    if trace.loop is not None:
        itf["loop"] = _read_loop(trace.loop, len(states), place)
    return itf


def _write_meta(trace: Trace, place: Place) -> dict[str, object]:
    meta: dict[str, object] = {
        "format": "ITF",
        "format-description": "Informal Trace Format; a state's #meta tells the step to it",
    }
    meta |= {name: getattr(trace, name) for name in _TEXTS}
    meta["scope"] = dict(trace.scope)
    meta["settings"] = dict(trace.settings)
    meta["pages"] = list(trace.pages)
    meta["meta"] = write_free(dict(trace.meta), place.at("meta"))
    return meta


def _write_state(trace: Trace, number: int, place: Place) -> dict[str, object]:
    cells = trace.states[number]
    _check_same_cells(cells, trace.states[0], place)
    state: dict[str, object]
    if number:
        step = _write_step(trace.steps[number - 1], place)
        state = {"#meta": {"index": number, **step}}
    else:
        sorts = {sort: {"#set": list(members)} for sort, members in trace.sorts.items()}
        state = {"#meta": {"index": number}, **sorts}
    groups = group_cells(cells)
    place.refuse_marks(groups, "names that do not begin with #")
    for name, group in groups.items():
        here = place.at(name)
        if () not in group:
            pairs = [
                [_write_key(index), write_value(value, here.at(f"[{','.join(index)}]"))]
                for index, value in group.items()
            ]
            state[name] = {"#map": pairs}
        elif len(group) == 1:
            state[name] = write_value(group[()], here)
        else:
            raise here.error("has an index in some of its cells", "an index in all, or in none")
    return state


def _check_same_cells(
    cells: Mapping[str, object], first: Mapping[str, object], place: Place
) -> None:
    if cells.keys() != first.keys():
        odd = sorted(cells.keys() ^ first.keys())[0]
        raise place.error(f"{odd!r} is bound in some states only", "the same cells in every state")


def _write_key(index: tuple[str, ...]) -> object:
    return index[0] if len(index) == 1 else {"#tup": list(index)}


def _write_step(step: TraceStep, place: Place) -> dict[str, object]:
    params = dict(step.params)
    if len(params) != len(step.params):
        raise place.error(f"{step} has two parameters of one name", "a name for each")
    events = [
        {
            "what": event.what,
            "queue": event.queue,
            "index": list(event.index),
            "item": write_value(event.item, place.at(f"event {n}")),
        }
        for n, event in enumerate(step.events)
    ]
    texts = {name: getattr(step, name) for name in _STEP_TEXTS if getattr(step, name)}
    return {"action": step.action, "params": params, **texts, "events": events}


# --- reading -------------------------------------------------------------------------------


def from_itf(data: Mapping[str, object], source: str = "ITF object") -> Trace:
    """The trace that an ITF object holds; ``source`` is what errors call it.

    Raises: TraceError for anything that is not a trace, with the place and what would be legal.
    """
    place = Place(source)
    try:
        return _read_trace(place.read(data, dict), place)
    except RecursionError:
        raise place.error("values stand inside each other too deeply", "a few levels") from None


def _read_trace(top: Mapping[str, object], place: Place) -> Trace:
    variables = place.at("vars").texts(place.get(top, "vars", list, None))
    sorts = place.at("params").texts(place.get(top, "params", list, []))
    given = place.get(top, "states", list, None)
    if not given:
        raise place.at("states").error("there is no state", "one state or more")
    places = [place.at(f"state {n}") for n in range(len(given))]
    states = [here.read(each, dict) for here, each in zip(places, given, strict=True)]
    cells = [_read_cells(s, variables, here) for s, here in zip(states, places, strict=True)]
    for here, each in zip(places, cells, strict=True):
        _check_same_cells(each, cells[0], here)
    meta = place.get(top, "#meta", dict, {})
    default = None if "protocol" in meta else _UNNAMED
    steps = [_read_step(s, n, default, places[n]) for n, s in enumerate(states)]
    members = {sort: _read_sort(states[0], sort, places[0]) for sort in sorts}
    loop = _read_loop(top["loop"], len(states), place) if "loop" in top else None
    trace = Trace("", "", {}, {}, tuple(cells), tuple(steps[1:]), members, loop=loop)
    return _read_meta(trace, meta, place.at("#meta"))


def _read_meta(trace: Trace, meta: Mapping[str, object], place: Place) -> Trace:
    texts: dict[str, Any] = {name: place.get(meta, name, str, "") for name in _TEXTS}
    scope = place.get(meta, "scope", dict, {})
    settings = place.get(meta, "settings", dict, {})
    free = place.get(meta, "meta", dict, {})
    here = {name: place.at(name) for name in ("scope", "settings", "pages", "meta")}
    return replace(
        trace,
        **texts,
        scope={n: here["scope"].at(n).read(each, int) for n, each in scope.items()},
        settings={n: here["settings"].at(n).read(each, str) for n, each in settings.items()},
        pages=here["pages"].texts(place.get(meta, "pages", list, [])),
        meta={n: read_free(each, here["meta"].at(n)) for n, each in free.items()},
    )


def _read_loop(value: object, count: int, place: Place) -> int:
    loop = read_number(value, place.at("loop"))
    if not 0 <= loop < count:
        raise place.at("loop").error(f"there is no state {loop}", f"0 to {count - 1}")
    return loop


def _read_sort(state: Mapping[str, object], sort: str, place: Place) -> tuple[str, ...]:
    value = place.get(state, sort, dict, None)
    if value.keys() != {"#set"}:
        raise place.at(sort).error(
            f"found {describe(value)}", 'its members, {"#set": ["k0", "k1"]}'
        )
    return place.at(sort).texts(value["#set"])


def _read_cells(
    state: Mapping[str, object], variables: Iterable[str], place: Place
) -> dict[str, object]:
    cells: dict[str, object] = {}
    for name in variables:
        if name not in state:
            raise place.error(
                f"variable {name!r} is not bound", "every name of vars, in every state"
            )
        value, here = state[name], place.at(name)
        if not (isinstance(value, dict) and value.keys() == {"#map"}):
            cells[name] = read_value(value, here)
            continue
        for n, pair in enumerate(here.read(value["#map"], list)):
            if not isinstance(pair, list) or len(pair) != 2:
                raise here.at(f"entry {n}").error(f"found {describe(pair)}", "a key and its value")
            index = _read_key(pair[0], here.at(f"entry {n}"))
            cell = join_cell(name, index)
            if cell in cells or split_cell(cell) != (name, index):
                raise here.at(f"entry {n}").error(
                    f"{cell!r} is bound twice or ambiguous", "each key once, without [ ] and ,"
                )
            cells[cell] = read_value(pair[1], here.at(f"[{','.join(index)}]"))
    return cells


def _read_key(key: object, place: Place) -> tuple[str, ...]:
    if isinstance(key, str):
        return (key,)
    if isinstance(key, dict) and key.keys() == {"#tup"} and key["#tup"]:
        return place.texts(key["#tup"])
    raise place.error(f"the key is {describe(key)}", 'a member, or {"#tup": ["t0", "k1"]}')


def _read_step(
    state: Mapping[str, object], number: int, default: str | None, place: Place
) -> TraceStep:
    """The step that led to a state; that to the first state has no name."""
    meta, here = place.get(state, "#meta", dict, {}), place.at("#meta")
    index = read_number(meta.get("index", number), here.at("index"))
    if index != number:
        raise here.at("index").error(f"found {index}", str(number))
    action = here.get(meta, "action", str, default if number else "")
    params = here.get(meta, "params", dict, {})
    events = here.get(meta, "events", list, [])
    texts = {name: here.get(meta, name, str, "") for name in _STEP_TEXTS}
    return TraceStep(
        action,
        tuple((name, here.at("params", name).read(each, str)) for name, each in params.items()),
        **texts,
        events=tuple(_read_event(each, here.at(f"event {n}")) for n, each in enumerate(events)),
    )


def _read_event(value: object, place: Place) -> Event:
    event = place.read(value, dict)
    what = place.get(event, "what", str, None)
    if what not in ("send", "take"):
        raise place.at("what").error(f"found {what!r}", '"send" or "take"')
    if "item" not in event:
        raise place.error("has no 'item'", LEGAL)
    queue = place.get(event, "queue", str, None)
    index = place.at("index").texts(place.get(event, "index", list, None))
    return Event(what, queue, index, read_value(event["item"], place.at("item")))
