"""Refusing a step that could write one cell twice.

Two writes of one state variable are accepted only when their indices are provably different or
their conditions exclude each other: a guard ``a != b``, distinct constants, a condition and its
negation, or two values of one switch. What cannot be seen at once is refused, with both lines.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations

from popcorn_model.language import expr as e
from popcorn_model.language.expr import ModelError
from popcorn_model.language.walk import substitute


@dataclass(frozen=True)
class Write:
    """One write and what is known where it happens."""

    target: e.Read
    line: int
    facts: tuple[e.Expr, ...]
    bound: tuple[e.Var, ...] = ()
    choices: tuple[tuple[e.SwitchInfo, str], ...] = ()


@dataclass(frozen=True)
class Context:
    """What holds at a point inside nested updates."""

    facts: tuple[e.Expr, ...]
    bound: tuple[e.Var, ...] = ()
    choices: tuple[tuple[e.SwitchInfo, str], ...] = field(default=())


def refuse_double_writes(guards: tuple[e.Expr, ...], updates: tuple[e.Update, ...]) -> None:
    """Raises: ModelError when two writes of a step may touch one cell."""
    writes = list(_writes(updates, Context(_conjuncts(guards))))
    for write in writes:
        for var in write.bound:
            if not any(part == var for part in write.target.index):
                other = _primed(write, var)
                if not _apart(write, other, ((var, _prime(var)),)):
                    raise ModelError(
                        f"line {write.line}: every {var.name} writes the same cell of "
                        f"{write.target.state.name}"
                    )
    for one, two in combinations(writes, 2):
        if one.target.state is two.target.state and not _apart(one, two, ()):
            raise ModelError(
                f"lines {one.line} and {two.line} may both write one cell of "
                f"{one.target.state.name}; add a guard that keeps them apart"
            )


def _writes(updates: tuple[e.Update, ...], at: Context) -> list[Write]:
    found: list[Write] = []
    for update in updates:
        match update:
            case e.Put(target, _, line):
                found.append(Write(target, line, at.facts, at.bound, at.choices))
            case e.When(test, inner, _):
                facts = at.facts + _conjuncts((test,))
                found += _writes(inner, Context(facts, at.bound, at.choices))
            case e.Each(var, inner, _):
                found += _writes(inner, Context(at.facts, (*at.bound, var), at.choices))
            case e.Alternative(switch, cases, _):
                for value, inner in cases:
                    choices = (*at.choices, (switch, value))
                    found += _writes(inner, Context(at.facts, at.bound, choices))
    return found


def _prime(var: e.Var) -> e.Var:
    return e.Var(var.sort, var.name + "'", var.level)


def _primed(write: Write, var: e.Var) -> Write:
    swap: dict[e.Var, e.Expr] = {var: _prime(var)}
    index = tuple(substitute(x, swap) for x in write.target.index)
    target = e.Read(write.target.sort, write.target.state, index)
    facts = tuple(substitute(x, swap) for x in write.facts)
    return Write(target, write.line, facts, write.bound, write.choices)


def _conjuncts(formulas: tuple[e.Expr, ...]) -> tuple[e.Expr, ...]:
    found: list[e.Expr] = []
    for formula in formulas:
        found.append(formula)
        if isinstance(formula, e.And):
            found += _conjuncts(formula.args)
        elif isinstance(formula, e.Not) and isinstance(formula.arg, e.Or):
            found += _conjuncts(tuple(e.Not(x.sort, x) for x in formula.arg.args))
        elif isinstance(formula, e.Not) and isinstance(formula.arg, e.Not):
            found += _conjuncts((formula.arg.arg,))
    return tuple(found)


def _apart(one: Write, two: Write, differ: tuple[tuple[e.Var, e.Var], ...]) -> bool:
    for switch, value in one.choices:
        if any(s is switch and v != value for s, v in two.choices):
            return True
    facts = one.facts + two.facts
    if _contradictory(facts) or _pinned_apart(facts, differ):
        return True
    return any(
        _different(a, b, facts, differ)
        for a, b in zip(one.target.index, two.target.index, strict=True)
    )


def _contradictory(facts: tuple[e.Expr, ...]) -> bool:
    known = set(facts)
    if any(isinstance(f, e.Not) and f.arg in known for f in facts):
        return True
    allowed: dict[e.Expr, frozenset[e.Expr]] = {}
    for fact in facts:
        side, values = _values(fact)
        if side is not None:
            allowed[side] = allowed.get(side, values) & values
    refused = {f.arg for f in facts if isinstance(f, e.Not)}
    return any(
        all(e.Equal(e.TRUTH, side, v) in refused for v in values)
        for side, values in allowed.items()
    )


def _pinned_apart(
    facts: tuple[e.Expr, ...], differ: tuple[tuple[e.Var, e.Var], ...]
) -> bool:
    """One term would have to equal two members that differ: ``x == g`` for two different g."""
    pairs = [(f.left, f.right) for f in facts if isinstance(f, e.Equal)]
    pairs += [(b, a) for a, b in pairs]
    known = {(a, b.member if isinstance(b, e.Some) else b) for a, b in pairs}
    return any((a, two) in known for a, b in known for one, two in differ if b == one)


def _values(fact: e.Expr) -> tuple[e.Expr | None, frozenset[e.Expr]]:
    """``x == c`` or ``x == c | x == d ...`` as x and its possible constants; else nothing."""
    options = fact.args if isinstance(fact, e.Or) else (fact,)
    side, values = None, set()
    for option in options:
        if not isinstance(option, e.Equal) or not isinstance(option.right, (e.Const, e.Named)):
            return None, frozenset()
        if side is not None and option.left != side:
            return None, frozenset()
        side = option.left
        values.add(option.right)
    return side, frozenset(values)


def _different(
    a: e.Expr, b: e.Expr, facts: tuple[e.Expr, ...], differ: tuple[tuple[e.Var, e.Var], ...]
) -> bool:
    if (a, b) in differ or (b, a) in differ:
        return True
    if isinstance(a, (e.Const, e.Named)) and isinstance(b, (e.Const, e.Named)):
        return type(a) is type(b) and a != b
    for fact in facts:
        match fact:
            case e.Not(_, e.Equal(_, left, right)) if {left, right} == {a, b}:
                return True
    return False
