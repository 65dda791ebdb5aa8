"""Messages a second: through the core alone, through the codec as well, and in whole runs."""

import tempfile
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

from popcorn_model.vocabulary import Access, Call, Parcel
from popcorn_reference.areas import Areas
from popcorn_reference.bench.figures import Sheet, Size, get_middle
from popcorn_reference.bench.programs import make_elf, make_hops, write_adding
from popcorn_reference.codec import decode, encode
from popcorn_reference.drivers.single import make_simulation
from popcorn_reference.kernel import Kernel, Stop
from popcorn_reference.memory import PAGE_SIZE, Frames
from popcorn_reference.messages import Answer, Asked, Granted, Message
from popcorn_reference.outputs import Output, Send, Step
from popcorn_reference.running import NOBODY, Job

_PROCESS: Final = 1
_PAGE: Final = 0x600
_CONTEXT: Final = bytes(600)
"""About as many bytes as a thread of an x86-64 processor has."""
_MESSAGES_A_HOP: Final = 7
"""Two of them for the migration, five for a page that the thread writes to afterwards."""


class PingPong:
    """Two kernels with one thread each, which write to one page by turns; no processor."""

    def __init__(self, carry: Callable[[Message], Message]) -> None:
        self.kernels = [Kernel(number, lambda process: Frames(PAGE_SIZE)) for number in range(2)]
        self.carry = carry
        self.messages = 0
        self._coming: deque[tuple[int, int, Message]] = deque()
        areas = Areas()
        areas.set(_PAGE, _PAGE + 1, Access.WRITE)
        origin = self.kernels[0]
        home = origin.make_home(_PROCESS, areas)
        for thread in range(2):
            self._obey(0, origin.begin(home, thread, thread, _CONTEXT))
        self._deliver()

    def write(self, thread: int) -> None:
        """A thread writes, for which its kernel needs the page."""
        stop = Stop(Call.FAULT, _CONTEXT, ((_PAGE, Access.WRITE),))
        self._obey(thread, self.kernels[thread].stopped(_PROCESS, thread, stop))
        self._deliver()

    def _deliver(self) -> None:
        while self._coming:
            source, target, message = self._coming.popleft()
            self._obey(target, self.kernels[target].receive(source, self.carry(message)))

    def _obey(self, kernel: int, outputs: list[Output]) -> None:
        for output in outputs:
            match output:
                case Send(target, message):
                    self.messages += 1
                    self._coming.append((kernel, target, message))
                case Step(process, thread):
                    self._obey(kernel, self.kernels[kernel].stepped(process, thread))
                case _:
                    pass


def measure(size: Size) -> Sheet:
    """Messages a second, each way of them."""
    rows: list[tuple[str, int, int]] = [
        ("core alone", *_ping(size, lambda message: message)),
        ("core and codec", *_ping(size, lambda message: decode(encode(message)))),
        ("codec alone: CALL with a context", *_code(size, _make_call())),
        ("codec alone: ANSWER with a page", *_code(size, _make_answer())),
        ("simulation, small machine: two threads add to one word", *_add(size)),
        ("simulation, emulated: a thread migrates, and writes to a page", *_hop(size)),
    ]
    return Sheet(
        "messages",
        "messages a second",
        ("way", "messages", "a second"),
        list(rows),
        ("The core: two kernels of which one is the origin, a page that both write by turns, and "
         "contexts of 600 bytes; messages from the origin to itself count too.",
         f"Medians of {size.repeats}, by processor time. In simulation that includes all that "
         "processors do: slices of up to 20 instructions of the small machine, 1,000 of emulated "
         "ones."),
    )  # fmt: skip


def _ping(size: Size, carry: Callable[[Message], Message]) -> tuple[int, int]:
    def ping() -> int:
        pair = PingPong(carry)
        turn = 0
        while pair.messages < size.messages:
            turn = 1 - turn
            pair.write(turn)
        return pair.messages

    return _rate(size, ping)


def _make_call() -> Message:
    return Asked(_PROCESS, 1, Call.FAULT, _CONTEXT, ((_PAGE, Access.WRITE),))


def _make_answer() -> Message:
    granted = Granted(_PAGE, Access.WRITE, Parcel.DATA, bytes(PAGE_SIZE))
    return Answer(_PROCESS, 1, Call.FAULT, _CONTEXT, (granted,))


def _code(size: Size, message: Message) -> tuple[int, int]:
    def code() -> int:
        for _ in range(size.messages):
            decode(encode(message))
        return size.messages

    return _rate(size, code)


def _add(size: Size) -> tuple[int, int]:
    text = write_adding(size.messages).encode()
    return _run(size, text, Job(Path("adding"), kernels=2, quantum=20, processor="mini"))


def _hop(size: Size) -> tuple[int, int]:
    hops = size.messages // _MESSAGES_A_HOP
    program = make_elf(make_hops(hops, (1, 0)))
    return _run(size, program, Job(Path("hops"), kernels=2, policy="never"))


def _run(size: Size, program: bytes, job: Job) -> tuple[int, int]:
    """A program in simulation, of which only what happens is timed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / job.program
        path.write_bytes(program)
        placed = Job(path, kernels=job.kernels, quantum=job.quantum, policy=job.policy,
                     processor=job.processor)  # fmt: skip

        def run() -> int:
            simulation = make_simulation(placed, NOBODY)
            simulation.run()
            simulation.close()
            return sum(node.counts.messages for node in simulation.nodes)

        return _rate(size, run)


def _rate(size: Size, act: Callable[[], int]) -> tuple[int, int]:
    """How many messages there were, and how many a second."""
    times, messages = [], 0
    for _ in range(size.repeats):
        start = time.process_time()
        messages = act()
        times.append(time.process_time() - start)
    return messages, round(messages / get_middle(times))
