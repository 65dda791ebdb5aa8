"""Simplification: constants folded, nested conjunctions flattened, nothing clever.

The result is equivalent on every state. Configuration uses it to make a resolved protocol
readable, grounding to drop instances whose guard is false.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from popcorn_model.language import expr as e
from popcorn_model.language.walk import rebuild


def simplify(node: e.Expr) -> e.Expr:
    """An equivalent expression with constant parts folded."""
    return fold(rebuild(node, simplify))


def fold(node: e.Expr) -> e.Expr:
    """The same node, folded on the assumption that its children already are; itself if nothing
    is to be folded."""
    folding = _FOLD.get(type(node))
    return node if folding is None else folding(node)


def truth(value: bool) -> e.Const:
    """The constant of a Python truth value."""
    return e.YES if value else e.NO


def negate(arg: e.Expr) -> e.Expr:
    """Negation without doubling."""
    match arg:
        case e.Const(_, value):
            return truth(not value)
        case e.Not(_, inner):
            return inner
    return e.Not(e.TRUTH, arg)


def conjoin(args: tuple[e.Expr, ...]) -> e.Expr:
    """Conjunction without true parts, flat, without repetition."""
    parts: list[e.Expr] = []
    for arg in args:
        for part in arg.args if isinstance(arg, e.And) else (arg,):
            if part == e.NO:
                return e.NO
            if part != e.YES and part not in parts:
                parts.append(part)
    if any(isinstance(p, e.Not) and p.arg in parts for p in parts):
        return e.NO
    return parts[0] if len(parts) == 1 else (e.And(e.TRUTH, tuple(parts)) if parts else e.YES)


def disjoin(args: tuple[e.Expr, ...]) -> e.Expr:
    """Disjunction without false parts, flat, without repetition."""
    parts: list[e.Expr] = []
    for arg in args:
        for part in arg.args if isinstance(arg, e.Or) else (arg,):
            if part == e.YES:
                return e.YES
            if part != e.NO and part not in parts:
                parts.append(part)
    if any(isinstance(p, e.Not) and p.arg in parts for p in parts):
        return e.YES
    return parts[0] if len(parts) == 1 else (e.Or(e.TRUTH, tuple(parts)) if parts else e.NO)


def _int(node: e.Const) -> int:
    assert isinstance(node.value, int)
    return int(node.value)


def _equal(node: e.Expr, left: e.Expr, right: e.Expr) -> e.Expr:
    if left == right:
        return e.YES
    if isinstance(left, e.Const) and isinstance(right, e.Const):
        return truth(left.value == right.value)
    if isinstance(left, e.Named) and isinstance(right, e.Named):
        return e.NO
    match left, right:
        case e.Some(_, a), e.Some(_, b):
            return _equal(e.Equal(e.TRUTH, a, b), a, b)
        case (e.Some(), e.Const(_, None)) | (e.Const(_, None), e.Some()):
            return e.NO
        case (e.Make(_, kind, args), other) | (other, e.Make(_, kind, args)):
            fields = tuple((n, x) for (n, _), x in zip(kind.fields, args, strict=True))
            return fold(e.Matches(e.TRUTH, other, kind, fields))
        case (e.Ite(_, t, a, b), e.Const()) if isinstance(a, e.Const) or isinstance(b, e.Const):
            yes, no = (_equal(e.Equal(e.TRUTH, x, right), x, right) for x in (a, b))
            return disjoin((conjoin((t, yes)), conjoin((negate(t), no))))
        case x, e.Const(e.TRUTH, value) if left.sort is e.TRUTH:
            return x if value else negate(x)
        case e.Const(e.TRUTH, value), x if left.sort is e.TRUTH:
            return x if value else negate(x)
    return node


def _plus(sort: e.SortInfo, args: tuple[e.Expr, ...]) -> e.Expr:
    flat: list[e.Expr] = []
    total = 0
    for arg in args:
        for part in arg.args if isinstance(arg, e.Plus) else (arg,):
            if isinstance(part, e.Const):
                total += _int(part)
            else:
                flat.append(part)
    if not flat:
        return e.Const(sort, total)
    if total:
        flat.append(e.Const(e.NATURAL, total))
    if len(flat) == 1 and flat[0].sort is sort:
        return flat[0]
    return e.Plus(sort, tuple(flat))


# --- one for each class of node that has something to fold ---------------------------------------


def _not(node: e.Not) -> e.Expr:
    return negate(node.arg) if isinstance(node.arg, (e.Const, e.Not)) else node


def _and(node: e.And) -> e.Expr:
    made = conjoin(node.args)
    return node if isinstance(made, e.And) and made.args == node.args else made


def _or(node: e.Or) -> e.Expr:
    made = disjoin(node.args)
    return node if isinstance(made, e.Or) and made.args == node.args else made


def _less(node: e.Less) -> e.Expr:
    if isinstance(node.left, e.Const) and isinstance(node.right, e.Const):
        a, b = _int(node.left), _int(node.right)
        return truth(a < b if node.strict else a <= b)
    return node


def _ite(node: e.Ite) -> e.Expr:
    if isinstance(node.test, e.Const):
        return node.then if node.test.value else node.other
    return node.then if node.then == node.other else node


def _quantified(node: e.Quantified) -> e.Expr:
    body = node.body
    return body if isinstance(body, e.Const) and bool(body.value) == node.universal else node


def _count(node: e.Count) -> e.Expr:
    return e.Const(node.sort, 0) if node.body == e.NO else node


def _some(node: e.Some) -> e.Expr:
    member = node.member
    return e.Const(node.sort, member.value) if isinstance(member, e.Const) else node


def _matches(node: e.Matches) -> e.Expr:
    made = node.message
    if not isinstance(made, e.Make):
        return node
    if made.kind is not node.kind:
        return e.NO
    values = _fields(made)
    return conjoin(tuple(fold(e.Equal(e.TRUTH, values[n], x)) for n, x in node.fields))


def _field(node: e.Field) -> e.Expr:
    made = node.message
    return _fields(made)[node.name] if isinstance(made, e.Make) and made.kind is node.kind else node


def _fields(made: e.Make) -> dict[str, e.Expr]:
    return dict(zip((n for n, _ in made.kind.fields), made.args, strict=True))


_FOLD: Final[dict[type[e.Expr], Callable[[Any], e.Expr]]] = {
    e.Not: _not,
    e.And: _and,
    e.Or: _or,
    e.Equal: lambda node: _equal(node, node.left, node.right),
    e.Less: _less,
    e.Plus: lambda node: _plus(node.sort, node.args),
    e.Ite: _ite,
    e.Quantified: _quantified,
    e.Count: _count,
    e.Some: _some,
    e.Matches: _matches,
    e.Field: _field,
}
