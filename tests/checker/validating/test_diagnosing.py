"""Small logs whose fault is obvious: the line, the state before it, the repair, the core."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Final

import pytest

from popcorn_checker.validating import diagnosing
from popcorn_checker.validating.case import Plan
from popcorn_checker.validating.diagnosing import CORE_SILENT, Diagnosis, Repair
from popcorn_checker.validating.reporting import end_to_data, tell_end, to_verdict
from popcorn_checker.validating.validator import Validator
from support.handmade import KERNELS, VISIT, hold, make_line, swapped, with_row, without

WRONG: Final = {
    "who gives": with_row(VISIT, 13, "2 give page=7 kernel=2"),
    "where to": with_row(VISIT, 19, "0 pass thread=1 kernel=1 goal=2"),
    "given twice": with_row(VISIT, 16, "0 give page=7 kernel=0"),
}
"""Logs that lost lines do not explain."""


NEAR: Final = 3
"""Units: lines before a contradiction that may be wrong, too."""


def diagnose(rows: list[str]) -> Diagnosis:
    """What is wrong with rows, which is something."""
    _, outcome = hold(rows)
    assert outcome.is_decided
    assert outcome.diagnosis is not None
    return outcome.diagnosis


def get_repair(found: Diagnosis) -> Repair:
    """The likeliest, which there is."""
    assert found.repair is not None
    return found.repair


def get_places(found: Diagnosis) -> list[int]:
    """Where the lines stand that contradict each other."""
    assert found.core is not None
    return [entry.place for entry in found.core]


def test_a_log_that_is_right_is_explained_step_by_step() -> None:
    validator, outcome = hold(VISIT)
    assert outcome.is_explained
    assert outcome.silent == outcome.reordered == 0
    assert not outcome.duties
    assert [step.line for step in validator.steps(1)] == list(range(1, len(VISIT) + 1))


@pytest.mark.parametrize("lost", range(1, len(VISIT) + 1))
def test_a_lost_line_is_noticed_at_the_next_that_needs_it(lost: int) -> None:
    rows = without(VISIT, lost)
    _, outcome = hold(rows)
    if outcome.is_explained:  # nothing after it needs the last one
        assert lost == len(VISIT)
        return
    found = diagnose(rows)
    repair = get_repair(found)
    assert repair.entry.place >= lost - 1
    assert repair.entry.place <= found.entry.place
    assert hold(rows, is_complete=False)[1].is_explained


def test_a_lost_line_is_named_by_what_it_lacks() -> None:
    found = diagnose(without(VISIT, 9))  # the origin passes the thread on
    assert (found.entry.place, found.entry.content["event"]) == (9, "run")
    assert found.states == [
        ["answers[thread 1, kernel 1] is false", "call[thread 1] is migrate",
         "asks[thread 1, kernel 0] is true"]
    ]  # fmt: skip
    assert found.legal == ["serve_migrate(thread 1, kernel 0, kernel 1)", "kill()"]
    assert found.core is None
    assert get_repair(found).kind == "lost"
    assert get_repair(found).is_all


def test_two_lines_in_the_wrong_order_are_swapped_back() -> None:
    found = diagnose(swapped(VISIT, 3))  # a page is taken before anybody asks
    assert found.entry.place == 3
    repair = get_repair(found)
    assert (repair.kind, repair.entry.place, repair.is_all) == ("swapped", 3, True)


def test_lines_of_two_kernels_may_stand_in_another_order() -> None:
    _, outcome = hold(swapped(VISIT, 9))  # a thread runs on a kernel before it was passed on
    assert outcome.is_explained
    assert outcome.reordered == 1


def test_a_wrong_owner_is_named_and_set_right() -> None:
    found = diagnose(WRONG["who gives"])
    assert found.entry.place == 13
    assert found.states == [["recall[page 7, kernel 2] is none"]]
    assert found.legal == ["give_way(page 7, kernel 0)", "kill()"]
    repair = get_repair(found)
    assert (repair.kind, repair.name, repair.value) == ("field", "at, kernel", 0)
    assert repair.is_all


def test_a_wrong_goal_contradicts_the_question() -> None:
    found = diagnose(WRONG["where to"])
    assert get_places(found) == [18, 19]
    repair = get_repair(found)
    assert (repair.entry.place, repair.name, repair.value) == (19, "goal", 0)


def test_a_line_too_many_is_left_out() -> None:
    rows = [*VISIT[:17], "0 stop thread=1 kernel=0 call=migrate pages=[] goal=2", *VISIT[17:]]
    repair = get_repair(diagnose(rows))
    assert (repair.kind, repair.entry.place, repair.is_all) == ("extra", 18, True)


def test_what_only_the_origin_says_is_refused_with_the_reason() -> None:
    found = diagnose(with_row(VISIT, 5, "1 grant thread=1 kernel=0"))
    assert found.entry.place == 5
    assert found.reason == "only the origin, kernel 0, says grant"


TWO_PAGES: Final = (
    "0 exec thread=1 kernel=0 areas=[[7,10,'write']]",
    "0 run thread=1 kernel=0",
    "0 stop thread=1 kernel=0 call=fault pages=[[9,'write']]",
    "0 ask thread=1 kernel=0 call=fault pages=[[9,'write']]",
    "0 take thread=1 kernel=0 page=9",
    "0 grant thread=1 kernel=0",
    "0 step thread=1 kernel=0",
    "0 finish thread=1 kernel=0",
    "0 stop thread=1 kernel=0 call=migrate pages=[] goal=1",
    "0 ask thread=1 kernel=0 call=migrate pages=[] goal=1",
    "0 pass thread=1 kernel=0 goal=1",
    "1 run thread=1 kernel=1",
    "1 stop thread=1 kernel=1 call=fault pages=[[8,'write']]",
    "0 ask thread=1 kernel=1 call=fault pages=[[8,'write']]",
    "0 take thread=1 kernel=1 page=8",
)


def test_the_first_wrong_line_is_set_right_first_with_what_is_said_nearby() -> None:
    """Where lines may be missing its neighbours may be changed, too, so that it is explained."""
    validator = Validator(Plan(KERNELS, silent=1))
    for row in with_row(TWO_PAGES, 15, "0 take thread=1 kernel=1 page=9"):
        validator.feed(make_line(row))
    found = validator.finish().diagnosis
    assert found is not None
    repairs = [get_repair(found), *found.others]
    assert [(x.entry.place, x.name, x.value) for x in repairs] == [
        (15, "page", 8), (14, "pages", [[9, "write"]]), (13, "pages", [[9, "write"]]),
    ]  # fmt: skip


@pytest.mark.rest  # up to 9 s each
@pytest.mark.parametrize("name", WRONG)
def test_lines_that_contradict_each_other_do_so_whatever_others_say(name: str) -> None:
    rows = WRONG[name]
    core = get_places(diagnose(rows))
    others = [place for place in range(core[-1] - NEAR, core[-1]) if place not in core]
    assert not any(map(is_explained, less(rows, others)))
    for spared in core:  # and none of them can be spared
        assert any(map(is_explained, less(without(rows, spared), others))), spared


def is_explained(rows: list[str]) -> bool:
    """Whether rows are explained where lines may be missing."""
    validator = Validator(Plan(KERNELS, silent=CORE_SILENT))
    return all(validator.feed(make_line(row)) for row in rows)


def less(rows: list[str], others: list[int]) -> Iterator[list[str]]:
    """Rows as they are, and without one or two of some."""
    for number in range(3):
        for left_out in combinations(others, number):
            yield [row for place, row in enumerate(rows, 1) if place not in left_out]


@pytest.mark.parametrize("missing", [1, 2, 3, 6])
def test_between_them_no_more_is_missing_than_in_the_log(missing: int) -> None:
    validator = Validator(Plan(KERNELS, silent=missing))
    for row in WRONG["who gives"]:
        validator.feed(make_line(row))
    outcome = validator.finish()
    assert outcome.diagnosis is not None
    assert outcome.diagnosis.core_missing == min(missing, CORE_SILENT)
    said = "\n".join(tell_end(outcome))
    assert f"if up to {min(missing, CORE_SILENT)} in a row are missing:" in said


@pytest.mark.parametrize(("is_complete", "verdict"), [(False, "not decided"),
                                                      (True, "not explained")])  # fmt: skip
def test_a_line_that_contradicts_none_is_not_called_wrong_where_lines_may_be_missing(
    is_complete: bool, verdict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the search does not find may be there, if the lines around do not say otherwise."""
    monkeypatch.setattr(diagnosing, "_is_possible", lambda *_: True)
    validator = Validator(Plan(KERNELS, is_complete))
    for row in WRONG["who gives"]:
        validator.feed(make_line(row))
    outcome = validator.finish()
    assert outcome.diagnosis is not None
    assert outcome.diagnosis.core is None
    assert to_verdict(outcome) == verdict
    because = "because          the lines up to it do not contradict each other"
    assert (because in "\n".join(tell_end(outcome))) is not is_complete
    assert ("undecided_because" in end_to_data(outcome)) is not is_complete
