"""Walking and rewriting expressions: the one place that knows every node's children.

`children` lists the direct sub-expressions, `rebuild` makes a node with others in their place.
All rewriting (substitution, configuration, freezing a part that is left out, mutation) is
written with these two, so a new node is added here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from operator import is_not
from typing import Any, Final

from popcorn_model.language import expr as e
from popcorn_model.language.order import Ahead

Rewrite = Callable[[e.Expr], e.Expr]
Nodes = tuple[e.Expr, ...]

# For each class of node its direct sub-expressions, left to right, and the node with others in
# their place. Tables, because most of the time before an exploration is spent here.
_CHILDREN: Final[dict[type[e.Expr], Callable[[Any], Nodes]]] = {
    e.Const: lambda node: (),
    e.Named: lambda node: (),
    e.Var: lambda node: (),
    e.Read: lambda node: node.index,
    e.Item: lambda node: node.ref.index,
    e.Length: lambda node: node.ref.index,
    e.Tally: lambda node: (*node.ref.index, node.body),
    Ahead: lambda node: (*node.ref.index, node.first, node.second),
    e.Make: lambda node: node.args,
    e.Matches: lambda node: (node.message, *(x for _, x in node.fields)),
    e.Field: lambda node: (node.message,),
    e.Some: lambda node: (node.member,),
    e.Equal: lambda node: (node.left, node.right),
    e.Less: lambda node: (node.left, node.right),
    e.Plus: lambda node: node.args,
    e.Not: lambda node: (node.arg,),
    e.And: lambda node: node.args,
    e.Or: lambda node: node.args,
    e.Ite: lambda node: (node.test, node.then, node.other),
    e.Quantified: lambda node: (node.body,),
    e.Count: lambda node: (node.body,),
    e.Choice: lambda node: tuple(x for _, x in node.cases),
}
_WITH: Final[dict[type[e.Expr], Callable[[Any, Nodes], e.Expr]]] = {
    e.Read: lambda node, new: e.Read(node.sort, node.state, new),
    e.Item: lambda node, new: e.Item(node.sort, _ref(node.ref, new), node.position),
    e.Length: lambda node, new: e.Length(node.sort, _ref(node.ref, new)),
    e.Tally: lambda node, new: e.Tally(node.sort, _ref(node.ref, new[:-1]), node.var, new[-1]),
    Ahead: lambda node, new: Ahead(node.sort, _ref(node.ref, new[:-2]), node.var, *new[-2:]),
    e.Make: lambda node, new: e.Make(node.sort, node.kind, new),
    e.Matches: lambda node, new: e.Matches(
        node.sort, new[0], node.kind, _named(node.fields, new[1:])
    ),
    e.Field: lambda node, new: e.Field(node.sort, new[0], node.kind, node.name),
    e.Some: lambda node, new: e.Some(node.sort, new[0]),
    e.Equal: lambda node, new: e.Equal(node.sort, *new),
    e.Less: lambda node, new: e.Less(node.sort, new[0], new[1], node.strict),
    e.Plus: lambda node, new: e.Plus(node.sort, new),
    e.Not: lambda node, new: e.Not(node.sort, new[0]),
    e.And: lambda node, new: e.And(node.sort, new),
    e.Or: lambda node, new: e.Or(node.sort, new),
    e.Ite: lambda node, new: e.Ite(node.sort, *new),
    e.Quantified: lambda node, new: e.Quantified(node.sort, node.universal, node.var, new[0]),
    e.Count: lambda node, new: e.Count(node.sort, node.var, new[0]),
    e.Choice: lambda node, new: e.Choice(node.sort, node.switch, _named(node.cases, new)),
}


BINDERS: Final = (e.Quantified, e.Count, e.Tally, Ahead)
_NONE: Final[frozenset[e.Var]] = frozenset()


def _ref(ref: e.QueueRef, index: Nodes) -> e.QueueRef:
    return e.QueueRef(ref.queue, index)


def _named(old: tuple[tuple[str, e.Expr], ...], new: Nodes) -> tuple[tuple[str, e.Expr], ...]:
    return tuple((name, x) for (name, _), x in zip(old, new, strict=True))


def children(node: e.Expr) -> Nodes:
    """The direct sub-expressions of a node, left to right."""
    return _CHILDREN[type(node)](node)


def rebuild(node: e.Expr, on: Rewrite) -> e.Expr:
    """The node with ``on`` applied to each direct sub-expression; itself if none is another."""
    old = _CHILDREN[type(node)](node)
    new = tuple(map(on, old))
    return _WITH[type(node)](node, new) if any(map(is_not, old, new)) else node


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


def every_node(node: e.Expr) -> Iterator[e.Expr]:
    """The node and all its descendants, outermost first."""
    left = [node]
    while left:
        node = left.pop()
        yield node
        left += reversed(children(node))


def bound_variables(node: e.Expr) -> Iterator[e.Var]:
    """Each variable that is bound in the node or below, as often as it is."""
    return (each.var for each in every_node(node) if isinstance(each, BINDERS))


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
    def on(child: e.Expr) -> e.Expr:
        return values.get(child, child) if isinstance(child, e.Var) else rebuild(child, on)

    return on(node)


def free_variables(node: e.Expr) -> frozenset[e.Var]:
    """The variables that an expression does not bind itself."""
    if isinstance(node, e.Var):
        return frozenset((node,))
    found = _NONE.union(*map(free_variables, children(node)))
    return found - {node.var} if isinstance(node, BINDERS) else found
