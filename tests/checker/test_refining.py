"""Refinement as properties: they say of steps what the evaluator does, and they can fail."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product
from typing import Final

import pytest

from popcorn_checker.checking import Request, check, make_subject
from popcorn_checker.engines import explore
from popcorn_checker.exploring import Effort, Subject
from popcorn_checker.lookup import find_protocol, find_refinement
from popcorn_checker.refining import LOOKS, looks_of, refined, with_looks
from popcorn_checker.scopes import make_scope
from popcorn_checker.stepping import after, changes
from popcorn_checker.verdict import Status
from popcorn_model.language import Model, ModelError
from popcorn_model.language import expr as e
from popcorn_model.language.refinement import Does, Refinement, does
from support.command import invoke
from support.subjects import at_scope

SMP: Final = find_refinement("popcorn", "smp")
ALL: Final = ("threads", "pages", "areas", "futex", "fork", "services")


def looking(
    parts: tuple[str, ...] = ALL, name: str = "popcorn", refinement: Refinement = SMP,
    variant: str | None = None,
) -> Model:  # fmt: skip
    """A protocol, configured with how it looks."""
    return with_looks(find_protocol(name), refinement).configured(variant, parts=(*parts, LOOKS))


def broken(request: Request) -> set[str]:
    """The properties that fail."""
    results = check(request, Effort(stop_at=frozenset(request.properties))).results
    return {r.name for r in results if r.failed and r.status is not Status.NEVER}


@pytest.mark.rest  # up to 22 s each
@pytest.mark.parametrize(
    ("name", "variant", "parts", "scope", "depth"),
    [
        ("popcorn", None, ALL, "kernels=2,tasks=2,pages=2", 9),
        ("popcorn-2020", "repaired", ("futex", "signals"), "kernels=2,tasks=2,pages=1", 22),
        ("popcorn-2014", "repaired", ("memory",), "kernels=2,tasks=2,pages=1,vma_ops=1", 60),
        ("popcorn-2014", "as-built", ("lifetime",), "kernels=2,tasks=2,forks=1", 8),
    ],
)
def test_what_is_worth_after_a_step_is_what_it_is_worth_then(
    name: str, variant: str | None, parts: tuple[str, ...], scope: str, depth: int
) -> None:
    refinement = find_refinement(name, "smp", parts=("placement", *parts))
    model = looking(parts, name, refinement, variant)
    looks = tuple(s for s in looks_of(model, refinement) if s.state.name not in refinement.free)
    subject = Subject(replace(model, properties=()), make_scope(model, scope))
    found = explore(subject, Effort(depth=depth))
    evaluator = subject.evaluator
    moved = {
        (a.name, s.state): after(s.value, changes(a.updates)) for a in model.actions for s in looks
    }
    compared = 0
    for number in range(0, found.states, max(1, found.states // 400)):
        run = found.run(number)
        state = run[-1][1] if run else evaluator.initial()
        for firing, then in evaluator.successors(state):
            action = model.action(firing.action)
            given = dict(zip(action.params, firing.values, strict=True))
            for shown in looks:
                sizes = [range(subject.scope.size(v.sort)) for v in shown.params]
                for index in product(*sizes):
                    here = dict(zip(shown.params, index, strict=True))
                    told = evaluator.value(moved[firing.action, shown.state], state, given | here)
                    assert told == evaluator.value(shown.value, then, here)
                    compared += 1
    assert compared > 5_000


@pytest.mark.parametrize("scope", ["kernels=2,tasks=2,pages=1", "kernels=3,tasks=1,pages=2"])
def test_popcorn_is_one_kernel_to_a_program(scope: str) -> None:
    assert broken(Request("popcorn", scope=scope, refines="smp")) == set()


@pytest.mark.parametrize(
    ("mutation", "fails"),
    [
        ("serve_munmap/update1", "serve_munmap_is_a_step"),
        ("note_way/update5", "the_last_is_read"),
        ("serve_munmap/update2", "only_the_mapped_is_used"),
        ("call_migrate/update1", "threads_run_once"),
        ("wake_nobody/guard3", "wake_nobody_is_a_step"),
        ("serve_exit_group/update4", "serve_exit_group_is_a_step"),
        ("serve_clone/guard2", "serve_clone_is_a_step"),
        ("close/guard2", "close_is_a_step"),
    ],
)
def test_a_wrong_protocol_is_another_to_a_program(mutation: str, fails: str) -> None:
    request = Request(
        "popcorn", scope="kernels=2,tasks=2,pages=1", refines="smp", mutation=mutation,
        properties=(fails,),
    )  # fmt: skip
    assert broken(request) == {fails}


@pytest.mark.rest  # up to 4 s each
@pytest.mark.parametrize("action", list(SMP.steps))
def test_what_a_program_sees_it_must_be_told(action: str) -> None:
    """Every step that is said to be one of smp is seen, so that it could not be passed over."""
    less = replace(SMP, steps={name: ways for name, ways in SMP.steps.items() if name != action})
    name = f"{action}_is_a_step"
    model = refined(looking(), less)
    pages = 2 if action == "serve_mremap" else 1
    scope = f"kernels=2,tasks={3 - pages},pages={pages}"
    found = explore(at_scope(model, scope), Effort(stop_at=frozenset({name})))
    assert name in found.seen


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        ({"call_exit": (does("go", "t"),)}, "call_exit is to be go(t), and smp has no such action"),
        ({"call_exit": (does("die"),)}, "call_exit is to be die(), and smp has no such action"),
        ({"call_exit": (does("die", "p"),)}, "call_exit has no Task p"),
        ({"call_exit": (does("enter", "t", "leave"),)}, "call_exit has no Call leave"),
    ],
)
def test_a_step_that_there_is_not(steps: dict[str, tuple[Does, ...]], says: str) -> None:
    with pytest.raises(ModelError, match=re.escape(says)):
        refined(looking(), replace(SMP, steps=steps))


def test_who_begins_otherwise_is_another() -> None:
    alive = [s for s in SMP.shown if s.state.name != "ending"]
    ends = next(s for s in SMP.shown if s.state.name == "ending")
    wrong = replace(SMP, shown=(*alive, replace(ends, value=e.YES)))
    model = refined(with_looks(find_protocol("popcorn"), wrong).configured(), wrong)
    found = explore(at_scope(model, "kernels=2,tasks=1,pages=1"), Effort())
    assert found.seen["begins_as_smp"] == 0


def test_the_missed_step_ends_the_trace() -> None:
    shown = invoke("check", "popcorn", "--refines", "smp", "--mutate", "serve_munmap/update1",
                   "--property", "serve_munmap_is_a_step", "--no-progress")  # fmt: skip
    assert shown.code == 12
    assert "serve_munmap(t=t0, k=k0, p=p0) is no step of smp: as seen there it changes" in shown.out
    assert "5  k0  t0  serve_munmap(t=t0, k=k0, p=p0)" in shown.out


@pytest.mark.parametrize("engine", ["evaluator", "networkx", "bmc"])
def test_other_engines_miss_the_same_step(engine: str) -> None:
    request = Request("popcorn", scope="kernels=1,tasks=1", parts=("threads",), refines="smp",
                      mutation="serve_exit/update4")  # fmt: skip
    name = "serve_exit_is_a_step"
    told = []
    for effort in (Effort(), Effort(engine=engine, depth=4 if engine == "bmc" else None)):
        (missed,) = (r for r in check(request, effort).results if r.name == name)
        told.append((missed.length, missed.reason))
    assert told[0] == told[1]
    assert told[0][1].startswith("serve_exit(t=t0, k=k0) is no step of smp")


def test_nobody_has_said_how_it_looks() -> None:
    shown = invoke("check", "popcorn_model.examples.directory", "--refines", "smp")
    assert shown.code == 2
    assert "directory does not say how it looks as smp: it says of none that" in shown.err


def test_nobody_has_said_how_these_parts_look() -> None:
    shown = invoke("check", "popcorn-2020", "--parts", "tasks", "--refines", "smp")
    assert shown.code == 2
    assert "does not say how these parts look as smp: it does with placement or with" in shown.err


def test_everything_is_shown_once() -> None:
    with pytest.raises(ModelError, match="a refinement of smp shows life 0 times"):
        Refinement(SMP.of, SMP.sorts, SMP.shown[1:], SMP.free)
    with pytest.raises(ModelError, match="smp has no variable weather"):
        Refinement(SMP.of, SMP.sorts, SMP.shown, frozenset({"weather"}))


def test_the_verdict_says_what_was_asked() -> None:
    subject = make_subject(Request("popcorn", refines="smp", parts=("threads",)))
    assert [p.name for p in subject.model.properties][:4] == [
        "threads_run_once", "the_last_is_read", "only_the_mapped_is_used", "begins_as_smp",
    ]  # fmt: skip
    data = invoke("check", "popcorn", "--parts", "threads", "--refines", "smp", "--json").data
    assert data["refines"] == "smp"
