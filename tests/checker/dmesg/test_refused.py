"""Lines that are cut off or malformed are kept, with the reason why they were not taken."""

from __future__ import annotations

import pytest

from popcorn_checker.dmesg.finding import explain, find
from popcorn_checker.dmesg.kinds import KINDS


@pytest.mark.parametrize(
    ("text", "like", "why"),
    [
        ("####### MIGRATE [6", "migrate", "cut off in field pid"),
        ("####### MIGRATE [639] to ", "migrate", "cut off before field node"),
        ("####### MIGRATE [639", "migrate", "cut off in field pid"),
        ("EXITED [12] remo", "exited", "cut off in field side"),
        ("EXITED [12] remote wor", "exited", "cut off in field worker"),
        ("EXITED [12] remote / 0", "exited", "cut off before field code"),
        ("EXITED [12] remote / 0x", "exited", "cut off before field code"),
        ("## PAGEFAULT [641] 4c2000", "page_fault", "cut off in field addr"),
        ("## PAGEFAULT [641] 4c2000 ", "page_fault", "cut off before field access"),
        ("## PAGEFAULT [641] 4c2000 R 4488c", "page_fault", "cut off in field ip"),
        ("REMOTE_PAGE_REQUEST [639] 7fffffffe0", "page_asked", "cut off in field page"),
        ("REMOTE_PAGE_REQUEST [639] 7fffffffe000 W 401cbd from [641/", "page_asked",
         "cut off before field peer_node"),
        ("REMOTE_PAGE_REQUEST [639] 7fffffffe000 W 401cbd from [641/0", "page_asked",
         "cut off in field peer_node"),
        ("INVALIDATE_PAGE [638] 7ffff7f", "invalidate", "cut off in field page"),
        (">>[638] ->[639/0", "invalidated", "cut off in field peer_node"),
        (">>[638] 7ffff7ff8000 00000000350a", "closed", "cut off in field handle"),
        (" =[639] orig", "taken_for", "cut off in field origin"),
        (" =[639] origin  00000", "taken_for", "cut off in field handle"),
        ("  [641] <-[639/1] 4c2", "page_reply", "cut off in field page"),
        ("  [641] map0 401000 -- 4990", "map_last", "cut off in field end"),
        ("kernel BUG at kernel/pop", "kernel_bug", "cut off in field path"),
        ("INFO: task mt:718 blocked for more th", "hung_task", "cut off before field seconds"),
        ("Oops: 00", "oops", "cut off in field code"),
        ("CPU: 1 PID: 643 Comm: github-1", "registers", "cut off before field taint"),
        ("popcorn: * 0: 10.4.", "node", "cut off in field address"),
    ],
)  # fmt: skip
def test_a_line_that_is_cut_off_says_where(text: str, like: str, why: str) -> None:
    assert find(text) is None
    kind, reason = explain(text)
    assert kind is not None
    assert (kind.name, reason) == (like, why)


@pytest.mark.parametrize(
    ("text", "like", "why"),
    [
        ("####### MIGRATE [x] to 0", "migrate", "field pid is 'x]', not a decimal number"),
        ("####### MIGRATE [639] into 0", "migrate",
         "'] into 0' stands where '] to ' should"),
        ("## PAGEFAULT [641] 4c2000 X 44 54 0", "page_fault",
         "field access is 'X', not 'R' or 'W'"),
        ("## PAGEFAULT [641] 4c2000 R 44G 54 0", "page_fault",
         "field ip is '44G', not a hexadecimal number"),
        ("EXITED [12] remote / 0x40 extra", "exited", "' extra' follows the last field"),
        ("INVALIDATE_PAGE [638] 7ffff7ff8 [639/0]", "invalidate",
         "field page is '7ffff7ff8', not a page's address, at most 12 digits that end in 000"),
        ("  [641] zap nothing", "zap",
         "field page is 'nothing', not a page's address, at most 12 digits that end in 000"),
        (" =[641] 4c2000 00000000350a4be7f", "taken", "'f' follows the last field"),
    ],
)  # fmt: skip
def test_a_line_that_is_malformed_says_where(text: str, like: str, why: str) -> None:
    assert find(text) is None
    kind, reason = explain(text)
    assert kind is not None
    assert (kind.name, reason) == (like, why)


@pytest.mark.parametrize("text", ["  [64", "  [641]", "  [641] 4c2", "  [641] 4c2000 alr", "BUG:"])
def test_a_line_that_ends_too_soon_may_be_of_several_kinds(text: str) -> None:
    assert find(text) is None
    assert explain(text) == (None, "cut off before it says what it is")


def test_a_line_may_end_within_its_first_words() -> None:
    assert find("INVALIDATE_P") is None
    kind, why = explain("INVALIDATE_P")
    assert kind is not None
    assert (kind.name, why) == ("invalidate", "cut off in its first words")


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "x", "hello", "[641] hello", "  [641] hello world", " schedule+0x28/0x80",
        "RIP: 0010:pcn_kmsg_post+0x7d/0x90", "R13: 00000000ffffffff", "$ ./mt 32", "##", "  [",
        "mt              D    0   718    622 0x00000000", "[0] Executing func, on local node.",
        "BUG" * 4_000, "BUG: " + "x" * 4_000,
    ],
)  # fmt: skip
def test_a_line_that_begins_like_no_kind_is_just_unknown(text: str) -> None:
    assert find(text) is None
    assert explain(text) == (None, "")


def test_a_line_that_is_cut_off_is_hardly_ever_taken_for_a_line_of_another_kind() -> None:
    taken = set()
    for kind in KINDS:
        for wording in kind.wordings:
            for text in (line for lines in wording.samples() for line in lines):
                found = [find(text[:length]) for length in range(len(text))]
                taken |= {(kind.name, each[0].name) for each in found if each}
    assert {(kind, other) for kind, other in taken if kind != other} == {
        ("taken", "invalidate_free"),
        ("taken_at_origin", "invalidate_free"),
        ("page_ask", "page_answer"),
        ("conflicts", "count"),
        ("null_pointer", "bug"),
        ("bad_pointer", "bug"),
    }
