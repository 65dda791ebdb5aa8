"""Logs for the validator: journals of real runs, with lines lost, split by kernel, or corrupted."""

from __future__ import annotations

import functools
import json
import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from popcorn_checker.journal.reading import JournalError
from popcorn_checker.validating.behaviour import take_again
from popcorn_checker.validating.case import Plan
from popcorn_checker.validating.files import validate
from popcorn_checker.validating.lines import Place, check
from popcorn_checker.validating.validator import Outcome, Validator
from popcorn_reference.drivers import single
from popcorn_reference.programs import SUMS
from popcorn_reference.running import NOBODY, Job
from support.programs_mini import PROGRAMS

Line = dict[str, Any]
KERNELS: Final = ("at", "kernel", "to", "goal", "where")
WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "access": ("none", "read", "write"),
    "parcel": ("empty", "data"),
    "call": ("fault", "migrate", "clone", "exit", "look", "fill", "futex_wait", "futex_wake",
             "munmap", "forbid", "other", "system"),
}  # fmt: skip
KINDS: Final = ("kernel", "page", "thread", "order", "result")


@functools.cache
def get_log(name: str, policy: str = "always", seed: int = 2) -> tuple[str, ...]:
    """The lines of the journal of a program for the small machine, or of `sums`."""
    with tempfile.TemporaryDirectory() as folder:
        journal = Path(folder) / "run.ndjson"
        if name == "sums":
            job = Job(SUMS, seed=seed, journal=journal)
        else:
            program = Path(folder) / f"{name}.s"
            program.write_text(next(each.text for each in PROGRAMS if each.name == name))
            job = Job(
                program, processor="mini", seed=seed, policy=policy, quantum=20, journal=journal
            )
        single.run(job, NOBODY)
        return tuple(journal.read_text().splitlines())


def drop(lines: Sequence[str], share: float, seed: int) -> list[str]:
    """A log without some of its lines; the first, which says what was run, stays."""
    draw = random.Random(seed)
    return [lines[0], *(line for line in lines[1:] if draw.random() >= share)]


def write(lines: Sequence[str], path: Path) -> Path:
    """A log in a file."""
    path.write_text("\n".join(lines) + "\n")
    return path


def split(lines: Sequence[str], folder: Path) -> list[Path]:
    """A log as one file for each kernel."""
    found: dict[int, list[str]] = {}
    for line in lines[1:]:
        found.setdefault(json.loads(line)["at"], [lines[0]]).append(line)
    return [write(each, folder / f"log.{kernel}") for kernel, each in sorted(found.items())]


def look(lines: Sequence[str], is_complete: bool, folder: Path) -> tuple[Validator, Outcome]:
    """What the validator says of a log, with the behaviour kept."""
    path = write(lines, folder / "log.ndjson")
    return validate([path], Plan(0, is_complete, keeps_past=True))


def is_legal(validator: Validator) -> bool:
    """Whether the evaluator takes every step of what is said to explain a log."""
    for process, case in validator.cases.items():
        take_again(case, validator.steps(process))
    return True


# --- corruptions ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Corruption:
    """A log with one thing wrong."""

    kind: str
    place: int
    """The line that is wrong, from 1; of two that were swapped the first."""
    lines: tuple[str, ...]


def corrupt(lines: Sequence[str], draw: random.Random) -> Corruption:
    """Draw a line and what is wrong with it, uniformly."""
    while True:
        number = draw.randrange(1, len(lines))
        kind = draw.choice(KINDS)
        if kind == "order":
            if number + 1 < len(lines):
                swapped = [*lines[:number], lines[number + 1], lines[number], *lines[number + 2 :]]
                return Corruption(kind, number + 1, tuple(swapped))
            continue
        wrong = list(_alter(json.loads(lines[number]), kind, lines))
        if wrong:
            changed = json.dumps(draw.choice(wrong))
            return Corruption(
                kind, number + 1, (*lines[:number], changed, *lines[number + 1 :])
            )


def _alter(line: Line, kind: str, lines: Sequence[str]) -> Iterator[Line]:
    """The line with another value in a field of a kind."""
    fields = {"kernel": KERNELS, "thread": ("thread",), "page": ("page",), "result": tuple(WORDS)}
    known = {"kernel": range(3), "thread": _known(tuple(lines), "thread"),
             "page": _known(tuple(lines), "page")}  # fmt: skip
    for name in fields[kind]:
        if line.get(name) is None or (name == "page" and line["event"] == "areas"):
            continue
        for value in WORDS.get(name) or known[kind]:
            if value != line[name] and _is_well_formed({**line, name: value}):
                yield {**line, name: value}
    for number, (page, access, *rest) in enumerate(line.get("pages") or ()):
        others: list[Any] = []
        if kind == "page":
            others = [[other, access, *rest] for other in known["page"] if other != page]
        elif kind == "result":
            others = [[page, other, *rest] for other in WORDS["access"][1:] if other != access]
        for other in others:
            yield {**line, "pages": [*line["pages"][:number], other, *line["pages"][number + 1 :]]}


def _is_well_formed(line: Line) -> bool:
    """Whether a log may have such a line; what none has is refused as malformed."""
    try:
        check(line, Place("", 0), 3)
    except JournalError:
        return False
    return True


@functools.cache
def _known(lines: tuple[str, ...], name: str) -> tuple[int, ...]:
    found = {json.loads(line).get(name) for line in lines if '"areas"' not in line}
    return tuple(sorted(each for each in found if each is not None))


@dataclass
class Rate:
    """How many corruptions were found."""

    found: int = 0
    late: int = 0
    """Found, but not at the line or its neighbour."""
    legal: int = 0
    """Left out, because the model can do what the log says then."""
    undecided: int = 0

    def note(self, what: str) -> None:
        """One more."""
        setattr(self, what, getattr(self, what) + 1)

    def __add__(self, other: Rate) -> Rate:
        return Rate(
            self.found + other.found, self.late + other.late, self.legal + other.legal,
            self.undecided + other.undecided,
        )  # fmt: skip

    def __str__(self) -> str:
        judged = self.found + self.late + self.undecided
        share = f"{self.found / judged:.1%}" if judged else "none"
        return (
            f"{self.found} of {judged} found ({share}), {self.late} elsewhere, "
            f"{self.undecided} not decided; {self.legal} legal"
        )


def judge(corruption: Corruption, is_complete: bool, folder: Path) -> str:
    """What becomes of a corrupted log: a field of `Rate`."""
    validator, outcome = look(corruption.lines, is_complete, folder)
    if outcome.is_explained:
        assert is_legal(validator)
        return "legal"
    found = outcome.diagnosis
    if found is None:
        return "undecided"
    named = [found.entry.place, *([found.repair.entry.place] if found.repair else [])]
    own = {corruption.place, corruption.place + 1, corruption.place - 1}
    if corruption.kind == "order":
        own.add(corruption.place + 2)
    return "found" if own & set(named) else "late"
