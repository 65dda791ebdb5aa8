"""The published protocols, to a program: repaired they are one kernel, as built they are not."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NamedTuple

import pytest

from popcorn_checker.checking import Request, check, refinement_of
from popcorn_checker.engines import explore
from popcorn_checker.exploring import Effort
from popcorn_checker.lookup import find_protocol
from popcorn_checker.refining import LOOKS, STEP, refined, with_looks
from popcorn_checker.verdict import Status, Verdict
from popcorn_model.language.refinement import Refinement
from popcorn_model.popcorn_2014 import REFINEMENTS as OLD_ONES
from popcorn_model.popcorn_2020 import REFINEMENTS as NEW_ONES
from support.subjects import at_scope


class Row(NamedTuple):
    """Some parts of a protocol at a scope, how many states they have, and what is asked: all, or
    what stands here."""

    protocol: str
    parts: tuple[str, ...]
    scope: str
    states: int = 0
    only: tuple[str, ...] = ()


OLD, NEW = "popcorn-2014", "popcorn-2020"
QUICK: Final = (
    Row(NEW, ("pages",), "kernels=2,tasks=2", 4_789),
    Row(NEW, ("threads", "signals"), "kernels=2,tasks=2", 4_561),
    Row(OLD, ("lifetime",), "kernels=2,tasks=2", 73_149),
    Row(OLD, ("memory",), "kernels=2,tasks=2,vma_ops=1", 10_047,
        ("map_found_page_is_a_step", "unmap_there_is_a_step", "return_from_munmap_is_a_step")),
)  # fmt: skip
WHOLE: Final = (
    Row(NEW, ("vma", "signals"), "kernels=2,tasks=2", 105_542,
        ("install_area_is_a_step", "lower_at_origin_is_a_step", "all_are_told_is_a_step")),
    Row(OLD, ("lifetime",), "kernels=2,tasks=2,forks=1,hops=1", 98_141),
    Row(NEW, ("pages",), "kernels=3,tasks=2", 66_708),
    Row(NEW, ("threads", "signals"), "kernels=3,tasks=2", 70_308),
    Row(NEW, ("vma", "signals"), "kernels=2,tasks=2,pages=2", 1_243_072),
    Row(NEW, ("remaps",), "kernels=2,tasks=1,pages=2", 132_780),
    Row(NEW, ("futex", "signals"), "kernels=2,tasks=2", 2_373_156),
    Row(OLD, ("memory",), "kernels=2,tasks=2,pages=2,vma_ops=1", 881_643),
)


def judged(row: Row, variant: str, **settings: str) -> Verdict:
    """What becomes of what is asked."""
    request = Request(row.protocol, variant, row.scope, row.parts, settings, row.only,
                      refines="smp")  # fmt: skip
    stop = frozenset(row.only) if variant == "as-built" else frozenset()
    return check(request, Effort(stop_at=stop), liveness=False)


def broken(verdict: Verdict) -> set[str]:
    """The properties that fail, but for what is not about a program."""
    failed = {r.name for r in verdict.results if r.failed and r.status is not Status.NEVER}
    return failed - {"deadlock"}


@pytest.mark.parametrize("row", QUICK, ids=str)
def test_repaired_it_is_one_kernel(row: Row) -> None:
    verdict = judged(row, "repaired")
    assert broken(verdict) == set()
    assert verdict.covered.states == row.states


@pytest.mark.rest
@pytest.mark.parametrize("row", WHOLE, ids=str)
def test_repaired_it_is_one_kernel_at_larger_scopes(row: Row) -> None:
    test_repaired_it_is_one_kernel(row)


@pytest.mark.rest  # up to 14 s each
@pytest.mark.parametrize(
    ("row", "settings", "says"),
    [
        (Row(NEW, ("pages",), "kernels=2,tasks=2", only=("the_last_is_read",)), {},
         "fresh[p0,k0] is false"),
        (Row(NEW, ("vma",), "kernels=2,tasks=2", only=("lower_at_origin_is_a_step",)), {},
         "from forbid to none"),
        (Row(NEW, ("futex",), "kernels=2,tasks=1", only=("threads_run_once",)), {}, "running"),
        (Row(OLD, ("memory",), "kernels=2,tasks=2,vma_ops=1", only=("the_last_is_read",)), {},
         "owner[f0] is nothing"),
        (Row(OLD, ("lifetime",), "kernels=2,tasks=2,hops=1", only=("threads_run_once",)),
         {"stray_wake_ups": "possible"}, "stray"),
    ],
    ids=str,
)  # fmt: skip
def test_as_built_it_is_not(row: Row, settings: dict[str, str], says: str) -> None:
    verdict = judged(row, "as-built", **settings)
    assert broken(verdict) == {*row.only}
    (result,) = (r for r in verdict.results if r.name in row.only)
    assert says in result.reason
    first = "nothing" if row.parts == ("pages",) else "life[t"
    assert f"Seen before, in this order: {first}" in result.reason


UNSEEN: Final = {
    ("vma", "signals"): set(),
    ("lifetime",): {"call_fork", "fork_process", "finish_fork"},
    ("remaps",): {"clone_thread", "fail_to_map", "miss_to_move"},
    ("memory",): {"call_fork", "fork_process", "finish_fork", "hole_is_gone", "nothing_to_move"},
}
"""What cannot happen in the scope of a row, and so is not seen there."""


def steps_that_are_seen(row: Row) -> tuple[set[str], set[str]]:
    """The steps of a protocol that are said to be some of smp: all, and those that are seen."""
    request = Request(row.protocol, "repaired", parts=row.parts, refines="smp")
    refinement = refinement_of(request)
    protocol = with_looks(find_protocol(row.protocol), refinement)
    model = protocol.configured("repaired", parts=(*row.parts, LOOKS))
    silent = refined(model, replace(refinement, steps={}))
    asked = tuple(p for p in silent.properties if p.name.removesuffix(STEP) in refinement.steps)
    silent = replace(silent, properties=asked)
    found = explore(at_scope(silent, row.scope), Effort())
    return {p.name.removesuffix(STEP) for p in asked}, {n.removesuffix(STEP) for n in found.seen}


@pytest.mark.parametrize("row", [row for row in QUICK if not row.only], ids=str)
def test_what_a_program_sees_it_must_be_told(row: Row) -> None:
    """None of them could be passed over without being missed."""
    said, seen = steps_that_are_seen(row)
    assert said - seen == UNSEEN.get(row.parts, set())


@pytest.mark.rest
@pytest.mark.parametrize("row", [row for row in WHOLE if "tasks=1" in row.scope or "pages=2" in
                                 row.scope], ids=str)  # fmt: skip
def test_what_a_program_sees_it_must_be_told_at_larger_scopes(row: Row) -> None:
    test_what_a_program_sees_it_must_be_told(row)


@pytest.mark.parametrize("refinement", [*OLD_ONES, *NEW_ONES], ids=lambda r: str(sorted(r.parts)))
def test_every_step_is_of_an_action(refinement: Refinement) -> None:
    protocol = find_protocol(OLD if refinement in OLD_ONES else NEW)
    actions = {a.name for part in protocol.parts for a in part.actions}
    assert set(refinement.steps) <= actions


@pytest.mark.rest  # up to 19 s each
@pytest.mark.parametrize(
    ("row", "settings", "engines"),
    [
        (Row(NEW, ("pages",), "kernels=2,tasks=2", only=("the_last_is_read",)), {}, ("bmc",)),
        (Row(NEW, ("vma",), "kernels=2,tasks=1", only=("lower_at_origin_is_a_step",)), {},
         ("evaluator", "networkx")),
        (Row(OLD, ("lifetime",), "kernels=2,tasks=1,hops=1", only=("threads_run_once",)),
         {"stray_wake_ups": "possible"}, ("evaluator", "networkx", "bmc")),
    ],
    ids=str,
)  # fmt: skip
def test_other_engines_see_the_same(
    row: Row, settings: dict[str, str], engines: tuple[str, ...]
) -> None:
    request = Request(row.protocol, "as-built", row.scope, row.parts, settings, row.only,
                      refines="smp")  # fmt: skip
    (first,) = (r for r in check(request, Effort(), liveness=False).results if r.name in row.only)
    for engine in engines:
        depth = first.length if engine == "bmc" else None
        found = check(request, Effort(engine=engine, depth=depth), liveness=False)
        (result,) = (r for r in found.results if r.name in row.only)
        assert (result.status, result.length) == (first.status, first.length)
        assert result.failed
