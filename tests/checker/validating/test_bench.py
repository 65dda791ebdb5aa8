"""The measurement of validate measures what it says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from popcorn_checker.validating import bench
from support.logs import get_log, write


def test_each_log_is_held_against_the_model_whole_and_with_lines_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = write(get_log("visit"), tmp_path / "visit.ndjson")
    figures = tmp_path / "figures.json"
    assert bench.main(["--json", str(figures), "--lines", "300", "--journal", str(journal)]) == 0
    rows = json.loads(figures.read_text())["validate"]
    assert [(row["log"], row["lines"], row["lost"]) for row in rows] == [
        ("rounds-300", 300, 0.0), ("rounds-300", 300, 0.1),
        ("visit", 104, 0.0), ("visit", 104, 0.1),
    ]  # fmt: skip
    assert {row["verdict"] for row in rows} == {"explained"}
    assert all(row["json"] < row["seconds"] for row in rows)
    assert [row["journal"] is None for row in rows] == [True, True, False, False]
    assert all(row["peak"] > 10 for row in rows)
    assert "Logs, held against the model" in capsys.readouterr().out


def test_the_same_lines_are_lost_each_time(tmp_path: Path) -> None:
    journal = write(get_log("visit"), tmp_path / "visit.ndjson")
    verdicts = [bench.measure(bench.Work("validate", journal, 0.1)).verdict for _ in range(2)]
    assert verdicts == ["explained"] * 2
    with pytest.raises(KeyError):
        bench.measure(bench.Work("nothing", journal))
