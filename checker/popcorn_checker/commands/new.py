"""The verb ``new``: write a small whole protocol, with its test, to start one's own from."""

from __future__ import annotations

import keyword
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from popcorn_checker import skeleton
from popcorn_checker.errors import HOLDS, UsageError
from popcorn_checker.options import Json, verb
from popcorn_checker.writing import print_json, write_text

NAME: Final = "skeleton"

_INIT: Final = '''"""The protocol {name}."""

from {name}.protocol import PROTOCOL

__all__ = ["PROTOCOL"]
'''

_TEST: Final = '''"""What is known about {name}: it holds, and what the desk forgets is found."""

from popcorn_checker.checking import Request, check
from popcorn_checker.exploring import Effort
from popcorn_checker.verdict import Outcome


def test_it_holds() -> None:
    verdict = check(Request("{name}"), Effort())
    assert verdict.outcome is Outcome.HOLDS


def test_without_looking_first_two_have_the_key() -> None:
    verdict = check(Request("{name}", settings={{"look_first": "no"}}), Effort(first=True))
    result = verdict.result("one_at_work")
    assert result is not None
    assert result.failed
    assert result.length == 6
'''


@dataclass(frozen=True)
class Options:
    """What ``new`` can be told."""

    name: Annotated[str, typer.Argument(help="A Python name, such as my_protocol.",
                                        metavar="NAME")]  # fmt: skip
    folder: Annotated[
        Path, typer.Option(help="Where to write it.", metavar="DIR")
    ] = Path()
    json: Json = False


@verb(Options)
def command(options: Options) -> int:
    """Write a protocol that already checks, to change into your own.

    It makes a package NAME with the protocol, and tests/test_NAME.py. Nothing is overwritten.

    Example: popcorn-spec new my_protocol && popcorn-spec check my_protocol
    """
    written = write_skeleton(options.name, options.folder)
    if options.json:
        print_json({"name": options.name, "written": [str(path) for path in written]})
    else:
        sys.stdout.write("".join(f"wrote {path}\n" for path in written))
        sys.stdout.write(f"\nNow try: popcorn-spec check {options.name}\n")
    return HOLDS


def write_skeleton(name: str, folder: Path) -> tuple[Path, ...]:
    """Write the package and its test; the paths. Raises: UsageError for a bad or a taken name."""
    if keyword.iskeyword(name):
        raise UsageError(f"{name} cannot name a package: it is a word of Python's own")
    if name in sys.stdlib_module_names:
        raise UsageError(f"{name} cannot name a package: Python has a module of that name")
    if not name.isidentifier():
        raise UsageError(f"{name} cannot name a package; write lower-case words joined by _")
    files = {
        folder / name / "__init__.py": _INIT.format(name=name),
        folder / name / "protocol.py": _source(name),
        folder / "tests" / f"test_{name}.py": _TEST.format(name=name),
    }
    for path in files:
        if path.exists():
            raise UsageError(f"{path} is there already; nothing was written")
    for path, text in files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"{path.parent} cannot be made: {error.strerror}") from None
        write_text(text, path)
    return tuple(files)


def _source(name: str) -> str:
    """The example's own text, under another name."""
    text = Path(skeleton.__file__).read_text(encoding="utf-8")
    text = text.replace(f"popcorn-spec check {NAME}", f"popcorn-spec check {name}")
    return text.replace(f'name="{NAME}"', f'name="{name}"')
