"""Tables for people: state variables, messages, switches, and what each label of a state allows.

A table is computed from the frozen actions: which of them send a message, which take it, which
are possible while a state variable has a certain label and where they move it. `model_text` puts
everything about a configured model on one page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from popcorn_model.language import expr as e
from popcorn_model.language.actions import Action
from popcorn_model.language.expr import ModelError
from popcorn_model.language.prose import (
    Printer,
    action_text,
    difference,
    property_text,
    sort_name,
)
from popcorn_model.language.protocol import Model
from popcorn_model.language.simplify import simplify
from popcorn_model.language.switches import Switch
from popcorn_model.language.walk import (
    every_node,
    flat_updates,
    free_variables,
    rebuild,
    update_expressions,
)


def columns(rows: Iterable[Sequence[str]]) -> list[str]:
    """Rows of words as lines with aligned columns; the last column is not padded."""
    listed = [tuple(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*listed, strict=True)][:-1]
    return [
        "  ".join([*(w.ljust(n) for w, n in zip(row, widths, strict=False)), row[-1]]).rstrip()
        for row in listed
    ]


# --- state, queues, budgets, switches -----------------------------------------------------------


def state_lines(model: Model) -> list[str]:
    """The state variables, queues and budgets: index, sort, start value, meaning."""
    rows = [("name", "holds", "at first", "meaning")]
    for state in model.states:
        printer = Printer({v: v.name for v in state.params})
        start = printer.text(state.start)
        named = bool(free_variables(state.start))
        index = ", ".join(f"{v.name}: {v.sort.name}" if named else v.sort.name
                          for v in state.params)  # fmt: skip
        name = f"{state.name}[{index}]" if index else state.name
        meaning = f"history: {state.doc}" if state.history else state.doc
        rows.append((name, sort_name(state.sort), start, meaning))
    for queue in model.queues:
        full = "a full one makes its sender wait" if queue.blocking else "must never overflow"
        holds = f"up to {queue.slots} of {queue.sort.name}"
        rows.append((_family(queue.name, queue.index), holds, "empty", queue.doc or full))
    for budget in model.budgets:
        rows.append((_family(budget.name, budget.index), "a budget", "by the scope", budget.doc))
    return columns(rows)


def _family(name: str, index: tuple[e.SortInfo, ...]) -> str:
    return f"{name}[{', '.join(s.name for s in index)}]" if index else name


def switch_lines(switches: Iterable[Switch], model: Model | None = None) -> list[str]:
    """The switches: values, default first, the value that the model has, meaning."""
    rows = [("switch", "values", "set to", "meaning")]
    for switch in switches:
        info = switch.info
        now = model.settings[info.name] if model is not None else info.values[0]
        doc = f"Assumption: {info.doc}" if info.assumption else info.doc
        rows.append((info.name, " | ".join(info.values), now, doc))
    return columns(rows)


# --- messages -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class MessageRow:
    """One kind of message: its fields, its meaning, who sends it and who looks for it."""

    kind: e.MessageKind
    senders: tuple[str, ...]
    readers: tuple[str, ...]


def message_rows(model: Model) -> list[MessageRow]:
    """Every message kind of the model's queues, in the order of declaration."""
    kinds = dict.fromkeys(k for q in model.queues for k in q.sort.kinds)
    return [
        MessageRow(
            kind,
            tuple(a.name for a in model.actions if kind in _sent(a)),
            tuple(a.name for a in model.actions if kind in _read(a)),
        )
        for kind in kinds
    ]


def _sent(action: Action) -> Iterator[e.MessageKind]:
    for update in flat_updates(action.updates):
        for top in update_expressions(update):
            yield from (n.kind for n in every_node(top) if isinstance(n, e.Make))


def _read(action: Action) -> Iterator[e.MessageKind]:
    tops = [*action.guards, *(x for u in action.updates for x in update_expressions(u))]
    for top in tops:
        yield from (n.kind for n in every_node(top) if isinstance(n, e.Matches | e.Field))


def message_lines(model: Model) -> list[str]:
    """The message table of a model as lines; empty when it has no messages."""
    rows = message_rows(model)
    if not rows:
        return []
    words = [
        (
            f"{r.kind.name}({', '.join(f'{n}: {sort_name(s)}' for n, s in r.kind.fields)})",
            ", ".join(r.senders) or "nobody",
            ", ".join(r.readers) or "nobody",
            r.kind.doc,
        )
        for r in rows
    ]
    return columns([("message", "sent by", "looked for by", "meaning"), *words])


# --- state tables -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """What an action does while a cell has a certain label.

    ``cell`` is the cell as the action names it. ``guarded`` says that the guards mention it and
    still allow the label; ``to`` are the values, in words, that the action may give it.
    """

    action: str
    cell: str
    guarded: bool
    to: tuple[str, ...]


@dataclass(frozen=True)
class StateTable:
    """For each label of an enumeration-valued variable, what is possible there."""

    state: e.StateInfo
    entries: dict[str, tuple[Entry, ...]]

    def lines(self) -> list[str]:
        """The table as lines, one label after the other."""
        found = [f"{_family(self.state.name, self.state.index)}: {self.state.doc}".rstrip(": ")]
        for label, doc in zip(self.state.sort.labels, self.state.sort.label_docs, strict=True):
            found.append(f"  {label}: {doc}")
            rows = [(f"    {x.action}", x.cell, _what(x)) for x in self.entries[label]]
            found += columns(rows) if rows else ["    no action names it"]
        return found


def _what(entry: Entry) -> str:
    moves = f"moves it to {' or '.join(entry.to)}" if entry.to else ""
    needs = "possible" if entry.guarded else "whatever it is"
    return ", ".join(filter(None, (needs, moves)))


def state_table(model: Model, name: str) -> StateTable:
    """What each action does at each label of a state variable.

    Raises: ModelError when there is no such variable or its values are no enumeration.
    """
    state = next((s for s in model.states if s.name == name), None)
    if state is None or state.sort.kind is not e.SortKind.LABELS:
        legal = ", ".join(s.name for s in model.states if s.sort.kind is e.SortKind.LABELS)
        raise ModelError(f"{name} is no variable with labels; these are: {legal or 'none'}")
    entries: dict[str, tuple[Entry, ...]] = {}
    for position, label in enumerate(state.sort.labels):
        value = e.Const(state.sort, position)
        entries[label] = tuple(x for a in model.actions for x in _entries(a, state, value))
    return StateTable(state, entries)


def _entries(action: Action, state: e.StateInfo, value: e.Const) -> Iterator[Entry]:
    printer = Printer({v: v.name for v in action.params})
    tops = [*action.guards, *(x for u in action.updates for x in update_expressions(u))]
    targets = [u.target for u in flat_updates(action.updates) if isinstance(u, e.Put)]
    nodes = [n for top in (*tops, *targets) for n in every_node(top)]
    cells = dict.fromkeys(n for n in nodes if isinstance(n, e.Read) and n.state is state)
    for cell in cells:
        guards = [simplify(_with(g, cell, value)) for g in action.guards]
        if e.NO in guards:
            continue
        guarded = any(cell in every_node(g) for g in action.guards)
        to = dict.fromkeys(
            printer.text(simplify(_with(u.value, cell, value)))
            for u in flat_updates(action.updates)
            if isinstance(u, e.Put) and u.target == cell
        )
        yield Entry(action.name, printer.text(cell), guarded, tuple(to))


def _with(node: e.Expr, cell: e.Read, value: e.Expr) -> e.Expr:
    return value if node == cell else rebuild(node, lambda child: _with(child, cell, value))


# --- whole models -------------------------------------------------------------------------------


def model_text(model: Model, numbered: bool = False) -> str:
    """A configured model on one page: state, messages, actions, properties."""
    sections = [
        f"{model.protocol}, variant {model.variant}, parts {', '.join(model.parts)}",
        "\n".join(f"{name} is {value}" for name, value in model.settings.items()),
        "\n".join(["State", "", *state_lines(model)]),
        "\n".join(["Messages", "", *message_lines(model)]) if message_lines(model) else "",
        "Actions",
        *(action_text(a, numbered) for a in model.actions),
        "Properties",
        *(property_text(p) for p in model.properties),
    ]
    if model.ends is not None:
        sections += ["A run may end", property_text(model.ends)]
    return "\n\n".join(s.rstrip("\n") for s in sections if s) + "\n"


def diff_models(before: Model, after: Model) -> str:
    """How the actions and properties of two models differ, as one unified difference each."""
    names = (f"{before.protocol} {before.variant}", f"{after.protocol} {after.variant}")
    found = []
    for part in ("actions", "properties"):
        show = action_text if part == "actions" else property_text
        old = {x.name: show(x) for x in getattr(before, part)}
        new = {x.name: show(x) for x in getattr(after, part)}
        for name in dict.fromkeys([*old, *new]):
            labels = (f"{names[0]}: {name}", f"{names[1]}: {name}")
            found.append(difference(old.get(name, ""), new.get(name, ""), labels))
    return "\n\n".join(filter(None, found)) + "\n"
