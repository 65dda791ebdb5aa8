"""A program run by the simulation, from a job to what has come of it."""

from collections.abc import Callable
from typing import Final

from popcorn_reference.drivers.simulation import Settings, Simulation, Stepped
from popcorn_reference.host import Host
from popcorn_reference.journal import Journal
from popcorn_reference.linux.machine import Machine
from popcorn_reference.outputs import Note, Send
from popcorn_reference.recording import Recorder
from popcorn_reference.running import Ended, Job, get_processors, load_program

MAIN: Final = 1
"""The number of the first process."""


Listener = Callable[[Stepped], None]


def make_simulation(
    job: Job, write: Callable[[bytes], None], listener: Listener | None = None
) -> Simulation:
    """A simulation that is about to run a program; the listener is told of all that happens.

    Raises: ElfError, AssemblyError if it is none; NotHere if its processors cannot be had.
    """
    image, context = load_program(job)
    settings = Settings(job.kernels, job.seed, job.quantum, job.policy, job.budget)
    machine = Machine(job.kernels)
    host = Host(job.root, job.is_writable, {1: write, 2: write})
    simulation = Simulation(settings, machine, get_processors(job.processor), host)
    host.clock = simulation.read_clock
    if listener is not None:
        simulation.listeners.append(listener)
    origin = simulation.nodes[0]
    simulation.begin(origin.do(machine.execute(image, context, origin.kernel)), MAIN)
    return simulation


def run(
    job: Job, write: Callable[[bytes], None], watch: Callable[[Simulation], None] | None = None
) -> Ended:
    """Run a program: what has come of it. What it writes is handed to `write`.

    Raises: as `make_simulation`; OSError if the journal cannot be written; Spent if the budget is
    spent or nothing can happen any more; GuestError if a processor cannot go on.
    """
    journal, recorder = _open_journal(job), _open_record(job)
    simulation = make_simulation(job, write, _note_in(journal, recorder))
    try:
        while simulation.status is None:
            simulation.step()
            if watch is not None:
                watch(simulation)
    finally:
        for written in (journal, recorder):
            if written is not None:
                written.close()
        simulation.host.close()
        simulation.close()
    counts = [node.counts for node in simulation.nodes]
    return Ended(simulation.status, counts, simulation.reports, simulation.trace_hash)


def _open_journal(job: Job) -> Journal | None:
    if job.journal is None:
        return None
    about = {"program": str(job.program), "kernels": job.kernels, "seed": job.seed}
    return Journal(job.journal, about)


def _open_record(job: Job) -> Recorder | None:
    return Recorder(job.record, job.describe()) if job.record is not None else None


def _note_in(journal: Journal | None, recorder: Recorder | None) -> Listener:
    def listen(stepped: Stepped) -> None:
        if recorder is not None:
            recorder.add(stepped.kernel, stepped.act, stepped.outputs)
        for output in stepped.outputs if journal is not None else ():
            if journal is not None and isinstance(output, Note | Send):
                journal.add(stepped.kernel, output)

    return listen
