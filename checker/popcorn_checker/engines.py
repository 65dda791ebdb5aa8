"""The engines by name, all behind the one face of ``exploring.py``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from popcorn_checker.errors import UsageError
from popcorn_checker.exploring import Effort, Exploration, Subject, explore_compiled
from popcorn_checker.plain import explore_into_networkx, explore_plainly
from popcorn_checker.symmetry import AUTO
from popcorn_checker.verdict import ENGINE_CHECKS
from popcorn_model.language import Mood

ENGINES: Final[dict[str, Callable[[Subject, Effort], Exploration]]] = {
    "explicit": explore_compiled,
    "evaluator": explore_plainly,
    "networkx": explore_into_networkx,
}
KEEPS_CHECKPOINTS: Final = "explicit"
KNOWS_SYMMETRY: Final = "explicit"


def explore(subject: Subject, effort: Effort) -> Exploration:
    """Explore with the engine that the effort names.

    Raises: ScopeError when the scope does not fit the engine; UsageError for a checkpoint or a
    symmetry with an engine that has none; CheckpointError. Cost: the reachable states.
    """
    if effort.checkpoint is not None and effort.engine != KEEPS_CHECKPOINTS:
        raise UsageError(
            f"the {effort.engine} engine keeps no checkpoint; leave --checkpoint out, or take "
            f"--engine {KEEPS_CHECKPOINTS}"
        )
    if effort.resume and effort.checkpoint is None:
        raise UsageError("--resume goes on from a checkpoint: name its folder with --checkpoint")
    if effort.symmetry == (AUTO,) and effort.engine != KNOWS_SYMMETRY:
        effort = replace(effort, symmetry=())
    if effort.symmetry and effort.engine != KNOWS_SYMMETRY:
        raise UsageError(
            f"the {effort.engine} engine explores every state; leave --symmetry out, or take "
            f"--engine {KNOWS_SYMMETRY}"
        )
    if effort.first:
        watched = {p.name for p in subject.model.properties if p.mood is Mood.ALWAYS}
        effort = replace(effort, stop_at=effort.stop_at | watched | set(ENGINE_CHECKS))
    return ENGINES[effort.engine](subject, effort)
