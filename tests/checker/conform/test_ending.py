"""What is left of adapters when the command is ended from outside: nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from support.interrupts import heeded

ADAPTER = """
import json, os, subprocess, sys, time
from pathlib import Path

folder = Path(sys.argv[1])
child = subprocess.Popen(["sleep", "300"])
for line in sys.stdin:
    if json.loads(line)["cmd"] != "hello":
        (folder / f"{os.getpid()}.new").write_text(f"{os.getpid()} {child.pid}")
        os.rename(folder / f"{os.getpid()}.new", folder / f"{os.getpid()}.pids")
        if sys.argv[2] == "sleeps":
            time.sleep(300)
        continue
    hello = {"version": 1, "name": "sleeper", "capabilities": ["migration"]}
    print(json.dumps(hello), flush=True)
(folder / "has read the end").touch()
child.kill()
"""
COMMAND = (sys.executable, "-m", "popcorn_checker", "conform")


def begin(folder: Path, mode: str, *more: str, count: int = 1) -> subprocess.Popen[str]:
    """Start the command, with an adapter that is told an order and does not answer."""
    with heeded():
        run = subprocess.Popen(
            [*COMMAND, *more, "--", sys.executable, "-c", ADAPTER, str(folder), mode],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
    wait_for(lambda: len(list(folder.glob("*.pids"))) >= count)
    return run


def wait_for(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.02)


def processes(folder: Path) -> list[int]:
    """The adapters and their children."""
    return [int(each) for path in folder.glob("*.pids") for each in path.read_text().split()]


def is_gone(process: int) -> bool:
    """Whether a process has ended; nobody may be there to take note of that."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state in "ZX"


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_the_adapters_and_their_children(
    number: signal.Signals, jobs: int, tmp_path: Path
) -> None:
    more = ("--only", "migration", "--timeout", "60s", "--jobs", str(jobs))
    run = begin(tmp_path, "sleeps", *more, count=jobs)
    run.send_signal(number)
    _, err = run.communicate(timeout=30)
    assert run.returncode == 128 + number
    assert err == f"popcorn-spec: ended by {number.name}\n"
    left = processes(tmp_path)
    assert len(left) >= 2 * jobs
    wait_for(lambda: all(map(is_gone, left)))


def test_who_cannot_end_them_leaves_them_the_end_of_their_input(tmp_path: Path) -> None:
    run = begin(tmp_path, "reads", "--only", "migration", "--timeout", "60s")
    run.kill()
    run.communicate(timeout=30)
    wait_for((tmp_path / "has read the end").exists)
    wait_for(lambda: all(map(is_gone, processes(tmp_path))))


def test_a_signal_that_is_ignored_stays_so(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        run = begin(tmp_path, "reads", "--only", "migration/there/1", "--timeout", "2s")
    finally:
        signal.signal(signal.SIGHUP, before)
    os.kill(run.pid, signal.SIGHUP)
    out, _ = run.communicate(timeout=60)
    assert run.returncode == 150
    assert "broken       migration/there/1" in out
