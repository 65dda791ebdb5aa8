"""The verb ``conform``: drive an implementation by its adapter, and judge it by the model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from popcorn_checker.conform import skeleton
from popcorn_checker.conform.adapter import Broken, Limits
from popcorn_checker.conform.case import Case
from popcorn_checker.conform.cases import find_cases
from popcorn_checker.conform.ending import ended_by_signals
from popcorn_checker.conform.leaving import write_failure
from popcorn_checker.conform.page import read_printed, side_by_side, to_page
from popcorn_checker.conform.report import (
    LEAVES,
    is_judged,
    tell,
    tell_sum,
    to_data,
    to_junit,
    where,
)
from popcorn_checker.conform.running import Grade, Outcome, Target, is_for, run_case
from popcorn_checker.conform.shortening import Shortening
from popcorn_checker.conform.wire import schema
from popcorn_checker.errors import BAD_INPUT, HOLDS, SAFETY, UNKNOWN, UsageError
from popcorn_checker.options import Json, parse_seconds, verb
from popcorn_checker.writing import check_file, make_folder, print_json, write_text

TIMEOUT_SECONDS_MAX: Final = 86_400
"""What no clock of a process refuses."""


@dataclass(frozen=True)
class Options:
    """What ``conform`` can be told."""

    command: Annotated[
        list[str] | None,
        typer.Argument(
            help="How the adapter is started, after `--`.", metavar="-- COMMAND..."
        ),
    ] = None
    only: Annotated[
        list[str] | None,
        typer.Option(help="Only this case, or all whose id begins so; may be given again.",
                     metavar="ID"),
    ] = None  # fmt: skip
    listing: Annotated[
        bool, typer.Option("--list", help="List the cases, and drive nobody.")
    ] = False
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of an adapter's lines.")
    ] = False
    skeleton: Annotated[
        str | None,
        typer.Option(help="Print an adapter to begin with, and drive nobody; there is one in "
                     "python.", metavar="LANGUAGE"),
    ] = None  # fmt: skip
    every: Annotated[
        bool,
        typer.Option("--all", help="Also the hundreds of cases that cover all transitions "
                     "(--only cover: these alone)."),
    ] = False  # fmt: skip
    timeout: Annotated[
        str, typer.Option(help="How long to wait for an answer.", metavar="TIME")
    ] = "5s"
    shorten: Annotated[
        str, typer.Option(help="How long a failure may be made shorter.", metavar="TIME")
    ] = "60s"
    seed: Annotated[int, typer.Option(help="What runs that are drawn begin from.")] = 0
    jobs: Annotated[int, typer.Option(help="How many cases at once.", min=1)] = 1
    report: Annotated[
        str | None,
        typer.Option(help="Write files about each case that fails or is broken into this folder.",
                     metavar="DIR"),
    ] = None
    junit: Annotated[
        Path | None, typer.Option(help="Write JUnit's XML here.", metavar="FILE")
    ] = None
    html: Annotated[
        Path | None, typer.Option(help="Write a page of all cases here.", metavar="FILE")
    ] = None
    beside: Annotated[
        list[Path] | None,
        typer.Option(help="For the page: what --json has printed about another implementation; "
                     "may be given again.", metavar="FILE"),
    ] = None  # fmt: skip
    json: Json = False


@verb(Options)
def command(options: Options) -> int:
    """Drive an implementation of the protocol popcorn, and judge it by the model.

    The adapter reads JSON lines and writes one for each. All that is between its kernels is with
    the harness, so a run that fails fails again. A case conforms if the model can do all that the
    implementation did; what it could have done instead is told where not.

    Examples: popcorn-spec conform -- python -m popcorn_reference.adapter; popcorn-spec conform
    --only pages --report failures -- ./my-adapter

    Exit codes: 0 all cases conform, or are not claimed; 12 a case fails; 3 one cannot be decided,
    or nothing was judged because nothing is claimed; 150 the adapter is none; 128 and the number of
    a signal that has ended it (143 for SIGTERM).
    """
    with ended_by_signals():
        return _obey(options)


def _obey(options: Options) -> int:
    _choose_one(options)
    if options.schema:
        print_json(schema())
        return HOLDS
    if options.skeleton is not None:
        _print_skeleton(options.skeleton)
        return HOLDS
    cases = find_cases(tuple(options.only or ()), options.every)
    if options.listing:
        _list(cases, options.json)
        return HOLDS
    if not options.command:
        raise UsageError("say how the adapter is started: popcorn-spec conform -- ./my-adapter")
    seconds = parse_seconds(options.timeout, "--timeout")
    if not seconds or seconds > TIMEOUT_SECONDS_MAX:
        raise UsageError(
            f"--timeout {options.timeout} is no time to wait; write 0.5s, 5s or 2m, at most 1d"
        )
    shorten = parse_seconds(options.shorten, "--shorten") or 0.0
    beside = _prepare(options)
    found = _Found(Target(options.command, Limits(seconds)), shorten, beside)
    return found.run(cases, options)


def _choose_one(options: Options) -> None:
    """Either an adapter is driven, or one thing is printed. Raises: UsageError."""
    wanted = {
        "--schema": options.schema, "--skeleton": options.skeleton is not None,
        "--list": options.listing, "an adapter": bool(options.command),
    }  # fmt: skip
    both = [name for name, is_given in wanted.items() if is_given]
    if both and both != ["an adapter"]:
        files = {
            "--report": options.report is not None, "--junit": options.junit is not None,
            "--html": options.html is not None, "--beside": bool(options.beside),
        }  # fmt: skip
        both += [name for name, is_given in files.items() if is_given]
    if len(both) > 1:
        raise UsageError(f"{both[0]} drives nobody and prints nothing else; leave out {both[1]}")


def _prepare(options: Options) -> list[dict[str, Any]]:
    """See to it that all can be read and written that is asked for, before anything is tried."""
    if options.beside and options.html is None:
        raise UsageError("--beside is for the page of all cases: say with --html where to write it")
    beside = [read_printed("--beside", path) for path in options.beside or ()]
    taken = {path.resolve(): "--beside" for path in options.beside or ()}
    for option, file in (("--junit", options.junit), ("--html", options.html)):
        if file is None:
            continue
        check_file(option, file)
        other = taken.setdefault(file.resolve(), option)
        if other != option:
            raise UsageError(f"{option} {file} is the file of {other}, too; name another")
    if options.report is not None:
        if not options.report:
            raise UsageError("--report names no folder; write --report . for this one")
        make_folder("--report", Path(options.report))
    return beside


@dataclass
class _Found:
    """The implementation under test, and what has come of its cases."""

    target: Target
    shorten: float
    beside: Sequence[Mapping[str, Any]]
    """Of other implementations, what has come of theirs."""
    outcomes: list[Outcome] = field(default_factory=list)

    def run(self, cases: Sequence[Case], options: Options) -> int:
        try:
            hello = self.target.greet()
        except Broken as why:
            typer.echo(f"popcorn-spec: the adapter does not say hello: {why}", err=True)
            return BAD_INPUT
        if not options.json:
            typer.echo(f"{hello.name}: {', '.join(hello.capabilities) or 'nothing'}")
        if not options.only:
            cases = [case for case in cases if is_for(hello.level, case)]
        for outcome in self._outcomes(cases, options.jobs, options.seed):
            if not options.json:
                typer.echo(self._told(outcome))
            self.outcomes.append(outcome)
        data = to_data(hello, self.outcomes)
        if options.json:
            print_json(data)
        else:
            typer.echo(tell_sum(self.outcomes))
        self._write(options, data)
        return _code({outcome.grade for outcome in self.outcomes})

    def _told(self, outcome: Outcome) -> str:
        """What is wrong in the same way as before is not told at length again."""
        same = (o for o in self.outcomes if _how(o) == _how(outcome))
        first = next(same, None) if outcome.grade in LEAVES else None
        if first is None:
            return tell(outcome)
        return f"{outcome.grade:<12} {outcome.case.id}\n    as in {first.case.id}"

    def _outcomes(self, cases: Sequence[Case], jobs: int, seed: int) -> Iterator[Outcome]:
        def run(case: Case) -> Outcome:
            return run_case(self.target, case, seed, Shortening(self.shorten, _tell_progress))

        if jobs == 1:
            yield from map(run, cases)
            return
        with ThreadPoolExecutor(jobs) as pool:
            yield from pool.map(run, cases)

    def _write(self, options: Options, data: dict[str, object]) -> None:
        assert self.target.hello is not None
        if options.junit is not None:
            write_text(to_junit(self.target.hello, self.outcomes), options.junit)
        if options.html is not None:
            write_text(to_page(side_by_side([data, *self.beside])), options.html)
        if options.report is not None:
            for outcome in self.outcomes:
                if outcome.grade in LEAVES:
                    write_failure(outcome, self.target, Path(options.report))


def _how(outcome: Outcome) -> tuple[object, ...]:
    """How a case has gone wrong; who breaks off does so at some order."""
    at = where(outcome) if outcome.grade is Grade.BROKEN else ""
    return outcome.grade, outcome.seen, outcome.right, at


def _print_skeleton(language: str) -> None:
    if language != "python":
        raise UsageError(
            f"there is no adapter to begin with in {language}; there is one in python, and whole "
            "ones in C and JavaScript, in reference/adapters"
        )
    typer.echo(Path(skeleton.__file__).read_text(encoding="utf-8"), nl=False)


def _tell_progress(text: str) -> None:
    typer.echo(f"popcorn-spec: {text}", err=True)


def _list(cases: Sequence[Case], as_json: bool) -> None:
    if as_json:
        print_json([
            {"id": c.id, "needs": list(c.needs), "does": c.does, "expects": c.expects,
             "why": c.why, "source": c.source} for c in cases
        ])  # fmt: skip
        return
    for case in cases:
        typer.echo(f"{case.id:<18} {case.expects}")


def _code(grades: set[Grade]) -> int:
    """Who gets 0 has been judged, in one case at least."""
    if Grade.FAILS in grades:
        return SAFETY
    if Grade.BROKEN in grades:
        return BAD_INPUT
    return UNKNOWN if Grade.UNDECIDED in grades or not is_judged(grades) else HOLDS
