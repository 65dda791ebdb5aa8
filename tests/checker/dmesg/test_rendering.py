"""What is printed as a kernel would print it is read back: kinds, fields and frames."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from popcorn_checker.dmesg.fields import Field, Value, WordingError
from popcorn_checker.dmesg.framing import Stamp, frame
from popcorn_checker.dmesg.kinds import KIND, KINDS
from popcorn_checker.dmesg.reading import read
from popcorn_checker.dmesg.rendering import render
from popcorn_checker.dmesg.rows import Kind
from popcorn_checker.dmesg.wording import Wording

PAGE: Final = 4096
SAME_TEXT: Final = {"brk_reply": "area_nearest"}
"""Kinds of which some lines read like one of another kind."""

WORDS: Final = st.from_regex(r"[a-zA-Z][a-zA-Z0-9_+/-]{0,14}", fullmatch=True)
OPEN: Final[Mapping[str, st.SearchStrategy[Value]]] = {
    "d": st.integers(-(2**31), 2**31 - 1),
    "x": st.integers(0, 2**64 - 1) | st.integers(0, 15),
    "a": st.integers(0, 2**36 - 1).map(lambda page: page * PAGE),
    "p": st.from_regex(r"[0-9a-f]{16}", fullmatch=True)
    | st.sampled_from(["(____ptrval____)", "          (null)"]),
    "i": st.tuples(*[st.integers(0, 255)] * 4).map(lambda four: ".".join(map(str, four))),
    "w": WORDS,
    "f": st.lists(WORDS, min_size=1).map(lambda parts: "/" + "/".join(parts)),
    "s": st.from_regex(r"[a-zA-Z][a-zA-Z0-9_:-]{0,14}", fullmatch=True),
    "t": st.from_regex(r"( [A-Z]{1,6}){0,3}", fullmatch=True),
    "04x": st.integers(0, 2**32 - 1),
    "2d": st.integers(0, 63),
    "12d": st.integers(0, 2**63 - 1),
    "-12d": st.integers(0, 2**63 - 1),
}


def get_values(field: Field) -> st.SearchStrategy[Value]:
    """All values of a field."""
    return st.sampled_from(field.samples) if field.closed else OPEN[field.type]


STAMPS: Final = st.builds(
    Stamp,
    time=st.none() | st.integers(0, 10**12).map(lambda us: us / 10**6),
    caller=st.none() | st.from_regex(r"[TC](0|[1-9][0-9]{0,6})", fullmatch=True),
    level=st.none() | st.integers(0, 7),
)
WORDINGS: Final = [(kind, wording) for kind in KINDS for wording in kind.wordings]


@pytest.mark.parametrize(
    ("kind", "wording"), WORDINGS, ids=[f"{kind.name}-{w.kernels}" for kind, w in WORDINGS]
)
@given(data=st.data(), stamp=STAMPS)
def test_a_line_that_is_printed_is_read(
    kind: Kind, wording: Wording, data: st.DataObject, stamp: Stamp
) -> None:
    fields = {field.name: data.draw(get_values(field), field.name) for field in wording.fields}
    text = wording.render(fields)
    *empty, line = read(frame(text, stamp).split("\n"))
    assert len(empty) == wording.after_empty
    for each in (*empty, line):
        assert (each.time, each.caller, each.level) == (stamp.time, stamp.caller, stamp.level)
    assert all(each.is_empty for each in empty)
    assert line.kind is not None
    if line.kind.name == SAME_TEXT.get(kind.name):
        assert line.kind.render(line.fields) == text
    else:
        assert (line.kind.name, line.fields) == (kind.name, fields)
    assert (line.before, line.why, line.like) == ("", "", None)


@given(data=st.data())
def test_a_line_that_has_lost_its_end_is_read_or_has_a_reason_or_is_unknown(
    data: st.DataObject,
) -> None:
    _, wording = data.draw(st.sampled_from(WORDINGS))
    fields = {field.name: data.draw(get_values(field), field.name) for field in wording.fields}
    text = wording.render(fields)
    log = read([text[: data.draw(st.integers(0, len(text)))]])
    lines = log.get_lines()
    counts = log.counts
    assert len(lines) == counts.lines
    taken = counts.kinds.total()
    assert taken + counts.refused + counts.unknown + counts.empty == counts.lines
    assert not any(line.kind and line.why for line in lines)


@given(st.lists(st.text() | st.binary().map(lambda raw: raw.replace(b"\0", b""))))
def test_garbage_is_read(lines: list[str | bytes]) -> None:
    log = read(lines)
    numbers = [line.number for line in log]
    assert numbers == list(range(1, log.counts.lines + 1))
    assert len(numbers) >= len(lines)


def test_a_kind_is_printed_in_the_newest_wording_that_has_the_fields() -> None:
    fields: dict[str, Value] = {"pid": 638, "page": 0x7000, "access": "R"}
    fields |= {"peer_pid": 662, "peer_node": 0}
    old = "REMOTE_PAGE_REQUEST [638] 7000 R from [662/0]"
    assert render("page_asked", fields) == f"\n{old}"
    stamp = Stamp(time=1.5, caller="T80")
    assert render(KIND["page_asked"], fields | {"ip": 0x401FFB}, stamp) == (
        "[    1.500000][   T80] \n"
        "[    1.500000][   T80] REMOTE_PAGE_REQUEST [638] 7000 R 401ffb from [662/0]"
    )


@pytest.mark.parametrize(
    ("kind", "fields", "message"),
    [
        ("migrate", {"pid": 1}, "migrate takes pid, node; given is pid"),
        ("resume", {"pid": 1, "node": 2}, "resume takes pid; given is node, pid"),
        ("fresh", {"page": 0}, "fresh takes pid or pid, page; given is page"),
        ("loading_nodes", {"pid": 1}, "loading_nodes takes no fields; given is pid"),
        ("zap", {"pid": 1, "page": 0x1234}, "page cannot be 4660: it is a page's address"),
        ("zap", {"pid": 1, "page": 1 << 60}, "page cannot be"),
        ("zap", {"pid": "1", "page": 0}, "pid cannot be '1': it is a decimal number"),
        ("zap", {"pid": True, "page": 0}, "pid cannot be True"),
        ("failed", {"pid": 1, "result": -1}, "result cannot be -1: it is a hexadecimal number"),
        ("waits", {"pid": 1, "handle": "5"}, "handle cannot be '5': it is a pointer"),
        ("restored_fs", {"pid": 1, "fs": 0, "fpu": 1}, "fpu cannot be 1: it is True, for"),
        ("handler", {"node": 1, "direction": "send"}, "direction cannot be 'send': it is 'SEND'"),
        ("bug", {"what": "two\nlines"}, "what cannot be"),
    ],
)
def test_fields_that_are_none_of_the_kind_are_refused(
    kind: str, fields: Mapping[str, Value], message: str
) -> None:
    with pytest.raises(WordingError) as refused:
        render(kind, fields)
    assert message in str(refused.value)


def test_there_is_no_such_kind() -> None:
    with pytest.raises(KeyError):
        render("walk", {})
