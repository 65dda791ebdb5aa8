"""Actions: guards, then simultaneous updates; written as a function that runs once at import.

    @action
    def grant(p: Page, k: Kernel) -> Step:
        '''The origin grants p to k.

        Source: where this stands in the modelled system.
        Tag: claimed
        '''
        return when(asked[p, k], ~busy[p])(put(owner[p], k), put(asked[p, k], FALSE))

The decorator calls the function with one variable per parameter and keeps the frozen `Action`.
All updates read the old state and happen together; a cell that is not named keeps its value.
"""

from __future__ import annotations

import difflib
import inspect
import operator
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import reduce
from typing import Any, TypeVar, overload

from popcorn_model.language import conflicts
from popcorn_model.language import expr as e
from popcorn_model.language.expr import ModelError
from popcorn_model.language.history import refuse_dependence
from popcorn_model.language.state import Budget, QueueTerm
from popcorn_model.language.switches import Switch
from popcorn_model.language.terms import Bool, NoTerm, Term, bind, coerce

T = TypeVar("T", bound=Term)


class Tag(Enum):
    """Who says that the modelled system does this."""

    CLAIMED = "claimed"
    RELIED = "relied"
    INFERRED = "inferred"


class Fair(Enum):
    """What a fair run owes to an action: nothing; not to ignore it for ever; to take it if it
    can be taken again and again."""

    NONE = "none"
    WEAK = "weak"
    STRONG = "strong"


@dataclass(frozen=True)
class Step:
    """What `when` builds: guards and updates, before the action has a name."""

    guards: tuple[e.Expr, ...]
    updates: tuple[e.Update, ...]


@dataclass(frozen=True)
class Action:
    """One kind of step. ``params`` are chosen freely among the members of their sorts."""

    name: str
    params: tuple[e.Var, ...]
    guards: tuple[e.Expr, ...]
    updates: tuple[e.Update, ...]
    doc: str = ""
    source: str = ""
    tag: Tag = Tag.INFERRED
    fair: Fair = Fair.NONE
    only: tuple[tuple[e.SwitchInfo, str], ...] = ()
    place: str = field(default="", compare=False)


def _line(depth: int = 2) -> int:
    return sys._getframe(depth).f_lineno


def put(cell: Term, value: object) -> e.Update:
    """The cell gets a new value. Raises: ModelError for a non-cell or a value of another sort."""
    if isinstance(cell, NoTerm):
        raise ModelError(cell.how())
    if not isinstance(cell, Term) or not isinstance(cell.expr, e.Read):
        raise ModelError("put needs a cell of a state variable on its left, such as owner[p]")
    return e.Put(cell.expr, coerce(type(cell), value).expr, _line())


def send(to: QueueTerm[Any], item: object) -> e.Update:
    """One item joins the end of a queue. Raises: ModelError when it is of another sort."""
    to = _queue(to)
    return e.Push(to.ref, coerce(to.of, item).expr, _line())


def take(of: QueueTerm[Any]) -> e.Update:
    """The oldest item leaves a queue; a step that takes from an empty queue is an error."""
    return e.Pop(_queue(of).ref, _line())


def _queue(queue: object) -> QueueTerm[Any]:
    if isinstance(queue, QueueTerm):
        return queue
    raise ModelError(queue.how() if isinstance(queue, NoTerm) else f"{queue!r} is no queue")


def spend(budget: Budget, *index: object) -> e.Update:
    """One unit of the budget is used; when none is left, the scope does not offer the step."""
    return e.Spend(budget.info, budget.indices(index), _line())


def given(test: Bool) -> Callable[..., e.Update]:
    """``given(test)(update, ...)``: the updates happen only where ``test`` held before."""
    line = _line()

    def of(*updates: e.Update) -> e.Update:
        return e.When(coerce(Bool, test).expr, _updates(updates), line)

    return of


def for_each(sort: type[T], body: Callable[[T], e.Update | Sequence[e.Update]]) -> e.Update:
    """The updates of ``body`` for every member of ``sort``, all at once."""
    line = _line()
    var, made = bind(sort, body)
    many = made if isinstance(made, (list, tuple)) else (made,)
    return e.Each(var, _updates(many), line)


@overload
def only(switch: Switch, value: str, first: Bool, /, *more: Bool) -> Bool: ...
@overload
def only(switch: Switch, value: str, first: e.Update, /, *more: e.Update) -> e.Update: ...
def only(switch: Switch, value: str, first: Any, /, *more: Any) -> Any:
    """Guards or updates that exist only when ``switch`` has ``value``; several guards all hold.

    Raises: ModelError for a value that the switch has not, or for guards and updates together.
    """
    switch.check(value)
    if isinstance(first, Bool):
        if any(isinstance(guard, e.Update) for guard in more):
            raise ModelError("only is for guards or for updates: an update stands among its guards")
        guard = reduce(operator.and_, more, first)
        return switch.choose(**{v: guard if v == value else Bool(e.YES) for v in switch.values})
    return e.Alternative(switch.info, ((value, _updates((first, *more))),), _line())


def when(*guards: Bool) -> Callable[..., Step]:
    """``when(guard, ...)(update, ...)``: the order cannot be turned round."""
    conditions = []
    for guard in guards:
        if isinstance(guard, e.Update):
            raise ModelError("an update stands among the guards: when(guards...)(updates...)")
        conditions.append(coerce(Bool, guard).expr)

    def then(*updates: e.Update) -> Step:
        return Step(tuple(conditions), _updates(updates))

    return then


def _updates(updates: Sequence[object]) -> tuple[e.Update, ...]:
    for update in updates:
        if isinstance(update, Term):
            raise ModelError("a guard stands among the updates: guards go into when(...)")
        if not isinstance(update, e.Update):
            legal = "put, send, take, spend, given, for_each"
            raise ModelError(f"{update!r} is no update: use {legal}")
    return tuple(u for u in updates if isinstance(u, e.Update))


@overload
def action(function: Callable[..., Step], /) -> Action: ...
@overload
def action(
    *, fair: Fair = Fair.NONE, only: tuple[Switch, str] | tuple[tuple[Switch, str], ...] = ()
) -> Callable[[Callable[..., Step]], Action]: ...
def action(
    function: Callable[..., Step] | None = None,
    *,
    fair: Fair = Fair.NONE,
    only: tuple[Switch, str] | tuple[tuple[Switch, str], ...] = (),
) -> Any:
    """Make an `Action` of a function; its docstring carries ``Source:`` and ``Tag:`` lines.

    ``fair`` is what a fair run owes the action; ``only=(switch, value)``, or several such pairs,
    makes it exist only then.
    Raises: ModelError, naming the action and its line, for an ill-formed step.
    """

    def make(body: Callable[..., Step]) -> Action:
        place = f"{body.__code__.co_filename}:{body.__code__.co_firstlineno}"
        with placing("action", body):
            return _make_action(body, place, fair, _pairs(only))

    return make(function) if function is not None else make


def _pairs(only: Any) -> tuple[tuple[Switch, str], ...]:
    return (only,) if only and isinstance(only[0], Switch) else tuple(only)


@contextmanager
def placing(what: str, body: Callable[..., object]) -> Iterator[None]:
    """Errors of a function that builds an action or a property, with its name and their line.

    What Python itself does not understand in it, such as a misspelt label, is ill-formed as well.
    Raises: ModelError for both.
    """
    try:
        yield
    except (ModelError, AttributeError, NameError, TypeError) as error:
        code = body.__code__
        line = _line_inside(error, code.co_filename) or code.co_firstlineno
        text = str(error) if isinstance(error, ModelError) else f"{error}{_near(error, body)}"
        raise ModelError(f"{what} {body.__name__} ({code.co_filename}:{line}): {text}") from None


def _near(error: Exception, body: Callable[..., object]) -> str:
    """The nearest name that exists, for one that does not."""
    known: Iterable[str] = ()
    if isinstance(error, AttributeError):
        known = (name for name in dir(error.obj) if not name.startswith("_"))
    elif isinstance(error, NameError):
        known = body.__globals__
    near = difflib.get_close_matches(getattr(error, "name", None) or "", known, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _line_inside(error: Exception, filename: str) -> int | None:
    trace, line = error.__traceback__, None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == filename:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _make_action(
    body: Callable[..., Step], place: str, fair: Fair, only: tuple[tuple[Switch, str], ...]
) -> Action:
    params = parameters(body)
    step = body(*(sort(var) for sort, var in params))
    if not isinstance(step, Step):
        raise ModelError("the function must return when(guards...)(updates...)")
    text = Docstring.parse(body)
    for switch, value in only:
        switch.check(value)
    made = Action(
        name=body.__name__,
        params=tuple(var for _, var in params),
        guards=step.guards,
        updates=step.updates,
        doc=text.doc,
        source=text.source,
        tag=text.tag,
        fair=fair,
        only=tuple((switch.info, value) for switch, value in only),
        place=place,
    )
    conflicts.refuse_double_writes(made.guards, made.updates)
    refuse_dependence(made.guards, made.updates)
    return made


def parameters(body: Callable[..., object]) -> list[tuple[type[Term], e.Var]]:
    """The sorts and variables of a function's annotated parameters. Raises: ModelError."""
    hints = inspect.get_annotations(body, eval_str=True)
    result = []
    for name in inspect.signature(body).parameters:
        sort = hints.get(name)
        if not (isinstance(sort, type) and issubclass(sort, Term)):
            raise ModelError(f"parameter {name} needs a sort as its annotation")
        result.append((sort, e.Var(sort.info, name)))
    return result


@dataclass(frozen=True)
class Docstring:
    """The parts of an action's or a property's docstring."""

    doc: str
    source: str
    tag: Tag

    @classmethod
    def parse(cls, body: Callable[..., object]) -> Docstring:
        """Split a docstring into its sentence(s), ``Source:`` and ``Tag:``. Raises: ModelError."""
        kept, source, tag = [], "", Tag.INFERRED
        for line in inspect.cleandoc(body.__doc__ or "").splitlines():
            if line.startswith("Source:"):
                source = line.removeprefix("Source:").strip()
            elif line.startswith("Tag:"):
                word = line.removeprefix("Tag:").strip()
                legal = {t.value: t for t in Tag}
                if word not in legal:
                    raise ModelError(f"Tag: {word} is none of {', '.join(legal)}")
                tag = legal[word]
            else:
                kept.append(line)
        doc = " ".join(" ".join(kept).split())
        if not doc:
            raise ModelError("a docstring must say what happens in the world")
        return cls(doc, source, tag)


def renamed(made: Action, name: str) -> Action:
    """The same action under another name."""
    return replace(made, name=name)
