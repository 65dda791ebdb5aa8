"""The verb ``run``: a program on several kernels."""

import json
import os
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from popcorn_reference.commands.watching import Watcher
from popcorn_reference.drivers import processes, replay, single
from popcorn_reference.drivers.simulation import POLICIES, Simulation
from popcorn_reference.faults import AssemblyError, ElfError, GuestError, RecordError, Spent
from popcorn_reference.running import PROCESSORS, REPEATABLE, Ended, Job, NotHere, Streams

USAGE, UNKNOWN, BAD_INPUT = 2, 3, 150
DRIVERS: Final = ("simulation", *processes.TRANSPORTS)
KERNELS_MAX: Final = 64
_REPORT: Final = "popcorn-spec: "


@dataclass
class Failure(Exception):
    """A run that has not come to its end, whose fault that was, and what was reported before."""

    text: str
    code: int
    reports: Sequence[str] = ()


@dataclass
class Written:
    """What a program has written, kept for machines."""

    output: bytearray
    errors: bytearray

    def describe(self) -> dict[str, object]:
        """As text; bytes that are none are there once more, in base 64."""
        said: dict[str, object] = {}
        for name, data in (("output", self.output), ("errors", self.errors)):
            said[name] = data.decode(errors="replace")
            if said[name] != data.decode(errors="ignore"):
                said[f"{name}_base64"] = b64encode(data).decode()
        return said


@dataclass(frozen=True)
class Options:
    """What ``run`` can be told."""

    program: Annotated[
        Path,
        typer.Argument(
            help="A static x86-64 ELF executable; with --cpu mini, a program in assembly language."
        ),
    ]
    arguments: Annotated[
        list[str] | None, typer.Argument(help="What the program is given; put -- before it.")
    ] = None
    kernels: Annotated[int, typer.Option(min=1, max=KERNELS_MAX, help="How many kernels.")] = 3
    migrate: Annotated[
        str, typer.Option(help=f"When threads migrate: {', '.join(POLICIES)}.")
    ] = "random"
    seed: Annotated[int, typer.Option(help="What is drawn: the same seed, the same run.")] = 0
    quantum: Annotated[int, typer.Option(min=1, help="The most instructions of a slice.")] = 1000
    cpu: Annotated[
        str, typer.Option(help=f"The processors: {', '.join(PROCESSORS)}.")
    ] = "emulated"
    driver: Annotated[
        str,
        typer.Option(
            help="One process for all kernels, or one for each over such sockets: "
            f"{', '.join(DRIVERS)}."
        ),
    ] = "simulation"
    root: Annotated[
        Path | None,
        typer.Option(help="The folder that the program sees; none without.", metavar="DIR"),
    ] = None
    writable: Annotated[bool, typer.Option("--writable", help="It may write there.")] = False
    budget: Annotated[
        int | None, typer.Option(min=1, help="Give up after so many instructions.")
    ] = None
    env: Annotated[list[str] | None, typer.Option(help="NAME=VALUE for the program.")] = None
    journal: Annotated[
        Path | None,
        typer.Option(
            help="Write down all that happens, as NDJSON; one file for each process.",
            metavar="FILE",
        ),
    ] = None
    record: Annotated[
        Path | None,
        typer.Option(
            help="Write down what is needed to repeat the run; one file for each process.",
            metavar="FILE",
        ),
    ] = None
    replay: Annotated[
        Path | None,
        typer.Option(help="Repeat a recorded run of the same program.", metavar="FILE"),
    ] = None
    quiet: Annotated[bool, typer.Option("--quiet", help="Only what the program writes.")] = False
    json: Annotated[
        bool, typer.Option("--json", help="One JSON object, with what the program has written.")
    ] = False

    def job(self) -> Job:
        """What is to be run.

        Raises: Failure if the options do not fit together.
        """
        _pick("--migrate", self.migrate, POLICIES)
        _pick("--cpu", self.cpu, PROCESSORS)
        _pick("--driver", self.driver, DRIVERS)
        self._check_replay()
        self._check_files()
        if self.record is not None and self.cpu not in REPEATABLE:
            raise Failure(
                f"--record is for processors that repeat a run ({', '.join(REPEATABLE)}), and "
                f"{self.cpu} ones do not", USAGE,
            )  # fmt: skip
        return Job(
            program=self.program,
            arguments=tuple(self.arguments or ()),
            environment=_read_environment(self.env or []),
            kernels=self.kernels,
            seed=self.seed,
            quantum=self.quantum,
            policy=self.migrate,
            processor=self.cpu,
            budget=self.budget,
            root=_check_root(self.root, self.writable),
            is_writable=self.writable,
            journal=self.journal,
            record=self.record,
        )


    def _check_replay(self) -> None:
        """A record says how the run was: what would say otherwise is refused."""
        others = {
            "--journal": self.journal, "--record": self.record, "--budget": self.budget,
            "--env": self.env, "--root": self.root, "arguments": self.arguments,
            "--driver": None if self.driver == DRIVERS[0] else self.driver,
        }  # fmt: skip
        given = [name for name, value in others.items() if value]
        if self.replay is not None and given:
            raise Failure(f"--replay repeats what a record says, without {given[0]}", USAGE)

    def _check_files(self) -> None:
        """Nothing that is written may be written over another."""
        paths = [self.program, *filter(None, (self.journal, self.record))]
        if len({path.absolute() for path in paths}) < len(paths):
            raise Failure("the program, --journal and --record are different files", USAGE)


def command(options: Options) -> int:
    """Run a program on several kernels, between which its threads migrate.

    The program's exit code is returned, 128 and the signal if one has ended it. Our own failures
    are 2, 3, 150 and 255, each with a line that begins popcorn-spec: on standard error.

    Example: popcorn-spec run prog.elf --kernels 3 --migrate random --seed 7
    """
    try:
        job = options.job()
    except Failure as failure:
        return _complain(failure, {} if options.json else None)
    return _run(job, options)


def _run(job: Job, options: Options) -> int:
    written = Written(bytearray(), bytearray())
    title = f"{job.program} on {job.kernels} {job.processor} kernels"
    started = time.monotonic()
    try:
        with Watcher(title, not (options.quiet or options.json)) as watcher:
            streams = Streams(watcher.write, watcher.write_error)
            if options.json:
                streams = Streams(written.output.extend, written.errors.extend)
            ended = _guard(job, lambda: _drive(job, options, watcher, streams))
    except Failure as failure:
        return _complain(failure, written.describe() if options.json else None)
    seconds = time.monotonic() - started
    if options.json:
        print(json.dumps({**_describe(ended, seconds), **written.describe()}))
    elif not options.quiet:
        _tell(ended.reports)
        watcher.sum_up(ended.counts, seconds)
    return ended.code


def _drive(job: Job, options: Options, watcher: Watcher, streams: Streams) -> Ended:
    if options.replay is not None:
        return replay.run(job, options.replay, streams)
    if options.driver == "simulation":
        def watch(simulation: Simulation) -> None:
            if watcher.is_live:
                nodes = simulation.nodes
                watcher.draw([n.counts for n in nodes], [len(n.ready) for n in nodes])

        return single.run(job, streams, watch)
    with Pipe(streams.output) as output, Pipe(streams.errors) as errors:
        def follow(children: Sequence[processes.Child]) -> None:
            output.forward()
            errors.forward()
            watcher.draw([c.counts for c in children], [c.threads for c in children])

        return processes.run(job, options.driver, (output.start, errors.start), follow)


class Pipe:
    """A pipe that processes write to, and what becomes of it here."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._end, self.start = os.pipe()
        os.set_blocking(self._end, False)

    def forward(self) -> None:
        """Hand on what has come; if nobody takes it, whoever writes is told, as by any pipe."""
        try:
            while self._end >= 0 and (data := os.read(self._end, 1 << 16)):
                self._write(data)
        except BlockingIOError:
            pass
        except OSError:
            os.close(self._end)
            self._end = -1

    def __enter__(self) -> "Pipe":
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.start)
        self.forward()
        if self._end >= 0:
            os.close(self._end)


def _guard(job: Job, act: Any) -> Ended:
    """Do it, and say whose fault it is if it fails."""
    try:
        ended: Ended = act()
    except (ElfError, AssemblyError, RecordError) as error:
        raise Failure(str(error), BAD_INPUT) from None
    except NotHere as error:
        raise Failure(str(error), USAGE) from None
    except Spent as error:
        raise Failure(f"{job.program} was given up: {error}", UNKNOWN, _notes(error)) from None
    except GuestError as error:
        raise Failure(f"{job.program} cannot go on: {error}", BAD_INPUT, _notes(error)) from None
    except KeyboardInterrupt:
        raise Failure(f"{job.program} was interrupted", UNKNOWN) from None
    except OSError as error:
        raise Failure(f"{error.filename or job.journal}: {error.strerror}", USAGE) from None
    return ended


def _notes(error: Exception) -> Sequence[str]:
    return tuple(getattr(error, "__notes__", ()))


# --- options -------------------------------------------------------------------------------------


def _pick(name: str, value: str, legal: Any) -> None:
    if value not in legal:
        raise Failure(f"{name} {value} is not known; there are {', '.join(legal)}", USAGE)


def _read_environment(given: Sequence[str]) -> dict[str, str]:
    for each in given:
        if "=" not in each:
            raise Failure(f"--env {each} is not of the form NAME=VALUE", USAGE)
    return dict(each.split("=", 1) for each in given)


def _check_root(root: Path | None, is_writable: bool) -> Path | None:
    if root is None and is_writable:
        raise Failure("--writable needs --root DIR: without it there is no folder", USAGE)
    if root is not None and not root.is_dir():
        raise Failure(f"--root {root} is not a folder", USAGE)
    return root


# --- what is said --------------------------------------------------------------------------------


def _describe(ended: Ended, seconds: float) -> dict[str, object]:
    signal = ended.status & 0x7F
    return {
        "exit_code": ended.code,
        "by": "program",
        "signal": signal or None,
        "kernels": [asdict(each) for each in ended.counts],
        "reports": ended.reports,
        "trace_hash": ended.trace_hash or None,
        "seconds": round(seconds, 3),
    }


def _tell(reports: Sequence[str]) -> None:
    for report in reports:
        print(f"{_REPORT}{report}", file=sys.stderr)


def _complain(failure: Failure, said: dict[str, object] | None) -> int:
    """Say what is wrong, for machines too if they asked: then with what was written before."""
    _tell([*failure.reports, " ".join(failure.text.split())])
    if said is not None:
        why = {"error": failure.text, "exit_code": failure.code, "by": "popcorn-spec"}
        print(json.dumps({**why, "reports": list(failure.reports), **said}))
    return failure.code
