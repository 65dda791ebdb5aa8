"""The verb ``trace``: read a trace from a file, show it in another form, or replay it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from popcorn_checker.errors import HOLDS, SAFETY
from popcorn_checker.lookup import pick
from popcorn_checker.options import Json, verb
from popcorn_checker.replaying import Rejected, replay
from popcorn_checker.show.itf import load
from popcorn_checker.trace import Trace
from popcorn_checker.writing import FORMATS, format_of, print_json, write_text


@dataclass(frozen=True)
class Options:
    """What ``trace`` can be told."""

    file: Annotated[Path, typer.Argument(help="A trace as ITF JSON.", metavar="FILE")]
    format: Annotated[
        str | None,
        typer.Option(help=f"One of {', '.join(FORMATS)}; by default that of the output's suffix.",
                     metavar="NAME"),
    ] = None  # fmt: skip
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write it here.", metavar="FILE")
    ] = None
    replay: Annotated[
        bool, typer.Option("--replay", help="Take every step again with the model.")
    ] = False
    json: Json = False


@verb(Options)
def command(options: Options) -> int:
    """Show a trace as text, page, diagram or ITF, or replay it against the model.

    Examples: popcorn-spec trace w4.itf.json --format html -o w4.html; popcorn-spec trace
    w4.itf.json --replay

    Exit codes: 0; 12 the model does not take the steps; 150 no trace, or not one of this model.
    """
    if options.format is not None:
        pick("format", (options.format,), FORMATS)
    trace = load(options.file)
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
