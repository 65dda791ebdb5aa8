"""Every finding about popcorn-2014 is derived again by search, and its repair removes it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from popcorn_checker.findings.finding import Finding
from popcorn_checker.findings.popcorn_2014 import CATALOGUE
from popcorn_checker.findings.rederive import rederive

SLOW = {
    "W10": 9,  # three kernels and three tasks: the count of one must miss a thread of another
    "P1": 3,  # three tasks on one kernel, two of which leave while the third arrives
}
"""Findings whose derivation takes more than a few seconds of processor time, and how many."""


def each_finding() -> list[Any]:
    """Every finding, those that take longer marked slow."""
    marks = {name: [pytest.mark.slow] for name in SLOW}
    return [pytest.param(f, id=f.id, marks=marks.get(f.id, [])) for f in CATALOGUE]


@pytest.mark.parametrize("finding", each_finding())
def test_each_finding_is_derived_again(finding: Finding) -> None:
    result = rederive(finding)
    assert not result.problems
    assert result.length == finding.length
    assert result.repaired
    assert result.trace is not None


def test_ids_are_those_of_the_digest_or_our_own() -> None:
    ids = [f.id for f in CATALOGUE]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"(W\d+[a-c]?|P\d+)", i) for i in ids)
    assert all(f.discovered == f.id.startswith("P") for f in CATALOGUE)
