"""Programs for the multikernel: built once, run by Linux itself, and run here, to be compared.

The sources are in tests/programs. Those of `GUESTS` say the same wherever they run; those in its
folder `odd` do what programs should not, or what is different here.
"""

import functools
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import popcorn_reference
from popcorn_reference.cpu.emulated import EmulatedCpu
from popcorn_reference.cpu.interface import Cpu
from popcorn_reference.cpu.native import NativeCpu
from popcorn_reference.cpu.native_registers import make_context
from popcorn_reference.drivers import processes
from popcorn_reference.drivers.simulation import Settings, Simulation
from popcorn_reference.elf import load, read_program
from popcorn_reference.host import Host
from popcorn_reference.linux.context import Thread, pack
from popcorn_reference.linux.machine import Machine
from popcorn_reference.running import Job
from support.compiled import compile_once

PROGRAMS: Final = Path(__file__).resolve().parent.parent / "programs"
BENCH: Final = Path(popcorn_reference.__file__).parent / "bench"
"""One program is measured, too, and lies there."""

ARGUMENTS: Final = ("one", "two words", "", "ünï")
ENVIRONMENT: Final = MappingProxyType({"GREETING": "good day", "EMPTY": ""})
NATIVE_SECONDS_MAX: Final = 30
BUDGET: Final = 200_000_000
"""Units: instructions. More than any guest needs; a run that needs more goes round in circles."""

GUESTS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "allocator": 1000,
        "barrier": 1,
        "condition": 7,
        "counter": 100,
        "errors": 7,
        "exits": 1,
        "files": 100,
        "floats": 7,
        "forking": 100,
        "forkwait": 7,
        "hello": 1,
        "hopping": 7,
        "isort": 100,
        "killing": 100,
        "mapping": 7,
        "matrix": 100,
        "once_tls": 1,
        "prodcons": 100,
        "protect": 7,
        "rwlock": 7,
        "sieve": 1000,
        "sleeping": 1,
        "timeouts": 100,
    }
)
"""Index: names. Units: the fewest instructions of a time slice with which a run is still short."""

PROCESSORS: Final[Mapping[str, Sequence[Callable[[], Cpu]]]] = MappingProxyType(
    {
        "emulated": (EmulatedCpu,),
        "native": (NativeCpu,),
        "mixed": (EmulatedCpu, NativeCpu),
    }
)
"""What the kernels of a multikernel have, in turn."""


@dataclass(frozen=True)
class Result:
    """What a program has written to standard output, and its status as `wait` gives it."""

    output: bytes
    status: int

    def __str__(self) -> str:
        how = f"signal {self.status & 0x7F}" if self.status & 0x7F else f"exit {self.status >> 8}"
        return f"{how}, {self.output!r}"


@functools.cache
def build(name: str, compiler: str = "musl-gcc", link: str = "-static") -> Path:
    """The program of a source, compiled unless that has been done before."""
    source = next(path for path in (PROGRAMS / f"{name}.c", BENCH / f"{name}.c") if path.exists())
    return compile_once(source.stem, source.read_bytes(), compiler, link)


@functools.cache
def run_natively(program: Path) -> Result:
    """What the program does on the machine that the tests run on."""
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(
            [program, *ARGUMENTS], env=dict(ENVIRONMENT), cwd=folder, stdin=subprocess.DEVNULL,
            capture_output=True, timeout=NATIVE_SECONDS_MAX,
        )  # fmt: skip
    code = run.returncode
    return Result(run.stdout, code << 8 if code >= 0 else -code)


class Run:
    """A program in a simulated multikernel; to be used in a `with` statement."""

    def __init__(
        self,
        program: Path,
        settings: Settings,
        processors: str = "emulated",
        host: Host | None = None,
    ) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.output, self.errors = bytearray(), bytearray()
        self.host = host or Host(root=Path(self._folder.name), is_writable=True)
        self.host.outputs = {1: self.output.extend, 2: self.errors.extend}
        machine = Machine(settings.kernels)
        self.simulation = Simulation(settings, machine, PROCESSORS[processors], self.host)
        self.host.clock = self.simulation.read_clock
        self._program = program
        self._machine = machine

    def __enter__(self) -> "Run":
        name = str(self._program)
        image = load(read_program(self._program), name, ARGUMENTS, ENVIRONMENT)
        origin = self.simulation.nodes[0]
        context = pack(Thread(), make_context(image.entry, image.stack))
        begun = origin.do(self._machine.execute(image, context, origin.kernel))
        self.simulation.begin(begun, min(self._machine.processes))
        return self

    def __exit__(self, *unused: object) -> None:
        self.simulation.close()
        self.host.close()
        self._folder.cleanup()

    def finish(self) -> Result:
        """Go on until the program is over."""
        status = self.simulation.run()
        return Result(bytes(self.output), status)

    @property
    def reports(self) -> list[str]:
        """What a person would have been told."""
        return self.simulation.reports


def simulate(program: Path, settings: Settings, processors: str = "emulated") -> Result:
    """What the program does in a simulated multikernel."""
    with Run(program, settings, processors) as run:
        return run.finish()


def run_in_processes(
    program: Path, settings: Settings, processors: str, transport: str
) -> Result:
    """What the program does where each kernel is a process."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as output:
        job = Job(
            program, ARGUMENTS, dict(ENVIRONMENT), settings.kernels, settings.seed,
            settings.quantum, settings.policy, processors, settings.budget, Path(folder), True,
        )  # fmt: skip
        ended = processes.run(job, transport, (output.fileno(), subprocess.DEVNULL))
        output.seek(0)
        return Result(output.read(), ended.status)


DRIVERS: Final[Mapping[str, Callable[[Path, Settings, str], Result]]] = MappingProxyType(
    {
        "simulation": simulate,
        "unix": functools.partial(run_in_processes, transport="unix"),
        "tcp": functools.partial(run_in_processes, transport="tcp"),
    }
)
"""The ways to run a program."""
