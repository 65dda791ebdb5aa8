"""Mutations: wrong protocols made from a right one, each a function from model to model.

Dropping a guard or an update, or changing a message, are changes of data; no protocol is edited.
A mutation has a stable id such as ``grant/guard2``, ``grant/update1`` or
``grant/update3/page=q``, counted from one as ``prose.py`` prints guards and leaf updates, and a
sentence that says what is now wrong. A good specification refutes each of them.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from popcorn_model.language import conflicts, prose
from popcorn_model.language import expr as e
from popcorn_model.language.actions import Action
from popcorn_model.language.expr import ModelError, SortKind
from popcorn_model.language.history import is_record
from popcorn_model.language.protocol import Model
from popcorn_model.language.walk import flat_updates

Change = Callable[[Action], Action]


@dataclass(frozen=True)
class Mutation:
    """One change of one action of a model."""

    id: str
    action: str
    sentence: str
    change: Change
    drops_guard: bool = False

    def apply(self, model: Model) -> Model:
        """The model with the changed action.

        Raises: ModelError when the model has no such action, or when the changed one is
        ill-formed, for example because two updates may now write one cell.
        """
        before = model.action(self.action)
        after = self.change(before)
        refused = _double_write(after)
        if refused is not None and _double_write(before) is None:
            raise ModelError(f"mutation {self.id}: {refused}")
        return model.with_actions(after if a is before else a for a in model.actions)


def _double_write(action: Action) -> str | None:
    try:
        conflicts.refuse_double_writes(action.guards, action.updates)
    except ModelError as error:
        return str(error)
    return None


# --- changes of one action --------------------------------------------------------------------


def drop_guard(action: Action, number: int) -> Action:
    """The action without one guard. Raises: ModelError when there is no guard of that number."""
    _check_number(action, "guard", number, len(action.guards))
    return replace(action, guards=action.guards[: number - 1] + action.guards[number:])


def drop_update(action: Action, number: int) -> Action:
    """The action without one leaf update, however deeply it is nested. Raises: ModelError."""
    return _on_update(action, number, lambda update: None)


def replace_kind(action: Action, number: int, kind: e.MessageKind) -> Action:
    """The action sends another kind of message with the same fields. Raises: ModelError."""

    def change(update: e.Update) -> e.Update:
        push, made = _message(action, number, update)
        if [s for _, s in kind.fields] != [s for _, s in made.kind.fields]:
            raise ModelError(f"message {kind.name} has other fields than {made.kind.name}")
        return replace(push, item=e.Make(made.sort, kind, made.args))

    return _on_update(action, number, change)


def replace_field(action: Action, number: int, field: str, value: e.Expr) -> Action:
    """The action sends its message with another value in one field. Raises: ModelError."""

    def change(update: e.Update) -> e.Update:
        push, made = _message(action, number, update)
        names = [n for n, _ in made.kind.fields]
        if field not in names:
            legal = ", ".join(names) or "none"
            raise ModelError(f"message {made.kind.name} has no field {field}; its fields: {legal}")
        at = names.index(field)
        if made.args[at].sort is not value.sort:
            raise ModelError(f"field {field} is a {made.args[at].sort.name}")
        args = (*made.args[:at], value, *made.args[at + 1 :])
        return replace(push, item=e.Make(made.sort, made.kind, args))

    return _on_update(action, number, change)


def _check_number(action: Action, what: str, number: int, count: int) -> None:
    if not 1 <= number <= count:
        raise ModelError(f"action {action.name} has {count} {what}s, none of number {number}")


def _message(action: Action, number: int, update: e.Update) -> tuple[e.Push, e.Make]:
    if isinstance(update, e.Push) and isinstance(update.item, e.Make):
        return update, update.item
    raise ModelError(f"update {number} of action {action.name} sends no message")


def _on_update(
    action: Action, number: int, change: Callable[[e.Update], e.Update | None]
) -> Action:
    _check_number(action, "update", number, sum(1 for _ in flat_updates(action.updates)))
    left = number

    def on(updates: tuple[e.Update, ...]) -> tuple[e.Update, ...]:
        nonlocal left
        result: list[e.Update] = []
        for update in updates:
            if isinstance(update, e.When | e.Each):
                inner = on(update.updates)
                result += [replace(update, updates=inner)] if inner else []
                continue
            assert not isinstance(update, e.Alternative), "mutations work on configured models"
            left -= 1
            kept = change(update) if left == 0 else update
            result += [kept] if kept is not None else []
        return tuple(result)

    return replace(action, updates=on(action.updates))


# --- all mutations of a model -----------------------------------------------------------------


def all_guard_drops(model: Model) -> Iterator[Mutation]:
    """One mutation for each guard of each action."""
    for action in model.actions:
        for number, text in enumerate(prose.guard_lines(action), start=1):
            yield Mutation(
                f"{action.name}/guard{number}",
                action.name,
                f"{action.name} does not ask whether {text}",
                lambda a, n=number: drop_guard(a, n),  # type: ignore[misc]
                drops_guard=True,
            )


def all_update_drops(model: Model) -> Iterator[Mutation]:
    """One mutation for each leaf update of each action.

    Spending a budget belongs to the scope, and a record of history to the properties.
    """
    for action in model.actions:
        for number, update in enumerate(flat_updates(action.updates), start=1):
            if isinstance(update, e.Spend) or is_record(update):
                continue
            yield Mutation(
                f"{action.name}/update{number}",
                action.name,
                f"{action.name} forgets: {_leaf(action, update)}",
                lambda a, n=number: drop_update(a, n),  # type: ignore[misc]
            )


def all_message_changes(model: Model) -> Iterator[Mutation]:
    """One mutation for each other kind, and each other parameter in a field, of a sent message."""
    for action in model.actions:
        for number, update in enumerate(flat_updates(action.updates), start=1):
            if isinstance(update, e.Push) and isinstance(update.item, e.Make):
                yield from _other_kinds(action, number, update.item)
                yield from _other_fields(action, number, update.item)


def _other_kinds(action: Action, number: int, made: e.Make) -> Iterator[Mutation]:
    for kind in made.sort.kinds:
        if kind is made.kind or [s for _, s in kind.fields] != [s for _, s in made.kind.fields]:
            continue
        yield Mutation(
            f"{action.name}/update{number}/{kind.name}",
            action.name,
            f"{action.name} sends {kind.name} in place of {made.kind.name}",
            lambda a, n=number, k=kind: replace_kind(a, n, k),  # type: ignore[misc]
        )


def _other_fields(action: Action, number: int, made: e.Make) -> Iterator[Mutation]:
    for (field, sort), value in zip(made.kind.fields, made.args, strict=True):
        for param in action.params:
            other = _as_field(param, sort)
            if other is None or other == value:
                continue
            yield Mutation(
                f"{action.name}/update{number}/{field}={param.name}",
                action.name,
                f"{action.name} sends {made.kind.name} with {field}={param.name} "
                f"in place of {prose.expression(value)}",
                lambda a, n=number, f=field, x=other: replace_field(a, n, f, x),  # type: ignore[misc]
            )


def _as_field(param: e.Var, sort: e.SortInfo) -> e.Expr | None:
    if param.sort is sort:
        return param
    if sort.kind is SortKind.MAYBE and sort.of is param.sort:
        return e.Some(sort, param)
    return None


def _leaf(action: Action, update: e.Update) -> str:
    return prose.leaf(update, prose.Printer({v: v.name for v in action.params}))


def all_mutations(model: Model) -> tuple[Mutation, ...]:
    """Every mutation that this file knows, guards first."""
    return (*all_guard_drops(model), *all_update_drops(model), *all_message_changes(model))


def find_mutation(model: Model, mutation: str) -> Mutation:
    """The mutation of that id. Raises: ModelError, with the nearest ids, when there is none."""
    known = {m.id: m for m in all_mutations(model)}
    if mutation in known:
        return known[mutation]
    near = difflib.get_close_matches(mutation, known, n=3, cutoff=0.4) or list(known)[:3]
    raise ModelError(
        f"no mutation {mutation} of {model.protocol}; near it: {', '.join(near) or 'none'}"
    )


def find_alike(model: Model, mutation: Mutation) -> Mutation:
    """The same mutation of another model of the protocol, where its number may differ.

    Raises: ModelError when no mutation of the model has its sentence.
    """
    for other in all_mutations(model):
        if other.sentence == mutation.sentence:
            return other
    raise ModelError(f"no mutation of {model.protocol} with these parts says: {mutation.sentence}")
