"""Rules about what no file may name: registries, workplaces, and findings where protocols live.

The names are put together from pieces, or this file would break its own rules.
"""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from support.house.source import Offence

# Where packages come from is each user's own choice; a name here would make it for them.
_HOSTS: Final = (
    ("pypi", ".org"),
    ("python", "hosted"),
    ("npmjs", "."),
    ("debian", ".org"),
    ("debian", ".net"),
    ("ubuntu", ".com"),
    ("crates", ".io"),
    ("docker", ".io"),
    ("ghcr", ".io"),
    ("quay", ".io"),
    ("anaconda", ".org"),
    ("maven", ".org"),
    ("golang", ".org"),
    ("rubygems", ".org"),
)
_HOST: Final = re.compile("|".join(re.escape("".join(host)) for host in _HOSTS), re.IGNORECASE)

# A path of the machine on which somebody wrote a file means nothing on any other.
_WORKPLACE: Final = re.compile("/" + r"work/|(?<![\w.~])/" + r"(?:root|home/\w+)/")

# What other people's machines have printed is kept letter by letter, with the paths in it.
_VERBATIM: Final = Path("tests/vectors")
_PRINTED: Final = ".log"

# W1, C5b, X12: the ids of findings and mutations.
_FINDING: Final = re.compile(r"\b[WCX]\d{1,2}[a-c]?\b")

# Folders of popcorn_model that hold protocols: together in one, or one each.
_PROTOCOLS: Final = re.compile(r"protocols|popcorn(_\w+)?|smp|barrelfish")


def names_no_registry(path: Path, text: str) -> Iterator[Offence]:
    """No file names the host of a package registry."""
    yield from find(_HOST, path, text, "names the registry host {}")


def names_no_workplace(path: Path, text: str) -> Iterator[Offence]:
    """No file names a path of its author's machine; logs of real kernels have no author."""
    if not (path.is_relative_to(_VERBATIM) and path.suffix == _PRINTED):
        yield from find(_WORKPLACE, path, text, "names the workplace path {}")


def names_no_finding(path: Path, text: str) -> Iterator[Offence]:
    """Findings cite the protocol in which they were found; the protocol does not cite them."""
    yield from find(_FINDING, path, text, "a protocol's own file names the finding {}")


def find(pattern: re.Pattern[str], path: Path, text: str, complaint: str) -> Iterator[Offence]:
    """Every place of a text that matches, with the complaint about it."""
    for number, line in enumerate(text.splitlines(), start=1):
        for match in pattern.finditer(line):
            yield Offence(path, number, complaint.format(match.group()))


def get_tracked_files(root: Path) -> tuple[Path, ...]:
    """The files that git tracks and that are there, relative to the repository."""
    # Continuous integration may run as another user than the one who cloned.
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    listing = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout
    paths = (Path(name) for name in listing.split("\0") if name)
    return tuple(path for path in paths if (root / path).is_file())


def get_protocol_files(root: Path) -> tuple[Path, ...]:
    """All files of the model's protocol packages but compiled ones, relative to the repository."""
    package = root / "model" / "popcorn_model"
    return tuple(
        path.relative_to(root)
        for folder in sorted(package.iterdir())
        if folder.is_dir() and _PROTOCOLS.fullmatch(folder.name)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".pyc"
    )


def read_text(path: Path) -> str:
    """A file's text; what is not text is read as well as can be."""
    return path.read_text(encoding="utf-8", errors="replace")
