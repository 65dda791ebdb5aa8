"""Python files as data for the house rules: a path, a dotted name, the text and its syntax tree."""

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True)
class Offence:
    """One breach of one rule, printed as one line that an editor can jump to."""

    path: Path
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


@dataclass(frozen=True)
class Module:
    """One Python file; `path` is relative to the repository, `name` is how programs import it."""

    path: Path
    name: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.text, filename=str(self.path))

    @property
    def package(self) -> str:
        """The package from which the file's relative imports start."""
        return self.name if self.path.stem == "__init__" else self.name.rpartition(".")[0]

    def offence(self, line: int, text: str) -> Offence:
        """A breach in this file."""
        return Offence(self.path, line, text)


def read_modules(root: Path, folders: Iterable[str]) -> tuple[Module, ...]:
    """All Python files below the folders; each folder is one from which packages are imported."""
    return tuple(
        Module(path.relative_to(root), get_name(path.relative_to(root / folder)), path.read_text())
        for folder in folders
        for path in sorted((root / folder).rglob("*.py"))
    )


def get_name(path: Path) -> str:
    """The dotted name of a file, given its path from the folder that is imported from."""
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
