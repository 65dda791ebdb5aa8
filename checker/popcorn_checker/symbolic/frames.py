"""The solvers behind property-directed reachability: states as sets of bits, frames as clauses.

A cube is a set of bits with values: all states that have them. Frame i is a list of cubes that no
state within i steps of the start is in; what is excluded from a frame is excluded from those before
it, so a cube is kept once, at the last frame that excludes it. One solver knows the transition
relation; another does not, for questions about a state that may have no step at all.
"""

from __future__ import annotations

from collections.abc import Iterable

import z3

from popcorn_checker.evaluate import State
from popcorn_checker.patience import Patience
from popcorn_checker.symbolic.finite.steps import Relation

Literal = tuple[int, bool]
Cube = frozenset[Literal]
FULL = 4000  # questions after which the solvers are made anew, without what was asked once


class Frames:
    """Cubes by frame, and the questions that are asked about them."""

    def __init__(self, relation: Relation, first: State, patience: Patience) -> None:
        """``first`` is the start state, which alone is in frame 0."""
        self.relation, self.patience = relation, patience
        self.now: list[z3.BoolRef] = []
        self.then: list[z3.BoolRef] = []
        pairs = [
            *_as_bits(relation.now.variables, self.now),
            *_as_bits(relation.then.variables, self.then),
        ]
        self._pairs = pairs
        self._literals = {
            (n, value, after): bit if value else z3.Not(bit)
            for after, bits in ((False, self.now), (True, self.then))
            for n, bit in enumerate(bits)
            for value in (False, True)
        }
        self._by_id = {
            then: {term.get_id(): (n, value)
                   for (n, value, after), term in self._literals.items() if after == then}
            for then in (False, True)
        }  # fmt: skip
        self._actives: list[z3.BoolRef] = []
        self.step = self.in_bits(z3.And(relation.formulas))
        self.typed = [self.in_bits(x) for x in relation.bits.typed(relation.now)]
        self.start = frozenset(enumerate(_values(relation.bits.constants(first))))
        self.cubes: list[set[Cube]] = [set()]
        self.bad: list[z3.BoolRef] = []
        self._renew()

    def in_bits(self, formula: z3.ExprRef) -> z3.ExprRef:
        """A formula of the relation over single bits."""
        return z3.substitute(formula, *self._pairs)

    def _renew(self) -> None:
        """Solvers that know the relation and every cube, and nothing else."""
        self.asked = 0
        self.steps, self.states = z3.SimpleSolver(), z3.SimpleSolver()
        self.steps.add(self.step, *self.typed)
        self.states.add(*self.typed)
        start = z3.And([self.literal(x) for x in sorted(self.start)])
        for solver in (self.steps, self.states):
            solver.add(z3.Implies(self._active(0), start))
        for level, cubes in enumerate(self.cubes):
            for cube in cubes:
                self._assert(cube, level)

    def literal(self, literal: Literal, then: bool = False) -> z3.BoolRef:
        """A bit with its value, before or after a step."""
        return self._literals[literal[0], literal[1], then]

    def opposite(self, literal: Literal, then: bool = False) -> z3.BoolRef:
        """A bit with the other value."""
        return self._literals[literal[0], not literal[1], then]

    def _active(self, level: int) -> z3.BoolRef:
        while level >= len(self._actives):
            self._actives.append(z3.Bool(f"frame{len(self._actives)}"))
        return self._actives[level]

    def _frame(self, level: int) -> list[z3.BoolRef]:
        return [self._active(n) for n in range(level, len(self.cubes))]

    # --- cubes -------------------------------------------------------------------------------

    @property
    def last(self) -> int:
        """The number of the last frame."""
        return len(self.cubes) - 1

    def grow(self) -> None:
        """One frame more, which excludes nothing yet."""
        self.cubes.append(set())

    def exclude(self, cube: Cube, level: int) -> None:
        """A cube is in no frame up to that level; those that it contains need not be kept."""
        for below in self.cubes[: level + 1]:
            below.difference_update([old for old in below if cube <= old])
        self.cubes[level].add(cube)
        self._assert(cube, level)

    def _assert(self, cube: Cube, level: int) -> None:
        clause = either([z3.Not(self._active(level)), *map(self.opposite, cube)])
        self.steps.add(clause)
        self.states.add(clause)

    def excluded(self, cube: Cube, level: int) -> bool:
        """A frame from that level on excludes the cube already."""
        return any(old <= cube for cubes in self.cubes[level:] for old in cubes)

    def meets_start(self, cube: Iterable[Literal]) -> bool:
        """The start state is in the cube."""
        return self.start.issuperset(cube)

    # --- questions ---------------------------------------------------------------------------

    def _temporary(self) -> z3.BoolRef:
        self.asked += 1
        if self.asked > FULL:
            self._renew()
        return z3.Bool(f"asked{self.asked}")

    def find_bad(self, formula: z3.BoolRef) -> Cube | None:
        """A cube of states of the last frame in which the formula holds."""
        asked = self._temporary()
        self.states.add(z3.Implies(asked, formula))
        if not ask(self.states, self.patience, [asked, *self._frame(self.last)]):
            self.states.add(z3.Not(asked))
            return None
        state = self._state(self.states)
        self.states.add(z3.Not(asked))
        return self._reason(state, z3.Not(formula))

    def _reason(self, state: Cube, opposite: z3.BoolRef) -> Cube:
        """Those bits of a state because of which the opposite is not the case."""
        asked = self._temporary()
        self.states.add(z3.Implies(asked, opposite))
        core = self._core(self.states, [asked], state)
        self.states.add(z3.Not(asked))
        return core

    def _core(
        self, solver: z3.Solver, facts: list[z3.BoolRef], cube: Cube
    ) -> Cube:
        """The literals of a cube that contradict the facts; the solver must find that they do."""
        terms = [self.literal(x) for x in sorted(cube)]
        possible = ask(solver, self.patience, [*facts, *terms])
        assert not possible, "a state and its only successor are taken apart"
        return self._used(solver) & cube

    def _used(self, solver: z3.Solver, then: bool = False) -> Cube:
        """The literals in the core of the last question."""
        known = self._by_id[then]
        ids = (x.get_id() for x in solver.unsat_core())
        return frozenset(known[i] for i in ids if i in known)

    def _state(self, solver: z3.Solver) -> Cube:
        model = solver.model()
        return frozenset((n, z3.is_true(model.eval(b, True))) for n, b in enumerate(self.now))

    def before(self, cube: Cube, level: int) -> tuple[Cube, int] | None:
        """A cube of states of a frame, outside the cube, and a rule that leads from it into it.

        None if no state of the frame has such a step; then `core` has the bits that matter.
        """
        asked = self._temporary()
        self.steps.add(either([z3.Not(asked), *map(self.opposite, cube)]))
        facts = [asked, *self._frame(level)]
        after = [self.literal(x, then=True) for x in sorted(cube)]
        if not ask(self.steps, self.patience, [*facts, *after]):
            self.core = self._used(self.steps, then=True)
            self.steps.add(z3.Not(asked))
            return None
        state, model = self._state(self.steps), self.steps.model()
        rule = next(
            n for n, c in enumerate(self.relation.choosers) if z3.is_true(model.eval(c))
        )
        self.steps.add(z3.Not(asked))
        return self._lifted(state, rule, cube), rule

    def _lifted(self, state: Cube, rule: int, cube: Cube) -> Cube:
        """Those bits of a state that make the rule possible and lead into the cube."""
        possible = self._reason(state, z3.Not(self.in_bits(self.relation.possible[rule])))
        asked = self._temporary()
        elsewhere = [self.opposite(x, then=True) for x in cube]
        self.steps.add(either([z3.Not(asked), *elsewhere]))
        facts = [asked, self.relation.choosers[rule]]
        leads = self._core(self.steps, facts, state)
        self.steps.add(z3.Not(asked))
        return possible | leads


def either(parts: list[z3.BoolRef]) -> z3.BoolRef:
    """A disjunction of formulas, made without the checks that take most of the time of `z3.Or`."""
    ctx = parts[0].ctx
    array = (z3.Ast * len(parts))(*(part.ast for part in parts))
    return z3.BoolRef(z3.Z3_mk_or(ctx.ref(), len(parts), array), ctx)


def ask(solver: z3.Solver, patience: Patience, facts: list[z3.BoolRef]) -> bool:
    """As `check`, made without the same checks: there are thousands of such questions."""
    patience.pause()
    array = (z3.Ast * len(facts))(*(fact.ast for fact in facts))
    answer = z3.Z3_solver_check_assumptions(
        solver.ctx.ref(), solver.solver, len(facts), array
    )
    assert answer != z3.Z3_L_UNDEF, "a question about single bits has an answer"
    return bool(answer == z3.Z3_L_TRUE)


def _as_bits(
    variables: Iterable[z3.ExprRef], bits: list[z3.BoolRef]
) -> Iterable[tuple[z3.ExprRef, z3.ExprRef]]:
    """What stands for each variable: bits, lowest first, which are added to the list."""
    one, zero = z3.BitVecVal(1, 1), z3.BitVecVal(0, 1)
    for variable in variables:
        if z3.is_bool(variable):
            bits.append(variable)
            continue
        name, width = variable.decl().name(), variable.size()
        mine = [z3.Bool(f"{name}.bit{i}") for i in range(width)]
        bits += mine
        parts = [z3.If(bit, one, zero) for bit in reversed(mine)]
        yield variable, z3.Concat(parts) if width > 1 else parts[0]


def _values(constants: Iterable[z3.ExprRef]) -> list[bool]:
    """The bits of constants, in the same order."""
    found: list[bool] = []
    for constant in constants:
        if z3.is_bool(constant):
            found.append(z3.is_true(constant))
        else:
            found += [bool(constant.as_long() >> i & 1) for i in range(constant.size())]
    return found
