"""Every finding about popcorn-2014 is derived again by search, and its repair removes it."""

from __future__ import annotations

import re

import pytest

from popcorn_checker.findings.finding import Finding
from popcorn_checker.findings.popcorn_2014 import CATALOGUE
from popcorn_checker.findings.rederive import rederive


@pytest.mark.parametrize("finding", CATALOGUE, ids=lambda f: f.id)
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
