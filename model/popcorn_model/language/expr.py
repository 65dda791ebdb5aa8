"""The syntax tree that every reader of a model reads: frozen records, no behaviour.

A model is written with the typed notation of ``terms.py``; what the notation builds, and what
engines, printers, mutations and proofs read, are the records of this file. An expression has a
sort, which is one `SortInfo` object compared by identity. Quantifiers stay binders; sizes never
appear. A `Choice` is resolved when a protocol is configured, before any engine sees the model.

This file knows no notation, no protocol and no engine.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto


class ModelError(Exception):
    """The model is ill-formed. Raised at import, configuration or grounding; names the place."""


class SortKind(Enum):
    """The six shapes a sort can have."""

    MEMBERS = auto()  # uninterpreted: the scope says how many members there are
    LABELS = auto()  # an enumeration
    TRUTH = auto()
    NUMBER = auto()  # 0 .. bound; the scope gives the bound
    MAYBE = auto()  # a member of another sort, or nothing
    MESSAGE = auto()  # a tagged record


@dataclass(eq=False)
class SortInfo:
    """One sort. Compared by identity; `kinds` of a message sort grow while its class is built."""

    name: str
    kind: SortKind
    doc: str = ""
    labels: tuple[str, ...] = ()
    label_docs: tuple[str, ...] = ()
    of: SortInfo | None = None
    kinds: tuple[MessageKind, ...] = ()

    def __repr__(self) -> str:
        return f"<sort {self.name}>"


@dataclass(eq=False)
class MessageKind:
    """One kind of message: its name, its typed fields in order, and a sentence about it."""

    name: str
    fields: tuple[tuple[str, SortInfo], ...]
    doc: str = ""

    def __repr__(self) -> str:
        return f"<message {self.name}>"


@dataclass(eq=False)
class StateInfo:
    """One state variable: a map from index sorts to a value sort, with its start value.

    ``start`` is an expression over ``params``, one per index sort; history.py tells of ``history``.
    """

    name: str
    index: tuple[SortInfo, ...]
    sort: SortInfo
    params: tuple[Var, ...]
    start: Expr
    doc: str = ""
    history: bool = False

    def __repr__(self) -> str:
        return f"<state {self.name}>"


@dataclass(eq=False)
class QueueInfo:
    """One queue per member of the index sorts, holding messages or plain values of ``sort``.

    ``slots`` names the scope entry that bounds it. A `blocking` queue that is full disables the
    push (the sender waits); any other overflow is an error of the scope, never a silent loss.
    """

    name: str
    index: tuple[SortInfo, ...]
    sort: SortInfo
    slots: str
    blocking: bool = False
    doc: str = ""

    def __repr__(self) -> str:
        return f"<queue {self.name}>"


@dataclass(eq=False)
class BudgetInfo:
    """A bound on how often something may happen, kept outside the model: the scope sets it."""

    name: str
    index: tuple[SortInfo, ...]
    doc: str = ""

    def __repr__(self) -> str:
        return f"<budget {self.name}>"


@dataclass(eq=False)
class SwitchInfo:
    """A named choice of the protocol: a variant, a repair, or an assumption that verdicts print."""

    name: str
    values: tuple[str, ...]
    doc: str = ""
    assumption: bool = False

    def __repr__(self) -> str:
        return f"<switch {self.name}>"


class Expr:
    """Base of all expressions; ``sort`` is the sort of the value."""

    __slots__ = ()
    sort: SortInfo


@dataclass(frozen=True, slots=True)
class Const(Expr):
    """A literal: int, bool, None for *nothing*; labels and members are their position."""

    sort: SortInfo
    value: int | bool | None


@dataclass(frozen=True, slots=True)
class Named(Expr):
    """A distinguished member of a sort, such as kernel zero; distinct names differ."""

    sort: SortInfo
    name: str
    position: int


@dataclass(frozen=True, slots=True)
class Var(Expr):
    """A parameter (level 0) or a bound variable; the level keeps equal names apart."""

    sort: SortInfo
    name: str
    level: int = 0


@dataclass(frozen=True, slots=True)
class Read(Expr):
    """The present value of one cell of a state variable."""

    sort: SortInfo
    state: StateInfo
    index: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class QueueRef:
    """One queue of an indexed family of queues. Not an expression: queues have no value."""

    queue: QueueInfo
    index: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Item(Expr):
    """The item at a position of a queue, 0 the oldest.

    Beyond the queue's length: its sort's first value, nothing, or a message of no kind.
    """

    sort: SortInfo
    ref: QueueRef
    position: int = 0


@dataclass(frozen=True, slots=True)
class Length(Expr):
    """How many items wait in a queue."""

    sort: SortInfo
    ref: QueueRef


@dataclass(frozen=True, slots=True)
class Tally(Expr):
    """How many items of a queue satisfy ``body``, in which ``var`` stands for the item."""

    sort: SortInfo
    ref: QueueRef
    var: Var
    body: Expr


@dataclass(frozen=True, slots=True)
class Make(Expr):
    """A message of one kind; ``args`` in the order of the kind's fields."""

    sort: SortInfo
    kind: MessageKind
    args: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Matches(Expr):
    """A message is of this kind and the given fields have these values."""

    sort: SortInfo
    message: Expr
    kind: MessageKind
    fields: tuple[tuple[str, Expr], ...]


@dataclass(frozen=True, slots=True)
class Field(Expr):
    """One field of a message of a known kind. Meaningless for another kind."""

    sort: SortInfo
    message: Expr
    kind: MessageKind
    name: str


@dataclass(frozen=True, slots=True)
class Some(Expr):
    """A member as a value of the *maybe* sort over it."""

    sort: SortInfo
    member: Expr


@dataclass(frozen=True, slots=True)
class Equal(Expr):
    """Both sides have the same value; they have the same sort."""

    sort: SortInfo
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Less(Expr):
    """``left < right``, or ``<=`` when not strict, on numbers."""

    sort: SortInfo
    left: Expr
    right: Expr
    strict: bool


@dataclass(frozen=True, slots=True)
class Plus(Expr):
    """The sum of numbers; an intermediate value has no bound, a stored one has its sort's."""

    sort: SortInfo
    args: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Not(Expr):
    """Negation."""

    sort: SortInfo
    arg: Expr


@dataclass(frozen=True, slots=True)
class And(Expr):
    """Conjunction of any number of formulas; of none, true."""

    sort: SortInfo
    args: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Or(Expr):
    """Disjunction of any number of formulas; of none, false."""

    sort: SortInfo
    args: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Ite(Expr):
    """``then`` where ``test`` holds, else ``other``."""

    sort: SortInfo
    test: Expr
    then: Expr
    other: Expr


@dataclass(frozen=True, slots=True)
class Quantified(Expr):
    """``every`` (universal) or some member of a sort satisfies ``body``."""

    sort: SortInfo
    universal: bool
    var: Var
    body: Expr


@dataclass(frozen=True, slots=True)
class Count(Expr):
    """How many members of a sort satisfy ``body``."""

    sort: SortInfo
    var: Var
    body: Expr


@dataclass(frozen=True, slots=True)
class Choice(Expr):
    """One expression per value of a switch. Gone once the protocol is configured."""

    sort: SortInfo
    switch: SwitchInfo
    cases: tuple[tuple[str, Expr], ...]


class Update:
    """Base of all updates; all updates of a step read the old state and happen at once."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Put(Update):
    """One cell gets a new value."""

    target: Read
    value: Expr
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Push(Update):
    """One item joins the end of a queue. In one step a pop happens before the pushes."""

    ref: QueueRef
    item: Expr
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Pop(Update):
    """The oldest item leaves a queue."""

    ref: QueueRef
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Spend(Update):
    """One unit of a budget is used; without any left the step cannot be taken in this scope."""

    budget: BudgetInfo
    index: tuple[Expr, ...]
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class When(Update):
    """Updates that happen only where a condition on the old state holds."""

    test: Expr
    updates: tuple[Update, ...]
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Each(Update):
    """Updates for every member of a sort, all at once."""

    var: Var
    updates: tuple[Update, ...]
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Alternative(Update):
    """Updates per value of a switch. Gone once the protocol is configured."""

    switch: SwitchInfo
    cases: tuple[tuple[str, tuple[Update, ...]], ...]
    line: int = field(default=0, compare=False)


TRUTH = SortInfo("Bool", SortKind.TRUTH, "True or false.")
NATURAL = SortInfo("Natural", SortKind.NUMBER, "A number that is compared but never stored.")
YES = Const(TRUTH, True)
NO = Const(TRUTH, False)
