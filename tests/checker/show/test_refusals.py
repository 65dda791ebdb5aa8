"""Files that are no traces, and traces that are no files: what is wrong, where, what is legal."""

import contextlib
import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from popcorn_checker.show import TraceError, dump, from_itf, load, to_itf
from popcorn_checker.trace import Letter, Trace, TraceStep
from support.traces import LASSO, MIGRATION

Json = dict[str, Any]
MAP: Final = "#map"


def put(value: object, *path: str | int) -> Callable[[Json], None]:
    """A change to a file: another value at some place in it."""

    def change(data: Any) -> None:
        for part in path[:-1]:
            data = data[part]
        data[path[-1]] = value

    return change


def drop(*path: str | int) -> Callable[[Json], None]:
    """A change to a file: something is not there."""

    def change(data: Any) -> None:
        for part in path[:-1]:
            data = data[part]
        del data[path[-1]]

    return change


BAD: Final[dict[str, tuple[Callable[[Json], None], str]]] = {
    "no vars": (drop("vars"), "x.json: has no 'vars'; legal here: 'vars', an array"),
    "vars of numbers": (
        put([1], "vars"),
        "x.json, vars, item 0: found a number, 1; legal here: a str",
    ),
    "no states": (put([], "states"), "x.json, states: there is no state"),
    "states no array": (
        put("all", "states"),
        "states: found a string, 'all'; legal here: an array",
    ),
    "a state no object": (put(7, "states", 3), "state 3: found a number, 7; legal here: an object"),
    "an unbound variable": (drop("states", 2, "owner"), "state 2: variable 'owner' is not bound"),
    "an unknown mark": (
        put({"#big": "1"}, "states", 1, "group_exits"),
        "state 1, group_exits: unknown mark '#big'; legal here: {\"#bigint\"}, ",
    ),
    "a number that is none": (
        put({"#bigint": "1e3"}, "states", 1, "group_exits"),
        "state 1, group_exits: #bigint holds a string, '1e3'; legal here: digits in a string",
    ),
    "a fraction": (put(1.5, "states", 1, "group_exits"), "found a number with a fraction, 1.5"),
    "null": (put(None, "states", 0, "group_exits"), "state 0, group_exits: found null; legal here"),
    "a record": (
        put({"a": 1}, "states", 0, "group_exits"),
        "found an object; legal here: a string",
    ),
    "a message without fields": (
        put({"tag": "go", "value": []}, "states", 0, "ring", MAP, 0, 1),
        "state 0, ring, [k0], go: found an array; legal here: an object",
    ),
    "a map in a map": (
        put({MAP: []}, "states", 0, "ring", MAP, 0, 1),
        "state 0, ring, [k0]: a map inside a value",
    ),
    "a map that is none": (
        put({MAP: 1}, "states", 0, "ring"),
        "ring: found a number, 1; legal here",
    ),
    "an entry that is no pair": (
        put(["k0"], "states", 0, "ring", MAP, 0),
        "state 0, ring, entry 0: found an array; legal here: a key and its value",
    ),
    "a key of a number": (
        put(0, "states", 0, "ring", MAP, 0, 0),
        "state 0, ring, entry 0: the key is a number, 0; legal here: a member",
    ),
    "a key with a comma": (
        put("a,b", "states", 0, "ring", MAP, 0, 0),
        "'ring[a,b]' is bound twice",
    ),
    "a key twice": (put("k0", "states", 0, "ring", MAP, 1, 0), "'ring[k0]' is bound twice"),
    "a key less": (
        drop("states", 4, "ring", MAP, 2),
        "state 4: 'ring[k2]' is bound in some states only",
    ),
    "a sort unbound": (drop("states", 0, "Task"), "state 0: has no 'Task'; legal here: 'Task', an"),
    "a sort of numbers": (
        put({"#set": [1]}, "states", 0, "Task"),
        "state 0, Task, item 0: found a number, 1; legal here: a string",
    ),
    "a sort no set": (put({}, "states", 0, "Task"), 'its members, {"#set": ["k0", "k1"]}'),
    "states out of order": (
        put(9, "states", 3, "#meta", "index"),
        "state 3, #meta, index: found 9; legal here: 3",
    ),
    "a step without a name": (
        drop("states", 3, "#meta", "action"),
        "state 3, #meta: has no 'action'; legal here: 'action', a string",
    ),
    "a parameter of a number": (
        put(1, "states", 3, "#meta", "params", "t"),
        "state 3, #meta, params, t: found a number, 1",
    ),
    "an event of a third kind": (
        put("lose", "states", 1, "#meta", "events", 0, "what"),
        'state 1, #meta, event 0, what: found \'lose\'; legal here: "send" or "take"',
    ),
    "an event of nothing": (
        drop("states", 1, "#meta", "events", 0, "item"),
        "state 1, #meta, event 0: has no 'item'",
    ),
    "a loop to nowhere": (put(13, "loop"), "loop: there is no state 13; legal here: 0 to 12"),
    "a loop of truth": (put(True, "loop"), "loop: found true or false, True; legal here: a number"),
    "a scope of words": (
        put("two", "#meta", "scope", "tasks"),
        "#meta, scope, tasks: found a string, 'two'; legal here: a number",
    ),
    "a strange mark in meta": (
        put({"#who": 1}, "#meta", "meta", "engine"),
        "#meta, meta, engine: unknown mark '#who'; legal here: {\"#tup\"}",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_said_with_its_place_and_what_is_legal(case: str) -> None:
    change, words = BAD[case]
    data = copy.deepcopy(to_itf(MIGRATION))
    change(data)
    with pytest.raises(TraceError) as caught:
        from_itf(data, "x.json")
    assert words in str(caught.value)
    assert str(caught.value).startswith("x.json")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "line 1, column 1: no JSON: Expecting value; the file seems to be cut off"),
        (b'{"vars": [', "no JSON: Expecting value; the file seems to be cut off"),
        (b'{"vars": [],}', "line 1, column 13: no JSON: Illegal trailing comma"),
        (b"\xff\xfe\xff", "no JSON that could hold a trace"),
        (b"[1, 2]", "found an array; legal here: an object"),
        (b'{"vars": [], "vars": []}', "key 'vars' occurs twice"),
        (b'{"vars": [], "states": [NaN]}', "NaN is not JSON"),
        (b'{"vars": [], "states": ' + b"[" * 100_000, "no JSON that could hold a trace"),
        (b'{"loop": ' + b"9" * 5_000 + b"}", "no JSON that could hold a trace"),
        (b'{"vars": ["q"], "states": [{"q": ' + b"[" * 900 + b"]" * 900 + b"}]}", ""),
    ],
    ids=["empty", "cut", "comma", "bytes", "array", "twice", "nan", "deep", "huge", "deepish"],
)
def test_a_file_that_is_no_trace_is_told_so(tmp_path: Path, text: bytes, words: str) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(text)
    if words == "":  # may be read or refused, depending on how deep Python lets us go
        assert_trace_or_error(path)
        return
    with pytest.raises(TraceError) as caught:
        load(path)
    assert str(caught.value).startswith(str(path))
    assert words.replace("Illegal trailing comma", "") in str(caught.value)


def assert_trace_or_error(path: Path) -> None:
    """Reading ends in one of the two ways in which it may end."""
    try:
        found = load(path)
    except TraceError:
        return
    assert isinstance(found, Trace)


def test_a_file_that_is_not_there_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="cannot be read: No such file"):
        load(tmp_path / "x.json")
    with pytest.raises(TraceError, match="cannot be written: No such file"):
        dump(MIGRATION, tmp_path / "no" / "x.json")


def test_a_file_may_be_cut_anywhere(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    dump(LASSO, path)
    text = path.read_bytes()
    for length in range(0, len(text) - 2, 7):
        path.write_bytes(text[:length])
        with pytest.raises(TraceError):
            load(path)


NONSENSE: Final = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["#map", "#set", "#tup", "#bigint", "#x", "tag", "value", "a"]),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=8,
)


def get_paths(data: object) -> list[tuple[str | int, ...]]:
    """Every place in a piece of JSON, as the way to it."""
    found: list[tuple[str | int, ...]] = []
    entries: list[tuple[str | int, object]] = []
    if isinstance(data, dict):
        entries = list(data.items())
    elif isinstance(data, list):
        entries = list(enumerate(data))
    for key, value in entries:
        found.append((key,))
        found += [(key, *path) for path in get_paths(value)]
    return found


PATHS: Final = get_paths(to_itf(LASSO))


@given(st.sampled_from(PATHS), NONSENSE)
def test_nonsense_anywhere_is_read_or_refused(path: tuple[str | int, ...], value: object) -> None:
    data = copy.deepcopy(to_itf(LASSO))
    put(value, *path)(data)
    with contextlib.suppress(TraceError):
        from_itf(data, "x.json")


# --- what cannot be written ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("trace", "words"),
    [
        (replace(MIGRATION, steps=MIGRATION.steps[1:]), "13 states and 11 steps"),
        (replace(MIGRATION, states=()), "0 states and 12 steps"),
        (replace(LASSO, loop=6), "there is no state 6"),
        (replace(LASSO, sorts={"owner": ("k0",)}), "'owner' is a sort and a state variable"),
        (replace(LASSO, meta={"when": float("nan")}), "#meta, meta, when: found a number with a"),
        (replace(LASSO, meta={"what": {"#x": 1}}), "unknown mark '#x'"),
        (replace(LASSO, meta={"what": object}), "found a Python type"),
        (
            Trace("", "", {}, {}, ({"x": 0.5},), (), {}),
            "state 0, x: found a number with a fraction",
        ),
        (
            Trace("", "", {}, {}, ({"x": 1, "x[a]": 1},), (), {}),
            "has an index in some of its cells",
        ),
        (Trace("", "", {}, {}, ({"#x": 1},), (), {}), "unknown mark '#x'"),
        (
            Trace("", "", {}, {}, ({"x": Letter("m", (("a", 1), ("a", 2)))},), (), {}),
            "state 0, x, m: two fields of one name",
        ),
        (
            Trace("", "", {}, {}, ({"x": 1}, {"y": 1}), (TraceStep("a"),), {}),
            "state 1: 'x' is bound in some states only",
        ),
        (
            Trace("", "", {}, {}, ({}, {}), (TraceStep("a", (("k", "1"), ("k", "2"))),), {}),
            "two parameters of one name",
        ),
    ],
)
def test_a_trace_that_has_no_form_in_itf_is_refused(trace: Trace, words: str) -> None:
    with pytest.raises(TraceError) as caught:
        to_itf(trace)
    assert words in str(caught.value)
