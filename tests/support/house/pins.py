"""Rules about pinned versions: the constraints file pins every dependency and names no address."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from support.house.source import Offence

CONSTRAINTS: Final = Path("constraints.txt")

_PIN: Final = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==[0-9][0-9A-Za-z.+!-]*")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def has_only_pins(text: str) -> Iterator[Offence]:
    """Every line of the constraints file is name==version and nothing else."""
    for number, line in enumerate(text.splitlines(), start=1):
        if not _PIN.fullmatch(line):
            yield Offence(CONSTRAINTS, number, f"{line!r} is not of the form name==version")


def pins_dependencies(constraints: str, pyproject: str) -> Iterator[Offence]:
    """Everything that pyproject.toml asks for is pinned."""
    pinned = {normal(match["name"]) for match in map(_PIN.match, constraints.splitlines()) if match}
    for name in get_requirements(pyproject):
        if normal(name) not in pinned:
            yield Offence(CONSTRAINTS, 1, f"{name} is a dependency and not pinned")


def get_requirements(pyproject: str) -> Iterator[str]:
    """The names that pyproject.toml asks for, to build, to run and to develop."""
    data = tomllib.loads(pyproject)
    extras = data["project"].get("optional-dependencies", {})
    groups = (data["build-system"]["requires"], data["project"]["dependencies"], *extras.values())
    for requirement in (each for group in groups for each in group):
        match = _NAME.match(requirement)
        assert match is not None, f"a requirement without a name: {requirement!r}"
        yield match.group()


def normal(name: str) -> str:
    """A distribution's name in the one spelling by which names are compared."""
    return re.sub(r"[-_.]+", "-", name).lower()
