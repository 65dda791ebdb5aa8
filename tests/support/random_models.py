"""Random small models for Hypothesis: a few variables of every sort, a queue, random steps.

The models mean nothing, but they are well-formed: an item of a queue is looked at only by a step
whose guard says that it is there, and no step writes one variable twice.
"""

from dataclasses import dataclass

from hypothesis import strategies as st

from popcorn_model.language import (
    Bool,
    Enumeration,
    Messages,
    Model,
    Number,
    Sort,
    kind,
    label,
    maybe,
)
from popcorn_model.language import expr as e
from popcorn_model.language.actions import Action
from popcorn_model.language.properties import Mood, Property


class Node(Sort):
    """A member."""


class Tick(Number):
    """A number."""


class Hue(Enumeration):
    """A label."""

    red = label("one")
    green = label("two")
    blue = label("three")


class Note(Messages):
    """A message."""

    plain = kind("nothing in it")
    full = kind("one field of each sort", node=Node, tick=Tick, flag=Bool, hue=Hue, to=maybe(Node))


SORTS = {"node": Node.info, "tick": Tick.info, "flag": e.TRUTH, "hue": Hue.info,
         "to": maybe(Node).info}  # fmt: skip
PLAIN, FULL = Note.info.kinds
INDEX = e.Var(Node.info, "i")


def _start(sort: e.SortInfo) -> e.Expr:
    if sort.kind is e.SortKind.MAYBE:
        return e.Const(sort, None)
    return e.NO if sort is e.TRUTH else e.Const(sort, 0)


SINGLE = {n: e.StateInfo(f"one_{n}", (), s, (), _start(s)) for n, s in SORTS.items()}
MAPPED = {n: e.StateInfo(f"of_{n}", (Node.info,), s, (INDEX,), _start(s)) for n, s in SORTS.items()}
MAPPED["node"].start = INDEX
BOX = e.QueueInfo("box", (Node.info,), Note.info, "slots")
LINE = e.QueueInfo("line", (), Node.info, "slots")
FUEL = e.BudgetInfo("fuel", (Node.info,))
BY_SORT = {s: n for n, s in SORTS.items()}
SCOPES = ("nodes=2,ticks=2,slots=2,fuel=2", "nodes=3,ticks=1,slots=3,fuel=1",
          "nodes=1,ticks=3,slots=4,fuel=3", "nodes=5,ticks=40,slots=7,fuel=2")  # fmt: skip


class Drawn:
    """A model that prints as its actions and properties, for the report of a failing example."""

    def __init__(self, model: Model) -> None:
        """``model`` is what was drawn."""
        self.model = model

    def __repr__(self) -> str:
        lines = [f"ends: {text(self.model.ends.body)}"] if self.model.ends else []
        lines += [f"{p.mood.value} {p.name}: {text(p.body)}" for p in self.model.properties]
        for action in self.model.actions:
            lines.append(f"{action.name}({', '.join(p.name for p in action.params)}):")
            lines += [f"    when {text(g)}" for g in action.guards]
            lines += [f"    {text(u)}" for u in action.updates]
        return "\n".join(lines)


def text(node: object) -> str:
    """A record of the syntax tree on one line, without sorts."""
    match node:
        case e.Const(_, value):
            return str(value)
        case e.Var(_, name) | e.Named(_, name):
            return name
        case e.StateInfo() | e.QueueInfo() | e.BudgetInfo() | e.MessageKind():
            return node.name
        case tuple():
            return f"[{', '.join(map(text, node))}]"
        case e.Expr() | e.Update() | e.QueueRef():
            names = [n for n in vars(type(node))["__dataclass_fields__"] if n not in HIDDEN]
            inner = [text(getattr(node, n)) for n in names]
            return f"{type(node).__name__}({', '.join(inner)})"
    return str(node)


HIDDEN = {"sort", "line"}


@dataclass(frozen=True)
class Around:
    """What an expression may use: variables in reach, and a message known to be full."""

    variables: tuple[e.Var, ...]
    message: e.Expr | None = None

    def binding(self, var: e.Var) -> "Around":
        """The same with one more variable."""
        return Around((*self.variables, var), self.message)

    @property
    def level(self) -> int:
        """A level for a fresh bound variable."""
        return len(self.variables) + 1


@st.composite
def values(draw: st.DrawFn, sort: e.SortInfo, around: Around, depth: int = 2) -> e.Expr:
    """An expression of a sort other than Bool."""
    leaves = [v for v in around.variables if v.sort is sort]
    options = ["constant", "read", "single"] + ["variable"] * (2 * bool(leaves))
    if around.message is not None:
        options.append("field")
    if depth:
        options.append("ite")
        options += ["sum", "count", "length"] if sort.kind is e.SortKind.NUMBER else []
        options += ["some"] if sort.kind is e.SortKind.MAYBE else []
    match draw(st.sampled_from(options)):
        case "variable":
            return draw(st.sampled_from(leaves))
        case "read":
            index = draw(values(Node.info, around, max(0, depth - 1)))
            return e.Read(sort, MAPPED[BY_SORT[sort]], (index,))
        case "single":
            return e.Read(sort, SINGLE[BY_SORT[sort]], ())
        case "field":
            assert around.message is not None
            return e.Field(sort, around.message, FULL, BY_SORT[sort])
        case "ite":
            test = draw(formulas(around, depth - 1))
            return e.Ite(sort, test, *(draw(values(sort, around, depth - 1)) for _ in range(2)))
        case "sum":
            parts = draw(st.lists(values(sort, around, depth - 1), min_size=1, max_size=2))
            return e.Plus(sort, (*parts, e.Const(e.NATURAL, draw(st.integers(-1, 2)))))
        case "count":
            var = e.Var(Node.info, "c", around.level)
            return e.Plus(sort, (e.Count(e.NATURAL, var, draw(formulas(around.binding(var), 0))),))
        case "length":
            return e.Plus(sort, (draw(lengths(around)),))
        case "some":
            return e.Some(sort, draw(values(Node.info, around, depth - 1)))
    return draw(constants(sort))


@st.composite
def constants(draw: st.DrawFn, sort: e.SortInfo) -> e.Expr:
    """A constant of a sort that every scope has."""
    match sort.kind:
        case e.SortKind.LABELS:
            return e.Const(sort, draw(st.integers(0, 2)))
        case e.SortKind.NUMBER:
            return e.Const(sort, draw(st.integers(0, 1)))
        case e.SortKind.MAYBE:
            return e.Const(sort, draw(st.sampled_from([None, 0])))
    return e.Named(sort, "zero", 0)


@st.composite
def lengths(draw: st.DrawFn, around: Around) -> e.Expr:
    """A length, or a count of the items that satisfy something."""
    box = e.QueueRef(BOX, (draw(values(Node.info, around, 0)),))
    if draw(st.booleans()):
        return e.Length(e.NATURAL, draw(st.sampled_from([box, e.QueueRef(LINE, ())])))
    if draw(st.booleans()):
        var = e.Var(Node.info, "n", around.level)
        body = draw(formulas(around.binding(var), 0))
        return e.Tally(e.NATURAL, e.QueueRef(LINE, ()), var, body)
    item = e.Var(Note.info, "m", around.level)
    names = draw(st.sets(st.sampled_from(sorted(SORTS)), max_size=2))
    wanted = tuple((n, draw(anything(SORTS[n], around, 0))) for n in sorted(names))
    return e.Tally(e.NATURAL, box, item, e.Matches(e.TRUTH, item, FULL, wanted))


@st.composite
def formulas(draw: st.DrawFn, around: Around, depth: int = 2) -> e.Expr:
    """A formula."""
    options = ["equal", "read", "single", "less"]
    if around.message is not None:
        options.append("field")
    if depth:
        options += ["not", "and", "or", "ite", "some", "every", "same"]
    match draw(st.sampled_from(options)):
        case "read":
            return e.Read(e.TRUTH, MAPPED["flag"], (draw(values(Node.info, around, 0)),))
        case "single":
            return e.Read(e.TRUTH, SINGLE["flag"], ())
        case "field":
            assert around.message is not None
            return e.Field(e.TRUTH, around.message, FULL, "flag")
        case "less":
            left, right = draw(lengths(around)), draw(values(Tick.info, around, min(depth, 1)))
            return e.Less(e.TRUTH, right, left, draw(st.booleans()))
        case "not":
            return e.Not(e.TRUTH, draw(formulas(around, depth - 1)))
        case "and":
            return e.And(e.TRUTH, tuple(draw(formulas(around, depth - 1)) for _ in range(2)))
        case "or":
            return e.Or(e.TRUTH, tuple(draw(formulas(around, depth - 1)) for _ in range(2)))
        case "ite":
            return e.Ite(e.TRUTH, *(draw(formulas(around, depth - 1)) for _ in range(3)))
        case "same":
            return e.Equal(e.TRUTH, *(draw(formulas(around, depth - 1)) for _ in range(2)))
        case "some" | "every" as which:
            var = e.Var(Node.info, "q", around.level)
            body = draw(formulas(around.binding(var), depth - 1))
            return e.Quantified(e.TRUTH, which == "every", var, body)
    sort = SORTS[draw(st.sampled_from(["node", "tick", "hue", "to"]))]
    return e.Equal(e.TRUTH, *(draw(values(sort, around, min(depth, 1))) for _ in range(2)))


def anything(sort: e.SortInfo, around: Around, depth: int) -> st.SearchStrategy[e.Expr]:
    """An expression of any sort that can be stored."""
    return formulas(around, depth) if sort is e.TRUTH else values(sort, around, depth)


@st.composite
def in_range(draw: st.DrawFn, sort: e.SortInfo, around: Around) -> e.Expr:
    """A value for a field of a message, which no scope makes overflow."""
    if sort.kind is e.SortKind.NUMBER:
        return draw(constants(sort))
    return draw(anything(sort, around, 1))


@st.composite
def messages(draw: st.DrawFn, around: Around) -> e.Expr:
    """A message, of either kind."""
    if draw(st.integers(0, 3)) == 0:
        return e.Make(Note.info, PLAIN, ())
    args = tuple(draw(in_range(s, around)) for s in SORTS.values())
    return e.Make(Note.info, FULL, args)


@st.composite
def writes(draw: st.DrawFn, around: Around) -> list[e.Update]:
    """Updates of state variables, at most one for each; each may be under a condition."""
    made: list[e.Update] = []
    chosen = draw(st.lists(st.sampled_from(sorted(SORTS)), max_size=3, unique=True))
    for name in chosen:
        sort = SORTS[name]
        match draw(st.integers(0, 3)):
            case 0:
                read = e.Read(sort, SINGLE[name], ())
                update: e.Update = e.Put(read, draw(anything(sort, around, 2)))
            case 1:
                var = e.Var(Node.info, "w", around.level)
                inner = around.binding(var)
                put = e.Put(e.Read(sort, MAPPED[name], (var,)), draw(anything(sort, inner, 1)))
                test = draw(formulas(inner, 1))
                update = e.Each(var, (e.When(test, (put,)),))
            case _:
                index = draw(values(Node.info, around, 1))
                cell = e.Read(sort, MAPPED[name], (index,))
                update = e.Put(cell, draw(anything(sort, around, 2)))
        if draw(st.booleans()):
            update = e.When(draw(formulas(around, 1)), (update,))
        made.append(update)
    return made


@st.composite
def pushes(draw: st.DrawFn, around: Around) -> list[e.Update]:
    """Up to three items for queues, possibly two for one."""
    made: list[e.Update] = []
    for _ in range(draw(st.integers(0, 2))):
        if draw(st.booleans()):
            push = e.Push(e.QueueRef(LINE, ()), draw(values(Node.info, around, 1)))
        else:
            to = e.QueueRef(BOX, (draw(values(Node.info, around, 1)),))
            push = e.Push(to, draw(messages(around)))
        conditional = draw(st.booleans())
        made.append(e.When(draw(formulas(around, 1)), (push,)) if conditional else push)
    return made


@st.composite
def actions(draw: st.DrawFn, number: int) -> Action:
    """One action; the first one sends, the others may take a message and look into it."""
    names = [e.Var(Node.info, "a"), e.Var(Node.info, "b"), e.Var(Hue.info, "h")]
    params = tuple(names[: draw(st.integers(0, 3))])
    around = Around(params)
    guards: list[e.Expr] = []
    updates: list[e.Update] = []
    if draw(st.booleans()):
        updates.append(e.Spend(FUEL, (draw(values(Node.info, around, 1)),)))
    if number == 0:
        to = e.QueueRef(BOX, (draw(values(Node.info, around, 1)),))
        updates.append(e.Push(to, draw(messages(around))))
    else:
        around, guards, taken = draw(taking(around))
        updates += taken
        guards += draw(st.lists(formulas(around, 2), max_size=1))
    updates += draw(writes(around))
    updates += draw(pushes(around))
    return Action(f"step_{number}", params, tuple(guards), tuple(updates))


@st.composite
def taking(draw: st.DrawFn, around: Around) -> tuple[Around, list[e.Expr], list[e.Update]]:
    """What is known after taking something, or nothing, from a queue; guards; the pop."""
    box = e.QueueRef(BOX, (draw(values(Node.info, around, 1)),))
    line = e.QueueRef(LINE, ())
    zero = e.Const(e.NATURAL, 0)
    match draw(st.integers(0, 9)):
        case 0 | 1 | 2 | 3:
            head = e.Item(Note.info, box)
            there = e.Less(e.TRUTH, zero, e.Length(e.NATURAL, box), True)
            fits = e.Matches(e.TRUTH, head, FULL, ())
            pops: list[e.Update] = [e.Pop(box)] * draw(st.integers(0, 2))
            return Around(around.variables, head), [e.And(e.TRUTH, (there, fits))], pops
        case 4 | 5:
            return around, [e.Less(e.TRUTH, zero, e.Length(e.NATURAL, line), True)], [e.Pop(line)]
        case 6:
            return around, [], [e.Pop(box)]
    return around, [], []


@st.composite
def models(draw: st.DrawFn) -> Drawn:
    """A model of two to four actions with a property of each checked mood."""
    count = draw(st.integers(2, 4))
    var = e.Var(Node.info, "k")
    claims = [draw(formulas(Around((var,)), 2)) for _ in range(3)]
    model = Model(
        protocol="random",
        variant="default",
        settings={},
        assumptions={},
        parts=("all",),
        states=(*SINGLE.values(), *MAPPED.values()),
        queues=(BOX, LINE),
        budgets=(FUEL,),
        actions=tuple(draw(actions(n)) for n in range(count)),
        properties=(
            Property("claim", Mood.ALWAYS, (var,), claims[0]),
            Property("hope", Mood.SOMETIMES, (var,), claims[1]),
        ),
        ends=Property("end", Mood.SOMETIMES, (var,), claims[2]),
    )
    return Drawn(model)
