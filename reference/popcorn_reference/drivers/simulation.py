"""A multikernel in one process: all that happens is drawn from a seed, so a run can be repeated.

At each step one message arrives or one thread gets a time slice. Messages of a pair of kernels
arrive in the order in which they were sent; otherwise any order can be drawn.
"""

import hashlib
import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from popcorn_reference.codec import encode
from popcorn_reference.cpu.interface import Cpu
from popcorn_reference.faults import Spent
from popcorn_reference.host import Host
from popcorn_reference.kernel import ORIGIN
from popcorn_reference.linux.machine import Machine
from popcorn_reference.messages import Message
from popcorn_reference.node import Key, Node, Outside
from popcorn_reference.outputs import Alarm, HostCall, Note, Over, Report, Send
from popcorn_reference.recording import Act

Policy = Callable[[random.Random, int, int], int]
"""Says, with the number of kernels and where a thread is, where it goes after a slice."""


def stay(draw: random.Random, kernels: int, here: int) -> int:
    """Never migrate."""
    return here


def wander(draw: random.Random, kernels: int, here: int) -> int:
    """Migrate after one slice of four, anywhere."""
    return draw.randrange(kernels) if draw.random() < 0.25 else here


def hop(draw: random.Random, kernels: int, here: int) -> int:
    """Migrate after every slice, to the next kernel."""
    return (here + 1) % kernels


POLICIES: Final[dict[str, Policy]] = {"never": stay, "random": wander, "always": hop}
_SECOND: Final = 1_000_000_000


@dataclass
class Settings:
    """How a run goes."""

    kernels: int = 3
    seed: int = 0
    quantum: int = 1000
    """Units: instructions; a slice is of one to so many."""
    policy: str = "random"
    budget: int | None = None
    """Units: instructions in all; a slice that ended early counts as one."""


@dataclass
class Stepped:
    """Something that has happened: what, where, and what the node said to it."""

    act: Act
    kernel: int
    outputs: Sequence[Outside]


class Simulation:
    """Nodes, what is on its way between them, and a seed."""

    def __init__(
        self,
        settings: Settings,
        machine: Machine,
        make_cpu: Sequence[Callable[[], Cpu]],
        host: Host,
    ) -> None:
        self.settings = settings
        self.machine = machine
        self.host = host
        self.draw = random.Random(settings.seed)
        self.nodes = [
            Node(number, settings.kernels, make_cpu[number % len(make_cpu)],
                 machine if number == ORIGIN else None)
            for number in range(settings.kernels)
        ]  # fmt: skip
        self.links: dict[tuple[int, int], deque[Message]] = {}
        self.alarms: dict[Key, int] = {}
        self.now = 0
        self.spent = 0
        self.status: int | None = None
        self.main: int | None = None
        self.listeners: list[Callable[[Stepped], None]] = []
        self.reports: list[str] = []
        self._policy = POLICIES[settings.policy]
        self._hash = hashlib.sha256()

    @property
    def trace_hash(self) -> str:
        """A hash of all that has happened."""
        return self._hash.hexdigest()

    # --- what happens ----------------------------------------------------------------------------

    def begin(self, outputs: list[Outside], process: int) -> None:
        """Begin with what the first process says; the run ends with it."""
        self.main = process
        self._handle(Act("begin"), ORIGIN, outputs)

    def run(self) -> int:
        """Go on until the first process is over: its status, as `wait` gives it.

        Raises: Spent if the budget is spent, or nothing can happen any more.
        """
        while self.status is None:
            self.step()
        return self.status

    def step(self) -> None:
        """One thing that can happen, happens."""
        if self.alarms:
            self._ring()
        links = [link for link, queue in self.links.items() if queue]
        threads = [(node, key) for node in self.nodes for key in node.ready]
        if not links and not threads:
            self._wait()
            return
        choice = self._below(len(links) + len(threads))
        if choice < len(links):
            source, target = links[choice]
            message = self.links[source, target].popleft()
            outputs = self.nodes[target].receive(source, message)
            self._handle(Act("receive", (source,)), target, outputs)
        else:
            self._slice(*threads[choice - len(links)])

    def _below(self, count: int) -> int:
        """A number from 0 that is less than another; `randrange` takes five times as long."""
        return int(self.draw.random() * count)

    def _slice(self, node: Node, key: Key) -> None:
        count = 1 + self._below(self.settings.quantum)
        budget = self.settings.budget
        if budget is not None:
            if self.spent >= budget:
                raise Spent(f"the budget of {budget:,} instructions is spent")
            count = min(count, budget - self.spent)
        before = node.counts.instructions
        outputs = node.run(key, count)
        # How many instructions a slice has had that ended early nobody tells: at least one.
        done = max(1, node.counts.instructions - before)
        self.spent += done
        self.now += done
        self._handle(Act("slice", (*key, count)), node.number, outputs)
        goal = self._policy(self.draw, len(self.nodes), node.number)
        if goal != node.number and key in node.ready:
            self._handle(Act("migrate", (*key, goal)), node.number, node.migrate(key, goal))

    def _handle(self, act: Act, kernel: int, outputs: list[Outside]) -> None:
        self._hash.update(f"{kernel}{act.what}{act.values}".encode())
        for listener in self.listeners:
            listener(Stepped(act, kernel, outputs))
        for output in outputs:
            self._obey(kernel, output)
        if outputs:
            self.reports.extend(report.text for report in self.machine.take_reports())

    def _obey(self, kernel: int, output: Outside) -> None:
        match output:
            case Send(target, message):
                self._hash.update(encode(message))
                self.links.setdefault((kernel, target), deque()).append(message)
            case HostCall(process, thread, name, arguments):
                result = self.host.call(name, arguments)
                node = self.nodes[kernel]
                done = node.do(node.kernel.resumed(process, thread, result))
                self._handle(Act("host", (process, thread, result)), kernel, done)
            case Alarm(process, thread, nanoseconds):
                self.alarms.pop((process, thread), None)
                if nanoseconds > 0:
                    self.alarms[process, thread] = self.now + nanoseconds
            case Over(process, status):
                if process == self.main:
                    self.status = status
            case Report(text):
                self.reports.append(text)
            case Note():
                pass

    # --- time ------------------------------------------------------------------------------------

    def _ring(self) -> None:
        for key, due in list(self.alarms.items()):
            if due <= self.now:
                del self.alarms[key]
                node = self.nodes[ORIGIN]
                self._handle(Act("alarm", key), ORIGIN, node.do(node.kernel.rang(*key)))

    def _wait(self) -> None:
        if not self.alarms:
            raise Spent("every thread of the program sleeps, and nothing will wake them")
        self.now = max(self.now, min(self.alarms.values()))

    def read_clock(self, which: int) -> int:
        """Simulated time: one instruction takes a nanosecond, and runs begin at an even time."""
        return self.now + (0 if which else 1_400_000_000 * _SECOND)

    def close(self) -> None:
        """Free all processors."""
        for node in self.nodes:
            node.close()
