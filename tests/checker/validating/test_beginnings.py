"""Logs that lack their beginning: what must have been so before is told from what comes first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from popcorn_checker.validating.beginnings import Beginning
from popcorn_checker.validating.beginnings.opening import At, Opening
from popcorn_checker.validating.case import Case, Plan
from popcorn_checker.validating.files import validate
from popcorn_checker.validating.lines import Place, check
from support.beginnings import cut, judge
from support.handmade import make_line, make_log
from support.logs import get_log, is_legal, write
from support.programs_mini import PROGRAMS

LONG: Final = ("count", "mutex", "pipe")
SHORT: Final = tuple(each.name for each in PROGRAMS if each.name not in LONG)


def look(rows: Sequence[str]) -> Beginning:
    """What is known of rows before the first is read."""
    found = Beginning()
    for number, row in enumerate(rows, start=1):
        found.note(check(make_line(row), Place("log", number), 3))
    return found


def get_opening(*rows: str) -> Opening:
    """What thread 1 was doing."""
    return look(rows).get_start().openings[1]


def explain(rows: Sequence[str], folder: Path) -> int | None:
    """How many silent steps come after the beginning of a log that is explained."""
    path = write(make_log(rows), folder / "log.ndjson")
    validator, outcome = validate([path], Plan(3, keeps_past=True))
    if not outcome.is_explained:
        return None
    assert is_legal(validator)
    return sum(step.is_silent and step.line > 0 for step in validator.steps(1))


# --- journals of real runs -----------------------------------------------------------------------


@pytest.mark.parametrize("is_split", [False, True], ids=["one file", "a file for each kernel"])
@pytest.mark.parametrize(
    ("name", "first", "step"),
    [*((name, 3, 17) for name in SHORT), *((name, 150, 333) for name in LONG)],
)
def test_a_journal_may_be_cut_anywhere(name: str, first: int, step: int, is_split: bool) -> None:
    lines = get_log(name)
    for place in range(first, len(lines) - 1, step):
        assert judge(cut(lines, place), is_split) == "explained", place


@pytest.mark.rest  # about a minute
@pytest.mark.parametrize("name", LONG)
def test_a_long_journal_may_be_cut_at_other_places(name: str) -> None:
    lines = get_log(name, "random", 4)
    for place in range(20, len(lines) - 1, 23):
        assert judge(cut(lines, place), is_split=False) == "explained", place


def test_what_is_wrong_after_a_lost_beginning_is_found(tmp_path: Path) -> None:
    lines = cut(get_log("copy"), 40)
    number = next(n for n, line in enumerate(lines) if n > 20 and '"give"' in line)
    wrong = lines[number].replace('"kernel":1', '"kernel":2').replace('"at":1', '"at":2')
    assert wrong != lines[number]
    path = write([*lines[:number], wrong, *lines[number + 1 :]], tmp_path / "run.ndjson")
    _, outcome = validate([path], Plan(0))
    assert not outcome.is_explained
    assert outcome.diagnosis is not None
    assert outcome.diagnosis.entry.place in (number + 1, number + 2)


def test_what_depends_on_the_beginning_is_not_said_to_be_wrong(tmp_path: Path) -> None:
    rows = [*FAULT, "1 give page=7 kernel=1"]  # nobody has asked for it back
    path = write(make_log(rows), tmp_path / "log.ndjson")
    _, outcome = validate([path], Plan(3, silent=1))
    assert not outcome.is_explained
    assert not outcome.is_decided
    assert outcome.doubt == (
        "the line depends on how page 7 stood before the log, which is not known"
    )
    alone = [row.replace("'read'", "'write'") for row in FAULT]
    write(make_log([*alone, "1 give page=7 kernel=1"]), path)
    _, outcome = validate([path], Plan(3, silent=1))
    assert outcome.is_decided
    assert outcome.diagnosis is not None
    assert outcome.diagnosis.entry.place == len(rows)


# --- threads -------------------------------------------------------------------------------------

FAULTS: Final = "1 stop thread=1 kernel=1 call=fault pages=[[7,'read']]"
ASKS: Final = "0 ask thread=1 kernel=1 call=fault pages=[[7,'read']]"
TAKES: Final = "0 take thread=1 kernel=1 page=7"
GRANTS: Final = "0 grant thread=1 kernel=1"
ANSWERS: Final = "0 send to=1 kind=ANSWER thread=1 call=fault pages=[[7,'read','data']]"
STEPS: Final = "1 step thread=1 kernel=1"
DONE: Final = "1 send to=0 kind=DONE thread=1"
FINISHES: Final = "0 finish thread=1 kernel=1"
FAULT: Final = (FAULTS, ASKS, TAKES, GRANTS, ANSWERS, STEPS, DONE, FINISHES)


@pytest.mark.parametrize("lost", range(8))
def test_a_fault_may_be_anywhere_when_the_log_begins(lost: int, tmp_path: Path) -> None:
    assert explain(FAULT[lost:], tmp_path) == 0
    opening = get_opening(*FAULT[lost:])
    assert opening.kernel == 1
    assert opening.at is (
        At.KERNEL if lost in (0, 6, 7) else At.GRANTED if lost in (4, 5) else At.QUESTION
    )
    assert opening.is_done is (lost in (6, 7))
    assert opening.taken == ((7,) if lost in (3, 4) else ())


def test_a_migration_may_be_anywhere_when_the_log_begins(tmp_path: Path) -> None:
    rows = (
        "1 stop thread=1 kernel=1 call=migrate pages=[] goal=2",
        "1 send to=0 kind=CALL thread=1 call=migrate pages=[] arguments=[2]",
        "0 ask thread=1 kernel=1 call=migrate pages=[] goal=2",
        "0 pass thread=1 kernel=1 goal=2",
        "0 send to=2 kind=ANSWER thread=1 call=migrate pages=[]",
        "2 run thread=1 kernel=2",
        "2 stop thread=1 kernel=2 call=fault pages=[[7,'read']]",
    )
    places = []
    for lost in range(len(rows)):
        assert explain(rows[lost:], tmp_path) == 0, lost
        opening = get_opening(*rows[lost:])
        places.append((opening.kernel, opening.at))
    asked, answered = (1, At.QUESTION), (2, At.ANSWERED)
    assert places == [
        (1, At.KERNEL), asked, asked, asked, answered, answered, (2, At.KERNEL)
    ]  # fmt: skip


@pytest.mark.parametrize("end", ["serve", "fail"])
def test_a_part_of_a_system_call_may_be_anywhere(end: str, tmp_path: Path) -> None:
    rows = (
        "0 ask thread=1 kernel=1 call=futex_wait pages=[[7,'read']]",
        "0 take thread=1 kernel=1 page=7",
        "0 send to=2 kind=RECALL page=7 access=read",
        "2 give page=7 kernel=2",
        "2 send to=0 kind=GAVE page=7 parcel=data",
        "0 way thread=1 page=7 kernel=2",
        f"0 {end} thread=1 kernel=1 call=futex_wait page=7 error=-11",
    )
    for lost in range(len(rows)):
        assert explain(rows[lost:], tmp_path) == 0, lost


def test_who_sleeps_when_the_log_begins_is_woken_or_gives_up(tmp_path: Path) -> None:
    woken = (
        "0 ask thread=2 kernel=2 call=futex_wake pages=[[7,'read']]",
        "0 serve thread=2 kernel=2 call=futex_wake page=7 other=1 where=1",
        "0 answer thread=1 kernel=1",
    )
    assert explain(woken, tmp_path) == 0
    assert explain(woken[1:], tmp_path) == 0
    assert get_opening(*woken).at is At.ASLEEP
    assert get_opening(*woken).pages == {7: "read"}
    gives_up = ("0 give_up thread=1 kernel=1", "0 answer thread=1 kernel=1")
    assert explain(gives_up, tmp_path) == 0
    assert get_opening(*gives_up).at is At.ASLEEP


def test_a_thread_that_the_log_makes_was_nowhere(tmp_path: Path) -> None:
    rows = (
        "0 ask thread=1 kernel=1 call=clone pages=[]",
        "0 serve thread=1 kernel=1 call=clone other=2",
        "0 send to=1 kind=ANSWER thread=2 call=system pages=[]",
        "1 run thread=2 kernel=1",
    )
    assert explain(rows, tmp_path) == 0
    assert list(look(rows).get_start().openings) == [1]


# --- pages ---------------------------------------------------------------------------------------


def holders(*rows: str) -> dict[int, int]:
    """Who had page 7, and for which access: 1 to read it, 2 to write it."""
    return look(rows).get_start().holdings[7].get_holders()


def test_who_had_a_page_is_told_from_whom_it_is_asked_back() -> None:
    recall = "0 send to={} kind=RECALL page=7 access={}"
    assert holders(recall.format(2, "read")) == {2: 2}
    assert holders(TAKES, recall.format(1, "write"), recall.format(2, "write")) == {1: 1, 2: 1}
    alone = recall.format(2, "write")
    given = ("2 give page=7 kernel=2", "2 send to=0 kind=GAVE page=7 parcel={}")
    assert holders(TAKES, alone, given[0], given[1].format("data")) == {2: 2}
    assert holders(TAKES, alone, given[0], given[1].format("empty")) == {2: 1}


def test_who_has_a_page_from_the_log_had_it_not() -> None:
    recall = "0 send to=1 kind=RECALL page=7 access=write"
    assert holders(TAKES, GRANTS, ANSWERS, STEPS, recall) == {}
    assert holders(TAKES, GRANTS, ANSWERS.replace("data", "empty"), STEPS, recall) == {1: 1}


def test_what_was_not_allowed_or_not_mapped(tmp_path: Path) -> None:
    refused = (
        "1 stop thread=1 kernel=1 call=fault pages=[[7,'{}']]",
        "0 ask thread=1 kernel=1 call=fault pages=[[7,'{}']]",
        "0 refuse thread=1 kernel=1",
    )
    for access, area in (("read", 0), ("write", 1)):
        rows = [row.format(access) for row in refused]
        assert look(rows).get_start().holdings[7].area == area
        assert explain(rows, tmp_path) == 0
        assert explain(rows[1:], tmp_path) == 0
    assert explain(refused[2:], tmp_path) == 0
    assert get_opening(refused[2]).is_refused
    mapped = (
        "0 ask thread=1 kernel=1 call=mmap", "0 serve thread=1 kernel=1 call=mmap page=7",
    )  # fmt: skip
    assert look(mapped).get_start().holdings[7].area == 0
    assert explain(mapped, tmp_path) == 0


# --- the end -------------------------------------------------------------------------------------

ENDING: Final = (
    "0 serve thread=1 kernel=1 call=exit_group",
    "0 tell kernel=0",
    "0 send to=0 kind=END",
    "0 tell kernel=1",
    "0 send to=1 kind=END",
    "0 end kernel=0",
    "0 send to=0 kind=FAREWELL",
    "1 end kernel=1",
    "1 send to=0 kind=FAREWELL",
    "0 heard kernel=0",
    "0 heard kernel=1",
    "0 close",
)


@pytest.mark.parametrize("lost", range(len(ENDING)))
def test_a_process_may_be_ending_when_the_log_begins(lost: int, tmp_path: Path) -> None:
    assert explain(ENDING[lost:], tmp_path) == 0
    ending = look(ENDING[lost:]).ending
    assert ending.is_on is (lost > 0)
    assert (0 in ending.told()) is (2 <= lost <= 9)
    assert (1 in ending.gone()) is (8 <= lost <= 10)


def test_a_log_that_has_its_beginning_is_left_as_it_is() -> None:
    rows = ("0 exec thread=1 kernel=0", "0 run thread=1 kernel=0")
    beginning = look(rows)
    assert beginning.is_whole
    beginning.name_all()
    assert list(beginning.numbers.threads) == [1]
    world = Case(1, Plan(3), beginning.numbers).search.threads[0].world
    before = dict(world.cells)
    beginning.begin(world)
    assert world.cells == before
