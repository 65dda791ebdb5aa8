"""Pages of popcorn-2020: the table of conflicts, two engines, and controls that must fail.

Where the repaired part holds is listed with the claims (tests/checker/claims).
"""

from __future__ import annotations

from typing import Final

import pytest

from popcorn_checker.checking import Request, check
from popcorn_checker.exploring import Effort
from popcorn_model.popcorn_2020 import PROTOCOL
from popcorn_model.popcorn_2020.conflicts import CONFLICTS, Newcomer, Progress, Reaction, Side
from support.oracle import Case, get_engine_steps, get_steps, summarise, summarise_search

PAGES: Final = ("pages",)

# The code's own order: at_remote, then remote, marked and write bit of the handle; a column is the
# write bit of the newcomer, then its remote bit.
CODE: Final = (
    "FWWN FNFN XXXX XXXX FWWW WNWN XXXX XXXX",
    "FXWX FWFW NXWX NXNX XXWX WXWX XXXX XXXX",
)
ROWS: Final = (
    Progress.LOCAL_READ,
    Progress.LOCAL_WRITE,
    Progress.MARKED_READ,
    Progress.MARKED_WRITE,
    Progress.REMOTE_READ,
    Progress.REMOTE_WRITE,
    Progress.MARKED_REMOTE_READ,
    Progress.MARKED_REMOTE_WRITE,
)
LETTER: Final = {"F": Reaction.FOLLOW, "W": Reaction.WAIT, "N": Reaction.RETRY, "X": Reaction.NEVER}


def test_the_table_is_the_code_s() -> None:
    for side, text in zip(Side, CODE, strict=True):
        for row, letters in zip(ROWS, text.split(), strict=True):
            for newcomer, letter in zip(Newcomer, letters, strict=True):
                assert CONFLICTS[side, row, newcomer] is LETTER[letter], (side, row, newcomer)


@pytest.mark.parametrize(
    "variant",
    [
        pytest.param("as-built-4.4", marks=pytest.mark.rest),  # about 15 s each with the evaluator
        pytest.param("as-built", marks=pytest.mark.rest),
        "repaired",
    ],
)
def test_the_oracle_counts_the_same(variant: str) -> None:
    case = Case.of(PROTOCOL.configured(variant, parts=PAGES), "kernels=3,tasks=1,pages=1")
    total, _ = summarise(case.evaluator)
    assert summarise_search(case.search()) == total


def test_the_oracle_takes_the_same_steps() -> None:
    case = Case.of(PROTOCOL.configured("repaired", parts=PAGES), "kernels=3,tasks=2,pages=1")
    found = case.search()
    for i in range(found.states - 1, 0, -found.states // 40):
        steps = get_steps(case.evaluator, case.decoded(found, i))
        assert steps.after == get_engine_steps(case, found, i)


def test_a_node_that_gets_a_page_and_is_not_noted_is_seen() -> None:
    request = Request(
        protocol="popcorn-2020",
        variant="repaired",
        scope="kernels=3,tasks=2,pages=1",
        parts=PAGES,
        mutation="reply_to_request/update2",
        properties=("refusals_change_nothing",),
    )
    (broken,) = (result for result in check(request, Effort()).results if result.failed)
    assert (broken.name, broken.length) == ("refusals_change_nothing", 13)
