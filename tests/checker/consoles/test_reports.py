"""The consoles of two public bug reports: what explains them, and what is owed at their end."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from popcorn_checker.consoles.behaviour import take_again
from popcorn_checker.consoles.look import Setting
from popcorn_checker.consoles.running import Verdict, get_deaths, validate

REPORTS: Final = Path(__file__).parents[2] / "vectors" / "dmesg"
AS_BUILT: Final = "as-built-5.2"
ORIGINS: Final = ("63-b2-1", "63-b3-1", "63-b4-1")
RUN_63: Final = ("63-b1-1", "63-b1-2", "63-b1-3", "63-b1-4", "63-b2-1")
REMOTE_102: Final = ("102-a1-1", "102-a2-1", "102-a3-1")


def look(*names: str, variant: str = AS_BUILT, is_complete: bool = False) -> Verdict:
    """What the verb says of some of the files."""
    paths = [REPORTS / f"issue-{name}.log" for name in names]
    return validate(paths, Setting(variant, is_complete=is_complete, keeps_past=True))


@pytest.mark.parametrize("is_complete", [False, True])
@pytest.mark.parametrize("variant", [AS_BUILT, "repaired"])
@pytest.mark.parametrize("files", [*((name,) for name in ORIGINS), RUN_63, ("102-a4-1",)])
def test_they_are_explained(files: tuple[str, ...], variant: str, is_complete: bool) -> None:
    verdict = look(*files, variant=variant, is_complete=is_complete)
    assert verdict.is_explained
    for each in verdict.looks:
        assert take_again(each)  # the evaluator takes every step


@pytest.mark.parametrize(
    ("name", "line", "thread", "worker"), [("63-b3-1", 8, 718, 650), ("63-b4-1", 7, 931, 10317)]
)
def test_a_munmap_waits_for_the_worker_that_the_line_names(
    name: str, line: int, thread: int, worker: int
) -> None:
    (outcome,) = look(name).outcomes
    (duty,) = outcome.duties
    assert (duty.since, duty.source) == (line, f"issue-{name}.log")
    assert duty.what == (
        f"an acknowledgement of the munmap of thread {thread} on node 0, owed by node 1 "
        f"(worker {worker})"
    )


def test_the_end_of_the_first_run_owes_nothing() -> None:
    (outcome,) = look("63-b2-1").outcomes
    assert outcome.duties == ()


def test_an_oops_ends_the_task_that_it_is_of() -> None:
    (each,) = look("63-b4-1").looks
    assert list(get_deaths(each)) == [("task 931 on node 0", 12)]


def test_what_was_cloned_at_the_remote_is_explained_as_built_up_to_the_crash() -> None:
    verdict = look(*REMOTE_102)
    assert verdict.is_explained
    assert list(get_deaths(verdict.looks[-1])) == [("task 643 on node 0", 4)]


def test_what_was_cloned_at_the_remote_is_not_explained_if_that_is_refused() -> None:
    verdict = look(*REMOTE_102, variant="repaired")
    assert [each.is_explained for each in verdict.outcomes] == [True, False]
    found = verdict.outcomes[-1].diagnosis
    assert found is not None
    assert str(found.entry) == "issue-102-a2-1.log:18"
    assert found.entry.text == "## PAGEFAULT [642] 45d000 R 45dda0 154 0"
    assert "642 has no shadow, as issue-102-a2-1.log:37 says" in found.reason


def test_both_nodes_of_a_run_are_explained_together() -> None:
    verdict = look("102-a1-1", "102-a4-1")
    (each,) = verdict.looks
    assert verdict.is_explained
    assert [window.is_origin for window in each.windows] == [False, True]
    assert any(
        duty.what.startswith("an answer to a request of page 7fffffffe000") and duty.since == 31
        for duty in verdict.outcomes[0].duties
    )
    assert take_again(each)
