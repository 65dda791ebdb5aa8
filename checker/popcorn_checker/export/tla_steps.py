r"""TLA+'s actions: what an action's guards and simultaneous updates become.

All reads are of unprimed variables, so updates are simultaneous as they stand. A variable is
changed with EXCEPT where each update names its cell; where loops choose the cells, the new
function is given cell by cell. Of a queue the pops come first, then all pushes in their order.
Where several updates of one step take room, or units of one budget, the conjunct that allows the
step is about the new value: the queue is not too long, the budget not below zero.
"""

from __future__ import annotations

from dataclasses import dataclass

from popcorn_checker.export.effects import Effects, Family, Leaf
from popcorn_checker.export.formulas import LOOSE, SUM, settle
from popcorn_checker.export.layout import WIDTH, comment, hang, indent
from popcorn_checker.export.names import Bound, cell_variables
from popcorn_checker.export.tla_terms import Terms, Tla, choose
from popcorn_model.language import Action
from popcorn_model.language import expr as e
from popcorn_model.language.simplify import conjoin
from popcorn_model.language.walk import free_variables

Block = list[str]


class ActionWriter:
    """Writes one action as an operator."""

    def __init__(self, text: Tla, action: Action) -> None:
        """``text`` has the names."""
        self.text = text
        self.action = action
        self.effects = Effects.of(action)
        self.params, bound = Bound(text.names).bind_all(action.params)
        self.terms = Terms(text, bound)

    def lines(self) -> Block:
        """The definition, with what the model says about the action before it."""
        head = comment("\\*", self.action.doc)
        if self.action.source:
            head += comment("\\*", f"Source: {self.action.source}")
        given = ", ".join(name for name, _ in self.params)
        name = self.text.names[self.action.name]
        head.append(f"{name}({given}) ==" if given else f"{name} ==")
        body = [*self._guards(), *self._changes()]
        return [*head, *(line for part in body for line in indent(hang("/\\ ", part), 4))]

    def _guards(self) -> list[Block]:
        whole = settle(conjoin(self.action.guards))
        guards = list(whole.args) if isinstance(whole, e.And) else [whole]
        for family in self.effects.limited():
            leaf = self.effects.plain_use(family)
            if leaf is not None:
                guards.append(self.text.room(leaf, family))
        return [self.terms.block(g, WIDTH - 7) for g in guards if g != e.YES]

    def _changes(self) -> list[Block]:
        families = self.effects.families()
        found = [self._change(family) for family in families]
        for family in self.effects.limited():
            if self.effects.plain_use(family) is None:
                found.append(self._is_allowed(family))
        still = [
            self.text.names[f]
            for f in (*self.text.model.states, *self.text.model.queues, *self.text.model.budgets)
            if f not in families
        ]
        if still:
            found.append(hang("UNCHANGED <<", wrap(still), ">>"))
        return found or [["TRUE"]]

    def _change(self, family: Family) -> Block:
        name = self.text.names[family]
        leaves = self.effects.touching(family)
        if family.index and not any(leaf.binders for leaf in leaves):
            parts = self._exceptions(leaves)
            if all(len(part) == 1 for part in parts):
                return hang(f"{name}' = [{name} EXCEPT ", _listed(parts), "]")
            return [f"{name}' =", f"    [{name} EXCEPT", *hang("        ", _listed(parts), "]")]
        cell = CellWriter.make(self.text, self.terms, leaves)
        value = cell.value(self.effects.updates)
        if not family.index:
            return hang(f"{name}' = ", value)
        given = ", ".join(
            f"{cell.terms.bound[p]} \\in {self.text.set_of(p.sort)}" for p in cell.params
        )
        return [f"{name}' =", f"    [{given} |->", *indent(value, 8)[:-1], f"        {value[-1]}]"]

    def _is_allowed(self, family: e.QueueInfo | e.BudgetInfo) -> Block:
        name = self.text.names[family]
        variables = cell_variables(family.index)
        params, bound = self.terms.bound.bind_all(variables)
        cell = Terms(self.text, bound).cell(f"{name}'", variables)
        every = ", ".join(f"{n} \\in {self.text.set_of(v.sort)}" for n, v in params)
        head = f"\\A {every} : " if every else ""
        if isinstance(family, e.BudgetInfo):
            return [f"{head}{cell} >= 0"]
        return [f"{head}Len({cell}) <= {self.text.names[family.slots]}"]

    def _exceptions(self, leaves: list[Leaf]) -> list[Block]:
        """Each update of a cell that it names itself, pops first."""
        parts: list[Block] = []
        ordered = sorted(leaves, key=lambda leaf: not isinstance(leaf.update, e.Pop))
        for number, leaf in enumerate(ordered):
            index = ", ".join(self.terms.flat(x) for x in leaf.index)
            test = conjoin(leaf.tests)
            value = self._replacement(leaf)
            if isinstance(leaf.update, e.Pop) and number:
                value = choose([f"Len(@) = Len({self.terms.queue(leaf.update.ref)})"], value, ["@"])
            if test != e.YES:
                value = choose(self.terms.block(test, WIDTH - 32), value, ["@"])
            short = len(value) == 1
            parts.append([f"![{index}] = {value[0]}"] if short else
                         [f"![{index}] =", *indent(value, 4)])  # fmt: skip
        return parts

    def _replacement(self, leaf: Leaf) -> Block:
        """The cell's new value, where ``@`` is the value that earlier updates have left there."""
        match leaf.update:
            case e.Put(_, value):
                return self.terms.block(value, WIDTH - 40)
            case e.Push(_, item):
                return [f"Append(@, {self.terms.flat(item)})"]
            case e.Pop():
                return ["Tail(@)"]
        return ["@ - 1"]


@dataclass(frozen=True)
class CellWriter:
    """Writes the new value of any one cell of a family; ``params`` are the cell's index."""

    text: Tla
    terms: Terms
    leaves: tuple[Leaf, ...]
    params: tuple[e.Var, ...]

    @classmethod
    def make(cls, text: Tla, terms: Terms, leaves: list[Leaf]) -> CellWriter:
        """A writer for the family that the leaves change; loop variables name the index."""
        params: list[e.Var] = []
        for place, sort in enumerate(leaves[0].family.index):
            loops = [leaf.index[place] for leaf in leaves if leaf.index[place] in leaf.binders]
            name = loops[0].name if loops and isinstance(loops[0], e.Var) else sort.name[0].lower()
            params.append(e.Var(sort, name, -place - 3))
        _, bound = terms.bound.bind_all(params)
        return cls(text, terms.at(bound), tuple(leaves), tuple(params))

    def value(self, updates: tuple[e.Update, ...]) -> Block:
        """The new value, from the leaves that change the family."""
        family = self.leaves[0].family
        old = self.terms.cell(self.text.names[family], self.params)
        match family:
            case e.StateInfo():
                return self._put(old)
            case e.QueueInfo():
                return self._queue(old, updates)
        return self._spent(old)

    # --- where a leaf applies to the cell -------------------------------------------------

    def _place(self, leaf: Leaf) -> tuple[Terms, e.Expr, tuple[e.Var, ...]]:
        """Where a leaf changes the cell: a printer, a condition, and loop variables left over.

        A loop variable that is an index of the cell is called as the cell's index is.
        """
        bound = self.terms.bound
        left = []
        for var in leaf.binders:
            if var in leaf.index:
                bound = bound.set(var, bound[self.params[leaf.index.index(var)]])
            else:
                left.append(var)
        same = tuple(
            e.Equal(e.TRUTH, param, x)
            for param, x in zip(self.params, leaf.index, strict=True)
            if not (isinstance(x, e.Var) and bound[x] == bound[param])
        )
        return self.terms.at(bound), conjoin((*same, *leaf.tests)), tuple(left)

    def _happens(self, leaf: Leaf) -> tuple[Block, bool]:
        """The condition under which a leaf changes the cell, and whether it always does."""
        at, condition, left = self._place(leaf)
        for var in reversed(left):
            condition = e.Quantified(e.TRUTH, False, var, condition)
        return at.block(condition, WIDTH - 24), condition == e.YES

    def _chosen(self, leaf: Leaf, item: e.Expr, level: int) -> Block:
        """The leaf's value; a LET chooses what loop variables stand for that are no index."""
        at, condition, left = self._place(leaf)
        if not any(var in free_variables(item) for var in left):
            return at.block(item, WIDTH - 24, level)
        several = len(left) > 1
        inner, bound = at.bound.reserve("c" if several else f"some_{left[0].name}")
        outer, after = bound.reserve("chosen" if several else left[0].name)
        for number, var in enumerate(left, start=1):
            which = f"[{number}]" if several else ""
            bound, after = bound.set(var, inner + which), after.set(var, outer + which)
        members = " \\X ".join(self.text.set_of(var.sort) for var in left)
        parts = condition.args if isinstance(condition, e.And) else (condition,)
        # Where the LET stands the whole condition holds for some choice, so the rest does for all.
        about = conjoin(tuple(x for x in parts if free_variables(x) & set(left)))
        test = at.at(bound).block(about, WIDTH - 32)
        head = f"LET {outer} == CHOOSE {inner} \\in {members} :"
        value = hang("IN  ", at.at(after).block(item, WIDTH - 24))
        whole = [f"{head} {test[0]}"] if len(test) == 1 else [head, *indent(test, 8)]
        lines = [*whole, *value]
        return lines if level == LOOSE else hang("(", lines, ")")

    # --- variables and budgets ------------------------------------------------------------

    def _put(self, old: str) -> Block:
        value = [old]
        level = LOOSE if self.params else SUM  # x' = a /\ b would not be what it looks like
        for leaf in self.leaves:
            assert isinstance(leaf.update, e.Put)
            test, always = self._happens(leaf)
            new = self._chosen(leaf, leaf.update.value, level)
            value = new if always else choose(test, new, value)
        return value

    def _spent(self, old: str) -> Block:
        amounts = []
        for leaf in self.leaves:
            at, condition, left = self._place(leaf)
            if left:
                amounts.append(self._how_often(at, condition, left))
            else:
                once = condition == e.YES
                amounts.append("1" if once else f"(IF {at.flat(condition)} THEN 1 ELSE 0)")
        return [" - ".join((old, *amounts))]

    def _how_often(self, at: Terms, condition: e.Expr, left: tuple[e.Var, ...]) -> str:
        name, bound = at.bound.reserve("c" if len(left) > 1 else left[0].name)
        for number, var in enumerate(left, start=1):
            bound = bound.set(var, f"{name}[{number}]" if len(left) > 1 else name)
        members = " \\X ".join(self.text.set_of(var.sort) for var in left)
        return f"Cardinality({{{name} \\in {members} : {at.at(bound).flat(condition)}}})"

    # --- queues ---------------------------------------------------------------------------

    def _queue(self, old: str, updates: tuple[e.Update, ...]) -> Block:
        pops = [self._happens(leaf) for leaf in self.leaves if isinstance(leaf.update, e.Pop)]
        rest = [old]
        if any(always for _, always in pops):
            rest = [f"Tail({old})"]
        elif pops:
            rest = choose(_any_of([test for test, _ in pops]), [f"Tail({old})"], rest)
        parts = self._sent(updates, _Around(self.terms))
        if parts and rest[0].startswith("IF "):
            rest = hang("(", rest, ")")
        return _concatenated([rest, *parts])

    def _sent(self, updates: tuple[e.Update, ...], around: _Around) -> list[Block]:
        """Sequences that together are what the updates push to the cell, in their order."""
        family, found = self.leaves[0].family, list[Block]()
        for update in updates:
            match update:
                case e.When(test, inner, _):
                    found += self._sent(inner, around.when(test))
                case e.Each(var, inner, _):
                    found += self._sent_by_all(var, inner, around)
                case e.Push(ref, _, _) if ref.queue is family:
                    found.append(self._sent_once(update, around))
        return found

    def _sent_once(self, push: e.Push, around: _Around) -> Block:
        leaf = Leaf(push, around.binders, around.tests)
        inside = CellWriter(self.text, around.terms, (leaf,), self.params)
        test, always = inside._happens(leaf)
        item = hang("<<", inside._chosen(leaf, push.item, LOOSE), ">>")
        return item if always else hang("(", choose(test, item, ["<<>>"]), ")")

    def _sent_by_all(
        self, var: e.Var, inner: tuple[e.Update, ...], around: _Around
    ) -> list[Block]:
        """What a loop pushes to the cell: from one round if the cell tells which, or in order."""
        leaves = Effects(inner).touching(self.leaves[0].family, e.Push)
        if not leaves:
            return []
        if all(var in leaf.index for leaf in leaves) or _is_pinned(var, inner):
            return self._sent(inner, around.loop(var))
        name, bound = around.terms.bound.reserve("n")
        order = self.text.order(var.sort)
        inside = around.at(around.terms.at(bound.set(var, f"{order}[{name}]")))
        round_ = _concatenated(self._sent(inner, inside))
        concat = self.text.helper("Concat")
        head = f"{concat}([{name} \\in DOMAIN {order} |->"
        if len(round_) == 1 and len(head) + len(round_[0]) < WIDTH - 24:
            return [[f"{head} {round_[0]}])"]]
        return [[head, *indent(round_, 4)[:-1], f"    {round_[-1]}])"]]


@dataclass(frozen=True)
class _Around:
    """Conditions and loops around an update of a queue."""

    terms: Terms
    tests: tuple[e.Expr, ...] = ()
    binders: tuple[e.Var, ...] = ()

    def when(self, test: e.Expr) -> _Around:
        return _Around(self.terms, (*self.tests, test), self.binders)

    def loop(self, var: e.Var) -> _Around:
        return _Around(self.terms, self.tests, (*self.binders, var))

    def at(self, terms: Terms) -> _Around:
        return _Around(terms, self.tests, self.binders)


def _is_pinned(var: e.Var, inner: tuple[e.Update, ...]) -> bool:
    """Whether a loop does something for one member at most: the one that equals something."""
    if len(inner) != 1 or not isinstance(inner[0], e.When):
        return False
    test = inner[0].test
    for part in test.args if isinstance(test, e.And) else (test,):
        if isinstance(part, e.Equal):
            for one, other in ((part.left, part.right), (part.right, part.left)):
                bare = one.member if isinstance(one, e.Some) else one
                if bare == var and var not in free_variables(other):
                    return True
    return False


def _listed(parts: list[Block]) -> Block:
    """Parts below each other, with commas between them."""
    return [line for part in parts[:-1] for line in [*part[:-1], part[-1] + ","]] + parts[-1]


def _concatenated(parts: list[Block]) -> Block:
    """Sequences one after the other."""
    line = " \\o ".join(part[0] for part in parts)
    if all(len(part) == 1 for part in parts) and len(line) <= WIDTH - 24:
        return [line]
    return [*parts[0], *(line for part in parts[1:] for line in hang("\\o ", part))]


def _any_of(tests: list[Block]) -> Block:
    """Conditions of which one suffices."""
    if len(tests) == 1:
        return tests[0]
    return [line for test in tests for line in hang("\\/ ", test)]


def wrap(names: list[str]) -> Block:
    """Names in a row, as many on a line as fit."""
    lines = [""]
    for number, name in enumerate(names):
        word = name + ("," if number < len(names) - 1 else "")
        if lines[-1] and len(lines[-1]) + len(word) > WIDTH - 24:
            lines.append("")
        lines[-1] += (" " if lines[-1] else "") + word
    return lines
