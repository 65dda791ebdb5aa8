"""Documentation pages that are run: each command, file, change and Python example, in its order.

In a page, ```console holds commands after ``$`` and what they print, ``echo $?`` their exit code;
```python or asm with ``<!-- file NAME -->`` above it writes a file (or adds: ``NAME continued``)
and otherwise runs, as a doctest where it has prompts; ```diff changes the file named above it;
```sh only names targets of the Makefile. What is noted ``slow`` runs only when that is asked for.
``...`` stands for any text in a line, or alone for any
lines. Print a page with what its commands print today by ``python -m support.pages docs/PAGE.md``,
in a folder with tests on the path.
"""

import doctest
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any, Final

from support.command import invoke

_BLOCK: Final = re.compile(
    r"^(?:<!-- (?P<note>[^\n]*) -->\n)?```(?P<kind>\w+)\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_COST: Final = re.compile(r"^(  cost +)[^\n]*", re.MULTILINE)  # it differs from run to run
SLOW: Final = "slow"
_FLAGS: Final = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@dataclass(frozen=True)
class Block:
    """One block of a page: where it stands, what is noted above it, its kind and its text."""

    line: int
    note: str
    kind: str
    body: str


@dataclass(frozen=True)
class Mismatch:
    """A command that printed something else than its page says."""

    line: int
    command: str
    expected: str
    got: str

    def __str__(self) -> str:
        return f"line {self.line}: $ {self.command}\nexpected:\n{self.expected}\ngot:\n{self.got}"


@dataclass
class Runner:
    """Runs the blocks of one page in the current folder."""

    names: dict[str, Any] = field(default_factory=lambda: {"__name__": "page"})
    code: int = 0
    mismatches: list[Mismatch] = field(default_factory=list)

    def run(self, block: Block) -> None:
        """Run one block. Raises: AssertionError for one that cannot be."""
        kinds = {
            "console": self._console, "python": self._python, "diff": self._diff,
            "asm": self._file,
        }  # fmt: skip
        if block.kind in kinds:
            kinds[block.kind](block)
        else:
            assert block.kind in ("sh", "text", "mermaid"), f"nobody runs {block.kind}"

    def _console(self, block: Block) -> None:
        for line, command, expected in commands(block):
            got = self._printed(command)
            if not fits(expected, got):
                self.mismatches.append(Mismatch(line, command, expected, got))

    def _printed(self, command: str) -> str:
        if command == "echo $?":
            return f"{self.code}\n"
        program, *arguments = shlex.split(command)
        if program == "cat":
            return Path(arguments[0]).read_text()
        assert program == "popcorn-spec", f"nobody runs {program}"
        _forget_modules_here()
        result = invoke(*arguments)
        self.code = result.code
        return "\n".join(line.rstrip() for line in (result.out + result.err).split("\n"))

    def _python(self, block: Block) -> None:
        if block.note.startswith("file "):
            self._file(block)
            return
        _forget_modules_here()
        if ">>> " not in block.body:
            exec(compile(block.body, "page", "exec"), self.names)
            return
        test = doctest.DocTestParser().get_doctest(block.body, self.names, "page", "page", 0)
        output = StringIO()
        doctest.DocTestRunner(optionflags=_FLAGS).run(test, out=output.write, clear_globs=False)
        self.names.update(test.globs)
        if output.getvalue():
            self.mismatches.append(Mismatch(block.line, ">>>", block.body, output.getvalue()))

    def _file(self, block: Block) -> None:
        name, _, more = block.note.removeprefix("file ").partition(" ")
        before = Path(name).read_text() + "\n" if more == "continued" else ""
        Path(name).write_text(before + block.body)

    def _diff(self, block: Block) -> None:
        path = Path(block.note.removeprefix("change "))
        lines = block.body.splitlines()
        assert all(line[:1] in " -+" for line in lines), "each line begins with a blank, - or +"
        before = "".join(f"{line[1:]}\n" for line in lines if line[:1] != "+")
        after = "".join(f"{line[1:]}\n" for line in lines if line[:1] != "-")
        text = path.read_text()
        assert text.count(before) == 1, f"line {block.line}: {path} does not have once\n{before}"
        path.write_text(text.replace(before, after))


def blocks(text: str) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    for match in _BLOCK.finditer(text):
        line = text.count("\n", 0, match.start("body")) + 1
        yield Block(line, match["note"] or "", match["kind"], match["body"])


def commands(block: Block) -> Iterator[tuple[int, str, str]]:
    """The commands of a console block: line, command, what it prints."""
    lines = block.body.splitlines(keepends=True)
    starts = [n for n, line in enumerate(lines) if line.startswith("$ ")]
    assert starts[:1] == [0], f"line {block.line}: a console block begins with a command"
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        command = lines[start][2:].strip()
        first = start + 1
        while command.endswith("\\"):
            command = f"{command[:-1]} {lines[first].strip()}"
            first += 1
        yield block.line + start, command, "".join(lines[first:end])


def fits(expected: str, got: str) -> bool:
    """Whether a text is what a page says, with its ellipses."""
    pattern = ""
    for line in expected.rstrip("\n").split("\n"):
        if line.strip() == "...":
            pattern += r"(?:[^\n]*\n)*?"
        else:
            pattern += re.escape(line.rstrip()).replace(re.escape("..."), r"[^\n]*") + r"\n"
    return re.fullmatch(pattern, got.rstrip("\n") + "\n") is not None


def _forget_modules_here() -> None:
    """A file of the page may have changed since it was imported."""
    here = os.getcwd()
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None) or "").startswith(here + os.sep):
            del sys.modules[name]


@contextmanager
def own_folder(folder: Path) -> Iterator[None]:
    """Work in a folder from which modules can be imported, and leave nothing behind."""
    before, path, cached = os.getcwd(), list(sys.path), sys.dont_write_bytecode
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    sys.dont_write_bytecode = True
    try:
        yield
    finally:
        _forget_modules_here()
        os.chdir(before)
        sys.path[:] = path
        sys.dont_write_bytecode = cached


def run_page(text: str, folder: Path, slow: bool = False) -> list[Mismatch]:
    """Run a page in a folder; what it printed otherwise than the page says."""
    runner = Runner()
    with own_folder(folder):
        for block in blocks(text):
            if slow or not block.note.startswith(SLOW):
                runner.run(block)
    return runner.mismatches


def rewritten(text: str, folder: Path) -> str:
    """The page with what its commands print today wherever that differs."""
    for mismatch in run_page(text, folder):
        if mismatch.command == ">>>":
            sys.stderr.write(f"{mismatch}\n")
            continue
        old = f"{mismatch.command}\n{mismatch.expected}"
        got = _COST.sub(r"\1...", mismatch.got).rstrip()
        text = text.replace(old, f"{mismatch.command}\n{got}\n", 1)
    return text


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch, redirect_stdout(sys.stderr):
        page = rewritten(Path(sys.argv[1]).read_text(), Path(scratch).resolve())
    sys.stdout.write(page)
