"""Races: one model at one scope, explored by our engine and by a peer, with the time of each.

What counts is the processor time of whole processes, whatever they start included: for us the
interpreter, reading the model and lowering it, for Rumur its own run, gcc and the program, for TLC
the virtual machine. Whoever finds another number of states than we do has not won or lost a race;
that is an error.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from popcorn_checker.checking import Request, make_subject
from popcorn_checker.errors import InternalError
from popcorn_checker.exploring import Subject
from popcorn_checker.export.murphi import to_murphi
from popcorn_checker.export.peers import PeerError, PeerResult, Run, run_rumur, run_tlc
from popcorn_checker.export.tla import to_tla

OURS: Final = "popcorn-spec"


@dataclass(frozen=True)
class Course:
    """A model for races: the scope of each peer, and how many times faster we mean to be."""

    name: str
    request: Request
    scopes: Mapping[str, str]
    wanted: int

    def at(self, scope: str) -> Request:
        """The model at another scope."""
        return replace(self.request, scope=scope)


@dataclass(frozen=True)
class Lap:
    """What one engine needed.

    Units: seconds of processor time; bytes of the largest process at its peak, where known.
    """

    engine: str
    scope: str
    states: int
    transitions: int
    cpu_seconds: float
    peak_bytes: int = 0
    words: int = 0
    bits: int = 0


@dataclass(frozen=True)
class Race:
    """We and a peer on one course at one scope."""

    course: str
    wanted: int
    ours: Lap
    peer: Lap

    @property
    def ratio(self) -> float:
        """How many times our processor time the peer needed."""
        return self.peer.cpu_seconds / self.ours.cpu_seconds


COURSES: Final = (
    Course(
        "directory",
        Request("popcorn_model.examples.directory", "repaired"),
        {"rumur": "kernels=5,threads=3", "tlc": "kernels=5,threads=3"},
        wanted=20,
    ),
    Course(
        "transport",
        Request("popcorn-2014", "repaired", parts=("transport", "traffic")),
        {"rumur": "kernels=2,tasks=3,sends=8", "tlc": "kernels=2,tasks=3,sends=8"},
        wanted=10,
    ),
)


def run_ours(request: Request, folder: Path) -> Lap:
    """Check in a process of its own, as a user would.

    Raises: InternalError when the check does not come to its end. Cost: the exploration.
    """
    folder.mkdir(parents=True, exist_ok=True)
    verdict = folder / "verdict.json"
    with open(verdict, "wb") as out:
        process = subprocess.Popen(command_of(request), stdout=out)
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0  # it has been waited for
    try:
        found = json.loads(verdict.read_text())
        finished = bool(found["complete"])
    except (ValueError, KeyError):
        finished = False
    if not finished:
        raise InternalError(f"{' '.join(command_of(request))} did not come to its end")
    return Lap(
        OURS, request.scope, found["states"], found["transitions"],
        usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024,
        found["words_per_state"], found["bits_per_state"],
    )  # fmt: skip


def command_of(request: Request) -> list[str]:
    """The command that a user would give."""
    parts = ["--parts", ",".join(request.parts)] if request.parts else []
    return [
        sys.executable, "-m", "popcorn_checker", "check", request.protocol,
        "--variant", str(request.variant), "--scope", request.scope, *parts,
        "--no-liveness", "--symmetry", "none", "--no-progress", "--json",
    ]  # fmt: skip


def _run_rumur(subject: Subject, folder: Path) -> PeerResult:
    return run_rumur(to_murphi(subject.model, subject.scope), folder)


def _run_tlc(subject: Subject, folder: Path) -> PeerResult:
    return run_tlc(to_tla(subject.model, subject.scope, "Race"), folder, Run(heap="3g"))


PEERS: Final[dict[str, Callable[[Subject, Path], PeerResult]]] = {
    "rumur": _run_rumur,
    "tlc": _run_tlc,
}


def run_race(course: Course, peer: str, folder: Path) -> Race:
    """We first, then the peer, on the same machine one after the other.

    Raises: PeerError when the peer is missing, or finds other states or an error.
    Cost: the states of the scope, at the peer's speed.
    """
    request = course.at(course.scopes[peer])
    ours = run_ours(request, folder / course.name / "ours")
    found = PEERS[peer](make_subject(request), folder / course.name / peer)
    if found.states != ours.states or found.errors:
        raise PeerError(
            f"{peer} found {found.states:,} states of {course.name} at {request.scope}, and we "
            f"{ours.states:,}; it said: {'; '.join(found.errors) or 'nothing'}"
        )
    lap = Lap(peer, request.scope, found.states, found.rules_fired, found.cpu_seconds)
    return Race(course.name, course.wanted, ours, lap)
