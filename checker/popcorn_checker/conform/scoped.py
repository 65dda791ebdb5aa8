"""A model at a scope: cells of its states by their names, and steps by theirs."""

from __future__ import annotations

from typing import Any

from popcorn_checker.checking import Request, make_subject
from popcorn_checker.evaluate import Evaluator, Firing, State


class Scoped:
    """A model at a scope."""

    def __init__(self, request: Request) -> None:
        """Configure it. Cost: tens of milliseconds."""
        self.evaluator: Evaluator = make_subject(request).evaluator
        self._actions = {action.name: action for action in self.evaluator.model.actions}
        self._slots = {
            (family.name, index): place  # type: ignore[attr-defined]
            for (family, index), place in self.evaluator.slot.items()
        }

    def get(self, state: State, name: str, *index: int) -> Any:
        """A cell of a state: a number, a truth value, or None for nothing."""
        return state[self._slots[name, index]]

    def fire(self, state: State, action: str, *values: int) -> State | None:
        """The state after a step, or None if the step cannot be taken."""
        return self.evaluator.fire(state, self._actions[action], Firing(action, values))
