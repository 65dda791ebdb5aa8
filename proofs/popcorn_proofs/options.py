"""What the verb ``prove`` can be told; nothing here loads a solver."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from popcorn_checker.options import Json


@dataclass(frozen=True)
class Options:
    """What ``prove`` can be told."""

    protocol: Annotated[
        str | None,
        typer.Argument(help="Only claims about this protocol.", metavar="[PROTOCOL]"),
    ] = None
    claim: Annotated[
        list[str] | None, typer.Option(help="Only this claim; may be given again.", metavar="ID")
    ] = None
    only: Annotated[
        str | None,
        typer.Option(help="Only this obligation: ACTION/LEMMA, or all of an action or lemma.",
                     metavar="OBLIGATION"),
    ] = None  # fmt: skip
    explain: Annotated[
        bool,
        typer.Option("--explain/--no-explain",
                     help="Show why the first obligation fails that does."),
    ] = True
    mutate: Annotated[
        str, typer.Option(help="Break the protocol first; the proof ought to fail.", metavar="ID")
    ] = ""
    strengthen: Annotated[
        bool,
        typer.Option("--strengthen",
                     help="Search for lemmas, from the safety properties alone."),
    ] = False
    controls: Annotated[
        bool, typer.Option("--controls", help="See the proof fail for each listed wrong protocol.")
    ] = False
    files: Annotated[
        Path | None,
        typer.Option(help="Write the SMT-LIB file of every obligation here.", metavar="DIR"),
    ] = None
    recheck: Annotated[
        bool,
        typer.Option("--recheck", help="Compare with the ledger, and ask cvc5 about every file."),
    ] = False
    write: Annotated[
        bool, typer.Option("--write", help="Write what the solvers say into the ledger.")
    ] = False
    ledger: Annotated[
        Path | None, typer.Option(help="The folder of the index, if not the tree's.", metavar="DIR")
    ] = None
    workers: Annotated[int, typer.Option(help="How many obligations at once.", min=1)] = 1
    budget: Annotated[
        str | None,
        typer.Option(help="Time for each obligation and solver: 30s, 2m.", metavar="TIME"),
    ] = None
    json: Json = False
