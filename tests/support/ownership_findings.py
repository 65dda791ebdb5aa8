"""Findings about the small ownership protocol: one that is right, and three that are not."""

from dataclasses import replace
from typing import Final

from popcorn_checker.findings.finding import Finding

EARLY: Final = Finding(
    id="A1",
    title="two writers",
    meaning="Home gives the page away before its former holder has let go.",
    prop="one_holder",
    length=8,
    scope="kernels=2",
    repair={"WAIT": "on"},
    protocol="support.ownership",
    parts=("pages",),
)

CATALOGUE: Final = (
    EARLY,
    replace(EARLY, id="A2", title="pinned too short", length=7),
    replace(EARLY, id="A3", title="never broken", prop="one_place", parts=()),
    replace(EARLY, id="A4", title="not repaired", repair={"ORDER": "any"}),
    replace(EARLY, id="A5", title="a scope too small", scope="kernels=2,slots=1"),
    replace(EARLY, id="A6", title="no such property", prop="nothing_at_all"),
)
