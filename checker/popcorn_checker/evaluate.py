"""The oracle is a plain evaluator of models, slow and obviously right; all engines answer to it.

It reads the model as written, with binders and unexpanded updates, and knows nothing of the other
engines' lowering. A state is a tuple of values: one per cell of each state variable, then one
tuple of items per queue, then one number per budget. Values are ints for members and labels,
bools, ints, None for nothing, and ``(kind name, field values)`` for messages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any, Final

from popcorn_checker.errors import InternalError
from popcorn_checker.scopes import Scope
from popcorn_model.language import Action, Model
from popcorn_model.language import expr as e
from popcorn_model.language.order import Ahead
from popcorn_model.language.properties import Property

State = tuple[Any, ...]
Environment = Mapping[e.Var, Any]
_Binder = e.Quantified | e.Count


class StepFault(Exception):
    """A step has no meaning in this scope: a queue or number overflowed, or an empty queue was
    taken from. ``kind`` is "overflow" or "empty"."""

    def __init__(self, kind: str, text: str) -> None:
        """``text`` says which queue or variable and its bound."""
        super().__init__(text)
        self.kind = kind


@dataclass(frozen=True)
class Firing:
    """One instance of an action: its name and its parameters' values."""

    action: str
    values: tuple[int, ...]


class Evaluator:
    """Evaluates one model at one scope. Cost: proportional to the expanded formula, each time."""

    def __init__(self, model: Model, scope: Scope) -> None:
        """Lay the state out and compute nothing else.

        Raises: InternalError for a budget without bound, which has no place in a state: `Subject`
        leaves it out of the model.
        """
        if any(b.name in scope.unbounded for b in model.budgets):
            raise InternalError("a budget without bound was not left out of the model")
        self.model = model
        self.scope = scope
        self.slot: dict[tuple[object, tuple[int, ...]], int] = {}
        families: tuple[e.StateInfo | e.QueueInfo | e.BudgetInfo, ...] = (
            *model.states, *model.queues, *model.budgets
        )  # fmt: skip
        for family in families:
            for index in product(*(range(scope.size(s)) for s in family.index)):
                self.slot[family, index] = len(self.slot)

    # --- states ---------------------------------------------------------------------------

    def initial(self) -> State:
        """The start state."""
        values: list[Any] = [None] * len(self.slot)
        for (family, index), place in self.slot.items():
            if isinstance(family, e.StateInfo):
                env = dict(zip(family.params, index, strict=True))
                values[place] = self.value(family.start, (), env)
            elif isinstance(family, e.QueueInfo):
                values[place] = ()
            elif isinstance(family, e.BudgetInfo):
                values[place] = self.scope.entries[family.name]
        return tuple(values)

    @cached_property
    def firings(self) -> tuple[tuple[Action, Firing], ...]:
        """Every instance of every action, in the model's order."""
        return tuple(
            (action, Firing(action.name, values))
            for action in self.model.actions
            for values in product(*(range(self.scope.size(p.sort)) for p in action.params))
        )

    def successors(self, state: State) -> Iterator[tuple[Firing, State]]:
        """Every enabled instance and the state it leads to. Raises: StepFault."""
        for action, firing in self.firings:
            after = self.fire(state, action, firing)
            if after is not None:
                yield firing, after

    def fire(self, state: State, action: Action, firing: Firing) -> State | None:
        """The state after one instance, or None when it is not enabled. Raises: StepFault."""
        env = dict(zip(action.params, firing.values, strict=True))
        for guard in action.guards:
            if not self.value(guard, state, env):
                return None
        changes = _Changes(self, state)
        if not changes.apply(action.updates, env):
            return None
        return changes.result()

    # --- properties -----------------------------------------------------------------------

    def instances(self, prop: Property) -> Iterator[dict[e.Var, int]]:
        """Every assignment of a property's parameters."""
        for values in product(*(range(self.scope.size(p.sort)) for p in prop.params)):
            yield dict(zip(prop.params, values, strict=True))

    def holds(self, prop: Property, state: State) -> bool:
        """The property's body for all its instances, in this state."""
        return all(self.value(prop.body, state, env) for env in self.instances(prop))

    def reaches(self, prop: Property, state: State) -> bool:
        """The property's body for some instance, in this state."""
        return any(self.value(prop.body, state, env) for env in self.instances(prop))

    # --- expressions ----------------------------------------------------------------------

    def value(self, node: e.Expr, state: State, env: Environment) -> Any:
        """The value of an expression in a state."""
        return _VALUES[type(node)](self, node, state, env)

    def index(self, index: tuple[e.Expr, ...], state: State, env: Environment) -> tuple[int, ...]:
        """The values of an index."""
        return tuple([self.value(x, state, env) for x in index])

    def each(self, node: _Binder, state: State, env: Environment) -> Iterator[Any]:
        """The values of a binder's body, member by member."""
        for member in range(self.scope.size(node.var.sort)):
            yield self.value(node.body, state, {**env, node.var: member})

    def items(self, ref: e.QueueRef, state: State, env: Environment) -> tuple[Any, ...]:
        """What waits in a queue, oldest first."""
        items: tuple[Any, ...] = state[self.slot[ref.queue, self.index(ref.index, state, env)]]
        return items


def _absent(sort: e.SortInfo) -> Any:
    """What stands where a queue has no item: the first value of its sort, or no message."""
    match sort.kind:
        case e.SortKind.MAYBE | e.SortKind.MESSAGE:
            return None
        case e.SortKind.TRUTH:
            return False
    return 0


# --- one for each class of node -------------------------------------------------------------------


def _read(ev: Evaluator, node: e.Read, state: State, env: Environment) -> Any:
    return state[ev.slot[node.state, ev.index(node.index, state, env)]]


def _less(ev: Evaluator, node: e.Less, state: State, env: Environment) -> bool:
    a, b = ev.value(node.left, state, env), ev.value(node.right, state, env)
    return bool(a < b if node.strict else a <= b)


def _and(ev: Evaluator, node: e.And, state: State, env: Environment) -> bool:
    return all(ev.value(x, state, env) for x in node.args)


def _or(ev: Evaluator, node: e.Or, state: State, env: Environment) -> bool:
    return any(ev.value(x, state, env) for x in node.args)


def _ite(ev: Evaluator, node: e.Ite, state: State, env: Environment) -> Any:
    return ev.value(node.then if ev.value(node.test, state, env) else node.other, state, env)


def _quantified(ev: Evaluator, node: e.Quantified, state: State, env: Environment) -> bool:
    return (all if node.universal else any)(ev.each(node, state, env))


def _item(ev: Evaluator, node: e.Item, state: State, env: Environment) -> Any:
    items = ev.items(node.ref, state, env)
    return items[node.position] if node.position < len(items) else _absent(node.sort)


def _tally(ev: Evaluator, node: e.Tally, state: State, env: Environment) -> int:
    items = ev.items(node.ref, state, env)
    return sum(bool(ev.value(node.body, state, {**env, node.var: m})) for m in items)


def _ahead(ev: Evaluator, node: Ahead, state: State, env: Environment) -> bool:
    items = ev.items(node.ref, state, env)
    fits = [ev.value(node.first, state, {**env, node.var: m}) for m in items]
    return any(
        any(fits[:n]) and ev.value(node.second, state, {**env, node.var: m})
        for n, m in enumerate(items)
    )


def _matches(ev: Evaluator, node: e.Matches, state: State, env: Environment) -> bool:
    got = ev.value(node.message, state, env)
    if got is None or got[0] != node.kind.name:
        return False
    names = [n for n, _ in node.kind.fields]
    return all(got[1][names.index(n)] == ev.value(x, state, env) for n, x in node.fields)


def _field(ev: Evaluator, node: e.Field, state: State, env: Environment) -> Any:
    got = ev.value(node.message, state, env)
    if got is None or got[0] != node.kind.name:
        return 0
    return got[1][[n for n, _ in node.kind.fields].index(node.name)]


_VALUES: Final[dict[type[e.Expr], Callable[[Evaluator, Any, State, Environment], Any]]] = {
    e.Const: lambda ev, node, state, env: node.value,
    e.Named: lambda ev, node, state, env: node.position,
    e.Var: lambda ev, node, state, env: env[node],
    e.Read: _read,
    e.Some: lambda ev, node, state, env: ev.value(node.member, state, env),
    e.Equal: lambda ev, node, state, env: bool(
        ev.value(node.left, state, env) == ev.value(node.right, state, env)
    ),
    e.Less: _less,
    e.Plus: lambda ev, node, state, env: sum(ev.value(x, state, env) for x in node.args),
    e.Not: lambda ev, node, state, env: not ev.value(node.arg, state, env),
    e.And: _and,
    e.Or: _or,
    e.Ite: _ite,
    e.Quantified: _quantified,
    e.Count: lambda ev, node, state, env: sum(map(bool, ev.each(node, state, env))),
    e.Length: lambda ev, node, state, env: len(ev.items(node.ref, state, env)),
    e.Item: _item,
    e.Tally: _tally,
    Ahead: _ahead,
    e.Make: lambda ev, node, state, env: (node.kind.name, ev.index(node.args, state, env)),
    e.Matches: _matches,
    e.Field: _field,
}


class _Changes:
    """The updates of one step, gathered against the old state."""

    def __init__(self, evaluator: Evaluator, state: State) -> None:
        self.evaluator = evaluator
        self.state = state
        self.new = list(state)
        self.pushed: dict[int, tuple[e.QueueInfo, list[Any]]] = {}
        self.popped: set[int] = set()

    def apply(self, updates: tuple[e.Update, ...], env: Environment) -> bool:
        """Gather all updates; False when a budget is spent. Raises: StepFault."""
        return all(self._one(update, env) for update in updates)

    def _one(self, update: e.Update, env: Environment) -> bool:
        ev, state = self.evaluator, self.state
        match update:
            case e.Put(target, value, _):
                place = ev.slot[target.state, ev.index(target.index, state, env)]
                self.new[place] = self._checked(target.state, ev.value(value, state, env))
            case e.Push(ref, item, _):
                place = ev.slot[ref.queue, ev.index(ref.index, state, env)]
                self.pushed.setdefault(place, (ref.queue, []))[1].append(
                    ev.value(item, state, env)
                )
            case e.Pop(ref, _):
                place = ev.slot[ref.queue, ev.index(ref.index, state, env)]
                if not state[place]:
                    raise StepFault("empty", f"took from {ref.queue.name}, which is empty")
                self.popped.add(place)
            case e.Spend(budget, index, _):
                place = ev.slot[budget, ev.index(index, state, env)]
                self.new[place] -= 1
                return bool(self.new[place] >= 0)
            case e.When(test, inner, _):
                return not ev.value(test, state, env) or self.apply(inner, env)
            case e.Each(var, inner, _):
                members = range(ev.scope.size(var.sort))
                enough = [self.apply(inner, {**env, var: m}) for m in members]
                return all(enough)
        return True

    def _checked(self, family: e.StateInfo, value: Any) -> Any:
        bound = self.evaluator.scope.size(family.sort)
        if family.sort.kind is e.SortKind.NUMBER and not 0 <= value < bound:
            raise StepFault(
                "overflow", f"{family.name} would become {value}; this scope ends at {bound - 1}"
            )
        return value

    def result(self) -> State | None:
        """The new state; None when a blocking queue is full, whatever else happens.

        Raises: StepFault.
        """
        entries, too_full = self.evaluator.scope.entries, None
        for place in self.popped | set(self.pushed):
            items = self.state[place][1 if place in self.popped else 0 :]
            family, more = self.pushed.get(place, (None, []))
            items += tuple(more)
            if family is not None and len(items) > entries[family.slots]:
                if family.blocking:
                    return None
                too_full = too_full or family
            self.new[place] = items
        if too_full is not None:
            bound = f"{entries[too_full.slots]} ({too_full.slots})"
            raise StepFault("overflow", f"{too_full.name} holds {bound} already")
        return tuple(self.new)
