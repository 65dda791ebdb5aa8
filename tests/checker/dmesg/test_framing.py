"""What a console puts around a line is taken away, whatever of it there is or is left."""

from __future__ import annotations

import pytest

from popcorn_checker.dmesg.framing import Framed, Stamp, frame, split

TEXT = "  [641] backoff 3"


@pytest.mark.parametrize(
    ("line", "time", "caller", "level"),
    [
        (TEXT, None, None, None),
        (f"[  326.770397] {TEXT}", 326.770397, None, None),
        (f"[12348.446032] {TEXT}", 12348.446032, None, None),
        (f"[1234567.446032] {TEXT}", 1234567.446032, None, None),
        (f"[  T641] {TEXT}", None, "T641", None),
        (f"[    C0] {TEXT}", None, "C0", None),
        (f"[T123456] {TEXT}", None, "T123456", None),
        (f"[  326.770397][  T641] {TEXT}", 326.770397, "T641", None),
        (f"<6>[  326.770397][    C1] {TEXT}", 326.770397, "C1", 6),
        (f"<30>[  326.770397] {TEXT}", 326.770397, None, 30),
        (f"<4>{TEXT}", None, None, 4),
    ],
)
def test_frames_are_taken_away(
    line: str, time: float | None, caller: str | None, level: int | None
) -> None:
    assert split(line) == Framed(TEXT, time, caller, level, "")


@pytest.mark.parametrize(
    "line", ["[  326.770397] ", "[  326.770397]", "[  T641] ", "[  T641]", "<6>", ""]
)
def test_a_frame_with_nothing_in_it_is_an_empty_line(line: str) -> None:
    assert split(line).text == ""


@pytest.mark.parametrize(
    ("line", "time", "caller"),
    [
        (f"  326.770397] {TEXT}", 326.770397, None),
        # The time may have had more digits.
        (f"326.770397] {TEXT}", None, None),
        (f".770397][  T641] {TEXT}", None, "T641"),
        (f"97] {TEXT}", None, None),
        (f"  T641] {TEXT}", None, "T641"),
        (f"T641] {TEXT}", None, "T641"),
        (f"41] {TEXT}", None, None),
    ],
)
def test_the_first_line_of_a_window_may_have_lost_its_beginning(
    line: str, time: float | None, caller: str | None
) -> None:
    assert split(line, first=True) == Framed(TEXT, time, caller, None, "")


def test_no_other_line_has_lost_its_beginning() -> None:
    assert split(f"97] {TEXT}") == Framed(f"97] {TEXT}", None, None, None, "")


def test_what_stands_before_a_frame_is_kept() -> None:
    line = f"x86 login: [  T636] {TEXT}"
    assert split(line) == Framed(TEXT, None, "T636", None, "x86 login: ")
    line = f"done.<6>[   12.000001] {TEXT}"
    assert split(line) == Framed(TEXT, 12.000001, None, 6, "done.")


def test_a_line_that_names_tasks_has_no_frame_for_that() -> None:
    for text in ("[641] hello", "  [641] ->[639/1] 400", ">>[641] ->[639/1]", "[12.5] hello"):
        assert split(text) == Framed(text, None, None, None, "")


def test_a_trace_says_who_was_running() -> None:
    event = "pgfault: 0 638 W 401ffb 7fffec7e1000 0"
    line = f"          mt-638   [001] ....   326.770397: {event}"
    assert split(line) == Framed(event, 326.770397, "T638", None, "")
    line = f"   my-prog-2-638   (  622) [001] d..2   326.770397: {event}"
    assert split(line) == Framed(event, 326.770397, "T638", None, "")


@pytest.mark.parametrize(
    ("stamp", "text"),
    [
        (Stamp(), ""),
        (Stamp(time=0), "[    0.000000] "),
        (Stamp(time=12348.446032), "[12348.446032] "),
        (Stamp(caller="T641"), "[  T641] "),
        (Stamp(time=1.5, caller="C0"), "[    1.500000][    C0] "),
        (Stamp(time=1.5, caller="C0", level=6), "<6>[    1.500000][    C0] "),
        (Stamp(level=0), "<0>"),
    ],
)
def test_frames_are_printed_as_a_console_does(stamp: Stamp, text: str) -> None:
    assert str(stamp) == text
    assert frame("one\ntwo", stamp) == f"{text}one\n{text}two"
