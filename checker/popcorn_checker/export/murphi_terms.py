"""Murphi's words for a model's declarations and expressions.

Members and numbers are ranges from 0, *nothing* is -1 below the range that it stands beside, and
labels are enumerations unless something wraps them. A queue is a length and slots; a slot without
an item holds what ``clear`` puts there: a message of no kind, *nothing*, or the first value of its
sort, as the language has it. Counting needs a loop, and
Murphi has loops in functions only, so each count of the model becomes a function.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from popcorn_checker.export.formulas import COMPARE, LOOSE, NOT, SUM, TIGHT, Phrase, Printer
from popcorn_checker.export.layout import comment, hang, indent
from popcorn_checker.export.names import Bound, ExportError, Names
from popcorn_checker.export.target import Target
from popcorn_checker.export.vocabulary import Vocabulary
from popcorn_checker.scopes import size_name
from popcorn_model.language import expr as e
from popcorn_model.language import prose
from popcorn_model.language.simplify import conjoin
from popcorn_model.language.walk import free_variables

RESERVED: Final = """
alias array assert assume begin boolean by case clear const cover do else elsif end endalias
endexists endfor endforall endfunction endif endprocedure endrecord endrule endruleset
endstartstate endswitch endwhile enum error exists external false for forall from function if
import in interleaved invariant ismember isundefined liveness module multiset multisetadd
multisetcount multisetremove multisetremovepred none normal of print procedure process
program put real record return rule ruleset scalarset smallscalarset startstate switch
symmetry then to traceuntil true type undefine union var while nothing
"""

NO_MESSAGE: Final = "no_message"
CALLED: Final = "@called@"  # stands for a function's name until its body is known
POSITION: Final = e.Var(e.NATURAL, "i", -1)


class Murphi(Target):
    """The declared names of one Murphi text, and the functions that its formulas need."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Choose all names. Cost: one walk over the declarations."""
        super().__init__(vocabulary, Names(RESERVED, any_case=True))
        self.fields: dict[tuple[e.MessageKind, str], str] = {}
        self.functions: list[list[str]] = []
        self._counts: dict[e.Expr, str] = {}
        self._choose_names()

    def _choose_names(self) -> None:
        names, vocabulary, model = self.names, self.vocabulary, self.vocabulary.model
        names.add(NO_MESSAGE, NO_MESSAGE)
        for family in self.families:
            names.add(family, family.name)
        for sort in vocabulary.sorts:
            if sort is not e.TRUTH:
                names.add(sort, sort.name)
        for sort in vocabulary.of_kind(e.SortKind.LABELS):
            owners = (((sort, n), label) for n, label in enumerate(sort.labels))
            names.add_all(owners, sort.name)
        for sort in vocabulary.of_kind(e.SortKind.MESSAGE):
            names.add_all(((kind, kind.name) for kind in sort.kinds), sort.name)
            self._choose_fields(sort)
        for (sort, position), name in vocabulary.named.items():
            names.add((sort, position, "named"), name)
        for entry in self.entries():
            names.add(entry, entry.upper())
        for family in self.families:
            names.add(("map", family), f"{names[family]}_map")
        for queue in model.queues:
            for word in ("queue", "send", "take"):
                name = f"{names[queue]}_queue" if word == "queue" else f"{word}_{names[queue]}"
                names.add((word, queue), name)
        for kind in vocabulary.made:
            names.add(("make", kind), f"make_{kind.name}")

    def _choose_fields(self, sort: e.SortInfo) -> None:
        """Fields of one name and sort share their place in the record of all kinds."""
        names = Names(f"{RESERVED} kind", any_case=True)
        words = Names(f"{RESERVED} kind", any_case=True)
        for kind in sort.kinds:
            for name, inner in kind.fields:
                wanted = name if words.is_free(name) else f"{name}_field"
                wanted = wanted if names.is_free(wanted) else f"{kind.name}_{name}"
                self.fields[kind, name] = names.add((name, inner), wanted)

    def entries(self) -> dict[str, str]:
        """The scope entries that become constants, with a remark on each."""
        model, vocabulary = self.vocabulary.model, self.vocabulary
        found: dict[str, str] = {}
        for sort in vocabulary.of_kind(e.SortKind.MEMBERS):
            found[size_name(sort)] = f"members of {sort.name}"
        for sort in vocabulary.of_kind(e.SortKind.NUMBER):
            found[size_name(sort)] = f"the largest {sort.name}"
        for queue in model.queues:
            found.setdefault(queue.slots, f"items that {queue.name} can hold")
        for budget in model.budgets:
            found.setdefault(budget.name, budget.doc or f"units of {budget.name}")
        return found

    # --- types ----------------------------------------------------------------------------

    def type_of(self, sort: e.SortInfo) -> str:
        """The type of a sort's values."""
        return "boolean" if sort is e.TRUTH else self.names[sort]

    def largest(self, sort: e.SortInfo) -> str:
        """The largest value of a sort that is a range."""
        match sort.kind:
            case e.SortKind.MEMBERS:
                return f"{self.names[size_name(sort)]} - 1"
            case e.SortKind.NUMBER:
                return self.names[size_name(sort)]
        return str(self.scope.size(sort) - 1)

    def how_many(self, sort: e.SortInfo) -> str:
        """The number of a sort's values."""
        if sort.kind is e.SortKind.MEMBERS:
            return self.names[size_name(sort)]
        return str(self.scope.size(sort))

    def positions(self, queue: e.QueueInfo) -> str:
        """The range of a queue's slots; there is one even if the scope allows no item."""
        most = f"{self.names[queue.slots]} - 1" if self.scope.entries[queue.slots] else "0"
        return f"0 .. {most}"

    def array_of(self, index: Iterable[e.SortInfo], inner: str) -> str:
        """A type behind the arrays over some sorts."""
        return "".join(f"array [{self.type_of(s)}] of " for s in index) + inner

    def whole_type(self, family: e.StateInfo | e.QueueInfo | e.BudgetInfo) -> str:
        """The type of all cells of a family together."""
        match family:
            case e.StateInfo():
                inner = self.type_of(family.sort)
            case e.QueueInfo():
                inner = self.names["queue", family]
            case e.BudgetInfo():
                inner = f"0 .. {self.names[family.name]}"
        return self.array_of(family.index, inner)

    def loops(self, variables: Iterable[tuple[str, e.Var]], body: list[str]) -> list[str]:
        """Statements for every choice of members for some variables."""
        for name, var in reversed(list(variables)):
            body = [f"for {name}: {self.type_of(var.sort)} do", *indent(body), "end;"]
        return body

    # --- counting -------------------------------------------------------------------------

    def count(self, node: e.Count | e.Tally, bound: Bound) -> str:
        """A call of the function that counts for this node; its free variables are arguments."""
        free = sorted(free_variables(node), key=lambda v: (v.level, v.name))
        if node not in self._counts:
            function = self._counting(node, free)
            self._counts[node] = self.names.add(node, f"count_{len(self._counts) + 1}")
            self.functions.append([line.replace(CALLED, self.names[node]) for line in function])
        return f"{self._counts[node]}({', '.join(bound[v] for v in free)})"

    def _counting(self, node: e.Count | e.Tally, free: list[e.Var]) -> list[str]:
        params, bound = Bound(self.names).bind_all(free)
        found, bound = bound.reserve("found")
        if isinstance(node, e.Count):
            name, inner = bound.bind(node.var)
            loop = f"for {name}: {self.type_of(node.var.sort)} do"
            test = Terms(self, inner).block(node.body)
            most = self.how_many(node.var.sort)
        else:
            position, each, terms = Terms(self, bound).item(node)
            loop = f"for {position}: {self.positions(node.ref.queue)} do"
            test = terms.block(each)
            most = self.names[node.ref.queue.slots]
        given = "; ".join(f"{name}: {self.type_of(var.sort)}" for name, var in params)
        return [
            *comment("--", f"The {prose.expression(node)}."),
            f"function {CALLED}({given}): 0 .. {most};",
            "var",
            f"  {found}: 0 .. {most};",
            "begin",
            f"  {found} := 0;",
            f"  {loop}",
            *indent(hang("if ", test, " then"), 4),
            f"      {found} := {found} + 1;",
            "    end;",
            "  end;",
            f"  return {found};",
            "end;",
        ]


class Terms(Printer):
    """Prints expressions in Murphi."""

    conjunction = "&"
    alternative = "|"
    implication = "->"
    negation = "!"
    unequal = "!="

    def __init__(self, text: Murphi, bound: Bound) -> None:
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
                return "true" if value else "false"
            case e.SortKind.LABELS:
                return self.text.names[sort, value]
            case e.SortKind.MEMBERS:
                return self.text.names[sort, value, "named"]
            case e.SortKind.MAYBE if value is None:
                return "nothing"
            case e.SortKind.MAYBE:
                assert sort.of is not None
                return str(int(value or 0)) if sort.of is e.TRUTH else self.constant(sort.of, value)
        return str(value)

    def phrase(self, node: e.Expr) -> Phrase:
        """The expression and how tightly it binds; *some item satisfies* is an ``exists``."""
        match node:
            case e.Not(_, e.Less(_, e.Const(_, 0), e.Length(_, ref), True)):
                return f"{self.queue(ref)}.length = 0", COMPARE
            case e.Less(_, e.Const(_, 0), e.Tally() as tally, True):
                position, each, inner = self.item(tally)
                slots = self.text.positions(tally.ref.queue)
                return f"exists {position}: {slots} do {inner.flat(each)} endexists", TIGHT
        return super().phrase(node)

    def words(self, node: e.Expr) -> Phrase:
        """Cells, queues and messages (a dispatch)."""
        match node:
            case e.Named(sort, _, position):
                return self.text.names[sort, position, "named"], TIGHT
            case e.Read(_, state, index):
                return self.cell(self.text.names[state], index), TIGHT
            case e.Some(_, member) if member.sort is e.TRUTH:
                return f"{self.flat(member, NOT)} ? 1 : 0", LOOSE
            case e.Some(_, member):
                return self.phrase(member)
            case e.Length(_, ref):
                return f"{self.queue(ref)}.length", TIGHT
            case e.Item(_, ref, position):
                if position > max(0, self.text.scope.entries[ref.queue.slots] - 1):
                    raise ExportError(f"item {position} of {ref.queue.name} is beyond its slots")
                return f"{self.queue(ref)}.slot[{position}]", TIGHT
            case e.Count() | e.Tally():
                return self.text.count(node, self.bound), TIGHT
            case e.Make(_, kind, args):
                given = ", ".join(self.flat(x) for x in args)
                return f"{self.text.names['make', kind]}({given})", TIGHT
            case e.Field(_, message, kind, name):
                return f"{self.flat(message, TIGHT)}.{self.text.fields[kind, name]}", TIGHT
        raise AssertionError(f"unknown node {node!r}")

    def matching(self, node: e.Matches) -> list[tuple[str, str]]:
        """A message's kind and fields, each compared."""
        item, kind = self.flat(node.message, TIGHT), node.kind
        pairs = [(f"{item}.kind", self.text.names[kind])]
        for name, value in node.fields:
            pairs.append((f"{item}.{self.text.fields[kind, name]}", self.flat(value, SUM)))
        return pairs

    def cell(self, name: str, index: tuple[e.Expr, ...]) -> str:
        """One cell of an array of arrays."""
        return name + "".join(f"[{self.flat(x)}]" for x in index)

    def queue(self, ref: e.QueueRef) -> str:
        """One queue."""
        return self.cell(self.text.names[ref.queue], ref.index)

    def item(self, node: e.Tally) -> tuple[str, e.Expr, Terms]:
        """A name for a position in the queue, the test of the item there, a printer for it."""
        position, inner = self.bound.bind(POSITION)
        slot = f"{self.queue(node.ref)}.slot[{position}]"
        there = e.Less(e.TRUTH, POSITION, e.Length(e.NATURAL, node.ref), strict=True)
        return position, conjoin((there, node.body)), self.at(inner.set(node.var, slot))

    def choice(self, node: e.Ite) -> str:
        """A conditional expression on one line."""
        return " ".join(
            (self.flat(node.test, NOT), "?", self.flat(node.then, NOT), ":",
             self.flat(node.other, NOT))
        )  # fmt: skip

    def choice_block(self, node: e.Ite, width: int) -> list[str]:
        """A conditional expression on three or more lines."""
        return [
            *self.block(node.test, width, NOT),
            *hang("? ", self.block(node.then, width - 2, NOT)),
            *hang(": ", self.block(node.other, width - 2, NOT)),
        ]

    def quantified(self, node: e.Quantified) -> tuple[str, Terms, str]:
        """A quantifier's head, the printer for its body, and its end."""
        name, inner = self.bound.bind(node.var)
        word = "forall" if node.universal else "exists"
        kind = self.text.type_of(node.var.sort)
        return f"{word} {name}: {kind} do", self.at(inner), f"end{word}"
