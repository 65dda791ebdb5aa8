"""Small structures in which an obligation fails: states of the model with few members.

Z3 is asked again with one member of every sort, then with more, in the order of the total. What it
finds is turned into a state of the evaluator, which then takes the step itself: a structure
that the evaluator does not confirm is a fault of ours and never shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

import z3

from popcorn_checker.errors import InternalError
from popcorn_checker.evaluate import Evaluator, Firing, State, StepFault
from popcorn_checker.scopes import Scope, make_scope, size_name
from popcorn_checker.symbolic.anysize import AnySize, AnyStep, Moment
from popcorn_model.language import Property
from popcorn_model.language import expr as e
from popcorn_model.language.walk import every_node, update_expressions
from popcorn_proofs.claim import Theory
from popcorn_proofs.grounding import World
from popcorn_proofs.script import MEANING, SAFETY, START, Obligation

MORE_MAX: Final = 5  # members beyond one of each sort
MEMBERS_MAX: Final = 4
SLOTS: Final = "Slot"
ROOMY: Final = 9  # slots of a queue and bounds of a number, where they must not matter


@dataclass(frozen=True)
class Structure:
    """A state in which all lemmas hold, at a scope of its own size.

    ``firing`` leads to ``after``, in which the goal fails; without one it fails in ``state``.
    """

    theory: Theory
    obligation: Obligation
    evaluator: Evaluator
    state: State
    firing: Firing | None = None
    after: State | None = None

    @property
    def sizes(self) -> dict[str, int]:
        """How many members each sort has."""
        return {s.name: self.evaluator.scope.size(s) for s in self.theory.members}


class Finder:
    """Looks for structures of one theory. The lemmas may be told for each question."""

    def __init__(self, theory: Theory, seconds: float = 10.0) -> None:
        """``seconds`` is the time for each size."""
        self.theory = theory
        self.seconds = seconds
        self.reading = AnySize(theory.model)
        self.now = self.reading.moment()
        self._steps: dict[str, tuple[AnyStep, Moment]] = {}
        self._claims: dict[str, z3.BoolRef] = {}

    def find(
        self, asked: Obligation, goal: Property | None, lemmas: tuple[Property, ...],
        more_max: int = MORE_MAX,
    ) -> Structure | None:  # fmt: skip
        """A smallest structure in which an obligation fails, if there is a small one.

        ``goal`` is none for the meaning of an action. Raises: InternalError when the evaluator
        does not confirm what Z3 found. Cost: one query for each way to size the sorts.
        """
        background, refuted = self._formulas(asked, goal)
        if asked.from_ != START:
            background += map(self._claim, lemmas)
        if self._solver(*background, refuted).check() == z3.unsat:
            return None
        return self.find_small(asked, goal, lemmas, more_max)

    def find_small(
        self, asked: Obligation, goal: Property | None, lemmas: tuple[Property, ...],
        more_max: int = MORE_MAX,
    ) -> Structure | None:  # fmt: skip
        """As `find`, where it is known that the obligation is not proved."""
        background, refuted = self._formulas(asked, goal)
        formulas = [*background, *map(self._claim, lemmas if asked.from_ != START else ())]
        for sizes in self._sizes(self._growing(asked, goal), more_max):
            world = self._world(sizes)
            solver = self._solver(*world.distinct(), *self._closed(world, asked))
            solver.add(*(world.grounded(f) for f in (refuted, *formulas)))
            if solver.check() == z3.sat:
                found = self._plainest(solver, world)
                return self._structure(asked, goal, lemmas, (found, world))
        return None

    def used(
        self, asked: Obligation, goal: Property, lemmas: tuple[Property, ...]
    ) -> frozenset[str] | None:
        """The names of lemmas from which an obligation follows; None when it is not proved so."""
        background, refuted = self._formulas(asked, goal)
        solver = self._solver(*background, refuted)
        for lemma in lemmas:
            solver.assert_and_track(self._claim(lemma), lemma.name)
        if solver.check() != z3.unsat:
            return None
        return frozenset(str(c) for c in solver.unsat_core())

    def _solver(self, *formulas: z3.BoolRef) -> z3.Solver:
        solver = z3.Solver(ctx=self.reading.ctx)
        solver.set("timeout", round(self.seconds * 1000), "random_seed", 0)
        solver.add(*formulas)
        return solver

    def _claim(self, lemma: Property) -> z3.BoolRef:
        if lemma.name not in self._claims:
            self._claims[lemma.name] = self.reading.claim(lemma, self.now)
        return self._claims[lemma.name]

    def _formulas(
        self, asked: Obligation, goal: Property | None
    ) -> tuple[list[z3.BoolRef], z3.BoolRef]:
        """Whatever an obligation assumes besides lemmas, and the negation of its goal."""
        known = self.reading.axioms(self.now)
        if asked.from_ == START:
            known += self.reading.initial(self.now)
        else:
            known += map(self._claim, self.theory.known)
        then = self.now
        if asked.from_ not in (START, SAFETY):
            step, then = self._step(asked.from_)
            known += [step.guard, *step.choices]
            if asked.goal == MEANING:
                return known, z3.Not(step.meaning)
            known += [step.meaning, *(d.formula for d in step.definitions), *step.relations]
            known += self.reading.axioms(then)
        assert goal is not None
        return known, z3.Not(self.reading.claim(goal, then))

    def _step(self, action: str) -> tuple[AnyStep, Moment]:
        if action not in self._steps:
            then = self.reading.moment("!", self.reading.changed_by(action), self.now)
            self._steps[action] = (self.reading.step(action, self.now, then), then)
        return self._steps[action]

    # --- sizes -------------------------------------------------------------------------------

    def _growing(self, asked: Obligation, goal: Property | None) -> tuple[str, ...]:
        """The sorts of which the obligation speaks; of the others one member will do."""
        variables = list(goal.params) if goal is not None else []
        if asked.from_ not in (START, SAFETY):
            variables += self.theory.model.action(asked.from_).params
        names = [s.name for s in self.theory.members if any(v.sort is s for v in variables)]
        return (*names, SLOTS) if self.theory.model.queues else tuple(names)

    def _sizes(self, growing: tuple[str, ...], more_max: int) -> Iterator[Mapping[str, int]]:
        """Ways to size the sorts, those with few members in all first."""
        least = dict.fromkeys((*(s.name for s in self.theory.members), *growing), 1)
        ways = product(range(MEMBERS_MAX), repeat=len(growing))
        for more in sorted((w for w in ways if sum(w) <= more_max), key=lambda w: (sum(w), w)):
            yield least | {n: 1 + m for n, m in zip(growing, more, strict=True)}

    def _world(self, sizes: Mapping[str, int]) -> World:
        vocabulary = self.reading.vocabulary
        sorts = {s.name: vocabulary.sort(s) for s in self.theory.members}
        if SLOTS in sizes:
            sorts[SLOTS] = vocabulary.slot
        return World({name: (sort, sizes[name]) for name, sort in sorts.items()})

    def _closed(self, world: World, asked: Obligation) -> Iterator[z3.BoolRef]:
        """Whatever has a name, before the step and after it, is of the world."""
        moments = [self.now]
        if asked.from_ not in (START, SAFETY):
            step, then = self._step(asked.from_)
            moments.append(then)
            for symbol in (*(p.decl() for p in step.params), *step.slots):
                yield from world.closed(symbol)
        for node in named_members(self.theory):
            member = self.reading.vocabulary.named(node)
            if node.position < len(world.members[node.sort.name]):
                yield member == world.members[node.sort.name][node.position]
            yield from world.closed(member.decl())
        named = [f for m in moments for f in m.cells.values()]
        named += [f for m in moments for q in m.queues.values() for f in (q.item, q.head)]
        for function in {f.name(): f for f in named}.values():
            yield from world.closed(function)

    def _plainest(self, solver: z3.Solver, world: World) -> z3.ModelRef:
        """A model in which as many cells as can be are as at the start, and queues empty."""
        model = solver.model()
        for plain in self._plain(world):
            if z3.is_true(model.eval(plain, model_completion=True)):
                solver.add(plain)
                continue
            solver.push()
            solver.add(plain)
            if solver.check() == z3.sat:
                model = solver.model()
            else:
                solver.pop()
        return model

    def _plain(self, world: World) -> Iterator[z3.BoolRef]:
        terms, members = self.reading.terms(self.now), world.members
        for queue, symbols in self.now.queues.items():
            for index in product(*(members[s.name] for s in queue.index), members[SLOTS]):
                yield z3.Not(symbols.waits(*index))
        for state, cell in self.now.cells.items():
            for index in product(*(members[s.name] for s in state.index)):
                start = terms.value(state.start, dict(zip(state.params, index, strict=True)))
                yield world.grounded(cell(*index) == start)

    # --- from a solver's model to a state ------------------------------------------------------

    def _structure(
        self, asked: Obligation, goal: Property | None, lemmas: tuple[Property, ...],
        found: tuple[z3.ModelRef, World],
    ) -> Structure:  # fmt: skip
        model, world = found
        reader = _ModelReader(self.theory, self.reading, model, world)
        evaluator = Evaluator(self.theory.model, reader.scope)
        state = reader.state(evaluator, self.now)
        firing = after = None
        if asked.from_ not in (START, SAFETY):
            step, _ = self._step(asked.from_)
            pairs = zip(step.action.params, step.params, strict=True)
            values = (reader.value(v.sort, model.eval(x, model_completion=True)) for v, x in pairs)
            firing = Firing(asked.from_, tuple(values))
            try:
                after = evaluator.fire(state, step.action, firing)
            except StepFault:
                after = None
        made = Structure(self.theory, asked, evaluator, state, firing, after)
        _insist(made, goal, (*self.theory.known, *lemmas))
        return made


def _insist(made: Structure, goal: Property | None, lemmas: tuple[Property, ...]) -> None:
    """The evaluator agrees. Raises: InternalError."""
    asked, evaluator = made.obligation, made.evaluator
    if asked.from_ != START:
        for lemma in lemmas:
            if not evaluator.holds(lemma, made.state):
                raise InternalError(f"{lemma.name} fails in a structure that Z3 found for it")
    if made.firing is not None and goal is None and made.after is None:
        return
    last = made.state if made.firing is None else made.after
    if last is None or goal is None or evaluator.holds(goal, last):
        raise InternalError(f"the evaluator does not see {asked.id} fail where Z3 does")


class _ModelReader:
    """Reads states out of a model of Z3."""

    def __init__(
        self, theory: Theory, reading: AnySize, model: z3.ModelRef, world: World
    ) -> None:
        self.model = model
        self.reading = reading
        self.members: dict[str, list[Any]] = {
            name: [model.eval(c, model_completion=True) for c in constants]
            for name, constants in world.members.items()
        }
        sizes = {size_name(s): len(self.members[s.name]) for s in theory.members}
        self.scope = roomy_scope(theory, sizes)

    def state(self, evaluator: Evaluator, moment: Moment) -> State:
        """The state that a moment's symbols describe."""
        values = []
        for family, index in evaluator.slot:
            if isinstance(family, e.StateInfo):
                args = [self.members[s.name][i] for s, i in zip(family.index, index, strict=True)]
                cell = moment.cells[family](*args)
                values.append(self.value(family.sort, self._eval(cell)))
            elif isinstance(family, e.QueueInfo):
                values.append(self._items(family, index, moment))
        return tuple(values)

    def _eval(self, term: Any) -> Any:
        return self.model.eval(term, model_completion=True)

    def _items(self, family: e.QueueInfo, index: tuple[int, ...], moment: Moment) -> Any:
        symbols = moment.queues[family]
        args = [self.members[s.name][i] for s, i in zip(family.index, index, strict=True)]
        slots = self.members.get(SLOTS, [])
        waiting = [s for s in slots if z3.is_true(self._eval(symbols.waits(*args, s)))]
        before = self.reading.vocabulary.before
        waiting.sort(key=lambda s: sum(z3.is_true(self._eval(before(x, s))) for x in waiting))
        items = (self._eval(symbols.item(*args, s)) for s in waiting)
        return tuple(self.value(family.sort, x) for x in items)

    def value(self, sort: e.SortInfo, term: Any) -> Any:
        """A value of the evaluator."""
        match sort.kind:
            case e.SortKind.TRUTH:
                return z3.is_true(term)
            case e.SortKind.NUMBER:
                return term.as_long()
            case e.SortKind.MEMBERS:
                return next(i for i, m in enumerate(self.members[sort.name]) if m.eq(term))
            case e.SortKind.LABELS:
                return sort.labels.index(term.decl().name().partition(".")[2])
            case e.SortKind.MAYBE:
                assert sort.of is not None
                return self.value(sort.of, term.arg(0)) if term.num_args() else None
        name = term.decl().name().partition(".")[2]
        for kind in sort.kinds:
            if kind.name == name:
                fields = zip(kind.fields, term.children(), strict=True)
                return (name, tuple(self.value(s, x) for (_, s), x in fields))
        return None


def named_members(theory: Theory) -> frozenset[e.Named]:
    """The distinguished members that the model or the lemmas mention."""
    exprs = [s.start for s in theory.model.states]
    for action in theory.model.actions:
        exprs += [*action.guards, *(x for u in action.updates for x in update_expressions(u))]
    exprs += [p.body for p in (*theory.known, *theory.lemmas, *theory.safety)]
    return frozenset(n for x in exprs for n in every_node(x) if isinstance(n, e.Named))


def roomy_scope(theory: Theory, sizes: Mapping[str, int]) -> Scope:
    """A scope with these sizes in which no queue and no number is too small."""
    entries = dict(sizes)
    entries |= dict.fromkeys({q.slots for q in theory.model.queues}, ROOMY)
    numbers = {s.sort for s in theory.model.states if s.sort.kind is e.SortKind.NUMBER}
    entries |= {size_name(s): ROOMY for s in numbers}
    return make_scope(theory.model, entries)
