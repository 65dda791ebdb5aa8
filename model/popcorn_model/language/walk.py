"""Walking and rewriting expressions: the one place that knows every node's children.

`children` lists the direct sub-expressions, `rebuild` makes a node with others in their place.
All rewriting (substitution, configuration, freezing a part that is left out, mutation) is
written with these two, so a new node is added here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from popcorn_model.language import expr as e
from popcorn_model.language.order import Ahead

Rewrite = Callable[[e.Expr], e.Expr]


def rebuild(node: e.Expr, on: Rewrite) -> e.Expr:
    """The node with ``on`` applied to each direct sub-expression (a dispatch over all nodes)."""
    match node:
        case e.Const() | e.Named() | e.Var():
            return node
        case e.Read(sort, state, index):
            return e.Read(sort, state, tuple(map(on, index)))
        case e.Item(sort, ref, position):
            return e.Item(sort, rebuild_ref(ref, on), position)
        case e.Length(sort, ref):
            return e.Length(sort, rebuild_ref(ref, on))
        case e.Tally(sort, ref, var, body):
            return e.Tally(sort, rebuild_ref(ref, on), var, on(body))
        case Ahead(sort, ref, var, first, second):
            return Ahead(sort, rebuild_ref(ref, on), var, on(first), on(second))
        case e.Make(sort, kind, args):
            return e.Make(sort, kind, tuple(map(on, args)))
        case e.Matches(sort, message, kind, fields):
            return e.Matches(sort, on(message), kind, tuple((n, on(x)) for n, x in fields))
        case e.Field(sort, message, kind, name):
            return e.Field(sort, on(message), kind, name)
        case e.Some(sort, member):
            return e.Some(sort, on(member))
        case e.Equal(sort, left, right):
            return e.Equal(sort, on(left), on(right))
        case e.Less(sort, left, right, strict):
            return e.Less(sort, on(left), on(right), strict)
        case e.Plus(sort, args):
            return e.Plus(sort, tuple(map(on, args)))
        case e.Not(sort, arg):
            return e.Not(sort, on(arg))
        case e.And(sort, args):
            return e.And(sort, tuple(map(on, args)))
        case e.Or(sort, args):
            return e.Or(sort, tuple(map(on, args)))
        case e.Ite(sort, test, then, other):
            return e.Ite(sort, on(test), on(then), on(other))
        case e.Quantified(sort, universal, var, body):
            return e.Quantified(sort, universal, var, on(body))
        case e.Count(sort, var, body):
            return e.Count(sort, var, on(body))
        case e.Choice(sort, switch, cases):
            return e.Choice(sort, switch, tuple((v, on(x)) for v, x in cases))
    raise AssertionError(f"unknown node {node!r}")


def rebuild_ref(ref: e.QueueRef, on: Rewrite) -> e.QueueRef:
    """The reference with ``on`` applied to its index."""
    return e.QueueRef(ref.queue, tuple(map(on, ref.index)))


def rebuild_update(update: e.Update, on: Rewrite) -> e.Update:
    """The update with ``on`` applied to every expression in it, at any depth of nesting."""
    match update:
        case e.Put(target, value, line):
            read = e.Read(target.sort, target.state, tuple(map(on, target.index)))
            return e.Put(read, on(value), line)
        case e.Push(ref, item, line):
            return e.Push(rebuild_ref(ref, on), on(item), line)
        case e.Pop(ref, line):
            return e.Pop(rebuild_ref(ref, on), line)
        case e.Spend(budget, index, line):
            return e.Spend(budget, tuple(map(on, index)), line)
        case e.When(test, updates, line):
            return e.When(on(test), tuple(rebuild_update(u, on) for u in updates), line)
        case e.Each(var, updates, line):
            return e.Each(var, tuple(rebuild_update(u, on) for u in updates), line)
        case e.Alternative(switch, cases, line):
            inner = tuple((v, tuple(rebuild_update(u, on) for u in us)) for v, us in cases)
            return e.Alternative(switch, inner, line)
    raise AssertionError(f"unknown update {update!r}")


def children(node: e.Expr) -> tuple[e.Expr, ...]:
    """The direct sub-expressions of a node, left to right."""
    found: list[e.Expr] = []

    def note(child: e.Expr) -> e.Expr:
        found.append(child)
        return child

    rebuild(node, note)
    return tuple(found)


def every_node(node: e.Expr) -> Iterator[e.Expr]:
    """The node and all its descendants, outermost first."""
    yield node
    for child in children(node):
        yield from every_node(child)


def update_expressions(update: e.Update) -> tuple[e.Expr, ...]:
    """Every top-level expression that an update mentions, targets' indices included."""
    found: list[e.Expr] = []

    def note(child: e.Expr) -> e.Expr:
        found.append(child)
        return child

    rebuild_update(update, note)
    return tuple(found)


def flat_updates(updates: tuple[e.Update, ...]) -> Iterator[e.Update]:
    """All leaf updates (put, push, pop, spend), inside `When`, `Each` and `Alternative` too."""
    for update in updates:
        match update:
            case e.When(_, inner, _) | e.Each(_, inner, _):
                yield from flat_updates(inner)
            case e.Alternative(_, cases, _):
                for _, inner in cases:
                    yield from flat_updates(inner)
            case _:
                yield update


def single_updates(updates: tuple[e.Update, ...]) -> Iterator[e.Update]:
    """Each leaf update alone, inside the conditions and loops around it; as `flat_updates`."""
    for update in updates:
        match update:
            case e.When(_, inner, _) | e.Each(_, inner, _):
                yield from (replace(update, updates=(one,)) for one in single_updates(inner))
            case e.Alternative(_, cases, _):
                for _, inner in cases:
                    yield from single_updates(inner)
            case _:
                yield update


def substitute(node: e.Expr, values: dict[e.Var, e.Expr]) -> e.Expr:
    """The expression with variables replaced. Levels keep bound names apart: no capture."""
    if isinstance(node, e.Var):
        return values.get(node, node)
    return rebuild(node, lambda child: substitute(child, values))


def free_variables(node: e.Expr) -> frozenset[e.Var]:
    """The variables that an expression does not bind itself."""
    match node:
        case e.Var():
            return frozenset((node,))
        case e.Quantified(_, _, var, body) | e.Count(_, var, body):
            return free_variables(body) - {var}
        case e.Tally(_, ref, var, body):
            outer = [free_variables(x) for x in ref.index]
            return (free_variables(body) - {var}).union(*outer)
        case Ahead(_, ref, var, first, second):
            outer = [free_variables(x) for x in ref.index]
            return (free_variables(first) | free_variables(second)).difference((var,)).union(*outer)
    return frozenset().union(*(free_variables(child) for child in children(node)))
