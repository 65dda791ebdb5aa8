"""Liveness for verdicts: lassos of the explicit engine as runs with a reason.

The state graph is built once and asked about one property after the other. What refutes a
property is a run that ends in a loop, or that rests for ever where no fair step is possible.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from popcorn_checker import explain
from popcorn_checker.evaluate import Environment, Evaluator, State
from popcorn_checker.explain import Explainer
from popcorn_checker.exploring import Run, Subject, firing_of
from popcorn_model.language import Fair, Model, Mood, Property
from popcorn_model.language import expr as e
from popcorn_model.language.prose import expression

if TYPE_CHECKING:
    from popcorn_checker.explicit.liveness import Lasso, StateGraph
    from popcorn_checker.explicit.search import Search


@dataclass(frozen=True)
class Endless:
    """A run that refutes a liveness property; after its last step it goes on from ``loop``."""

    run: Run
    loop: int
    reason: str


class Liveness:
    """Judges `eventually` properties of one complete exploration."""

    def __init__(self, subject: Subject, search: Search, pause: Callable[[], None]) -> None:
        """Nothing is computed until asked for; ``pause`` is called meanwhile and may raise."""
        self.pause = pause
        self.subject = subject
        self.search = search
        self.evaluator: Evaluator = subject.evaluator

    @cached_property
    def graph(self) -> StateGraph:
        """The state graph. Raises: ScopeError when it does not fit into memory."""
        from popcorn_checker.explicit.liveness import StateGraph

        return StateGraph(self.search, self.pause)

    def refute(self, prop: Property) -> Endless | None:
        """A fair run on which the property fails, or None.

        Raises: ScopeError for a graph too large. Cost: a few passes over the graph for each
        instance of the property.
        """
        from popcorn_checker.explicit.liveness import refute

        lasso = refute(self.graph, prop)
        if lasso is None:
            return None
        return endless(self.evaluator, prop, lasso.values, self._run(lasso), len(lasso.stem))

    def _run(self, lasso: Lasso) -> Run:
        layout = self.search.program.layout
        return [
            (firing_of(self.search, rule), layout.decoded(self.search.row(state)))
            for rule, state in (*lasso.stem, *lasso.cycle)
        ]


def endless(
    evaluator: Evaluator, prop: Property, values: tuple[int, ...], run: Run, loop: int
) -> Endless:
    """A run that refutes an instance of a property, with the reason in words.

    ``loop`` is the number of steps before the loop: all of them when the run rests.
    """
    env = dict(zip(prop.params, values, strict=True))
    states = [evaluator.initial(), *(state for _, state in run)]
    since = _since(evaluator, prop, env, states)
    named = {v: v.name for v in prop.params}
    instance = explain.instance(prop, env, evaluator.scope)
    cells = Explainer(evaluator, states[since]).cells(prop.trigger, env)
    when = f"after step {since} " if since else "from the start "
    what = "" if prop.trigger == e.YES else (
        f"{when}{expression(prop.trigger, named)} holds{explain.because(cells)}; "
    )  # fmt: skip
    rests = loop == len(run)
    end = "rests where no fair step is possible" if rests else "goes round for ever"
    reason = (
        f"{prop.name} fails{instance}: {what}{expression(prop.body, named)} never comes, "
        f"because the run {end}."
    )
    return Endless(run, loop, reason)


def _since(
    evaluator: Evaluator, prop: Property, env: Environment, states: list[State]
) -> int:
    """The first state with the trigger after which the goal never holds."""
    since = len(states) - 1
    for n in range(len(states) - 1, -1, -1):
        if evaluator.value(prop.body, states[n], env):
            break
        if evaluator.value(prop.trigger, states[n], env):
            since = n
    return since


def fairness_of(model: Model) -> Mapping[str, str]:
    """What every fair run owes to the actions, where a property depends on it."""
    liveness = [p for p in model.properties if p.mood is Mood.EVENTUALLY]
    if not liveness:
        return {}
    stated = {a.name: a.fair.value for a in model.actions if a.fair is not Fair.NONE}
    for prop in liveness:
        for name, fair in prop.fair:
            stated[f"{name} in {prop.name}"] = fair.value
    return stated
