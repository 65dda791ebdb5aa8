"""A validator as a library: fed line by line, for as long as a run goes on."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tracemalloc
from itertools import islice

import pytest

from popcorn_checker.errors import UsageError
from popcorn_checker.journal.reading import JournalError
from popcorn_checker.validating.case import Plan
from popcorn_checker.validating.rounds import KERNELS, make_rounds
from popcorn_checker.validating.validator import Duty, Validator
from support.handmade import VISIT, hold, make_line, make_log, with_row, without

GROWTH_MAX = 1.2
"""How many times the memory for a log may be what it is for a tenth of it."""


@pytest.mark.parametrize("is_complete", [True, False])
def test_a_long_run_is_watched_as_it_goes_on(is_complete: bool) -> None:
    validator = Validator(Plan(KERNELS, is_complete))
    assert all(map(validator.feed, islice(make_rounds(), 3000)))
    outcome = validator.finish()
    assert outcome.is_explained
    assert (outcome.lines, outcome.silent) == (3000, 0)


def test_a_wrong_line_is_noticed_when_it_comes() -> None:
    validator = Validator(Plan(3, is_complete=True))
    rows = with_row(VISIT, 13, "2 give page=7 kernel=2")
    said = [validator.feed(line) for line in make_log(rows)]
    assert said.index(False) == 12
    assert not any(said[12:])
    assert validator.failed is None  # the line may stand too early
    for _ in range(64):
        validator.feed(make_line("2 give page=7 kernel=2"))
    assert validator.failed is not None
    lines = validator.lines
    assert not validator.feed(make_line(VISIT[0]))
    assert validator.lines == lines  # no line is read any more


def test_a_log_that_goes_on_on_time_is_not_decided_when_the_time_is_over() -> None:
    validator = Validator(Plan(3, is_late=lambda: True))
    assert not validator.feed(make_line(with_row(VISIT, 1, "2 give page=7 kernel=2")[0]))
    outcome = validator.finish()
    assert not outcome.is_decided
    assert not outcome.is_explained


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("nonsense", "line 1: this line is not JSON"),
        ("[1]", "line 1: this line is no JSON object"),
        (json.dumps({"event": "dance", "at": 0}), "'dance' is no event; there are exec"),
        (json.dumps(make_line("3 close")), "`at` says which kernel it was, one of 3 kernels"),
        (json.dumps(make_line("0 run thread=1")), "does not say kernel"),
        ('{"format":"popcorn-journal","version":1,"kernels":2}',
         "the log is one of 2 kernels, and the plan is for 3"),
        ('{"format":"popcorn-journal","version":2,"kernels":3}', "version is 1"),
        (json.dumps({**make_line("0 close"), "process": 0}).replace("0", "9" * 5000),
         "more digits than are read"),
    ],
)
def test_what_no_log_has_is_refused(line: str, complaint: str) -> None:
    with pytest.raises(JournalError, match="line 1: ") as caught:
        Validator(Plan(3)).feed(line)
    assert complaint in str(caught.value)


@pytest.mark.parametrize("kernels", [-1, 65, 100_000])
def test_a_plan_is_for_a_number_of_kernels_that_there_may_be(kernels: int) -> None:
    with pytest.raises(UsageError, match=f"kernels={kernels}: there are at most 64 kernels"):
        Plan(kernels)


def test_a_first_line_that_says_what_was_run_comes_first_and_once() -> None:
    validator = Validator(Plan(3, is_complete=True))
    header = {"format": "popcorn-journal", "version": 1, "kernels": 3}
    assert validator.feed("\n")
    assert validator.feed(header)
    with pytest.raises(JournalError, match="line 3: this line says what was run"):
        validator.feed(header)
    assert validator.feed(make_line(VISIT[0]))
    with pytest.raises(JournalError, match="line 5: this line says what was run"):
        validator.feed(header)
    assert all(validator.feed(make_line(row)) for row in VISIT[1:])


def test_more_may_be_fed_after_it_was_asked_what_became_of_it() -> None:
    rows = [*VISIT[:22], VISIT[23], VISIT[22], *VISIT[24:]]  # it is heard before it is said
    _, expected = hold(rows)
    validator = Validator(Plan(3, is_complete=True, keeps_past=True))
    said = []
    for row in rows:
        validator.feed(make_line(row))
        said.append(validator.finish().is_explained)
    assert [number for number, is_explained in enumerate(said) if not is_explained] == [22]
    assert validator.finish() == expected
    assert expected.is_explained


def test_what_is_open_at_the_end_is_named_with_its_line() -> None:
    _, outcome = hold(VISIT[:13])  # the page is asked back and given, and not noted
    assert outcome.is_explained
    assert outcome.duties == (
        Duty(1, "a question that is not answered", "asks[thread 1, kernel 1] is true", 11),
        Duty(1, "a page that was given and not noted", "gave[page 7, kernel 0] is empty", 13),
    )
    _, outcome = hold(VISIT[:16])
    assert [(duty.what, duty.since) for duty in outcome.duties] == [
        ("word that an instruction is done, which the origin has not heard", 16)
    ]


def test_a_duty_that_no_line_begins_is_of_the_line_that_shows_it() -> None:
    _, outcome = hold(without(VISIT[:13], 11), is_complete=False)  # the fault itself is lost
    assert outcome.is_explained
    assert [duty.since for duty in outcome.duties] == [11, 12]


def test_memory_does_not_grow_with_the_log() -> None:
    peaks = []
    for lines in (1000, 5000):
        tracemalloc.start()
        validator = Validator(Plan(KERNELS, is_complete=True))
        assert all(map(validator.feed, islice(make_rounds(), lines)))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] <= GROWTH_MAX * peaks[0]


CHILD = f"""
import resource, sys
from itertools import islice
from popcorn_checker.validating.case import Plan
from popcorn_checker.validating.rounds import make_rounds
from popcorn_checker.validating.validator import Validator
validator = Validator(Plan({KERNELS}, is_complete=True))
assert all(map(validator.feed, islice(make_rounds(), int(sys.argv[1]))))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.rest  # about 8 s, and counts what a shorter log shows
def test_memory_of_the_whole_process_does_not_grow() -> None:
    peaks = [
        int(subprocess.run(
            [sys.executable, "-c", CHILD, lines], capture_output=True, check=True, text=True
        ).stdout)
        for lines in ("10000", "100000")
    ]  # fmt: skip
    assert peaks[1] <= GROWTH_MAX * peaks[0]
    assert peaks[0] <= resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
