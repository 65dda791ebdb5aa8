"""Proofs for any size, timed beside engines that go up in size."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from popcorn_checker.checking import Request, make_subject
from popcorn_proofs import bench
from popcorn_proofs.bench import main
from popcorn_proofs.spacer import query

DIRECTORY = "popcorn_model.examples.directory"
ONE = "kernels=1,pages=1,threads=1"
TWO = "kernels=2,pages=1,threads=1"


def test_spacer_reads_the_protocol_and_sees_that_it_is_right_and_wrong() -> None:
    right = make_subject(Request(DIRECTORY, "repaired", ONE))
    assert query(right, ("one_writer", "the_origin_knows")) == "holds"
    wrong = make_subject(Request(DIRECTORY, "repaired", TWO, mutation="grant_write/guard3"))
    assert query(wrong, ("one_writer",)) == "fails"


def test_all_are_timed_and_the_slow_are_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sleeps = [sys.executable, "-c", "import time; time.sleep(60)"]
    says = [sys.executable, "-c", "print('holds')"]
    told = [sys.executable, "-c", "print('[{\"outcome\": \"proved\"}]')"]
    rows = [("slow", ONE, sleeps), ("quick", ONE, says), ("proof", TWO, told)]
    monkeypatch.setattr(bench, "_commands", lambda scopes: iter(rows))
    record = tmp_path / "figures.json"
    assert main(["--limit", "1s", "--json", str(record)]) == 0
    found = json.loads(record.read_text())["rows"]
    assert [row["verdict"] for row in found] == ["", "holds", "proved"]
    assert "slow at kernels=1,pages=1,threads=1: stopped at the limit" in capsys.readouterr().out


@pytest.mark.parametrize("said", ["print('fails')", "raise SystemExit(1)"])
def test_what_does_not_hold_is_told(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [("wrong", ONE, [sys.executable, "-c", said])]
    monkeypatch.setattr(bench, "_commands", lambda scopes: iter(rows))
    assert main([]) == 12


def test_a_limit_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--limit", "soon"]) == 2
    assert "soon" in capsys.readouterr().err


def test_the_commands_are_those_of_a_user() -> None:
    listed = list(bench._commands([ONE]))
    assert [how for how, _, _ in listed] == [
        "proof, lemmas given", "proof, invariant found", "explicit", "Spacer",
    ]  # fmt: skip
    assert all(command[0] == sys.executable for _, _, command in listed)
