"""`popcorn-spec validate --format dmesg`: exit codes, data, files, and mistakes of who calls it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest

from support.command import invoke

REPORTS: Final = Path(__file__).parents[2] / "vectors" / "dmesg"
CLONED: Final = [str(REPORTS / f"issue-102-a{n}-1.log") for n in (1, 2, 3)]
MUNMAP: Final = str(REPORTS / "issue-63-b3-1.log")


def call(*arguments: str) -> tuple[int, str, str]:
    """The exit code and what is printed."""
    found = invoke("validate", "--format", "dmesg", *arguments)
    return found.code, found.out, found.err


def test_what_is_explained_is_told_with_what_is_owed() -> None:
    code, out, _ = call(MUNMAP)
    assert code == 0
    assert "issue-63-b3-1.log: explained." in out
    assert "since issue-63-b3-1.log:8: an acknowledgement of the munmap of thread 718" in out
    assert "17 lines say nothing of the process" in out


def test_what_is_not_explained_is_12() -> None:
    code, out, _ = call("--variant", "repaired", *CLONED)
    assert code == 12
    assert "first wrong line issue-102-a2-1.log:18" in out
    assert "not looked at: issue-102-a3-1.log" in out


def test_no_time_is_no_answer() -> None:
    code, out, _ = call("--budget", "0s", MUNMAP)
    assert code == 3
    assert "issue-63-b3-1.log: not decided." in out


def test_data_says_the_same() -> None:
    code, out, _ = call("--json", *CLONED)
    data = json.loads(out)
    assert (code, data["verdict"], data["variant"]) == (0, "explained", "as-built-5.2")
    assert [window["files"] for window in data["windows"]] == [
        [Path(name).name] for name in CLONED
    ]
    assert data["windows"][2]["ended"] == [{"task": "task 643 on node 0", "line": 4}]


def test_what_may_be_told_by_no_line_is_bounded_in_complete_logs_too() -> None:
    assumed = "no line of these nodes is missing; up to {} steps in a row have none"
    assert assumed.format(8) in call("--complete", MUNMAP)[1]
    code, out, _ = call("--complete", "--missing", "12", MUNMAP)
    assert code == 0
    assert assumed.format(12) in out


def test_the_behaviour_is_written_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "run.itf.json"
    assert call("--trace", str(path), MUNMAP)[0] == 0
    assert invoke("trace", path).code == 0


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "no line says anything of a process that migrates"),
        (b"hello\nworld\n", "no line says anything of a process that migrates"),
        (b'{"event":"run"}\n', "some.log:1: this line looks like JSON, which --format ndjson"),
        (b"\x7fELF\0\0", "there is a zero byte, so it is binary"),
        (b"\x1f\x8b\x08", "compressed by gzip"),
    ],
)
def test_what_is_no_log_is_150(content: bytes, told: str, tmp_path: Path) -> None:
    path = tmp_path / "some.log"
    path.write_bytes(content)
    code, _, err = call(str(path))
    assert code == 150
    assert told in err
    assert "Traceback" not in err


def test_a_log_is_read_as_dmesg_and_journalctl_print_it(tmp_path: Path) -> None:
    _, expected, _ = call("--complete", MUNMAP)
    lines = [line[15:] for line in Path(MUNMAP).read_text().splitlines()]
    path = tmp_path / Path(MUNMAP).name
    for prefix in (
        "[Sun Nov 29 14:00:01 2026] ", "2026-11-29T14:00:01,123456+00:00 ", "[  +0.000123] ",
        "Nov 29 14:00:01 host kernel: ",
    ):  # fmt: skip
        path.write_text("".join(f"{prefix}{line}\n" for line in lines))
        assert call("--complete", str(path)) == (0, expected, "")


def test_a_prefix_that_is_not_known_is_named_with_those_that_are(tmp_path: Path) -> None:
    path = tmp_path / "some.log"
    path.write_text("booted\n2026/11/29 14:00:01 EXITED [3814] remote / 0x40\n")
    code, _, err = call(str(path))
    assert code == 150
    assert "some.log:2: what Popcorn prints stands after '2026/11/29 14:00:01 ', which is" in err
    assert "known are '[ 638.123456]' (dmesg, a console, journalctl -o short-monotonic);" in err
    assert "CONFIG" not in err


def test_lines_with_a_prefix_that_is_not_known_are_counted(tmp_path: Path) -> None:
    lines = Path(MUNMAP).read_text().splitlines(keepends=True)
    path = tmp_path / "some.log"
    path.write_text("".join([*lines[:8], f"tty: {lines[8][15:]}", f"tty: {lines[9][15:]}"]))
    code, out, _ = call(str(path))
    assert code == 0
    assert out.endswith(
        "2 lines say nothing of the process; in 2 of them Popcorn's words stand after a prefix "
        "that is not known, first in some.log:9 after 'tty: '\n"
    )
    assert json.loads(call("--json", str(path))[1])["unread"] == 2
    assert json.loads(call("--json", MUNMAP)[1])["unread"] == 0


def test_lines_that_are_cut_off_in_the_middle_are_told_and_refused_if_none_is_missing(
    tmp_path: Path,
) -> None:
    lines = Path(MUNMAP).read_text().splitlines(keepends=True)
    path = tmp_path / "some.log"
    number = next(n for n, line in enumerate(lines) if "EXITED [726] local" in line)
    torn = lines[number].rstrip("\n")[:-8]
    path.write_text("".join([*lines[:number], f"{torn}\n", *lines[number + 1 :]]))
    code, out, _ = call(str(path))
    assert code == 0
    told = f"1 of them begin like lines of Popcorn and are none, first some.log:{number + 1}: cut"
    assert told in out
    assert json.loads(call("--json", str(path))[1])["malformed"] == 1
    code, _, err = call("--complete", str(path))
    assert code == 150
    assert f"some.log:{number + 1}: what stands there begins like" in err
    assert "so this line is not read, and --complete says that none is missing" in err
    path.write_text("".join([*lines[:number], torn]))  # so the file ends
    assert call("--complete", str(path))[0] == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--variant", "best"), "there is no variant best: legal are"),
        (("--node", "0", "--node", "1"), "1 files and 2 times --node"),
        (("--kernels", "2"), "--kernels is about logs of the format ndjson"),
        (("--process", "1"), "--process is about logs of the format ndjson"),
        (("--process", "0"), "--process is about logs of the format ndjson"),
        (("--node", "-1"), "Invalid value for '--node'"),
        ((MUNMAP,), "issue-63-b3-1.log is given twice: give each file once"),
    ],
)
def test_a_mistake_is_told(arguments: tuple[str, ...], told: str) -> None:
    code, _, err = call(*arguments, MUNMAP)
    assert code == 2
    assert told in err
