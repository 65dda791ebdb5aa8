"""The verb ``run``, as people use it: what it prints and returns, and what it leaves behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from popcorn_reference.programs import SHA256, SUMS, get_program
from popcorn_reference.programs.__main__ import main as compare
from support.command import invoke
from support.interrupts import heeded
from support.programs_mini import PROGRAMS

GOOD: Final = "all is as it should be"
ENDLESS: Final = ".text\nagain: jmp again\n"


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    """A program that never ends."""
    path = tmp_path / "endless.s"
    path.write_text(ENDLESS)
    return path


def test_our_program_is_what_it_was() -> None:
    assert get_program() == SUMS
    assert SUMS.with_suffix(".c").exists()
    assert set(SHA256) == {SUMS.name}


def test_the_demonstration_finds_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert compare(["5"]) == 0
    said = capsys.readouterr().out
    assert "on 3 kernels, seed 5: the same" in said
    assert GOOD in said


def test_the_same_seed_is_the_same_run() -> None:
    said = [
        json.loads(invoke("run", str(SUMS), "--seed", seed, "--json").out)
        for seed in ("7", "7", "8")
    ]
    assert [each["output"].splitlines()[-1] for each in said] == [GOOD] * 3
    hashes = [each["trace_hash"] for each in said]
    assert hashes[0] == hashes[1] != hashes[2]
    assert said[0]["by"] == "program"
    assert said[0]["exit_code"] == 0
    assert len(said[0]["kernels"]) == 3


@pytest.mark.parametrize("driver", ["unix", "tcp"])
def test_every_kernel_in_a_process_of_its_own(driver: str) -> None:
    said = run_command(str(SUMS), "--driver", driver, "--json")
    assert said.returncode == 0, said.stderr
    found = json.loads(said.stdout)
    assert found["output"].splitlines()[-1] == GOOD
    assert found["trace_hash"] is None


def test_a_summary_is_written_for_people(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    said = run_command(str(SUMS), "--seed", "1")
    assert said.returncode == 0
    assert said.stdout.splitlines()[-1] == GOOD
    for word in ("kernel", "migrations", "messages", "all"):
        assert word in said.stderr
    assert run_command(str(SUMS), "--quiet").stderr == ""


def test_a_program_in_assembly_language(tmp_path: Path) -> None:
    for program in PROGRAMS:
        path = tmp_path / f"{program.name}.s"
        path.write_text(program.text)
        found = json.loads(invoke("run", str(path), "--cpu", "mini", "--json").out)
        signal_of = program.status & 0x7F
        code = 128 + signal_of if signal_of else program.status >> 8
        expected = (code, program.output.decode())
        assert (found["exit_code"], found["output"]) == expected, program.name


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["/nowhere"], 150, "/nowhere cannot be read: No such file or directory"),
        ([__file__], 150, "is not an ELF file: it begins with 22 22 22 54"),
        ([sys.executable, "--cpu", "mini"], 150, "is not text in UTF-8"),
        ([str(SUMS.with_suffix(".c")), "--cpu", "mini"], 150, "sums.c: line 1"),
        ([str(SUMS), "--migrate", "often"], 2, "there are never, random, always"),
        ([str(SUMS), "--cpu", "z80"], 2, "there are emulated, native, mixed, mini"),
        ([str(SUMS), "--driver", "carrier-pigeon"], 2, "there are simulation, unix, tcp"),
        ([str(SUMS), "--kernels", "0"], 2, "greater than or equal to 1"),
        ([str(SUMS), "--writable"], 2, "--writable needs --root DIR"),
        ([str(SUMS), "--root", "/nowhere"], 2, "--root /nowhere is not a folder"),
        ([str(SUMS), "--env", "PATH"], 2, "--env PATH is not of the form NAME=VALUE"),
        ([str(SUMS), "--journal", "/nowhere/file"], 2, "/nowhere/file: No such file"),
        ([str(SUMS), "--budget", "1000"], 3, "the budget of 1,000 instructions is spent"),
    ],
)
def test_what_is_wrong_is_said(arguments: list[str], code: int, text: str) -> None:
    said = invoke("run", *arguments)
    assert said.code == code, said
    assert said.err.startswith("popcorn-spec: ")
    assert text in said.err
    assert "Traceback" not in said.err


def test_our_own_failures_say_so_to_machines(endless: Path) -> None:
    said = invoke("run", str(endless), "--cpu", "mini", "--budget", "5000", "--json")
    assert said.code == 3
    found = json.loads(said.out)
    assert found["by"] == "popcorn-spec"
    assert found["exit_code"] == 3
    assert "5,000" in found["error"]


BOTH: Final = """
        movi r0, 1
        movi r1, 1
        movi r2, words
        movi r3, 3
        syscall
        movi r0, 1
        movi r1, 2
        movi r2, words
        movi r3, 4
        syscall
        movi r0, 63             ; uname, to where nothing is
        movi r1, 8
        syscall
        movi r1, 0
        sub  r1, r1, r0
        movi r0, 231
        syscall
.data
words:  .ascii "one two"
"""


@pytest.fixture
def both(tmp_path: Path) -> Path:
    """A program that writes to both streams, and ends with an error of a call as its code."""
    path = tmp_path / "both.s"
    path.write_text(BOTH)
    return path


@pytest.mark.parametrize("driver", ["simulation", "unix", "tcp"])
def test_both_streams_are_kept_apart(both: Path, driver: str) -> None:
    said = run_command(str(both), "--cpu", "mini", "--driver", driver, "--quiet")
    assert (said.stdout, said.stderr, said.returncode) == ("one", "one ", 14), "EFAULT is 14"
    found = json.loads(run_command(str(both), "--cpu", "mini", "--driver", driver, "--json").stdout)
    assert (found["output"], found["errors"]) == ("one", "one ")


@pytest.mark.parametrize("driver", ["simulation", "unix"])
def test_nobody_takes_what_is_written(both: Path, driver: str) -> None:
    command = [sys.executable, "-m", "popcorn_checker", "run", str(both), "--cpu", "mini"]
    for redirection in (">&-", ">/dev/full", "| true"):
        line = " ".join([*command, "--quiet", "--driver", driver, redirection])
        said = subprocess.run(
            ["sh", "-c", line], capture_output=True, text=True, check=False, timeout=60,
            env=_environment(),
        )  # fmt: skip
        assert "Traceback" not in said.stderr
        assert "fault of ours" not in said.stderr
        assert said.returncode in (0, 14)


@pytest.mark.parametrize("option", ["--journal", "--record"])
@pytest.mark.parametrize("driver", ["simulation", "unix"])
def test_files_that_cannot_be_written(both: Path, driver: str, option: str) -> None:
    said = run_command(str(both), "--cpu", "mini", "--driver", driver, option, "/nowhere/file")
    assert said.returncode == 2
    assert "/nowhere/file" in said.stderr
    assert "Traceback" not in said.stderr


def test_nothing_is_lost_for_a_program_that_is_none(tmp_path: Path) -> None:
    journal = tmp_path / "kept.ndjson"
    journal.write_text("kept")
    assert invoke("run", "/nowhere", "--journal", journal).code == 150
    assert journal.read_text() == "kept"
    same = invoke("run", SUMS, "--journal", journal, "--record", journal)
    assert same.code == 2
    assert "are different files" in same.err
    assert journal.read_text() == "kept"


def test_reports_are_there_when_a_run_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "calls.s"
    path.write_text("movi r0, 333\nsyscall\nagain: jmp again\n")
    said = invoke("run", path, "--cpu", "mini", "--budget", "5000", "--json")
    found = json.loads(said.out)
    assert found["by"] == "popcorn-spec"
    assert any("system call 333" in report for report in found["reports"])
    assert "system call 333" in invoke("run", path, "--cpu", "mini", "--budget", "5000").err


def test_bytes_that_are_no_text_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "bytes.s"
    path.write_text(BOTH.replace('.ascii "one two"', ".byte 255, 254, 65, 66"))
    found = json.loads(invoke("run", path, "--cpu", "mini", "--json").out)
    assert b64decode(found["output_base64"]) == b"\xff\xfeA"


@pytest.mark.parametrize(
    "option", [["--journal", "j"], ["--budget", "9"], ["--driver", "unix"], ["--env", "A=B"]]
)
def test_a_replay_takes_nothing_else(option: list[str]) -> None:
    said = invoke("run", SUMS, "--replay", "record", *option)
    assert said.code == 2
    assert f"without {option[0]}" in said.err


# --- processes that end early --------------------------------------------------------------------


def run_command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    command = [sys.executable, "-m", "popcorn_checker", "run", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=120, env=_environment()
    )


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


@contextmanager
def start_endless(path: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A run that does not end, in a process of its own, which the test does not leave behind."""
    command = [sys.executable, "-m", "popcorn_checker", "run", str(path), "--cpu", "mini"]
    with heeded():
        started = subprocess.Popen(
            [*command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=_environment(),
        )  # fmt: skip
    with started as run:
        try:
            yield run
        finally:
            run.kill()


def get_children(parent: int) -> list[int]:
    """The processes that a process has started."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == parent:
                found.append(int(folder.name))
    return sorted(found)


def wait_for_children(parent: int, count: int) -> list[int]:
    """The processes that a process has started, when there are so many."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        children = get_children(parent)
        if len(children) == count:
            return children
        time.sleep(0.05)
    raise AssertionError(f"{parent} has {get_children(parent)} and not {count} children")


def wait_for_file(path: Path) -> None:
    """A run has begun when its journal has."""
    until = time.monotonic() + 60
    while not path.exists() or not path.stat().st_size:
        assert time.monotonic() < until, f"{path} is not written"
        time.sleep(0.05)


def are_gone(processes: list[int]) -> bool:
    """Whether no process is left, after a while."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if not any(Path(f"/proc/{each}").exists() for each in processes):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("victim", [0, 1, 2])
def test_a_kernel_that_dies_ends_the_run(endless: Path, victim: int) -> None:
    with start_endless(endless, "--driver", "unix") as run:
        children = wait_for_children(run.pid, 3)
        time.sleep(0.5)
        os.kill(children[victim], signal.SIGKILL)
        _, said = run.communicate(timeout=60)
    assert run.returncode == 150
    assert "the process of kernel" in said
    assert "has died (signal 9)" in said
    assert are_gone(children)


@pytest.mark.parametrize("driver", ["simulation", "unix"])
def test_an_interrupted_run_leaves_nothing(endless: Path, driver: str) -> None:
    journal = endless.parent / "run.ndjson"
    with start_endless(endless, "--driver", driver, "--journal", str(journal)) as run:
        children = wait_for_children(run.pid, 3 if driver == "unix" else 0)
        wait_for_file(journal.parent / (journal.name + (".0" if driver == "unix" else "")))
        run.send_signal(signal.SIGINT)
        _, said = run.communicate(timeout=60)
    assert run.returncode == 3, said
    assert "was interrupted" in said
    assert "Traceback" not in said
    assert are_gone(children)


def test_kernels_do_not_outlive_who_has_started_them(endless: Path) -> None:
    with start_endless(endless, "--driver", "unix") as run:
        children = wait_for_children(run.pid, 3)
        time.sleep(0.5)
        run.kill()
        run.communicate(timeout=60)
    assert are_gone(children)


def test_a_budget_ends_processes_too(endless: Path) -> None:
    said = run_command(str(endless), "--cpu", "mini", "--driver", "unix", "--budget", "200000")
    assert said.returncode == 3
    assert "the budget of 200,000 instructions is spent" in said.stderr
