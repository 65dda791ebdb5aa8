"""The command ``popcorn-spec``, which loads its verbs by entry point and knows none of them.

Whatever goes wrong ends here, as one paragraph on stderr that begins ``popcorn-spec:`` and an
exit code that says whose fault it was: 2 the command line's, 150 the input's, 255 ours.
"""

from __future__ import annotations

import errno
import json
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import is_dataclass
from importlib.metadata import EntryPoint, entry_points, version
from typing import Annotated, Any, Final, cast, get_type_hints

import typer

from popcorn_checker.errors import (
    BAD_INPUT,
    HOLDS,
    INTERNAL,
    UNKNOWN,
    USAGE,
    Interrupted,
    UsageError,
)
from popcorn_checker.options import verb

GROUP: Final = "popcorn_spec.verbs"
DEBUG: Final = "POPCORN_DEBUG"

# Errors about what was handed in, by name: a verb of another package may raise its own.
_BAD_INPUT: Final = frozenset(
    {
        "ModelError", "ScopeError", "TraceError", "CheckpointError", "ExportError", "NoReading",
        "LedgerError", "JournalError", "DmesgError",
    }
)
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)

_HELP: Final = """An executable, checked specification of Popcorn Linux's migration protocols.

Start with: popcorn-spec check popcorn-2014 --variant repaired"""


def make_app() -> typer.Typer:
    """The command with every verb that some installed package offers."""
    app = typer.Typer(
        help=_HELP, add_completion=False, pretty_exceptions_enable=False, no_args_is_help=False
    )
    app.callback(invoke_without_command=True)(_top)
    for entry in sorted(entry_points(group=GROUP), key=lambda each: each.name):
        app.command(entry.name)(_load(entry))
    return app


def _load(entry: EntryPoint) -> Callable[..., None]:
    """The verb's function; one that cannot be loaded says so when it is used."""
    try:
        return _as_verb(entry.load())
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"

        def broken() -> None:
            """This verb cannot be loaded; use it to see why."""
            raise UsageError(f"the verb {entry.name} ({entry.value}) cannot be loaded: {reason}")

        return broken


def _as_verb(found: Callable[..., Any]) -> Callable[..., None]:
    """A verb as it is, or one made of a function that takes its options as one record.

    So a package can offer verbs without importing anything from this one.
    """
    hints = get_type_hints(found)
    options = next(iter(hints.values()), None)
    takes_record = isinstance(options, type) and is_dataclass(options)
    return verb(cast("type[Any]", options))(found) if takes_record else found


def _top(
    context: typer.Context,
    show_version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.")
    ] = False,
) -> None:
    if show_version:
        typer.echo(f"popcorn-spec {version('popcorn-spec')}")
        raise typer.Exit(HOLDS)
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(USAGE)


def run(arguments: Sequence[str]) -> int:
    """Run the command with these arguments; its exit code.

    Raises: OSError if nothing can be written any more, to standard output mostly.
    """
    try:
        result: Any = typer.main.get_command(make_app()).main(
            args=list(arguments), prog_name="popcorn-spec", standalone_mode=False
        )
        return result if isinstance(result, int) else HOLDS
    except (Interrupted, KeyboardInterrupt):
        return _complain("interrupted; nothing is known", UNKNOWN, arguments)
    except SystemExit:  # what typer makes of a pipe that nobody reads any more
        raise BrokenPipeError from None
    except (UsageError, typer.TyperException) as error:
        text = error.format_message() if isinstance(error, typer.TyperException) else str(error)
        return _complain(f"{text}{_help_for(arguments)}", USAGE, arguments)
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _FULL:
            raise
        if type(error).__name__ in _BAD_INPUT:
            return _complain(str(error), BAD_INPUT, arguments)
        if os.environ.get(DEBUG):
            traceback.print_exc()
        return _complain(_bug(error), INTERNAL, arguments)


def _help_for(arguments: Sequence[str]) -> str:
    verbs = [e.name for e in entry_points(group=GROUP) if e.name in arguments[:1]]
    return f" (popcorn-spec {' '.join([*verbs, '--help'])} lists what there is)"


def _bug(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return (
        f"internal error, a fault of ours: {type(error).__name__}: {error}{where}. Please report "
        f"it with the command that you typed; {DEBUG}=1 shows the whole way to it"
    )


def _complain(text: str, code: int, arguments: Sequence[str]) -> int:
    """Say what is wrong in one paragraph, for machines too if they asked. Returns the code."""
    paragraph = " ".join(text.split())
    print(f"popcorn-spec: {paragraph}", file=sys.stderr)
    if "--json" in arguments:
        print(json.dumps({"error": paragraph, "exit_code": code}))
    return code
