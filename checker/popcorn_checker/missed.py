"""The step that a protocol takes and the simpler one does not have, as people see it.

A property of `refining` fails in the state before the step. Here the step is taken, and told: what
is shown before and after it, and what had been shown to change before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from popcorn_checker.evaluate import Evaluator, Firing, State
from popcorn_checker.explain import call_name, member, words
from popcorn_checker.exploring import Run
from popcorn_checker.refining import STEP, looks_of
from popcorn_model.language import Model, Property
from popcorn_model.language.refinement import Refinement, Shown


@dataclass(frozen=True)
class Missed:
    """What a refinement shows of the states of a model, configured with it."""

    model: Model
    refinement: Refinement

    @cached_property
    def looks(self) -> tuple[Shown, ...]:
        """What is shown, about the model as it is configured."""
        return looks_of(self.model, self.refinement)

    def told(
        self, evaluator: Evaluator, prop: Property, run: Run, reason: str
    ) -> tuple[Run, str]:
        """The run with the step that is missed at its end, and why it is, with what was seen."""
        seen_so_far = self._story(evaluator, run)
        name, is_step, _ = prop.name.rpartition(STEP)
        if not is_step:
            return run, f"{reason} {seen_so_far}"
        before = run[-1][1] if run else evaluator.initial()
        action = evaluator.model.action(name)
        for env in evaluator.instances(prop):
            if evaluator.value(prop.body, before, env):
                continue
            firing = Firing(name, tuple(env[v] for v in action.params))
            after = evaluator.fire(before, action, firing)
            if after is not None:
                seen = "; ".join(self._changed(evaluator, before, after)) or "nothing"
                other = self.refinement.of.name
                return [*run, (firing, after)], (
                    f"{call_name(evaluator.scope, action, firing.values)} is no step of {other}: "
                    f"as seen there it changes {seen}. {seen_so_far}"
                )
        return run, reason

    def _story(self, evaluator: Evaluator, run: Run) -> str:
        """What was seen to change in the steps of a run, but for what may change at any time."""
        told: list[str] = []
        before = evaluator.initial()
        for number, (firing, after) in enumerate(run, 1):
            if seen := "; ".join(self._changed(evaluator, before, after, self.refinement.free)):
                told.append(f"{seen} (step {number}, {firing.action})")
            before = after
        return f"Seen before, in this order: {', then '.join(told) or 'nothing'}."

    def _changed(
        self, evaluator: Evaluator, before: State, after: State, but: Collection[str] = (),
    ) -> Iterator[str]:  # fmt: skip
        for shown in (s for s in self.looks if s.state.name not in but):
            sizes = [range(evaluator.scope.size(v.sort)) for v in shown.params]
            for index in product(*sizes):
                env = dict(zip(shown.params, index, strict=True))
                old, new = (evaluator.value(shown.value, s, env) for s in (before, after))
                if old != new:
                    cell = self._cell(evaluator, shown, index)
                    told = (words(member(evaluator.scope, shown.value.sort, v)) for v in (old, new))
                    yield f"{cell} from {' to '.join(told)}"

    @staticmethod
    def _cell(evaluator: Evaluator, shown: Shown, index: tuple[int, ...]) -> str:
        scope = evaluator.scope
        names = (str(member(scope, v.sort, i)) for v, i in zip(shown.params, index, strict=True))
        return f"{shown.state.name}[{','.join(names)}]" if index else shown.state.name
