"""Whole runs: where their time goes, and what they cost with more and more kernels."""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from popcorn_model.vocabulary import Call
from popcorn_reference.bench.figures import Cell, Sheet, Size, get_middle
from popcorn_reference.bench.programs import SOURCES, compile_source, find_compiler, write_adding
from popcorn_reference.cpu.interface import Cpu, Stopped
from popcorn_reference.drivers.simulation import Settings, Simulation
from popcorn_reference.host import Host
from popcorn_reference.kernel import ORIGIN
from popcorn_reference.linux.machine import Machine
from popcorn_reference.messages import Answer, Asked, Done, Gave, Message, Recall
from popcorn_reference.node import Key, Node, Outside
from popcorn_reference.running import Job, get_processors, load_program

NO_COMPILER: Final = "Programs in C are left out: neither musl-gcc nor gcc is here."
KERNELS: Final = 3
SEEDS: Final = 5
PARTS: Final = ("instructions", "faults", "other calls", "slices", "driver")
_ADDING: Final = "adding"
_TIMES: Final = 2000


def _ignore(data: bytes) -> None:
    """What a program writes is not measured."""


@dataclass
class Clock:
    """Seconds of processor time by part, each without the parts that are inside it."""

    spent: dict[str, float] = field(default_factory=lambda: dict.fromkeys(PARTS, 0.0))
    _inner: list[float] = field(default_factory=lambda: [0.0])

    def time(self, part: str, act: Callable[[], object]) -> None:
        """Do something that belongs to a part."""
        self._inner.append(0.0)
        start = time.process_time()
        act()
        whole = time.process_time() - start
        self.spent[part] += whole - self._inner.pop()
        self._inner[-1] += whole


class TimedNode(Node):
    """A kernel whose work is timed."""

    clock: Clock

    def receive(self, source: int, message: Message) -> list[Outside]:
        """A message has arrived."""
        is_about_pages = isinstance(message, Recall | Gave | Done) or (
            isinstance(message, Asked | Answer) and message.call is Call.FAULT
        )
        out: list[Outside] = []
        part = "faults" if is_about_pages else "other calls"
        self.clock.time(part, lambda: out.extend(Node.receive(self, source, message)))
        return out

    def run(self, key: Key, count: int) -> list[Outside]:
        """Run a thread."""
        out: list[Outside] = []
        self.clock.time("slices", lambda: out.extend(Node.run(self, key, count)))
        return out

    def migrate(self, key: Key, goal: int) -> list[Outside]:
        """Send a thread away."""
        out: list[Outside] = []
        self.clock.time("slices", lambda: out.extend(Node.migrate(self, key, goal)))
        return out


def _time_cpu(make_cpu: Callable[[], Cpu], clock: Clock) -> Callable[[], Cpu]:
    """The same processor, whose instructions are timed."""

    def make() -> Cpu:
        cpu = make_cpu()
        run = cpu.run

        def run_timed(count: int) -> Stopped:
            out: list[Stopped] = []
            clock.time("instructions", lambda: out.append(run(count)))
            return out[0]

        object.__setattr__(cpu, "run", run_timed)    # instead of the method of its class
        return cpu

    return make


# --- where the time goes -------------------------------------------------------------------------


def measure_shares(size: Size) -> Sheet:
    """What part of a run faults take, and what parts all else."""
    rows: list[tuple[Cell, ...]] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, job in _make_jobs(Path(folder), size):
            clock, faults = Clock(), 0
            for seed in range(SEEDS * size.repeats):
                simulation = _make_simulation(replace(job, kernels=KERNELS, seed=seed), clock)
                clock.time("driver", simulation.run)
                faults += sum(node.counts.faults for node in simulation.nodes)
                simulation.close()
            whole = sum(clock.spent.values())
            shares = (round(100 * clock.spent[part] / whole, 1) for part in PARTS)
            rows.append((name, job.processor, faults, *shares))
    return Sheet(
        "shares",
        f"what takes how many hundredths of a run, in simulation on {KERNELS} kernels",
        ("program", "processor", "number of faults", *PARTS),
        rows,
        ("Instructions: the processors. Faults: all messages about pages, those included that "
         "system calls need, and what kernels do about them. Other calls: all other messages. "
         "Slices: what a node does around a slice or a migration, such as loading and saving "
         "registers. Driver: what is drawn, and the trace hash. Processor time, of "
         f"{SEEDS * size.repeats} runs together.",
         *_excuse()),
    )  # fmt: skip


def _make_simulation(job: Job, clock: Clock) -> Simulation:
    """As `single.make_simulation`, with a clock in it."""
    image, context = load_program(job)
    settings = Settings(job.kernels, job.seed, job.quantum, job.policy)
    machine, host = Machine(job.kernels), Host()
    makers = [_time_cpu(make, clock) for make in get_processors(job.processor)]
    simulation = Simulation(settings, machine, makers, host)
    host.outputs = dict.fromkeys((1, 2), _ignore)
    host.clock = simulation.read_clock
    simulation.nodes[:] = [_make_node(node, clock) for node in simulation.nodes]
    origin = simulation.nodes[ORIGIN]
    simulation.begin(origin.do(machine.execute(image, context, origin.kernel)), 1)
    return simulation


def _make_node(like: Node, clock: Clock) -> Node:
    node = TimedNode(like.number, like.kernels, like.make_cpu, like.system)
    node.clock = clock
    return node


# --- more kernels --------------------------------------------------------------------------------


def measure_kernels(size: Size) -> Sheet:
    """The same run on one kernel, on two, and so on."""
    rows: list[tuple[Cell, ...]] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, job in _make_jobs(Path(folder), size):
            for kernels in range(1, size.kernels + 1):
                rows.append(_measure_run(name, replace(job, kernels=kernels), size.repeats))
    return Sheet(
        "kernels",
        "one run as kernels become more, in simulation",
        ("program", "processor", "kernels", "milliseconds", "slices", "faults", "calls",
         "migrations", "messages"),
        rows,
        (f"Processor time, medians of {size.repeats} seeds; the counts are of the first. Slices of "
         "up to 1,000 instructions (20 of the small machine), a migration after one of four.",
         *_excuse()),
    )  # fmt: skip


def _measure_run(name: str, job: Job, repeats: int) -> tuple[Cell, ...]:
    times, counts = [], []
    for seed in range(repeats):
        simulation = _make_simulation(replace(job, seed=seed), Clock())
        start = time.process_time()
        status = simulation.run()
        times.append(time.process_time() - start)
        assert status == 0, simulation.reports
        counts.append([node.counts for node in simulation.nodes])
        simulation.close()
    fields = ("slices", "faults", "calls", "migrations", "messages")
    sums = (sum(getattr(each, field) for each in counts[0]) for field in fields)
    return (name, job.processor, job.kernels, round(1000 * get_middle(times), 1), *sums)


def _make_jobs(folder: Path, size: Size) -> list[tuple[str, Job]]:
    """The programs that can be run here: those in C need a compiler."""
    text = folder / _ADDING
    text.write_text(write_adding(min(_TIMES, size.messages)))
    jobs = [(_ADDING, Job(text, quantum=20, processor="mini"))]
    if find_compiler() is not None:
        jobs = [*((each, Job(compile_source(each, folder))) for each in SOURCES), *jobs]
    return jobs


def _excuse() -> tuple[str, ...]:
    compiler = find_compiler()
    if compiler is None:
        return (NO_COMPILER,)
    return (f"{' and '.join(SOURCES)} are in C, built by {compiler} -O2 -static.",)
