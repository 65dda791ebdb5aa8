"""The notation for messages: kinds with typed fields, made by name and matched by patterns."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from popcorn_model.language import expr as e
from popcorn_model.language.expr import ModelError, SortInfo, SortKind
from popcorn_model.language.terms import (
    Bool,
    Natural,
    NoTerm,
    Nothing,
    Term,
    describe,
    doc_of,
)

T = TypeVar("T", bound=Term)
M = TypeVar("M", bound="Messages")


class Pattern(NoTerm, Generic[M]):
    """A kind of message with some of its fields fixed; made by ``Kind.like(field=term)``."""

    def __init__(self, owner: type[M], kind: e.MessageKind, fields: dict[str, Term]) -> None:
        """Raises: ModelError for a field that the kind does not have or of another sort."""
        self.owner = owner
        self.kind = kind
        self.fields = _typed_fields(kind, fields)

    def how(self) -> str:
        """What to write where a term is meant."""
        return f"a pattern of {self.kind.name} is no message: write message.matches(pattern)"


class BoundKind(NoTerm, Generic[M]):
    """A message kind seen from its class: call it to make a message, `like` makes a pattern."""

    def __init__(self, owner: type[M], info: e.MessageKind) -> None:
        """``owner`` is the message class that declares the kind."""
        self.owner = owner
        self.info = info

    def how(self) -> str:
        """What to write where a term is meant."""
        name = f"{self.owner.info.name}.{self.info.name}"
        return f"{name} is a kind, no message: write message.matches({name}), or {name}(...)"

    def __call__(self, **fields: Term) -> M:
        """A message with every field given. Raises: ModelError when one is missing."""
        given = _typed_fields(self.info, fields)
        missing = [name for name, _ in self.info.fields if name not in given]
        if missing:
            raise ModelError(f"message {self.info.name} lacks {', '.join(missing)}")
        args = tuple(given[name] for name, _ in self.info.fields)
        return self.owner(e.Make(self.owner.info, self.info, args))

    def like(self, **fields: Term) -> Pattern[M]:
        """A pattern: any message of this kind whose named fields have these values."""
        return Pattern(self.owner, self.info, fields)


def _typed_fields(kind: e.MessageKind, fields: dict[str, Term]) -> dict[str, e.Expr]:
    sorts = dict(kind.fields)
    result: dict[str, e.Expr] = {}
    for name, value in fields.items():
        if name not in sorts:
            legal = ", ".join(sorts) or "none"
            raise ModelError(f"message {kind.name} has no field {name}; its fields are: {legal}")
        sort = sorts[name]
        result[name] = _as_sort(sort, value, f"field {name} of message {kind.name}")
    return result


def _as_sort(sort: SortInfo, value: object, place: str) -> e.Expr:
    if isinstance(value, Term) and value.info is sort:
        return value.expr
    if isinstance(value, Term) and sort.kind is SortKind.MAYBE and value.info is sort.of:
        return e.Some(sort, value.expr)
    if isinstance(value, Nothing) and sort.kind is SortKind.MAYBE:
        return e.Const(sort, None)
    if isinstance(value, bool) and sort.kind is SortKind.TRUTH:
        return e.Const(sort, value)
    if isinstance(value, Natural) and sort.kind is SortKind.NUMBER:
        return value.at(sort)
    raise ModelError(f"{place} is a {sort.name}, not {describe(value)}")


class kind:  # noqa: N801 - reads as a keyword in message classes
    """One kind of a `Messages` class: a sentence, then the fields and their sorts."""

    def __init__(self, doc: str, **fields: type[Term]) -> None:
        """``doc`` says who sends the message to whom and why."""
        self.doc = doc
        self.fields = fields
        self.info: e.MessageKind | None = None

    def __set_name__(self, owner: type, name: str) -> None:
        typed = tuple((n, s.info) for n, s in self.fields.items())
        self.info = e.MessageKind(name, typed, self.doc)

    def __get__(self, instance: object, owner: type[M]) -> BoundKind[M]:
        assert self.info is not None
        return BoundKind(owner, self.info)


class Messages(Term):
    """Base of message sorts; class attributes made with `kind` are the kinds."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        kinds = tuple(x.info for x in vars(cls).values() if isinstance(x, kind) and x.info)
        cls.info = SortInfo(cls.__name__, SortKind.MESSAGE, doc=doc_of(cls), kinds=kinds)

    def matches(self, pattern: Pattern[Any] | BoundKind[Any]) -> Bool:
        """This message is of the pattern's kind and has its field values."""
        shape = pattern.like() if isinstance(pattern, BoundKind) else pattern
        if shape.owner is not type(self):
            raise ModelError(f"{shape.kind.name} is not a kind of {self.info.name}")
        fields = tuple(shape.fields.items())
        return Bool(e.Matches(e.TRUTH, self.expr, shape.kind, fields))

    def get(self, of: BoundKind[Any], name: str, sort: type[T]) -> T:
        """Field ``name``, for a message known to be of that kind."""
        sorts = dict(of.info.fields)
        if name not in sorts:
            raise ModelError(f"message {of.info.name} has no field {name}")
        return sort(e.Field(sorts[name], self.expr, of.info, name))
