"""Grounding: a model at a scope, with parameters and binders replaced by members.

What comes out are still expressions, but without variables, binders, tallies or loops over
members: each instance of an action is a list of guards and a flat list of conditional updates.
The compiled engine and the exporters read this; the oracle evaluator does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

from popcorn_checker.scopes import Scope
from popcorn_model.language import Action, Model
from popcorn_model.language import expr as e
from popcorn_model.language.order import Ahead
from popcorn_model.language.properties import Property
from popcorn_model.language.simplify import conjoin, disjoin, fold, negate
from popcorn_model.language.walk import free_variables, rebuild, rebuild_ref

Bindings = dict[e.Var, e.Expr]
SHARED: Final = (e.Quantified, e.Count, e.Tally, Ahead, e.And, e.Or)
"""What is grounded once for all instances that give its variables the same values."""


@dataclass(frozen=True)
class GroundUpdate:
    """One leaf update and the condition under which it happens."""

    test: e.Expr
    update: e.Update


@dataclass(frozen=True)
class GroundRule:
    """One instance of an action. ``guards[i]`` is the instance of the action's guard ``i``."""

    action: int
    values: tuple[int, ...]
    guards: tuple[e.Expr, ...]
    updates: tuple[GroundUpdate, ...]


class Grounder:
    """Grounds expressions and updates of one model at one scope."""

    def __init__(self, model: Model, scope: Scope) -> None:
        """Nothing is computed until asked for."""
        self.model = model
        self.scope = scope
        self._variables: dict[int, tuple[e.Var, ...]] = {}
        self._known: dict[tuple[object, ...], tuple[e.Expr, e.Expr]] = {}

    def rules(self, keep_dead: bool = False) -> Iterator[GroundRule]:
        """Every instance of every action; without those whose guard is false, unless asked."""
        for number, action in enumerate(self.model.actions):
            yield from self.rules_of(number, action, keep_dead)

    def rules_of(
        self, number: int, action: Action, keep_dead: bool = False
    ) -> Iterator[GroundRule]:
        """Every instance of one action, which has that number; as `rules`."""
        for values in self.instances(action.params):
            bindings = self.bindings(action.params, values)
            guards = tuple(self.expression(g, bindings) for g in action.guards)
            if e.NO in guards and not keep_dead:
                continue
            updates = tuple(self.updates(action.updates, bindings, e.YES))
            yield GroundRule(number, values, guards, updates)

    def instances(self, params: tuple[e.Var, ...]) -> Iterator[tuple[int, ...]]:
        """Every choice of members for parameters."""
        return product(*(range(self.scope.size(p.sort)) for p in params))

    def bindings(self, params: tuple[e.Var, ...], values: tuple[int, ...]) -> Bindings:
        """Parameters as constants."""
        return {p: e.Const(p.sort, v) for p, v in zip(params, values, strict=True)}

    def violations(self, prop: Property) -> Iterator[tuple[tuple[int, ...], e.Expr]]:
        """Formulas, one for each way in which an instance of an `always` can fail."""
        for values in self.instances(prop.params):
            body = self.expression(prop.body, self.bindings(prop.params, values))
            for case in cases(inward(negate(body))):
                yield values, case

    def goals(self, prop: Property) -> Iterator[tuple[tuple[int, ...], e.Expr]]:
        """Formulas, one for each way in which an instance of a `sometimes` is reached."""
        for values in self.instances(prop.params):
            body = self.expression(prop.body, self.bindings(prop.params, values))
            for case in cases(inward(body)):
                yield values, case

    def expression(self, node: e.Expr, bindings: Bindings) -> e.Expr:
        """The expression with variables bound and binders expanded, folded."""
        if not isinstance(node, SHARED):
            return self._made(node, bindings)
        if id(node) not in self._variables:
            self._variables[id(node)] = tuple(free_variables(node))
        key = (id(node), *(bindings[var] for var in self._variables[id(node)]))
        if key not in self._known:
            self._known[key] = node, self._made(node, bindings)  # the node keeps its place
        return self._known[key][1]

    def _made(self, node: e.Expr, bindings: Bindings) -> e.Expr:
        match node:
            case e.Var():
                return bindings[node]
            case e.Named(sort, _, position):
                return e.Const(sort, position)
            case e.Quantified(_, universal, var, body):
                parts = tuple(
                    self.expression(body, {**bindings, var: e.Const(var.sort, m)})
                    for m in range(self.scope.size(var.sort))
                )
                return conjoin(parts) if universal else disjoin(parts)
            case e.Count(_, var, body):
                parts = tuple(
                    self.expression(body, {**bindings, var: e.Const(var.sort, m)})
                    for m in range(self.scope.size(var.sort))
                )
                return _sum(parts)
            case e.Tally(_, ref, var, body):
                return self._tally(rebuild_ref(ref, lambda x: self.expression(x, bindings)),
                                   var, body, bindings)
            case Ahead():
                return self._ahead(node, bindings)
        return fold(rebuild(node, lambda child: self.expression(child, bindings)))

    def _ahead(self, node: Ahead, bindings: Bindings) -> e.Expr:
        ref = rebuild_ref(node.ref, lambda x: self.expression(x, bindings))
        earlier: e.Expr = e.NO
        found: list[e.Expr] = []
        for position in range(self.scope.entries[ref.queue.slots]):
            item = {**bindings, node.var: e.Item(ref.queue.sort, ref, position)}
            there = e.Less(
                e.TRUTH, e.Const(e.NATURAL, position), e.Length(e.NATURAL, ref), strict=True
            )
            found.append(conjoin((there, earlier, self.expression(node.second, item))))
            earlier = disjoin((earlier, self.expression(node.first, item)))
        return disjoin(tuple(found))

    def _tally(self, ref: e.QueueRef, var: e.Var, body: e.Expr, bindings: Bindings) -> e.Expr:
        parts = []
        for position in range(self.scope.entries[ref.queue.slots]):
            item = e.Item(ref.queue.sort, ref, position)
            there = e.Less(
                e.TRUTH, e.Const(e.NATURAL, position), e.Length(e.NATURAL, ref), strict=True
            )
            parts.append(conjoin((there, self.expression(body, {**bindings, var: item}))))
        return _sum(tuple(parts))

    def updates(
        self, updates: tuple[e.Update, ...], bindings: Bindings, test: e.Expr
    ) -> Iterator[GroundUpdate]:
        """The leaf updates with variables bound and loops unrolled, those that may happen."""
        def on(node: e.Expr) -> e.Expr:
            return self.expression(node, bindings)

        for update in updates:
            match update:
                case e.When(condition, inner, _):
                    both = conjoin((test, on(condition)))
                    if both != e.NO:
                        yield from self.updates(inner, bindings, both)
                case e.Each(var, inner, _):
                    for m in range(self.scope.size(var.sort)):
                        more = {**bindings, var: e.Const(var.sort, m)}
                        yield from self.updates(inner, more, test)
                case e.Put(target, value, line):
                    read = e.Read(target.sort, target.state, tuple(map(on, target.index)))
                    yield GroundUpdate(test, e.Put(read, on(value), line))
                case e.Push(ref, item, line):
                    yield GroundUpdate(test, e.Push(rebuild_ref(ref, on), on(item), line))
                case e.Pop(ref, line):
                    yield GroundUpdate(test, e.Pop(rebuild_ref(ref, on), line))
                case e.Spend(budget, index, line):
                    yield GroundUpdate(test, e.Spend(budget, tuple(map(on, index)), line))


def _sum(parts: tuple[e.Expr, ...]) -> e.Expr:
    one, zero = e.Const(e.NATURAL, 1), e.Const(e.NATURAL, 0)
    terms = tuple(fold(e.Ite(e.NATURAL, p, one, zero)) for p in parts)
    return fold(e.Plus(e.NATURAL, terms))


def inward(node: e.Expr) -> e.Expr:
    """Negations pushed down to what cannot be opened further."""
    match node:
        case e.Not(_, e.And(_, args)):
            return disjoin(tuple(inward(negate(x)) for x in args))
        case e.Not(_, e.Or(_, args)):
            return conjoin(tuple(inward(negate(x)) for x in args))
        case e.And(_, args):
            return conjoin(tuple(inward(x) for x in args))
        case e.Or(_, args):
            return disjoin(tuple(inward(x) for x in args))
    return node


def cases(node: e.Expr, limit: int = 64) -> Iterator[e.Expr]:
    """A formula as alternatives: disjunctions distributed, up to a limit of cases."""
    found = _cases(node, limit)
    yield from (x for x in found if x != e.NO)


def _cases(node: e.Expr, limit: int) -> list[e.Expr]:
    match node:
        case e.Or(_, args):
            return [case for x in args for case in _cases(x, limit)]
        case e.And(_, args):
            lists = [_cases(x, limit) for x in args]
            total = 1
            for one in lists:
                total *= max(1, len(one))
            if total > limit:
                return [node]
            return [conjoin(tuple(choice)) for choice in product(*lists)]
    return [node]
