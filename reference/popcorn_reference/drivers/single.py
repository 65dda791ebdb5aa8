"""A program run by the simulation, from a job to what has come of it."""

from collections.abc import Callable
from contextlib import ExitStack, closing

from popcorn_reference.drivers.simulation import Settings, Simulation, Stepped
from popcorn_reference.faults import GuestError
from popcorn_reference.host import Host
from popcorn_reference.journal import Journal
from popcorn_reference.linux.machine import Machine
from popcorn_reference.outputs import Note, Send
from popcorn_reference.recording import Recorder
from popcorn_reference.running import (
    MAIN,
    Ended,
    Job,
    Streams,
    add_reports,
    get_processors,
    load_program,
)

Listener = Callable[[Stepped], None]


def make_simulation(
    job: Job, streams: Streams, listener: Listener | None = None
) -> Simulation:
    """A simulation that is about to run a program; the listener is told of all that happens.

    Raises: ElfError, AssemblyError if it is none; NotHere if its processors cannot be had.
    """
    image, context = load_program(job)
    settings = Settings(job.kernels, job.seed, job.quantum, job.policy, job.budget)
    machine = Machine(job.kernels)
    host = Host(job.root, job.is_writable, {1: streams.output, 2: streams.errors})
    simulation = Simulation(settings, machine, get_processors(job.processor), host)
    host.clock = simulation.read_clock
    if listener is not None:
        simulation.listeners.append(listener)
    origin = simulation.nodes[0]
    simulation.begin(origin.do(machine.execute(image, context, origin.kernel)), MAIN)
    return simulation


def run(
    job: Job, streams: Streams, watch: Callable[[Simulation], None] | None = None
) -> Ended:
    """Run a program: what has come of it.

    Raises: as `make_simulation`, before anything is written; OSError if the journal or the record
    cannot be written; Spent if the budget is spent or nothing can happen any more, GuestError if a
    processor cannot go on, both with what was reported as notes.
    """
    load_program(job)
    get_processors(job.processor)
    with ExitStack() as stack:
        journal, recorder = _open_journal(job), _open_record(job)
        for written in (journal, recorder):
            if written is not None:
                stack.callback(written.close)
        simulation = make_simulation(job, streams, _note_in(journal, recorder))
        stack.enter_context(closing(simulation.host))
        stack.enter_context(closing(simulation))
        try:
            while simulation.status is None:
                simulation.step()
                if watch is not None:
                    watch(simulation)
        except GuestError as error:
            add_reports(error, simulation.reports)
            raise
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
