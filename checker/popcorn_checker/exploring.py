"""One face for all engines: what an exploration found, whichever engine made it.

States are numbers here, in the order of discovery; `Exploration.run` leads from a number back to
the start as firings and states of the evaluator, from which traces are made. Here stands how the
compiled engine fits behind that face; the plain engines are in ``plain.py``, and ``engines.py``
chooses among all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from popcorn_checker.errors import InternalError
from popcorn_checker.evaluate import Evaluator, Firing, State, StepFault
from popcorn_checker.memory import resident_bytes
from popcorn_checker.scopes import Scope
from popcorn_checker.symmetry import ALL, AUTO, Symmetry, find_symmetry
from popcorn_model.language import Model
from popcorn_model.language.unbounded import without_budgets

if TYPE_CHECKING:
    from networkx import MultiDiGraph

    from popcorn_checker.explicit.lower import Groundwork
    from popcorn_checker.explicit.search import Progress, Search

PLAIN_MAX: Final = 1 << 22  # states that are explored without symmetry unless it is asked for
TOO_MANY: Final = "large"  # why a search ended that was to end at so many states

Run = list[tuple[Firing, State]]
Report = Callable[["Progress | str"], None]


@dataclass(frozen=True)
class Subject:
    """What is explored: a configured model at a complete scope.

    The model is without the budgets that have no bound in the scope. ``groundwork`` is what the
    compiled engine keeps; who replaces the model by one that is like it hands that on.
    """

    model: Model
    scope: Scope
    groundwork: list[Groundwork] = field(default_factory=list, compare=False, repr=False)

    def __post_init__(self) -> None:
        """What the scope does not bound is left out of the model."""
        object.__setattr__(self, "model", without_budgets(self.model, self.scope.unbounded))

    @property
    def evaluator(self) -> Evaluator:
        """The oracle for this model at this scope."""
        return Evaluator(self.model, self.scope)


@dataclass(frozen=True)
class Effort:
    """How far to go, and by what engine.

    ``stop_at`` are properties and engine checks whose first violation ends the exploration once
    ``linger`` states more are expanded; with ``first`` these are every `always`, a deadlock and a
    step without meaning. ``symmetry`` are the sorts, by scope entry, whose members may change
    places, or `ALL`; none means no symmetry, `AUTO` none unless there are more than PLAIN_MAX
    states. ``depth`` is how far a symbolic engine looks, and at what depth the explicit one stops.
    """

    engine: str = "explicit"
    seconds: float | None = None
    bytes_max: int = 8 << 30
    first: bool = False
    stop_at: frozenset[str] = frozenset()
    linger: int = 0
    checkpoint: Path | None = None
    resume: bool = False
    report: Report | None = None
    symmetry: tuple[str, ...] = ()
    depth: int | None = None


@dataclass(frozen=True)
class FaultSeen:
    """A step without meaning, first met in ``state``; ``kind`` is "empty" or "overflow"."""

    state: int
    firing: Firing
    kind: str
    text: str
    count: int


@dataclass
class Exploration:
    """What an engine found. ``levels[d]`` states end at depth ``d``; -1 stands for no state.

    ``search`` comes from the explicit engine only, ``graph`` from the networkx engine only. With
    ``symmetry`` a state stands for all that differ from it by an exchange of members.
    """

    states: int
    transitions: int
    levels: list[int]
    complete: bool
    stopped: str
    seconds: float
    seen: Mapping[str, int]
    fired: Mapping[str, int]
    run: Callable[[int], Run]
    deadlock: int = -1
    deadlocks: int = 0
    fault: FaultSeen | None = None
    words: int = 0
    bits: int = 0
    search: Search | None = field(default=None, repr=False)
    graph: MultiDiGraph[int] | None = field(default=None, repr=False)
    symmetry: Symmetry | None = None

    @property
    def depth(self) -> int:
        """The length of the longest shortest path."""
        return max(0, len(self.levels) - 1)

    @property
    def histogram(self) -> list[int]:
        """How many states lie at each depth."""
        return [b - a for a, b in zip([0, *self.levels], self.levels, strict=False)]


# --- the compiled engine ------------------------------------------------------------------------


def explore_compiled(subject: Subject, effort: Effort) -> Exploration:
    """Explore with the explicit engine.

    Raises: ScopeError when a message is too wide; UsageError for a symmetry that is none;
    CheckpointError when the effort asks for a checkpoint that cannot be kept or resumed. Cost:
    the reachable states.
    """
    if effort.symmetry != (AUTO,):
        return _explored(subject, effort)
    plain = replace(effort, symmetry=())
    if effort.checkpoint is not None or not find_symmetry(subject.model, subject.scope).free:
        return _explored(subject, plain)
    found = _explored(subject, plain, PLAIN_MAX)
    if found.stopped != TOO_MANY:
        return found
    left = None if effort.seconds is None else max(0.0, effort.seconds - found.seconds)
    del found  # its log need not stand in memory beside the next one
    return _explored(subject, replace(effort, symmetry=(ALL,), seconds=left))


def _explored(subject: Subject, effort: Effort, states: int | None = None) -> Exploration:
    """Explore with or without a symmetry, until there are more than so many states."""
    from popcorn_checker.explicit.lower import lower
    from popcorn_checker.explicit.search import Limits, Search
    from popcorn_checker.explicit.symmetry import Quotient

    wanted = effort.symmetry
    symmetry = find_symmetry(subject.model, subject.scope, wanted) if wanted else None
    initial = subject.evaluator.initial()
    program = lower(subject.model, subject.scope, initial, subject.groundwork)
    free = symmetry is not None and symmetry.free
    search = Search(program, Quotient(program.layout, symmetry) if symmetry and free else None)
    search.reserve(max(4096, effort.bytes_max // (8 * program.layout.words + 8)))
    search.start()
    search.bytes_before, search.bytes_max = resident_bytes(), effort.bytes_max
    limits = Limits(
        effort.seconds, effort.bytes_max, states, effort.stop_at, effort.linger, effort.depth
    )
    with _keeping(search, effort) as save_now_and_then:

        def look(now: Progress) -> None:
            save_now_and_then()
            if effort.report is not None:
                effort.report(now)

        search.run(limits, look)
    return replace(from_search(subject, search), symmetry=symmetry)


@contextmanager
def _keeping(search: Search, effort: Effort) -> Iterator[Callable[[], None]]:
    """Keep the search on disk if the effort says so; what to call between two chunks."""
    from popcorn_checker.explicit.checkpoint import keeping

    if effort.checkpoint is None:
        yield lambda: None
    else:
        with keeping(search, effort.checkpoint, effort.resume) as save_now_and_then:
            yield save_now_and_then


def from_search(subject: Subject, search: Search) -> Exploration:
    """What the explicit engine found, in the common form."""
    program, layout = search.program, search.program.layout

    def run(i: int) -> Run:
        return [
            (firing_of(search, rule), layout.decoded(words)) for rule, words in search.walk(i)
        ]

    return Exploration(
        states=search.states,
        transitions=search.transitions,
        levels=list(search.levels),
        complete=search.complete,
        stopped=search.stopped,
        seconds=search.seconds,
        seen={name: state for name, (state, _) in search.first_seen().items() if name},
        fired=search.fired_by_action(),
        run=run,
        deadlock=search.deadlock,
        deadlocks=search.deadlocks,
        fault=_fault(subject, search),
        words=program.layout.words,
        bits=program.layout.bits,
        search=search,
    )


def firing_of(search: Search, rule: int) -> Firing:
    """The instance of an action that a rule of the engine is."""
    number, values = search.program.action_of(rule)
    return Firing(search.program.model.actions[number].name, values)


def _fault(subject: Subject, search: Search) -> FaultSeen | None:
    if search.fault is None:
        return None
    number, count = search.fault.state, search.fault.count
    firing = firing_of(search, search.fault.rule)
    state = search.program.layout.decoded(search.row(number))
    action = subject.model.action(firing.action)
    tried = [firing]
    if search.quotient is not None and number:  # the state that a run leads to has other names
        state = search.program.layout.decoded(search.walk(number)[-1][1])
        tried = [f for a, f in subject.evaluator.firings if a is action]
    for firing in tried:
        try:
            subject.evaluator.fire(state, action, firing)
        except StepFault as error:
            return FaultSeen(number, firing, error.kind, str(error), count)
    raise InternalError(
        f"the engine met a step without meaning, {firing.action}{firing.values} in state "
        f"{number}, and the evaluator takes it"
    )
