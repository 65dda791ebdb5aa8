"""The notation for terms: sorts are classes, and an instance of a sort is a term of that sort.

A term only wraps an expression (``expr.py``). It has no truth value: Python's ``and``, ``or``,
``not``, ``if`` and chained comparison on terms raise `ModelError` and say what to write. ``==``
builds a formula. Every operation checks sorts at once, so a slip is found at import with its
line, and by mypy before that.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, Generic, Self, TypeVar, overload

from popcorn_model.language import expr as e
from popcorn_model.language.expr import ModelError, SortInfo, SortKind

T = TypeVar("T", bound="Term")


class Term:
    """A value of some sort, not yet known. Subclasses are the sorts."""

    info: ClassVar[SortInfo]
    __slots__ = ("expr",)

    def __init__(self, expr: e.Expr) -> None:
        """Wrap an expression. Raises: ModelError when its sort is not this class's."""
        if expr.sort is not self.info:
            raise ModelError(f"a {expr.sort.name} is used where a {self.info.name} is needed")
        self.expr = expr

    def __bool__(self) -> bool:
        raise ModelError(
            "a term has no truth value while the model is being written: use & for and, | for or, "
            "~ for not, a.implies(b), ite(c, a, b) for if, and split chained comparisons"
        )

    def __eq__(self, other: object) -> Bool:  # type: ignore[override]
        right = coerce(type(self), other)
        return Bool(e.Equal(e.TRUTH, self.expr, right.expr))

    def __ne__(self, other: object) -> Bool:  # type: ignore[override]
        return ~(self == other)

    def __hash__(self) -> int:
        return hash(self.expr)

    def __repr__(self) -> str:
        return f"<{self.info.name} term>"


def coerce(sort: type[T], value: object) -> T:
    """``value`` as a term of ``sort``. Raises: ModelError when it is of another sort."""
    if isinstance(value, sort):
        return value
    raised = sort.info
    match raised.kind, value:
        case SortKind.TRUTH, bool():
            return sort(e.Const(raised, value))
        case SortKind.NUMBER, int() if not isinstance(value, bool) and value >= 0:
            return sort(e.Const(raised, value))
        case SortKind.NUMBER, Natural():
            return sort(value.at(raised))
        case SortKind.MAYBE, Term() if value.info is raised.of:
            return sort(e.Some(raised, value.expr))
        case SortKind.MAYBE, Nothing():
            return sort(e.Const(raised, None))
    raise ModelError(f"{describe(value)} is used where a {raised.name} is needed")


def describe(value: object) -> str:
    """What a value is, for an error; what has no value says itself what to write. Raises."""
    if isinstance(value, NoTerm):
        raise ModelError(value.how())
    return f"a {value.info.name}" if isinstance(value, Term) else f"Python's {value!r}"


class NoTerm(ABC):
    """Something of the notation that has no value of its own: it cannot be compared or tested.

    Python would take such a comparison as false in silence.
    """

    __slots__ = ()

    @abstractmethod
    def how(self) -> str:
        """What to write where a term is meant."""

    def __bool__(self) -> bool:
        raise ModelError(self.how())

    def __eq__(self, other: object) -> bool:
        if other is self:
            return True
        raise ModelError(self.how())

    def __hash__(self) -> int:
        return id(self)


class Bool(Term):
    """True or false. Combine with ``&``, ``|``, ``~`` and `implies`."""

    info = e.TRUTH
    __slots__ = ()

    def __and__(self, other: object) -> Bool:
        return Bool(e.And(e.TRUTH, (self.expr, coerce(Bool, other).expr)))

    def __or__(self, other: object) -> Bool:
        return Bool(e.Or(e.TRUTH, (self.expr, coerce(Bool, other).expr)))

    def __invert__(self) -> Bool:
        return Bool(e.Not(e.TRUTH, self.expr))

    def implies(self, other: object) -> Bool:
        """False only where this holds and ``other`` does not."""
        return Bool(e.Or(e.TRUTH, (e.Not(e.TRUTH, self.expr), coerce(Bool, other).expr)))


TRUE = Bool(e.YES)
FALSE = Bool(e.NO)


class Sort(Term):
    """Base of uninterpreted sorts: a class with a docstring, its size given by the scope."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.info = SortInfo(cls.__name__, SortKind.MEMBERS, doc=doc_of(cls))

    @classmethod
    def named(cls, name: str, position: int = 0) -> Self:
        """A distinguished member, such as kernel zero. Symmetry never moves it."""
        return cls(e.Named(cls.info, name, position))


class label:  # noqa: N801 - reads as a keyword in enumerations
    """One value of an `Enumeration`, with the sentence that explains it."""

    def __init__(self, doc: str) -> None:
        """``doc`` says what the value means in the world."""
        self.doc = doc
        self.position = 0

    def __get__(self, instance: object, owner: type[T]) -> T:
        return owner(e.Const(owner.info, self.position))


class Enumeration(Term):
    """Base of enumerations; class attributes made with `label` are the values, first is 0."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        found = {name: x for name, x in vars(cls).items() if isinstance(x, label)}
        for position, value in enumerate(found.values()):
            value.position = position
        docs = tuple(x.doc for x in found.values())
        cls.info = SortInfo(
            cls.__name__, SortKind.LABELS, doc=doc_of(cls), labels=tuple(found), label_docs=docs
        )

    def among(self, *values: Self) -> Bool:
        """This is one of the given values."""
        return any_of(*(self == value for value in values))


class Natural(Term):
    """A number. Terms of its subclasses can be stored; the scope bounds what they may reach."""

    info = e.NATURAL
    __slots__ = ()

    def at(self, info: SortInfo) -> e.Expr:
        """This expression, taken as a value of another number sort."""
        return e.Plus(info, (self.expr,))

    def __add__(self, other: object) -> Self:
        return type(self)(e.Plus(self.info, (self.expr, number(other).expr)))

    def __sub__(self, other: int) -> Self:
        return type(self)(e.Plus(self.info, (self.expr, e.Const(e.NATURAL, -other))))

    def __eq__(self, other: object) -> Bool:  # type: ignore[override]
        return Bool(e.Equal(e.TRUTH, self.expr, number(other).expr))

    def __hash__(self) -> int:
        return hash(self.expr)

    def __lt__(self, other: object) -> Bool:
        return Bool(e.Less(e.TRUTH, self.expr, number(other).expr, strict=True))

    def __le__(self, other: object) -> Bool:
        return Bool(e.Less(e.TRUTH, self.expr, number(other).expr, strict=False))

    def __gt__(self, other: object) -> Bool:
        return Bool(e.Less(e.TRUTH, number(other).expr, self.expr, strict=True))

    def __ge__(self, other: object) -> Bool:
        return Bool(e.Less(e.TRUTH, number(other).expr, self.expr, strict=False))


def number(value: object) -> Natural:
    """A number term from a number term or an int. Raises: ModelError for anything else."""
    if isinstance(value, Natural):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Natural(e.Const(e.NATURAL, value))
    raise ModelError(f"{describe(value)} is used where a number is needed")


class Number(Natural):
    """Base of bounded numbers: 0 up to and including the bound that the scope gives."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.info = SortInfo(cls.__name__, SortKind.NUMBER, doc=doc_of(cls))


class Nothing:
    """The type of `nothing`, which fits every *maybe* sort."""


nothing = Nothing()


class Maybe(Term, Generic[T]):
    """A member of a sort, or nothing. Compare with ``==`` to a member or to `nothing`."""

    __slots__ = ()

    @property
    def exists(self) -> Bool:
        """There is a member, whichever."""
        return ~(self == nothing)

    @property
    def is_nothing(self) -> Bool:
        """There is no member."""
        return self == nothing


_MAYBE: dict[SortInfo, type[Maybe[Any]]] = {}


def maybe(sort: type[T]) -> type[Maybe[T]]:
    """The sort *a member of* ``sort`` *or nothing*; the same class each time."""
    if sort.info not in _MAYBE:
        info = SortInfo(f"Maybe{sort.info.name}", SortKind.MAYBE, of=sort.info)
        made = type(info.name, (Maybe,), {"info": info, "__slots__": ()})
        _MAYBE[sort.info] = made
    return _MAYBE[sort.info]


def doc_of(cls: type) -> str:
    """A sort's docstring without its indentation."""
    return inspect.cleandoc(cls.__doc__ or "")


# --- formulas ---------------------------------------------------------------------------------

_level = 0


def bind(sort: type[T], body: Callable[[T], object]) -> tuple[e.Var, object]:
    """Call ``body`` with a fresh bound variable named as its parameter; for binders only."""
    global _level
    _level += 1
    try:
        name = next(iter(inspect.signature(body).parameters))
        var = e.Var(sort.info, name, _level)
        return var, body(sort(var))
    finally:
        _level -= 1


def _bound(sort: type[T], body: Callable[[T], Bool]) -> tuple[e.Var, e.Expr]:
    var, result = bind(sort, body)
    return var, coerce(Bool, result).expr


def every(sort: type[T], body: Callable[[T], Bool]) -> Bool:
    """Every member of ``sort`` satisfies ``body``."""
    var, inner = _bound(sort, body)
    return Bool(e.Quantified(e.TRUTH, True, var, inner))


def some(sort: type[T], body: Callable[[T], Bool]) -> Bool:
    """Some member of ``sort`` satisfies ``body``."""
    var, inner = _bound(sort, body)
    return Bool(e.Quantified(e.TRUTH, False, var, inner))


def count(sort: type[T], body: Callable[[T], Bool]) -> Natural:
    """How many members of ``sort`` satisfy ``body``."""
    var, inner = _bound(sort, body)
    return Natural(e.Count(e.NATURAL, var, inner))


def all_of(*formulas: Bool) -> Bool:
    """Conjunction; of nothing, true."""
    return Bool(e.And(e.TRUTH, tuple(coerce(Bool, f).expr for f in formulas)))


def any_of(*formulas: Bool) -> Bool:
    """Disjunction; of nothing, false."""
    return Bool(e.Or(e.TRUTH, tuple(coerce(Bool, f).expr for f in formulas)))


@overload
def ite(test: Bool, then: Bool, other: bool) -> Bool: ...
@overload
def ite(test: Bool, then: T, other: T) -> T: ...
def ite(test: Bool, then: Any, other: Any) -> Any:
    """``then`` where ``test`` holds, else ``other``; both of one sort."""
    sort = type(then) if isinstance(then, Term) else type(other)
    left, right = coerce(sort, then), coerce(sort, other)
    return sort(e.Ite(sort.info, coerce(Bool, test).expr, left.expr, right.expr))
