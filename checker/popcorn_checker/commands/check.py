"""The verb ``check``: explore a protocol exhaustively at a scope, and judge its properties."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final

import typer

from popcorn_checker.checking import check
from popcorn_checker.engines import ENGINES
from popcorn_checker.errors import UsageError
from popcorn_checker.exploring import PLAIN_MAX, Effort
from popcorn_checker.ledger import LEDGERS, NOTE, STRICT
from popcorn_checker.lookup import pick
from popcorn_checker.memory import usual_limit
from popcorn_checker.options import Json, SubjectOptions, parse_bytes, parse_seconds, split, verb
from popcorn_checker.progress import reporting
from popcorn_checker.report import verdict_text
from popcorn_checker.symbolic.names import DEPTH, SYMBOLIC
from popcorn_checker.symmetry import AUTO
from popcorn_checker.verdict import Verdict
from popcorn_checker.writing import FORMATS, format_of, print_json, write_trace

NAMES: Final = (*ENGINES, *SYMBOLIC)
LINGER: Final = 1 << 21  # states that are expanded after a violation, for what else is wrong


@dataclass(frozen=True)
class Options(SubjectOptions):
    """What ``check`` can be told."""

    property: Annotated[
        list[str] | None,
        typer.Option(help="Only this property; may be given again.", metavar="NAME"),
    ] = None
    refines: Annotated[
        str,
        typer.Option(
            help="Ask instead whether every run, as seen from there, is a run of this protocol.",
            metavar="PROTOCOL",
        ),
    ] = ""
    engine: Annotated[
        str, typer.Option(help=f"One of {', '.join(NAMES)}.", metavar="NAME")
    ] = "explicit"
    depth: Annotated[
        int | None,
        typer.Option(
            help=f"How many steps {', '.join(SYMBOLIC)} look ahead; {DEPTH} if not given.",
            min=0,
            metavar="N",
        ),
    ] = None
    budget: Annotated[
        str | None, typer.Option(help="Stop after this time: 90s, 10m, 2h.", metavar="TIME")
    ] = None
    memory: Annotated[
        str | None,
        typer.Option(
            help="Stop at this size: 512M, 4G. Three quarters of what is free if not given.",
            metavar="SIZE",
        ),
    ] = None
    first: Annotated[bool, typer.Option("--first", help="Stop at the first violation.")] = False
    all: Annotated[
        bool,
        typer.Option(
            "--all",
            help="Explore everything, even where a violation is known; otherwise it ends "
            f"{LINGER:,} states later.",
        ),
    ] = False
    json: Json = False
    trace: Annotated[
        Path | None,
        typer.Option(help="Write the trace here: .itf.json, .html, .mmd or .txt.", metavar="FILE"),
    ] = None
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="Keep what is known in this folder, every few seconds.", metavar="DIR"),
    ] = None
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on from the checkpoint; a --budget begins anew."),
    ] = False
    no_liveness: Annotated[
        bool, typer.Option("--no-liveness", help="Leave eventually properties undecided.")
    ] = False
    symmetry: Annotated[
        str,
        typer.Option(
            help="Explore only one of the states that differ in which member is which: none; all; "
            "the sorts whose members may change places, such as kernels,tasks; or auto, which is "
            f"all where there are more than {PLAIN_MAX:,} states and no checkpoint.",
            metavar="auto|none|all|A,B",
        ),
    ] = AUTO
    vacuity: Annotated[
        str,
        typer.Option(
            help="Guards that never mattered and conditions that never held: note them, be strict "
            "and call the verdict unknown, or leave that off.",
            metavar="|".join(LEDGERS),
        ),
    ] = NOTE
    explain_growth: Annotated[
        bool,
        typer.Option(
            "--explain-growth",
            help="Say which variables multiply the states; said anyway at a limit.",
        ),
    ] = False
    progress: Annotated[
        bool | None,
        typer.Option("--progress/--no-progress", help="Say how far it is."),
    ] = None

    def effort(self) -> Effort:
        """How far to go. Raises: UsageError for an unknown engine, time or size, or for options
        that exclude each other."""
        pick("engine", (self.engine,), NAMES)
        refuse_misfits(self)
        if self.first and self.all:
            raise UsageError("--first stops at the first violation and --all at none: give one")
        return Effort(
            engine=self.engine,
            seconds=parse_seconds(self.budget),
            bytes_max=parse_bytes(self.memory, usual_limit()),
            first=not self.all,
            linger=0 if self.first else LINGER,
            checkpoint=self.checkpoint,
            resume=self.resume,
            symmetry=() if self.symmetry == "none" else split(self.symmetry),
            depth=self.depth,
        )


def refuse_misfits(options: Options) -> None:
    """Options that say nothing to the engine that is asked for. Raises: UsageError."""
    engine = options.engine
    if engine not in SYMBOLIC:
        if options.depth is not None:
            raise UsageError(
                f"--depth is for {', '.join(SYMBOLIC)}; the {engine} engine explores every state"
            )
        return
    misfits = {
        "--symmetry": options.symmetry not in (AUTO, "none"),
        "--checkpoint": options.checkpoint is not None,
        "--resume": options.resume,
        "--memory": options.memory is not None,
        "--vacuity strict": options.vacuity == STRICT,
        "--explain-growth": options.explain_growth,
    }
    for name, given in misfits.items():
        if given:
            raise UsageError(
                f"{name} is about states that are visited, and the {engine} engine visits none; "
                "leave it out, or take --engine explicit"
            )


@verb(Options)
def command(options: Options) -> int:
    """Check a protocol exhaustively at a scope.

    Example: popcorn-spec check popcorn-2014 --variant repaired --scope kernels=2,tasks=2,pages=1

    Exit codes: 0 holds; 12 a safety property fails, 11 deadlock, 13 a liveness property fails (the
    first that applies); 3 unknown, for example when the budget is spent; 2 usage; 150 bad model,
    scope or checkpoint.
    """
    if options.trace is not None:
        format_of(options.trace)
    effort = options.effort()
    pick("vacuity ledger", (options.vacuity,), LEDGERS)
    asked = tuple(options.property or ())
    request = replace(options.request(asked), refines=options.refines)
    with reporting(options.progress) as report:
        effort = replace(effort, report=report)
        verdict = check(
            request, effort, not options.no_liveness, options.vacuity, options.explain_growth
        )
    if options.trace is not None and verdict.shown is not None:
        write_trace(verdict.shown, options.trace)
    if options.json:
        print_json(verdict.to_json())
    else:
        _print(verdict, options.trace)
    return verdict.exit_code


def _print(verdict: Verdict, written: Path | None) -> None:
    sys.stdout.write(verdict_text(verdict))
    trace = verdict.shown
    if trace is None:
        if written is not None:
            sys.stdout.write(f"\nThere is no trace to show, so {written} was not written.\n")
        return
    if written is not None:
        sys.stdout.write(f"\nThe trace is in {written}.\n")
    else:
        sys.stdout.write("\n" + FORMATS["text"](trace))
