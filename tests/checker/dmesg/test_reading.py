"""Logs of real kernels are read: how many lines there are of each kind, and what they say."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

from popcorn_checker.dmesg.reading import LINE_BYTES_MAX, DmesgError, Line, read

VECTORS: Final = Path(__file__).parents[2] / "vectors" / "dmesg"

# Lines, those that are empty, those of no kind, and how many there are of each kind. No line that
# begins like a kind is cut off or malformed.
COUNTS: Final = {
    "issue-102-a1-1.log": (33, 5, 1, {
        "area_ask": 2, "area_fault": 2, "area_file": 1, "area_nearest": 1, "executable": 2,
        "handler": 2, "listening": 1, "loading": 1, "loading_nodes": 1, "map_ask": 1,
        "map_last": 1, "migrated": 1, "node": 2, "node_joined": 1, "page_fault": 2, "ready": 1,
        "restored_ip": 1, "restored_sp": 1, "thread_started": 1, "worker_for": 1,
        "worker_runs": 1,
    }),
    "issue-102-a2-1.log": (37, 9, 0, {
        "area_ask": 1, "area_fault": 1, "call_mmap": 1, "closed": 3, "executable": 5,
        "page_ask": 3, "page_fault": 8, "page_reply": 3, "taken": 3,
    }),
    "issue-102-a3-1.log": (9, 0, 4, {
        "call_trace": 1, "cut_here": 1, "kernel_bug": 1, "registers": 1, "trap": 1,
    }),
    "issue-102-a4-1.log": (31, 6, 1, {
        "area_file": 1, "area_info": 3, "closed": 2, "connecting": 1, "handler": 2,
        "listening": 1, "loading": 1, "loading_nodes": 1, "migrate": 1, "node": 2,
        "node_joined": 1, "page_answer": 2, "page_asked": 3, "ready": 1, "taken_for": 2,
    }),
    "issue-63-b1-1.log": (27, 6, 0, {
        "closed": 3, "exited": 3, "invalidate": 2, "invalidate_free": 2, "invalidated": 2,
        "migrate": 3, "page_answer": 3, "page_asked": 3,
    }),
    "issue-63-b1-2.log": (32, 8, 0, {
        "closed": 5, "invalidate": 3, "invalidate_free": 3, "invalidated": 3, "page_answer": 5,
        "page_asked": 5,
    }),
    "issue-63-b1-3.log": (30, 7, 0, {
        "closed": 6, "invalidate": 2, "invalidate_free": 2, "invalidated": 2, "page_answer": 6,
        "page_asked": 5,
    }),
    "issue-63-b1-4.log": (37, 9, 0, {
        "invalidate": 9, "invalidate_free": 9, "invalidated": 10,
    }),
    "issue-63-b2-1.log": (30, 0, 0, {
        "closed": 2, "exited": 25, "page_fault": 1, "revoke": 1, "taken_at_origin": 1,
    }),
    "issue-63-b3-1.log": (28, 0, 16, {
        "call_trace": 1, "closed": 1, "exited": 8, "hung_task": 1, "munmap_tell": 1,
    }),
    "issue-63-b4-1.log": (14, 0, 2, {
        "exited": 8, "munmap_tell": 1, "null_pointer": 1, "oops": 1, "registers": 1,
    }),
}  # fmt: skip

UNKNOWN: Final = {
    # A module is loaded: nothing that matters here.
    "msg_socket: loading",
    # Registers, and a stack.
    "RIP: ", "RBP: ", "R13: ", "CR2: ", " ? ", " __request_remote_page", " schedule",
    " io_schedule", " wait_", " vma_server_munmap_origin", " __x64_sys_munmap", " do_syscall_64",
    " entry_SYSCALL_64",
    # The rest of what Linux says about a task that hangs.
    "      Not tainted", '"echo 0 >', "mt              D",
}  # fmt: skip
"""How lines begin that are of no kind: nothing that Popcorn itself prints."""


def read_all(path: Path) -> tuple[Line, ...]:
    """All lines of a vector."""
    return read(path).get_lines()


def test_each_vector_is_counted() -> None:
    assert {path.name for path in VECTORS.glob("*.log")} == COUNTS.keys()


@pytest.mark.parametrize("name", COUNTS)
def test_each_kind_is_counted(name: str) -> None:
    log = read(VECTORS / name)
    assert log.counts.lines == 0
    for _ in log:
        pass
    lines, empty, unknown, kinds = COUNTS[name]
    counts = log.counts
    assert (counts.lines, counts.empty, counts.unknown, counts.refused) == (
        lines, empty, unknown, 0
    )  # fmt: skip
    assert counts.kinds == Counter(kinds)
    assert counts.kinds.total() + empty + unknown == lines


def test_what_is_unknown_is_not_of_popcorn() -> None:
    unknown = {
        line.text
        for path in VECTORS.glob("*.log")
        for line in read(path)
        if line.kind is None and not line.is_empty
    }
    begin = {begun: [text for text in unknown if text.startswith(begun)] for begun in UNKNOWN}
    assert all(begin.values())
    assert {text for texts in begin.values() for text in texts} == unknown


def test_an_empty_line_stands_only_before_a_format_that_begins_with_a_newline() -> None:
    for path in VECTORS.glob("*.log"):
        lines = read_all(path)
        for line, after in pairwise(lines):
            if line.is_empty and after.caller == line.caller:
                assert after.kind is not None
                assert any(wording.after_empty for wording in after.kind.wordings)


def test_a_line_says_what_stands_in_it() -> None:
    line = read_all(VECTORS / "issue-102-a2-1.log")[18]
    assert line.kind is not None
    assert (line.number, line.kind.name, line.caller, line.time) == (19, "taken", "T641", None)
    assert line.text == " =[641] 4ce000 00000000350a4be7"
    assert line.fields == {"pid": 641, "page": 0x4CE000, "handle": "00000000350a4be7"}
    assert line.kind.group == "page server"
    assert line.kind.file == "kernel/popcorn/page_server.c"
    assert line.whole


def test_a_window_may_begin_in_a_frame_or_after_a_prompt() -> None:
    first = read_all(VECTORS / "issue-63-b1-1.log")[0]
    assert (first.time, first.fields) == (326.770397, {"pid": 3814, "node": 0})
    first = read_all(VECTORS / "issue-102-a1-1.log")[0]
    assert (first.before, first.caller, first.kind) == ("x86 login: ", "T636", None)


@pytest.mark.parametrize("name", COUNTS)
def test_other_tasks_and_pages_are_read_as_such(name: str) -> None:
    """A log in which numbers are replaced says the same about the others."""
    text = (VECTORS / name).read_text()
    changes = {"[641": "[77041", "[638": "[5", "/0]": "/17]", "4ce000": "1000"}
    changes["7ffff"] = "5aaaa"
    for old, new in changes.items():
        text = text.replace(old, new)
    log = read(text.split("\n")[:-1])
    lines = log.get_lines()
    assert log.counts.kinds == Counter(COUNTS[name][3])
    swap = {641: 77041, 638: 5, 0x4CE000: 0x1000}
    for old_line, line in zip(read_all(VECTORS / name), lines, strict=True):
        for field in ("pid", "page"):
            before = old_line.fields.get(field)
            if isinstance(before, int):
                hexadecimal = f"{before:x}".replace("7ffff", "5aaaa")
                after = swap.get(before, int(hexadecimal, 16))
                assert line.fields[field] == after
        if "peer_node" in line.fields:
            assert line.fields["peer_node"] == {0: 17}.get(
                int(old_line.fields["peer_node"]), old_line.fields["peer_node"]
            )


def test_line_ends_of_other_systems_are_line_ends(tmp_path: Path) -> None:
    for name in COUNTS:
        path = tmp_path / name
        path.write_bytes((VECTORS / name).read_bytes().replace(b"\n", b"\r\n"))
        assert read_all(path) == read_all(VECTORS / name)


def test_colours_are_taken_away(tmp_path: Path) -> None:
    plain = "[  638.123456] EXITED [718] local / 0x0"
    coloured = "\x1b[32m[  638.123456] \x1b[0m\x1b[33mEXITED \x1b[0m[718] local / 0x0\x1b[0m"
    path = tmp_path / "dmesg.log"
    path.write_text(f"{coloured}\n")
    for source in (path, [coloured], [f"{coloured}\n".encode()]):
        (line,) = read(source)
        assert (line.text, line.time) == (plain[15:], 638.123456)
        assert line.kind is not None


def test_lines_may_come_from_anywhere() -> None:
    path = VECTORS / "issue-63-b3-1.log"
    expected = read_all(path)
    assert read(str(path)).get_lines() == expected
    with path.open() as text:
        assert read(text).get_lines() == expected
    with path.open("rb") as raw:
        assert read(raw).get_lines() == expected
    assert read(path.read_text().split("\n")[:-1]).get_lines() == expected
    assert read([path.read_text()]).get_lines() == expected


def test_a_log_may_be_gone_through_again() -> None:
    log = read(VECTORS / "issue-63-b3-1.log")
    assert tuple(log) == tuple(log)
    assert log.counts.lines == 28


def test_a_last_line_without_a_newline_may_have_lost_letters(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("EXITED [12] remote / 0x40\nEXITED [13] remote / 0x4")
    lines = read_all(path)
    assert [line.whole for line in lines] == [True, False]
    assert lines[1].fields["code"] == 4


def test_a_last_line_that_is_cut_off_is_kept_with_its_reason(tmp_path: Path) -> None:
    text = (VECTORS / "issue-102-a4-1.log").read_text()
    path = tmp_path / "log"
    path.write_text(text[:-12])
    log = read(path)
    line = log.get_lines()[-1]
    assert line.text == "REMOTE_PAGE_REQUEST [639] 7fffffffe000 W 401cbd f"
    assert (line.kind, line.whole, line.why) == (None, False, "cut off before field peer_pid")
    assert line.like is not None
    assert line.like.name == "page_asked"
    assert (log.counts.refused, log.counts.unknown) == (1, 1)


def test_what_is_not_utf_8_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"\xef\xbb\xbf[    1.000000] caf\xe9 \xff\nEXITED [1] local / 0x0\n")
    first, second = read_all(path)
    assert (first.text, first.time, first.kind) == (r"caf\xe9 \xff", 1.0, None)
    assert second.kind is not None


def test_an_empty_file_has_no_lines(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.touch()
    assert read_all(path) == ()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"one\ntwo\0\n", "log:2: there is a zero byte, so it is binary; a log is text"),
        (b"\x1f\x8b\x08", "log:1: this is compressed by gzip: unpack it first; a log is text"),
        (b"\xff\xfeE\0", "log:1: this is text in UTF-16: write it again in UTF-8; a log is text"),
        (b"one\n" + b"x" * LINE_BYTES_MAX, "log:2: this line has more than 65536 bytes; a log"),
    ],
)
def test_what_is_no_log_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "log"
    path.write_bytes(content)
    with pytest.raises(DmesgError) as refused:
        read_all(path)
    assert f"{tmp_path}/{message}" in str(refused.value)
    assert "line by line, as dmesg or a console prints it" in str(refused.value)


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(DmesgError, match=r"absent cannot be read: No such file or directory; a"):
        read(tmp_path / "absent")
    with pytest.raises(DmesgError, match=r"cannot be read: Is a directory; a log is text"):
        read(tmp_path)
    with pytest.raises(DmesgError, match=r"is no path: embedded null byte; a log is text"):
        read("a\0b")


def test_binary_lines_are_refused() -> None:
    with pytest.raises(DmesgError, match=r"these lines:2: there is a zero byte"):
        read([b"one\n", b"\0"]).get_lines()
    with pytest.raises(DmesgError, match=r"mine:1: there is a zero byte"):
        read([b"\0"], name="mine").get_lines()


def test_a_log_is_not_held_whole() -> None:
    """Lines are taken from their source one by one, as they are wanted."""
    given = 0

    def make_lines() -> Iterator[str]:
        nonlocal given
        while True:
            given += 1
            yield "EXITED [1] local / 0x0\n"

    lines = iter(read(make_lines()))
    for number in range(1, 1_000):
        assert next(lines).number == number
        assert given == number


def test_a_long_log_is_read_quickly() -> None:
    text = "".join(path.read_text() for path in sorted(VECTORS.glob("*.log")))
    lines = (text * 30).splitlines()
    start = time.process_time()
    for _ in read(lines):
        pass
    # It takes a twentieth of that on an idle machine.
    assert time.process_time() - start < len(lines) / 10_000
