"""What the symbolic engines found out, in one form for all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from popcorn_checker.endless import Endless
from popcorn_checker.exploring import Run
from popcorn_checker.patience import Patience

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Task:
    """What an engine is to do: how deep to go, for how long, and whom to tell how far it is.

    ``only`` are the names of what is asked about; none means everything. With ``first`` it may end
    at the depth at which something is wrong.
    """

    depth: int
    patience: Patience
    only: frozenset[str] = frozenset()
    liveness: bool = True
    first: bool = False
    tell: Tell = lambda text: None


@dataclass
class Answers:
    """What became of each question.

    ``runs`` has a run to a state that decides a property, shortest ones if the engine goes step by
    step; ``lassos`` an endless run that refutes an `eventually`, as short as there are.
    ``never`` are those that no state decides, so that an `always` holds, with the way in which that
    was proved. No run of at most ``refuted`` steps decides what is left, and no endless one of at
    most ``refuted_endless``, the way round counted once. ``stopped`` is empty when the engine did
    all that it was to do.
    """

    runs: dict[str, Run] = field(default_factory=dict)
    lassos: dict[str, Endless] = field(default_factory=dict)
    never: dict[str, str] = field(default_factory=dict)
    refuted: int = -1
    refuted_endless: int = -1
    seconds: float = 0.0
    by_depth: dict[int, float] = field(default_factory=dict)
    rules: int = 0
    variables: int = 0
    stopped: str = ""


