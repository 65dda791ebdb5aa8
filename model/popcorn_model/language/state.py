"""State variables, queues and budgets: what a model can read and change.

A state variable is a map from sorts to a sort; ``owner[p]`` reads a cell and is at the same time
what `put` writes. A queue is a family of first-in-first-out queues. A budget bounds how often
something may happen and stands outside the model: the unbounded reading ignores it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Generic, NoReturn, TypeVar, overload

from popcorn_model.language import expr as e
from popcorn_model.language.expr import ModelError
from popcorn_model.language.messages import Messages, Pattern
from popcorn_model.language.order import Ahead
from popcorn_model.language.terms import Bool, Natural, NoTerm, Term, bind, coerce

A = TypeVar("A", bound=Term)
B = TypeVar("B", bound=Term)
C = TypeVar("C", bound=Term)
V = TypeVar("V", bound=Term)


def _index(
    what: str, sorts: tuple[type[Term], ...], given: tuple[object, ...]
) -> tuple[e.Expr, ...]:
    if len(given) != len(sorts):
        many = "1 index" if len(sorts) == 1 else f"{len(sorts)} indices"
        raise ModelError(f"{what} has {many}, not {len(given)}")
    try:
        return tuple(coerce(s, x).expr for s, x in zip(sorts, given, strict=True))
    except ModelError as error:
        wanted = ", ".join(s.info.name for s in sorts)
        raise ModelError(f"{what} is indexed by [{wanted}]: {error}") from None


class StateMap(NoTerm, Generic[V]):
    """A state variable of any number of indices."""

    def __init__(self, info: e.StateInfo, sorts: tuple[type[Term], ...], of: type[V]) -> None:
        """Made by `state`, not by hand."""
        self.info = info
        self.sorts = sorts
        self.of = of

    def how(self) -> str:
        """What to write where a term is meant."""
        cell = f"[{', '.join(s.info.name for s in self.sorts)}]" if self.sorts else "()"
        return f"{self.info.name} is a state variable, no value: write {self.info.name}{cell}"

    def _refuse(self, *others: object) -> NoReturn:
        raise ModelError(self.how())

    __invert__ = __and__ = __rand__ = __or__ = __ror__ = __add__ = __radd__ = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = _refuse

    def read(self, *index: object) -> V:
        """The cell at an index, as a term."""
        exprs = _index(self.info.name, self.sorts, index)
        return self.of(e.Read(self.of.info, self.info, exprs))


class Map0(StateMap[V]):
    """A single cell; read it by calling it."""

    def __call__(self) -> V:
        """The cell's present value."""
        return self.read()

    def __getitem__(self, key: object) -> V:
        raise ModelError(f"{self.info.name} has no index: write {self.info.name}()")


class Map1(StateMap[V], Generic[A, V]):
    """A map with one index."""

    def __getitem__(self, key: A) -> V:
        return self.read(*(key if isinstance(key, tuple) else (key,)))


class Map2(StateMap[V], Generic[A, B, V]):
    """A map with two indices."""

    def __getitem__(self, key: tuple[A, B]) -> V:
        return self.read(*_tuple(self.info.name, key))


class Map3(StateMap[V], Generic[A, B, C, V]):
    """A map with three indices."""

    def __getitem__(self, key: tuple[A, B, C]) -> V:
        return self.read(*_tuple(self.info.name, key))


def _tuple(name: str, key: object) -> tuple[object, ...]:
    if not isinstance(key, tuple):
        raise ModelError(f"{name} has more than one index: write {name}[a, b]")
    return key


@overload
def state(name: str, *, of: type[V], start: object, doc: str = "") -> Map0[V]: ...
@overload
def state(name: str, a: type[A], /, *, of: type[V], start: object, doc: str = "") -> Map1[A, V]: ...
@overload
def state(
    name: str, a: type[A], b: type[B], /, *, of: type[V], start: object, doc: str = ""
) -> Map2[A, B, V]: ...
@overload
def state(
    name: str, a: type[A], b: type[B], c: type[C], /, *, of: type[V], start: object, doc: str = ""
) -> Map3[A, B, C, V]: ...
def state(name: str, *index: type[Term], of: type[Any], start: object, doc: str = "") -> Any:
    """Declare a state variable.

    ``start`` is a value, or a function of the indices that gives one. ``doc`` is a sentence.
    Raises: ModelError when the start value is of another sort.
    """
    makers = (Map0, Map1, Map2, Map3)
    if len(index) >= len(makers):
        raise ModelError(f"{name} has {len(index)} indices; three are the most")
    try:
        params = _start_params(index, start)
        given = (s(v) for s, v in zip(index, params, strict=True))
        begin = coerce(of, start(*given) if _is_rule(start) else start).expr  # type: ignore[operator]
    except ModelError as error:
        raise ModelError(f"start of {name}: {error}") from None
    info = e.StateInfo(name, tuple(s.info for s in index), of.info, params, begin, doc)
    return makers[len(index)](info, index, of)


def _is_rule(start: object) -> bool:
    return callable(start) and not isinstance(start, Term)


def _start_params(index: tuple[type[Term], ...], start: object) -> tuple[e.Var, ...]:
    if _is_rule(start):
        names = list(inspect.signature(start).parameters)  # type: ignore[arg-type]
        if len(names) != len(index):
            raise ModelError(f"its function takes {len(names)} indices, and there are {len(index)}")
    else:
        names = [f"i{n}" for n in range(len(index))]
    return tuple(e.Var(s.info, n) for s, n in zip(index, names, strict=True))


class QueueTerm(NoTerm, Generic[V]):
    """One queue: ask what waits in it. Send and take with the updates of ``actions.py``."""

    def __init__(self, ref: e.QueueRef, of: type[V], blocking: bool) -> None:
        """Made by indexing a `QueueMap`."""
        self.ref = ref
        self.of = of
        self.blocking = blocking

    def how(self) -> str:
        """What to write where a term is meant."""
        return (
            f"{self.ref.queue.name} is a queue, no value: ask for its head, length or waiting, or "
            "what it holds"
        )

    @property
    def head(self) -> V:
        """The oldest item; ask `waiting` first."""
        return self.of(e.Item(self.of.info, self.ref))

    @property
    def length(self) -> Natural:
        """How many items wait."""
        return Natural(e.Length(e.NATURAL, self.ref))

    @property
    def waiting(self) -> Bool:
        """The queue is not empty."""
        return self.length > 0

    def count(self, body: Callable[[V], Bool]) -> Natural:
        """How many waiting items satisfy ``body``."""
        var, inner = bind(self.of, body)
        return Natural(e.Tally(e.NATURAL, self.ref, var, coerce(Bool, inner).expr))

    def holds(self, what: object) -> Bool:
        """Some waiting item equals the given one, or matches the given pattern."""
        return self.count(lambda m: _fits(m, what)) > 0

    def ahead(self, earlier: object, later: object) -> Bool:
        """Some waiting item that fits ``earlier`` stands before some that fits ``later``."""
        var, first = bind(self.of, lambda m: _fits(m, earlier))
        _, second = bind(self.of, lambda m: _fits(m, later))
        bodies = coerce(Bool, first).expr, coerce(Bool, second).expr
        return Bool(Ahead(e.TRUTH, self.ref, var, *bodies))

    def arrives(self, what: object) -> Bool:
        """The oldest item is the given one, or matches the given pattern."""
        return self.waiting & _fits(self.head, what)


def _fits(item: Term, what: object) -> Bool:
    if isinstance(item, Messages) and (isinstance(what, Pattern) or not isinstance(what, Term)):
        return item.matches(what)  # type: ignore[arg-type]
    return item == what


class QueueMap(NoTerm, Generic[V]):
    """A family of queues indexed by sorts; ``ring[k]`` is one of them."""

    def __init__(self, info: e.QueueInfo, sorts: tuple[type[Term], ...], of: type[V]) -> None:
        """Made by `queue`, not by hand."""
        self.info = info
        self.sorts = sorts
        self.of = of

    def how(self) -> str:
        """What to write where a term is meant."""
        index = ", ".join(s.info.name for s in self.sorts) or "()"
        return f"{self.info.name} is a family of queues: write {self.info.name}[{index}]"

    def __getitem__(self, key: object) -> QueueTerm[V]:
        given = key if isinstance(key, tuple) else (key,)
        exprs = _index(self.info.name, self.sorts, given)
        return QueueTerm(e.QueueRef(self.info, exprs), self.of, self.info.blocking)


def queue(
    name: str, *index: type[Term], of: type[V], slots: str, doc: str = ""
) -> QueueMap[V]:
    """Declare a family of queues.

    ``slots`` is the scope entry that bounds each queue at finite scopes; a step that would
    overfill one is an error of the scope.
    """
    sorts = tuple(s.info for s in index)
    return QueueMap(e.QueueInfo(name, sorts, of.info, slots, False, doc), index, of)


def bounded_queue(
    name: str, *index: type[Term], of: type[V], slots: str, doc: str = ""
) -> QueueMap[V]:
    """Declare a family of bounded queues that make their senders wait.

    As `queue`, but a step that would overfill one cannot be taken until there is room.
    """
    sorts = tuple(s.info for s in index)
    return QueueMap(e.QueueInfo(name, sorts, of.info, slots, True, doc), index, of)


class Budget:
    """How often something may happen, per member of the index sorts; set by the scope."""

    def __init__(self, name: str, *index: type[Term], doc: str = "") -> None:
        """``name`` is the scope entry, for example ``hops``."""
        self.info = e.BudgetInfo(name, tuple(s.info for s in index), doc)
        self.sorts = index

    def indices(self, given: tuple[object, ...]) -> tuple[e.Expr, ...]:
        """The index as expressions. Raises: ModelError when it does not fit."""
        return _index(f"budget {self.info.name}", self.sorts, given)
