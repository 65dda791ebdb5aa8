"""Formulas as text: what the printers of all exported languages share.

A printer knows how tightly each operator binds and puts brackets where a reader could be in doubt,
not only where the other language's grammar needs them. `flat` gives one line, `block` breaks what
is too long at its conjunctions, alternatives and binders. A subclass supplies the words.

No printer changes what a formula says, with one exception: messages are compared as wholes in
this language, so `settle` first turns such comparisons into questions about kinds and fields.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Final, Self

from popcorn_checker.export.layout import WIDTH, hang, indent
from popcorn_checker.export.names import Bound, ExportError
from popcorn_model.language import expr as e
from popcorn_model.language.simplify import fold
from popcorn_model.language.walk import rebuild

LOOSE: Final = 0
OR: Final = 1
AND: Final = 2
NOT: Final = 3
COMPARE: Final = 4
SUM: Final = 5
TIGHT: Final = 6

Phrase = tuple[str, int]


def settle(node: e.Expr) -> e.Expr:
    """The same formula, in which only items and variables are asked for a kind or a field."""
    made = rebuild(node, settle)
    match made:
        case e.Matches(sort, e.Ite(_, test, then, other), kind, fields):
            sides = (settle(e.Matches(sort, x, kind, fields)) for x in (then, other))
            return e.Ite(sort, test, *sides)
        case e.Field(sort, e.Ite(_, test, then, other), kind, name):
            fields_of = (settle(e.Field(sort, x, kind, name)) for x in (then, other))
            return e.Ite(sort, test, *fields_of)
        case e.Field(sort, e.Make(_, other_kind, _), kind, _) if other_kind is not kind:
            return e.Const(sort, False if sort is e.TRUTH else 0)
        case e.Equal(sort, e.Ite(inner, test, then, other), right) if is_message(inner):
            return e.Ite(sort, test, *(settle(e.Equal(sort, x, right)) for x in (then, other)))
        case e.Equal(sort, left, e.Ite(inner, test, then, other)) if is_message(inner):
            return e.Ite(sort, test, *(settle(e.Equal(sort, left, x)) for x in (then, other)))
        case e.Matches() | e.Field():
            return fold(made)
        case e.Equal(_, left, right) if isinstance(left, e.Make) or isinstance(right, e.Make):
            return fold(made)
    return made


def is_message(sort: e.SortInfo) -> bool:
    """Whether values of the sort are messages."""
    return sort.kind is e.SortKind.MESSAGE


class Printer(ABC):
    """Prints expressions at one place of the text."""

    conjunction: ClassVar[str]
    alternative: ClassVar[str]
    implication: ClassVar[str]
    negation: ClassVar[str]
    unequal: ClassVar[str]

    def __init__(self, bound: Bound) -> None:
        """``bound`` says what the variables visible here are called."""
        self.bound = bound

    @abstractmethod
    def at(self, bound: Bound) -> Self:
        """A printer for another place of the same text."""

    # --- words of the language ------------------------------------------------------------

    @abstractmethod
    def constant(self, sort: e.SortInfo, value: int | bool | None) -> str:
        """A literal."""

    @abstractmethod
    def words(self, node: e.Expr) -> Phrase:
        """Cells, queues, messages and binders: what the languages say differently."""

    @abstractmethod
    def matching(self, node: e.Matches) -> list[tuple[str, str]]:
        """What must be equal for a message to be of a kind and have certain fields."""

    @abstractmethod
    def choice(self, node: e.Ite) -> str:
        """A conditional expression on one line."""

    @abstractmethod
    def choice_block(self, node: e.Ite, width: int) -> list[str]:
        """A conditional expression on several lines."""

    @abstractmethod
    def quantified(self, node: e.Quantified) -> tuple[str, Self, str]:
        """What stands before a quantifier's body, the printer for the body, what follows it."""

    # --- one line -------------------------------------------------------------------------

    def flat(self, node: e.Expr, level: int = LOOSE) -> str:
        """The expression on one line, in brackets if it binds less tightly than ``level``.

        Raises: ExportError when the expression has no form in the language.
        """
        text, own = self.phrase(node)
        return text if own >= level else f"({text})"

    def phrase(self, node: e.Expr) -> Phrase:
        """The expression and how tightly it binds (a dispatch over the common nodes)."""
        match node:
            case e.Const(sort, value):
                negative = isinstance(value, int) and value < 0
                return self.constant(sort, value), SUM if negative else TIGHT
            case e.Var():
                return self.bound[node], TIGHT
            case e.Equal(_, left, right):
                return f"{self.flat(left, SUM)} = {self.flat(right, SUM)}", COMPARE
            case e.Less(_, e.Const() as left, right, strict):
                sign = ">" if strict else ">="
                return f"{self.flat(right, SUM)} {sign} {self.flat(left, SUM)}", COMPARE
            case e.Less(_, left, right, strict):
                sign = "<" if strict else "<="
                return f"{self.flat(left, SUM)} {sign} {self.flat(right, SUM)}", COMPARE
            case e.Matches():
                parts = [f"{left} = {right}" for left, right in self.matching(node)]
                return f" {self.conjunction} ".join(parts), AND if len(parts) > 1 else COMPARE
            case e.Plus(_, args):
                return self.sum(args)
            case e.Not(_, arg):
                return self.negated(arg)
            case e.And(_, args):
                return self.joined(args, self.conjunction, AND)
            case e.Or():
                premise, goals = implication(node)
                if premise is not None:
                    sides = self.flat(premise, NOT), self.flat(goals, NOT)
                    return f" {self.implication} ".join(sides), OR
                return self.joined(node.args, self.alternative, OR)
            case e.Ite():
                return self.choice(node), LOOSE
            case e.Quantified():
                before, inner, after = self.quantified(node)
                level = TIGHT if after else LOOSE
                return f"{before} {inner.flat(node.body)} {after}".rstrip(), level
            case e.Choice():
                raise ExportError(f"switch {node.switch.name} is open: configure the model first")
        return self.words(node)

    def joined(self, args: tuple[e.Expr, ...], sign: str, level: int) -> Phrase:
        """A conjunction or a disjunction on one line."""
        if not args:
            return self.constant(e.TRUTH, level == AND), TIGHT
        if len(args) == 1:
            return self.phrase(args[0])
        return f" {sign} ".join(self.flat(x, operand_level(level)) for x in args), level

    def sum(self, args: tuple[e.Expr, ...]) -> Phrase:
        """A sum; negative constants are subtracted."""
        text = ""
        for arg in args:
            value = arg.value if isinstance(arg, e.Const) else 0
            if text and isinstance(value, int) and value < 0:
                text += f" - {-value}"
            else:
                text += (" + " if text else "") + self.flat(arg, TIGHT if text else SUM)
        return text, SUM

    def negated(self, arg: e.Expr) -> Phrase:
        """A negation; negated comparisons are turned round."""
        match arg:
            case e.Equal(_, left, right):
                return f"{self.flat(left, SUM)} {self.unequal} {self.flat(right, SUM)}", COMPARE
            case e.Less(_, left, right, strict) if not isinstance(left, e.Const):
                return self.phrase(e.Less(e.TRUTH, right, left, strict=not strict))
            case e.Matches():
                parts = self.matching(arg)
                if len(parts) == 1:
                    return f"{parts[0][0]} {self.unequal} {parts[0][1]}", COMPARE
        return f"{self.negation}{self.flat(arg, TIGHT)}", NOT

    # --- several lines --------------------------------------------------------------------

    def block(self, node: e.Expr, width: int = WIDTH, level: int = LOOSE) -> list[str]:
        """The expression on as many lines as it needs to stay within ``width``, if it can."""
        line = self.flat(node, level)
        if len(line) <= width:
            return [line]
        lines, own = self.broken(node, width - 2)
        return lines if own >= level else hang("(", lines, ")")

    def broken(self, node: e.Expr, width: int) -> tuple[list[str], int]:
        """The expression broken at its outermost operator, and how tightly it binds."""
        match node:
            case e.And(_, args) if len(args) > 1:
                return self.stacked([self.block(x, width - 3, AND) for x in args], AND), AND
            case e.Matches() if len(parts := self.matching(node)) > 1:
                return self.stacked([[f"{a} = {b}"] for a, b in parts], AND), AND
            case e.Or(_, args) if len(args) > 1:
                premise, goals = implication(node)
                if premise is None:
                    return self.stacked([self.block(x, width - 3, NOT) for x in args], OR), OR
                right = self.block(goals, width - 3, NOT)
                return [*self.block(premise, width, NOT), *hang(f"{self.implication} ", right)], OR
            case e.Not(_, e.Quantified() | e.And() | e.Or() as arg):
                return hang(self.negation, self.block(arg, width, TIGHT)), NOT
            case e.Ite():
                return self.choice_block(node, width), LOOSE
            case e.Quantified():
                before, inner, after = self.quantified(node)
                lines = [before, *indent(inner.block(node.body, width))]
                return [*lines, after] if after else lines, TIGHT if after else LOOSE
        text, own = self.phrase(node)
        return [text], own

    def stacked(self, operands: list[list[str]], level: int) -> list[str]:
        """Operands below each other, each after the first with the operator before it."""
        sign = self.conjunction if level == AND else self.alternative
        lines: list[str] = []
        for number, operand in enumerate(operands):
            lines += hang(f"{sign} " if number else " " * (len(sign) + 1), operand)
        return lines


def operand_level(level: int) -> int:
    """How tightly an operand must bind: alternatives never stand bare in a conjunction."""
    return AND if level == AND else NOT


def implication(node: e.Or) -> tuple[e.Expr | None, e.Expr]:
    """A disjunction as premise and goal, where it reads like one; else no premise."""
    if len(node.args) > 1 and isinstance(node.args[0], e.Not):
        premise, rest = node.args[0].arg, node.args[1:]
        if not isinstance(premise, e.Equal):
            return premise, rest[0] if len(rest) == 1 else e.Or(e.TRUTH, rest)
    return None, node
