"""Protocols and models: parts put together, and switches set.

A `Protocol` is what people write: parts, switches, variants. A `Model` is what engines read: the
same data with every switch resolved. A part that is left out stands still: its state variables
keep their start values, its messages are not sent, its actions and properties are absent. That is
how parts are checked alone without a second text of any action.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from popcorn_model.language import expr as e
from popcorn_model.language.actions import Action
from popcorn_model.language.carried import with_constants, without_the_impossible
from popcorn_model.language.configure import Settings, configure_action, configure_property
from popcorn_model.language.expr import ModelError
from popcorn_model.language.listing import Info, Listed, refuse_unlisted
from popcorn_model.language.messages import BoundKind
from popcorn_model.language.properties import Property
from popcorn_model.language.state import Budget, QueueMap, StateMap
from popcorn_model.language.switches import Switch
from popcorn_model.language.terms import Sort


@dataclass(frozen=True)
class Part:
    """One part of a protocol: its state, its messages, its actions, its properties.

    ``needs`` are parts that come along. A part with ``instead`` stands in for a larger one: it
    comes along where it is needed and that other part is left out, and never with it.
    """

    name: str
    doc: str
    states: tuple[StateMap[Any], ...] = ()
    queues: tuple[QueueMap[Any], ...] = ()
    messages: tuple[BoundKind[Any], ...] = ()
    actions: tuple[Action, ...] = ()
    properties: tuple[Property, ...] = ()
    needs: tuple[str, ...] = ()
    instead: str = ""
    budgets: tuple[Budget, ...] = ()


Sizes = Mapping[str, int | Callable[[Mapping[str, int]], int]]


@dataclass(frozen=True)
class View:
    """How pictures show a protocol: which sort is a lane, what stands in it, what travels."""

    lanes: type[Sort]
    tokens: type[Sort] | None = None
    where: StateMap[Any] | None = None
    pages: tuple[StateMap[Any], ...] = ()


@dataclass(frozen=True)
class Variant:
    """A named setting of switches, with a sentence."""

    doc: str
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Protocol:
    """Everything about one protocol.

    ``scope`` gives default sizes, as numbers or as functions of the sizes before them. ``brief``
    gives budgets at which *eventually* properties are looked at where the graph of the scope that
    is asked for cannot be kept.
    ``interchangeable`` are the sorts whose members symmetry may permute.
    """

    name: str
    doc: str
    parts: tuple[Part, ...]
    switches: tuple[Switch, ...] = ()
    variants: Mapping[str, Variant] = field(default_factory=dict)
    scope: Sizes = field(default_factory=dict)
    brief: Mapping[str, int] = field(default_factory=dict)
    ends: Property | None = None
    view: View | None = None
    interchangeable: tuple[type[Sort], ...] = ()

    def __post_init__(self) -> None:
        """Raises: ModelError for two things of one name or a setting of an unknown switch."""
        for what, names in self._names().items():
            twice = sorted({n for n in names if names.count(n) > 1})
            if twice:
                raise ModelError(f"protocol {self.name}: two {what} are called {twice[0]}")
        self._refuse_unknown_parts()
        refuse_unlisted(self._listed())
        for label, variant in self.variants.items():
            self._settings(variant.settings, f"variant {label}")

    def _names(self) -> dict[str, list[str]]:
        states = [s.info.name for p in self.parts for s in p.states]
        queues = [q.info.name for p in self.parts for q in p.queues]
        return {
            "parts": [p.name for p in self.parts],
            "state variables": states + queues,
            "actions": [a.name for p in self.parts for a in p.actions if not a.only]
            + sorted({a.name for p in self.parts for a in p.actions if a.only}),
            "properties": [x.name for p in self.parts for x in p.properties],
            "switches": [s.info.name for s in self.switches],
        }

    def _refuse_unknown_parts(self) -> None:
        for part in self.parts:
            for name in (*part.needs, *filter(None, (part.instead,))):
                if name not in {p.name for p in self.parts}:
                    raise ModelError(f"part {part.name} names part {name}, which does not exist")

    def _listed(self) -> Listed:
        known: list[Info] = [s.info for s in self.switches]
        for part in self.parts:
            known += (s.info for s in part.states)
            known += (q.info for q in part.queues)
            known += (b.info for b in part.budgets)
        ends = (self.ends,) if self.ends is not None else ()
        return Listed(
            frozenset(known),
            tuple(a for p in self.parts for a in p.actions),
            (*(x for p in self.parts for x in p.properties), *ends),
        )

    def _settings(self, given: Mapping[str, str], who: str) -> dict[str, str]:
        known = {s.info.name: s for s in self.switches}
        for name, value in given.items():
            if name not in known:
                legal = ", ".join(known) or "none"
                raise ModelError(f"{who}: no switch {name}; the switches are: {legal}")
            known[name].check(value)
        return dict(given)

    def part(self, name: str) -> Part:
        """The part of that name. Raises: ModelError when there is none."""
        for part in self.parts:
            if part.name == name:
                return part
        legal = ", ".join(p.name for p in self.parts)
        raise ModelError(f"protocol {self.name} has no part {name}; its parts are: {legal}")

    def configured(
        self,
        variant: str | None = None,
        settings: Mapping[str, str] | None = None,
        parts: Iterable[str] | None = None,
    ) -> Model:
        """The model with every switch resolved and the other parts standing still.

        Raises: ModelError for an unknown variant, switch, value or part, or an ill-formed result.
        """
        if variant is not None and variant not in self.variants:
            legal = ", ".join(self.variants) or "none"
            raise ModelError(f"protocol {self.name} has no variant {variant}; legal: {legal}")
        chosen = {s.info.name: s.values[0] for s in self.switches}
        if variant is not None:
            chosen |= self.variants[variant].settings
        chosen |= self._settings(settings or {}, "settings")
        return _assemble(self, variant or "default", chosen, self.chosen(parts))

    def chosen(self, names: Iterable[str] | None) -> tuple[Part, ...]:
        """The parts of these names and those that they need; of no names, all but stand-ins.

        Raises: ModelError for an unknown part.
        """
        if names is None:
            return tuple(p for p in self.parts if not p.instead)
        wanted: list[str] = []
        stack = list(names)
        while stack:
            name = stack.pop()
            if name not in wanted:
                wanted.append(name)
                stack += self.part(name).needs
        return tuple(p for p in self.parts if p.name in wanted and p.instead not in wanted)


@dataclass(frozen=True)
class Model:
    """A protocol with its switches set: what engines, printers and mutations read."""

    protocol: str
    variant: str
    settings: Mapping[str, str]
    assumptions: Mapping[str, str]
    parts: tuple[str, ...]
    states: tuple[e.StateInfo, ...]
    queues: tuple[e.QueueInfo, ...]
    budgets: tuple[e.BudgetInfo, ...]
    actions: tuple[Action, ...]
    properties: tuple[Property, ...]
    scope: Sizes = field(default_factory=dict)
    brief: Mapping[str, int] = field(default_factory=dict)
    ends: Property | None = None
    view: View | None = None
    interchangeable: tuple[e.SortInfo, ...] = ()

    def action(self, name: str) -> Action:
        """The action of that name. Raises: ModelError when there is none."""
        for action in self.actions:
            if action.name == name:
                return action
        raise ModelError(f"model {self.protocol} has no action {name}")

    def property(self, name: str) -> Property:
        """The property of that name. Raises: ModelError when there is none."""
        for prop in self.properties:
            if prop.name == name:
                return prop
        raise ModelError(f"model {self.protocol} has no property {name}")

    def with_actions(self, actions: Iterable[Action]) -> Model:
        """The same model with other actions; for mutations."""
        return replace(self, actions=tuple(actions))


def _assemble(
    protocol: Protocol, variant: str, chosen: dict[str, str], parts: tuple[Part, ...]
) -> Model:
    included = {p.name for p in parts}
    still = {
        s.info: s.info for p in protocol.parts if p.name not in included for s in p.states
    }
    sent = {m.info for p in parts for m in p.messages}
    silent_kinds = {m.info for p in protocol.parts for m in p.messages} - sent
    silent_queues = {q.info for p in protocol.parts if p.name not in included for q in p.queues}
    settings = Settings(chosen, frozenset(still), frozenset(silent_kinds), frozenset(silent_queues))
    actions = [configure_action(a, settings) for p in parts for a in p.actions]
    properties = [configure_property(x, settings) for p in parts for x in p.properties]
    known = {s.info.name: s.info for s in protocol.switches}
    queues = tuple(q.info for p in parts for q in p.queues)
    states = tuple(s.info for p in parts for s in p.states)
    exist = without_the_impossible(states, queues, tuple(a for a in actions if a is not None))

    def constants(prop: Property) -> Property:
        return replace(prop, body=with_constants(prop.body, exist.constant),
                       trigger=with_constants(prop.trigger, exist.constant))  # fmt: skip

    return Model(
        protocol=protocol.name,
        variant=variant,
        settings=chosen,
        assumptions={n: v for n, v in chosen.items() if known[n].assumption},
        parts=tuple(p.name for p in parts),
        states=tuple(s for s in states if s not in exist.constant),
        queues=queues,
        budgets=tuple(b.info for p in parts for b in p.budgets),
        actions=exist.actions,
        properties=tuple(constants(x) for x in properties),
        scope=protocol.scope,
        brief=protocol.brief,
        ends=constants(configure_property(protocol.ends, settings)) if protocol.ends else None,
        view=protocol.view,
        interchangeable=tuple(s.info for s in protocol.interchangeable),
    )
