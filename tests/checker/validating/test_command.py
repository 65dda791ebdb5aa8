"""`popcorn-spec validate` on logs of our own format: exit codes, data, files, and bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.command import Result, invoke
from support.logs import drop, get_log, split, write

VISIT = get_log("visit")
FAMILY = get_log("family")


def call(*arguments: object) -> Result:
    """What the verb prints."""
    return invoke("validate", *arguments)


def spoil(folder: Path) -> Path:
    """A log in which the kernel of a line is wrong."""
    number = next(n for n, line in enumerate(VISIT) if '"take"' in line)
    line = json.loads(VISIT[number])
    line["kernel"] = (line["kernel"] + 1) % 3
    return write([*VISIT[:number], json.dumps(line), *VISIT[number + 1 :]], folder / "run.ndjson")


def test_a_whole_log_is_explained(tmp_path: Path) -> None:
    found = call(write(VISIT, tmp_path / "run.ndjson"), "--complete")
    assert found.code == 0
    assert "run.ndjson: explained." in found.out
    assert "no line is missing" in found.out


def test_a_log_with_holes_is_explained(tmp_path: Path) -> None:
    found = call(write(drop(VISIT, 0.1, 1), tmp_path / "run.ndjson"), "--json")
    assert (found.code, found.data["verdict"]) == (0, "explained")
    assert found.data["silent_steps"] > 0


def test_one_file_for_each_kernel(tmp_path: Path) -> None:
    assert call(*split(VISIT, tmp_path)).code == 0


def test_a_wrong_line_is_12(tmp_path: Path) -> None:
    found = call(spoil(tmp_path), "--complete", "--json")
    assert (found.code, found.data["verdict"]) == (12, "not explained")
    assert found.data["line"]["file"] == "run.ndjson"
    assert found.data["legal"]
    assert found.data["repair"]["text"]


def test_no_time_is_no_answer(tmp_path: Path) -> None:
    found = call(write(VISIT, tmp_path / "run.ndjson"), "--budget", "0s")
    assert found.code == 3
    assert "run.ndjson: not decided." in found.out


@pytest.mark.parametrize("suffix", ["itf.json", "html", "mmd", "txt"])
def test_the_behaviour_is_written(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"why.{suffix}"
    assert call(write(VISIT, tmp_path / "run.ndjson"), "--trace", path).code == 0
    assert path.stat().st_size > 100
    if suffix == "itf.json":
        assert invoke("trace", path).code == 0


def test_each_process_has_a_behaviour(tmp_path: Path) -> None:
    log = write(FAMILY, tmp_path / "run.ndjson")
    processes = call(log, "--json").data["processes"]
    assert len(processes) > 1
    path = tmp_path / "child.itf.json"
    assert call(log, "--trace", path, "--process", processes[1]).code == 0
    assert path.exists()
    assert call(log, "--trace", path, "--process", 99).code == 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"not json\n", "this line is not JSON"),
        (b"[1]\n", "this line is no JSON object"),
        (b"\xff\xfe\x00\x01", "is not text in UTF-8"),
        (b'{"event": "jump", "at": 0}\n', "'jump' is no event"),
        (b'{"event": "run", "at": -1, "thread": 1}\n', "`at` says which kernel it was"),
        (b'{"event": "run", "at": 0}\n', "does not say"),
        (b'{"format": "popcorn journal", "version": 99}\n', "version"),
    ],
)
def test_what_is_no_log_is_150(content: bytes, told: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.ndjson"
    path.write_bytes(content)
    found = call(path)
    assert found.code == 150
    assert told in found.complaint


def test_a_line_that_is_cut_off_is_told(tmp_path: Path) -> None:
    path = tmp_path / "cut.ndjson"
    path.write_text("\n".join(VISIT)[:-9])
    found = call(path)
    assert found.code == 150
    assert f"cut.ndjson:{len(VISIT)}: this line is not JSON" in found.complaint


def test_a_kernel_out_of_range_is_told(tmp_path: Path) -> None:
    found = call(write(VISIT, tmp_path / "run.ndjson"), "--kernels", 1)
    assert found.code == 150
    assert "one of 1 kernels" in found.complaint


def test_two_files_of_one_kernel_are_told(tmp_path: Path) -> None:
    paths = [write(VISIT, tmp_path / f"{name}.ndjson") for name in ("one", "other")]
    found = call(*paths)
    assert found.code == 150
    assert "all lines of a kernel stand in one file" in found.complaint


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    found = call(tmp_path / "none.ndjson")
    assert found.code == 150
    assert "cannot be read: No such file" in found.complaint
