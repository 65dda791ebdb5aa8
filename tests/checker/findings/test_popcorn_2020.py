"""Every finding about popcorn-2020 is derived again by search, and its repair removes it."""

from __future__ import annotations

import re

import pytest

from popcorn_checker.findings.catalogue import CATALOGUES
from popcorn_checker.findings.finding import Finding
from popcorn_checker.findings.popcorn_2020 import CATALOGUE
from popcorn_checker.findings.rederive import rederive


@pytest.mark.parametrize("finding", CATALOGUE, ids=lambda finding: finding.id)
def test_each_finding_is_derived_again(finding: Finding) -> None:
    result = rederive(finding)
    assert not result.problems
    assert result.length == finding.length
    assert result.repaired
    assert result.trace is not None


def test_ids_are_those_of_the_digest_of_issues_or_our_own() -> None:
    assert all(re.fullmatch(r"([CI]\d+[a-c]?|P\d+)", f.id) for f in CATALOGUE)
    assert all(f.discovered == f.id.startswith("P") for f in CATALOGUE)


def test_no_two_protocols_share_an_id() -> None:
    ids = [f.id for catalogue in CATALOGUES for f in catalogue]
    assert len(ids) == len(set(ids))
