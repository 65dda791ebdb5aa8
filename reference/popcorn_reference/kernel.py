"""One kernel: what it has of each process, and, if it is the origin, the homes of all processes.

No clock, no socket, no thread of its own, no randomness: what comes in is a message, or what a
processor did; what goes out is a list of messages and commands, in order. Two kernels that are
handed the same things say the same things.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from popcorn_model.vocabulary import Call
from popcorn_reference.areas import Areas
from popcorn_reference.faults import LocalFault, RemoteFault
from popcorn_reference.home import Home, Ways
from popcorn_reference.member import Member
from popcorn_reference.memory import Memory
from popcorn_reference.messages import (
    Answer,
    Asked,
    Done,
    End,
    Farewell,
    Gave,
    Message,
    Recall,
    Wanted,
)
from popcorn_reference.outputs import Output
from popcorn_reference.questions import Program, Question
from popcorn_reference.serving import SERVES

ORIGIN: Final = 0
"""The kernel that all processes are executed on."""


@dataclass(frozen=True)
class Stop:
    """What a processor says of a thread that has stopped: what it needs, and its context."""

    call: Call
    context: bytes
    pages: Wanted = ()
    arguments: tuple[int, ...] = ()


class System(Protocol):
    """What the origin needs to know beyond the protocol: what system calls do, and processes."""

    def start(self, home: Home, question: Question) -> Program:
        """The program of a system call."""

    def new_thread(self) -> int | None:
        """A number for a new thread, if there can be one more."""

    def make_child(self, home: Home, question: Question) -> int | None:
        """A process that is a copy of another: its number, if there can be one more."""

    def over(self, home: Home) -> None:
        """Nothing is left of a process."""


class NoSystem:
    """Numbers for threads, and no system calls."""

    def __init__(self, threads: int | None = None) -> None:
        self.threads_max = threads
        self.threads = 0
        self.children = 0

    def start(self, home: Home, question: Question) -> Program:
        """There are none.

        Raises: RemoteFault.
        """
        raise RemoteFault(f"thread {question.thread} makes a system call where there are none")

    def new_thread(self) -> int | None:
        """The next number."""
        if self.threads == self.threads_max:
            return None
        self.threads += 1
        return self.threads - 1

    def make_child(self, home: Home, question: Question) -> int | None:
        """The number of a child that nobody looks at."""
        self.children += 1
        return self.children

    def over(self, home: Home) -> None:
        """Nobody is told."""


class Kernel:
    """A kernel of the multikernel."""

    def __init__(
        self,
        number: int,
        make_memory: Callable[[int], Memory],
        system: System | None = None,
    ) -> None:
        self.number = number
        self.members: dict[int, Member] = {}
        self.homes: dict[int, Home] = {}
        self._make_memory = make_memory
        self._system = system or NoSystem()

    def make_home(self, process: int, areas: Areas) -> Home:
        """A new process of which this kernel is the origin; it has no thread yet.

        Raises: LocalFault if this kernel is not the one on which processes are executed.
        """
        if self.number != ORIGIN:
            raise LocalFault(f"kernel {self.number} executes no process: the origin is {ORIGIN}")
        system = self._system
        ways = Ways(SERVES, system.start, system.new_thread, system.make_child, system.over)
        home = self.homes[process] = Home(process, self.member(process), ways)
        home.areas = areas
        return home

    def begin(self, home: Home, thread: int, kernel: int, context: bytes) -> list[Output]:
        """A process begins, with one thread that is sent to a kernel."""
        home.begin(thread, kernel, context)
        return self._collect()

    # --- what comes in ---------------------------------------------------------------------------

    def receive(self, source: int, message: Message) -> list[Output]:
        """A message has arrived from a kernel.

        Raises: RemoteFault if no kernel that follows the protocol would have sent it; LocalFault
        if a step is being waited for.
        """
        self._refuse_during_step(message.kind)
        return [*self._receive(source, message), *self._collect()]

    def _receive(self, source: int, message: Message) -> Iterator[Output]:
        if isinstance(message, Answer | Recall | End) and source != ORIGIN:
            raise RemoteFault(
                f"{message.kind} has come from kernel {source}: only the origin, kernel {ORIGIN}, "
                "sends it"
            )
        match message:
            case Asked() | Gave() | Done() | Farewell():
                self._home(message).hear(source, message)
            case Answer():
                yield from self.member(message.process).hear_answer(message)
            case Recall():
                yield from self._present(message).hear_recall(message)
            case End():
                yield from self._present(message).hear_end()
                if message.process not in self.homes:
                    del self.members[message.process]

    def stopped(self, process: int, thread: int, stop: Stop) -> list[Output]:
        """A thread has stopped here and needs something.

        Raises: LocalFault if it is not here, or if a step is being waited for.
        """
        self._refuse_during_step(stop.call)
        member = self._local(process)
        return list(member.stop(thread, stop.call, stop.context, stop.pages, stop.arguments))

    def stepped(self, process: int, thread: int) -> list[Output]:
        """The instruction of a thread that has got its pages was executed, or needs more.

        Raises: LocalFault if no such step is being waited for.
        """
        return list(self._local(process).step_done(thread))

    def resumed(self, process: int, thread: int, outcome: int | bytes | None) -> list[Output]:
        """What a system call waits for outside has come; its process may have ended."""
        if process in self.homes:
            self.homes[process].resume(thread, outcome)
        return self._collect()

    def rang(self, process: int, thread: int) -> list[Output]:
        """The time that a thread has waited for has come; it may have ceased to wait."""
        if process in self.homes:
            self.homes[process].ring(thread)
        return self._collect()

    # --- helpers ---------------------------------------------------------------------------------

    def member(self, process: int) -> Member:
        """What this kernel has of a process; something new if it has nothing yet."""
        found = self.members.get(process)
        if found is None:
            memory = self._make_memory(process)
            found = self.members[process] = Member(self.number, ORIGIN, process, memory)
        return found

    def _local(self, process: int) -> Member:
        if process not in self.members:
            raise LocalFault(f"kernel {self.number} has nothing of process {process}")
        return self.members[process]

    def _present(self, message: Recall | End) -> Member:
        if message.process not in self.members:
            raise RemoteFault(
                f"{message.kind} about process {message.process}, of which kernel {self.number} "
                f"has nothing; it has {sorted(self.members) or 'no process'}"
            )
        return self.members[message.process]

    def _home(self, message: Asked | Gave | Done | Farewell) -> Home:
        if message.process not in self.homes:
            raise RemoteFault(
                f"{message.kind} about process {message.process} has come to kernel "
                f"{self.number}, which is the origin of {sorted(self.homes) or 'no process'}"
            )
        return self.homes[message.process]

    def _refuse_during_step(self, what: object) -> None:
        for member in self.members.values():
            thread = member.stepping()
            if thread is not None:
                raise LocalFault(
                    f"{what} during the step of thread {thread}: say first that it is done"
                )

    def _collect(self) -> list[Output]:
        """What all processes have to say now: what one does may concern another."""
        out: list[Output] = []
        while said := [each for home in list(self.homes.values()) for each in self._ask(home)]:
            out.extend(said)
        return out

    def _ask(self, home: Home) -> list[Output]:
        said = home.take_outputs()
        if home.is_over:
            del self.homes[home.process]
            del self.members[home.process]
        return said
