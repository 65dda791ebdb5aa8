"""What can tell the members of a sort apart, read off a model's actions and properties.

The language compares members and does nothing else with them: none is less than another, next
or first. So a formula treats all members of a sort alike, whatever it says, with few exceptions,
which this file looks for. Members with a name of their own are told apart from the others, and so
is the first one where something is read that is not there, since that reads as zero. And a loop
over a sort takes its members in order, which shows when several of them send to one queue.

Both answers err on the side of telling apart: what is not seen to be harmless counts as harmful.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from popcorn_model.language import Action, Model, Mood
from popcorn_model.language import expr as e
from popcorn_model.language.walk import children, free_variables, update_expressions

Facts = tuple[e.Expr, ...]
Members = dict[e.SortInfo, set[int]]


# --- members told apart from the others -------------------------------------------------------


def get_named(model: Model) -> Members:
    """The members that a model names, by sort. What is left undecided in a quotient names none."""
    found: Members = {}
    tops: list[tuple[e.Expr, Facts]] = [(s.start, ()) for s in model.states]
    claims = [*model.properties, *([model.ends] if model.ends else [])]
    tops += [(p.body, ()) for p in claims if p.mood is not Mood.EVENTUALLY]
    for action in model.actions:
        tops += _formulas(action)
    for top, facts in tops:
        for sort, position in _named(top, facts):
            found.setdefault(sort, set()).add(position)
    return found


def _formulas(action: Action) -> Iterator[tuple[e.Expr, Facts]]:
    """The formulas of an action, each with what is known where it is looked at."""
    facts: Facts = ()
    for guard in action.guards:
        yield guard, facts
        facts += truths(guard)
    yield from _of_updates(action.updates, facts)


def _of_updates(updates: tuple[e.Update, ...], facts: Facts) -> Iterator[tuple[e.Expr, Facts]]:
    for update in updates:
        match update:
            case e.When(test, inner, _):
                yield test, facts
                yield from _of_updates(inner, facts + truths(test))
            case e.Each(_, inner, _):
                yield from _of_updates(inner, facts)
            case _:
                yield from ((x, facts) for x in update_expressions(update))


def truths(node: e.Expr, holds: bool = True) -> Facts:
    """What is known where a formula holds, or where it does not."""
    match node:
        case e.Not(_, arg):
            return truths(arg, not holds)
        case e.And(_, args) if holds:
            return tuple(fact for x in args for fact in truths(x))
        case e.Or(_, args) if not holds:
            return tuple(fact for x in args for fact in truths(x, False))
    return (node,) if holds else ()


def _named(node: e.Expr, facts: Facts) -> Iterator[tuple[e.SortInfo, int]]:
    """Sort and position of every member that a formula tells apart."""
    match node:
        case e.Named(sort, _, position):
            yield sort, position
        case e.Const(sort, int(value)) if sort.kind in (e.SortKind.MEMBERS, e.SortKind.MAYBE):
            yield sort.of or sort, value
        case e.And(_, args) | e.Or(_, args):
            for arg in args:
                yield from _named(arg, facts)
                facts += truths(arg, isinstance(node, e.And))
            return
        case e.Ite(_, test, then, other):
            yield from _named(test, facts)
            yield from _named(then, facts + truths(test))
            yield from _named(other, facts + truths(test, False))
            return
        case e.Field(sort) if not _is_of_kind(node, facts):
            yield sort.of or sort, 0
        case e.Item(sort) if sort.kind is e.SortKind.MEMBERS and not _is_there(node, facts):
            yield sort, 0
    for child in children(node):
        yield from _named(child, facts)


def _is_of_kind(field: e.Field, facts: Facts) -> bool:
    return any(
        isinstance(f, e.Matches) and f.kind is field.kind and f.message == field.message
        for f in facts
    )


def _is_there(item: e.Item, facts: Facts) -> bool:
    """Some fact says that more items wait than stand before this one."""
    length = e.Length(e.NATURAL, item.ref)
    return any(
        isinstance(f, e.Less) and f.strict and f.right == length
        and isinstance(f.left, e.Const) and int(f.left.value or 0) >= item.position
        for f in facts
    )  # fmt: skip


# --- loops whose order shows ------------------------------------------------------------------


@dataclass(frozen=True)
class Leaf:
    """One update that is no loop and no condition, with the loops and conditions around it."""

    update: e.Update
    loops: tuple[e.Var, ...]
    facts: Facts


def get_obstacles(model: Model) -> dict[e.SortInfo, str]:
    """Sorts whose members are taken in an order that shows, each with a sentence that says where.

    A sort that is not here has no member before another in any action.
    """
    found: dict[e.SortInfo, str] = {}
    for action in model.actions:
        leaves = list(_leaves(action.updates, (), ()))
        for var in dict.fromkeys(v for leaf in leaves for v in leaf.loops):
            inside = [leaf for leaf in leaves if var in leaf.loops]
            why = _touches_in_order(var, inside) or _stops_in_order(var, inside)
            if why:
                found.setdefault(var.sort, f"action {action.name} {why}")
    return found


def _leaves(
    updates: tuple[e.Update, ...], loops: tuple[e.Var, ...], facts: Facts
) -> Iterator[Leaf]:
    for update in updates:
        match update:
            case e.When(test, inner, _):
                yield from _leaves(inner, loops, facts + truths(test))
            case e.Each(var, inner, _):
                yield from _leaves(inner, (*loops, var), facts)
            case _:
                yield Leaf(update, loops, facts)


def _touches_in_order(var: e.Var, leaves: list[Leaf]) -> str:
    """Several members of a loop may send to one queue, or write one cell: who is first, or last?"""
    ways: dict[e.QueueInfo | e.StateInfo, list[set[object]]] = {}
    for leaf in leaves:
        match leaf.update:
            case e.Push(e.QueueRef(target, index)) | e.Put(e.Read(_, target, index)):
                same = _same_for_all(var, leaf)
                ways.setdefault(target, []).append(_ways_to_tell(var, leaf, index) | same)
    for target, each in ways.items():
        if not set.intersection(*each):
            does = "sends to" if isinstance(target, e.QueueInfo) else "writes"
            return f"{does} {target.name} for each {var.sort.name} in turn"
    return ""


def _ways_to_tell(var: e.Var, leaf: Leaf, index: tuple[e.Expr, ...]) -> set[object]:
    """What ties a member of a loop to a target: a place in its index, or the one that it equals."""
    ways: set[object] = {place for place, part in enumerate(index) if part == var}
    inner = set(leaf.loops[leaf.loops.index(var) :])
    for fact in leaf.facts:
        if isinstance(fact, e.Equal):
            for one, other in ((fact.left, fact.right), (fact.right, fact.left)):
                alone = one.member if isinstance(one, e.Some) else one
                if alone == var and not inner & free_variables(other):
                    ways.add(other)
    return ways


def _same_for_all(var: e.Var, leaf: Leaf) -> set[object]:
    """The value that is written, if it does not depend on the member; then any order will do."""
    inner = set(leaf.loops[leaf.loops.index(var) :])
    if isinstance(leaf.update, e.Put) and not inner & free_variables(leaf.update.value):
        return {("value", leaf.update.value)}
    return set()


def _stops_in_order(var: e.Var, leaves: list[Leaf]) -> str:
    """One member of a loop may end the step in one way and another in another: who is first?"""
    ends = {
        type(leaf.update) for leaf in leaves
        if isinstance(leaf.update, (e.Spend, e.Pop))
        or (isinstance(leaf.update, e.Put) and leaf.update.target.sort.kind is e.SortKind.NUMBER)
    }  # fmt: skip
    return f"may stop or fail for each {var.sort.name} in turn" if len(ends) > 1 else ""
