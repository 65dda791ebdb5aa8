"""Printing for people: expressions, updates, actions and properties as plain text.

The notation is that of a careful whiteboard: ``and``, ``or``, ``not``, ``for every Task t: ...``,
``send grant(page=p) to inbox[k]``, ``owner[p] := k``. Guards and updates stand one a line, so that
`difference` shows what a repair changes and nothing else. Guards and leaf updates can carry the
numbers by which mutations name them.

This file knows the syntax tree and no protocol. Whole models and their tables are in
``tables.py``.
"""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Iterator, Mapping

from popcorn_model.language import expr as e
from popcorn_model.language.actions import Action, Fair
from popcorn_model.language.order import Ahead
from popcorn_model.language.properties import Mood, Property

WIDTH = 100

# How tightly a phrase binds; a phrase inside a tighter one gets brackets.
_LOOSE, _OR, _AND, _NOT, _COMPARE, _SUM, _TIGHT = range(7)

Names = Mapping[e.Var, str]


class Printer:
    """Prints expressions. ``names`` keeps bound variables of equal names apart, with primes."""

    def __init__(self, names: Names | None = None) -> None:
        """``names`` are the variables that are known outside."""
        self.names = dict(names or {})

    def text(self, node: e.Expr, inside: int = _LOOSE) -> str:
        """The expression as it stands inside a phrase that binds so tightly."""
        phrase, binds = self._phrase(node)
        return f"({phrase})" if binds < inside else phrase

    def _phrase(self, node: e.Expr) -> tuple[str, int]:
        """The words of a node and how tightly they bind (a dispatch over all nodes)."""
        match node:
            case e.Const(sort, value):
                return constant(sort, value), _TIGHT
            case e.Named(_, name, _):
                return name, _TIGHT
            case e.Var():
                return self.names.get(node, node.name), _TIGHT
            case e.Read(_, state, index):
                return state.name + self.index(index), _TIGHT
            case e.Some(_, member):
                return self._phrase(member)
            case Ahead():
                return self._ahead(node), _COMPARE
            case e.Item() | e.Field() | e.Length() | e.Make() | e.Matches() | e.Tally():
                return self._queue_phrase(node)
            case e.Equal(_, left, right):
                return f"{self.text(left, _SUM)} = {self.text(right, _SUM)}", _COMPARE
            case e.Less():
                return self._less(node), _COMPARE
            case e.Plus(_, args):
                return self._sum(args), _SUM if len(args) > 1 else _TIGHT
            case e.Not(_, arg):
                return self._not(arg)
            case e.And(_, args):
                return self._and(args)
            case e.Or(_, args):
                return self._or(args)
            case e.Ite(_, test, then, other):
                parts = (self.text(x, _OR) for x in (then, test, other))
                return "{} if {} else {}".format(*parts), _LOOSE
            case e.Quantified(_, universal, var, body):
                which = "every" if universal else "some"
                name, inner = self.bind(var)
                return f"for {which} {var.sort.name} {name}: {inner.text(body)}", _LOOSE
            case e.Count(_, var, body):
                name, inner = self.bind(var)
                return f"number of {var.sort.name} {name} with {inner.text(body, _TIGHT)}", _SUM
            case e.Choice(_, switch, cases):
                listed = ", ".join(f"{self.text(x)} when {v}" for v, x in cases)
                return f"by {switch.name}: {{{listed}}}", _LOOSE
        raise AssertionError(f"unknown node {node!r}")

    def _queue_phrase(self, node: e.Expr) -> tuple[str, int]:
        match node:
            case e.Item(_, ref, position):
                which = "head" if position == 0 else f"item {position + 1}"
                return f"{which} of {self.queue(ref)}", _SUM
            case e.Field(_, message, _, name):
                return f"{name} of {self.text(message, _SUM)}", _SUM
            case e.Length(_, ref):
                return f"length of {self.queue(ref)}", _SUM
            case e.Make(_, kind, args):
                fields = zip((n for n, _ in kind.fields), args, strict=True)
                return self._message(kind, tuple(fields)), _TIGHT
            case e.Matches(_, message, kind, fields):
                return f"{self.text(message, _SUM)} is {self._message(kind, fields)}", _COMPARE
            case e.Tally(_, ref, var, body):
                return f"number of {self._such(ref, var, body)}", _SUM
        raise AssertionError(f"unknown node {node!r}")

    def _ahead(self, node: Ahead) -> str:
        first, second = (self._item(node.var, body) for body in (node.first, node.second))
        return f"in {self.queue(node.ref)} there is {first} ahead of {second}"

    def _such(self, ref: e.QueueRef, var: e.Var, body: e.Expr) -> str:
        return self._item(var, body, f" in {self.queue(ref)}")

    def _item(self, var: e.Var, body: e.Expr, where: str = "") -> str:
        match body:
            case e.Equal(_, left, right) if left == var:
                return f"{self.text(right, _SUM)}{where}"
            case e.Matches(_, message, kind, fields) if message == var:
                return f"{self._message(kind, fields)}{where}"
        name, inner = self.bind(var)
        return f"{name}{where} with {inner.text(body, _TIGHT)}"

    def _message(self, kind: e.MessageKind, fields: tuple[tuple[str, e.Expr], ...]) -> str:
        listed = [f"{n}={self.text(x)}" for n, x in fields]
        if len(fields) < len(kind.fields):
            listed.append("...")
        return f"{kind.name}({', '.join(listed)})"

    def _less(self, node: e.Less) -> str:
        match node:
            case e.Less(_, e.Const(_, 0), e.Length(_, ref), True):
                return f"{self.queue(ref)} is not empty"
            case e.Less(_, e.Const(_, 0), e.Tally(_, ref, var, body), True):
                return f"there is {self._such(ref, var, body)}"
            case e.Less(_, e.Const() as left, right, strict):
                sign = ">" if strict else ">="
                return f"{self.text(right, _SUM)} {sign} {self.text(left, _SUM)}"
        sign = "<" if node.strict else "<="
        return f"{self.text(node.left, _SUM)} {sign} {self.text(node.right, _SUM)}"

    def _sum(self, args: tuple[e.Expr, ...]) -> str:
        words = ""
        for arg in args:
            minus = isinstance(arg, e.Const) and isinstance(arg.value, int) and arg.value < 0
            joint = "" if not words else (" - " if minus else " + ")
            words += joint + (self.text(arg, _SUM).lstrip("-") if minus and words
                              else self.text(arg, _SUM))  # fmt: skip
        return words

    def _not(self, arg: e.Expr) -> tuple[str, int]:
        match arg:
            case Ahead():
                return f"not ({self._ahead(arg)})", _NOT
            case e.Equal(_, left, right):
                return f"{self.text(left, _SUM)} != {self.text(right, _SUM)}", _COMPARE
            case e.Less(_, e.Const(_, 0), e.Length(_, ref), True):
                return f"{self.queue(ref)} is empty", _COMPARE
            case e.Less(_, e.Const(_, 0), e.Tally(_, ref, var, body), True):
                return f"there is no {self._such(ref, var, body)}", _COMPARE
            case e.Less(_, left, right, strict):
                return self._phrase(e.Less(e.TRUTH, right, left, strict=not strict))
            case e.Quantified(_, False, var, body):
                name, inner = self.bind(var)
                return f"for no {var.sort.name} {name}: {inner.text(body)}", _LOOSE
        return f"not {self.text(arg, _NOT)}", _NOT

    def _and(self, args: tuple[e.Expr, ...]) -> tuple[str, int]:
        if not args:
            return "true", _TIGHT
        words = list(self._conjuncts(args))
        if len(words) == 1:
            return words[0], _COMPARE
        return " and ".join(words), _AND

    def _conjuncts(self, args: tuple[e.Expr, ...]) -> Iterator[str]:
        """The parts of a conjunction; *not empty, and its head is m* becomes one phrase."""
        skip = False
        for arg, after in zip(args, (*args[1:], None), strict=True):
            if skip:
                skip = False
            elif (phrase := self._arrival(arg, after)) is not None:
                yield phrase
                skip = True
            else:
                yield self.text(arg, _NOT)

    def _arrival(self, arg: e.Expr, after: e.Expr | None) -> str | None:
        match arg, after:
            case (
                e.Less(_, e.Const(_, 0), e.Length(_, ref), True),
                e.Matches(_, e.Item(_, same, 0), kind, fields),
            ) if ref == same:
                return f"{self.queue(ref)} starts with {self._message(kind, fields)}"
            case (
                e.Less(_, e.Const(_, 0), e.Length(_, ref), True),
                e.Equal(_, e.Item(_, same, 0), value),
            ) if ref == same:
                return f"{self.queue(ref)} starts with {self.text(value, _SUM)}"
        return None

    def _or(self, args: tuple[e.Expr, ...]) -> tuple[str, int]:
        if not args:
            return "false", _TIGHT
        first, rest = args[0], args[1:]
        if len(args) == 1:
            return self._phrase(first)
        if isinstance(first, e.Not) and not isinstance(first.arg, e.Equal):
            goal = rest[0] if len(rest) == 1 else e.Or(e.TRUTH, rest)
            return f"{self.text(first.arg, _AND)} implies {self.text(goal, _OR)}", _LOOSE
        return " or ".join(self.text(x, _AND) for x in args), _OR

    # --- parts ----------------------------------------------------------------------------

    def index(self, index: tuple[e.Expr, ...]) -> str:
        """An index in brackets, or nothing."""
        return f"[{', '.join(self.text(x) for x in index)}]" if index else ""

    def queue(self, ref: e.QueueRef) -> str:
        """The name of one queue."""
        return ref.queue.name + self.index(ref.index)

    def bind(self, var: e.Var) -> tuple[str, Printer]:
        """A name for a bound variable that no outer one has, and the printer that knows it."""
        name = var.name
        while name in self.names.values():
            name += "'"
        return name, Printer({**self.names, var: name})


def constant(sort: e.SortInfo, value: int | bool | None) -> str:
    """A literal in words: a label's name, ``true``, ``nothing``, or the number."""
    match sort.kind:
        case e.SortKind.LABELS:
            assert isinstance(value, int)
            return sort.labels[value]
        case e.SortKind.TRUTH:
            return "true" if value else "false"
        case e.SortKind.MAYBE:
            if value is None:
                return "nothing"
            assert sort.of is not None
            return constant(sort.of, value)
        case e.SortKind.MEMBERS:
            return f"{sort.name[0].lower()}{value}"
    return str(value)


def sort_name(sort: e.SortInfo) -> str:
    """The sort in words: ``Kernel or nothing`` for a *maybe* sort."""
    return f"{sort.of.name} or nothing" if sort.of is not None else sort.name


def expression(node: e.Expr, names: Names | None = None) -> str:
    """One expression as text."""
    return Printer(names).text(node)


def parameters(params: tuple[e.Var, ...]) -> str:
    """A parameter list: ``(p: Page, k: Kernel)``, or nothing."""
    return f"({', '.join(f'{v.name}: {sort_name(v.sort)}' for v in params)})" if params else ""


class _Updates:
    """Prints updates, one leaf a line, nested ones indented; leaves can be numbered."""

    def __init__(self, numbered: bool) -> None:
        self.numbered = numbered
        self.count = 0

    def lines(self, updates: tuple[e.Update, ...], printer: Printer, depth: int) -> list[str]:
        found: list[str] = []
        for update in updates:
            found += self._one(update, printer, depth)
        return found

    def _one(self, update: e.Update, printer: Printer, depth: int) -> list[str]:
        pad = "    " * depth
        match update:
            case e.When(test, inner, _):
                return [f"{pad}if {printer.text(test)}:", *self.lines(inner, printer, depth + 1)]
            case e.Each(var, inner, _):
                name, bound = printer.bind(var)
                head = f"{pad}for every {var.sort.name} {name}:"
                return [head, *self.lines(inner, bound, depth + 1)]
            case e.Alternative(switch, cases, _):
                found = []
                for value, inner in cases:
                    found.append(f"{pad}where {switch.name} is {value}:")
                    found += self.lines(inner, printer, depth + 1)
                return found
        self.count += 1
        number = f"{self.count}. " if self.numbered else ""
        return [f"{pad}{number}{leaf(update, printer)}"]


def leaf(update: e.Update, printer: Printer | None = None) -> str:
    """One put, push, pop or spend in words. Raises: AssertionError for a nested update."""
    on = printer or Printer()
    match update:
        case e.Put(target, value, _):
            return f"{on.text(target)} := {on.text(value)}"
        case e.Push(ref, item, _):
            return f"send {on.text(item)} to {on.queue(ref)}"
        case e.Pop(ref, _):
            return f"take the head of {on.queue(ref)}"
        case e.Spend(budget, index, _):
            return f"spend one of {budget.name}{on.index(index)}"
    raise AssertionError(f"{update!r} is nested")


def update_lines(action: Action, numbered: bool = False) -> list[str]:
    """The updates of an action, one leaf a line, nested ones indented under their condition."""
    return _Updates(numbered).lines(action.updates, Printer({v: v.name for v in action.params}), 0)


def guard_lines(action: Action, numbered: bool = False) -> list[str]:
    """The guards of an action, one a line."""
    printer = Printer({v: v.name for v in action.params})
    return [
        f"{number}. {printer.text(guard)}" if numbered else printer.text(guard)
        for number, guard in enumerate(action.guards, start=1)
    ]


def action_text(action: Action, numbered: bool = False) -> str:
    """An action: what it means, where it comes from, its guards, its updates.

    ``numbered`` adds the numbers by which mutations name guards and updates.
    """
    lines = [action.name + parameters(action.params)]
    lines += _wrapped(action.doc)
    if action.source:
        lines += _wrapped(f"Source: {action.source}")
    lines.append(f"    Tag: {action.tag.value}")
    if action.fair is not Fair.NONE:
        lines.append(f"    Fairness: {action.fair.value}")
    for switch, value in action.only:
        lines.append(f"    Only where {switch.name} is {value}")
    guards, updates = guard_lines(action, numbered), update_lines(action, numbered)
    lines += ["    when", *_indented(guards or ["always"])]
    lines += ["    then", *_indented(updates or ["nothing changes"])]
    return "\n".join(lines) + "\n"


def property_text(prop: Property) -> str:
    """A property: its mood and formula, its meaning, and the fairness it asks for."""
    printer = Printer({v: v.name for v in prop.params})
    number = f" ({prop.number})" if prop.number is not None else ""
    lines = [f"{prop.name}{number}", *_wrapped(prop.doc)]
    if prop.source:
        lines += _wrapped(f"Source: {prop.source}")
    lines.append(f"    Tag: {prop.tag.value}")
    members = ", ".join(f"{sort_name(v.sort)} {v.name}" for v in prop.params)
    which = "some" if prop.mood is Mood.SOMETIMES else "every"
    lines.append(f"    {prop.mood.value}" + (f", for {which} {members}:" if members else ":"))
    claim = printer.text(prop.body)
    if prop.mood is Mood.EVENTUALLY and prop.trigger != e.YES:
        claim = f"{printer.text(prop.trigger, _OR)} leads to {printer.text(prop.body, _OR)}"
    lines += _indented([claim])
    for name, fair in prop.fair:
        lines.append(f"    Fairness of {name}: {fair.value}")
    return "\n".join(lines) + "\n"


def difference(before: str, after: str, names: tuple[str, str]) -> str:
    """The unified difference of two texts, with generous context; empty when they are equal."""
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), names[0], names[1], n=8, lineterm=""
    )
    return "\n".join(lines)


def diff(before: Action | None, after: Action | None, names: tuple[str, str]) -> str:
    """The difference of two printed actions; None stands for an action that does not exist."""
    texts = [action_text(x) if x is not None else "" for x in (before, after)]
    return difference(texts[0], texts[1], names)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH - 4, initial_indent="    ", subsequent_indent="    ")


def _indented(lines: list[str]) -> list[str]:
    return [" " * 8 + line for line in lines]
