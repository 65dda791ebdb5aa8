"""Small structures in which an obligation fails: states of the model with few members.

Z3 is asked again with every sort limited to one member, then two, in the order of the total. What
it finds is turned into a state of the evaluator, which then takes the step itself: a structure
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
from popcorn_proofs.script import MEANING, SAFETY, START, Obligation

TOTAL_MAX: Final = 9
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
        total_max: int = TOTAL_MAX,
    ) -> Structure | None:  # fmt: skip
        """The smallest structure in which an obligation fails, if there is a small one.

        ``goal`` is none for the meaning of an action. Raises: InternalError when the evaluator
        does not confirm what Z3 found. Cost: one query for each way to size the sorts.
        """
        solver = self._solver(asked, goal, lemmas)
        if solver.check() == z3.unsat:
            return None
        for sizes in self._sizes(total_max):
            solver.push()
            constants = self._limit(solver, sizes)
            if solver.check() == z3.sat:
                found = self._plainest(solver, constants)
                return self._structure(asked, goal, lemmas, (found, constants))
            solver.pop()
        return None

    def used(
        self, asked: Obligation, goal: Property, lemmas: tuple[Property, ...]
    ) -> frozenset[str] | None:
        """The names of lemmas from which an obligation follows; None when it is not proved so."""
        solver = self._solver(asked, goal, ())
        for lemma in lemmas:
            solver.assert_and_track(self._claim(lemma), lemma.name)
        if solver.check() != z3.unsat:
            return None
        return frozenset(str(c) for c in solver.unsat_core())

    def _claim(self, lemma: Property) -> z3.BoolRef:
        if lemma.name not in self._claims:
            self._claims[lemma.name] = self.reading.claim(lemma, self.now)
        return self._claims[lemma.name]

    def _solver(
        self, asked: Obligation, goal: Property | None, lemmas: tuple[Property, ...]
    ) -> z3.Solver:
        solver = z3.Solver(ctx=self.reading.ctx)
        solver.set("timeout", round(self.seconds * 1000), "random_seed", 0)
        solver.add(*self.reading.axioms(self.now))
        if asked.from_ == START:
            solver.add(*self.reading.initial(self.now))
        else:
            solver.add(*map(self._claim, lemmas))
        then = self.now
        if asked.from_ not in (START, SAFETY):
            step, then = self._step(asked.from_)
            solver.add(step.guard, *step.choices)
            if asked.goal == MEANING:
                solver.add(z3.Not(step.meaning))
                return solver
            effects = (d.formula for d in step.definitions)
            solver.add(step.meaning, *effects, *step.relations, *self.reading.axioms(then))
        assert goal is not None
        solver.add(z3.Not(self.reading.claim(goal, then)))
        return solver

    def _step(self, action: str) -> tuple[AnyStep, Moment]:
        if action not in self._steps:
            then = self.reading.moment("!", self.reading.changed_by(action), self.now)
            self._steps[action] = (self.reading.step(action, self.now, then), then)
        return self._steps[action]

    # --- sizes -------------------------------------------------------------------------------

    def _sizes(self, total_max: int) -> Iterator[Mapping[str, int]]:
        """Ways to size the sorts, those with few members in all first."""
        names = [s.name for s in self.theory.members]
        if self.theory.model.queues:
            names.append(SLOTS)
        most = min(total_max, MEMBERS_MAX * len(names))
        ways = product(range(1, MEMBERS_MAX + 1), repeat=len(names))
        for sizes in sorted((w for w in ways if sum(w) <= most), key=lambda w: (sum(w), w)):
            yield dict(zip(names, sizes, strict=True))

    def _limit(
        self, solver: z3.Solver, sizes: Mapping[str, int]
    ) -> dict[e.SortInfo | None, list[Any]]:
        """At most so many members of each sort: constants for all that there are."""
        found: dict[e.SortInfo | None, list[Any]] = {}
        vocabulary = self.reading.vocabulary
        sorts: list[e.SortInfo | None] = [*self.theory.members]
        if SLOTS in sizes:
            sorts.append(None)
        for info in sorts:
            name = SLOTS if info is None else info.name
            sort = vocabulary.slot if info is None else vocabulary.sort(info)
            members = [z3.Const(f"{name}#{i}", sort) for i in range(sizes[name])]
            any_ = z3.Const(f"{name}#", sort)
            solver.add(z3.ForAll([any_], z3.Or([any_ == m for m in members])))
            found[info] = members
        return found

    def _plainest(
        self, solver: z3.Solver, constants: dict[e.SortInfo | None, list[Any]]
    ) -> z3.ModelRef:
        """A model in which as many cells as can be are as at the start, and queues empty."""
        model = solver.model()
        for plain in self._plain(constants):
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

    def _plain(self, constants: dict[e.SortInfo | None, list[Any]]) -> Iterator[z3.BoolRef]:
        terms = self.reading.terms(self.now)
        for queue, symbols in self.now.queues.items():
            for index in product(*(constants[s] for s in queue.index), constants[None]):
                yield z3.Not(symbols.waits(*index))
        for state, cell in self.now.cells.items():
            for index in product(*(constants[s] for s in state.index)):
                start = terms.value(state.start, dict(zip(state.params, index, strict=True)))
                yield cell(*index) == start

    # --- from a solver's model to a state ------------------------------------------------------

    def _structure(
        self, asked: Obligation, goal: Property | None, lemmas: tuple[Property, ...],
        found: tuple[z3.ModelRef, dict[e.SortInfo | None, list[Any]]],
    ) -> Structure:  # fmt: skip
        model, constants = found
        reader = _ModelReader(self.theory, self.reading, model, constants)
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
        _insist(made, goal, lemmas)
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
        self, theory: Theory, reading: AnySize, model: z3.ModelRef,
        constants: dict[e.SortInfo | None, list[Any]],
    ) -> None:  # fmt: skip
        self.model = model
        self.reading = reading
        self.members: dict[e.SortInfo | None, list[Any]] = {}
        for info, named in constants.items():
            values = [model.eval(c, model_completion=True) for c in named]
            self.members[info] = _unique([*self._first(theory, info), *values])
        sizes = {size_name(s): len(self.members[s]) for s in theory.members}
        self.scope = roomy_scope(theory, sizes)

    def _first(self, theory: Theory, info: e.SortInfo | None) -> Iterator[Any]:
        """The distinguished members, in the order of their positions."""
        for node in sorted(named_members(theory), key=lambda n: n.position):
            if node.sort is info:
                constant = self.reading.vocabulary.named(node)
                yield self.model.eval(constant, model_completion=True)

    def state(self, evaluator: Evaluator, moment: Moment) -> State:
        """The state that a moment's symbols describe."""
        values = []
        for family, index in evaluator.slot:
            if isinstance(family, e.StateInfo):
                args = [self.members[s][i] for s, i in zip(family.index, index, strict=True)]
                cell = moment.cells[family](*args)
                values.append(self.value(family.sort, self._eval(cell)))
            elif isinstance(family, e.QueueInfo):
                values.append(self._items(family, index, moment))
        return tuple(values)

    def _eval(self, term: Any) -> Any:
        return self.model.eval(term, model_completion=True)

    def _items(self, family: e.QueueInfo, index: tuple[int, ...], moment: Moment) -> Any:
        symbols = moment.queues[family]
        args = [self.members[s][i] for s, i in zip(family.index, index, strict=True)]
        slots = self.members.get(None, [])
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
                return next(i for i, m in enumerate(self.members[sort]) if m.eq(term))
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


def _unique(terms: list[Any]) -> list[Any]:
    found: list[Any] = []
    for term in terms:
        if not any(term.eq(x) for x in found):
            found.append(term)
    return found


def named_members(theory: Theory) -> frozenset[e.Named]:
    """The distinguished members that the model or the lemmas mention."""
    exprs = [s.start for s in theory.model.states]
    for action in theory.model.actions:
        exprs += [*action.guards, *(x for u in action.updates for x in update_expressions(u))]
    exprs += [p.body for p in (*theory.lemmas, *theory.safety)]
    return frozenset(n for x in exprs for n in every_node(x) if isinstance(n, e.Named))


def roomy_scope(theory: Theory, sizes: Mapping[str, int]) -> Scope:
    """A scope with these sizes in which no queue and no number is too small."""
    entries = dict(sizes)
    entries |= dict.fromkeys({q.slots for q in theory.model.queues}, ROOMY)
    numbers = {s.sort for s in theory.model.states if s.sort.kind is e.SortKind.NUMBER}
    entries |= {size_name(s): ROOMY for s in numbers}
    return make_scope(theory.model, entries)
