"""The model and the reference side by side: whatever happens to one is explained by the other."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from popcorn_checker.evaluate import Evaluator, Firing, State
from popcorn_checker.exploring import Subject
from popcorn_checker.scopes import make_scope
from popcorn_model.popcorn import PROTOCOL
from popcorn_model.vocabulary import Call
from popcorn_reference.faults import LocalFault, RemoteFault
from popcorn_reference.home import Home
from popcorn_reference.kernel import Kernel
from popcorn_reference.messages import Message, Wanted
from popcorn_reference.outputs import Note
from popcorn_reference.serving import SERVES
from support.joined.cluster import Cluster
from support.joined.reading import AFTER_THE_END, AT_THE_END, Reading
from support.joined.stimuli import Stimulus
from support.joined.telling import tell

PARTS: Final = ("threads", "pages", "areas", "futex", "fork", "services")


class Unexplained(AssertionError):
    """The reference has done what no step of the model explains, or not what it explains."""


@contextmanager
def raises_fault() -> Iterator[None]:
    """What is done here has to be refused."""
    try:
        yield
    except (LocalFault, RemoteFault):
        return
    raise Unexplained("this had to be refused")


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
    listeners: list[Callable[[State, Firing, State], None]] = field(default_factory=list)
    """Are told of each step of the model, with the states before and after it."""
    history: list[Stimulus] = field(default_factory=list)

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

    def fork(self) -> Join:
        """The same, to go on with in another way."""
        other = copy.copy(self)
        other.cluster = copy.deepcopy(self.cluster, {id(SERVES): SERVES})
        other.history, other.listeners = list(self.history), list(self.listeners)
        return other

    def key(self) -> tuple[object, ...]:
        """What tells this moment from others: also the order in which messages and threads wait."""
        links = tuple(sorted((link, tuple(queue)) for link, queue in self.cluster.links.items()))
        queues = tuple(
            (page, tuple(entry.queue))
            for page, entry in sorted(self.home.directory.entries.items())
        )
        sleepers = tuple(
            (address, tuple(threads)) for address, threads in self.home.roll.sleepers.items()
        )
        return self.state, _bare(links), queues, sleepers, tuple(self.home.turns)

    def getter(self, state: State) -> Callable[..., object]:
        """Reads cells of a state by name and index, labels as text."""
        families = {family.name: family for family in self.evaluator.model.states}

        def get(name: str, *index: int) -> object:
            family = families[name]
            value = state[self.evaluator.slot[family, index]]
            labels = family.sort.labels
            return labels[value] if labels and isinstance(value, int) else value

        return get

    # --- stimuli ---------------------------------------------------------------------------------

    def begin(self, kernel: int = 0, thread: int = 0) -> list[Firing]:
        """The process begins."""
        given = (kernel, thread)
        return self._do(Stimulus("begin", given), lambda: self.cluster.begin(*given))

    def stop(
        self, thread: int, kernel: int, call: Call, pages: Wanted = (), extra: tuple[int, ...] = ()
    ) -> list[Firing]:
        """A thread stops and asks for something."""
        given = (thread, kernel, call, pages, extra)
        return self._do(Stimulus("stop", given), lambda: self.cluster.stop(*given))

    def deliver(self, source: int, target: int) -> list[Firing]:
        """The first message between two kernels arrives."""
        given = (source, target)
        return self._do(Stimulus("deliver", given), lambda: self.cluster.deliver(*given))

    def ring(self, thread: int) -> list[Firing]:
        """The time of a thread that sleeps is over."""
        return self._do(Stimulus("ring", (thread,)), lambda: self.cluster.ring(thread))

    def kill(self) -> list[Firing]:
        """Something outside ends the process."""
        return self._do(Stimulus("kill"), self.cluster.kill)

    def refuse(self, source: int, target: int, message: Message) -> None:
        """A message comes that no kernel would have sent: it is refused, and changes nothing."""
        with raises_fault():
            self.cluster.receive(source, target, message)
        self.compare(f"after {message}, which is not legal,")

    def refuse_stop(
        self, thread: int, kernel: int, call: Call, pages: Wanted = (), extra: tuple[int, ...] = ()
    ) -> None:
        """A thread stops that cannot: that is refused, and changes nothing."""
        with raises_fault():
            self.cluster.stop(thread, kernel, call, pages, extra)
        self.compare(f"after {call} of thread {thread} on kernel {kernel}, which is not legal,")

    # --- what comes of them ----------------------------------------------------------------------

    def _do(self, stimulus: Stimulus, act: Callable[[], list[Note]]) -> list[Firing]:
        self.history.append(stimulus)
        try:
            return self.follow(act())
        except Unexplained as why:
            raise Unexplained(f"{why}{self.show_history()}") from None
        except (LocalFault, RemoteFault, AssertionError, KeyError, ValueError) as why:
            text = f"{type(why).__name__}: {why}"
            raise Unexplained(f"{text}{self.show_history()}") from why

    def show_history(self) -> str:
        """All that was done, as a test that does it again."""
        make = f"Join({self.kernels}, {self.threads}, {self.pages})"
        lines = ["", "", "def test_found() -> None:", f"    join = {make}"]
        return "\n".join([*lines, *(f"    {each}" for each in self.history)])

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
            for listen in self.listeners:
                listen(self.state, firing, after)
            self.state = after
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


def _bare(links: tuple[object, ...]) -> str:
    """Messages as text, without the bytes of pages: whether those count the state says."""
    return re.sub(r"data=b'(?:[^'\\]|\\.)*'", "data", repr(links))
