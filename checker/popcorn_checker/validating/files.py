"""Logs in files: one of all kernels, or one of each, looked through and then validated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from popcorn_checker.errors import UsageError
from popcorn_checker.journal.reading import JournalError
from popcorn_checker.validating.beginnings import Beginning
from popcorn_checker.validating.case import Case, Plan
from popcorn_checker.validating.diagnosing import diagnose
from popcorn_checker.validating.lines import Log, read_entries, read_log
from popcorn_checker.validating.merging import merge
from popcorn_checker.validating.observing import Entry
from popcorn_checker.validating.sources import name_files
from popcorn_checker.validating.validator import Outcome, Validator


def validate(paths: Sequence[Path], plan: Plan) -> tuple[Validator, Outcome]:
    """Whether the model explains the logs of one run; `kernels` of 0: as many as they name.

    Raises: JournalError for what no log is; UsageError for other `kernels` than a log says.
    Cost: the files are read twice; one of all kernels is never in memory as a whole.
    """
    names = name_files(paths)
    logs = [read_log(path, name) for path, name in zip(paths, names, strict=True)]
    plan = replace(plan, kernels=_count_kernels(logs, plan.kernels))
    begins: dict[int, Beginning] = {}
    sources: dict[int, Path] = {}
    for log in logs:
        for entry in read_entries(log, plan.kernels):
            if sources.setdefault(entry.kernel, log.path) != log.path:
                raise JournalError(
                    f"{log.path}:{entry.place}: kernel {entry.kernel} has written in "
                    f"{sources[entry.kernel]}, too; all lines of a kernel stand in one file"
                )
            begins.setdefault(entry.content["process"], Beginning()).note(entry)
    if not begins:
        raise JournalError(f"{paths[0]} has no event; a log has one JSON object a line")
    validator = Validator(plan, begins)
    if len(logs) == 1:
        for entry in read_entries(logs[0], plan.kernels):
            validator.feed(entry)
            if validator.failed is not None or validator.is_late:
                break
    else:
        _merge(validator, logs)
    outcome = validator.finish()
    cut = tuple(f"{log.name}:{number}" for log in logs for number in sorted(set(log.cut)))
    return validator, replace(outcome, cut=cut)


def _merge(validator: Validator, logs: list[Log]) -> None:
    """One process after the other: nothing that one does is about another."""
    queues: dict[int, dict[int, list[Entry]]] = {}
    for log in logs:
        for entry in read_entries(log, validator.plan.kernels):
            lines = queues.setdefault(entry.content["process"], {})
            lines.setdefault(entry.kernel, []).append(entry)
    for process in sorted(queues):
        case = validator.make_case(process)
        kernels = [queues[process][kernel] for kernel in sorted(queues[process])]
        validator.lines += sum(map(len, kernels))
        if not _merge_one(validator, case, kernels):
            if validator.plan.is_complete and not validator.plan.is_late():
                validator.failed = case
            else:  # too many orders are possible to look at all of them
                validator.give_up(case)
            return


def _merge_one(validator: Validator, case: Case, kernels: list[list[Entry]]) -> bool:
    """That nothing is missing is tried first: then it does not matter what is taken first."""
    if validator.plan.is_complete:
        return merge(case.search, kernels)
    begun, case.search = case.search, case.make_search(is_complete=True)
    if merge(case.search, kernels):
        return True
    begin = validator.begins.get(case.process)
    if begin is not None and begin.is_whole:
        validator.if_complete = diagnose(case)  # now: later the time may be over
    case.search = begun
    return merge(case.search, kernels)


def _count_kernels(logs: list[Log], asked: int) -> int:
    said = {log.about["kernels"] for log in logs if "kernels" in log.about}
    if len(said) > 1:
        raise JournalError(
            f"{logs[0].path} and others are no logs of one run: they say that there are "
            f"{' or '.join(map(str, sorted(said)))} kernels"
        )
    if asked and said - {asked}:
        log = next(log for log in logs if "kernels" in log.about)
        raise UsageError(
            f"--kernels {asked} is not what {log.path} says, which is that there are "
            f"{log.about['kernels']} kernels; it is needed only where no log says so"
        )
    return asked or (said.pop() if said else 1 + max(_kernels_in(logs), default=0))


def _kernels_in(logs: list[Log]) -> Iterator[int]:
    for log in logs:
        for entry in read_entries(log, None):
            for name in ("at", "kernel", "goal", "where", "to"):
                if isinstance(entry.content.get(name), int):
                    yield entry.content[name]
