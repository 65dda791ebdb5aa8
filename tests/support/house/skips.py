"""The rule that a test runs: nothing but an absent tool may keep one from it."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from support.house.source import Module, Offence

MAY_SKIP: Final = Path("tests/support/tools.py")

_CALLS: Final = {"pytest.skip", "pytest.xfail", "pytest.importorskip"}
_MARKS: Final = {"pytest.mark.skip", "pytest.mark.skipif"}
_NAMES: Final = {name.rpartition(".")[2] for name in _CALLS}


def never_skips(module: Module) -> Iterator[Offence]:
    """No test skips itself; `require_tool` does it for all, and knows when it must not."""
    if module.path == MAY_SKIP:
        return
    for node in ast.walk(module.tree):
        name = get_skip(node)
        if name is not None:
            line = getattr(node, "lineno", 1)
            yield module.offence(line, f"uses {name}; only {MAY_SKIP} may keep a test from running")


def get_skip(node: ast.AST) -> str | None:
    """The way to skip that a piece of syntax uses, or None."""
    match node:
        case ast.Call(func=ast.Attribute() as func) if ast.unparse(func) in _CALLS:
            return ast.unparse(func)
        case ast.Attribute() if ast.unparse(node) in _MARKS:
            return ast.unparse(node)
        case ast.ImportFrom(module="pytest", names=names):
            return next((alias.name for alias in names if alias.name in _NAMES), None)
        case _:
            return None
