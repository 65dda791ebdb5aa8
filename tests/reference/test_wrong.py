"""Every wrong implementation is caught, by the shortest stimuli that show it."""

from __future__ import annotations

import random
from typing import Final

import pytest

from popcorn_model.vocabulary import Call
from popcorn_reference import kernel
from popcorn_reference.serving import SERVES
from support.joined.stimuli import get_arrivals, get_local
from support.wrong import compact
from support.wrong.__main__ import show
from support.wrong.catalogue import ALL
from support.wrong.replaying import do, make, replay, replay_legal
from support.wrong.rows import Hint, Wrong
from support.wrong.searching import Search

COUNT: Final = 89
LONGEST: Final = 20
IN_ALL: Final = tuple(call for call in Call if call is not Call.SYSTEM)
SCOPES: Final = ((2, 2, 1), (2, 1, 2), (3, 3, 2))

each: Final = pytest.mark.parametrize("wrong", ALL, ids=lambda wrong: wrong.name)


def takes_long(wrong: Wrong) -> bool:
    """Whether its search takes more than a second or two."""
    kernels, threads, pages = wrong.hint.scope
    return kernels * threads * pages >= 8


@each
def test_it_is_caught_by_the_last_of_its_stimuli(wrong: Wrong) -> None:
    stimuli = compact.read(wrong.found)
    with wrong.applied():
        assert replay(wrong.hint.scope, stimuli) == (len(stimuli), wrong.seen)


@each
def test_the_right_one_is_not(wrong: Wrong) -> None:
    stimuli = compact.read(wrong.found)
    with wrong.applied():
        legal = replay_legal(wrong.hint.scope, stimuli[:-1])
    assert legal == len(stimuli) - 1, "the wrong one is not found out before its last stimulus"
    assert replay_legal(wrong.hint.scope, stimuli) >= len(stimuli) - 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "wrong", [wrong for wrong in ALL if not takes_long(wrong)], ids=lambda wrong: wrong.name
)
def test_nothing_shorter_shows_it(wrong: Wrong) -> None:
    check_search(wrong)


@pytest.mark.rest
@pytest.mark.parametrize(
    "wrong", [wrong for wrong in ALL if takes_long(wrong)], ids=lambda wrong: wrong.name
)
def test_nothing_shorter_shows_it_after_a_long_search(wrong: Wrong) -> None:
    check_search(wrong)


def check_search(wrong: Wrong) -> None:
    """Search again, shorter before longer: what is found is as long as what the row has."""
    with wrong.applied():
        found = Search(wrong.hint).run()
    assert found is not None
    path, seen = found
    assert len(path) == len(compact.read(wrong.found)), f"{compact.write(path)} shows {seen}"


@pytest.mark.slow
@pytest.mark.parametrize("scope", [(2, 1, 1), (2, 1, 2), (1, 3, 1), (2, 2, 1)])
def test_a_search_finds_nothing_wrong_with_the_right_one(scope: tuple[int, int, int]) -> None:
    search = Search(Hint(scope, IN_ALL, kills=True, many=True), states_max=1500)
    assert search.run() is None
    assert len(search.marks) > search.states_max


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("scope", SCOPES)
def test_walks_find_nothing_wrong_with_the_right_one(
    scope: tuple[int, int, int], seed: int
) -> None:
    draw, join = random.Random(seed), make(scope)
    for _ in range(80):
        choices = get_local(join) + 4 * get_arrivals(join)
        if not choices:
            return
        assert do(join, draw.choice(choices)) is None, join.show_history()


def test_there_are_many_and_all_differ() -> None:
    assert len(ALL) == COUNT
    for words in ("name", "what", "overlooked"):
        assert len({getattr(wrong, words) for wrong in ALL}) == COUNT
    assert all(each.endswith(".") for wrong in ALL for each in (wrong.what, wrong.overlooked))
    assert max(len(compact.read(wrong.found)) for wrong in ALL) == LONGEST


def test_every_way_to_catch_one_catches_one() -> None:
    kinds = {wrong.seen for wrong in ALL}
    ways = (
        "cells: ", "no step: ", "LocalFault", "thread 1 is not answered", "the end does not come",
        "thread 0 sleeps on another word", "page 0 is not mapped when it is used",
        "page 0 does not allow what a system call does",
    )  # fmt: skip
    assert [way for way in ways if not any(kind.startswith(way) for kind in kinds)] == []


@each
def test_it_is_right_again_afterwards(wrong: Wrong) -> None:
    before = [vars(each.owner)[each.attribute] for each in wrong.patches]
    with wrong.applied():
        during = [vars(each.owner)[each.attribute] for each in wrong.patches]
    assert all(old is not new for old, new in zip(before, during, strict=True))
    assert [vars(each.owner)[each.attribute] for each in wrong.patches] == before
    assert vars(kernel)["SERVES"] is SERVES


@each
def test_stimuli_are_written_as_they_are_read(wrong: Wrong) -> None:
    assert compact.write(compact.read(wrong.found)) == wrong.found


def test_a_row_of_the_table() -> None:
    wrong = next(each for each in ALL if each.name == "killed in silence")
    words = show(wrong, searches=True).split()
    assert " ".join(words) == "killed in silence 3 the end does not come begin 0; 0>0; kill"
