"""Compiled steps do what the evaluator does, states come back as they were, plans are steps."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import product
from typing import Any, Final

import pytest

from popcorn_checker.evaluate import Evaluator, Firing, State
from popcorn_checker.scopes import Scope
from popcorn_checker.validating.case import get_model
from popcorn_checker.validating.moving import Machine, Move, pack
from popcorn_checker.validating.observing import Need, Take
from popcorn_checker.validating.planning import FAILS_MAX, Planner
from popcorn_checker.validating.putting import find_sources
from popcorn_checker.validating.world import Marks, Spot, World
from popcorn_model.language import expr as e

SIZES: Final = {"kernels": 3, "tasks": 2, "pages": 2}
STEPS: Final = 60
SAMPLE: Final = 40
"""How many instances are compared in each state, beside those that are possible."""


@pytest.fixture(scope="module")
def machine() -> Machine:
    """The model of our format, compiled."""
    return Machine(get_model(), SIZES)


def make_world(machine: Machine) -> World:
    """The start."""
    return World(machine, Marks(), machine.start())


def get_instances(machine: Machine, move: Move) -> Iterator[tuple[int, ...]]:
    """All that an action may be."""
    return product(*(range(machine.size(var.sort)) for var in move.action.params))


def get_possible(machine: Machine, world: World) -> list[Firing]:
    """All steps of a state."""
    return [
        Firing(move.name, values)
        for move in machine.moves.values() for values in get_instances(machine, move)
        if move.is_enabled(world.cells, *values)
    ]  # fmt: skip


def walk(
    machine: Machine, world: World, seed: int
) -> Iterator[tuple[Firing | None, list[Firing]]]:
    """For each state of a walk the step that has led there, and all that go on.

    Actions are drawn first, so seldom ones come, too.
    """
    draw, step = random.Random(seed), None
    for _ in range(STEPS):
        possible = get_possible(machine, world)
        yield step, possible
        calm = [x for x in possible if x.action not in ("kill", "call_exit", "call_exit_group")]
        if not calm:
            return
        action = draw.choice(sorted({firing.action for firing in calm}))
        step = draw.choice([firing for firing in calm if firing.action == action])
        world.fire(step.action, step.values)


class Oracle:
    """The evaluator, whose states are tuples."""

    def __init__(self, machine: Machine) -> None:
        """At the machine's sizes."""
        self.evaluator = Evaluator(machine.model, Scope(machine.sizes))
        self.bases = machine.bases
        self.actions = {action.name: action for action in machine.model.actions}

    def pack(self, state: State) -> dict[int, Any]:
        """A state as the machine has it, without budgets."""
        return {
            self.bases[family] + pack(index): state[place]
            for (family, index), place in self.evaluator.slot.items()
            if not isinstance(family, e.BudgetInfo)
        }

    def fire(self, state: State, firing: Firing) -> State | None:
        """The next state, if there is one."""
        return self.evaluator.fire(state, self.actions[firing.action], firing)


@pytest.mark.parametrize("seed", range(3))
def test_compiled_steps_do_what_the_evaluator_does(machine: Machine, seed: int) -> None:
    oracle, world, draw = Oracle(machine), make_world(machine), random.Random(seed)
    instances = [
        Firing(move.name, values)
        for move in machine.moves.values() for values in get_instances(machine, move)
    ]  # fmt: skip
    state, seen = oracle.evaluator.initial(), set()
    for step, possible in walk(machine, world, seed):
        if step is not None:
            after = oracle.fire(state, step)
            assert after is not None
            state = after
        assert oracle.pack(state) == world.cells
        known = {(x.action, x.values) for x in possible}
        tried = draw.sample(instances, SAMPLE) + draw.choices(possible, k=6)
        for firing in tried:
            after = oracle.fire(state, firing)
            assert (after is not None) == ((firing.action, firing.values) in known)
            if after is not None:
                changes = machine.moves[firing.action].changes(world.cells, *firing.values)
                assert oracle.pack(after) == {**world.cells, **changes}
                seen.add(firing.action)
    assert len(seen) > 12


def test_what_is_lacking_is_counted_as_the_guards_are_written(machine: Machine) -> None:
    world = make_world(machine)
    for number, _ in enumerate(walk(machine, world, 4)):
        for move in machine.moves.values() if number % 6 == 0 else ():
            every = {
                values: sum(not test(world.cells, *values) for _, test in move.atoms)
                for values in get_instances(machine, move)
            }
            ranges = [range(machine.size(var.sort)) for var in move.action.params]
            nearest = {x: n for n, x in move.nearest(world.cells, ranges, FAILS_MAX)}
            for values, fails in every.items():
                assert move.is_enabled(world.cells, *values) == (fails == 0)
            assert all(nearest[x] <= every[x] <= FAILS_MAX for x in nearest)
            assert {x for x in every if every[x] == 0} <= nearest.keys()


def test_states_come_back_as_they_were_and_equal_ones_have_one_mark(machine: Machine) -> None:
    world = make_world(machine)
    world.watched = frozenset({machine.cell_family("asks")})
    saves = [(world.save(), dict(world.cells), world.mark, dict(world.since))]
    for number, _ in enumerate(walk(machine, world, 5)):
        world.place = Spot(number)
        saves.append((world.save(), dict(world.cells), world.mark, dict(world.since)))
    marks = {tuple(sorted(cells.items())): mark for _, cells, mark, _ in saves}
    assert len(set(marks.values())) == len(marks) > 20
    assert all(marks[tuple(sorted(cells.items()))] == mark for _, cells, mark, _ in saves)
    copy, last = world.copy(), dict(world.cells)
    for saved, cells, mark, since in reversed(saves):
        world.undo(saved)
        assert (world.cells, world.mark, world.since) == (cells, mark, since)
    assert copy.cells == last


def test_plans_are_steps_of_the_model_that_lead_there(machine: Machine) -> None:
    world = make_world(machine)
    world.keeps_past = True
    planner = Planner(machine, {})
    for action, values in (("exec_program", (0, 2)), ("run_on", (0, 2))):
        world.fire(action, values)
    world.past = None
    goal = (Need("copy", (0, 2), (2,)),)  # kernel 2 may write page 0
    start = world.copy()
    lengths = []
    for used in planner.plans(world, goal, 9):
        steps: list[Firing] = []
        past = world.past
        while past is not None:
            steps.append(past.firing)
            past = past.before
        again = start.copy()
        for step in reversed(steps):
            assert machine.moves[step.action].is_enabled(again.cells, *step.values)
            again.fire(step.action, step.values)
        assert again.get("copy", 0, 2) == 2
        lengths.append((used, len(steps)))
    assert all(used == number for used, number in lengths)
    assert min(used for used, _ in lengths) == 4  # fault, take_page, grant, receive
    assert world.cells == start.cells


def test_a_step_that_a_line_does_not_name_whole_is_completed(machine: Machine) -> None:
    world = make_world(machine)
    for action, values in (("exec_program", (0, 1)), ("run_on", (0, 1)), ("call_clone", (0, 1))):
        world.fire(action, values)
    planner = Planner(machine, {})
    first = planner.instances(world, Take("serve_clone", (0, None, None)))[0]
    assert first == (0, 1, 1)


@pytest.mark.parametrize("seed", range(2))
def test_what_an_update_asks_for_is_counted_as_the_evaluator_does(
    machine: Machine, seed: int
) -> None:
    sources = [s for move in machine.moves.values() for s in find_sources(machine, move.action)]
    asking = list(dict.fromkeys(s.condition for s in sources if s.condition is not None))
    assert len(asking) > 20
    assert any(each.bound for each in asking)
    world, draw, counts = make_world(machine), random.Random(seed), set[int]()
    for _ in walk(machine, world, seed):
        for each in draw.sample(asking, 8):
            values = tuple(draw.randrange(machine.size(var.sort)) for var in each.given)
            env = dict(zip(each.given, values, strict=True))
            fails = [not machine.value(test, world.cells, env) for test in each.tests]
            assert each.count_fails(world.cells, *values) == sum(fails)
            counts.add(sum(fails))
    assert {0, 1} <= counts


@pytest.mark.parametrize("seed", range(2))
def test_who_peeks_sees_what_is_after_a_step_and_leaves_no_trace(
    machine: Machine, seed: int
) -> None:
    world, draw = make_world(machine), random.Random(seed)
    for _, possible in walk(machine, world, seed):
        step, before, saved = draw.choice(possible), dict(world.cells), world.save()
        seen = dict[int, Any]()

        def look(seen: dict[int, Any] = seen) -> int:
            seen.update(world.cells)
            return len(seen)

        assert world.peek(step.action, step.values, look) == len(before)
        assert (world.cells, world.save()) == (before, saved)
        world.fire(step.action, step.values)
        assert world.cells == seen
        world.undo(saved)
        assert (world.cells, world.save()) == (before, saved)
