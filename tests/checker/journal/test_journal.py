"""Journals of real runs are explained, step by step; what is no journal is refused in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from popcorn_checker.journal.explaining import Explained, Unexplained, explain
from popcorn_checker.journal.reading import Journal, JournalError, read
from popcorn_reference.drivers import single
from popcorn_reference.programs import SUMS
from popcorn_reference.running import NOBODY, Job
from support.command import invoke
from support.programs_mini import PROGRAMS
from support.programs_mini.running import Program

POLICIES: Final = ("never", "random", "always")


def write_journal(job: Job) -> Path:
    """The journal of a run."""
    assert job.journal is not None
    single.run(job, NOBODY)
    return job.journal


def get_processes(journal: Journal) -> list[int]:
    """The processes that a journal is about."""
    return sorted({line.names["process"] for line in journal.lines})


def explain_all(path: Path) -> list[Explained]:
    """The explanation of each process of a journal."""
    journal = read(path)
    return [explain(journal, process) for process in get_processes(journal)]


@pytest.mark.parametrize("source", PROGRAMS, ids=lambda source: source.name)
def test_runs_in_assembly_language_are_explained(source: Program, tmp_path: Path) -> None:
    program = tmp_path / "program.s"
    program.write_text(source.text)
    for seed, policy in enumerate(POLICIES):
        journal = tmp_path / f"{policy}.ndjson"
        write_journal(
            Job(program, processor="mini", seed=seed, policy=policy, quantum=20, journal=journal)
        )
        explained = explain_all(journal)
        assert explained
        assert {found.run[-1][0].action for found in explained} == {"close"}


@pytest.fixture(scope="module")
def sums(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The journal of our program with four threads on three kernels."""
    return write_journal(Job(SUMS, seed=4, journal=tmp_path_factory.mktemp("run") / "run.ndjson"))


def test_a_run_with_threads_is_explained(sums: Path) -> None:
    (found,) = explain_all(sums)
    fired = {firing.action for firing, _ in found.run}
    assert {"serve_clone", "serve_migrate", "give_way", "fall_asleep", "wake", "serve_fill",
            "serve_look", "serve_exit", "close"} <= fired  # fmt: skip
    assert len(found.numbers.threads) == 5


def test_what_was_said_wrongly_is_found(sums: Path, tmp_path: Path) -> None:
    lines = sums.read_text().splitlines()
    places = [n for n, line in enumerate(lines) if '"event":"give"' in line]
    place = places[len(places) // 2]
    wrong = json.loads(lines[place])
    wrong["kernel"] = (wrong["kernel"] + 1) % 3
    path = tmp_path / "wrong.ndjson"
    path.write_text("\n".join([*lines[:place], json.dumps(wrong), *lines[place + 1 :]]))
    with pytest.raises(Unexplained) as found:
        explain(read(path))
    assert found.value.line.number == place + 1
    assert "give_way" in str(found.value)
    said = invoke("trace", str(path))
    assert said.code == 12
    assert f"line {place + 1}: kernel" in said.out


def test_the_same_page_is_drawn_as_of_a_counterexample(sums: Path, tmp_path: Path) -> None:
    page = tmp_path / "run.html"
    said = invoke("trace", str(sums), "--lines", "300-330", "-o", str(page))
    assert said.code == 0, said.err
    text = page.read_text()
    assert "<html" in text
    assert "popcorn" in text
    shown = invoke("trace", str(sums), "--lines", "300-330")
    assert shown.code == 0
    assert "popcorn (default)" in shown.out
    (found,) = explain_all(sums)
    steps = [n for n, line in enumerate(found.lines) if 300 <= line <= 330]
    assert f"popcorn (default), {len(steps)} steps" in shown.out
    assert found.run[steps[-1]][0].action in shown.out
    assert found.run[steps[-1]][0].action in text


# --- what is no journal --------------------------------------------------------------------------

HEAD: Final[dict[str, Any]] = {"format": "popcorn-journal", "version": 1, "kernels": 2}


def make(*lines: object) -> str:
    """Lines of JSON."""
    return "\n".join(each if isinstance(each, str) else json.dumps(each) for each in lines)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "begins with an object whose format"),
        (make({"format": "other"}), "begins with an object whose format"),
        (make({**HEAD, "version": 2}), "whose version is 1"),
        (make({**HEAD, "kernels": "two"}), "does not say how many kernels"),
        (make({**HEAD, "kernel": 1}), "this is what one kernel of 2 has written"),
        (make(HEAD, "{"), ":2: this line is not JSON"),
        (make(HEAD, "7"), ":2: this line is no JSON object"),
        (make(HEAD, {"event": "dance", "at": 0}), ":2: 'dance' is no event; there are exec"),
        (make(HEAD, {"event": "take", "at": 0, "process": 1}), "does not say thread, kernel"),
        (make(HEAD, {"event": "close", "process": 1}), "which of the 2 kernels it was"),
        (make(HEAD, {"event": "send", "at": 7}), ":2: `at` says which of the 2 kernels it was"),
    ],
)
def test_what_is_wrong_is_said(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "it.ndjson"
    path.write_text(text)
    with pytest.raises(JournalError) as found:
        read(path)
    assert said in str(found.value)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="cannot be read"):
        read(tmp_path / "nothing")
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe")
    with pytest.raises(JournalError, match="not text in UTF-8"):
        read(binary)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--lines", "9"], "--lines 9 is not of the form A-B"),
        (["--lines", "9-3"], "--lines 9-3 is not of the form A-B"),
    ],
)
def test_lines_that_are_none(arguments: list[str], said: str, sums: Path) -> None:
    found = invoke("trace", str(sums), *arguments)
    assert found.code == 2
    assert said in found.err


def test_a_process_and_lines_that_are_not_there(sums: Path) -> None:
    for arguments, text in (
        (["--process", "9"], "is not about process 9; it is about [1]"),
        (["--lines", "99999-100000"], "there is no step of the process in these lines"),
    ):
        found = invoke("trace", sums, *arguments)
        assert found.code == 150
        assert text in found.err


def test_a_journal_that_ends_early_says_so(sums: Path, tmp_path: Path) -> None:
    path = tmp_path / "early.ndjson"
    path.write_text("\n".join(sums.read_text().splitlines()[:200]))
    found = invoke("trace", path, "--lines", "100-120")
    assert found.code == 0
    assert "the journal ends before the process does" in found.err
    assert "ends before" not in invoke("trace", sums, "--lines", "100-120").err


def test_journals_of_several_processes_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "run.ndjson.0").write_text(make({**HEAD, "kernel": 0}))
    found = invoke("trace", tmp_path / "run.ndjson")
    assert found.code == 150
    assert "was written by several processes" in found.err


def test_options_for_journals_are_for_journals(tmp_path: Path) -> None:
    path = tmp_path / "it.itf.json"
    path.write_text("{}")
    found = invoke("trace", str(path), "--process", "1")
    assert found.code == 2
    assert "--process and --lines are for journals" in found.err


