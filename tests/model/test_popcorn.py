"""The protocol popcorn: two engines, controls, and what it would be without what is assumed.

Where it holds is listed with the claims (tests/checker/claims), and proved for any size.
"""

from __future__ import annotations

from typing import Final

import pytest

from popcorn_checker.checking import Request, check, make_subject
from popcorn_checker.engines import explore
from popcorn_checker.explicit.search import Limits
from popcorn_checker.exploring import Effort
from popcorn_checker.verdict import Status
from popcorn_model.popcorn import PROTOCOL
from support.oracle import Case, get_engine_steps, get_steps, summarise, summarise_search

ALL: Final = ("threads", "pages", "areas", "futex", "fork", "services")


def broken(scope: str, parts: tuple[str, ...], **more: object) -> dict[str, int | None]:
    """The properties that fail there, and after how many steps."""
    request = Request(protocol="popcorn", scope=scope, parts=parts, **more)  # type: ignore[arg-type]
    results = check(request, Effort()).results
    return {r.name: r.length for r in results if r.failed and r.status is not Status.NEVER}


@pytest.mark.parametrize(
    ("parts", "scope"),
    [(("threads",), "kernels=2,tasks=2"), (ALL, "kernels=2,tasks=1,pages=1")],
    ids=["threads", "all"],
)
def test_the_oracle_counts_the_same(parts: tuple[str, ...], scope: str) -> None:
    case = Case.of(PROTOCOL.configured(parts=parts), scope)
    total, _ = summarise(case.evaluator)
    assert summarise_search(case.search()) == total


def test_the_oracle_takes_the_same_steps() -> None:
    case = Case.of(PROTOCOL.configured(parts=ALL), "kernels=2,tasks=2,pages=2")
    found = case.search(Limits(states=200_000))
    for i in range(found.expanded - 1, 0, -found.expanded // 40):
        steps = get_steps(case.evaluator, case.decoded(found, i))
        assert steps.after == get_engine_steps(case, found, i)


def test_everything_happens() -> None:
    fired: set[str] = set()
    for scope in ("kernels=2,tasks=2,pages=1", "kernels=2,tasks=1,pages=2"):
        found = explore(make_subject(Request("popcorn", None, scope, parts=ALL)), Effort())
        fired |= {name for name, times in found.fired.items() if times}
    idle = {action.name for action in PROTOCOL.configured(parts=ALL).actions} - fired
    assert idle == {"store"}, "who may write has the only frame that counts already"


@pytest.mark.parametrize(
    ("prop", "mutation", "parts"),
    [
        ("one_incarnation", "call_migrate/update1", ("threads",)),
        ("no_thread_is_lost", "serve_migrate/update2", ("threads",)),
        ("the_dead_do_not_run", "serve_clone/update4", ("threads",)),
        ("threads_are_where_all_is_known", "serve_migrate/update4", ("threads",)),
        ("threads_go_where_they_want", "serve_migrate/guard2", ("threads",)),
        ("processes_end_for_a_reason", "tell_end/guard1", ("threads",)),
        ("questions_are_answered", "serve_clone/update1", ("threads",)),
        ("answers_arrive", "run_on/update1", ("threads",)),
        ("the_end_comes", "hear_farewell/update2", ("threads",)),
        ("one_writer", "grant/guard2", ("pages",)),
        ("readers_see_writes", "note_way/update5", ("pages",)),
        ("only_the_last_is_sent", "note_way/update5", ("pages",)),
        ("the_directory_knows", "grant/update4", ("pages",)),
        ("pages_are_taken_by_questions", "finish/update2", ("pages",)),
        ("nobody_gives_way_unasked", "take_page/update3", ("pages",)),
        ("nothing_is_left", "end_here/update4", ("pages",)),
        ("areas_are_in_force", "serve_munmap/update2", ("areas",)),
        ("children_get_what_was_written", "note_way/update5", ("fork",)),
    ],
)
def test_a_wrong_protocol_is_seen(prop: str, mutation: str, parts: tuple[str, ...]) -> None:
    found = broken("kernels=2,tasks=2,pages=1", parts, mutation=mutation, properties=(prop,))
    assert prop in found


def test_without_turns_two_questions_wait_for_each_other() -> None:
    found = broken(
        "kernels=2,tasks=2,pages=2", ("pages",), mutation="take_page/guard6",
        properties=("questions_are_answered", "deadlock"),
    )  # fmt: skip
    assert "deadlock" in found


def test_who_has_a_copy_is_not_sent_an_older_one() -> None:
    found = broken(
        "kernels=2,tasks=2,pages=1", ("pages",), mutation="grant/update4",
        properties=("only_the_last_is_sent",),
    )  # fmt: skip
    assert found == {"only_the_last_is_sent": 13}


@pytest.mark.rest  # about 32 s
def test_messages_of_a_pair_keep_their_order_or_an_end_leaves_something() -> None:
    found = broken("kernels=2,tasks=1,pages=1", ALL, settings={"order": "lost"})
    assert {"nothing_is_left", "one_writer", "areas_are_in_force"} <= found.keys()
