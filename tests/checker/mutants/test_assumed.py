"""Guards of an assumption: exactly those that are not there when it is lifted."""

import pytest

from popcorn_checker.checking import Request, configure
from popcorn_checker.mutants.assumed import find_assumed
from popcorn_model.language.mutate import all_guard_drops

BOTH = Request("popcorn-2014", "repaired", parts=("threads", "lifetime"))


def test_nothing_lifted_nothing_assumed() -> None:
    assert find_assumed(BOTH, {}) == frozenset()


def test_that_the_processor_is_free_is_assumed_of_threads() -> None:
    """Not so where a broadcast begins: there no other may be under way, preemption or not."""
    of_processor = {
        m.id
        for m in all_guard_drops(configure(BOTH))
        if m.sentence.endswith("is empty and not occupied[k]")
        or m.sentence.endswith("is empty and not occupied[h]")
    }
    assumed = find_assumed(BOTH, {"preemption": "on"})
    assert assumed < of_processor
    begin = {m.split("/")[0] for m in of_processor - assumed}
    assert begin == {
        "call_exit_group", "declare_closure", "exit_thread", "obey_kill", "shadow_exits"
    }  # fmt: skip


@pytest.mark.parametrize("parts", [("memory",), ("transport",)])
def test_a_guard_that_only_becomes_weaker_stays(parts: tuple[str, ...]) -> None:
    """What an assumption adds to a guard that says more is not a guard of the assumption."""
    asked = Request("popcorn-2014", "repaired", parts=parts)
    lifted = configure(Request("popcorn-2014", "repaired", "", parts, {"preemption": "on"}))
    number = {a.name: len(a.guards) for a in lifted.actions}
    assumed = find_assumed(asked, {"preemption": "on"})
    assert assumed
    for action in configure(asked).actions:
        mine = [x for x in assumed if x.split("/")[0] == action.name]
        if action.name in number:
            assert len(action.guards) - len(mine) == number[action.name]
