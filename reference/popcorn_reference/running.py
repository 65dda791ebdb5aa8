"""To run a program: what a caller says, and what has come of it, whichever driver runs it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

from popcorn_reference.cpu.interface import Cpu
from popcorn_reference.elf import Image, load, read_program
from popcorn_reference.faults import AssemblyError
from popcorn_reference.linux.context import Thread, pack
from popcorn_reference.node import Counts

MakeCpu = Callable[[], Cpu]

MAIN: Final = 1
"""The number of the first process; a run ends with it."""


class NotHere(Exception):
    """Something that a run needs is not on this machine."""


@dataclass(frozen=True)
class Streams:
    """Who gets what a program writes to standard output and to standard error."""

    output: Callable[[bytes], object]
    errors: Callable[[bytes], object]

    def get(self, number: int) -> Callable[[bytes], object]:
        """Who gets what is written to a descriptor, 1 or 2."""
        return self.output if number == 1 else self.errors


NOBODY: Final = Streams(len, len)
"""What a program writes is thrown away."""


@dataclass(frozen=True)
class Job:
    """What to run, and how.

    Units: `quantum` and `budget` in instructions; a slice has one to `quantum` of them.
    """

    program: Path
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    kernels: int = 3
    seed: int = 0
    quantum: int = 1000
    policy: str = "random"
    processor: str = "emulated"
    budget: int | None = None
    root: Path | None = None
    is_writable: bool = False
    journal: Path | None = None
    record: Path | None = None

    def describe(self) -> dict[str, object]:
        """What has to be known to repeat a run, for a record."""
        return {
            "program": str(self.program.absolute()), "arguments": list(self.arguments),
            "environment": dict(self.environment), "kernels": self.kernels,
            "processor": self.processor, "sha256": sha256(read_program(self.program)).hexdigest(),
        }  # fmt: skip


@dataclass
class Ended:
    """What has come of a run."""

    status: int
    """As `wait` gives it."""
    counts: list[Counts]
    """Index: kernels."""
    reports: list[str]
    trace_hash: str = ""
    """Of all that has happened; only where that can be repeated."""

    @property
    def code(self) -> int:
        """As a shell has it: the exit code, or 128 and the signal."""
        signal = self.status & 0x7F
        return 128 + signal if signal else self.status >> 8 & 0xFF


def add_reports(error: Exception, reports: list[str]) -> None:
    """Let an error that ends a run say what was reported before."""
    for report in reports:
        error.add_note(report)


def _emulated() -> tuple[MakeCpu, ...]:
    try:
        from popcorn_reference.cpu.emulated import EmulatedCpu
    except ImportError:
        raise NotHere(
            "emulated processors need Unicorn: install the extra, popcorn-spec[elf]"
        ) from None
    return (EmulatedCpu,)


def _native() -> tuple[MakeCpu, ...]:
    from popcorn_reference.cpu.native import NativeCpu, why_not

    reason = why_not()
    if reason is not None:
        raise NotHere(f"native processors cannot be had here: {reason}")
    return (NativeCpu,)


def _mini() -> tuple[MakeCpu, ...]:
    from popcorn_reference.cpu.mini import MiniCpu

    return (MiniCpu,)


PROCESSORS: Final[Mapping[str, Callable[[], tuple[MakeCpu, ...]]]] = {
    "emulated": _emulated,
    "native": _native,
    "mixed": lambda: (*_emulated(), *_native()),
    "mini": _mini,
}
"""Index: names; the processors of kernels 0, 1, and so on, in turn."""


REPEATABLE: Final = ("emulated", "mini")
"""Processors that do the same each time, as they count instructions."""


def get_processors(name: str) -> tuple[MakeCpu, ...]:
    """The processors that kernels have in turn.

    Raises: NotHere if they cannot be had on this machine.
    """
    return PROCESSORS[name]()


def load_program(job: Job) -> tuple[Image, bytes]:
    """A program as it lies in memory, and the context of its first thread.

    Raises: ElfError, AssemblyError if it is none.
    """
    data = read_program(job.program)
    if job.processor == "mini":
        from popcorn_reference.cpu import mini
        from popcorn_reference.cpu.assembler import assemble

        try:
            image = assemble(data.decode("utf-8"))
        except UnicodeDecodeError:
            raise AssemblyError(f"{job.program} is not text in UTF-8") from None
        except AssemblyError as error:
            raise AssemblyError(f"{job.program}: {error}") from None
        return image, pack(Thread(), mini.make_context(image.entry, image.stack))
    from popcorn_reference.cpu.native_registers import make_context

    image = load(data, str(job.program), job.arguments, job.environment)
    return image, pack(Thread(), make_context(image.entry, image.stack))
