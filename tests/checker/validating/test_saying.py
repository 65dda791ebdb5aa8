"""Fields of a line: what has a place on it is read, and everything else is passed over."""

from __future__ import annotations

import json
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from popcorn_checker.journal.reading import JournalError
from popcorn_checker.validating.case import Case, Plan
from popcorn_checker.validating.lines import Place, check
from popcorn_checker.validating.observing import Take
from popcorn_checker.validating.saying import get_fields
from popcorn_checker.validating.validator import Validator
from popcorn_model.vocabulary import EVENTS, MESSAGES, Access, Call, Kind
from support.command import invoke
from support.handmade import KERNELS, VISIT, make_line
from support.logs import get_log, write

CALLING: Final = (
    "0 exec thread=1 kernel=0 areas=[[7,8,'write']]",
    "0 run thread=1 kernel=0",
    "0 stop thread=1 kernel=0 call=system",
    "0 ask thread=1 kernel=0 call=clone",
    "0 serve thread=1 kernel=0 call=clone other=2",
    "0 ask thread=1 kernel=0 call=clone",
    "0 fail thread=1 kernel=0 call=clone",
    "0 answer thread=1 kernel=0",
    "0 run thread=2 kernel=0",
)
NUMBERS: Final = st.integers(0, 8)
ACCESSES: Final = st.sampled_from([each.value for each in Access])
VALUES: Final = {
    **dict.fromkeys(("process", "thread", "page", "other"), NUMBERS),
    **dict.fromkeys(("at", "kernel", "goal", "where", "to"), st.integers(0, KERNELS - 1)),
    "call": st.sampled_from([each.value for each in Call]),
    "kind": st.sampled_from([each.value for each in Kind]),
    "access": ACCESSES,
    "parcel": st.sampled_from(["empty", "data"]),
    "pages": st.lists(st.tuples(NUMBERS, ACCESSES).map(list), max_size=2),
    "areas": st.lists(st.tuples(NUMBERS, NUMBERS, ACCESSES).map(list), max_size=2),
    "error": st.integers(-14, 14),
    "arguments": st.lists(NUMBERS, max_size=1),
}


@st.composite
def lines(draw: st.DrawFn) -> dict[str, Any]:
    """A line of any event with any fields besides those that it must have."""
    event = draw(st.sampled_from([*(row.name for row in EVENTS), "send"]))
    call, kind = draw(st.sampled_from(list(Call))).value, draw(st.sampled_from(list(Kind))).value
    wanted, _ = get_fields(event, call, kind if event == "send" else None)
    names = {"at", *wanted, *draw(st.sets(st.sampled_from([*VALUES])))}
    line = {name: draw(VALUES[name]) for name in sorted(names)}
    return {**line, "event": event, "call": call, "kind": kind, "process": 1}


@settings(max_examples=40, deadline=None)
@given(
    rows=st.sampled_from([VISIT, CALLING]), length=st.integers(1, len(VISIT)), line=lines(),
    silent=st.integers(0, 1),
)  # fmt: skip
def test_whatever_a_line_says_besides_it_is_read_or_refused(
    rows: tuple[str, ...], length: int, line: dict[str, Any], silent: int
) -> None:
    validator = Validator(Plan(KERNELS, is_complete=not silent, silent=silent))
    for row in rows[:length]:
        validator.feed(make_line(row))
    with suppress(JournalError):
        validator.feed(line)


@pytest.mark.parametrize("is_complete", [True, False])
@pytest.mark.parametrize("event", [row.name for row in EVENTS])
def test_what_a_line_may_be_is_steps_as_the_model_has_them(event: str, is_complete: bool) -> None:
    values = {
        "at": 0, "process": 1, "thread": 1, "kernel": 0, "page": 7, "goal": 1, "access": "read",
        "pages": [[7, "read"]], "areas": [[7, 8, "read"]], "error": -11, "where": 0,
    }  # fmt: skip
    for rows in (VISIT[:2], CALLING[:4], CALLING):
        case = Case(1, Plan(KERNELS, is_complete))
        for row in rows:
            assert case.feed(check(make_line(row), Place("", 1), KERNELS))
        for call, other in product((*(each.value for each in Call), None), (1, 7, None)):
            line = {**values, "event": event, "call": call, "other": other}
            try:
                entry = check(line, Place("", 1), KERNELS)
            except JournalError:
                continue
            case.numbers.note(entry.content)
            ways = case.search.observer.ways(entry, case.search.threads[0].world.get)
            for way in ways if isinstance(ways, list) else ():
                for take in way.items:
                    if isinstance(take, Take):
                        params = case.machine.moves[take.action].action.params
                        assert len(take.values) == len(params), line


@pytest.mark.parametrize("call", ["exit", "exit_group", "other", "migrate", "futex_wake"])
def test_a_call_that_nothing_refuses_is_not_said_to_fail(call: str) -> None:
    validator = Validator(Plan(KERNELS, is_complete=True))
    for row in (*CALLING[:3], f"0 ask thread=1 kernel=0 call={call} pages=[[7,'read']] goal=1"):
        validator.feed(make_line(row))
    fails = make_line(f"0 fail thread=1 kernel=0 call={call} page=7")
    assert validator.feed(fails) is (call == "other")
    if call != "other":
        found = validator.finish().diagnosis
        assert found is not None
        assert found.reason == f"no line says fail of the call {call}"


def test_a_refused_clone_names_no_thread() -> None:
    said = []
    for other in ({}, {"other": 2}, {"other": "nobody"}):
        validator = Validator(Plan(2, is_complete=True))
        for row in (*CALLING[:4], CALLING[6]):
            line = make_line(row)
            assert validator.feed({**line, **other} if line["event"] == "fail" else line)
        said.append(validator.finish())
    assert said[0] == said[1] == said[2]
    assert said[0].is_explained


@pytest.mark.parametrize("event", [row.name for row in EVENTS])
def test_what_has_no_place_on_a_line_is_not_kept_and_what_is_not_known_is(event: str) -> None:
    for call in (None, *(each.value for each in Call)):
        wanted, allowed = get_fields(event, call, None)
        assert {*wanted, "at"} <= allowed
        line = {"event": event, "at": 0, "time": 5, **dict.fromkeys(wanted, 0)}
        line |= {"call": call} if call else {}
        extra = VALUES.keys() - allowed
        line |= {"pages": [[7, "write"]]} if "pages" in wanted else {}
        line |= {"access": "read"} if "access" in wanted else {}
        if call or "call" not in wanted:
            found = check({**line, **dict.fromkeys(extra, "odd")}, Place("", 1), 1).content
            kept = {*allowed, "event", "time"}
            assert found == {name: value for name, value in line.items() if name in kept}


def test_half_a_letter_is_shown_as_a_question_mark(tmp_path: Path) -> None:
    note = {"note": "caf\u00e9 \ud800"}
    rows = [json.dumps({**make_line(row), **note}) for row in (*CALLING[:2], CALLING[1])]
    path = write(rows, tmp_path / "run.ndjson")
    for more in ((), ("--json",)):
        result = invoke("validate", path, "--complete", *more)
        assert result.code == 12
        assert "café ?" in result.out


def test_all_that_journals_say_has_a_place() -> None:
    for log in (get_log("family"), get_log("mutex")):
        for text in log[1:]:
            line = json.loads(text)
            found = check(line, Place("", 1), KERNELS).content
            left = {name for name in line if name not in found and line[name]}
            assert not left, text
    assert {row.kind for row in MESSAGES} == set(Kind)
