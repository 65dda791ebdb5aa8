"""The behaviour that explains a log as a trace, after the evaluator has taken every step of it."""

from __future__ import annotations

from typing import Final

from popcorn_checker.errors import InternalError, UsageError
from popcorn_checker.evaluate import Evaluator, Firing, State
from popcorn_checker.journal.explaining import PARTS
from popcorn_checker.scopes import make_scope
from popcorn_checker.trace import Trace
from popcorn_checker.tracing import Claim, make_trace
from popcorn_checker.validating.case import Case
from popcorn_checker.validating.validator import Step, Validator

STEPS_MAX: Final = 20_000
"""A trace has every state whole: of more steps it would be too large for anybody."""

Run = list[tuple[Firing, State]]


def make_evaluator(case: Case) -> Evaluator:
    """The model at the sizes that the log has."""
    entries = case.machine.sizes
    scope = ",".join(f"{name}={entries[name]}" for name in ("kernels", "tasks", "pages"))
    model = case.machine.model
    return Evaluator(model, make_scope(model, scope))


def take_again(case: Case, steps: list[Step]) -> Run:
    """The steps of a process with their states. Raises: InternalError as `replay` does."""
    return replay(make_evaluator(case), steps)


def replay(evaluator: Evaluator, steps: list[Step]) -> Run:
    """The steps with their states, each taken by the evaluator from the start on.

    Raises: InternalError if it does not take one. Cost: an evaluation a step, about a millisecond.
    """
    actions = {action.name: action for action in evaluator.model.actions}
    state, run = evaluator.initial(), []
    for number, step in enumerate(steps, start=1):
        after = evaluator.fire(state, actions[step.firing.action], step.firing)
        if after is None:
            raise InternalError(
                f"step {number} of the explanation, {step.firing.action}{step.firing.values}, is "
                "not possible: the search and the evaluator disagree"
            )
        state = after
        run.append((step.firing, after))
    return run


def make_behaviour(validator: Validator, process: int | None = None) -> Trace:
    """What a process has done, by default the first.

    Raises: UsageError if there is no such process or too much to show. Cost: two evaluations
    a step.
    """
    known = sorted(validator.cases)
    process = known[0] if process is None else process
    if process not in known:
        raise UsageError(f"the log is not about process {process}; it is about {known}")
    case = validator.cases[process]
    steps = validator.steps(process)
    if len(steps) > STEPS_MAX:
        raise UsageError(f"the behaviour has {len(steps)} steps; {STEPS_MAX} can be shown")
    evaluator = make_evaluator(case)
    silent = sum(step.is_silent for step in steps)
    claim = Claim(
        doc=f"Explains the lines of process {process}: {len(steps)} steps, of which no line tells "
        f"of {silent}.",
        meta={
            "lines": [step.line for step in steps],
            "silent": [number for number, step in enumerate(steps, 1) if step.is_silent],
            "threads": {str(thread): f"t{n}" for thread, n in case.numbers.threads.items()},
            "pages": {str(page): f"p{n}" for page, n in case.numbers.pages.items()},
            "parts": PARTS,
        },
    )
    return make_trace(evaluator, take_again(case, steps), claim)
