"""Scopes say how many members, operations and slots there are; sizes live here, not in models.

A scope is written ``kernels=2,tasks=2,pages=1,hops=3``. A sort `Kernel` takes its size from the
entry ``kernels``, a number sort its largest value, a queue its slots, a budget its units; a budget
may be without bound, ``hops=any``. What is not given comes from the protocol's defaults, which may
depend on the entries that are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from popcorn_model.language import Model
from popcorn_model.language import expr as e
from popcorn_model.language.unbounded import ANY


class ScopeError(Exception):
    """A scope is malformed, or too small or too large for what is asked of it."""


def parse_scope(text: str) -> dict[str, int]:
    """``a=1,b=2`` as a dict. Raises: ScopeError that says which entry is wrong and why."""
    result: dict[str, int] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = entry.partition("=")
        known = value.strip() == "any" or value.strip().isdecimal()
        if not equals or not known:
            raise ScopeError(
                f"scope entry {entry!r} is not of the form name=number, or name=any for a budget; "
                "for example kernels=2,tasks=2,pages=1,hops=any"
            )
        if name.strip() in result:
            raise ScopeError(f"scope entry {name.strip()} is given twice")
        result[name.strip()] = ANY if value.strip() == "any" else int(value)
    return result


def show_scope(entries: Mapping[str, int], joint: str = ",") -> str:
    """Scope entries as they are written."""
    return joint.join(f"{n}={show_entry(v)}" for n, v in entries.items())


def show_entry(value: int) -> str:
    """The value of a scope entry as it is written."""
    return "any" if value == ANY else str(value)


def size_name(sort: e.SortInfo) -> str:
    """The scope entry that sizes a sort: ``kernels`` for Kernel, ``stamps`` for Stamp."""
    return sort.name.lower() + "s"


@dataclass(frozen=True)
class Scope:
    """Sizes for one model, complete: every sort, budget and queue has its number."""

    entries: Mapping[str, int]

    def __str__(self) -> str:
        return show_scope(self.entries)

    @property
    def unbounded(self) -> frozenset[str]:
        """The budgets that are without bound."""
        return frozenset(n for n, v in self.entries.items() if v == ANY)

    def size(self, sort: e.SortInfo) -> int:
        """How many values a sort has in this scope."""
        match sort.kind:
            case e.SortKind.MEMBERS:
                return self.entries[size_name(sort)]
            case e.SortKind.NUMBER:
                return self.entries[size_name(sort)] + 1
            case e.SortKind.LABELS:
                return len(sort.labels)
            case e.SortKind.TRUTH:
                return 2
            case e.SortKind.MAYBE:
                assert sort.of is not None
                return self.size(sort.of) + 1
        raise AssertionError(f"sort {sort.name} has no size")

    def members(self, sort: e.SortInfo) -> tuple[str, ...]:
        """The names of a sort's members, as traces show them: k0, k1 for Kernel."""
        if sort.kind is e.SortKind.LABELS:
            return sort.labels
        return tuple(f"{sort.name[0].lower()}{i}" for i in range(self.size(sort)))


def sorts_of(model: Model) -> dict[str, e.SortInfo]:
    """Every sized sort that the model's state, actions and properties mention, by scope entry."""
    found: dict[str, e.SortInfo] = {}

    def note(sort: e.SortInfo) -> None:
        if sort.kind in (e.SortKind.MEMBERS, e.SortKind.NUMBER) and sort is not e.NATURAL:
            found.setdefault(size_name(sort), sort)
        if sort.of is not None:
            note(sort.of)
        for kind in sort.kinds:
            for _, inner in kind.fields:
                note(inner)

    for state in model.states:
        for sort in (*state.index, state.sort):
            note(sort)
    for queue in model.queues:
        for sort in (*queue.index, queue.sort):
            note(sort)
    params = [p for a in model.actions for p in a.params]
    params += [p for x in model.properties for p in x.params]
    for var in params:
        note(var.sort)
    return found


def make_scope(model: Model, given: Mapping[str, int] | str = "") -> Scope:
    """The complete scope of a model: what is given, then the protocol's defaults.

    Raises: ScopeError for an entry that the model does not know, or one that nothing sets.
    """
    asked = parse_scope(given) if isinstance(given, str) else dict(given)
    sorts = sorts_of(model)
    wanted = [*sorts, *(b.name for b in model.budgets), *(q.slots for q in model.queues)]
    known = dict.fromkeys([*wanted, *model.scope])
    budgets = (known.keys() - sorts) - {q.slots for q in model.queues}
    for name, value in asked.items():
        if name not in known:
            raise ScopeError(f"scope has no entry {name}; legal entries: {', '.join(known)}")
        if value == ANY and name not in budgets:
            legal = ", ".join(sorted(budgets)) or "none here"
            raise ScopeError(f"scope entry {name}=any: only a budget can be without bound: {legal}")
        if value < 1 and name in sorts:
            raise ScopeError(f"scope entry {name}={value}: a sort needs at least one member")
    entries: dict[str, int] = {}
    for name in dict.fromkeys([*model.scope, *wanted]):
        default = model.scope.get(name)
        if name in asked:
            entries[name] = asked[name]
        elif callable(default):
            entries[name] = default(entries)
        elif default is not None:
            entries[name] = default
        else:
            raise ScopeError(f"scope entry {name} is needed: neither given nor a default")
    _refuse_small(model, sorts, entries)
    return Scope(entries)


def _refuse_small(
    model: Model, sorts: Mapping[str, e.SortInfo], entries: Mapping[str, int]
) -> None:
    from popcorn_model.language.walk import every_node, update_expressions

    for owner in model.actions:
        exprs = [*owner.guards, *(x for u in owner.updates for x in update_expressions(u))]
        for node in (n for x in exprs for n in every_node(x)):
            if isinstance(node, e.Named) and node.position >= entries[size_name(node.sort)]:
                raise ScopeError(
                    f"scope entry {size_name(node.sort)}={entries[size_name(node.sort)]} leaves "
                    f"no room for {node.name}"
                )


__all__ = ["Scope", "ScopeError", "make_scope", "parse_scope", "size_name"]
