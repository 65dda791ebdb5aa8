"""The model and the reference side by side: whatever happens to one is explained by the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Final

from popcorn_checker.evaluate import Evaluator, Firing, State
from popcorn_checker.exploring import Subject
from popcorn_checker.scopes import make_scope
from popcorn_model.popcorn import PROTOCOL
from popcorn_reference.home import Home
from popcorn_reference.kernel import Kernel
from popcorn_reference.outputs import Note
from support.joined.cluster import Cluster
from support.joined.reading import AFTER_THE_END, AT_THE_END, Reading
from support.joined.telling import tell

PARTS: Final = ("threads", "pages", "areas", "futex", "fork", "services")


class Unexplained(AssertionError):
    """The reference has done what no step of the model explains, or not what it explains."""


@cache
def make_evaluator(kernels: int, threads: int, pages: int) -> Evaluator:
    """The model at a scope."""
    model = PROTOCOL.configured(parts=PARTS)
    scope = make_scope(model, f"kernels={kernels},tasks={threads},pages={pages}")
    return Subject(model, scope).evaluator


@dataclass
class Join:
    """A cluster, and the state of the model that explains it."""

    kernels: int = 2
    threads: int = 2
    pages: int = 1
    make_kernel: type[Kernel] = Kernel
    fired: list[Firing] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.evaluator = make_evaluator(self.kernels, self.threads, self.pages)
        self.cluster = Cluster(self.kernels, self.threads, self.pages, self.make_kernel)
        self.actions = {action.name: action for action in self.evaluator.model.actions}
        self.state: State = self.evaluator.initial()
        self.compare("at the start")

    @property
    def home(self) -> Home:
        """The process at its origin."""
        return self.cluster.home

    def follow(self, notes: list[Note]) -> list[Firing]:
        """Take the steps of the model that events are, and compare: the steps.

        Raises: Unexplained.
        """
        steps = [firing for note in notes for firing in tell(note)]
        for firing in steps:
            after = self.evaluator.fire(self.state, self.actions[firing.action], firing)
            if after is None:
                legal = sorted({each.action for each, _ in self.evaluator.successors(self.state)})
                raise Unexplained(
                    f"{firing} is no step of the model here; legal would be {', '.join(legal)}"
                )
            self.state = after
        self.fired.extend(steps)
        self.compare(f"after {', '.join(map(str, steps)) or 'nothing'}")
        return steps

    def compare(self, when: str) -> None:
        """Hold every cell of the model's state against what the kernels have.

        Raises: Unexplained.
        """
        reading = Reading(self.cluster)
        wrong = []
        for (family, index), place in self.evaluator.slot.items():
            name: str = family.name  # type: ignore[attr-defined]
            if self.home.is_over and name in AFTER_THE_END:
                continue
            if self.home.is_ending and name in AT_THE_END:
                continue
            found = reading.get(name, index)
            if found != self.state[place]:
                wrong.append(f"{name}{list(index)} is {found!r}, not {self.state[place]!r}")
        if wrong:
            raise Unexplained(f"{when}: {'; '.join(wrong)}")
