"""The verb ``validate``: logs that somebody already has, held against the model."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from popcorn_checker.consoles.behaviour import make_behaviour as make_console_behaviour
from popcorn_checker.consoles.look import SILENT_MAX as CONSOLE_SILENT_MAX
from popcorn_checker.consoles.look import Setting
from popcorn_checker.consoles.reporting import to_data as consoles_to_data
from popcorn_checker.consoles.reporting import to_text as consoles_to_text
from popcorn_checker.consoles.running import validate as validate_consoles
from popcorn_checker.errors import HOLDS, SAFETY, UNKNOWN, UsageError
from popcorn_checker.lookup import pick
from popcorn_checker.options import Json, parse_seconds, verb
from popcorn_checker.validating.behaviour import make_behaviour
from popcorn_checker.validating.case import SILENT_MAX, Plan
from popcorn_checker.validating.files import validate
from popcorn_checker.validating.reporting import to_data, to_text
from popcorn_checker.writing import format_of, print_json, write_trace

FORMATS: Final = ("ndjson", "dmesg")


@dataclass(frozen=True)
class Options:
    """What ``validate`` can be told."""

    files: Annotated[
        list[Path],
        typer.Argument(
            help="One log of all kernels, or one of each.", metavar="FILE...",
        ),
    ]  # fmt: skip
    format: Annotated[
        str, typer.Option(help=f"What the lines are: {', '.join(FORMATS)}.", metavar="NAME")
    ] = "ndjson"
    complete: Annotated[
        bool, typer.Option("--complete", help="No line is missing, from the first on.")
    ] = False
    missing: Annotated[
        int,
        typer.Option(help="How many steps in a row may be missing.", metavar="N", min=1),
    ] = SILENT_MAX
    variant: Annotated[
        str, typer.Option(help="Of dmesg: the variant of popcorn-2020.", metavar="NAME")
    ] = "as-built-5.2"
    node: Annotated[
        list[int] | None,
        typer.Option(help="Of dmesg: which node has printed a file; once a file.", metavar="N"),
    ] = None
    kernels: Annotated[
        int,
        typer.Option(help="How many kernels there are, if no file says so.", metavar="N", min=0),
    ] = 0
    budget: Annotated[
        str, typer.Option(help="Give up after this time: 90s, 10m.", metavar="TIME")
    ] = "60s"
    trace: Annotated[
        Path | None,
        typer.Option(
            help="Write the behaviour here, in the format of the suffix: .itf.json, .html, .mmd "
            "or .txt.",
            metavar="FILE",
        ),
    ] = None
    process: Annotated[
        int | None,
        typer.Option(help="The process whose behaviour is written; the first.", metavar="N"),
    ] = None
    json: Json = False


@verb(Options)
def command(options: Options) -> int:
    """Say whether the model explains a log, in which lines may be missing.

    A log has one JSON object a line, as popcorn-spec run --journal writes them; it may be one of
    all kernels or one of each, and may lack its beginning. A line that cannot be explained is
    named, with what would have been legal, what it contradicts, and the likeliest repair.

    Examples: popcorn-spec validate run.ndjson --complete; popcorn-spec validate run.ndjson.0
    run.ndjson.1 run.ndjson.2; popcorn-spec validate run.ndjson --trace run.html

    Exit codes: 0 explained; 12 not explained; 3 not decided; 150 a file is no log.
    """
    pick("format", (options.format,), FORMATS)
    if options.trace is not None:
        format_of(options.trace)
    if options.format == "dmesg":
        return _validate_consoles(options)
    plan = Plan(
        options.kernels, options.complete, options.missing,
        keeps_past=options.trace is not None, is_late=_deadline(options.budget),
    )  # fmt: skip
    validator, outcome = validate(options.files, plan)
    if options.trace is not None:
        write_trace(make_behaviour(validator, options.process), options.trace)
    elif options.process is not None:
        raise UsageError("--process says whose behaviour is written, and there is no --trace")
    if options.json:
        print_json(to_data(validator, outcome))
    else:
        names = ", ".join(path.name for path in options.files)
        sys.stdout.write(to_text(validator, outcome, names))
    return HOLDS if outcome.is_explained else SAFETY if outcome.is_decided else UNKNOWN


def _validate_consoles(options: Options) -> int:
    for name, given in (
        ("kernels", options.kernels), ("process", options.process is not None),
    ):  # fmt: skip
        if given:
            raise UsageError(f"--{name} is about logs of the format ndjson, and this is dmesg")
    keeps = options.trace is not None
    silent = CONSOLE_SILENT_MAX if options.missing == SILENT_MAX else options.missing
    setting = Setting(
        options.variant, silent, options.complete, keeps, _deadline(options.budget)
    )
    verdict = validate_consoles(options.files, setting, options.node or ())
    if options.trace is not None:
        write_trace(make_console_behaviour(verdict), options.trace)
    if options.json:
        print_json(consoles_to_data(verdict))
    else:
        sys.stdout.write(consoles_to_text(verdict))
    return HOLDS if verdict.is_explained else SAFETY if verdict.is_decided else UNKNOWN


def _deadline(budget: str) -> Callable[[], bool]:
    seconds = parse_seconds(budget)
    assert seconds is not None
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end
