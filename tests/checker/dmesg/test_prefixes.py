"""What tools put before a line is taken away whole, and nothing of what Popcorn has printed is."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from popcorn_checker.dmesg.advising import advise, tell_unread
from popcorn_checker.dmesg.framing import Framed, split, split_record
from popcorn_checker.dmesg.kinds import KINDS
from popcorn_checker.dmesg.prefixes import RECORD_ROW, TIMES, tell_prefixes
from popcorn_checker.dmesg.reading import Line, read

VECTORS: Final = Path(__file__).parents[2] / "vectors" / "dmesg"
NAMES: Final = sorted(path.name for path in VECTORS.glob("*.log"))

STYLES: Final = {
    "dmesg": "[  638.123456] ",
    "dmesg -d": "[  638.123456 <    0.000012>] ",
    "dmesg -d, backwards": "[  638.123456 <   -0.123458>] ",
    "dmesg -T": "[Sun Nov 29 14:00:01 2026] ",
    "dmesg -T, one digit": "[Sun Nov  1 14:00:01 2026] ",
    "dmesg -T, French": "[mer. févr. 12 14:00:01 2026] ",
    "dmesg -T -d": "[Sun Nov 29 14:00:01 2026 <    0.000012>] ",
    "dmesg -H": "[Nov29 14:00] ",
    "dmesg -H, one digit": "[Nov 1 14:00] ",
    "dmesg -H, later": "[  +0.000123] ",
    "dmesg -H, much later": "[ +10.000123] ",
    "dmesg --time-format delta": "[<    0.000012>] ",
    "dmesg --time-format iso": "2026-11-29T14:00:01,123456+00:00 ",
    "dmesg --time-format iso,raw": "2026-11-29T14:00:01,123456+00:00 [  638.123456] ",
    "dmesg -x": "kern  :info  : [  638.123456] ",
    "dmesg -x -T": "kern  :info  : [Sun Nov 29 14:00:01 2026] ",
    "dmesg -x -t": "kern  :notice: ",
    "dmesg -r": "<6>[  638.123456] ",
    "journalctl -k": "Nov 29 14:00:01 host kernel: ",
    "journalctl -k --no-hostname": "Nov 29 14:00:01 kernel: ",
    "journalctl -o short-precise": "Nov 29 14:00:01.123456 host kernel: ",
    "journalctl -o short-full": "Sun 2026-11-29 14:00:01 UTC host kernel: ",
    "journalctl -o short-iso": "2026-11-29T14:00:01+0000 host kernel: ",
    "journalctl -o short-iso-precise": "2026-11-29T14:00:01.123456+00:00 host kernel: ",
    "journalctl -o short-monotonic": "[  638.123456] host kernel: ",
    "journalctl -o short-delta": "[  638.123456 <    0.000012 >] host kernel: ",
    "journalctl -o short-delta, after a boot": "[  638.123456 <    0.000012*>] host kernel: ",
    "journalctl -o short-unix": "1795960801.123456 host kernel: ",
    "syslog": "Nov 29 14:00:01 host kernel: [  638.123456] ",
    "syslog, ISO": "2026-11-29T14:00:01.123456+00:00 host kernel: [  638.123456] ",
    "syslog, RFC 5424": "<6>1 2026-11-29T14:00:01.123456Z host kernel - - - [  638.123456] ",
    "syslog of busybox": "Nov  9 14:00:01 host kern.info kernel: [  638.123456] ",
    "ts": "Nov 29 14:00:01 ",
}

UNKNOWN: Final = (
    "2026/11/29 14:00:01 ", "6,1234,638123456,", "host: ", "[x] ", "14:00:01.123 ", "| ",
    "   ... ",
)  # fmt: skip


def read_vector(name: str) -> tuple[Line, ...]:
    """The lines of a vector, as they are."""
    return read(VECTORS / name).get_lines()


def essence(line: Line) -> tuple[object, ...]:
    """All that is read of a line but for its time and level, which only some prefixes tell."""
    return (line.number, line.text, line.caller, line.kind, line.fields, line.why, line.like)


def put_before(prefix: str, caller: str | None, text: str, gap: str = "") -> str:
    """A line with another prefix; the caller, if any, comes last, after a bracket or a blank."""
    if caller is None:
        return f"{prefix}{text}"
    shown = f"[{caller:>6}] "
    ends = prefix.endswith("] ") and not gap
    return f"{prefix.removesuffix(' ') if ends else prefix}{shown}{text}"


@pytest.mark.parametrize("style", STYLES)
def test_a_prefix_is_taken_away_whole(style: str) -> None:
    prefix = STYLES[style]
    assert split(f"{prefix}  [638] ->[662/0] 0").text == "  [638] ->[662/0] 0"
    assert split(f"{prefix}  [638] ->[662/0] 0").before == ""
    assert split(prefix).text == ""
    assert split(prefix.rstrip()).text == "" or prefix.endswith(": ")


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", NAMES)
def test_a_log_with_other_prefixes_says_the_same(name: str, style: str) -> None:
    expected = read_vector(name)
    for gap in ("", " "):
        lines = [put_before(STYLES[style], line.caller, line.text, gap) for line in expected]
        for end in ("", "\r\n"):
            found = read([line + end for line in lines]).get_lines()
            assert [*map(essence, found)] == [*map(essence, expected)]
            assert not any(line.before or line.unread for line in found)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", NAMES)
def test_what_follows_a_newline_may_be_indented_in_place_of_a_prefix(name: str, style: str) -> None:
    """As dmesg and journalctl show a message that begins with a newline."""
    expected = read_vector(name)
    prefix = STYLES[style]
    lines = []
    for line, before in zip(expected, (None, *expected), strict=False):
        follows = before is not None and before.is_empty and before.caller == line.caller
        first = put_before(prefix, line.caller, "")
        lines.append((" " * len(first) if follows else first) + line.text)
    assert [*map(essence, read(lines))] == [*map(essence, expected)]


def test_an_indented_line_is_read_where_the_empty_one_is_lacking() -> None:
    line = next(iter(read([" " * 15 + "INVALIDATE_PAGE [638] 7ffff7ff8000 [639/0]"])))
    assert line.kind is not None
    assert (line.kind.name, line.text[:4], line.caller) == ("invalidate", "INVA", None)


def test_a_file_with_other_prefixes_says_the_same(tmp_path: Path) -> None:
    expected = read_vector("issue-63-b1-1.log")
    path = tmp_path / "log"
    lines = (put_before(STYLES["dmesg -T, French"], None, line.text) for line in expected)
    path.write_bytes("".join(f"{line}\r\n" for line in lines).encode())
    assert [*map(essence, read(path))] == [*map(essence, expected)]


def to_record(head: str, text: str) -> str:
    """A message as /dev/kmsg hands it out."""
    raw = text.encode()
    escaped = (chr(b) if 32 <= b < 127 and b != 92 else f"\\x{b:02x}" for b in raw)
    return head + "".join(escaped)


@pytest.mark.parametrize("joined", [False, True], ids=["one by one", "with its newline"])
@pytest.mark.parametrize("name", NAMES)
def test_records_of_the_kernel_say_the_same(name: str, joined: bool) -> None:
    expected = read_vector(name)
    records: list[str] = []
    for number, (before, line) in enumerate(itertools.pairwise((None, *expected))):
        assert line is not None
        caller = f",caller={line.caller}" if line.caller else ""
        follows = before is not None and before.is_empty and before.caller == line.caller
        if joined and follows:
            records[-2] += to_record("", f"\n{line.text}")
        else:
            records += [to_record(f"6,{number},638123456,-{caller};", line.text), " SUBSYSTEM=usb"]
    found = [line for line in read(records) if line.text != " SUBSYSTEM=usb"]
    assert [essence(line)[1:] for line in found] == [essence(line)[1:] for line in expected]
    assert {(line.time, line.level, line.before, line.unread) for line in found} == {
        (638.123456, 6, "", "")
    }
    assert len({line.number for line in found}) == len(records) // 2


def test_what_a_record_escapes_is_given_back() -> None:
    line = "12,7,5000000,c,caller=C3,new=1;\\x0aé is \\xc3\\xa9, half of it \\xc3, \\x5cx41; "
    second = "é is é, half of it \\xc3, \\x41; "
    assert split_record(line) == [
        Framed(text, 5.0, "C3", 12, "") for text in ("", second)
    ]


@pytest.mark.parametrize(
    "line",
    ["", "6,1,2;x", "6,1,2,x;y", "6,1,x,-;y", "6,1,2,-,caller;y", "6,1,2,-,caller=T1 x",
     " 6,1,2,-;x"],
)
def test_what_is_no_record_is_none(line: str) -> None:
    assert split_record(line) == []


def make_lines() -> Iterator[str]:
    """Lines that Popcorn prints, of every wording."""
    for kind in KINDS:
        for wording in kind.wordings:
            yield from itertools.chain.from_iterable(wording.samples())


def test_nothing_that_popcorn_prints_is_taken_for_a_prefix() -> None:
    for text in make_lines():
        assert split(text) == Framed(text, None, None, None, ""), text
        for prefix in STYLES.values():
            assert split(prefix + text).text == text


@given(st.text(alphabet=" [](){}<>/=+-*#.:,0123456789abcdefTC", max_size=24))
def test_what_is_left_after_a_prefix_is_what_stood_there(text: str) -> None:
    """Nothing that looks like brackets of tasks is eaten, and no blank but one."""
    for prefix in ("[Sun Nov 29 14:00:01 2026] ", "Nov 29 14:00:01 host kernel: "):
        left = split(f"{prefix}  [638] {text}").text
        assert left == f"  [638] {text}"


@pytest.mark.parametrize(
    ("line", "time", "level"),
    [
        ("[  638.123456 <    0.000012>] x", 638.123456, None),
        ("[Sun Nov 29 14:00:01 2026] x", None, None),
        ("[  +0.000123] x", None, None),
        ("kern  :info  : [  638.123456] x", 638.123456, 6),
        ("daemon:info  : [  638.123456] x", 638.123456, 30),
        ("kern  :emerg : [Nov29 14:00] x", None, 0),
        ("Nov 29 14:00:01 host kernel: [  638.123456] x", 638.123456, None),
        ("<6>1 2026-11-29T14:00:01Z host kernel - - - x", None, 6),
    ],
)
def test_times_are_those_of_the_kernel_only(
    line: str, time: float | None, level: int | None
) -> None:
    assert split(line) == Framed("x", time, None, level, "")


@pytest.mark.parametrize(
    "text",
    [
        "[12.5] hello", "[638] hello", "[638/0] hello", "[Sun] hello", "[14:00] hello",
        "[#4] SMP", "kernel: hello", "host kernel: hello", "kern: hello", "2026-11-29 hello",
        "Nov 29 hello", "14:00:01 hello", "1795960801.123456 hello", "[mt:718] hello",
    ],
)
def test_what_is_no_prefix_is_kept(text: str) -> None:
    assert split(text) == Framed(text, None, None, None, "")


def test_each_row_says_who_prints_it_so() -> None:
    for row in (*TIMES, RECORD_ROW):
        time = row.example.removesuffix(" host kernel:")
        found = re.compile(row.pattern).match(f"{row.example} ")
        assert found is not None
        assert found[0] == time
        assert f"{row.example!r} ({row.printed_by})" in tell_prefixes()


@pytest.mark.parametrize("prefix", UNKNOWN)
def test_what_stands_after_another_prefix_has_a_reason(prefix: str) -> None:
    expected = read_vector("issue-63-b1-1.log")
    log = read([prefix + line.text for line in expected])
    lines = log.get_lines()
    told = [line.number for line in expected if line.kind]
    assert [line.number for line in lines if line.unread] == told
    assert log.counts.refused == len(told)
    first = lines[0]
    assert (first.unread, first.kind) == (prefix, None)
    assert first.why == f"{prefix!r} stands before it, which is no prefix that is known"
    complaint = tell_unread("some.log", lines)
    assert complaint.startswith(
        f"some.log:1: what Popcorn prints stands after {prefix!r}, which is no prefix that is "
        "known; known are '[  638.123456]' (dmesg, a console"
    )
    assert "'[Sun Nov 29 14:00:01 2026]' (dmesg -T)" in complaint


def test_nothing_is_said_of_prefixes_where_popcorn_prints_nothing() -> None:
    lines = read(["2026/11/29 14:00:01 usb 1-1: new device", "hello [638]", "x  [638] hello"])
    assert tell_unread("some.log", lines) == ""


@pytest.mark.parametrize("style", STYLES)
def test_a_line_of_a_log_is_known_as_such(style: str) -> None:
    told = "; it looks like a line of a kernel's log, which --format dmesg reads"
    assert advise("6,1234,638123456,-;usb 1-1: new device\n") == told
    assert advise(f"{STYLES[style]}usb 1-1: new device") == told
    assert advise("EXITED [3814] remote / 0x40\n") == told
    assert advise("2026/11/29 14:00:01 EXITED [3814] remote / 0x40\n") == told
    assert advise("  326.770397] ####### MIGRATE [3814] to 0\n") == told


@pytest.mark.parametrize(
    "line", ["", "hello", '{"event": "run", "at": 0', "[1, 2", "{}{}", "null", "12.5", "97] "]
)
def test_other_lines_are_not_taken_for_a_log(line: str) -> None:
    assert advise(line) == ""
