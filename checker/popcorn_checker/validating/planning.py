"""Silent steps that make a step possible, found backward from the guard that forbids it.

A guard that fails reads cells; for each there are actions that put something else there. One that
can be taken is taken; one that cannot is made possible in the same way first. Steps are counted,
and a plan may have no more than so many; the shortest are looked for first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from popcorn_checker.validating.moving import Machine
from popcorn_checker.validating.observing import Need, Take
from popcorn_checker.validating.putting import Condition, Source, find_sources, unify
from popcorn_checker.validating.wishing import Env, Fits, Look, Wish, get_wishes
from popcorn_checker.validating.world import World
from popcorn_model.language import expr as e

TRIES_MAX: Final = 2500
"""How many steps are tried for one plan before it is given up."""
FAILS_MAX: Final = 3
"""Steps to which more is lacking are not made possible."""
ALIKE_MAX: Final = 2
"""Of steps that differ only in members that the goal does not name so many are as good as all."""
LOOKED_AT_MAX: Final = 80
BRANCHES_MAX: Final = 10
"""How many steps are tried for one wish."""

_NOBODY: Final[Collection[int]] = frozenset()


@dataclass(frozen=True)
class Fitting:
    """All values that fit."""

    fits: Fits

    def __contains__(self, value: object) -> bool:
        return self.fits(value)


class _Spent(Exception):
    """Enough was tried."""


Step = tuple[str, tuple[int, ...]]


class _Goal(NamedTuple):
    """What is to be possible or so: a step with what must hold besides, or cells."""

    step: Step | None
    condition: Condition | None = None
    """When the step does what is wanted of it, and for which variables of its update."""
    bound: tuple[int, ...] = ()
    needs: tuple[Need, ...] = ()


class Planner:
    """Finds silent steps in one model."""

    def __init__(
        self, machine: Machine, unlikely: Mapping[str, int],
        is_late: Callable[[], bool] = lambda: False,
    ) -> None:  # fmt: skip
        """Cost: once through the model."""
        self._is_late = is_late
        self._machine = machine
        self._value = machine.value
        self._unlikely = unlikely
        self._sources: dict[object, list[Source]] = {}
        self._tries = 0
        self.tries_max = TRIES_MAX
        self.shared = 1
        """By how many plans the tries of one are shared."""
        self.work = 0
        """Units: steps tried since the beginning."""
        self.foretold: Mapping[Step, int] = {}
        """Steps that lines tell of which are to come: by how many steps each counts more."""
        self.longer = 0
        """By how many steps a plan may be longer than the shortest."""
        self._hopeless: dict[tuple[int, _Goal], int] = {}
        """Index: states by their marks, and goals; how many steps are too few."""
        for move in machine.moves.values():
            for source in find_sources(machine, move.action):
                self._sources.setdefault(source.place.family, []).append(source)

    def plans(self, world: World, goal: Take | tuple[Need, ...], most: int) -> Iterator[int]:
        """Make a step possible, or cells what they are to be, in at most so many silent steps.

        The world is changed when this yields, and is as it was when it goes on. It yields how many
        steps it took, and only plans of about the least length. Cost: `TRIES_MAX` steps.
        """
        self._hopeless.clear()
        self._tries = 0
        enough = most
        for length in range(1, most + 1):
            try:
                for left in self._reach(world, goal, length):
                    enough = min(enough, length + self.longer)
                    yield length - left
            except _Spent:
                return
            if length >= enough:
                return

    def _reach(self, world: World, goal: Take | tuple[Need, ...], left: int) -> Iterator[int]:
        if isinstance(goal, Take):
            for values in self.instances(world, goal):
                yield from self._enable(world, _Goal((goal.action, values)), left, ())
        else:
            yield from self._enable(world, _Goal(None, needs=goal), left, ())

    def lacks(self, world: World, goal: Take) -> Iterator[Need]:
        """What a step lacks first, as cells; each of them would bring it nearer."""
        values = tuple(x for x in goal.values if x is not None)
        if len(values) == len(goal.values):
            for wish in self._lacking(world, _Goal((goal.action, values))) or ():
                family = self._machine.family(wish.cell)
                yield Need(family.name, self._machine.index(wish.cell), Fitting(wish.fits))

    def instances(self, world: World, goal: Take) -> list[tuple[int, ...]]:
        """What a step may be, where a line does not say all of it; the nearest first."""
        if None not in goal.values:
            return [tuple(v for v in goal.values if v is not None)]
        action = self._machine.moves[goal.action].action
        ranges = [
            range(self._machine.size(var.sort)) if value is None else (value,)
            for var, value in zip(action.params, goal.values, strict=True)
        ]
        move = self._machine.moves[goal.action]
        return [values for _, values in move.nearest(world.cells, ranges, FAILS_MAX)]

    # --- backward from what is lacking -----------------------------------------------------------

    def _enable(
        self, world: World, goal: _Goal, left: int, above: tuple[Step, ...]
    ) -> Iterator[int]:
        """Silent steps until the goal is reached."""
        wishes = self._lacking(world, goal)
        if wishes is None:
            yield left
            return
        known = world.mark, goal
        if left <= self._hopeless.get(known, 0):
            return
        is_hopeless = True
        for wish in wishes:
            for more in self._satisfy(world, wish, left, (goal, above)):
                for least in self._enable(world, goal, more, above):
                    is_hopeless = False
                    yield least
        if is_hopeless:
            self._hopeless[known] = left

    def _lacking(self, world: World, goal: _Goal) -> Iterator[Wish] | None:
        """Changes that bring the goal nearer; None if it is reached."""
        if goal.step is not None:
            move = self._machine.moves[goal.step[0]]
            for atom, test in move.atoms:
                if not test(world.cells, *goal.step[1]):
                    env = dict(zip(move.action.params, goal.step[1], strict=True))
                    return get_wishes(Look(self._machine, world.cells, env), atom, True)
        if self._count_tests(world, goal):
            assert goal.condition is not None
            env = dict(zip(goal.condition.given, self._given(goal), strict=True))
            look = Look(self._machine, world.cells, env)
            lacks = next(x for x in goal.condition.tests if not look.value(x))
            return get_wishes(look, lacks, True)
        for need in goal.needs:
            cell = self._machine.cell(need.name, *need.index)
            if world.cells.get(cell) not in need.values:
                if need.name not in self._machine.named:
                    return iter(())  # no step changes what only the observer keeps
                return iter([Wish(cell, need.values.__contains__)])
        return None

    def _count(self, world: World, goal: _Goal) -> int:
        """How much is lacking to the goal."""
        found = self._count_tests(world, goal)
        if goal.step is not None:
            found += self._machine.moves[goal.step[0]].count_fails(world.cells, goal.step[1])
        return found + sum(
            world.cells.get(self._machine.cell(x.name, *x.index)) not in x.values
            for x in goal.needs
        )

    def _count_tests(self, world: World, goal: _Goal) -> int:
        """How many of the tests of the update that is wanted do not hold."""
        if goal.condition is None:
            return 0
        return goal.condition.count_fails(world.cells, *self._given(goal))

    @staticmethod
    def _given(goal: _Goal) -> tuple[int, ...]:
        """The values of all variables of the update that is wanted."""
        return (*(goal.step[1] if goal.step is not None else ()), *goal.bound)

    def _satisfy(
        self, world: World, wish: Wish, left: int, aim: tuple[_Goal, tuple[Step, ...]]
    ) -> Iterator[int]:
        """Silent steps until a cell is as wished; one of them at least."""
        goal, above = aim
        for means in self._achievers(world, wish, goal):
            step = means.step
            assert step is not None
            cost = 1 + self._unlikely.get(step[0], 0) + self.foretold.get(step, 0)
            if cost > left or step in above:
                continue
            self._tries += 1
            self.work += 1
            if self._tries > self.tries_max // self.shared or self._is_late():
                raise _Spent
            for more in self._enable(world, means, left - cost, (*above, step)):
                saved = world.save()
                world.fire(*step, is_silent=True)
                world.cost += cost
                world.silent += 1
                if wish.is_nearer(world.cells[wish.cell]):
                    yield more
                world.undo(saved)

    # --- who can do it ---------------------------------------------------------------------------

    def _achievers(self, world: World, wish: Wish, goal: _Goal) -> list[_Goal]:
        """Steps that may put there what is wished, the best first.

        Good are those to which little is lacking, and after which little is lacking to the goal.
        """
        index = self._machine.index(wish.cell)
        now = world.cells[wish.cell]
        waits = wish.item is not None and any(map(wish.item, now))
        named = self._named(wish, goal)
        found: list[tuple[int, int, _Goal]] = []
        for source in self._sources.get(self._machine.family(wish.cell), ()):
            if wish.item is not None and waits is not (source.place.value is None):
                continue
            env = unify(source.place.index, index)
            if env is None or not self._may_fit(source, env, wish):
                continue
            known = [
                None if sort is None else named.get(sort, _NOBODY) for sort in source.members
            ]
            rows = list(self._instances_of(world, source, env, wish))
            rows.sort(key=lambda each: each[0])
            for fails, means in unlike(rows, known):
                fails += self._unlikely.get(source.action, 0)
                found.append((fails, len(found), means))
        found.sort(key=lambda each: each[:2])
        ranked = [
            (fails + 2 * self._count_after(world, means, goal), number, means)
            for fails, number, means in found[:LOOKED_AT_MAX]
        ]
        ranked.sort(key=lambda each: each[:2])
        return [means for _, _, means in ranked[:BRANCHES_MAX]]

    def _instances_of(
        self, world: World, source: Source, env: Env, wish: Wish
    ) -> Iterator[tuple[int, _Goal]]:
        """Steps that give a cell a value in a place, and how much is lacking for them to do so."""
        condition, params = source.condition, self._machine.moves[source.action].action.params
        bound = () if condition is None else tuple(env[var] for var in condition.bound)
        is_fit = self._is_known(source, env)
        ranges = [
            (env[var],) if var in env else range(self._machine.size(var.sort)) for var in params
        ]
        move = self._machine.moves[source.action]
        for fails, values in move.nearest(world.cells, ranges, FAILS_MAX):
            if is_fit or self._may_fit(
                source, {**env, **dict(zip(params, values, strict=True))}, wish
            ):
                means = _Goal((source.action, values), condition, bound)
                yield fails + self._count_tests(world, means), means

    def _named(self, wish: Wish, goal: _Goal) -> dict[e.SortInfo, set[int]]:
        """The members that a wish and a goal are about."""
        machine = self._machine
        found: dict[e.SortInfo, set[int]] = {}
        pairs = [(machine.family(wish.cell).index, machine.index(wish.cell))]
        pairs += [(machine.named[need.name].index, need.index) for need in goal.needs
                  if need.name in machine.named]
        if goal.step is not None:
            params = machine.moves[goal.step[0]].action.params
            pairs.append((tuple(var.sort for var in params), goal.step[1]))
        for sorts, members in pairs:
            for sort, member in zip(sorts, members, strict=True):
                found.setdefault(sort, set()).add(member)
        return found

    def _count_after(self, world: World, means: _Goal, goal: _Goal) -> int:
        """How much would be lacking to the goal after a step, if that were possible."""
        assert means.step is not None
        return world.peek(*means.step, lambda: self._count(world, goal))

    def _may_fit(self, source: Source, env: Env, wish: Wish) -> bool:
        """Whether a value that is put may be one that is wished; what reads cells may be any."""
        if source.leaves is None:
            return True
        is_queue = isinstance(source.place.family, e.QueueInfo)
        for value, names in source.leaves:
            if any(var not in env for var in names):
                return True
            found = self._value(value, {}, env)
            if wish.fits((found,) if is_queue else found):
                return True
        return False

    @staticmethod
    def _is_known(source: Source, env: Env) -> bool:
        """Whether it is known already what a value may be, whatever other variables are."""
        leaves = source.leaves or ()
        return all(var in env for leaf in leaves for var in leaf.variables)


def unlike(
    found: list[tuple[int, _Goal]], named: Sequence[Collection[int] | None]
) -> Iterator[tuple[int, _Goal]]:
    """Steps without those that differ from some only in members that are not named.

    To all of these as much is lacking. `named` are the members that are, of each parameter; None
    where each is like no other.
    """
    alike: dict[object, int] = {}
    for fails, means in found:
        assert means.step is not None
        key = fails, *(
            value if members is None or value in members else None
            for value, members in zip(means.step[1], named, strict=True)
        )
        number = alike[key] = alike.get(key, 0) + 1
        if number <= ALIKE_MAX:
            yield fails, means
