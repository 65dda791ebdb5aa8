"""Requests that a remote serves for the origin: each is asked, let go of and answered once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from popcorn_checker.consoles.behaviour import take_again
from popcorn_checker.consoles.look import Look, Setting
from popcorn_checker.consoles.reading import read_consoles
from popcorn_checker.consoles.running import Verdict, make_looks, validate

REPORTS: Final = Path(__file__).parents[2] / "vectors" / "dmesg"
FIRST: Final = "issue-63-b1-1.log"
PAGE: Final = "7ffff7ff1000"
OTHER: Final = "7ffff7ff2000"
HANDLE: Final = "00000000350a4be7"
Lines = tuple[str, ...]


def read(name: str) -> list[str]:
    """The lines of a file of a report."""
    return (REPORTS / name).read_text().splitlines()


def look(lines: Lines | list[str], folder: Path, is_complete: bool = True) -> Verdict:
    """What the verb says of lines of a remote, and the evaluator takes the steps."""
    path = folder / "node1.log"
    path.write_text("\n".join(lines) + "\n")
    setting = Setting("as-built-5.2", is_complete=is_complete, keeps_past=True)
    verdict = validate([path], setting, (1,))
    if verdict.is_explained:
        take_again(verdict.looks[0])
    return verdict


def begin(lines: Lines | list[str], folder: Path) -> Look:
    """What finds whether lines of a remote are explained, and not what is wrong if they are not."""
    path = folder / "node1.log"
    path.write_text("\n".join(lines) + "\n")
    return make_looks(read_consoles([path], (1,)), Setting("as-built-5.2", is_complete=True))[0]


def get_open(verdict: Verdict) -> list[tuple[int, str]]:
    """What is open at the end, and since which line."""
    assert verdict.is_explained
    return [(duty.since, duty.what) for duty in verdict.outcomes[-1].duties]


def owes(page: str, task: int, worker: int = 638) -> str:
    """How it is said that an answer is open."""
    return (
        f"an answer to a request of page {page} for task {task} on node 0, "
        f"owed by node 1 (worker {worker})"
    )


def ask(page: str, task: int = 100) -> str:
    """The origin asks for a page in the name of a task."""
    return f"REMOTE_PAGE_REQUEST [301] {page} W 401efd from [{task}/0]"


def close(page: str) -> str:
    """The worker lets go of a page."""
    return f">>[301] {page} {HANDLE}"


def answer(result: str = "0", task: int = 100) -> str:
    """The worker answers a task of the origin."""
    return f"  [301] ->[{task}/0] {result}"


def drop(page: str) -> Lines:
    """A copy is dropped."""
    return (f"INVALIDATE_PAGE [301] {page} [109/0]", f" =[301] {page}", ">>[301] ->[109/0]")


REMOTE: Final = drop("7ffff7ff0000")
"""Lines that only a remote prints."""


@pytest.mark.rest  # up to 6 s each on an idle machine: pages are taken to have begun otherwise
@pytest.mark.parametrize(
    ("line", "old", "new", "reason"),
    [
        (8, r"\[638\]", "[639]", "the worker on this node is 638, not 639"),
        (16, r"\[638\]", "[640]", "the worker on this node is 638, not 640"),
        (10, r"\[638\]", "[639]", "the worker on this node is 638, not 639"),
        (10, r"\[638\]", "[999]", "the worker on this node is 638, not 999"),
        (8, "662/0", "662/1", "pages are asked for by the origin, node 0"),
        (10, "662/0", "662/1", "pages are asked for by the origin, node 0"),
        (10, " 0$", " 400", "a remote answers with a page or with an error, not with 400"),
        (10, " 0$", " 4000", "a remote answers with a page or with an error, not with 4000"),
        (10, " 0$", " 2", ""),
        (18, "639/0", "662/0", ""),
        (16, "7ffff7ff9000", "7fffaaaaa000", ""),
        (17, "7ffff7ff9000", "7fffaaaaa000", ""),
        (9, "7fffec7e1000", "7fffaaaaa000", ""),
    ],
)
def test_a_wrong_field_is_found(
    line: int, old: str, new: str, reason: str, tmp_path: Path
) -> None:  # fmt: skip
    lines = read(FIRST)[: line + 2]
    lines[line - 1] = re.sub(old, new, lines[line - 1])
    assert lines != read(FIRST)[: line + 2]
    found = begin(lines, tmp_path)
    assert not found.run()
    assert line <= found.search.threads[0].pending[0].place <= line + 2
    assert not reason or reason in [each.reason for each in found.search.failures]


@pytest.mark.parametrize(
    ("line", "task", "other", "page"),
    [(10, 662, 999, "7fffec7e1000"), (18, 639, 777, "7ffff7ff9000")],
)
def test_whoever_asked_before_the_window_may_be_answered_but_the_others_still_wait(
    line: int, task: int, other: int, page: str, tmp_path: Path
) -> None:  # fmt: skip
    lines = read(FIRST)
    lines[line - 1] = lines[line - 1].replace(f"{task}/0", f"{other}/0")
    assert get_open(look(lines, tmp_path)) == [(line - 1, owes(page, task))]


def test_an_answer_that_is_not_in_the_window_is_open(tmp_path: Path) -> None:
    lines = read(FIRST)
    del lines[9]
    assert get_open(look(lines, tmp_path)) == [(9, owes("7fffec7e1000", 662))]
    lines = read("issue-63-b1-2.log")
    assert get_open(look(lines, tmp_path)) == [(32, owes("7fffec7e2000", 662))]


@pytest.mark.parametrize("first", [0, 1, 2])
def test_a_window_may_begin_while_a_page_is_served(first: int, tmp_path: Path) -> None:
    assert get_open(look(read("issue-63-b1-3.log")[first:], tmp_path)) == []


ASKED_BEFORE: Final[dict[str, tuple[bool, Lines]]] = {
    "nobody is answered in the window": (True, (ask(OTHER), close(PAGE))),
    "the page is dropped later": (True, (close(PAGE), answer(), *drop(PAGE))),
    "a thread faults meanwhile": (
        True,
        (ask(OTHER, 102), f"## PAGEFAULT [641] {PAGE} W 401efd 55 67", close(PAGE), answer()),
    ),
    "two were asked for": (True, (close(PAGE), close(OTHER), answer(), answer(task=101))),
    "the page was let go of": (False, (ask(PAGE), close(PAGE), answer(), close(PAGE))),
    "the page was dropped": (False, (*drop(PAGE), close(PAGE))),
    "the one answer was sent": (False, (close(PAGE), answer(), answer())),
    "the task was answered": (False, (ask(PAGE), close(PAGE), answer(), answer())),
}  # fmt: skip
"""Index: what is so; whether that is explained; lines."""


@pytest.mark.parametrize("what", ASKED_BEFORE)
def test_only_what_may_come_before_the_window_does(what: str, tmp_path: Path) -> None:
    is_explained, lines = ASKED_BEFORE[what]
    assert begin((*REMOTE, *lines), tmp_path).run() is is_explained


REQUESTS: Final[dict[str, tuple[bool, Lines]]] = {
    "one task asks for two pages": (
        True, (ask(PAGE), ask(OTHER), close(PAGE), close(OTHER), answer(), answer()),
    ),
    "one of them is answered twice": (
        False, (ask(PAGE), ask(OTHER), close(PAGE), answer(), answer(), close(OTHER)),
    ),
    "a request is looked at again": (True, (ask(PAGE), ask(PAGE), close(PAGE), answer())),
    "a page is let go of twice": (False, (ask(PAGE), close(PAGE), close(PAGE), answer())),
    "a page is asked for before the answer": (
        False, (ask(PAGE), close(PAGE), ask(PAGE, 101), answer()),
    ),
    "an error comes without the page": (False, (ask(PAGE), close(PAGE), answer("2"))),
    "the page comes without being let go of": (False, (ask(PAGE), answer())),
    "the worker is gone": (
        True,
        ("TERMINATE [301] with 0x0", "EXITED [301] remote worker / 0x0", "  [301] not found",
         answer("2")),
    ),
}  # fmt: skip
"""Index: what happens; whether that is explained; lines."""


@pytest.mark.rest  # up to 16 s each
@pytest.mark.parametrize("what", REQUESTS)
def test_a_request_is_let_go_of_and_answered_once(what: str, tmp_path: Path) -> None:
    is_explained, lines = REQUESTS[what]
    assert begin((*REMOTE, *lines), tmp_path).run() is is_explained


@pytest.mark.parametrize("missing", [8, 9, 10, 16, 17, 18])
def test_lines_may_be_missing(missing: int, tmp_path: Path) -> None:
    lines = read(FIRST)
    del lines[missing - 1]
    assert look(lines, tmp_path, is_complete=False).is_explained
