"""Checkpoints survive a kill at any moment, and nothing wrong is ever resumed."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from popcorn_checker.explicit import checkpoint
from popcorn_checker.explicit import search as engine
from popcorn_checker.explicit.checkpoint import BLOCKS, RECORD, STATES, CheckpointError, keeping
from popcorn_checker.explicit.search import Limits, Search
from support import corners
from support.command import Result, invoke
from support.oracle import Case, summarise_search

LARGE = "desk_slots=2,stamps=2"  # of clerk: 24,655 states
OWN = "support.ownership"
WIDE = "kernels=3,wishes=2,slots=8,tasks=2,hops=2"  # of ownership: 161,748 states


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small chunks, and a save after each of them."""
    monkeypatch.setattr(engine, "CHUNK", 6000)
    monkeypatch.setattr(checkpoint, "SAVE_SECONDS", 0.0)
    monkeypatch.setattr(checkpoint, "SHARE", 0)


def make_search(case: Case) -> Search:
    """A search that has its start state."""
    search = Search(case.program)
    search.reserve(1 << 16)
    search.start()
    return search


def go_on(case: Case, folder: Path, resume: bool, limits: Limits | None = None) -> Search:
    """Search with a checkpoint, from the start or from the folder."""
    search = make_search(case)
    with keeping(search, folder, resume) as look:
        search.run(limits or Limits(), lambda now: look())
    return search


# --- resuming ---------------------------------------------------------------------------------


def test_many_stops_later_everything_is_the_same(tmp_path: Path) -> None:
    case = Case.of(corners.clerk, LARGE)
    whole = case.search()
    search = go_on(case, tmp_path, False, Limits(seconds=0))
    stops = 0
    while not search.complete:
        assert search.stopped == "budget"
        before = search.expanded
        search = go_on(case, tmp_path, True, Limits(seconds=0))
        assert search.expanded > before
        stops += 1
    assert stops >= 4
    assert summarise_search(search) == summarise_search(whole)
    size = whole.states * whole.words
    assert np.array_equal(search.log[:size], whole.log[:size])
    for i in range(0, whole.states, 1777):
        assert search.path(i) == whole.path(i)


def test_a_finished_search_is_there_at_once(tmp_path: Path) -> None:
    case = Case.of(corners.clerk, LARGE)
    whole = go_on(case, tmp_path, False)
    again = go_on(case, tmp_path, True)
    assert again.complete
    assert summarise_search(again) == summarise_search(whole)
    assert again.seconds == whole.seconds


def test_what_ended_a_search_ends_it_again_at_the_same_state(tmp_path: Path) -> None:
    case = Case.of(corners.ring)
    limits = Limits(stop_at=frozenset({"visits_are_few"}))
    first = go_on(case, tmp_path, False, limits)
    assert first.stopped == "found"
    again = go_on(case, tmp_path, True, limits)
    assert (again.stopped, again.states, again.expanded) == ("found", first.states, first.expanded)


class Killed(BaseException):
    """Stands for a process that ends in the middle of something."""


@dataclass
class Fuse:
    """Lets calls through until one is the last, which is not made, or made and never returned."""

    left: int
    before: bool

    def wrap(self, function: Callable[..., object]) -> Callable[..., object]:
        """The function until the fuse burns."""

        def call(*args: object) -> object:
            self.left -= 1
            if self.left < 0 and self.before:
                raise Killed
            result = function(*args)
            if self.left < 0:
                raise Killed
            return result

        return call


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("calls", range(5, 10))  # of five in each save; the first is whole
def test_a_kill_at_any_call_of_the_system(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, calls: int, before: bool
) -> None:
    case = Case.of(corners.ring)
    whole = case.search()
    fuse = Fuse(calls, before)
    with monkeypatch.context() as patch:
        patch.setattr(engine, "CHUNK", 200)
        for name in ("fsync", "replace"):
            patch.setattr(os, name, fuse.wrap(getattr(os, name)))
        with pytest.raises(Killed):
            go_on(case, tmp_path, False)
    search = go_on(case, tmp_path, True)
    assert summarise_search(search) == summarise_search(whole)


CHILD = f"""
import sys, time
from popcorn_checker.cli import run
from popcorn_checker.explicit import checkpoint, search
search.CHUNK, checkpoint.SAVE_SECONDS, checkpoint.SHARE = 4000, 0.0, 0
save = checkpoint.Keeper.save
def slow(keeper):
    save(keeper)
    time.sleep(0.01)
checkpoint.Keeper.save = slow
sys.exit(run(["check", "{OWN}", "--variant", "as-built", "--scope", "{WIDE}", "--no-progress",
              "--no-liveness", "--json", "--checkpoint", *sys.argv[1:]]))
"""


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """A process of its own that checks, with a checkpoint."""
    places = [str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, str(folder), *arguments],
        stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(places)},
    )  # fmt: skip


def expanded(folder: Path) -> int:
    """How far the folder's record is; -1 when there is none."""
    path = folder / RECORD
    return int(get_record(path)["expanded"]) if path.exists() else -1


def get_record(path: Path) -> dict[str, Any]:
    """What a record says, without its seal."""
    record: dict[str, Any] = json.loads(path.read_bytes().partition(b"\n")[2])
    return record


@pytest.mark.rest  # about 7 s: four processes, three of them killed
def test_a_process_killed_again_and_again(tmp_path: Path) -> None:
    folder, arguments, reached = tmp_path / "kept", list[str](), -1
    for _ in range(3):
        process = start(folder, *arguments)
        while expanded(folder) <= reached + 20_000:
            assert process.poll() is None, "it ended before it could be killed"
            time.sleep(0.002)
        process.kill()
        assert process.wait() == -signal.SIGKILL
        reached, arguments = expanded(folder), ["--resume"]
    out, _ = (last := start(folder, "--resume")).communicate()
    whole = invoke("check", OWN, "--variant", "as-built", "--scope", WIDE, "--no-liveness",
                   "--json")  # fmt: skip
    assert last.returncode == whole.code == 12
    assert timeless(json.loads(out)) == timeless(whole.data)


def timeless(verdict: dict[str, object]) -> dict[str, object]:
    """A verdict without what depends on the machine."""
    return {k: v for k, v in verdict.items() if k not in ("seconds", "states_per_second")}


# --- refusing ---------------------------------------------------------------------------------


def check(folder: Path, *arguments: object) -> Result:
    """The small protocol, with a checkpoint."""
    return invoke("check", OWN, "--no-liveness", "--checkpoint", folder, *arguments)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A folder with a small checkpoint."""
    folder = tmp_path / "kept"
    assert check(folder).code == 12
    return folder


def test_a_checkpoint_leads_to_the_same_verdict(kept: Path) -> None:
    fresh = invoke("check", OWN, "--no-liveness", "--json")
    assert timeless(check(kept, "--resume", "--json").data) == timeless(fresh.data)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--scope", "kernels=3"), "its scope is kernels=2,"),
        (("--variant", "repaired"), "its setting is WAIT=off"),
        (("--parts", "moves"), "its parts is pages, moves, and here it is moves"),
        (("--property", "one_place"), "its list of properties is one_holder"),
        (("--mutate", "give/guard1"), "written by another model or engine of the same name"),
    ],
)
def test_a_checkpoint_of_something_else(
    kept: Path, arguments: tuple[str, ...], words: str
) -> None:
    result = check(kept, "--resume", *arguments)
    assert result.code == 150
    assert words in result.complaint


def test_another_version_is_something_else(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "version", lambda name: "9.9.9")
    result = check(kept, "--resume")
    assert result.code == 150
    assert "and here it is 9.9.9" in result.complaint


def damages(kept: Path) -> Iterator[tuple[str, bytes, str]]:
    """Ways to damage a checkpoint: a file, its new content, and a word of the complaint."""
    for name in (STATES, BLOCKS, RECORD):
        good = (kept / name).read_bytes()
        for at in {0, len(good) // 2, len(good) - 1}:
            yield name, good[:at] + bytes([good[at] ^ 4]) + good[at + 1 :], "is damaged"
        for length in (0, len(good) // 2, len(good) - 1):
            yield name, good[:length], "is damaged" if name == RECORD else "is cut short"


def test_every_damage_is_noticed(kept: Path) -> None:
    for name, content, words in list(damages(kept)):
        good = (kept / name).read_bytes()
        (kept / name).write_bytes(content)
        result = check(kept, "--resume")
        assert result.code == 150
        assert f"{kept / name} {words}" in result.complaint
        (kept / name).write_bytes(good)
    assert check(kept, "--resume").code == 12


def test_a_record_of_another_format(kept: Path) -> None:
    other = {**get_record(kept / RECORD), "format": 99}
    (kept / RECORD).write_bytes(checkpoint._sealed(other))
    assert "has format 99 and this version reads 1" in check(kept, "--resume").complaint


def test_files_longer_than_their_record_are_cut(kept: Path) -> None:
    size = (kept / STATES).stat().st_size
    with open(kept / STATES, "ab") as file:
        file.write(b"half a state")
    assert check(kept, "--resume").code == 12
    assert (kept / STATES).stat().st_size == size


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--resume",), 2, "name its folder with --checkpoint"),
        (("--checkpoint", "nowhere", "--resume"), 150, "nowhere holds no checkpoint to go on"),
        (("--checkpoint", "x", "--engine", "evaluator"), 2, "evaluator engine keeps no checkpoint"),
        (("--checkpoint", "x", "--engine", "networkx"), 2, "networkx engine keeps no checkpoint"),
        (("--checkpoint", "taken"), 150, "taken cannot be made: File exists"),
        (("--checkpoint", "/proc/x"), 150, "/proc/x cannot be made: No such file"),
    ],
)
def test_requests_without_sense(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: int,
    words: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path("taken").write_text("")
    result = invoke("check", OWN, *arguments)
    assert result.code == code
    assert words in result.complaint
    assert not Path("nowhere").exists(), "a folder that was only asked for is not made"


def test_a_checkpoint_is_not_overwritten(kept: Path) -> None:
    result = check(kept)
    assert result.code == 150
    assert "holds a checkpoint already; go on from it with --resume" in result.complaint
    assert check(kept, "--resume").code == 12


def test_two_runs_do_not_share_a_folder(kept: Path) -> None:
    other = checkpoint.Keeper(kept, make_search(Case.of(corners.ring)))
    assert "is in use by another run" in check(kept, "--resume").complaint
    other.close()
    assert check(kept, "--resume").code == 12


def test_too_little_memory_for_what_is_there(kept: Path) -> None:
    result = check(kept, "--resume", "--memory", "1M")
    assert result.code == 150
    assert "states, for which --memory" in result.complaint


def test_a_full_disk_leaves_the_last_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = Case.of(corners.clerk, LARGE)
    go_on(case, tmp_path, False, Limits(seconds=0))
    before = expanded(tmp_path)

    def full(part: checkpoint.Part, piece: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint.Part, "write", full)
        with pytest.raises(CheckpointError, match="cannot be written: No space left on device"):
            go_on(case, tmp_path, True)
    assert expanded(tmp_path) == before
    assert summarise_search(go_on(case, tmp_path, True)) == summarise_search(case.search())
