"""What files are called in what is said of their lines, and which files can be read as logs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from popcorn_checker.errors import UsageError


def name_files(paths: Sequence[Path]) -> list[str]:
    """Their base names; as they were given where those would not tell them apart.

    What is no regular file has no name of its own, and is called as it was given, too.
    """
    counts = Counter(path.name for path in paths)
    return [
        path.name if counts[path.name] == 1 and (path.is_file() or not path.exists()) else str(path)
        for path in paths
    ]


def refuse_pipes(paths: Sequence[Path]) -> None:
    """A log is read more than once. Raises: UsageError for what can be read only once."""
    for path in paths:
        is_stdin = str(path) == "-" and not path.exists()
        if is_stdin or path.is_fifo() or path.is_socket():
            raise UsageError(
                f"{path} is {'standard input' if is_stdin else 'no file'}, which can be read only "
                "once, and a log is read more often: write it into a file first"
            )
