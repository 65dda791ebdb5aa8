r"""TLA+'s words for a model's declarations and expressions.

Sorts of members are constant sets of model values, labels and message kinds are strings, nothing
is a model value. A map of two indices is a function of pairs, a queue a sequence, a message a
record whose fields are its kind's. The oldest item of an empty queue is no message, and equal to
none: the model's formulas may ask for it.
"""

from __future__ import annotations

from typing import Final

from popcorn_checker.export.formulas import (
    COMPARE,
    LOOSE,
    OR,
    SUM,
    TIGHT,
    Phrase,
    Printer,
    is_message,
)
from popcorn_checker.export.layout import hang
from popcorn_checker.export.names import Bound, Names
from popcorn_checker.export.target import Target
from popcorn_checker.export.vocabulary import Vocabulary
from popcorn_model.language import expr as e

RESERVED: Final = """
ACTION ASSUME ASSUMPTION AXIOM BOOLEAN BY CASE CHOOSE CONSTANT CONSTANTS COROLLARY DEF DEFINE DEFS
DOMAIN ELSE ENABLED EXCEPT EXTENDS FALSE HAVE HIDE IF IN INSTANCE LAMBDA LEMMA LET LOCAL MODULE NEW
OBVIOUS OMITTED ONLY OTHER PICK PROOF PROPOSITION PROVE QED RECURSIVE STATE STRING SUBSET SUFFICES
TAKE TEMPORAL THEN THEOREM TRUE UNCHANGED UNION USE VARIABLE VARIABLES WITH WITNESS
Append Cardinality Head Int IsFiniteSet Len Nat SelectSeq Seq SubSeq Tail
FairSpec Fairness InScope Init Next NoMessage Nothing Spec TypeOK parts place queue vars
"""

POSITION: Final = e.Var(e.NATURAL, "n", -1)
HELPERS: Final = {
    "Oldest": (
        "The oldest message of a queue.",
        "Oldest(queue) == IF queue = <<>> THEN NoMessage ELSE Head(queue)",
    ),
    "MessageAt": (
        "The message at a place of a queue, from 1.",
        "MessageAt(queue, place) ==\n"
        "    IF place \\in DOMAIN queue THEN queue[place] ELSE NoMessage",
    ),
    "Front": (
        "The oldest value of a queue, or what stands for it in an empty one.",
        "Front(queue, absent) == IF queue = <<>> THEN absent ELSE Head(queue)",
    ),
    "ValueAt": (
        "The value at a place of a queue, from 1, or what stands for it in a shorter one.",
        "ValueAt(queue, place, absent) ==\n"
        "    IF place \\in DOMAIN queue THEN queue[place] ELSE absent",
    ),
    "Concat": (
        "All sequences of a sequence, one after the other.",
        "RECURSIVE Concat(_)\n"
        "Concat(parts) == IF parts = <<>> THEN <<>> ELSE Head(parts) \\o Concat(Tail(parts))",
    ),
}


class Tla(Target):
    """The declared names of one module."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Choose all names. Cost: one walk over the declarations."""
        super().__init__(vocabulary, Names(RESERVED))
        self.helpers: set[str] = set()
        self.ordered: dict[e.SortInfo, str] = {}
        self.tag = "kind"
        fields = {
            name for sort in vocabulary.of_kind(e.SortKind.MESSAGE)
            for kind in sort.kinds for name, _ in kind.fields
        }  # fmt: skip
        while self.tag in fields:
            self.tag += "_"
        self._choose_names()

    def _choose_names(self) -> None:
        names, model = self.names, self.model
        for helper in HELPERS:
            names.add(helper, helper)
        for family in self.families:
            names.add(family, family.name)
        for action in model.actions:
            names.add(action.name, action.name)
        for prop in model.properties:
            names.add(prop, prop.name)
        for sort in self.vocabulary.sorts:
            if sort is not e.TRUTH and sort.kind is not e.SortKind.MAYBE:
                names.add(sort, sort.name)
        for (sort, position), name in self.vocabulary.named.items():
            names.add((sort, position), name)
        for sort in self.vocabulary.of_kind(e.SortKind.NUMBER):
            names.add((sort, "max"), f"{sort.name}Max")
        for queue in model.queues:
            names.add(queue.slots, camel(queue.slots))
        for budget in model.budgets:
            names.add((budget, "units"), f"{camel(budget.name)}Budget")

    def set_of(self, sort: e.SortInfo) -> str:
        """The set of a sort's values."""
        if sort is e.TRUTH:
            return "BOOLEAN"
        if sort.of is not None:
            return f"({self.set_of(sort.of)} \\cup {{Nothing}})"
        return self.names[sort]

    def helper(self, name: str) -> str:
        """A helping operator, which will be defined because it is used."""
        self.helpers.add(name)
        return self.names[name]

    def order(self, sort: e.SortInfo) -> str:
        """The sequence of a sort's members, for sends in a loop; it will be declared."""
        if sort not in self.ordered:
            self.ordered[sort] = self.names.add((sort, "order"), f"{sort.name}Order")
        return self.ordered[sort]


def camel(name: str) -> str:
    """``ring_slots`` as ``RingSlots``."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


class Terms(Printer):
    """Prints expressions in TLA+."""

    conjunction = "/\\"
    alternative = "\\/"
    implication = "=>"
    negation = "~"
    unequal = "#"

    def __init__(self, text: Tla, bound: Bound) -> None:
        """``text`` has the names, ``bound`` those of the variables."""
        super().__init__(bound)
        self.text = text

    def at(self, bound: Bound) -> Terms:
        """A printer for another place of the same text."""
        return Terms(self.text, bound)

    def constant(self, sort: e.SortInfo, value: int | bool | None) -> str:
        """A literal."""
        match sort.kind:
            case e.SortKind.TRUTH:
                return "TRUE" if value else "FALSE"
            case e.SortKind.LABELS:
                return f'"{sort.labels[int(value or 0)]}"'
            case e.SortKind.MEMBERS:
                return self.text.names[sort, value]
            case e.SortKind.MAYBE if value is None:
                return "Nothing"
            case e.SortKind.MAYBE:
                assert sort.of is not None
                return self.constant(sort.of, value)
        return str(value)

    def phrase(self, node: e.Expr) -> Phrase:
        """The expression and how tightly it binds; comparisons of lengths with 0 are words."""
        match node:
            case e.Less(_, e.Const(_, 0), e.Length(_, ref), True):
                return f"{self.queue(ref)} # <<>>", COMPARE
            case e.Not(_, e.Less(_, e.Const(_, 0), e.Length(_, ref), True)):
                return f"{self.queue(ref)} = <<>>", COMPARE
            case e.Less(_, e.Const(_, 0), e.Tally() as tally, True):
                place, inner = self.item(tally)
                return f"\\E {place} : {inner.flat(tally.body)}", LOOSE
            case e.Equal(_, left, right) if left.sort is e.TRUTH:
                return f"{self.flat(left, SUM)} <=> {self.flat(right, SUM)}", OR
        return super().phrase(node)

    def words(self, node: e.Expr) -> Phrase:
        """Cells, queues and messages (a dispatch)."""
        match node:
            case e.Named(sort, _, position):
                return self.text.names[sort, position], TIGHT
            case e.Read(_, state, index):
                return self.cell(self.text.names[state], index), TIGHT
            case e.Some(_, member):
                return self.phrase(member)
            case e.Length(_, ref):
                return f"Len({self.queue(ref)})", TIGHT
            case e.Item(sort, ref, 0):
                if is_message(sort):
                    return f"{self.text.helper('Oldest')}({self.queue(ref)})", TIGHT
                absent = self.absent(sort)
                return f"{self.text.helper('Front')}({self.queue(ref)}, {absent})", TIGHT
            case e.Item(sort, ref, position):
                place = f"{self.queue(ref)}, {position + 1}"
                if is_message(sort):
                    return f"{self.text.helper('MessageAt')}({place})", TIGHT
                return f"{self.text.helper('ValueAt')}({place}, {self.absent(sort)})", TIGHT
            case e.Count(_, var, body):
                name, inner = self.bound.bind(var)
                members = f"{name} \\in {self.text.set_of(var.sort)}"
                return f"Cardinality({{{members} : {self.at(inner).flat(body)}}})", TIGHT
            case e.Tally(_, _, _, body):
                place, within = self.item(node)
                return f"Cardinality({{{place} : {within.flat(body)}}})", TIGHT
            case e.Make(_, kind, args):
                return self.record(kind, args), TIGHT
            case e.Field(_, message, _, name):
                return f"{self.flat(message, TIGHT)}.{name}", TIGHT
        raise AssertionError(f"unknown node {node!r}")

    def absent(self, sort: e.SortInfo) -> str:
        """What stands where a queue has no item: nothing, or its sort's first value."""
        return self.constant(sort, None if sort.kind is e.SortKind.MAYBE else 0)

    def matching(self, node: e.Matches) -> list[tuple[str, str]]:
        """A message compared as a whole, or its kind and some fields, each compared."""
        item, kind = self.flat(node.message, TIGHT), node.kind
        given = dict(node.fields)
        if len(given) == len(kind.fields) and _is_distinct(kind, node.message.sort):
            whole = self.record(kind, tuple(given[name] for name, _ in kind.fields))
            return [(item, whole)]
        pairs = [(f"{item}.{self.text.tag}", f'"{kind.name}"')]
        return pairs + [(f"{item}.{name}", self.flat(value, SUM)) for name, value in node.fields]

    def record(self, kind: e.MessageKind, args: tuple[e.Expr, ...]) -> str:
        """A message."""
        fields = [f'{self.text.tag} |-> "{kind.name}"']
        for (name, _), value in zip(kind.fields, args, strict=True):
            fields.append(f"{name} |-> {self.flat(value)}")
        return f"[{', '.join(fields)}]"

    def cell(self, name: str, index: tuple[e.Expr, ...]) -> str:
        """One cell of a function."""
        return f"{name}[{', '.join(self.flat(x) for x in index)}]" if index else name

    def queue(self, ref: e.QueueRef) -> str:
        """One queue."""
        return self.cell(self.text.names[ref.queue], ref.index)

    def item(self, node: e.Tally) -> tuple[str, Terms]:
        """``n \\in DOMAIN ring[k]``, and a printer for a test of the item there."""
        place, inner = self.bound.bind(POSITION)
        queue = self.queue(node.ref)
        return f"{place} \\in DOMAIN {queue}", self.at(inner.set(node.var, f"{queue}[{place}]"))

    def choice(self, node: e.Ite) -> str:
        """A conditional expression on one line."""
        test, then, other = (self.flat(x) for x in (node.test, node.then, node.other))
        return f"IF {test} THEN {then} ELSE {other}"

    def choice_block(self, node: e.Ite, width: int) -> list[str]:
        """A conditional expression on three or more lines."""
        return choose(
            self.block(node.test, width - 3),
            self.block(node.then, width - 5),
            self.block(node.other, width - 5),
        )

    def quantified(self, node: e.Quantified) -> tuple[str, Terms, str]:
        """A quantifier's head and the printer for its body; it ends where the body does."""
        name, inner = self.bound.bind(node.var)
        sign = "\\A" if node.universal else "\\E"
        return f"{sign} {name} \\in {self.text.set_of(node.var.sort)} :", self.at(inner), ""


def choose(test: list[str], then: list[str], other: list[str]) -> list[str]:
    """A conditional expression, on one line if that is short."""
    if len(test) == len(then) == len(other) == 1:
        line = f"IF {test[0]} THEN {then[0]} ELSE {other[0]}"
        if len(line) <= 72:
            return [line]
    return [*hang("IF ", test), *hang("THEN ", then), *hang("ELSE ", other)]


def _is_distinct(kind: e.MessageKind, sort: e.SortInfo) -> bool:
    """Whether TLC can compare the kind's records with all others of the sort.

    It refuses to compare a string with a number, say, which fields of one name may hold.
    """
    mine = dict(kind.fields)
    for other in sort.kinds:
        theirs = dict(other.fields)
        if theirs.keys() == mine.keys() and any(theirs[n] is not mine[n] for n in mine):
            return False
    return True
