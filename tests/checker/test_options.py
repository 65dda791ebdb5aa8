"""Options as records, times, sizes, and what progress looks like."""

import io
import sys
import time

import pytest

from popcorn_checker.errors import UsageError
from popcorn_checker.explicit.search import Progress
from popcorn_checker.options import parse_bytes, parse_seconds, parse_settings, split
from popcorn_checker.progress import describe, reporting, short

NOW = Progress(
    states=1_234_567, expanded=1_000_000, transitions=5, depth=7, seconds=2.0, bytes_used=3 << 30
)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("10m", 600), ("1.5h", 5400), (None, None)]
)
def test_times(text: str | None, seconds: float | None) -> None:
    assert parse_seconds(text) == seconds


def test_what_is_no_time_is_told_with_the_option_that_was_given() -> None:
    with pytest.raises(UsageError, match=r"^--timeout soon is no time"):
        parse_seconds("soon", "--timeout")


@pytest.mark.parametrize(
    ("text", "size"), [("512M", 512 << 20), ("4G", 4 << 30), ("4GiB", 4 << 30), ("100", 100)]
)
def test_sizes(text: str, size: int) -> None:
    assert parse_bytes(text) == size


def test_lists_and_switches() -> None:
    assert split(" a, b,,c ") == ("a", "b", "c")
    assert parse_settings(["a=b", "c=d"]) == {"a": "b", "c": "d"}
    with pytest.raises(UsageError):
        parse_settings(["=b"])


def test_a_line_of_progress() -> None:
    assert describe(NOW) == (
        "1,234,567 states, 617 k states/s, queue 235 k, depth 7, 3.22 G bytes, 2 s"
    )
    assert short(12) == "12"
    assert short(4e15) == "4e+03 T"


def test_plain_lines_come_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with reporting(None) as report:
        assert report is not None
        report(NOW)
    assert capsys.readouterr().err == ""
    with reporting(True) as report:
        assert report is not None
        report(NOW)
        report(NOW)
        clock = time.monotonic() + 60
        monkeypatch.setattr(time, "monotonic", lambda: clock)
        report(NOW)
    assert capsys.readouterr().err.count("1,234,567 states") == 2


def test_nobody_asked() -> None:
    with reporting(False) as report:
        assert report is None


def test_a_live_line_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        """Looks like a terminal."""

        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with reporting(None) as report:
        assert report is not None
        report(NOW)
        time.sleep(0.2)
    assert "1,234,567" in terminal.getvalue()
