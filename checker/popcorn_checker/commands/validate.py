"""The verb ``validate``: logs that somebody already has, held against the model."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
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
from popcorn_checker.validating.lines import KERNELS_MAX
from popcorn_checker.validating.reporting import to_data, to_text
from popcorn_checker.validating.sources import name_files, refuse_pipes
from popcorn_checker.writing import check_file, format_of, print_json, write_trace

OF_OTHERS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "ndjson": ("dmesg", ("variant", "node")),
    "dmesg": ("ndjson", ("kernels", "process")),
}
"""Index: formats; which other one there is, and options about that one alone."""
VARIANT: Final = "as-built-5.2"


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
        str, typer.Option(help=f"What the lines are: {', '.join(OF_OTHERS)}.", metavar="NAME")
    ] = "ndjson"
    complete: Annotated[
        bool, typer.Option("--complete", help="No line is missing, from the first on.")
    ] = False
    missing: Annotated[
        int | None,
        typer.Option(
            help=f"How many steps in a row no line need tell of; {SILENT_MAX}, of dmesg "
            f"{CONSOLE_SILENT_MAX}.",
            metavar="N", min=1, show_default=False,
        ),
    ] = None  # fmt: skip
    variant: Annotated[
        str | None,
        typer.Option(
            help=f"Of dmesg: the variant of popcorn-2020; {VARIANT}.", metavar="NAME",
            show_default=False,
        ),
    ] = None  # fmt: skip
    node: Annotated[
        list[int] | None,
        typer.Option(
            help="Of dmesg: which node has printed a file; once a file.", metavar="N", min=0
        ),
    ] = None
    kernels: Annotated[
        int | None,
        typer.Option(
            help="Of ndjson: how many kernels there are, if no file says so.", metavar="N", min=0,
            max=KERNELS_MAX,
        ),
    ] = None
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
        typer.Option(
            help="Of ndjson: the process whose behaviour is written; the first.", metavar="N"
        ),
    ] = None
    json: Json = False


@verb(Options)
def command(options: Options) -> int:
    """Say whether the model explains a log, in which lines may be missing.

    A log has one JSON object a line, as popcorn-spec run --journal writes them; it may be one of
    all kernels or one of each, and may lack its beginning. A line that cannot be explained is
    named, with what would have been legal, what it contradicts, and the likeliest repair.

    Examples: popcorn-spec validate run.ndjson --complete; popcorn-spec validate run.ndjson.0
    run.ndjson.1 run.ndjson.2; popcorn-spec validate run.ndjson --trace run.html; popcorn-spec
    validate --format dmesg node0.log node1.log

    Exit codes: 0 explained; 12 not explained; 3 not decided; 150 a file is no log.
    """
    pick("format", (options.format,), tuple(OF_OTHERS))
    _refuse_contradictions(options)
    refuse_pipes(options.files)
    if options.trace is not None:
        format_of(options.trace)
        check_file("--trace", options.trace)
    if options.format == "dmesg":
        return _validate_consoles(options)
    plan = Plan(
        options.kernels or 0, options.complete, options.missing or SILENT_MAX,
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
        names = ", ".join(name_files(options.files))
        sys.stdout.write(to_text(validator, outcome, names))
    return HOLDS if outcome.is_explained else SAFETY if outcome.is_decided else UNKNOWN


def _refuse_contradictions(options: Options) -> None:
    other, names = OF_OTHERS[options.format]
    for name in names:
        if getattr(options, name) not in (None, []):
            raise UsageError(
                f"--{name} is about logs of the format {other}, and this is {options.format}"
            )
    # Of real kernels there always are steps that no line tells of.
    if options.complete and options.missing is not None and options.format == "ndjson":
        raise UsageError(
            f"--complete says that no line is missing, and --missing {options.missing} that lines "
            "may be: say one of them"
        )
    files: dict[Path, Path] = {}
    for path in options.files:
        first = files.setdefault(path.resolve(), path)
        if first is not path:
            same = f" (also as {first})" if first != path else ""
            raise UsageError(f"{path} is given twice{same}: give each file once")


def _validate_consoles(options: Options) -> int:
    keeps = options.trace is not None
    setting = Setting(
        options.variant or VARIANT, options.missing or CONSOLE_SILENT_MAX, options.complete, keeps,
        _deadline(options.budget),
    )  # fmt: skip
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
