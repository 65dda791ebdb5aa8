"""Writing what a command made: traces by the suffix of their file, and JSON on stdout."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

from popcorn_checker.errors import UsageError
from popcorn_checker.trace import Trace


def _itf(trace: Trace) -> str:
    from popcorn_checker.show.itf import to_itf

    return json.dumps(to_itf(trace)) + "\n"


def _html(trace: Trace) -> str:
    from popcorn_checker.show.html import to_html

    return to_html(trace)


def _mermaid(trace: Trace) -> str:
    from popcorn_checker.show.mermaid import to_mermaid

    return to_mermaid(trace)


def _text(trace: Trace) -> str:
    from popcorn_checker.show.text import to_text

    return to_text(trace)


FORMATS: Final[dict[str, Callable[[Trace], str]]] = {
    "text": _text,
    "html": _html,
    "mermaid": _mermaid,
    "itf": _itf,
}
SUFFIXES: Final = {".txt": "text", ".html": "html", ".mmd": "mermaid", ".itf.json": "itf"}


def format_of(path: Path) -> str:
    """The format that a file's suffix asks for. Raises: UsageError for an unknown suffix."""
    for suffix, name in SUFFIXES.items():
        if path.name.endswith(suffix):
            return name
    raise UsageError(f"{path}: the suffix says the format, one of {', '.join(SUFFIXES)}")


def write_trace(trace: Trace, path: Path) -> None:
    """Write a trace in the format of the suffix. Raises: UsageError when that is impossible."""
    write_text(FORMATS[format_of(path)](trace), path)


def write_text(text: str, path: Path) -> None:
    """Write a file. Raises: UsageError when it cannot be written."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from None


def check_file(option: str, path: Path) -> None:
    """See that a file can be written once there is something to write; nothing is left or lost.

    Raises: UsageError with the option that has named it.
    """
    try:
        file = path.resolve()
        if not file.exists():
            file.touch()
            file.unlink()
        elif file.is_dir() or not os.access(file, os.W_OK):
            raise OSError("it is a folder" if file.is_dir() else "nobody here may write it")
    except OSError as error:
        raise UsageError(f"{option} {path} cannot be written: {error.strerror or error}") from None


def make_folder(option: str, path: Path) -> None:
    """Make a folder for files, if there is none.

    Raises: UsageError with the option that has named it.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=path):
            pass
    except FileExistsError:
        raise UsageError(f"{option} {path} is a file; name a folder") from None
    except OSError as error:
        raise UsageError(
            f"{option} {path} is no folder for files: {error.strerror or error}"
        ) from None


def print_json(data: object) -> None:
    """Print plain data as JSON, and nothing else."""
    json.dump(data, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")
