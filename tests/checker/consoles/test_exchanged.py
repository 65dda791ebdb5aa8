"""Consoles in which numbers, addresses or nodes are exchanged: the answer is another one then."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from popcorn_checker.consoles.look import Setting
from popcorn_checker.consoles.running import Verdict, validate

REPORTS: Final = Path(__file__).parents[2] / "vectors" / "dmesg"
CLONED: Final = "issue-102-a2-1.log"
MUNMAP: Final = "issue-63-b3-1.log"
FIRST_RUN: Final = "issue-63-b2-1.log"


def change(
    name: str, folder: Path, words: tuple[str, str], line: int = 0, variant: str = "as-built-5.2"
) -> Verdict:
    """What the verb says of a file in which something is exchanged, in one line or in all."""
    lines = (REPORTS / name).read_text().splitlines()
    for number, text in enumerate(lines, start=1):
        if line in (0, number):
            lines[number - 1] = re.sub(*words, text)
    assert lines != (REPORTS / name).read_text().splitlines()
    path = folder / name
    path.write_text("\n".join(lines) + "\n")
    return validate([path], Setting(variant, is_complete=True))


def swap(name: str, folder: Path, one: str, other: str, variant: str) -> Verdict:
    """What it says where two numbers are exchanged wherever they stand."""
    text = (REPORTS / name).read_text()
    table = {one: other, other: one}
    path = folder / name
    path.write_text(re.sub(rf"\b({one}|{other})\b", lambda found: table[found[0]], text))
    return validate([path], Setting(variant))


def get_first_wrong(verdict: Verdict) -> tuple[int, str]:
    """The line that is not explained, and why."""
    found = verdict.outcomes[-1].diagnosis
    assert found is not None
    return found.entry.place, found.reason


def test_the_other_task_is_the_one_that_was_cloned_there(tmp_path: Path) -> None:
    verdict = swap(CLONED, tmp_path, "641", "642", "repaired")
    line, reason = get_first_wrong(verdict)
    assert line == 18
    assert reason.startswith("641 has no shadow")


def test_two_shadows_of_one_task_contradict_each_other(tmp_path: Path) -> None:
    verdict = change(CLONED, tmp_path, (r"\[642\]", "[641]"), line=37)
    line, reason = get_first_wrong(verdict)
    assert line == 37
    assert reason.startswith("the shadow of 641 is 639, as issue-102-a2-1.log:3 says")


def test_a_shadow_on_another_node_is_none(tmp_path: Path) -> None:
    verdict = change(CLONED, tmp_path, ("639/1", "639/2"), line=12)
    assert get_first_wrong(verdict) == (12, "shadows are at the origin, node 1")


def test_another_address_closes_no_handle(tmp_path: Path) -> None:
    verdict = change(CLONED, tmp_path, ("4c2000", "4c3000"), line=5)
    assert get_first_wrong(verdict)[0] in (5, 6, 7)


def test_who_has_not_held_a_handle_is_not_said_to_leave_it(tmp_path: Path) -> None:
    verdict = change(FIRST_RUN, tmp_path, (r">>\[640\]", ">>[641]"), line=4)
    assert get_first_wrong(verdict)[0] == 4


def test_what_is_not_here_is_not_taken_from_readers(tmp_path: Path) -> None:
    """Where the origin has no copy it asks the owner for the page, and revokes none."""
    verdict = change(FIRST_RUN, tmp_path, ("replicated mine", "replicated not mine"), line=2)
    assert get_first_wrong(verdict)[0] in (2, 3)


@pytest.mark.parametrize(
    ("old", "new", "owes"),
    [
        ("650/1", "651/1", ["node 1 (worker 651)"]),
        ("650/1", "650/3", ["node 3 (worker 650)"]),
        (r"\[718\]", "[748]", []),
    ],
)
def test_another_worker_or_node_owes(
    tmp_path: Path, old: str, new: str, owes: list[str]
) -> None:
    """748 exits in the next line, so it has been answered."""
    (outcome,) = change(MUNMAP, tmp_path, (old, new), line=8).outcomes
    assert outcome.is_explained
    told = [duty.what for duty in outcome.duties if "munmap" in duty.what]
    assert [what.rpartition("owed by ")[2] for what in told] == owes


def test_who_has_exited_waits_for_nothing(tmp_path: Path) -> None:
    verdict = change(MUNMAP, tmp_path, ("mt:718", "mt:735"), line=11)
    assert get_first_wrong(verdict)[0] == 11


def test_who_runs_does_not_wait(tmp_path: Path) -> None:
    """Without the munmap there is nothing for which the task of the report could wait."""
    lines = (REPORTS / MUNMAP).read_text().splitlines()
    path = tmp_path / MUNMAP
    path.write_text("\n".join([*lines[:7], "EXITED [718] local / 0x0", *lines[8:]]) + "\n")
    assert get_first_wrong(validate([path], Setting("as-built-5.2")))[0] == 11


def test_nobody_exits_twice(tmp_path: Path) -> None:
    verdict = change(FIRST_RUN, tmp_path, (r"\[659\]", "[662]"), line=6)
    assert get_first_wrong(verdict)[0] == 6


@pytest.mark.rest  # about 12 s
def test_a_page_that_is_revoked_must_be_the_one_of_the_fault(tmp_path: Path) -> None:
    verdict = change(FIRST_RUN, tmp_path, ("7ffff77f8000", "7ffff77f9000"), line=3)
    assert get_first_wrong(verdict)[0] in (3, 4)
