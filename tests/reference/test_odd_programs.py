"""What becomes of programs that do what they should not, and what a person is told of it."""

import os
from pathlib import Path
from typing import Final

import pytest

from popcorn_reference.cpu import emulated
from popcorn_reference.drivers.simulation import Settings
from popcorn_reference.faults import GuestError
from popcorn_reference.host import Host
from support.guests import BUDGET, Run, build

pytestmark = pytest.mark.tool("musl-gcc")

SIGILL, SIGFPE, SIGSEGV = 4, 8, 11
SETTINGS: Final = Settings(kernels=3, seed=2, quantum=100, budget=BUDGET)
NOWHERE: Final = "error 2"
READ_ONLY: Final = "error 30"
OUTSIDE: Final = ("../secret", "/../../secret", "link", "way/secret", "way")


@pytest.mark.parametrize(
    ("name", "signal", "told"),
    [
        ("null", SIGSEGV, "signal 11"),
        ("division", SIGFPE, "signal 8"),
        ("undefined", SIGILL, "signal 4"),
        ("vector", SIGILL, "an AVX instruction at 0x"),
    ],
)
def test_a_program_dies_of_what_it_does(name: str, signal: int, told: str) -> None:
    with Run(build(f"odd/{name}"), SETTINGS) as run:
        assert run.finish().status == signal
    assert any(told in report and " at 0x" in report for report in run.reports), run.reports


def test_an_endless_program_spends_its_budget() -> None:
    with (
        Run(build("odd/endless"), Settings(budget=100_000)) as run,
        pytest.raises(GuestError, match="budget of 100,000 instructions is spent"),
    ):
        run.finish()


def test_a_program_that_waits_for_itself_is_told_from_one_that_runs() -> None:
    with (
        Run(build("odd/asleep"), SETTINGS) as run,
        pytest.raises(GuestError, match="every thread of the program sleeps"),
    ):
        run.finish()


def test_memory_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emulated.PhysicalMemory.__init__, "__defaults__", (1 << 21,))
    settings = Settings(kernels=1, quantum=50_000, budget=BUDGET)
    with (
        Run(build("odd/hungry"), settings) as run,
        pytest.raises(GuestError, match="filled its memory of 2 MiB"),
    ):
        run.finish()
    assert run.output == b"right\n"


def test_an_unknown_system_call_is_reported_once() -> None:
    with Run(build("odd/unknown"), SETTINGS) as run:
        assert run.finish().output == b"6 missing\n"
    assert len(run.reports) == 2
    assert all("ENOSYS" in report for report in run.reports)
    assert any("5000" in report for report in run.reports)


def test_a_child_begins_although_its_parent_asks_for_nothing_more() -> None:
    settings = Settings(kernels=2, policy="never", quantum=10)
    with Run(build("odd/lonely"), settings) as run:
        machine = run.simulation.machine
        while len(machine.processes) < 2:
            run.simulation.step()
        for _ in range(1000):
            run.simulation.step()
        assert list(machine.processes) == [1]
        assert list(run.simulation.nodes[0].cpus) == [1]


# --- files ---------------------------------------------------------------------------------------


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a file and what could lead out of it, beside a file that is outside."""
    (tmp_path / "secret").write_text("secret")
    inside = tmp_path / "root"
    (inside / "folder").mkdir(parents=True)
    (inside / "inside").write_text("known")
    (inside / "link").symlink_to("../secret")
    (inside / "way").symlink_to("..")
    os.mkfifo(inside / "pipe")
    return inside


def open_all(host: Host) -> dict[str, str]:
    """What a program finds at each path; of those that it opens twice, the last."""
    with Run(build("odd/paths"), SETTINGS, host=host) as run:
        assert run.finish().status == 0
    pairs = [line.split(": ", 1) for line in run.output.decode().splitlines()]
    assert len(pairs) == 16
    found = [(f"{path}#{at}" if at > 10 else path, what) for at, (path, what) in enumerate(pairs)]
    return dict(found)


def test_without_a_root_there_are_no_files() -> None:
    found = open_all(Host())
    assert all(what == NOWHERE for what in found.values()), found


def test_a_root_is_read(root: Path) -> None:
    found = open_all(Host(root=root))
    assert found["inside"] == found["/inside"] == found["folder/../inside"] == "5: known"
    assert found["absent"] == found[""] == NOWHERE
    assert found["pipe"] == "0: "
    written = [what for path, what in found.items() if "#" in path]
    assert written == [READ_ONLY] * 5
    assert (root / "inside").read_text() == "known"


@pytest.mark.parametrize("is_writable", [False, True])
def test_nothing_leads_out_of_the_root(root: Path, is_writable: bool) -> None:
    found = open_all(Host(root=root, is_writable=is_writable))
    assert all(found[path].startswith("error") for path in OUTSIDE), found
    assert not (root.parent / "made").exists()
    assert (root / "made").exists() is is_writable


def test_files_of_children_are_closed(root: Path) -> None:
    host = Host(root=root, is_writable=True)
    with Run(build("files"), SETTINGS, host=host) as run:
        assert run.finish().status == 0
        assert not host._files
