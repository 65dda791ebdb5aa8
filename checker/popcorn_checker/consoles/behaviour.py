"""The behaviour that explains consoles, as a trace, after the evaluator has taken its steps."""

from __future__ import annotations

from popcorn_checker.consoles.look import PARTS, Look
from popcorn_checker.consoles.running import Verdict
from popcorn_checker.evaluate import Evaluator
from popcorn_checker.scopes import make_scope
from popcorn_checker.trace import Trace
from popcorn_checker.tracing import Claim, make_trace
from popcorn_checker.validating.behaviour import Run, replay
from popcorn_checker.validating.validator import Step, get_steps

SIZES = ("kernels", "tasks", "pages", "places", "channel_slots")


def take_again(look: Look) -> Run:
    """The steps with their states. Raises: InternalError as `replay` does."""
    return replay(_make_evaluator(look), _steps(look))


def make_behaviour(verdict: Verdict) -> Trace:
    """What has happened before and in the last windows that were looked at.

    Those are all, where each node has one. Cost: two evaluations a step.

    Raises: InternalError if the evaluator does not take a step.
    """
    look = verdict.looks[len(verdict.outcomes) - 1]
    steps = _steps(look)
    silent = sum(step.is_silent for step in steps)
    names = ", ".join(window.name for window in look.windows)
    claim = Claim(
        doc=f"Explains {names}: {len(steps)} steps, of which no line tells of {silent}.",
        meta={
            "lines": [f"{step.source}:{step.line}" for step in steps],
            "silent": [number for number, step in enumerate(steps, 1) if step.is_silent],
            "threads": {
                f"{pid}@{look.names.node(kernel)}": f"t{t}"
                for (kernel, pid), t in look.names.threads.items()
            },
            "pages": {f"{page:x}": f"p{n}" for page, n in look.names.pages.items()},
            "nodes": {str(node): f"k{k}" for node, k in look.names.consoles.kernels.items()},
            "variant": look.setting.variant,
            "parts": PARTS,
        },
    )
    return make_trace(_make_evaluator(look), replay(_make_evaluator(look), steps), claim)


def _steps(look: Look) -> list[Step]:
    return get_steps(look.search.threads[0].world.past)


def _make_evaluator(look: Look) -> Evaluator:
    scope = ",".join(f"{name}={look.machine.sizes[name]}" for name in SIZES)
    model = look.machine.model
    return Evaluator(model, make_scope(model, scope))
