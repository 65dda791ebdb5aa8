"""The verb ``export``: write a protocol at a scope for another model checker."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from popcorn_checker.checking import make_subject
from popcorn_checker.errors import HOLDS, UsageError
from popcorn_checker.exploring import Subject
from popcorn_checker.lookup import pick
from popcorn_checker.options import Json, SubjectOptions, verb
from popcorn_checker.writing import print_json, write_text


def _murphi(subject: Subject, name: str) -> tuple[dict[str, str], str]:
    from popcorn_checker.export.murphi import to_murphi

    files = {f"{name}.m": to_murphi(subject.model, subject.scope)}
    wide = "-mcx16 " if platform.machine() in ("x86_64", "AMD64") else ""
    return files, (
        f"rumur --deadlock-detection off --value-type int32_t --output {name}.c {name}.m && "
        f"gcc -O2 {wide}-o {name} {name}.c -lpthread -latomic && ./{name}"
    )


def _tla(subject: Subject, name: str) -> tuple[dict[str, str], str]:
    from popcorn_checker.export.peers import PeerError, find_tlc
    from popcorn_checker.export.tla import to_tla

    text = to_tla(subject.model, subject.scope, name)
    files = {
        f"{name}.tla": text.module,
        f"MC{name}.tla": text.mc_module,
        f"MC{name}.cfg": text.cfg,
    }
    try:
        jar = str(find_tlc())
    except PeerError:
        jar = "/path/to/tla2tools.jar"
    return files, f"java -cp {jar} tlc2.TLC -deadlock MC{name}"


LANGUAGES: Final[dict[str, Callable[[Subject, str], tuple[dict[str, str], str]]]] = {
    "murphi": _murphi,
    "tla": _tla,
}


@dataclass(frozen=True)
class Options(SubjectOptions):
    """What ``export`` can be told."""

    to: Annotated[
        str, typer.Option(help=f"One of {', '.join(LANGUAGES)}.", metavar="LANGUAGE")
    ] = "tla"
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The folder to write to.", metavar="DIR")
    ] = Path()
    json: Json = False


@verb(Options)
def command(options: Options) -> int:
    """Write a protocol for Rumur (Murphi) or for TLC (TLA+), so that nobody has to trust us.

    The exported model has as many states as ours at the same scope.

    Example: popcorn-spec export popcorn-2014 --variant repaired --parts threads --to murphi -o out
    """
    pick("language", (options.to,), LANGUAGES)
    subject = make_subject(options.request())
    files, how = LANGUAGES[options.to](subject, module_name(subject.model.protocol))
    try:
        options.output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{options.output} cannot be made: {error.strerror}") from None
    for name, text in files.items():
        write_text(text, options.output / name)
    written = [str(options.output / name) for name in files]
    if options.json:
        print_json({"written": written, "run": how, "scope": dict(subject.scope.entries)})
    else:
        sys.stdout.write("".join(f"wrote {path}\n" for path in written))
        sys.stdout.write(f"\nIn {options.output}: {how}\n")
    return HOLDS


def module_name(protocol: str) -> str:
    """A protocol's name as that of a module: ``popcorn-2014`` becomes ``Popcorn2014``."""
    name = "".join(word.capitalize() for word in re.split(r"[^A-Za-z0-9]+", protocol))
    return name if name[:1].isalpha() else f"Protocol{name}"
