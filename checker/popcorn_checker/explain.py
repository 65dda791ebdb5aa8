"""Why a formula has its value in a state: the cells that decide it, and a sentence with them.

Of a conjunction that fails, one failing part is enough; of a disjunction that fails, all parts
count. Quantifiers are treated alike, over the members of the scope.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from popcorn_checker.evaluate import Environment, Evaluator, State
from popcorn_checker.scopes import Scope
from popcorn_checker.trace import Letter
from popcorn_model.language import Action
from popcorn_model.language import expr as e
from popcorn_model.language.order import Ahead
from popcorn_model.language.properties import Property
from popcorn_model.language.walk import children

CELLS_MAX: Final = 10


# --- names and values -----------------------------------------------------------------------


def member(scope: Scope, sort: e.SortInfo, value: Any) -> object:
    """A value of the evaluator as traces show it: names for members and labels."""
    match sort.kind:
        case e.SortKind.MEMBERS | e.SortKind.LABELS:
            return scope.members(sort)[value]
        case e.SortKind.TRUTH:
            return bool(value)
        case e.SortKind.MAYBE:
            assert sort.of is not None
            return None if value is None else member(scope, sort.of, value)
        case e.SortKind.MESSAGE:
            name, fields = value
            kind = next(k for k in sort.kinds if k.name == name)
            return Letter(
                name,
                tuple(
                    (field, member(scope, inner, x))
                    for (field, inner), x in zip(kind.fields, fields, strict=True)
                ),
            )
    return value


def cell_name(scope: Scope, family: Any, index: tuple[int, ...]) -> str:
    """A cell as traces name it: ``phase[t0,k1]``, or ``phase`` without an index."""
    if not index:
        return str(family.name)
    members = (str(member(scope, s, i)) for s, i in zip(family.index, index, strict=True))
    return f"{family.name}[{','.join(members)}]"


def call_name(scope: Scope, action: Action, values: tuple[int, ...]) -> str:
    """A step as people write it: the action with its members."""
    named = (
        f"{v.name}={words(member(scope, v.sort, x))}"
        for v, x in zip(action.params, values, strict=True)
    )
    return f"{action.name}({', '.join(named)})"


def words(value: object) -> str:
    """A value of a trace in a sentence."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case tuple():
            return "[" + ", ".join(map(words, value)) + "]" if value else "empty"
    return str(value)


# --- what decides a formula -------------------------------------------------------------------


class Explainer:
    """Finds the cells that decide formulas in one state."""

    def __init__(self, evaluator: Evaluator, state: State) -> None:
        """Nothing is computed until asked for."""
        self.evaluator = evaluator
        self.state = state

    def cells(self, node: e.Expr, env: Environment) -> dict[str, object]:
        """The cells that give a formula its present value, and what is in them."""
        return dict(self._cells(node, env))

    def _cells(self, node: e.Expr, env: Environment) -> Iterator[tuple[str, object]]:
        """Cells in the order in which the formula reads them (a dispatch over deciding nodes)."""
        match node:
            case e.And(_, args) | e.Or(_, args):
                yield from self._deciding([(x, env) for x in args], isinstance(node, e.Or))
            case e.Quantified(_, universal, var, body):
                members = range(self.evaluator.scope.size(var.sort))
                yield from self._deciding([(body, {**env, var: m}) for m in members], not universal)
            case e.Count(_, var, body):
                for m in range(self.evaluator.scope.size(var.sort)):
                    inner = {**env, var: m}
                    if self._value(body, inner):
                        yield from self._cells(body, inner)
            case e.Ite(_, test, then, other):
                yield from self._cells(test, env)
                yield from self._cells(then if self._value(test, env) else other, env)
            case e.Read(_, state, index):
                for x in index:
                    yield from self._cells(x, env)
                yield self._cell(state, index, env)
            case (
                e.Item(_, ref, _) | e.Length(_, ref) | e.Tally(_, ref, _, _)
                | Ahead(_, ref, _, _, _)
            ):
                for x in ref.index:
                    yield from self._cells(x, env)
                yield self._cell(ref.queue, ref.index, env)
            case _:
                for child in children(node):
                    yield from self._cells(child, env)

    def _deciding(
        self, parts: list[tuple[e.Expr, Environment]], decisive: bool
    ) -> Iterator[tuple[str, object]]:
        """The cells of the first part that has the decisive value, or else of all."""
        for body, env in parts:
            if bool(self._value(body, env)) is decisive:
                yield from self._cells(body, env)
                return
        for body, env in parts:
            yield from self._cells(body, env)

    def _value(self, node: e.Expr, env: Environment) -> Any:
        return self.evaluator.value(node, self.state, env)

    def _cell(
        self, family: e.StateInfo | e.QueueInfo, index: tuple[e.Expr, ...], env: Environment
    ) -> tuple[str, object]:
        ev, scope = self.evaluator, self.evaluator.scope
        values = ev.index(index, self.state, env)
        raw = self.state[ev.slot[family, values]]
        name = cell_name(scope, family, values)
        if isinstance(family, e.QueueInfo):
            return name, tuple(member(scope, family.sort, x) for x in raw)
        return name, member(scope, family.sort, raw)


# --- sentences --------------------------------------------------------------------------------


def because(cells: dict[str, object]) -> str:
    """The cells in a sentence: ``: owner[p0] is k1 and copy[p0,k0] is true``."""
    facts = [f"{name} is {words(value)}" for name, value in cells.items()]
    if len(facts) > CELLS_MAX:
        facts = [*facts[:CELLS_MAX], f"{len(facts) - CELLS_MAX} cells more"]
    if len(facts) > 1:
        facts = [", ".join(facts[:-1]) + " and " + facts[-1]]
    return f": {facts[0]}" if facts else ""


def instance(prop: Property, env: Environment, scope: Scope) -> str:
    """Which members a property is about: `` for p=p0, k=k1``."""
    named = [f"{v.name}={words(member(scope, v.sort, env[v]))}" for v in prop.params]
    return f" for {', '.join(named)}" if named else ""


def why_violated(evaluator: Evaluator, prop: Property, state: State) -> str:
    """Which instance of an `always` fails in a state, and the cells that make it fail."""
    for env in evaluator.instances(prop):
        if not evaluator.value(prop.body, state, env):
            cells = Explainer(evaluator, state).cells(prop.body, env)
            return f"{prop.name} fails{instance(prop, env, evaluator.scope)}{because(cells)}."
    raise AssertionError(f"{prop.name} does not fail in the state that is said to violate it")


def why_reached(evaluator: Evaluator, prop: Property, state: State) -> str:
    """Which instance of a `sometimes` holds in a state, and the cells that make it hold."""
    for env in evaluator.instances(prop):
        if evaluator.value(prop.body, state, env):
            cells = Explainer(evaluator, state).cells(prop.body, env)
            return f"{prop.name} holds{instance(prop, env, evaluator.scope)}{because(cells)}."
    raise AssertionError(f"{prop.name} does not hold in the state that is said to reach it")


def why_stuck(evaluator: Evaluator, ends: Property | None, state: State) -> str:
    """Why a state without a next step is a deadlock."""
    if ends is None:
        return "No step is possible, and the protocol names no state in which it may end."
    env = next(evaluator.instances(ends))
    cells = Explainer(evaluator, state).cells(ends.body, env)
    where = f"where {ends.name} fails{because(cells)}"
    return f"No step is possible, and a run may not end here, {where}."
