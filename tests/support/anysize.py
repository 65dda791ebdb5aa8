"""Concrete states as models of the first-order reading, to hold its steps against the evaluator."""

from collections.abc import Iterable, Iterator
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

    def __init__(self, reading: AnySize, evaluator: Evaluator, states: Iterable[State]) -> None:
        """``evaluator`` has the scope; each member becomes a constant, and so does each slot in
        which something waits in one of the states."""
        self.reading, self.evaluator = reading, evaluator
        self.members: dict[e.SortInfo, list[z3.ExprRef]] = {}
        self.slots: dict[str, z3.ExprRef] = {}
        self._done: dict[int, tuple[z3.ExprRef, z3.ExprRef]] = {}
        for state, moment in product(states, (reading.moment(), reading.moment("'"))):
            list(self.state(moment, state))
        for sort in {v.sort for a in reading.model.actions for v in a.params}:
            if sort.kind is e.SortKind.MEMBERS:
                self.all(sort)
        self._spare = [z3.Const(f"spare{i}", reading.vocabulary.slot) for i in range(SPARE)]

    def value(self, sort: e.SortInfo, value: Any) -> z3.ExprRef:
        """A value of the evaluator as a term."""
        vocabulary = self.reading.vocabulary
        match sort.kind:
            case e.SortKind.MEMBERS:
                return self.all(sort)[value]
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

    def all(self, sort: e.SortInfo) -> list[z3.ExprRef]:
        """The members of a sort, in their order."""
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
                yield self.reading.vocabulary.named(node) == self.all(node.sort)[node.position]

    def closed(self, symbol: z3.FuncDeclRef) -> Iterator[z3.BoolRef]:
        """Where a symbol stands for slots, they are slots of the world."""
        if symbol.range() == self.reading.vocabulary.slot:
            for at in product(*(self._world(symbol.domain(i)) for i in range(symbol.arity()))):
                yield z3.Or([symbol(*at) == slot for slot in self._world(symbol.range())])

    def expanded(self, formula: z3.ExprRef) -> z3.ExprRef:
        """The formula with a conjunction or disjunction over all there is for each quantifier.

        What Z3 would do with quantifiers over so small a world is look for a model for ever.
        """
        known = self._done.get(formula.get_id())
        if known is None:
            known = self._done[formula.get_id()] = formula, self._expanded(formula)
        return known[1]

    def _expanded(self, formula: z3.ExprRef) -> z3.ExprRef:
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
            return [*self.slots.values(), *self._spare]
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
        self.slots |= {str(slot): slot for slot in slots}
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


def allows(concrete: Concrete, firing: Firing, before: State, *after: State) -> bool:
    """Whether the reading's step of this instance can lead from one state to one of the others."""
    attempt = _Attempt(concrete, firing.action, before)
    ends = [z3.And(*concrete.state(attempt.then, state)) for state in after]
    return attempt.succeeds(attempt.is_of(firing), z3.Or(ends))


def allows_more(concrete: Concrete, action: str, before: State, known: Iterable[Firing]) -> bool:
    """Whether the reading has a step of this action, of another instance than these."""
    attempt = _Attempt(concrete, action, before)
    return attempt.succeeds(*(z3.Not(attempt.is_of(firing)) for firing in known))


class _Attempt:
    """One step of the reading from a state."""

    def __init__(self, concrete: Concrete, action: str, before: State) -> None:
        self.concrete, reading = concrete, concrete.reading
        self.now, self.then = reading.moment(), reading.moment("'")
        self.step = reading.step(action, self.now, self.then)
        self.facts = list(concrete.state(self.now, before))

    def is_of(self, firing: Firing) -> z3.BoolRef:
        """The parameters are those of an instance."""
        params = zip(self.step.action.params, self.step.params, firing.values, strict=True)
        return z3.And([term == self.concrete.value(v.sort, x) for v, term, x in params])

    def succeeds(self, *facts: z3.BoolRef) -> bool:
        """There is such a step, within the members and slots of the world."""
        concrete, step = self.concrete, self.step
        known = [*self.facts, *facts, *self._members()]
        moments = (self.now, self.then)
        heads = (queue.head for moment in moments for queue in moment.queues.values())
        for symbol in {f.name(): f for f in (*heads, *step.slots)}.values():
            known += concrete.closed(symbol)
        solver = z3.Solver(ctx=concrete.reading.ctx)
        for formula in (*concrete.reading.axioms(*moments), *known, *step.formulas):
            solver.add(concrete.expanded(formula))
        answer = solver.check()
        assert answer != z3.unknown, solver.reason_unknown()
        return bool(answer == z3.sat)

    def _members(self) -> Iterator[z3.BoolRef]:
        for var, term in zip(self.step.action.params, self.step.params, strict=True):
            if var.sort.kind is e.SortKind.MEMBERS:
                yield z3.Or([term == member for member in self.concrete.all(var.sort)])
        yield from self.concrete.size()
