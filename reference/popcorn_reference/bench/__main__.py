"""The command behind the last line of `make bench`: how fast the reference is.

    python -m popcorn_reference.bench --only instructions,migration
"""

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from popcorn_reference.bench import exchange, migration, runs, speed
from popcorn_reference.bench.figures import (
    TINY,
    Sheet,
    Size,
    describe_machine,
    make_console,
    show,
    write_figures,
)
from popcorn_reference.running import NotHere

USAGE: Final = 2
COMMAND: Final = "python -m popcorn_reference.bench"

MEASUREMENTS: Final[Mapping[str, Callable[[Size], Sheet]]] = MappingProxyType(
    {
        "instructions": speed.compare,
        "processors": speed.compare_processors,
        "messages": exchange.measure,
        "migration": migration.measure,
        "shares": runs.measure_shares,
        "kernels": runs.measure_kernels,
    }
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for, and print it.

    Cost: about a minute on an idle machine.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    asked = _parser().parse_args(given)
    console = make_console()
    console.print(" ".join([COMMAND, *given]))
    console.print(describe_machine())
    console.print()
    size, start, sheets = TINY if asked.tiny else Size(), time.monotonic(), []
    for name in asked.only:
        try:
            sheets.append(MEASUREMENTS[name](size))
        except NotHere as error:
            print(f"popcorn-spec: {name}: {error}", file=sys.stderr)
            return USAGE
        show(console, sheets[-1])
    console.print(f"{time.monotonic() - start:.0f} s")
    if asked.json is not None:
        write_figures(asked.json, sheets)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=COMMAND)
    parser.add_argument("--only", type=_names, default=list(MEASUREMENTS), metavar="NAMES",
                        help=f"of {', '.join(MEASUREMENTS)}; all if not given")
    parser.add_argument("--tiny", action="store_true",
                        help="so little that the figures mean nothing: to see that all works")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here as well")
    return parser


def _names(text: str) -> list[str]:
    names = text.split(",")
    for name in names:
        if name not in MEASUREMENTS:
            legal = ", ".join(MEASUREMENTS)
            raise argparse.ArgumentTypeError(f"no {name}: legal are {legal}")
    return names


if __name__ == "__main__":
    sys.exit(main())
