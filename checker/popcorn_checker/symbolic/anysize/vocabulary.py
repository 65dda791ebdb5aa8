"""The vocabulary of a model over sorts of any size: Z3 sorts, constants, and one function a family.

A `Vocabulary` has what never changes; a `Moment` the functions that stand for one state. Two
moments of one vocabulary are the two ends of a step.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

import z3

from popcorn_checker.scopes import sorts_of
from popcorn_checker.symbolic.terms import NoReading
from popcorn_model.language import Model
from popcorn_model.language import expr as e
from popcorn_model.language.walk import every_node, update_expressions


@dataclass(frozen=True)
class QueueSymbols:
    """What waits in the queues of one family; the last argument of the first two is a slot."""

    waits: z3.FuncDeclRef
    item: z3.FuncDeclRef
    head: z3.FuncDeclRef


@dataclass(frozen=True)
class Moment:
    """The symbols that stand for one state. ``mark`` ends their names: nothing, or a prime."""

    mark: str
    cells: Mapping[e.StateInfo, z3.FuncDeclRef]
    queues: Mapping[e.QueueInfo, QueueSymbols]


class Vocabulary:
    """The Z3 sorts of one model in a context of their own, and its distinguished members."""

    def __init__(self, model: Model) -> None:
        """Nothing is declared until it is asked for."""
        self.model = model
        self.ctx = z3.Context()
        self._sorts: dict[e.SortInfo, z3.SortRef] = {e.TRUTH: z3.BoolSort(self.ctx)}
        self._named: dict[e.SortInfo, dict[str, z3.ExprRef]] = {}

    # --- sorts -------------------------------------------------------------------------------

    def sort(self, info: e.SortInfo) -> z3.SortRef:
        """The Z3 sort of a sort of the model."""
        if info not in self._sorts:
            self._sorts[info] = self._declared(info)
        return self._sorts[info]

    def _declared(self, info: e.SortInfo) -> z3.SortRef:
        match info.kind:
            case e.SortKind.MEMBERS:
                return z3.DeclareSort(info.name, self.ctx)
            case e.SortKind.NUMBER:
                return z3.IntSort(self.ctx)
            case e.SortKind.LABELS:
                names = [f"{info.name}.{label}" for label in info.labels]
                return z3.EnumSort(info.name, names, ctx=self.ctx)[0]
            case e.SortKind.MAYBE:
                assert info.of is not None
                made = z3.Datatype(info.name, ctx=self.ctx)
                made.declare(f"{info.name}.nothing")
                made.declare(f"{info.name}.some", (f"{info.name}.member", self.sort(info.of)))
                return made.create()
        made = z3.Datatype(info.name, ctx=self.ctx)
        made.declare(f"{info.name}.absent")
        for kind in info.kinds:
            name = f"{info.name}.{kind.name}"
            made.declare(name, *((f"{name}.{n}", self.sort(s)) for n, s in kind.fields))
        return made.create()

    @cached_property
    def slot(self) -> z3.SortRef:
        """The sort of the places in which items wait."""
        return z3.DeclareSort("Slot", self.ctx)

    @cached_property
    def before(self) -> z3.FuncDeclRef:
        """The order of slots, the same for all queues and for ever."""
        return z3.Function("before", self.slot, self.slot, z3.BoolSort(self.ctx))

    def named(self, node: e.Named) -> z3.ExprRef:
        """The constant for a distinguished member."""
        known = self._named.setdefault(node.sort, {})
        if node.name not in known:
            known[node.name] = z3.Const(f"{node.sort.name}.{node.name}", self.sort(node.sort))
        return known[node.name]

    def declare_all(self) -> None:
        """Declare every sort and distinguished member of the model, so that none comes later."""
        for info in sorts_of(self.model).values():
            self.sort(info)
        for state in self.model.states:
            self._note(state.start)
        for action in self.model.actions:
            exprs = [*action.guards, *(x for u in action.updates for x in update_expressions(u))]
            for expr in exprs:
                self._note(expr)
        for prop in self.model.properties:
            self._note(prop.body)
            self._note(prop.trigger)

    def _note(self, expr: e.Expr) -> None:
        for node in every_node(expr):
            if isinstance(node, e.Named):
                self.named(node)

    def constants(self) -> tuple[z3.FuncDeclRef, ...]:
        """The symbols of all distinguished members."""
        return tuple(c.decl() for known in self._named.values() for c in known.values())

    def distinct(self) -> list[z3.BoolRef]:
        """Distinct names are distinct members."""
        groups = (list(known.values()) for known in self._named.values())
        return [z3.Distinct(*members) for members in groups if len(members) > 1]

    # --- moments -----------------------------------------------------------------------------

    def moment(self, mark: str, only: Collection[object] | None, base: Moment | None) -> Moment:
        """Symbols for one state; with ``only``, families outside it share those of ``base``."""
        def shared(info: object) -> bool:
            return base is not None and only is not None and info not in only

        return Moment(
            mark,
            {s: base.cells[s] if base and shared(s) else self._cells(s, mark)
             for s in self.model.states},
            {q: base.queues[q] if base and shared(q) else self._queue(q, mark)
             for q in self.model.queues},
        )  # fmt: skip

    def _cells(self, state: e.StateInfo, mark: str) -> z3.FuncDeclRef:
        sorts = [self.sort(s) for s in (*state.index, state.sort)]
        return z3.Function(f"{state.name}{mark}", *sorts)

    def _queue(self, queue: e.QueueInfo, mark: str) -> QueueSymbols:
        index = [self.sort(s) for s in queue.index]
        return QueueSymbols(
            z3.Function(f"{queue.name}.waits{mark}", *index, self.slot, z3.BoolSort(self.ctx)),
            z3.Function(f"{queue.name}.item{mark}", *index, self.slot, self.sort(queue.sort)),
            z3.Function(f"{queue.name}.head{mark}", *index, self.slot),
        )

    # --- values ------------------------------------------------------------------------------

    def constant(self, sort: e.SortInfo, value: int | bool | None) -> z3.ExprRef:
        """A literal. Raises: NoReading for a member by its number."""
        match sort.kind:
            case e.SortKind.TRUTH:
                return z3.BoolVal(bool(value), self.ctx)
            case e.SortKind.NUMBER:
                assert value is not None
                return z3.IntVal(int(value), self.ctx)
            case e.SortKind.LABELS:
                assert value is not None
                return self.sort(sort).constructor(int(value))()
            case e.SortKind.MAYBE if value is None:
                return self.sort(sort).constructor(0)()
        raise NoReading(
            f"member {value} of {sort.name} has no name, and a sort of any size has no numbers; "
            f"write {sort.name}.named(...)"
        )

    def absent(self, sort: e.SortInfo) -> z3.ExprRef | None:
        """What stands where no item waits; None where any member will do."""
        match sort.kind:
            case e.SortKind.MESSAGE:
                return self.sort(sort).constructor(0)()
            case e.SortKind.MAYBE:
                return self.constant(sort, None)
            case e.SortKind.MEMBERS:
                return None
        return self.constant(sort, 0)
