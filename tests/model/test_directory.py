"""The example of a directory protocol: what it promises, and what its repair is for."""

import pytest

from popcorn_model.examples.directory import PROTOCOL
from support.oracle import Case, summarise, summarise_search
from support.searches import search


@pytest.mark.parametrize(
    ("scope", "states", "transitions", "depth"),
    [
        ("", 2_562, 9_345, 26),
        ("kernels=4", 28_720, 145_924, 34),
        ("kernels=4,threads=2", 114_880, 983_328, 33),
    ],
)
def test_repaired_holds(scope: str, states: int, transitions: int, depth: int) -> None:
    found = search(PROTOCOL.configured("repaired"), scope)
    assert (found.states, found.transitions, len(found.levels) - 1) == (states, transitions, depth)
    assert found.first_seen().keys() == {"shared", "written_elsewhere"}
    assert found.deadlock == -1
    assert found.fault is None


@pytest.mark.parametrize(("prop", "length"), [("one_writer", 14), ("the_origin_knows", 12)])
def test_as_built_breaks(prop: str, length: int) -> None:
    found = search(PROTOCOL.configured("as-built"))
    assert found.depth_of(found.first_seen()[prop][0]) == length


def test_the_oracle_counts_the_same() -> None:
    case = Case.of(PROTOCOL.configured("repaired"), "kernels=2")
    assert summarise_search(case.search()) == summarise(case.evaluator)[0]
