"""Symmetry done plainly: exchanges of members on the evaluator's states, and orbits by trying all.

Nothing of the compiled engine is used here but to walk about in large models.
"""

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import permutations, product
from typing import Any

import numpy as np

from popcorn_checker.evaluate import Evaluator, Firing, State, StepFault
from popcorn_checker.explicit import kernel
from popcorn_checker.explicit.search import Search, Words
from popcorn_checker.explicit.symmetry import Quotient
from popcorn_checker.explicit.tables import Space
from popcorn_checker.scopes import make_scope, sorts_of
from popcorn_checker.symmetry import Exchange, Symmetry, find_symmetry
from popcorn_model.language import Action, Model, Mood, Protocol
from popcorn_model.language import expr as e
from support.oracle import Case
from support.subjects import configure


def declare(model: Model | Protocol) -> Model:
    """The model with every sort of members declared interchangeable."""
    made = configure(model)
    sorts = (s for s in sorts_of(made).values() if s.kind is e.SortKind.MEMBERS)
    return replace(made, interchangeable=tuple(sorts))


def moved(sort: e.SortInfo, value: Any, exchange: Exchange) -> Any:
    """A value of a sort after an exchange."""
    if sort.kind is e.SortKind.MESSAGE:
        kind = next(k for k in sort.kinds if k.name == value[0])
        fields = zip(kind.fields, value[1], strict=True)
        return (value[0], tuple(moved(s, v, exchange) for (_, s), v in fields))
    to = exchange.get(sort.of or sort)
    return value if to is None or value is None else to[value]


def exchanged(evaluator: Evaluator, state: State, exchange: Exchange) -> State:
    """A state after an exchange."""
    after: list[Any] = [None] * len(state)
    for (family, index), place in evaluator.slot.items():
        assert isinstance(family, (e.StateInfo, e.QueueInfo, e.BudgetInfo))
        to = tuple(moved(s, i, exchange) for s, i in zip(family.index, index, strict=True))
        value = state[place]
        if isinstance(family, e.StateInfo):
            value = moved(family.sort, value, exchange)
        elif isinstance(family, e.QueueInfo):
            value = tuple(moved(family.sort, x, exchange) for x in value)
        after[evaluator.slot[family, to]] = value
    return tuple(after)


def every_exchange(symmetry: Symmetry) -> Iterator[Exchange]:
    """The whole group."""
    sorts = list(symmetry.free)
    for choice in product(*(permutations(symmetry.free[s]) for s in sorts)):
        exchange = {}
        for sort, to in zip(sorts, choice, strict=True):
            whole = list(range(symmetry.sizes[sort]))
            for one, other in zip(symmetry.free[sort], to, strict=True):
                whole[one] = other
            exchange[sort] = tuple(whole)
        yield exchange


# --- equivariance -------------------------------------------------------------------------------


Steps = Counter[tuple[tuple[int, ...], State | str]]
"""Parameters, and the state that they lead to or the kind of the fault."""


def _steps(evaluator: Evaluator, state: State, action: Action) -> Steps:
    found: Steps = Counter()
    for values in product(*(range(evaluator.scope.size(p.sort)) for p in action.params)):
        try:
            after = evaluator.fire(state, action, Firing(action.name, values))
        except StepFault as fault:
            found[values, fault.kind] += 1
        else:
            if after is not None:
                found[values, after] += 1
    return found


def _exchanged_steps(
    evaluator: Evaluator, steps: Steps, action: Action, exchange: Exchange
) -> Steps:
    found: Steps = Counter()
    for (values, after), times in steps.items():
        to = tuple(moved(p.sort, v, exchange) for p, v in zip(action.params, values, strict=True))
        end = after if isinstance(after, str) else exchanged(evaluator, after, exchange)
        found[to, end] += times
    return found


def breaches(
    evaluator: Evaluator, state: State, exchange: Exchange, actions: Iterable[Action] | None = None
) -> list[str]:
    """Actions and properties that tell a state from the one after an exchange: what they say of
    the second is not what they say of the first, exchanged."""
    model, other = evaluator.model, exchanged(evaluator, state, exchange)
    found = []
    for action in model.actions if actions is None else actions:
        steps = _exchanged_steps(evaluator, _steps(evaluator, state, action), action, exchange)
        if steps != _steps(evaluator, other, action):
            found.append(action.name)
    for prop in (*model.properties, *([model.ends] if model.ends else [])):
        if prop.mood is not Mood.EVENTUALLY:
            test = evaluator.holds if prop.mood is Mood.ALWAYS else evaluator.reaches
            found += [prop.name] * (test(prop, state) != test(prop, other))
    return found


# --- cases --------------------------------------------------------------------------------------


@dataclass
class Quotients:
    """A case with its symmetry, and the search of its quotient."""

    case: Case
    symmetry: Symmetry

    @classmethod
    def of(cls, model: Model | Protocol, scope: str = "") -> "Quotients":
        """The default variant of a protocol, or a model, at a scope, over all its sorts."""
        made = declare(model)
        return cls(Case.of(made, scope), find_symmetry(made, make_scope(made, scope)))

    @cached_property
    def quotient(self) -> Quotient:
        """The engine's quotient."""
        return Quotient(self.case.program.layout, self.symmetry)

    def forms(self, states: list[State]) -> list[State]:
        """The states by which the engine replaces some."""
        layout = self.case.program.layout
        buf = np.concatenate([layout.encode(s) for s in states])
        self.quotient.canonicalise(buf, len(states))
        return [layout.decoded(row) for row in buf.reshape(len(states), layout.words)]

    def orbit(self, state: State) -> frozenset[State]:
        """All states that differ from one by an exchange."""
        exchanges = every_exchange(self.symmetry)
        return frozenset(exchanged(self.case.evaluator, state, x) for x in exchanges)


def wander(case: Case, count: int, seed: int = 1) -> Iterator[tuple[Words, str]]:
    """States of a long walk from the start, packed, each with the action that is taken next.

    Of the actions that can be taken it takes the one that was taken least often so far.
    """
    program, chance = case.program, random.Random(seed)
    search = Search(program)
    search.reserve(1 << 12)
    search.start()
    work, here = search.scratch(), program.initial
    taken: Counter[str] = Counter()
    for _ in range(count):
        space = Space(here, search.words, np.zeros(1, dtype=np.int64))
        n, _, _ = kernel.expand(program.tables, space, work, 0, 0)
        if n == 0 or chance.random() < 0.01:
            here = program.initial
            continue
        names = [program.model.actions[program.action_of(int(r))[0]].name for r in work.who[:n]]
        name = min(sorted(set(names)), key=lambda x: taken[x])
        row = chance.choice([r for r in range(n) if names[r] == name])
        yield here, name
        taken[name] += 1
        here = work.buf[row * search.words : (row + 1) * search.words].copy()
