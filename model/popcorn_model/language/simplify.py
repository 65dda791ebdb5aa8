"""Simplification: constants folded, nested conjunctions flattened, nothing clever.

The result is equivalent on every state. Configuration uses it to make a resolved protocol
readable, grounding to drop instances whose guard is false.
"""

from __future__ import annotations

from popcorn_model.language import expr as e
from popcorn_model.language.walk import rebuild


def simplify(node: e.Expr) -> e.Expr:
    """An equivalent expression with constant parts folded."""
    return fold(rebuild(node, simplify))


def fold(node: e.Expr) -> e.Expr:
    """The same node, folded on the assumption that its children already are (a dispatch)."""
    match node:
        case e.Not(_, arg):
            return negate(arg)
        case e.And(_, args):
            return conjoin(args)
        case e.Or(_, args):
            return disjoin(args)
        case e.Equal(_, left, right):
            return _equal(node, left, right)
        case e.Less(_, left, right, strict):
            if isinstance(left, e.Const) and isinstance(right, e.Const):
                a, b = _int(left), _int(right)
                return truth(a < b if strict else a <= b)
            return node
        case e.Plus(sort, args):
            return _plus(sort, args)
        case e.Ite(_, test, then, other):
            if isinstance(test, e.Const):
                return then if test.value else other
            return then if then == other else node
        case e.Quantified(_, universal, _, body):
            if isinstance(body, e.Const) and bool(body.value) == universal:
                return body
            return node
        case e.Count(sort, _, e.Const(_, False)):
            return e.Const(sort, 0)
        case e.Some(sort, e.Const(_, value)):
            return e.Const(sort, value)
        case e.Matches(_, e.Make(_, made, args), kind, fields):
            if made is not kind:
                return e.NO
            values = dict(zip((n for n, _ in made.fields), args, strict=True))
            return conjoin(tuple(fold(e.Equal(e.TRUTH, values[n], x)) for n, x in fields))
        case e.Field(_, e.Make(_, made, args), kind, name) if made is kind:
            return dict(zip((n for n, _ in made.fields), args, strict=True))[name]
    return node


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
    if any(negate(p) in parts for p in parts):
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
    if any(negate(p) in parts for p in parts):
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
