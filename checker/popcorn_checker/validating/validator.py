"""Logs of our own format, validated: line by line as they come, or whole from files.

A validator keeps the states that the log may have come to, and the last lines; it keeps the
behaviour only if it is to be shown. So a run may be watched for as long as it goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from popcorn_checker.evaluate import Firing
from popcorn_checker.journal.reading import JournalError
from popcorn_checker.validating.beginnings import Beginning
from popcorn_checker.validating.case import Case, Plan
from popcorn_checker.validating.diagnosing import Diagnosis, diagnose
from popcorn_checker.validating.lines import Place, check, check_header, is_header, parse
from popcorn_checker.validating.naming import Numbers
from popcorn_checker.validating.observing import Entry
from popcorn_checker.validating.seeing import show_cell
from popcorn_checker.validating.world import NOWHERE, Past, World


@dataclass(frozen=True)
class Duty:
    """Something that was begun and not ended when the log ended."""

    process: int
    what: str
    cell: str
    since: int
    """The line since which it is open; 0 if it was so before the first."""
    source: str = ""
    """The file of that line."""


@dataclass(frozen=True)
class Step:
    """A step of the behaviour that explains a log."""

    firing: Firing
    line: int
    source: str
    """The file of that line."""
    is_silent: bool


@dataclass(frozen=True)
class Outcome:
    """What became of a log."""

    is_explained: bool
    is_decided: bool
    lines: int
    """Units: lines that were read."""
    silent: int = 0
    """Units: steps of the model that no line tells of."""
    reordered: int = 0
    """Units: lines that were taken before others that stand before them."""
    duties: tuple[Duty, ...] = ()
    diagnosis: Diagnosis | None = None
    reached: str = ""
    """Of what is not decided: the last line that was explained, or the first of each file that was
    not."""
    is_over: bool = False
    """Of what is not decided: whether the time was over; else the bounds of the search were met."""
    if_complete: Diagnosis | None = None
    """Of what is not decided: what is wrong if no line is missing."""
    doubt: str = ""
    """Of what is not decided though a line is not explained: why that line may be right."""
    cut: tuple[str, ...] = ()
    """The last lines of files that end in the middle of them. They are left out."""


class Validator:
    """Reads a log line by line and says whether the model explains it."""

    def __init__(self, plan: Plan, begins: Mapping[int, Beginning] | None = None) -> None:
        """`begins` says of each process what is known before its first line is read."""
        self.plan = plan
        self.cases: dict[int, Case] = {}
        self.lines = 0
        """Units: lines that were read. What was refused is not among them."""
        self._fed = 0
        self._is_begun = False
        """Whether there was a line that says something."""
        self.failed: Case | None = None
        self.is_late = False
        self.if_complete: Diagnosis | None = None
        self.begins = begins or {}
        self._last: Entry | None = None
        self._reached = ""

    def feed(self, line: str | Mapping[str, Any] | Entry) -> bool:
        """One more line, as text, as an object, or checked already.

        Returns whether all lines till now are explained. A line that is not may still be found to
        stand too early, so the answer is sure only when `finish` gives it, or `failed` is set; then
        lines are not read any more. Raises: JournalError for a line that no log has. Cost: some ten
        microseconds for a line that fits. Lines that say nothing are passed over, and so is a first
        one that says what was run, if it says as many kernels as the plan.
        """
        if self.failed is not None or self.is_late:
            return False
        self._fed += 1
        entry = self._make_entry(line)
        self.lines += 1
        if entry is None:
            return True
        case = self.make_case(entry.content["process"])
        is_explained = case.feed(entry)
        pending = case.search.threads[0].pending
        if len(pending) >= case.search.bounds.patience:
            self.failed = case
        elif self.plan.is_late():
            self.is_late = True
        if is_explained:
            self._last = entry
        return is_explained

    def finish(self) -> Outcome:
        """What became of the log, if it ends here; more lines may be fed, and this asked again.

        Cost: nothing if it is explained; else the last lines again, some hundred times.
        """
        stuck = [case for case in self.cases.values() if case.search.threads[0].pending]
        failed = self.failed or next(iter(stuck), None)
        best = [case.search.threads[0] for case in self.cases.values()]
        silent = sum(thread.world.silent for thread in best)
        reordered = sum(thread.reordered for thread in best)
        reached = self._reached or (str(self._last) if self._last else "")
        if failed is None and not self.is_late:
            duties = tuple(duty for case in self.cases.values() for duty in get_duties(case))
            return Outcome(True, True, self.lines, silent, reordered, duties)
        if failed is None or self.is_late or self.plan.is_late():
            return Outcome(
                False, False, self.lines, silent, reordered, reached=reached,
                is_over=self.plan.is_late(), if_complete=self.if_complete,
            )  # fmt: skip
        found = diagnose(failed)
        begin = self.begins.get(failed.process)
        doubt = begin.doubt(found.entry) if begin and not self.plan.is_complete else ""
        doubt = doubt or found.doubt(self.plan.is_complete)
        return Outcome(
            False, not doubt, self.lines, silent, reordered, diagnosis=found, reached=reached,
            doubt=doubt,
        )  # fmt: skip

    def steps(self, process: int) -> list[Step]:
        """The behaviour of a process. Raises: KeyError if the log is not about it."""
        past = self.cases[process].search.threads[0].world.past
        return get_steps(past)

    def give_up(self, case: Case) -> None:
        """What was read of a process is not decided."""
        self.is_late = True
        first = {entry.source: entry for entry in reversed(case.search.waiting)}
        self._reached = ", ".join(f"before {entry}" for _, entry in sorted(first.items()))

    def _make_entry(self, line: str | Mapping[str, Any] | Entry) -> Entry | None:
        if isinstance(line, Entry):
            return line
        place = Place("", self._fed)
        if not isinstance(line, (str, Mapping)):
            raise JournalError(
                f"{place}: a line is text or an object, and this is {type(line).__name__}"
            )
        if isinstance(line, str) and not line.strip():
            return None
        found = parse(line, place) if isinstance(line, str) else line
        is_first, self._is_begun = not self._is_begun, True
        if is_header(found) and is_first:
            check_header(found, place)
            if found["kernels"] != self.plan.kernels:
                raise JournalError(
                    f"{place}: the log is one of {found['kernels']} kernels, and the plan is for "
                    f"{self.plan.kernels}"
                )
            return None
        return check(found, place, self.plan.kernels)

    def make_case(self, process: int) -> Case:
        """The search for the behaviour of a process, begun when it is asked for first."""
        if process not in self.cases:
            begin = self.begins.get(process)
            if begin is not None and not begin.is_whole and not self.plan.is_complete:
                begin.name_all()
            case = Case(process, self.plan, begin.numbers if begin else Numbers())
            if begin is not None and not self.plan.is_complete:
                begin.begin(case.search.threads[0].world)
            self.cases[process] = case
        return self.cases[process]


def get_steps(past: Past | None) -> list[Step]:
    """The steps that have led to a state, the first one first."""
    found = []
    while past is not None:
        found.append(Step(past.firing, *past.place, past.is_silent))
        past = past.before
    return found[::-1]


def get_duties(case: Case) -> list[Duty]:
    """What is open at the end, the oldest first."""
    world: World = case.search.threads[0].world
    start = case.machine.start()
    found = []
    for name, what in case.observer.duties.items():
        base = case.machine.cell(name)
        for cell, value in start.items():
            if cell >> 48 == base >> 48 and world.cells[cell] != value:
                since = world.since.get(cell, NOWHERE)
                shown = what
                if name == "asks" and _sleeps(world, case.machine.index(cell)[0]):
                    shown = "a thread that sleeps on a futex"
                text = show_cell(case, world, cell)
                found.append(Duty(case.process, shown, text, *since))
    return sorted(found, key=lambda duty: duty.since)


def _sleeps(world: World, thread: int) -> bool:
    labels = world.machine.named["call"].sort.labels
    return bool(labels[world.get("call", thread)] == "sleep")
