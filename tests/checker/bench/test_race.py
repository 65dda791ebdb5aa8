"""Races: who takes part, what is measured, and that a peer which counts otherwise is an error."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from popcorn_checker.bench import race
from popcorn_checker.bench.__main__ import main
from popcorn_checker.export.peers import PeerError, PeerResult

SMALL = ["--scope", "directory=kernels=2", "--only", "directory"]


@pytest.mark.rest  # about 20 s: three engines, compiled and started
@pytest.mark.tool("rumur", "gcc", "java")
def test_races_are_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = tmp_path / "figures.json"
    # Starting up takes longer than 160 states: nobody is twenty times faster here.
    assert main([*SMALL, "--json", str(record), "--keep", str(tmp_path)]) == 12
    printed = capsys.readouterr().out
    found = json.loads(record.read_text())
    assert [x["peer"]["engine"] for x in found["races"]] == ["rumur", "tlc"]
    for x in found["races"]:
        assert x["ours"]["states"] == x["peer"]["states"] == 160
        assert x["ours"]["peak_bytes"] > 160 * x["ours"]["words"] * 8
        ratio = x["peer"]["cpu_seconds"] / x["ours"]["cpu_seconds"]
        assert x["ratio"] == pytest.approx(ratio, abs=0.01)
        assert f"{ratio:.1f} times" in printed


def test_another_count_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = PeerResult(states=159, rules_fired=1, errors=(), cpu_seconds=1.0)
    monkeypatch.setitem(race.PEERS, "rumur", lambda subject, folder: wrong)
    course = replace(race.COURSES[0], scopes={"rumur": "kernels=2"})
    with pytest.raises(PeerError, match=r"rumur found 159 states .* and we 160"):
        race.run_race(course, "rumur", tmp_path)


def test_a_missing_peer_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
                                 ) -> None:  # fmt: skip
    monkeypatch.setenv("PATH", "")
    assert main([*SMALL, "--peers", "rumur"]) == 12
    assert "rumur is not installed: Debian's package rumur has it" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--peers", "spin"], "no spin: legal are rumur, tlc"),
        (["--only", "x"], "no x: legal are directory, transport"),
        (["--scope", "kernels=2"], "kernels=2 is not of the form COURSE=SCOPE"),
    ],
)
def test_bad_requests(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    assert words in capsys.readouterr().err
