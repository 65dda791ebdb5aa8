"""A recorded run can be done again, and what is no record is refused in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from popcorn_reference.drivers import processes, replay, single
from popcorn_reference.faults import RecordError
from popcorn_reference.programs import SUMS
from popcorn_reference.recording import Act, digest, read
from popcorn_reference.running import NOBODY, Ended, Job, Streams
from support.command import invoke
from support.programs_mini import PROGRAMS


def repeat(job: Job) -> tuple[Ended, bytes]:
    """What comes of a recorded run when it is done again."""
    assert job.record is not None
    written = bytearray()
    return replay.run(job, job.record, Streams(written.extend, len)), bytes(written)


@pytest.fixture
def recorded(tmp_path: Path) -> Job:
    """A run of our program in simulation, with its record."""
    job = Job(SUMS, seed=11, quantum=200, record=tmp_path / "run.record")
    single.run(job, NOBODY)
    return job


@pytest.mark.parametrize("driver", ["simulation", "unix", "tcp"])
def test_a_run_is_done_again(driver: str, tmp_path: Path) -> None:
    job = Job(SUMS, seed=3, quantum=300, record=tmp_path / "run.record")
    output = bytearray()
    if driver == "simulation":
        before = single.run(job, Streams(output.extend, len))
    else:
        with (tmp_path / "output").open("wb+") as file:
            before = processes.run(job, driver, (file.fileno(), None))
            file.seek(0)
            output.extend(file.read())
    after, written = repeat(job)
    assert written == output
    assert b"all is as it should be" in written
    assert after.status == before.status
    assert after.counts == before.counts


@pytest.mark.parametrize("source", PROGRAMS, ids=lambda source: source.name)
def test_runs_in_assembly_language_are_done_again(source: Any, tmp_path: Path) -> None:
    program = tmp_path / "program.s"
    program.write_text(source.text)
    job = Job(program, processor="mini", seed=2, quantum=15, record=tmp_path / "run.record")
    before = single.run(job, NOBODY)
    after, written = repeat(job)
    assert (after.status, written) == (before.status, source.output)


def change(path: Path, edit: Callable[[list[dict[str, Any]]], None]) -> None:
    """Write a record that was changed."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    edit(lines)
    path.write_text("\n".join(map(json.dumps, lines)) + "\n")


def drop_a_slice(lines: list[dict[str, Any]]) -> None:
    """A slice is missing."""
    place = [n for n, line in enumerate(lines) if line.get("act") == "slice"][5]
    del lines[place]


def say_something_else(lines: list[dict[str, Any]]) -> None:
    """A slice was longer by one instruction."""
    slices = [line for line in lines if line.get("act") == "slice"]
    slices[3]["values"][2] += 1


def forget_the_end(lines: list[dict[str, Any]]) -> None:
    """The run was cut short."""
    del lines[-3:]


@pytest.mark.parametrize(
    ("edit", "text"),
    [
        (drop_a_slice, "kernel"),
        (say_something_else, "kernel"),
        (forget_the_end, "is not complete"),
        (lambda lines: lines[0].update(version=9), "whose version is 1"),
        (lambda lines: lines[0].update(sha256="0"), "is of another program"),
        (lambda lines: lines[0].update(processor="native"), "cannot repeat a run"),
        (lambda lines: lines[0].update(kernels=1), "and has 1 of them"),
        (lambda lines: lines[0].pop("arguments"), "does not say arguments"),
        (lambda lines: lines[0].update(kernels=3000), "does not say kernels"),
        (lambda lines: lines[2].update(at=-1), "is not complete"),
        (lambda lines: lines[2].update(values=["00"]), "are not numbers and bytes"),
        (lambda lines: lines[2].update(act="dance"), "'dance' is no act; there are begin"),
        (lambda lines: lines[2].update(values=[]), "says at, and"),
        (lambda lines: lines[2].update(values=["no hex"]), "are not numbers and bytes"),
    ],
)
def test_what_is_wrong_is_said(
    edit: Callable[[list[dict[str, Any]]], None], text: str, recorded: Job
) -> None:
    assert recorded.record is not None
    change(recorded.record, edit)
    with pytest.raises(RecordError, match=text):
        repeat(recorded)


def test_a_record_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="there is no record"):
        read(tmp_path / "nothing")
    (tmp_path / "text").write_text("hello\n")
    with pytest.raises(RecordError, match=":1: this is not JSON"):
        read(tmp_path / "text")


def test_what_was_said_is_hashed_whole() -> None:
    class Hasher:
        def __init__(self) -> None:
            self.data = b""

        def update(self, data: bytes) -> None:
            self.data += data

    hasher: Final = Hasher()
    digest(hasher, Act("slice", (1, 2, 3)), [])
    assert hasher.data == b"Act(what='slice', values=(1, 2, 3))\n[]\n"


def test_from_the_command_line(tmp_path: Path) -> None:
    record = tmp_path / "run.record"
    first = invoke("run", SUMS, "--seed", 5, "--record", record, "--json")
    again = invoke("run", SUMS, "--replay", record, "--json")
    assert first.code == again.code == 0
    assert first.data["output"] == again.data["output"]
    assert first.data["kernels"] == again.data["kernels"]
    wrong = invoke("run", SUMS, "--replay", tmp_path / "nothing")
    assert wrong.code == 150
    assert "there is no record" in wrong.err
    native = invoke("run", SUMS, "--record", record, "--cpu", "native")
    assert native.code == 2
    assert "--record is for processors that repeat a run" in native.err
