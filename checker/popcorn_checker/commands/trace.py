"""The verb ``trace``: read a trace from a file, show it in another form, or replay it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from popcorn_checker.errors import HOLDS, SAFETY, UsageError
from popcorn_checker.journal.explaining import STEPS_SHOWN, Unexplained, explain
from popcorn_checker.journal.reading import JournalError, is_journal, read
from popcorn_checker.lookup import pick
from popcorn_checker.options import Json, verb
from popcorn_checker.replaying import Rejected, replay
from popcorn_checker.show.itf import load
from popcorn_checker.trace import Trace
from popcorn_checker.writing import FORMATS, format_of, print_json, write_text


@dataclass(frozen=True)
class Options:
    """What ``trace`` can be told."""

    file: Annotated[
        Path,
        typer.Argument(
            help="A trace as ITF JSON, or the journal of popcorn-spec run.", metavar="FILE"
        ),
    ]
    format: Annotated[
        str | None,
        typer.Option(help=f"One of {', '.join(FORMATS)}; by default that of the output's suffix.",
                     metavar="NAME"),
    ] = None  # fmt: skip
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write it here.", metavar="FILE")
    ] = None
    process: Annotated[
        int | None,
        typer.Option(help="Of a journal: the process to show; by default the first.", metavar="N"),
    ] = None
    lines: Annotated[
        str | None,
        typer.Option(
            help="Of a journal: the lines to show, such as 200-500; by default what the first "
            f"{STEPS_SHOWN} steps are.",
            metavar="A-B",
        ),
    ] = None
    replay: Annotated[
        bool, typer.Option("--replay", help="Take every step again with the model.")
    ] = False
    json: Json = False


@verb(Options)
def command(options: Options) -> int:
    """Show a trace as text, page, diagram or ITF, or replay it against the model.

    A journal of a program's run is explained by the model first, event by event, all of it; then
    the behaviour that explains it is shown, or as much of it as is asked for.

    Examples: popcorn-spec trace w4.itf.json --format html -o w4.html; popcorn-spec trace
    w4.itf.json --replay; popcorn-spec trace run.ndjson -o run.html

    Exit codes: 0; 12 the model does not take the steps; 150 no trace, or not one of this model.
    """
    if options.format is not None:
        pick("format", (options.format,), FORMATS)
    try:
        trace = _load(options)
    except Unexplained as error:
        return _tell_unexplained(options, error)
    if options.replay:
        return _replay(trace, options.json)
    name = options.format or _default(options)
    text = FORMATS[name](trace)
    if options.output is None:
        sys.stdout.write(text)
    else:
        write_text(text, options.output)
        if options.json:
            print_json({"written": str(options.output), "format": name, "steps": trace.length})
    return HOLDS


def _load(options: Options) -> Trace:
    """A trace, or the behaviour that a journal is.

    Raises: UsageError, JournalError, TraceError, Unexplained.
    """
    beside = options.file.with_name(f"{options.file.name}.0")
    if not options.file.exists() and is_journal(beside):
        raise JournalError(
            f"{options.file} was written by several processes, as {beside} and so on; only what "
            "the simulation writes, in one file, can be shown"
        )
    if is_journal(options.file):
        first, last = _read_lines(options.lines)
        found = explain(read(options.file), options.process)
        if not found.is_over:
            sys.stderr.write("popcorn-spec: the journal ends before the process does\n")
        return found.trace(first, last)
    if options.process is not None or options.lines is not None:
        raise UsageError(f"--process and --lines are for journals, and {options.file} is none")
    return load(options.file)


def _read_lines(text: str | None) -> tuple[int, int | None]:
    if text is None:
        return 1, None
    first, dash, last = text.partition("-")
    if not (first.isdecimal() and dash and last.isdecimal() and int(first) <= int(last)):
        raise UsageError(f"--lines {text} is not of the form A-B, such as 200-500")
    return int(first), int(last)


def _tell_unexplained(options: Options, error: Unexplained) -> int:
    if options.json:
        print_json({"explained": False, "line": error.line.number, "reason": str(error)})
    else:
        sys.stdout.write(f"The model does not explain {options.file}: {error}.\n")
    return SAFETY


def _default(options: Options) -> str:
    if options.output is not None:
        return format_of(options.output)
    return "itf" if options.json else "text"


def _replay(trace: Trace, as_json: bool) -> int:
    try:
        done = replay(trace)
    except Rejected as error:
        if as_json:
            print_json({"explained": False, "step": error.step, "reason": str(error)})
        elif error.step is None:
            sys.stdout.write(f"The model takes all {trace.length} steps, but {error}.\n")
        else:
            sys.stdout.write(f"The model does not take step {error.step}: {error}.\n")
        return SAFETY
    if as_json:
        print_json({"explained": True, "steps": trace.length, "reason": done.sentence})
    else:
        sys.stdout.write(f"The model takes all {trace.length} steps. {done.sentence}\n")
    return HOLDS
