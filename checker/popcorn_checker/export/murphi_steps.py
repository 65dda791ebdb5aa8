"""Murphi's rules: what an action's guards and simultaneous updates become.

Murphi assigns one after the other, and a step of the model happens at once. So a variable whose
old value some other update of the step still reads is changed in a copy, ``next_copy`` for
``copy``, which replaces it at the end; all expressions read the old values by their plain names.
Pops come before pushes. A step that lacks a unit of a budget, or room in a queue that blocks, is
not enabled: one conjunct says so where one update takes room, a function where several do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from popcorn_checker.export.effects import Effects, Family, LeafUpdate
from popcorn_checker.export.formulas import AND, settle
from popcorn_checker.export.layout import WIDTH, comment, hang, indent
from popcorn_checker.export.murphi_terms import Murphi, Terms
from popcorn_checker.export.names import Bound, cell_variables
from popcorn_model.language import Action
from popcorn_model.language import expr as e
from popcorn_model.language.simplify import conjoin

Limited = e.QueueInfo | e.BudgetInfo
WriteLeaf = Callable[[LeafUpdate, Terms], list[str]]


@dataclass
class Used:
    """What the rules call for, to be declared before them."""

    copied: set[Family] = field(default_factory=set)
    pushed: set[e.QueueInfo] = field(default_factory=set)
    popped: set[e.QueueInfo] = field(default_factory=set)


class RuleWriter:
    """Writes one action as a ruleset."""

    def __init__(self, text: Murphi, used: Used, action: Action) -> None:
        """``used`` is added to."""
        self.text = text
        self.used = used
        self.action = action
        self.effects = Effects.of(action)
        self.params, bound = Bound(text.names).bind_all(action.params)
        self.next: dict[Family, str] = {}
        for family in self.effects.staged():
            self.next[family], bound = bound.reserve(f"next_{text.names[family]}")
            used.copied.add(family)
        self.terms = Terms(text, bound)

    def lines(self) -> list[str]:
        """The ruleset, with what the model says about the action before it."""
        head = [*comment("--", self.action.doc)]
        if self.action.source:
            head += comment("--", f"Source: {self.action.source}")
        rule = self._rule()
        if not self.params:
            return [*head, *rule]
        given = "; ".join(f"{name}: {self.text.type_of(var.sort)}" for name, var in self.params)
        return [*head, f"ruleset {given} do", *indent(rule), "endruleset;"]

    def _rule(self) -> list[str]:
        guards = [line for guard in self._guards() for line in guard]
        lines = [f'rule "{self.action.name}"', *indent(guards or ["true"], 4), "==>"]
        copies = [f"  {new}: {self.type_of(family)};" for family, new in self.next.items()]
        if copies:
            lines += ["var", *copies]
        names = self.text.names
        body = [f"{new} := {names[family]};" for family, new in self.next.items()]
        body += self._walk(self.effects.updates, self.terms, self._pop)
        body += self._walk(self.effects.updates, self.terms, self._change)
        body += [f"{names[family]} := {new};" for family, new in self.next.items()]
        return [*lines, "begin", *indent(body), "endrule;"]

    def type_of(self, family: Family) -> str:
        """The type of a copy of a whole family."""
        if family.index:
            return self.text.names["map", family]
        match family:
            case e.StateInfo():
                return self.text.type_of(family.sort)
            case e.QueueInfo():
                return self.text.names["queue", family]
        return f"0 .. {self.text.names[family.name]}"

    # --- guards ---------------------------------------------------------------------------

    def _guards(self) -> list[list[str]]:
        whole = settle(conjoin(self.action.guards))
        parts = whole.args if isinstance(whole, e.And) else (whole,)
        found: list[list[str]] = []
        crowded: list[Limited] = []
        for part in parts:
            if part != e.YES:
                self._add(found, part)
        for family in self.effects.limited():
            leaf = self.effects.plain_use(family)
            if leaf is None:
                crowded.append(family)
            else:
                self._add(found, self.text.room(leaf, family))
        if crowded:
            name = self.text.names.add(("room", self.action), f"room_for_{self.action.name}")
            self.text.functions.append(self._room_function(name, crowded))
            call = f"{name}({', '.join(given for given, _ in self.params)})"
            found.append([f"& {call}" if found else call])
        return found

    def _add(self, found: list[list[str]], guard: e.Expr) -> None:
        prefix = "& " if found else "  "
        found.append(hang(prefix, self.terms.block(guard, WIDTH - 8, AND)))

    def _room_function(self, name: str, crowded: list[Limited]) -> list[str]:
        """A function that goes through the step's updates and takes room for each in turn."""
        params, bound = Bound(self.text.names).bind_all(self.action.params)
        left: dict[Family, str] = {}
        for family in crowded:
            word = "left_of" if isinstance(family, e.BudgetInfo) else "items_in"
            left[family], bound = bound.reserve(f"{word}_{self.text.names[family]}")
        terms = Terms(self.text, bound)
        given = "; ".join(f"{n}: {self.text.type_of(v.sort)}" for n, v in params)
        lines = [
            *comment("--", f"Whether nothing keeps {self.action.name} waiting."),
            f"function {name}({given}): boolean;",
            "var",
        ]
        body: list[str] = []
        for family in crowded:
            local = left[family]
            most = self.text.names[_entry(family)]
            lowest = "0" if isinstance(family, e.BudgetInfo) else "-1"
            kind = self.text.array_of(family.index, f"{lowest} .. {most}")
            lines.append(f"  {local}: {kind};")
            body += self._fill(family, local, bound)

        def empty(update: LeafUpdate, at: Terms) -> list[str]:
            if not isinstance(update, e.Pop) or update.ref.queue not in left:
                return []
            cell = at.cell(left[update.ref.queue], update.ref.index)
            return [f"{cell} := {at.queue(update.ref)}.length - 1;"]

        def fill(update: LeafUpdate, at: Terms) -> list[str]:
            return self._take_room(update, at, left)

        body += self._walk(self.effects.updates, terms, empty)
        body += self._walk(self.effects.updates, terms, fill)
        return [*lines, "begin", *indent([*body, "return true;"]), "end;"]

    def _fill(self, family: Limited, local: str, bound: Bound) -> list[str]:
        """The present state of a family, copied into a local array cell by cell."""
        variables = cell_variables(family.index)
        loops, inner = bound.bind_all(variables)
        at = Terms(self.text, inner)
        here = at.cell(self.text.names[family], variables)
        there = at.cell(local, variables)
        now = here if isinstance(family, e.BudgetInfo) else f"{here}.length"
        return self.text.loops(loops, [f"{there} := {now};"])

    def _take_room(self, update: LeafUpdate, at: Terms, left: dict[Family, str]) -> list[str]:
        match update:
            case e.Push(ref) if ref.queue in left:
                cell = at.cell(left[ref.queue], ref.index)
                full, after = f"{cell} = {self.text.names[ref.queue.slots]}", f"{cell} + 1"
            case e.Spend(budget, index) if budget in left:
                cell = at.cell(left[budget], index)
                full, after = f"{cell} = 0", f"{cell} - 1"
            case _:
                return []
        return [f"if {full} then return false; end;", f"{cell} := {after};"]

    # --- updates --------------------------------------------------------------------------

    def _walk(self, updates: tuple[e.Update, ...], at: Terms, leaf: WriteLeaf) -> list[str]:
        """The statements for those leaves for which there are any, inside their conditions."""
        found: list[str] = []
        for update in updates:
            match update:
                case e.When(test, inner, _):
                    if body := self._walk(inner, at, leaf):
                        found += hang("if ", at.block(test, WIDTH - 12), " then")
                        found += [*indent(body), "end;"]
                case e.Each(var, inner, _):
                    name, bound = at.bound.bind(var)
                    if body := self._walk(inner, at.at(bound), leaf):
                        found += self.text.loops([(name, var)], body)
                case e.Put() | e.Push() | e.Pop() | e.Spend():
                    found += leaf(update, at)
        return found

    def _target(self, family: Family) -> str:
        return self.next.get(family, self.text.names[family])

    def _pop(self, update: LeafUpdate, at: Terms) -> list[str]:
        if not isinstance(update, e.Pop):
            return []
        queue = update.ref.queue
        self.used.popped.add(queue)
        cell = at.cell(self._target(queue), update.ref.index)
        call = f"{self.text.names['take', queue]}({cell});"
        pops = self.effects.touching(queue, e.Pop)
        if len(pops) > 1 or any(pop.binders for pop in pops):
            old = at.queue(update.ref)
            return [f"if {cell}.length = {old}.length then", f"  {call}", "end;"]
        return [call]

    def _change(self, update: LeafUpdate, at: Terms) -> list[str]:
        match update:
            case e.Put(target, value):
                cell = at.cell(self._target(target.state), target.index)
                return hang(f"{cell} := ", at.block(value, WIDTH - 24), ";")
            case e.Push(ref, item):
                self.used.pushed.add(ref.queue)
                cell = at.cell(self._target(ref.queue), ref.index)
                return [f"{self.text.names['send', ref.queue]}({cell}, {at.flat(item)});"]
            case e.Spend(budget, index):
                cell = at.cell(self._target(budget), index)
                return [f"{cell} := {cell} - 1;"]
        return []


def _entry(family: Limited) -> str:
    """The scope entry that bounds a family."""
    return family.slots if isinstance(family, e.QueueInfo) else family.name
