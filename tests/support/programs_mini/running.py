"""A program for the small machine, what is right for it, and a simulation of it."""

from collections.abc import Callable
from dataclasses import dataclass

from popcorn_reference.cpu.assembler import assemble
from popcorn_reference.cpu.mini import MiniCpu, make_context
from popcorn_reference.drivers.simulation import Settings, Simulation
from popcorn_reference.host import Host
from popcorn_reference.linux.context import Thread, pack
from popcorn_reference.linux.machine import Machine


@dataclass(frozen=True)
class Program:
    """A program, and what is right for it."""

    name: str
    text: str
    status: int = 0
    """As `wait` gives it."""
    output: bytes = b""


@dataclass(frozen=True)
class Result:
    """What a program did."""

    status: int
    output: bytes
    reports: tuple[str, ...]
    trace_hash: str


def run(
    text: str, settings: Settings, make_cpu: Callable[[], MiniCpu] = MiniCpu
) -> Result:
    """Run a program in simulation."""
    machine, output = Machine(settings.kernels), bytearray()
    host = Host(outputs={1: output.extend, 2: output.extend})
    simulation = Simulation(settings, machine, [make_cpu], host)
    host.clock = simulation.read_clock
    image = assemble(text)
    origin = simulation.nodes[0]
    context = pack(Thread(), make_context(image.entry, image.stack))
    simulation.begin(origin.do(machine.execute(image, context, origin.kernel)), 1)
    status = simulation.run()
    simulation.close()
    return Result(status, bytes(output), tuple(simulation.reports), simulation.trace_hash)
