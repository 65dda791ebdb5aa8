"""What a model talks about: its sorts, distinguished members, kinds; and what cannot be exported.

Both exporters declare the same things before they write the first formula, and neither has a form
for some things that the language can say; those are refused here, by name.
"""

from __future__ import annotations

from collections.abc import Iterator

from popcorn_checker.export.names import ExportError
from popcorn_checker.scopes import Scope, size_name
from popcorn_model.language import Model
from popcorn_model.language import expr as e
from popcorn_model.language.walk import every_node, update_expressions

STORABLE = (e.SortKind.MEMBERS, e.SortKind.LABELS, e.SortKind.NUMBER, e.SortKind.TRUTH)


class Vocabulary:
    """The declarations that a model needs at a scope. Raises: ExportError for what has no form.

    Cost: one walk over the model.
    """

    def __init__(self, model: Model, scope: Scope) -> None:
        """Walk the model once."""
        self.model = model
        self.scope = scope
        self.sorts: dict[e.SortInfo, None] = {}
        self.named: dict[tuple[e.SortInfo, int], str] = {}
        self.made: dict[e.MessageKind, e.SortInfo] = {}
        self._families = frozenset((*model.states, *model.queues))
        self._declare()
        for owner, node in _expressions(model):
            self._owner = owner
            for inner in every_node(node):
                self._note_node(inner)

    def of_kind(self, kind: e.SortKind) -> list[e.SortInfo]:
        """The sorts of one shape, in the order in which the model mentions them."""
        return [sort for sort in self.sorts if sort.kind is kind]

    @property
    def wrapped(self) -> set[e.SortInfo]:
        """Sorts with a *maybe* sort over them."""
        return {s.of for s in self.sorts if s.of is not None}

    def _declare(self) -> None:
        for state in self.model.states:
            self._owner = f"state variable {state.name}"
            for sort in state.index:
                self._note_range(sort)
            if state.sort.kind is e.SortKind.MESSAGE:
                raise ExportError(f"{self._owner} holds messages; only queues can")
            self._note(state.sort)
        for queue in self.model.queues:
            self._owner = f"queue {queue.name}"
            for sort in queue.index:
                self._note_range(sort)
            self._note(queue.sort)
        for budget in self.model.budgets:
            self._owner = f"budget {budget.name}"
            for sort in budget.index:
                self._note_range(sort)

    def _note(self, sort: e.SortInfo) -> None:
        if sort in self.sorts or sort is e.NATURAL:
            return
        if sort.of is not None:
            if sort.of.kind not in STORABLE:
                raise ExportError(f"{self._owner}: {sort.name} is a maybe of {sort.of.name}")
            self._note(sort.of)
        for kind in sort.kinds:
            for name, inner in kind.fields:
                if inner.kind is e.SortKind.MESSAGE:
                    raise ExportError(f"field {name} of message {kind.name} holds a message")
                self._note(inner)
        self.sorts[sort] = None  # after the sorts that it is made of

    def _note_range(self, sort: e.SortInfo) -> None:
        """A sort whose members are counted through, as an index or by a variable."""
        if sort.kind not in STORABLE or sort is e.NATURAL:
            raise ExportError(f"{self._owner} ranges over {sort.name}, whose members nobody lists")
        self._note(sort)

    def _note_node(self, node: e.Expr) -> None:
        self._note(node.sort)
        match node:
            case e.Quantified(_, _, var, _) | e.Count(_, var, _):
                self._note_range(var.sort)
            case e.Named(sort, name, position):
                self._note_member(sort, position, name)
                self.named[sort, position] = name  # better than the name of a mere number
            case e.Const(sort, int() as position) if sort.kind is e.SortKind.MEMBERS:
                self._note_member(sort, position, f"{sort.name[0].lower()}{position}")
            case e.Make(sort, kind, _):
                self.made[kind] = sort
            case e.Read(_, state, _) if state not in self._families:
                raise ExportError(f"{self._owner} reads {state.name}, which the model leaves out")
            case e.Item(_, ref) | e.Length(_, ref) | e.Tally(_, ref):
                if isinstance(node, e.Item) and node.sort.kind is e.SortKind.MEMBERS:
                    self._note_member(node.sort, 0, f"{node.sort.name[0].lower()}0")
                if ref.queue not in self._families:
                    raise ExportError(
                        f"{self._owner} reads {ref.queue.name}, which the model leaves out"
                    )

    def _note_member(self, sort: e.SortInfo, position: int, name: str) -> None:
        if not position < self.scope.size(sort):
            raise ExportError(
                f"{self._owner}: scope entry {size_name(sort)}={self.scope.size(sort)} leaves no "
                f"room for {name}"
            )
        self.named.setdefault((sort, position), name)


def _expressions(model: Model) -> Iterator[tuple[str, e.Expr]]:
    """Every outermost expression of a model, and who owns it; variables come as expressions."""
    for state in model.states:
        yield f"start of {state.name}", state.start
    for action in model.actions:
        owner = f"action {action.name}"
        for var in (*action.params, *_loop_variables(action.updates)):
            yield owner, _some(var)
        yield from ((owner, guard) for guard in action.guards)
        for update in action.updates:
            yield from ((owner, node) for node in update_expressions(update))
    ends = (model.ends,) if model.ends is not None else ()
    for prop in (*model.properties, *ends):
        owner = f"property {prop.name}"
        for var in prop.params:
            yield owner, _some(var)
        yield owner, prop.body
        yield owner, prop.trigger


def _some(var: e.Var) -> e.Expr:
    return e.Quantified(e.TRUTH, False, var, e.YES)


def _loop_variables(updates: tuple[e.Update, ...]) -> Iterator[e.Var]:
    for update in updates:
        match update:
            case e.When(_, inner, _):
                yield from _loop_variables(inner)
            case e.Each(var, inner, _):
                yield var
                yield from _loop_variables(inner)
            case e.Alternative(switch, _, _):
                raise ExportError(f"switch {switch.name} is open: configure the model first")
