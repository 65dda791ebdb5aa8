"""The measurement of the kit measures what it says."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from popcorn_checker.conform import bench
from popcorn_checker.conform.covered import covering_cases

REFERENCE = (sys.executable, "-m", "popcorn_reference.adapter")


def test_all_cases_of_a_group_are_driven_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "GROUPS", ("threads",))
    assert bench.main(["--json", str(tmp_path / "f.json"), "--", *REFERENCE]) == 0
    (figure,) = json.loads((tmp_path / "f.json").read_text())["conform"]
    cases = [case for case in covering_cases() if case.id.startswith("cover/threads/")]
    assert figure["cases"] == len(cases)
    assert figure["orders"] > 10 * len(cases)
    assert 0 < figure["alone"] < figure["judged"]
    assert "popcorn-reference, driven and judged" in capsys.readouterr().out


def test_what_is_no_adapter_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["--", "/no/such"]) == 150
    assert "cannot be started" in capsys.readouterr().err
