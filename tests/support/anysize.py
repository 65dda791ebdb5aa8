"""Concrete states as models of the first-order reading, to hold its steps against the evaluator."""

from collections.abc import Iterator
from itertools import combinations, pairwise, product
from typing import Any

import z3

from popcorn_checker.evaluate import Evaluator, Firing, State
from popcorn_checker.symbolic.anysize import AnySize, Moment
from popcorn_model.language import expr as e
from popcorn_model.language.walk import every_node

SPARE = 4  # slots in which nothing waits before a step


class Concrete:
    """Says of the symbols of a reading what they are at a scope and in a state."""

    def __init__(self, reading: AnySize, evaluator: Evaluator) -> None:
        """``evaluator`` has the scope; each member becomes a constant."""
        self.reading, self.evaluator = reading, evaluator
        self.members: dict[e.SortInfo, list[z3.ExprRef]] = {}
        self.slots: list[z3.ExprRef] = []

    def value(self, sort: e.SortInfo, value: Any) -> z3.ExprRef:
        """A value of the evaluator as a term."""
        vocabulary = self.reading.vocabulary
        match sort.kind:
            case e.SortKind.MEMBERS:
                return self._all(sort)[value]
            case e.SortKind.MAYBE if value is not None:
                assert sort.of is not None
                return vocabulary.sort(sort).constructor(1)(self.value(sort.of, value))
            case e.SortKind.MESSAGE:
                names = [k.name for k in sort.kinds]
                kind = sort.kinds[names.index(value[0])]
                pairs = zip(kind.fields, value[1], strict=True)
                args = [self.value(s, x) for (_, s), x in pairs]
                return vocabulary.sort(sort).constructor(1 + sort.kinds.index(kind))(*args)
        return vocabulary.constant(sort, value)

    def _all(self, sort: e.SortInfo) -> list[z3.ExprRef]:
        if sort not in self.members:
            known = self.reading.vocabulary.sort(sort)
            size = self.evaluator.scope.size(sort)
            self.members[sort] = [z3.Const(f"{sort.name}#{i}", known) for i in range(size)]
        return self.members[sort]

    def size(self) -> Iterator[z3.BoolRef]:
        """The members differ, and names are at their places."""
        for members in self.members.values():
            yield from (a != b for a, b in combinations(members, 2))
        for action in self.reading.model.actions:
            for node in _named(action.guards):
                yield self.reading.vocabulary.named(node) == self._all(node.sort)[node.position]

    def expanded(self, formula: z3.ExprRef) -> z3.ExprRef:
        """The formula with a conjunction or disjunction over all there is for each quantifier.

        What Z3 would do with quantifiers over so small a world is look for a model for ever.
        """
        if z3.is_quantifier(formula):
            sorts = [formula.var_sort(i) for i in range(formula.num_vars())]
            choices = product(*(self._world(s) for s in sorts))
            bodies = (z3.substitute_vars(formula.body(), *reversed(c)) for c in choices)
            made = [self.expanded(body) for body in bodies]
            return z3.And(made) if formula.is_forall() else z3.Or(made)
        if not z3.is_app(formula) or not formula.num_args():
            return formula
        return formula.decl()(*map(self.expanded, formula.children()))

    def _world(self, sort: z3.SortRef) -> list[z3.ExprRef]:
        if sort == self.reading.vocabulary.slot:
            return [*self.slots, *(z3.Const(f"spare{i}", sort) for i in range(SPARE))]
        return next(m for m in self.members.values() if m[0].sort() == sort)

    def state(self, moment: Moment, state: State) -> Iterator[z3.BoolRef]:
        """The functions of a moment are what the state says."""
        for (family, index), place in self.evaluator.slot.items():
            if isinstance(family, e.StateInfo):
                at = self._index(family, index)
                yield moment.cells[family](*at) == self.value(family.sort, state[place])
            elif isinstance(family, e.QueueInfo):
                yield from self._queue(moment, family, index, state[place])

    def _index(self, family: Any, index: tuple[int, ...]) -> list[z3.ExprRef]:
        return [self.value(s, i) for s, i in zip(family.index, index, strict=True)]

    def _queue(
        self, moment: Moment, queue: e.QueueInfo, index: tuple[int, ...], items: tuple[Any, ...]
    ) -> Iterator[z3.BoolRef]:
        vocabulary, at = self.reading.vocabulary, self._index(queue, index)
        name = "_".join(map(str, (queue.name, *index, moment.mark)))
        slots = [z3.Const(f"{name}#{i}", vocabulary.slot) for i in range(len(items))]
        self.slots += slots
        symbols, s = moment.queues[queue], z3.Const("s", vocabulary.slot)
        here = z3.Or([s == x for x in slots]) if slots else z3.BoolVal(False, self.reading.ctx)
        yield z3.ForAll([s], symbols.waits(*at, s) == here)
        for slot, item in zip(slots, items, strict=True):
            yield symbols.item(*at, slot) == self.value(queue.sort, item)
        for one, other in pairwise(slots):
            yield vocabulary.before(one, other)


def _named(exprs: tuple[e.Expr, ...]) -> Iterator[e.Named]:
    for expr in exprs:
        yield from (n for n in every_node(expr) if isinstance(n, e.Named))


def allows(concrete: Concrete, firing: Firing, before: State, after: State) -> bool:
    """Whether the reading's step of this instance can lead from one state to the other."""
    reading = concrete.reading
    now, then = reading.moment(), reading.moment("'")
    step = reading.step(firing.action, now, then)
    solver = z3.Solver(ctx=reading.ctx)
    facts = [*concrete.state(now, before), *concrete.state(then, after)]
    params = zip(step.action.params, step.params, firing.values, strict=True)
    facts += [term == concrete.value(var.sort, value) for var, term, value in params]
    facts += concrete.size()
    for formula in (*reading.axioms(now, then), *facts, *step.formulas):
        solver.add(concrete.expanded(formula))
    answer = solver.check()
    assert answer != z3.unknown, solver.reason_unknown()
    return bool(answer == z3.sat)
