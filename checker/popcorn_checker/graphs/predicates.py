"""Predicates that a user types: names of properties, and small formulas over the cells of a state.

    one_writer
    not one_writer and hold[p0,k1] = owned
    some j, k in Kernel: j != k and hold[p0,j] = owned and hold[p0,k] = owned
    inbox[k0] holds revoke or length(inbox[k1]) > 2

Cells and values are written as traces show them. An `always` stands for the states in which all
its instances hold, a `sometimes` for those in which one does. ``and`` binds stronger than ``or``,
and a quantifier reaches as far as it can. What comes out is an expression of the model language
without free variables, which every engine can evaluate.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from popcorn_checker.errors import UsageError
from popcorn_checker.graphs.cells import Family, families_of
from popcorn_checker.scopes import Scope
from popcorn_model.language import Model, Mood, Property
from popcorn_model.language import expr as e
from popcorn_model.language.simplify import conjoin, disjoin, negate

_TOKEN: Final = re.compile(r"\s*(?:([A-Za-z_]\w*)|(\d+)|(!=|==|<=|>=|[=<>\[\](),:~&|]))")
_WORDS: Final = ("and", "or", "not", "some", "every", "in", "holds", "length")
_SPELLINGS: Final = {"&": "and", "|": "or", "~": "not", "==": "="}
_ALIASES: Final = {"yes": "true", "no": "false", "none": "nothing"}  # as traces in text say it
_COMPARISONS: Final = ("=", "!=", "<", "<=", ">", ">=")
_END: Final = "the end"


@dataclass(frozen=True)
class _Token:
    text: str
    at: int


@dataclass(frozen=True)
class _Operand:
    """One side of a comparison; a value that only the other side's sort can read has no term."""

    token: _Token
    term: e.Expr | None = None
    queue: e.QueueRef | None = None


def parse_predicate(text: str, model: Model, scope: Scope) -> e.Expr:
    """The formula that a text means for a model at a scope.

    Raises: UsageError that says where in the text, what is wrong and what would be legal.
    """
    return _Parser(text, model, scope).whole()


def formula_of(prop: Property) -> e.Expr:
    """What a property says of one state: all its instances of an `always`, some of another."""
    formula = prop.body
    for var in reversed(prop.params):
        formula = e.Quantified(e.TRUTH, prop.mood is Mood.ALWAYS, var, formula)
    return formula


class _Parser:
    """Reads one text by recursive descent; each method reads what it is named for."""

    def __init__(self, text: str, model: Model, scope: Scope) -> None:
        self.text = text
        self.model = model
        self.scope = scope
        self.families = {f.name: f for f in families_of(model)}
        ends = (model.ends,) if model.ends is not None else ()
        self.properties = {p.name: p for p in (*model.properties, *ends)}
        self.bound: dict[str, e.Var] = {}
        self.tokens = self._tokens()
        self.place = 0

    # --- tokens -----------------------------------------------------------------------------

    def _tokens(self) -> list[_Token]:
        found, at = [], 0
        while self.text[at:].strip():
            match = _TOKEN.match(self.text, at)
            if match is None:
                start = at + len(self.text[at:]) - len(self.text[at:].lstrip())
                raise self._error(_Token(self.text[start], start), "is no part of a predicate")
            found.append(_Token(match[0].strip(), match.end() - len(match[0].strip())))
            at = match.end()
        return [*found, _Token(_END, len(self.text))]

    @property
    def next(self) -> str:
        """The next token, in its one spelling."""
        text = self.tokens[self.place].text
        return _SPELLINGS.get(text, text)

    def take(self) -> _Token:
        """The next token, which is now read."""
        token = self.tokens[self.place]
        self.place += 1
        return token

    def skip(self, text: str) -> bool:
        """Whether the next token is this one, which is then read."""
        if self.next != text:
            return False
        self.place += 1
        return True

    def need(self, text: str, why: str) -> None:
        """Read this token. Raises: UsageError when another stands here."""
        if not self.skip(text):
            raise self._error(self.tokens[self.place], f"stands where {text!r} must: {why}")

    def name(self, what: str) -> _Token:
        """Read a name. Raises: UsageError when none stands here."""
        token = self.tokens[self.place]
        if not token.text.isidentifier() or self.next in _WORDS:
            raise self._error(token, f"stands where {what} must")
        return self.take()

    def _error(self, token: _Token, text: str) -> UsageError:
        named = _END if token.text == _END else repr(token.text)
        where = f"at character {token.at + 1} of the predicate {self.text!r}"
        return UsageError(f"{where}: {named} {text}")

    def _unknown(self, token: _Token, text: str, legal: Iterable[str]) -> UsageError:
        known = list(legal)
        near = difflib.get_close_matches(token.text, known, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        return self._error(token, f"{text}{hint} (legal are {', '.join(known) or 'none'})")

    # --- formulas ---------------------------------------------------------------------------

    def whole(self) -> e.Expr:
        """The whole text."""
        formula = self.disjunction()
        if self.next != _END:
            raise self._error(self.tokens[self.place], "stands where the predicate could end")
        return formula

    def disjunction(self) -> e.Expr:
        """Parts joined by ``or``."""
        parts = [self.conjunction()]
        while self.skip("or"):
            parts.append(self.conjunction())
        return disjoin(tuple(parts))

    def conjunction(self) -> e.Expr:
        """Parts joined by ``and``."""
        parts = [self.literal()]
        while self.skip("and"):
            parts.append(self.literal())
        return conjoin(tuple(parts))

    def literal(self) -> e.Expr:
        """A part, perhaps negated, quantified or in brackets."""
        if self.skip("not"):
            return negate(self.literal())
        if self.next in ("some", "every"):
            return self.quantified(self.take().text == "every")
        if self.skip("("):
            formula = self.disjunction()
            self.need(")", "a bracket was opened before")
            return formula
        return self.comparison()

    def quantified(self, universal: bool) -> e.Expr:
        """``j, k in Sort: formula``, after its ``some`` or ``every``."""
        names = [self.name("a name for a member")]
        while self.skip(","):
            names.append(self.name("a name for a member"))
        self.need("in", "write some k in Kernel: ...")
        sort = self.sort()
        self.need(":", "what is claimed of the members comes after a colon")
        outer = dict(self.bound)
        made = [e.Var(sort, token.text, len(outer) + n) for n, token in enumerate(names, start=1)]
        self.bound |= {var.name: var for var in made}
        formula = self.disjunction()
        self.bound = outer
        for var in reversed(made):
            formula = e.Quantified(e.TRUTH, universal, var, formula)
        return formula

    def sort(self) -> e.SortInfo:
        """A sort by its name."""
        token = self.name("a sort")
        known = {s.name: s for s in _sorts(self.model)}
        if token.text not in known:
            raise self._unknown(token, "is no sort", known)
        return known[token.text]

    def comparison(self) -> e.Expr:
        """A property, a truth, or two operands with a comparison between them."""
        prop = self.properties.get(self.next)
        if prop is not None and self.next not in self.families and self.next not in self.bound:
            token = self.take()
            if prop.mood is Mood.EVENTUALLY:
                raise self._error(token, "speaks of runs, not of states, since it is an eventually")
            return formula_of(prop)
        left = self.operand()
        if left.queue is not None:
            return self.about_queue(left.token, left.queue)
        if self.next not in _COMPARISONS:
            return self._truth(left)
        sign = self.take()
        right = self.operand()
        if right.queue is not None:
            raise self._error(right.token, "is a queue; it stands on the left, before = empty, "
                              "!= empty or holds")  # fmt: skip
        return self._compared(sign, left, right)

    def about_queue(self, token: _Token, ref: e.QueueRef) -> e.Expr:
        """``= empty``, ``!= empty`` or ``holds`` a kind of message or a value, after a queue."""
        if self.next in ("=", "!="):
            is_empty = self.next == "="
            self.take()
            self.need("empty", "a queue is compared with nothing else")
            empty = e.Equal(e.TRUTH, e.Length(e.NATURAL, ref), e.Const(e.NATURAL, 0))
            return empty if is_empty else negate(empty)
        if not self.skip("holds"):
            raise self._error(token, "is a queue: ask = empty, != empty, holds ..., or length(...)")
        item = e.Var(ref.queue.sort, "item", len(self.bound) + 1)
        fits: e.Expr
        if ref.queue.sort.kind is e.SortKind.MESSAGE:
            kind = self.name("a kind of message")
            kinds = {k.name: k for k in ref.queue.sort.kinds}
            if kind.text not in kinds:
                raise self._unknown(kind, "is no kind of message of this queue", kinds)
            fits = e.Matches(e.TRUTH, item, kinds[kind.text], ())
        else:
            fits = e.Equal(e.TRUTH, item, self._typed(self.operand(), ref.queue.sort))
        tally = e.Tally(e.NATURAL, ref, item, fits)
        return e.Less(e.TRUTH, e.Const(e.NATURAL, 0), tally, strict=True)

    # --- operands ---------------------------------------------------------------------------

    def operand(self) -> _Operand:
        """A cell, the length of a queue, a member's name, or a value yet to be understood."""
        token = self.tokens[self.place]
        if self.skip("length"):
            self.need("(", "write length(queue)")
            inner = self.operand()
            if inner.queue is None:
                raise self._unknown(inner.token, "is no queue", (q.name for q in self.model.queues))
            self.need(")", "write length(queue)")
            return _Operand(token, e.Length(e.NATURAL, inner.queue))
        if token.text.isdecimal():
            return _Operand(self.take())
        self.name("a cell, a value or a property")
        if token.text in self.bound:
            return _Operand(token, self.bound[token.text])
        family = self.families.get(token.text)
        if family is not None and (self.next == "[" or not family.index):
            return self._cell(token, family)
        if self.next == "[" or family is not None:
            if family is None:
                raise self._no_cell(token)
            wanted = ",".join(s.name for s in family.index)
            raise self._error(token, f"needs its index: {token.text}[{wanted}]")
        return _Operand(token)

    def _cell(self, token: _Token, family: Family) -> _Operand:
        index: list[e.Expr] = []
        if family.index:
            self.need("[", "an index follows")
            for number, sort in enumerate(family.index):
                if number:
                    self.need(",", f"{family.name} has {len(family.index)} indices")
                index.append(self._typed(self.operand(), sort))
            self.need("]", f"{family.name} has no more than {len(family.index)} indices")
        if isinstance(family, e.QueueInfo):
            return _Operand(token, queue=e.QueueRef(family, tuple(index)))
        return _Operand(token, e.Read(family.sort, family, tuple(index)))

    def _no_cell(self, token: _Token) -> UsageError:
        text = "is no cell of this model; what nothing writes in this configuration is none either"
        return self._unknown(token, text, self.families)

    def _truth(self, operand: _Operand) -> e.Expr:
        if operand.term is not None and operand.term.sort is e.TRUTH:
            return operand.term
        if operand.term is None and operand.token.text in ("true", "false"):
            return e.Const(e.TRUTH, operand.token.text == "true")
        if operand.term is None:
            known = (*self.properties, *self.families)
            raise self._unknown(operand.token, "is neither a property nor a cell", known)
        shown = " ".join(self._values(operand.term.sort))
        raise self._error(
            operand.token, f"is a {operand.term.sort.name} and no truth; compare it with = "
            f"({shown or 'a number'})"
        )  # fmt: skip

    def _compared(self, sign: _Token, left: _Operand, right: _Operand) -> e.Expr:
        known = left.term if left.term is not None else right.term
        if known is None:
            known_cells = (*self.families, *self.bound)
            raise self._unknown(left.token, "is no cell, nor is what follows", known_cells)
        sort = known.sort
        if left.term is not None and right.term is not None and _is_maybe(right.term, sort):
            sort = right.term.sort
        one, two = self._typed(left, sort), self._typed(right, sort)
        if sign.text in ("=", "==", "!="):
            same = e.Equal(e.TRUTH, one, two)
            return negate(same) if sign.text == "!=" else same
        if sort.kind is not e.SortKind.NUMBER:
            raise self._error(sign, f"compares numbers, and {left.token.text} is a {sort.name}")
        if sign.text in (">", ">="):
            one, two = two, one
        return e.Less(e.TRUTH, one, two, strict=sign.text in ("<", ">"))

    def _typed(self, operand: _Operand, sort: e.SortInfo) -> e.Expr:
        """An operand as a value of a sort. Raises: UsageError when it is none."""
        term = operand.term
        if term is None:
            return self._literal(operand, sort)
        numbers = (term.sort.kind, sort.kind) == (e.SortKind.NUMBER, e.SortKind.NUMBER)
        if term.sort is sort or numbers:
            return term
        if _is_maybe_of(sort, term.sort):
            return e.Some(sort, term)
        raise self._error(operand.token, f"is a {term.sort.name} where a {sort.name} is needed")

    def _literal(self, operand: _Operand, sort: e.SortInfo) -> e.Expr:
        token = operand.token
        if operand.queue is not None:
            raise self._error(token, f"is a queue where a {sort.name} is needed")
        if sort.kind is e.SortKind.NUMBER:
            if not token.text.isdecimal():
                raise self._error(token, f"is no number, and a {sort.name} is needed")
            return e.Const(sort, int(token.text))
        if sort.of is not None and token.text.isdecimal():
            return e.Some(sort, self._literal(operand, sort.of))
        values = self._values(sort)
        if token.text not in values and _ALIASES.get(token.text) in values:
            return e.Const(sort, values[_ALIASES[token.text]])
        if token.text not in values:
            text = f"is no {sort.name}"
            if token.text in self.families:
                text += "; a cell needs its index"
            raise self._unknown(token, text, values)
        return e.Const(sort, values[token.text])

    def _values(self, sort: e.SortInfo) -> Mapping[str, int | bool | None]:
        """The values of a sort by the names that traces show; none for numbers."""
        match sort.kind:
            case e.SortKind.TRUTH:
                return {"false": False, "true": True}
            case e.SortKind.MAYBE:
                assert sort.of is not None
                return {"nothing": None, **self._values(sort.of)}
            case e.SortKind.MEMBERS | e.SortKind.LABELS:
                return {name: n for n, name in enumerate(self.scope.members(sort))}
        return {}


def _is_maybe_of(sort: e.SortInfo, member: e.SortInfo) -> bool:
    return sort.kind is e.SortKind.MAYBE and sort.of is member


def _is_maybe(term: e.Expr, sort: e.SortInfo) -> bool:
    return _is_maybe_of(term.sort, sort)


def _sorts(model: Model) -> tuple[e.SortInfo, ...]:
    """The sorts over which a user can quantify: of members and of labels."""
    families = families_of(model)
    named = [s for f in families for s in (*f.index, f.sort, f.sort.of) if s is not None]
    kinds = (e.SortKind.MEMBERS, e.SortKind.LABELS)
    return tuple(s for s in dict.fromkeys(named) if s.kind in kinds)
