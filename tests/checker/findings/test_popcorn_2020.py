"""Every finding about popcorn-2020 is derived again by search, and its repair removes it."""

from __future__ import annotations

import re
from typing import Final

import pytest

from popcorn_checker.errors import UsageError
from popcorn_checker.findings.catalogue import CATALOGUES, find_findings
from popcorn_checker.findings.finding import Finding
from popcorn_checker.findings.popcorn_2020 import CATALOGUE, LEFT_OUT
from popcorn_checker.findings.rederive import rederive

DESIGNED: Final = (
    1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 21, 22, 23, 24, 25, 26, 28, 29,
    31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41,
)  # fmt: skip
"""The numbers of the defects that the design lists, which are not contiguous."""


@pytest.mark.parametrize("finding", CATALOGUE, ids=lambda finding: finding.id)
def test_each_finding_is_derived_again(finding: Finding) -> None:
    result = rederive(finding)
    assert not result.problems
    assert result.length == finding.length
    assert result.repaired
    assert result.trace is not None


def test_ids_are_those_of_the_digest_of_issues_or_our_own() -> None:
    assert all(re.fullmatch(r"([CI]\d+[a-e]?|P\d+)", f.id) for f in CATALOGUE)
    assert all(f.discovered == f.id.startswith("P") for f in CATALOGUE)


def test_no_two_protocols_share_an_id() -> None:
    ids = [f.id for catalogue in CATALOGUES for f in catalogue]
    assert len(ids) == len(set(ids))


def test_each_defect_of_the_list_is_derived_or_left_out_with_a_reason() -> None:
    derived = {f.id.rstrip("abcde") for f in CATALOGUE if f.id.startswith("C")}
    assert not derived & LEFT_OUT.keys()
    assert derived | LEFT_OUT.keys() == {f"C{number}" for number in DESIGNED}
    assert len(LEFT_OUT) <= 10
    assert all(reason.endswith(".") for reason in LEFT_OUT.values())


def test_who_asks_for_what_is_left_out_is_told_why() -> None:
    with pytest.raises(UsageError, match="C37 is left out: there is no time"):
        find_findings(["C37"])
