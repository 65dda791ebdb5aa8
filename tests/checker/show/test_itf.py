"""Traces as ITF: what the file says, that nothing is lost, and what a bad file is told."""

import json
import string
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from popcorn_checker.show import dump, from_itf, load, to_itf
from popcorn_checker.trace import Event, Letter, Trace, TraceStep
from support.traces import LASSO, MIGRATION, make_busy

Json = dict[str, Any]


# --- what the file says --------------------------------------------------------------------


def test_cells_of_one_variable_are_one_map() -> None:
    itf: Json = to_itf(LASSO)
    assert itf["vars"] == ["phase", "owner", "faulting", "ring"]
    state = itf["states"][3]
    assert state["phase"] == {
        "#map": [
            [{"#tup": ["t0", "k0"]}, "running"],
            [{"#tup": ["t0", "k1"]}, "absent"],
            [{"#tup": ["t1", "k0"]}, "absent"],
            [{"#tup": ["t1", "k1"]}, "holding"],
        ]
    }
    assert state["faulting"] == {"#map": [["t0", True]]}
    request = {"tag": "page_request", "value": {"page": "p0", "source": "k0"}}
    assert state["ring"] == {"#map": [["k0", []], ["k1", [request]]]}


def test_numbers_are_big_and_nothing_is_a_variant() -> None:
    state = to_itf(MIGRATION)["states"][0]  # type: ignore[index]
    assert state["hops"]["#map"][0] == ["t0", {"#bigint": "3"}]
    assert state["group_exits"] == {"#bigint": "1"}
    assert state["next_kernel"] == {"#map": [["t0", {"tag": "None", "value": {"#tup": []}}]]}


def test_sorts_are_parameters_that_the_first_state_binds() -> None:
    itf: Json = to_itf(MIGRATION)
    assert itf["params"] == ["Kernel", "Task", "Page"]
    assert itf["states"][0]["Task"] == {"#set": ["t0", "t1"]}
    assert all(itf["vars"] == [v for v in s if v in itf["vars"]] for s in itf["states"])


def test_each_state_tells_the_step_that_led_to_it() -> None:
    itf: Json = to_itf(MIGRATION)
    assert itf["#meta"]["format"] == "ITF"
    assert itf["states"][0]["#meta"] == {"index": 0}
    meta = itf["states"][2]["#meta"]
    assert (meta["index"], meta["action"]) == (2, "begin_import")
    assert meta["params"] == {"t": "t0", "k": "k1"}
    assert "loop" not in itf
    assert to_itf(LASSO)["loop"] == 2


# --- nothing is lost -----------------------------------------------------------------------

NAMES: Final = st.text(string.ascii_letters + string.digits + "_ é→", min_size=1, max_size=6)
TEXTS: Final = st.text(max_size=12)
SIMPLE: Final = st.one_of(st.none(), st.booleans(), st.integers(), TEXTS)


def make_letters(values: st.SearchStrategy[object]) -> st.SearchStrategy[Letter]:
    """Messages with fields of these values."""
    fields = st.dictionaries(NAMES, values, max_size=3).map(lambda d: tuple(d.items()))
    return st.builds(Letter, TEXTS, fields)


VALUES: Final = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(make_letters(inner), st.lists(inner, max_size=3).map(tuple)),
    max_leaves=6,
)
FREE: Final = st.recursive(
    st.one_of(SIMPLE, st.floats(allow_nan=False, allow_infinity=False)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(NAMES, inner, max_size=3),
    ),
    max_leaves=5,
)
EVENTS: Final = st.builds(
    Event,
    st.sampled_from(["send", "take"]),
    NAMES,
    st.lists(NAMES, max_size=2).map(tuple),
    VALUES,
)
STEPS: Final = st.builds(
    TraceStep,
    NAMES,
    st.dictionaries(NAMES, NAMES, max_size=3).map(lambda d: tuple(d.items())),
    *(TEXTS, TEXTS, TEXTS),
    st.lists(EVENTS, max_size=2).map(tuple),
)


@st.composite
def make_traces(draw: st.DrawFn) -> Trace:
    """Any trace that an engine could make, sense or none."""
    variables = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    sorts = draw(
        st.dictionaries(
            NAMES.filter(lambda name: name not in variables),
            st.lists(NAMES, max_size=3, unique=True).map(tuple),
            max_size=2,
        )
    )
    cells: list[str] = []
    for name in variables:
        width = draw(st.integers(0, 2))
        index = st.lists(NAMES, min_size=width, max_size=width).map(",".join)
        keys = draw(st.lists(index, min_size=1, max_size=3, unique=True))
        cells += [f"{name}[{key}]" for key in keys] if width else [name]
    states = draw(
        st.lists(st.fixed_dictionaries(dict.fromkeys(cells, VALUES)), min_size=1, max_size=4)
    )
    steps = draw(st.lists(STEPS, min_size=len(states) - 1, max_size=len(states) - 1))
    names = ("property", "property_doc", "reason", "lanes", "tokens", "where")
    texts: dict[str, Any] = {name: draw(TEXTS) for name in names}
    return Trace(
        protocol=draw(TEXTS),
        variant=draw(TEXTS),
        scope=draw(st.dictionaries(NAMES, st.integers(), max_size=2)),
        settings=draw(st.dictionaries(NAMES, TEXTS, max_size=2)),
        states=tuple(states),
        steps=tuple(steps),
        sorts=sorts,
        loop=draw(st.none() | st.integers(0, len(states) - 1)),
        pages=draw(st.lists(NAMES, max_size=2).map(tuple)),
        meta=draw(st.dictionaries(NAMES, FREE, max_size=2)),
        **texts,
    )


def assert_same(found: Trace, trace: Trace) -> None:
    """Equal, and of the same types all the way down: True is not 1 here."""
    assert found == trace
    ordered = [
        replace(each, states=tuple(dict(sorted(state.items())) for state in each.states))
        for each in (found, trace)
    ]
    assert repr(ordered[0]) == repr(ordered[1])


@given(make_traces())
def test_a_trace_survives_the_way_there_and_back(trace: Trace) -> None:
    assert_same(from_itf(json.loads(json.dumps(to_itf(trace)))), trace)


@pytest.mark.parametrize("trace", [MIGRATION, LASSO, make_busy(30, 4)], ids=lambda t: t.protocol)
def test_a_trace_survives_a_file(trace: Trace, tmp_path: Path) -> None:
    path = tmp_path / "trace.itf.json"
    dump(trace, path)
    assert_same(load(path), trace)
    assert path.read_text().count("\n") == len(trace.states) + 7 + (trace.loop is not None)


def test_strings_that_are_not_quite_text_survive_a_file(tmp_path: Path) -> None:
    trace = replace(MIGRATION, reason="\ud800 \u2028 \x00 ü")
    dump(trace, tmp_path / "trace.itf.json")
    assert_same(load(tmp_path / "trace.itf.json"), trace)


# --- what other tools write ----------------------------------------------------------------


def test_a_file_of_another_tool_is_a_trace_with_unnamed_steps() -> None:
    states = [
        {"n": 1, "who": {"#set": ["b", "a"]}, "m": {"tag": "Go", "value": "U_OF_UNIT"}},
        {"n": {"#bigint": "2"}, "who": {"#tup": []}, "m": {"tag": "None", "value": {"#tup": []}}},
    ]
    trace = from_itf({"vars": ["n", "who", "m"], "states": states})
    assert [step.action for step in trace.steps] == ["unnamed"]
    assert trace.states[0] == {"n": 1, "who": ("b", "a"), "m": Letter("Go")}
    assert trace.states[1] == {"n": 2, "who": (), "m": None}
