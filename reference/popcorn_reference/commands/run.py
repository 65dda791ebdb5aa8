"""The verb ``run``: a program on several kernels."""

import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from popcorn_reference.commands.watching import Watcher
from popcorn_reference.drivers import processes, replay, single
from popcorn_reference.drivers.simulation import POLICIES, Simulation
from popcorn_reference.faults import AssemblyError, ElfError, GuestError, RecordError, Spent
from popcorn_reference.running import PROCESSORS, REPEATABLE, Ended, Job, NotHere

USAGE, UNKNOWN, BAD_INPUT = 2, 3, 150
DRIVERS: Final = ("simulation", *processes.TRANSPORTS)
KERNELS_MAX: Final = 64
_REPORT: Final = "popcorn-spec: "


@dataclass(frozen=True)
class Failure(Exception):
    """A run that has not come to its end, and whose fault that was."""

    text: str
    code: int


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


def command(options: Options) -> int:
    """Run a program on several kernels, between which its threads migrate.

    The program's exit code is returned, 128 and the signal if one has ended it. Our own failures
    are 2, 3, 150 and 255, each with a line that begins popcorn-spec: on standard error.

    Example: popcorn-spec run prog.elf --kernels 3 --migrate random --seed 7
    """
    try:
        return _run(options.job(), options)
    except Failure as failure:
        return _complain(failure, options.json)


def _run(job: Job, options: Options) -> int:
    written = bytearray()
    title = f"{job.program} on {job.kernels} {job.processor} kernels"
    started = time.monotonic()
    with Watcher(title, not (options.quiet or options.json)) as watcher:
        write = written.extend if options.json else watcher.write
        ended = _guard(job, lambda: _drive(job, options, watcher, write))
    seconds = time.monotonic() - started
    if options.json:
        print(json.dumps(_describe(ended, bytes(written), seconds)))
    elif not options.quiet:
        for report in ended.reports:
            print(f"{_REPORT}{report}", file=sys.stderr)
        watcher.sum_up(ended.counts, seconds)
    return ended.code


def _drive(job: Job, options: Options, watcher: Watcher, write: Any) -> Ended:
    if options.replay is not None:
        return replay.run(job, options.replay, write)
    if options.driver == "simulation":
        def watch(simulation: Simulation) -> None:
            if watcher.is_live:
                nodes = simulation.nodes
                watcher.draw([n.counts for n in nodes], [len(n.ready) for n in nodes])

        return single.run(job, write, watch)
    end, start = os.pipe()
    os.set_blocking(end, False)

    def forward() -> None:
        while data := _read(end):
            write(data)

    def follow(children: Sequence[processes.Child]) -> None:
        forward()
        watcher.draw([c.counts for c in children], [c.threads for c in children])

    try:
        return processes.run(job, options.driver, start, follow)
    finally:
        os.close(start)
        forward()
        os.close(end)


def _read(end: int) -> bytes:
    try:
        return os.read(end, 1 << 16)
    except BlockingIOError:
        return b""


def _guard(job: Job, act: Any) -> Ended:
    """Do it, and say whose fault it is if it fails."""
    try:
        ended: Ended = act()
    except (ElfError, AssemblyError, RecordError) as error:
        raise Failure(str(error), BAD_INPUT) from None
    except NotHere as error:
        raise Failure(str(error), USAGE) from None
    except Spent as error:
        raise Failure(f"{job.program} was given up: {error}", UNKNOWN) from None
    except GuestError as error:
        raise Failure(f"{job.program} cannot go on: {error}", BAD_INPUT) from None
    except KeyboardInterrupt:
        raise Failure(f"{job.program} was interrupted", UNKNOWN) from None
    except OSError as error:
        raise Failure(f"{error.filename or job.journal}: {error.strerror}", USAGE) from None
    return ended


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


def _describe(ended: Ended, written: bytes, seconds: float) -> dict[str, object]:
    signal = ended.status & 0x7F
    return {
        "exit_code": ended.code,
        "by": "program",
        "signal": signal or None,
        "output": written.decode(errors="replace"),
        "kernels": [asdict(each) for each in ended.counts],
        "reports": ended.reports,
        "trace_hash": ended.trace_hash or None,
        "seconds": round(seconds, 3),
    }


def _complain(failure: Failure, as_json: bool) -> int:
    print(f"{_REPORT}{failure.text}", file=sys.stderr)
    if as_json:
        said = {"error": failure.text, "exit_code": failure.code, "by": "popcorn-spec"}
        print(json.dumps(said))
    return failure.code
