"""Every finding about popcorn-2014 is derived again by search, and its repair removes it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from popcorn_checker.findings.finding import Finding
from popcorn_checker.findings.popcorn_2014 import CATALOGUE
from popcorn_checker.findings.rederive import rederive

REST = {
    "W10": 9,  # three kernels and three tasks: the count of one must miss a thread of another
    "W41": 7,  # two threads on two kernels, one of which unmaps what the other asks about
    "W43": 7,  # the same with two areas
    "W50": 20,  # prefetch beside munmap, two pages
    "P1": 3,  # three tasks on one kernel, two of which leave while the third arrives
    "P23": 9,  # a query asked twice, of two kernels
    "P24": 9,  # the same, with the frames of both answers
    "P30": 7,  # a fork beside a page query
    "P31": 9,  # the same, and a write afterwards
}
"""Findings whose derivation takes more than a few seconds of processor time, and how many: they
are left to `make rest`, and `make demo` derives them as well."""


def each_finding() -> list[Any]:
    """Every finding, those that take longer left to the rest."""
    marks = {name: [pytest.mark.rest] for name in REST}
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
