"""The command itself: its verbs, their help, what a broken verb does, and how quickly it starts."""

import signal
import subprocess
import sys
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import pytest

from popcorn_checker import cli
from support.command import invoke
from support.interrupts import heeded

VERBS = ("check", "doctor", "export", "findings", "graph", "mutants", "new", "trace")
ROOT = Path(__file__).resolve().parents[3]


def test_no_verb_is_help_and_usage() -> None:
    result = invoke()
    assert result.code == 2
    assert all(verb in result.out for verb in VERBS)
    assert invoke("--help").code == 0


def test_version() -> None:
    result = invoke("--version")
    assert result.code == 0
    assert result.out.startswith("popcorn-spec ")


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_has_help(verb: str) -> None:
    result = invoke(verb, "--help")
    assert result.code == 0
    assert "cannot be loaded" not in result.out


@pytest.mark.parametrize("verb", sorted(set(VERBS) - {"doctor"}))
def test_help_has_an_example(verb: str) -> None:
    words = invoke(verb, "--help").line
    assert words.count(f"popcorn-spec {verb}") > 1, "once is the usage line"


def test_a_verb_that_cannot_be_loaded_harms_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    own = entry_points(group=cli.GROUP)
    odd = EntryPoint("prove", "nowhere.at_all:command", cli.GROUP)
    monkeypatch.setattr(cli, "entry_points", lambda group: (*own, odd))
    assert invoke("doctor").code == 0
    result = invoke("prove")
    assert result.code == 2
    assert "the verb prove (nowhere.at_all:command) cannot be loaded" in result.complaint
    assert "ModuleNotFoundError" in result.complaint


def test_starting_loads_no_engine() -> None:
    program = (
        "import sys\n"
        "from popcorn_checker.cli import make_app\n"
        "make_app()\n"
        "print([m for m in ('numba', 'numpy', 'networkx', 'z3', 'hypothesis')"
        " if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": f"{ROOT / 'model'}:{ROOT / 'checker'}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_a_process_of_its_own_ends_with_the_code() -> None:
    command = [sys.executable, "-m", "popcorn_checker", "check", "nowhere"]
    env = {"PYTHONPATH": f"{ROOT / 'model'}:{ROOT / 'checker'}"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("popcorn-spec: there is no protocol nowhere")


@pytest.mark.parametrize("arguments", [("--help",), ("conform", "--list"), ("conform", "--schema")])
def test_what_cannot_be_written_is_told_in_one_line(arguments: tuple[str, ...]) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "popcorn_checker", *arguments],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == "popcorn-spec: nothing can be written: No space left on device\n"


def test_where_there_is_no_output_nothing_is_printed() -> None:
    line = f"{sys.executable} -m popcorn_checker --version >&-"
    done = subprocess.run(["sh", "-c", line], stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_who_reads_no_more_ends_it_as_a_shell_has_it() -> None:
    running = subprocess.Popen(
        [sys.executable, "-m", "popcorn_checker", "conform", "--list"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert running.stdout is not None
    assert running.stderr is not None
    running.stdout.close()
    assert running.wait(60) == 128 + signal.SIGPIPE
    assert running.stderr.read() == ""
    running.stderr.close()


def test_ctrl_c_while_it_is_loaded_is_told_in_one_line(tmp_path: Path) -> None:
    """As if it came with the import of what takes longest."""
    (tmp_path / "typer.py").write_text("raise KeyboardInterrupt\n")
    folders = ":".join(map(str, (tmp_path, ROOT / "model", ROOT / "checker")))
    done = subprocess.run(
        [sys.executable, "-m", "popcorn_checker", "--help"], env={"PYTHONPATH": folders},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "popcorn-spec: interrupted; nothing is known\n"


@pytest.mark.slow  # about 3 s: it has to explore until the first line of progress
def test_ctrl_c_ends_in_an_honest_unknown() -> None:
    command = [sys.executable, "-m", "popcorn_checker", "check", "support.ownership", "--variant",
               "repaired", "--scope", "kernels=4,pages=3,wishes=3,slots=12", "--no-liveness",
               "--progress"]  # fmt: skip
    folders = ":".join(str(ROOT / name) for name in ("model", "checker", "tests"))
    with heeded():
        running = subprocess.Popen(
            command, env={"PYTHONPATH": folders}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip
    assert running.stderr is not None
    assert "states/s" in running.stderr.readline()
    running.send_signal(signal.SIGINT)
    out, _ = running.communicate(timeout=120)
    assert running.returncode == 3
    assert "it was interrupted" in out
    assert "not the whole scope" in out


def test_debugging_shows_the_way_to_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    def burst(*_: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("popcorn_checker.commands.check.check", burst)
    monkeypatch.setenv(cli.DEBUG, "1")
    result = invoke("check", "support.ownership")
    assert result.code == 255
    assert "Traceback" in result.err
